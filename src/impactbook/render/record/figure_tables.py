"""Tables of figures: counts, shares, ratios with their intervals and verdicts.

Masked numbers are printed as such; nothing here is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from impactbook.language import number, percent, say
from impactbook.model.evidence import Figure, Verdict
from impactbook.render.blocks import Block
from impactbook.render.figure_values import purpose_name
from impactbook.render.record.parts import Cell, cell, table
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
    """The value, or that it is masked, or that no number of people alone would do."""
    if figure.value is None:
        if figure.method == "none_alone":
            return view.say("none-alone")
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
    strict = _strict_intervals(view, dataset, attribute)
    columns = ("group", "count", "share", "population", "ratio", "interval", "strict", "verdict")
    names = [name for name in columns if strict or name != "strict"]
    rows = list[list[Cell | str]]()
    for figure in figures:
        told: dict[str, Cell | str] = {
            "group": labels.group(attribute, figure.group),
            "count": count_cell(view, figure),
            "share": _share_here(view, figure),
            "population": "–",
            "ratio": value_cell(view, figure),
            "interval": interval_cell(view, figure),
            "strict": "–",
            "verdict": verdict_cell(view, figure.verdict),
        }
        if figure.reference is not None:
            told["population"] = percent(figure.reference, view.language)
        if figure.group in strict:
            told["strict"] = interval_cell(view, strict[figure.group])
        rows.append([told[name] for name in names])
    compared = {figure.group for figure in figures}
    for other in view.figures_of(dataset):
        plain = other.metric == "share_of_all" and not other.condition
        if plain and other.attribute == attribute and other.group not in compared:
            name = labels.group(attribute, other.group)
            count = count_cell(view, other)
            share = view.say("of-all", share=value_cell(view, other))
            rows.append([name, count, share, *("–" for _ in names[3:])])
    caption = view.say("representation-caption", attribute=labels.attribute(attribute))
    note = view.say("representation-note")
    if strict:
        note = f"{note} {view.say('representation-note-strict')}"
    return table(
        caption,
        _header(view, *names),
        rows,
        align="l" + "r" * (len(names) - 2) + "l",
        note=note,
        widths=[_WIDTHS[name] for name in names],
    )


_WIDTHS = {
    "group": 2.5, "count": 2.1, "share": 2.1, "population": 1.9, "ratio": 1.9, "interval": 2.0,
    "strict": 2.1, "verdict": 2.0,
}  # fmt: skip


def _strict_intervals(view: RecordView, dataset: str, attribute: str) -> dict[str, Figure]:
    """The intervals that hold for all groups at once and decide the verdicts, by group."""
    return {
        figure.group: figure
        for figure in view.figures_of(dataset)
        if figure.metric == "representation_ratio"
        and figure.attribute == attribute
        and conditions(figure) == {"interval": "bonferroni"}
    }


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
    order = labels.in_order(attribute, (figure.group for figure in shares))
    shares.sort(key=lambda figure: order.index(figure.group))
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


def thin_classes_table(
    view: RecordView, dataset: str, label: str, figures: Iterable[Figure]
) -> list[Block]:
    """The thinnest classes of a many-class label, with count, share and interval."""
    labels = view.labels(dataset)
    told = [f for f in figures if f.metric == "label_share" and f.attribute == label]
    thin = sorted((f for f in told if not f.condition), key=lambda one: one.value or 0.0)
    rows: list[list[Cell | str]] = [
        [
            labels.group(label, figure.group),
            count_cell(view, figure),
            value_cell(view, figure),
            interval_cell(view, figure),
        ]
        for figure in thin[:THINNEST]
    ]
    caption = view.say("thin-classes-caption", label=labels.attribute(label))
    header = _header(view, "class", "count", "share", "interval")
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
    expected = {f.group: f for f in own if f.metric == "expected_count" and f.value is not None}
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


def group_table(view: RecordView, dataset: str, figures: Sequence[Figure]) -> list[Block]:
    """One table per attribute and column: a row per group, a column per measure."""
    labels, blocks = view.labels(dataset), list[Block]()
    measured = [figure for figure in figures if figure.value is not None or figure.verdict]
    subject = {figure.id: _subject(figure) for figure in measured}
    for attribute, about in dict.fromkeys((f.attribute, subject[f.id]) for f in measured):
        own = [f for f in measured if (f.attribute, subject[f.id]) == (attribute, about)]
        metrics = list(dict.fromkeys(figure.metric for figure in own))
        by_group: dict[str, dict[str, Figure]] = {}
        for figure in own:
            by_group.setdefault(figure.group, {})[figure.metric] = figure
        rows: list[list[Cell | str]] = [
            [
                labels.group(attribute, group),
                *(value_cell(view, told[one]) if one in told else "–" for one in metrics),
            ]
            for group in labels.in_order(attribute, by_group)
            for told in [by_group[group]]
        ]
        header = [view.say("column-group"), *(metric_name(one, view.language) for one in metrics)]
        name = labels.attribute(attribute)
        caption = view.say("group-caption", attribute=name, column=labels.attribute(about))
        blocks += table(
            caption,
            [word[:1].upper() + word[1:] for word in header],
            rows,
            align="l" + "r" * len(metrics),
            widths=[3.0, *(2.0 for _ in metrics)],
        )
    return blocks


def _subject(figure: Figure) -> str:
    """The column or label that a figure of a group is about."""
    told = conditions(figure)
    return told.get("column", "") or told.get("label", "")


def condition_words(view: RecordView, figure: Figure) -> str:
    """The conditions of a figure in words: "Teil: train; Label: yes"."""
    told, given, labels = [], conditions(figure), view.labels(figure.source)
    for key, value in given.items():
        name = say_or("figures", f"condition-{key}", view.language, key)
        shown = say_or("figures", f"value-{value}", view.language, value)
        if key in ("label", "column", "given", "by"):
            shown = labels.attribute(value)
        elif key == "purpose":
            shown = purpose_name(value, view.language)
        elif key in ("metric", "of"):
            shown = metric_name(value, view.language)
        elif key == "positive" and "label" in given:
            shown = labels.group(given["label"], value)
        told.append(f"{name}: {shown}")
    return "; ".join(told)
