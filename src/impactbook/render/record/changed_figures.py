"""Changed figures in words and as a table: which verdicts are others, what exceeds its interval."""

from __future__ import annotations

from collections import Counter

from impactbook.language import number
from impactbook.model.changes import Changes, FigureChange, FigureState, Judged
from impactbook.model.evidence import SEVERITY_OF_VERDICT, Figure
from impactbook.render.blocks import Block
from impactbook.render.figure_values import (
    DIFFERENCES,
    RATIOS,
    SHARES,
    conditions,
    figure_value,
    is_main,
    metric_name,
)
from impactbook.render.record.changed_values import told
from impactbook.render.record.figure_tables import verdict_cell
from impactbook.render.record.parts import Cell, bullets, cell, joined, paragraph, table
from impactbook.render.record.view import RecordView

_UNSAID: tuple[Judged, ...] = (
    "same_data",
    "other_method",
    "levels_differ",
    "no_interval",
    "hidden",
)


def changed_figures(view: RecordView, changes: Changes, most: int | None) -> list[Block]:
    """How many figures changed and how, those that tell as a table of at most `most` rows."""
    if not (changes.figures or changes.figures_added or changes.figures_removed):
        return []
    blocks: list[Block] = bullets([cell(line) for line in _counted(view, changes)])
    if not changes.figures:
        return blocks
    shown = sorted((one for one in changes.figures if _tells(one)), key=_urgency)
    judged = any(one.judged in ("beyond", "within") for one in changes.figures)
    rule = [paragraph(told(view, "figures-rule"))] if judged else []
    if not shown:
        return [*blocks, paragraph(told(view, "figures-none")), *rule]
    names = ("figure", "before", "after", "change", "judged")
    listed = table(
        told(view, "figures-caption"),
        [told(view, f"column-{name}") for name in names],
        [_row(view, one) for one in shown[:most]],
        align="lllll",
        widths=[4.4, 2.4, 2.4, 2.6, 2.2],
    )
    rest = len(shown) - len(shown[:most])
    more = [paragraph(told(view, "more", count=view.number(rest)))] if rest else []
    return [*blocks, *listed, *more, *rule]


def _counted(view: RecordView, changes: Changes) -> list[str]:
    """One sentence a count; nothing for none, but "beyond" and "within" are said together."""
    found = Counter(one.judged for one in changes.figures)
    verdicts = sum(one.before.verdict != one.after.verdict for one in changes.figures)
    why = [
        f"{told(view, f'judged-{code}')}: {view.number(found[code])}"
        for code in _UNSAID
        if found[code]
    ]
    unsaid = sum(found[code] for code in _UNSAID)
    lines = [
        ("figures-counted", len(changes.figures)),
        ("figures-verdicts", verdicts),
        ("figures-beyond", found["beyond"]),
        ("figures-within", found["within"]),
        ("figures-unsaid", unsaid),
        ("figures-added", len(changes.figures_added)),
        ("figures-removed", len(changes.figures_removed)),
    ]
    judged = bool(found["beyond"] or found["within"])
    return [
        told(view, key, count=view.number(count), why="; ".join(why))
        for key, count in lines
        if count or (judged and key in ("figures-beyond", "figures-within"))
    ]


def _tells(change: FigureChange) -> bool:
    """Whether a figure is shown: people read it, and its change is one of substance."""
    other = change.before.verdict != change.after.verdict
    return (other or change.judged == "beyond") and is_main(_figure(change, change.after))


def _urgency(change: FigureChange) -> tuple[bool, int, str]:
    """Other verdicts first, the worse the earlier; then by id, which keeps attributes together."""
    other = change.before.verdict != change.after.verdict
    return not other, -SEVERITY_OF_VERDICT.index(change.after.verdict), change.id


def _row(view: RecordView, change: FigureChange) -> list[Cell | str]:
    return [
        _name(view, change),
        _state(view, change, change.before),
        _state(view, change, change.after),
        _difference(view, change),
        told(view, f"judged-{change.judged}"),
    ]


def _name(view: RecordView, change: FigureChange) -> str:
    """Which figure: metric, attribute and group by their labels, then its other conditions."""
    labels = view.labels(change.source)
    where = [labels.attribute(change.attribute)]
    where += [labels.group(change.attribute, change.group)] if change.group else []
    where += [f"{key}: {value}" for key, value in conditions(_figure(change, change.after)).items()]
    inside = ", ".join(part for part in where if part)
    name = metric_name(change.metric, view.language)
    return f"{name} ({inside})" if inside else name


def _state(view: RecordView, change: FigureChange, state: FigureState) -> Cell:
    """Value, interval, number counted and verdict of one side."""
    figure = _figure(change, state)
    parts: list[Cell] = [
        cell(view.say("masked") if state.value is None else _said(view, figure, state.value))
    ]
    if state.ci_low is not None and state.ci_high is not None:
        low, high = (_said(view, figure, one) for one in (state.ci_low, state.ci_high))
        parts.append(cell(f"({low} – {high})"))
    if state.denominator is not None:
        parts.append(cell(told(view, "of-n", count=view.number(state.denominator))))
    numbers = joined(parts)
    return joined([numbers, verdict_cell(view, state.verdict)], "; ") if state.verdict else numbers


def _said(view: RecordView, figure: Figure, value: float) -> str:
    return figure_value(figure, value, view.language).replace("-", "−")


def _difference(view: RecordView, change: FigureChange) -> str:
    """The difference with its interval, signed; a dash where there is none to tell."""
    if change.difference is None:
        return "–"
    said = _signed(view, change, change.difference)
    if change.metric in SHARES | DIFFERENCES:
        said = told(view, "points", value=said)
    if change.ci_low is None or change.ci_high is None:
        return said
    low, high = (_signed(view, change, one) for one in (change.ci_low, change.ci_high))
    return f"{said} ({low} – {high})"


def _signed(view: RecordView, change: FigureChange, value: float) -> str:
    if change.metric in SHARES | DIFFERENCES:
        size = number(abs(value) * 100, view.language, 1)
    elif change.metric in RATIOS:
        size = number(abs(value), view.language, 2)
    else:
        size = figure_value(_figure(change, change.after), abs(value), view.language)
    return f"{'−' if value < 0 else '+'}{size}"


def _figure(change: FigureChange, state: FigureState) -> Figure:
    """The change's figure on one side, as the printers of figures want it."""
    return Figure(
        id=change.id,
        source=change.source,
        kind="training_data",
        metric=change.metric,
        unit=change.unit,
        attribute=change.attribute,
        group=change.group,
        condition=change.condition,
        value=state.value,
        verdict=state.verdict,
    )
