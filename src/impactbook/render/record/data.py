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
_QUALITY = (
    "duplicate_share",
    "split_overlap",
    "conflicting_labels",
    "conflicting_persons",
    "empty_share",
    "bounded_durations",
    "krippendorff_alpha",
    "largest_annotator_share",
)


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


