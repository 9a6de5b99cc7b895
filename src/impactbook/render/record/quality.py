"""What is missing, repeated or leaking, and how texts and recordings differ between groups."""

from __future__ import annotations

from collections.abc import Sequence

from impactbook.model.evidence import Figure
from impactbook.render.blocks import Block
from impactbook.render.figure_values import conditions, is_main
from impactbook.render.record import figure_tables as tables
from impactbook.render.record.parts import bullets, cell, chart_block, heading, paragraph
from impactbook.render.record.pictures import missing_by_group, told_apart
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import hidden_sentence, statement

_REPEATED = ("duplicate_share", "split_overlap", "conflicting_labels")
_UNCLEAN = ("malformed_rows", "invalid_share", "conflicting_persons", "bounded_durations")
_TEXTS = (
    "mean_words",
    "median_words",
    "empty_share",
    "vocabulary",
    "type_token_ratio",
    "hours_of_speech",
    "hours_per_person",
)
MOST_SUSPECTS = 8
"""So many values that look like missing ones become sentences; the others stand in the annex."""


def missing_section(view: RecordView, dataset: str) -> list[Block]:
    """Missing values per column, in which groups they are missing more often, and likely ones."""
    figures, labels = view.figures_of(dataset), view.labels(dataset)
    told = [f for f in figures if f.metric == "missing_share" and is_main(f)]
    absent = [f for f in told if "column" not in conditions(f)]
    suspected = [f for f in figures if f.metric == "suspected_missing_share" and is_main(f)]
    apart = [f for f in figures if f.metric == "missing_share_difference" and f.value is not None]
    lines = [statement(f, labels) for f in absent if f.verdict not in ("ok", "")]
    lines += [statement(f, labels) for f in suspected[:MOST_SUSPECTS]]
    lines += [statement(f, labels) for f in apart if f.ci_low is not None and f.ci_low > 0]
    hidden = [f for f in absent if f.value is None]
    if not (any(lines) or any(f.value for f in absent) or hidden):
        return []
    blocks: list[Block] = [
        heading(3, view.say("missing-title-data"), f"{dataset}-missing"),
        *bullets([cell(line) for line in dict.fromkeys(lines) if line]),
        *tables.missing_table(view, dataset, absent),
    ]
    for attribute in told_apart(view, dataset):
        chart = missing_by_group(view, dataset, attribute)
        if chart is not None:
            name = labels.attribute(attribute)
            caption = view.say("missing-by-caption", attribute=name)
            blocks.append(chart_block(chart, caption))
    return blocks


def quality_section(view: RecordView, dataset: str) -> list[Block]:
    """Repeated rows, overlap of splits, people whose rows disagree, rows and values left out."""
    figures, labels = view.figures_of(dataset), view.labels(dataset)
    repeated = _each_once([f for f in figures if f.metric in _REPEATED and is_main(f)])
    unclean = [f for f in figures if f.metric in _UNCLEAN and is_main(f)]
    told = [*repeated, *(f for f in unclean if f.value or f.verdict not in ("ok", ""))]
    lines = dict.fromkeys(statement(figure, labels) for figure in told)
    kept = [cell(line) for line in lines if line]
    if not kept:
        return []
    return [heading(3, view.say("quality-title"), f"{dataset}-quality"), *bullets(kept)]


def _each_once(figures: Sequence[Figure]) -> list[Figure]:
    """Of the ways to compare texts only those that find more than the one before.

    An overlap of two splits is told in the direction that is judged.
    """
    found: list[Figure] = []
    before: dict[tuple[str, str, str, str], Figure] = {}
    for figure in figures:
        if figure.metric == "split_overlap" and not figure.verdict:
            continue
        matching = "persons" if conditions(figure).get("matching") == "persons" else "texts"
        key = (figure.metric, figure.attribute, figure.group, matching)
        last = before.get(key)
        before[key] = figure
        if last is not None and (last.value, last.verdict) == (figure.value, figure.verdict):
            continue
        if last is not None and not figure.value and figure.verdict in ("ok", "", "suppressed"):
            continue
        found.append(figure)
    return found


def text_section(view: RecordView, dataset: str) -> list[Block]:
    """Length, variety and gaps of texts, hours of recordings: over all, then group by group."""
    labels = view.labels(dataset)
    figures = [f for f in view.figures_of(dataset) if f.metric in _TEXTS and is_main(f)]
    overall = [f for f in figures if not f.group]
    hidden = [f for f in overall if f.value is None and f.verdict == "suppressed"]
    lines = [statement(figure, labels) for figure in overall if figure not in hidden]
    if not any(lines) and not hidden:
        return []
    blocks: list[Block] = [
        heading(3, view.say("texts-title"), f"{dataset}-texts"),
        *bullets([cell(line) for line in lines if line]),
    ]
    if hidden:
        blocks.append(paragraph(hidden_sentence(hidden, labels)))
    return [*blocks, *tables.group_table(view, dataset, [f for f in figures if f.group])]
