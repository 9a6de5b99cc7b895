"""What the data shows: per dataset what was counted, every check, and the figures that matter.

Each attribute starts with what is not known about it. What was not measured is said plainly and
stands beside what was.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from impactbook.language import say
from impactbook.model.evidence import Figure, worst
from impactbook.render.blocks import Block
from impactbook.render.record import figure_tables as tables
from impactbook.render.record.combinations import combination_section
from impactbook.render.record.findings import problem, telling
from impactbook.render.record.parts import (
    Cell,
    bullets,
    callout,
    cell,
    chart_block,
    heading,
    joined,
    missing,
    paragraph,
    table,
    verdict_kind,
)
from impactbook.render.record.pictures import compared_attributes, forest, ratios
from impactbook.render.record.view import Json, RecordView
from impactbook.render.sentences import (
    bounds_sentence,
    conditions,
    is_main,
    representation,
    say_or,
    sentence,
    statement,
    unknown_share,
)

FEW = 4
"""Up to so many groups each gets a sentence; of more only those that are not `ok`."""

_EVENNESS = (
    "classes",
    "largest_class",
    "smallest_class",
    "imbalance_ratio",
    "effective_number_of_groups",
)
_QUALITY = ("duplicate_share", "split_overlap", "conflicting_persons")


def data(view: RecordView) -> list[Block]:
    """The chapter "What the data shows"."""
    blocks: list[Block] = [heading(1, view.say("data-title"), "data")]
    if not view.datasets:
        return [*blocks, missing(view, "data-missing")]
    blocks.append(paragraph(view.say("data-intro")))
    for dataset in view.datasets:
        blocks += dataset_blocks(view, dataset)
    return blocks


def dataset_blocks(view: RecordView, dataset: str) -> list[Block]:
    """Everything about one dataset, as a section of the chapter or a cell of a notebook."""
    evidence = view.datasets[dataset]
    return [
        heading(2, view.declared(dataset, evidence.get("title") or dataset), f"data-{dataset}"),
        paragraph(_counted(view, evidence)),
        *check_section(view, dataset, evidence),
        *_not_measured(view, evidence),
        *representation_section(view, dataset),
        *label_section(view, dataset),
        *combination_section(view, dataset),
        *quality_section(view, dataset),
    ]


def _counted(view: RecordView, evidence: Json) -> str:
    """How much was counted, and what the data is for."""
    purpose = view.label("purpose", evidence.get("purpose", "training"))
    rows, persons = evidence.get("rows"), evidence.get("persons")
    if rows is None:
        return view.say("counted-nothing", purpose=purpose)
    noun = view.labels(evidence["dataset"]).noun(evidence.get("unit", "row"))
    if persons is None:
        return view.say("counted-rows", rows=view.number(rows), noun=noun, purpose=purpose)
    return view.say(
        "counted-persons",
        rows=view.number(rows),
        persons=view.number(persons),
        noun=noun,
        purpose=purpose,
    )


def check_section(view: RecordView, dataset: str, evidence: Json) -> list[Block]:
    """Every check with its verdict, so that nobody has to look for what did not go well."""
    checks = [check for check in evidence.get("checks") or () if check["verdict"]]
    verdict = worst([check["verdict"] for check in checks])
    rows: list[list[Cell | str]] = []
    for key, alike in itertools.groupby(checks, key=_kind_of_check):
        together = list(alike)
        check = together[0]
        verdict_said = say_or("figures", f"verdict-{check['verdict']}", view.language, "")
        why = cell(problem(view, check["problem"])) if check.get("problem") else []
        about = view.labels(dataset).attribute(check.get("attribute", ""))
        if len(together) > 1:
            about = view.say("checks-together", count=view.number(len(together)))
        rows.append(
            [
                check_name(view, check),
                about,
                cell(verdict_said, bold=key[1] != "ok"),
                joined([why, view.declared(evidence["dataset"], check.get("because"))], ": "),
            ]
        )
    header = [view.say(f"checks-{name}") for name in ("check", "attribute", "verdict", "why")]
    summed = callout(verdict_kind(verdict), view.say(f"data-verdict-{verdict or 'none'}"))
    caption = view.say("checks-caption")
    return [summed, *table(caption, header, rows, widths=[3.2, 3.0, 2.2, 4.0])]


def _kind_of_check(check: Json) -> tuple[str, str, str]:
    """Checks of the schema with the same result stand in one row; all others in their own."""
    alike = check["check"] == "schema" and check["verdict"] == "ok"
    return check["check"], check["verdict"], "" if alike else check.get("attribute", "")


def check_name(view: RecordView, check: Json) -> str:
    """How a check is called; one we have no name for keeps its own."""
    return say_or("figures", f"check-{check['check']}", view.language, check["check"])


def _not_measured(view: RecordView, evidence: Json) -> list[Block]:
    """What this dataset cannot answer, in a box of its own."""
    labels, lines = view.labels(evidence["dataset"]), []
    for check in evidence.get("checks") or ():
        if check["verdict"] == "not_measured":
            attribute = labels.attribute(check.get("attribute", ""))
            name = (
                f"{check_name(view, check)}: {attribute}" if attribute else check_name(view, check)
            )
            why = view.declared(evidence["dataset"], check.get("because")) or cell(
                problem(view, check.get("problem", ""))
            )
            lines.append([*cell(f"{name} – "), *why])
    if not lines:
        return []
    closing = paragraph(view.say("not-measured-means"))
    return [callout("open", view.say("not-measured-title"), [*bullets(lines), closing])]


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
    return blocks


def _represented(view: RecordView, dataset: str, figures: Sequence[Figure]) -> list[Block]:
    """Sentences on the groups of one attribute; hidden groups are named together."""
    labels, attribute = view.labels(dataset), figures[0].attribute
    shown = [figure for figure in figures if figure.value is not None]
    hidden = [figure for figure in figures if figure.verdict == "suppressed"]
    if not shown and hidden:
        name = labels.attribute(attribute)
        return [paragraph(say("figures", "represented-all-hidden", view.language, attribute=name))]
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


def label_section(view: RecordView, dataset: str) -> list[Block]:
    """Overall and per attribute how labels are spread, then how even the classes are."""
    figures = [f for f in view.figures_of(dataset) if is_main(f)]
    labels = view.labels(dataset)
    overall = [f for f in figures if f.metric == "label_share" and not f.attribute]
    judged = [f for f in figures if f.metric == "label_share_ratio" and "all" not in _compared(f)]
    classed = {f.attribute for f in figures if f.metric == "classes"}
    evenness = [f for f in figures if f.metric in _EVENNESS and f.attribute in classed]
    if not (overall or judged or evenness):
        return []
    blocks: list[Block] = [heading(3, view.say("labels-title"), f"{dataset}-labels")]
    blocks += [paragraph(line) for f in overall if (line := statement(f, labels))]
    blocks += bullets([cell(line) for f in judged if (line := statement(f, labels))])
    blocks += bullets([cell(line) for f in evenness if (line := statement(f, labels))])
    for attribute in dict.fromkeys(f.attribute for f in figures if "label=" in f.condition):
        if attribute and "*" not in attribute:
            blocks += tables.label_table(view, dataset, attribute, figures)
    return blocks


def _compared(figure: Figure) -> str:
    """Which groups a comparison is over: all, or those large enough."""
    return conditions(figure).get("groups", "")


def quality_section(view: RecordView, dataset: str) -> list[Block]:
    """Missing values, repeated rows, overlap of splits, people whose rows disagree."""
    figures, labels = view.figures_of(dataset), view.labels(dataset)
    absent = [f for f in figures if f.metric == "missing_share" and is_main(f)]
    told: Sequence[Figure] = [
        *(f for f in absent if f.verdict not in ("ok", "")),
        *(f for f in figures if f.metric in _QUALITY and is_main(f) and _worth_saying(f)),
    ]
    lines = list(dict.fromkeys(line for f in told if (line := statement(f, labels))))
    if not (lines or absent):
        return []
    return [
        heading(3, view.say("quality-title"), f"{dataset}-quality"),
        *bullets([cell(line) for line in lines]),
        *tables.missing_table(view, dataset, absent),
    ]


def _worth_saying(figure: Figure) -> bool:
    """Duplicates always, an overlap or people who contradict themselves only if there are any."""
    return bool(figure.value) or figure.metric == "duplicate_share"
