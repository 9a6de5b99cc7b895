"""Who is there: each attribute against a reference population, and how that changes over time.

Each attribute starts with what is not known about it; what lies outside stands before what does
not. Why the numbers come about is not told here.
"""

from __future__ import annotations

from collections.abc import Sequence

from impactbook.language import say
from impactbook.model.evidence import Figure
from impactbook.render.blocks import Block
from impactbook.render.figure_values import conditions, figure_value
from impactbook.render.record import figure_tables as tables
from impactbook.render.record.findings import telling
from impactbook.render.record.parts import bullets, cell, chart_block, heading, paragraph
from impactbook.render.record.pictures import (
    compared_attributes,
    forest,
    over_time_attributes,
    ratios,
    representation_over_time,
)
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import (
    bounds_sentence,
    is_main,
    representation,
    sentence,
    statement,
    unknown_share,
)

FEW = 4
"""Up to so many groups each gets a sentence; of more only those that are not `ok`."""


def representation_section(view: RecordView, dataset: str) -> list[Block]:
    """Per attribute: the unknown part, the groups outside the range, the plot, the table."""
    blocks: list[Block] = []
    for attribute in compared_attributes(view, dataset):
        figures = ratios(view, dataset, attribute)
        name = view.labels(dataset).attribute(attribute)
        blocks.append(heading(3, view.say("represented", attribute=name), f"{dataset}-{attribute}"))
        blocks += _represented(view, dataset, figures)
        chart = forest(view, dataset, attribute)
        if chart is not None:
            caption = view.say("forest-caption", attribute=name)
            blocks.append(chart_block(chart, caption))
        if any(figure.value is not None for figure in figures):
            blocks += tables.representation_table(view, dataset, attribute, figures)
            blocks += _in_all(view, dataset, attribute)
    return blocks


def _all_hidden(view: RecordView, dataset: str, figures: Sequence[Figure]) -> str:
    """That no number is shown; and of which groups it is certain that they lie outside."""
    labels, attribute = view.labels(dataset), figures[0].attribute
    name = labels.attribute(attribute)
    outside = [labels.group(attribute, one.group) for one in figures if one.verdict == "fail"]
    if not outside:
        return say("figures", "represented-all-hidden", view.language, attribute=name)
    groups = view.listed([f"„{one}“" if view.language == "de" else f"“{one}”" for one in outside])
    return say(
        "figures", "represented-hidden-outside", view.language, attribute=name, groups=groups
    )


def _represented(view: RecordView, dataset: str, figures: Sequence[Figure]) -> list[Block]:
    """Sentences on the groups of one attribute; hidden groups are named together."""
    labels, attribute = view.labels(dataset), figures[0].attribute
    shown = [figure for figure in figures if figure.value is not None]
    hidden = [figure for figure in figures if figure.verdict == "suppressed"]
    if not shown and hidden:
        return [paragraph(_all_hidden(view, dataset, figures))]
    lead = telling(figures)
    told = [f for f in figures if f not in hidden and f != lead]
    others = [f for f in told if f.verdict != "ok" or len(figures) <= FEW]
    blocks: list[Block] = [paragraph(_lead(view, dataset, lead))]
    blocks += bullets([cell(representation(figure, labels, among=False)) for figure in others])
    if hidden:
        names = view.listed([labels.group(attribute, figure.group) for figure in hidden])
        blocks.append(
            paragraph(say("figures", "represented-some-hidden", view.language, groups=names))
        )
    return blocks


def _lead(view: RecordView, dataset: str, figure: Figure) -> str:
    """The unknown part and the most telling group; then whether the rest is also about the rest."""
    figures, labels = view.figures_of(dataset), view.labels(dataset)
    told = sentence(figure, labels, figures)
    bounds = bounds_sentence(figure, figures, labels)
    further = view.say("among-the-rest") if unknown_share(figure, figures) else ""
    return " ".join(part for part in (told, bounds, further) if part)


def _in_all(view: RecordView, dataset: str, attribute: str) -> list[Block]:
    """How far the whole distribution is from the population, and how many people would be needed."""
    labels = view.labels(dataset)
    own = [f for f in view.figures_of(dataset) if f.attribute == attribute and is_main(f)]
    distance = [f for f in own if f.metric == "total_variation_distance" and f.value is not None]
    told = [statement(figure, labels) for figure in distance]
    needed = [f for f in own if f.metric == "people_needed"]
    few = [
        f"{labels.group(attribute, f.group)} ({figure_value(f, f.value, view.language)})"
        for f in needed
        if f.value is not None
    ]
    alone = [labels.group(attribute, f.group) for f in needed if f.method == "none_alone"]
    if few:
        told.append(view.say("needed", groups=view.listed(few)))
    if alone:
        told.append(view.say("needed-others", groups=view.listed(alone)))
    return [paragraph(" ".join(told))] if told else []


def over_time_section(view: RecordView, dataset: str) -> list[Block]:
    """Shares per period and part of the data: what left the agreed range, when it did so first."""
    figures = view.figures_of(dataset)
    found = [f for f in figures if f.metric in ("breaches", "first_breach")]
    drawn = over_time_attributes(view, dataset)
    if not (found or drawn):
        return []
    blocks: list[Block] = [
        heading(3, view.say("over-time-title"), f"{dataset}-over-time"),
        paragraph(view.say("over-time-intro")),
    ]
    lines = [_left_the_range(view, figure, found) for figure in found]
    blocks += bullets([cell(line) for line in lines if line])
    for metric, attribute in drawn:
        chart = representation_over_time(view, dataset, metric, attribute)
        if chart is not None:
            blocks.append(chart_block(chart, chart_caption(view, dataset, metric, attribute)))
    return blocks


def _left_the_range(view: RecordView, figure: Figure, found: Sequence[Figure]) -> str:
    """One comparison over time: the first group outside and how many there were, or that none was."""
    labels, first = view.labels(figure.source), figure.metric == "first_breach"
    alike = [other for other in found if conditions(other) == conditions(figure)]
    if not first:
        firsts = {o.attribute.partition("*")[2] for o in alike if o.metric == "first_breach"}
        return "" if figure.attribute in firsts else statement(figure, labels)
    attribute = figure.attribute.partition("*")[2]
    counts = [o.value for o in alike if o.metric == "breaches" and o.attribute == attribute]
    more = [count for count in counts if count is not None and count > 1]
    told = [view.say("over-time-count", count=view.number(count)) for count in more]
    return " ".join([statement(figure, labels), *told])


def chart_caption(view: RecordView, dataset: str, metric: str, attribute: str) -> str:
    """The one sentence below a picture of shares over time."""
    name = view.labels(dataset).attribute(attribute)
    kind = "over-time" if metric == "representation_ratio" else "shares-over-time"
    return view.say(f"{kind}-caption", attribute=name)
