"""Where attributes meet: which combinations are empty or thin, a map of them, and who is missing.

Declared combinations have a paragraph each, a map where there are two attributes, and their thinnest
cells; pairs that were only looked through share one table.
"""

from __future__ import annotations

from collections.abc import Sequence

from impactbook.model.evidence import Figure
from impactbook.render.blocks import Block
from impactbook.render.record import figure_tables as tables
from impactbook.render.record.parts import bullets, cell, chart_block, heading, paragraph
from impactbook.render.record.pictures import coverage, crossed_attributes
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import hidden_sentence, is_main, statement

MOST_PATTERNS = 5
"""So many uncovered patterns become sentences; the others stand in the annex."""

_COMBINATIONS = (
    "cells_possible",
    "cells_empty",
    "cells_below_",
    "cells_impossible_found",
    "min_cell_count",
)
_PATTERNS = ("uncovered_patterns", "undecided_patterns", "pattern_order_searched")
_PAIRS = ("pairs", "pairs_with_thin_cells")


def combination_section(view: RecordView, dataset: str) -> list[Block]:
    """Where attributes meet: how many combinations are empty or thin, which, and who is missing."""
    figures = [f for f in view.figures_of(dataset) if is_main(f)]
    told = [f for f in figures if f.metric.startswith(_COMBINATIONS) or f.metric in _PATTERNS]
    if not told:
        return []
    blocks: list[Block] = [heading(3, view.say("combinations-title"), f"{dataset}-combinations")]
    paired = _paired(view, dataset, figures)
    said: set[str] = set()
    for attribute in dict.fromkeys(f.attribute for f in told):
        if attribute not in paired:
            blocks += _combination(view, dataset, attribute, figures, said)
    if paired:
        blocks += tables.pairs_table(view, dataset, paired, figures)
    return blocks


def _paired(view: RecordView, dataset: str, figures: Sequence[Figure]) -> list[str]:
    """The pairs of attributes that were looked through and not declared by themselves."""
    checks = view.datasets[dataset].get("checks") or ()
    declared = {check.get("attribute") for check in checks if check["check"] == "intersections"}
    if not any(check["check"] == "pairs" for check in checks):
        return []
    crossed = [f.attribute for f in figures if f.metric == "cells_possible"]
    return [name for name in dict.fromkeys(crossed) if name not in declared]


def _combination(
    view: RecordView, dataset: str, attribute: str, figures: Sequence[Figure], said: set[str]
) -> list[Block]:
    """One declared combination, or what was found over all pairs together.

    Patterns in `said` stood in a paragraph before; those told here are added to it.
    """
    labels = view.labels(dataset)
    own = [f for f in figures if f.attribute == attribute]
    alike = [
        f for f in own if f.metric.startswith(_COMBINATIONS) or f.metric in (*_PATTERNS, *_PAIRS)
    ]
    hidden = [f for f in alike if f.value is None and f.verdict != "not_measured"]
    lines = [
        statement(f, labels)
        for f in alike
        if f not in hidden
        and (f.value != 0 or f.metric in ("cells_possible", "uncovered_patterns"))
    ]
    lines += [hidden_sentence(hidden, labels)] if hidden else []
    blocks: list[Block] = [paragraph(" ".join(line for line in lines if line))]
    patterns = [statement(f, labels) for f in own if f.metric == "uncovered_pattern"]
    missing = [line for line in dict.fromkeys(patterns) if line not in said][:MOST_PATTERNS]
    if missing:
        said.update(missing)
        title = "patterns-title" if len(missing) == len(said) else "patterns-further"
        blocks.append(paragraph(view.say(title)))
        blocks += bullets([cell(line) for line in missing])
    if attribute in crossed_attributes(view, dataset):
        chart = coverage(view, dataset, attribute)
        if chart is not None:
            caption = view.say("combinations-caption", attribute=labels.attribute(attribute))
            blocks.append(chart_block(chart, caption))
    if any(f.metric == "cell_count" for f in own):
        blocks += tables.thin_cells_table(view, dataset, attribute, figures)
    return blocks
