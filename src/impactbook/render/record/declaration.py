"""What was declared about a dataset before anything was counted, for the start of its notebook."""

from __future__ import annotations

from impactbook.language import Language, say
from impactbook.model.base import Text, in_language
from impactbook.model.dataset import Column, Dataset
from impactbook.render.blocks import Block
from impactbook.render.figure_values import purpose_name
from impactbook.render.record.parts import Cell, bullets, cell, facts, paragraph, table


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
            (_say(language, "declared-bases"), "; ".join(_bases(dataset, language))),
        ]
    )
    expected = bullets([cell(said(one.statement)) for one in dataset.hypotheses])
    title = [paragraph(_say(language, "declared-hypotheses"))] if expected else []
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
        *title,
        *expected,
        *table(_say(language, "declared-columns"), header, rows, widths=[2.5, 2, 4]),
    ]


def _bases(dataset: Dataset, language: Language) -> list[str]:
    """Each purpose with its legal basis."""
    return [
        f"{purpose_name(one.purpose, language)}: {say('record', f'basis-{one.basis}', language)}"
        for one in dataset.legal_bases
    ]


def _groups(column: Column) -> str:
    """The groups a column is cut or mapped into, else its allowed values; and what is missing.

    Missing tokens alone would read as if they were the groups, so they are left out then.
    """
    named = [*column.bands, *column.values.values(), *column.labels]
    if not column.bands and not column.values:
        named += column.allowed
    groups = list(dict.fromkeys(named))
    missing = [f"∅ {token}" for token in column.missing]
    return ", ".join((*groups, *missing)) if groups else ""


def _say(language: Language, key: str) -> str:
    return say("notebooks", key, language)
