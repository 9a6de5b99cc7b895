"""What was declared about a dataset before anything was counted, for the start of its notebook."""

from __future__ import annotations

from impactbook.language import Language, say
from impactbook.model.base import Text, in_language
from impactbook.model.dataset import Column, Dataset
from impactbook.render.blocks import Block
from impactbook.render.record.parts import Cell, facts, paragraph, table


def declaration(dataset: Dataset, language: Language) -> list[Block]:
    """Title, origin and the meaning of each column, in one language."""

    def said(text: Text | None) -> str:
        return "" if text is None else in_language(text, language, dataset.language)[0]

    about = facts(
        [
            (_say(language, "declared-title"), said(dataset.title)),
            (_say(language, "declared-licence"), dataset.licence or ""),
            (_say(language, "declared-attribution"), dataset.attribution or ""),
            (_say(language, "declared-unit"), _say(language, f"declared-unit-{dataset.unit}")),
        ]
    )
    rows: list[list[Cell | str]] = [
        [
            said(column.label) or name,
            _say(language, f"role-of-column-{column.role}"),
            _groups(column),
        ]
        for name, column in dataset.columns.items()
    ]
    header = [_say(language, f"declared-{name}") for name in ("column", "role", "groups")]
    described = said(dataset.description)
    return [
        *([paragraph(described)] if described else []),
        *about,
        *table(_say(language, "declared-columns"), header, rows, widths=[2.5, 2, 4]),
    ]


def _groups(column: Column) -> str:
    """The groups a column is cut or mapped into, and what counts as missing."""
    groups = list(dict.fromkeys((*column.bands, *column.values.values(), *column.labels)))
    missing = [f"∅ {token}" for token in column.missing]
    return ", ".join((*groups, *missing))


def _say(language: Language, key: str) -> str:
    return say("notebooks", key, language)
