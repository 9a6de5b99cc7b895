"""Tables of figures: counts, shares, ratios with their intervals and verdicts.

Masked numbers are printed as such; nothing here is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from impactbook.language import number, percent, say
from impactbook.model.evidence import Figure, Verdict
from impactbook.render.blocks import Block, plain_text
from impactbook.render.record.parts import Cell, cell, paragraph, table
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import conditions, figure_value, metric_name, say_or


def verdict_cell(view: RecordView, verdict: Verdict) -> Cell:
    """A verdict in words, bold where somebody has to look."""
    words = say("figures", f"verdict-{verdict}", view.language) if verdict else "–"
    return cell(words, bold=verdict in ("fail", "attention"))


def count_cell(view: RecordView, figure: Figure) -> str:
    """Numerator of denominator, masked where they are not published."""
    if figure.numerator is None and figure.denominator is None:
        return "–"
    masked = figure.verdict == "suppressed" or figure.value is None
    hidden = view.say("masked") if masked else "–"
    k = hidden if figure.numerator is None else number(figure.numerator, view.language)
    if figure.denominator is None and not masked:
        return k
    n = hidden if figure.denominator is None else number(figure.denominator, view.language)
    return f"{k} / {n}"


def interval_cell(view: RecordView, figure: Figure) -> str:
    """The interval as "low – high", or a dash."""
    if figure.ci_low is None or figure.ci_high is None:
        return "–"
    low = figure_value(figure, figure.ci_low, view.language)
    return f"{low} – {figure_value(figure, figure.ci_high, view.language)}"


def value_cell(view: RecordView, figure: Figure) -> str:
    """The value, or that it is masked."""
    if figure.value is None:
        hidden = figure.verdict == "suppressed" or figure.threshold_low is not None
        return view.say("masked") if hidden and figure.verdict != "not_measured" else "–"
    return figure_value(figure, figure.value, view.language)


def _header(view: RecordView, *names: str) -> list[str]:
    return [view.say(f"column-{name}") for name in names]


def representation_table(
    view: RecordView, dataset: str, attribute: str, figures: Sequence[Figure]
) -> list[Block]:
    """Per group: counts, share here, share of the population, ratio, interval, verdict.

    Groups without a reference follow with their count; they have no ratio.
    """
    labels = view.labels(dataset)
    rows: list[list[Cell | str]] = [
        [
            labels.group(attribute, figure.group),
            count_cell(view, figure),
            _share_here(view, figure),
            percent(figure.reference, view.language) if figure.reference is not None else "–",
            value_cell(view, figure),
            interval_cell(view, figure),
            verdict_cell(view, figure.verdict),
        ]
        for figure in figures
    ]
    compared = {figure.group for figure in figures}
    for other in view.figures_of(dataset):
        plain = other.metric == "share_of_all" and not other.condition
        if plain and other.attribute == attribute and other.group not in compared:
            name = labels.group(attribute, other.group)
            count = count_cell(view, other)
            share = view.say("of-all", share=value_cell(view, other))
            rows.append([name, count, share, "–", "–", "–", "–"])
    names = ("group", "count", "share", "population", "ratio", "interval", "verdict")
    caption = view.say("representation-caption", attribute=labels.attribute(attribute))
    return table(
        caption,
        _header(view, *names),
        rows,
        align="lrrrrrl",
        note=view.say("representation-note"),
        widths=[3.0, 2.1, 1.8, 2.3, 2.0, 2.2, 2.0],
    )


def _share_here(view: RecordView, figure: Figure) -> str:
    if figure.numerator is None or not figure.denominator:
        return view.say("masked")
    return percent(figure.numerator / figure.denominator, view.language)


def label_table(
    view: RecordView, dataset: str, attribute: str, figures: Iterable[Figure]
) -> list[Block]:
    """How often each group carries the label, with n and interval."""
    labels = view.labels(dataset)
    shares = [f for f in figures if f.metric == "label_share" and f.attribute == attribute]
    shares = [f for f in shares if "label" in conditions(f)]
    rows: list[list[Cell | str]] = [
        [
            labels.group(attribute, figure.group),
            count_cell(view, figure),
            value_cell(view, figure),
            interval_cell(view, figure),
        ]
        for figure in shares
    ]
    shown = conditions(shares[0]) if shares else {}
    label, positive = shown.get("label", ""), shown.get("positive", "")
    told = f"{labels.attribute(label)}: {labels.group(label, positive)}"
    name = labels.attribute(attribute)
    caption = view.say("label-caption", attribute=name, label=told)
    header = _header(view, "group", "count", "share", "interval")
    return table(caption, header, rows, align="lrrr", widths=[4.0, 2.6, 2.0, 3.0])


THINNEST = 10
"""So many thin combinations stand in a table; all of them stand in the map or the annex."""


def thin_cells_table(
    view: RecordView, dataset: str, attribute: str, figures: Iterable[Figure]
) -> list[Block]:
    """The thinnest combinations by name, with the size they would have if independent."""
    labels, own = view.labels(dataset), [f for f in figures if f.attribute == attribute]
    thin = [f for f in own if f.metric == "cell_count" and _is_thin(f)][:THINNEST]
    if not thin:
        return []
    expected = {f.group: f for f in own if f.metric == "expected_count"}
    rows: list[list[Cell | str]] = [
        [
            labels.group(attribute, figure.group),
            value_cell(view, figure),
            *_expected(view, expected, figure),
        ]
        for figure in thin
    ]
    caption = view.say("thin-caption", attribute=labels.attribute(attribute))
    header = _header(view, "combination", "size", *(["expected"] if expected else []))
    widths = [6.0, 2.0, 2.0][: len(header)]
    return table(caption, header, rows, align="lrr"[: len(header)], widths=widths)


def _expected(view: RecordView, expected: Mapping[str, Figure], figure: Figure) -> list[Cell | str]:
    """The cell of the expected size, where the table has that column."""
    if not expected:
        return []
    found = expected.get(figure.group)
    return ["–" if found is None else value_cell(view, found)]


def _is_thin(figure: Figure) -> bool:
    """Whether a combination is below its limit; without one only thin ones are told."""
    limit = figure.threshold_low
    return figure.value is None or limit is None or figure.value < limit


def pairs_table(
    view: RecordView, dataset: str, attributes: Sequence[str], figures: Iterable[Figure]
) -> list[Block]:
    """One row per pair of attributes: combinations possible, empty, thin, and the smallest."""
    labels = view.labels(dataset)
    by_pair: dict[str, dict[str, Figure]] = {name: {} for name in attributes}
    for figure in figures:
        if figure.attribute in by_pair and not figure.condition:
            below = figure.metric.startswith("cells_below_")
            by_pair[figure.attribute]["thin" if below else figure.metric] = figure
    columns = ("cells_possible", "cells_empty", "thin", "min_cell_count")
    rows: list[list[Cell | str]] = [
        [
            labels.attribute(name),
            *(value_cell(view, told[column]) if column in told else "–" for column in columns),
        ]
        for name, told in by_pair.items()
    ]
    header = _header(view, "pair", "cells", "empty", "thin", "smallest")
    caption = view.say("pairs-caption")
    return table(caption, header, rows, align="lrrrr", widths=[5.0, 1.6, 1.6, 1.6, 2.0])


def missing_table(view: RecordView, dataset: str, figures: Iterable[Figure]) -> list[Block]:
    """Missing values per column, most first; columns that are complete are not listed."""
    labels = view.labels(dataset)
    incomplete = sorted((f for f in figures if f.value != 0), key=lambda f: -(f.value or 0))
    rows: list[list[Cell | str]] = [
        [
            labels.attribute(figure.attribute),
            count_cell(view, figure),
            value_cell(view, figure),
            verdict_cell(view, figure.verdict),
        ]
        for figure in incomplete
    ]
    header = _header(view, "column", "count", "missing", "verdict")
    return table(
        view.say("missing-caption"), header, rows, align="lrrl", widths=[4.0, 3.0, 2.0, 2.4]
    )


def condition_words(view: RecordView, figure: Figure) -> str:
    """The conditions of a figure in words: "Teil: train; Label: yes"."""
    told, given, labels = [], conditions(figure), view.labels(figure.source)
    for key, value in given.items():
        name = say_or("figures", f"condition-{key}", view.language, key)
        shown = say_or("figures", f"value-{value}", view.language, value)
        if key == "label":
            shown = labels.attribute(value)
        elif key == "positive" and "label" in given:
            shown = labels.group(given["label"], value)
        told.append(f"{name}: {shown}")
    return "; ".join(told)


_FIGURE_COLUMNS = (
    ("what", "l", 5.2),
    ("condition", "l", 3.2),
    ("value", "r", 1.8),
    ("count", "r", 2.6),
    ("unknown", "r", 2.1),
    ("interval", "r", 2.6),
    ("verdict", "l", 2.1),
)
"""Name, alignment and relative width; a column without a single entry is not printed."""


def _says(content: Cell | str) -> bool:
    """Whether a cell holds more than the mark for nothing."""
    words = content if isinstance(content, str) else plain_text(content)
    return words.strip() not in ("", "–")


def all_figures(view: RecordView, dataset: str) -> list[Block]:
    """Every published figure of a dataset, one table per metric; masked ones are counted."""
    figures, labels, blocks = view.figures_of(dataset), view.labels(dataset), list[Block]()
    for metric in dict.fromkeys(figure.metric for figure in figures):
        rows: list[list[Cell | str]] = []
        alike = [f for f in figures if f.metric == metric]
        masked = [f for f in alike if f.value is None and f.verdict == "suppressed"]
        for figure in (f for f in alike if f not in masked):
            attribute = labels.attribute(figure.attribute)
            group = _group_words(view, dataset, figure)
            rows.append(
                [
                    " – ".join(part for part in (attribute, group) if part) or view.say("all"),
                    condition_words(view, figure),
                    value_cell(view, figure),
                    count_cell(view, figure),
                    view.number(figure.unknown),
                    interval_cell(view, figure),
                    verdict_cell(view, figure.verdict),
                ]
            )
        told = [at for at in range(len(_FIGURE_COLUMNS)) if any(_says(row[at]) for row in rows)]
        kept = [_FIGURE_COLUMNS[at] for at in told]
        blocks += table(
            metric_name(metric, view.language),
            _header(view, *(name for name, _, _ in kept)),
            [[row[at] for at in told] for row in rows],
            align="".join(align for _, align, _ in kept),
            note=_masked(view, len(masked)) if rows else "",
            widths=[width for _, _, width in kept],
        )
        if masked and not rows:
            words = f"{metric_name(metric, view.language)}: {_masked(view, len(masked))}"
            blocks.append(paragraph(words[:1].upper() + words[1:]))
    return blocks


def _masked(view: RecordView, count: int) -> str:
    return view.say("masked-figures", count=view.number(count)) if count else ""


def _group_words(view: RecordView, dataset: str, figure: Figure) -> str:
    labels = view.labels(dataset)
    axes = figure.attribute.count("*") + 1
    if figure.group.count(" / ") + 1 == 2 * axes:
        return " / ".join(labels.pair(figure.attribute, figure.group))
    return labels.group(figure.attribute, figure.group) if figure.group else ""
