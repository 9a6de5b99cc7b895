"""Whether the data may be used so: legal bases, consent, retention, personal data, special categories.

Bases and grounds are what the declaration says, nothing of them is measured; the rest is counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from impactbook.model.evidence import Figure
from impactbook.render.blocks import Block
from impactbook.render.figure_values import conditions, is_main, purpose_name, say_or
from impactbook.render.record.parts import (
    Cell,
    bullets,
    callout,
    cell,
    chart_block,
    heading,
    joined,
    paragraph,
    table,
)
from impactbook.render.record.pictures import consent_by_group
from impactbook.render.record.view import Json, RecordView
from impactbook.render.sentences import statement

_CONSENT = (
    "consent_coverage",
    "consent_withdrawn",
    "consent_withdrawn_before",
    "consent_after_collection",
)
_DATED = (
    "kept_past_retention",
    "older_than_limit",
    "oldest_age_days",
    "median_age_days",
    "newest_age_days",
)


def permitted_section(view: RecordView, dataset: str) -> list[Block]:
    """Legal bases, consent, retention and age, special categories; each part only if there is any."""
    parts = [
        *bases_table(view, dataset),
        *_consent(view, dataset),
        *_counted(view, dataset, _DATED, "dated-title"),
        *special_table(view, dataset),
    ]
    if not parts:
        return []
    return [heading(3, view.say("permitted-title"), f"{dataset}-permitted"), *parts]


def personal_data_section(view: RecordView, dataset: str) -> list[Block]:
    """How many free texts hold personal data; where none was found, all kinds in one sentence."""
    labels = view.labels(dataset)
    figures = [f for f in view.figures_of(dataset) if f.metric == "personal_data_share"]
    if not figures:
        return []
    found = [f for f in figures if f.value != 0]
    lines = [statement(figure, labels) for figure in found]
    for column in dict.fromkeys(f.attribute for f in figures if f not in found):
        clean = [f for f in figures if f.attribute == column and f not in found]
        kinds = view.listed([_kind(view, figure) for figure in clean])
        lines.append(view.say("personal-none", column=labels.attribute(column), kinds=kinds))
    return [
        heading(3, view.say("personal-title"), f"{dataset}-personal"),
        *bullets([cell(line) for line in lines]),
        paragraph(view.say("personal-note")),
    ]


def _kind(view: RecordView, figure: Figure) -> str:
    kind = conditions(figure).get("kind", "")
    return say_or("figures", f"kind-{kind}", view.language, kind)


def _processing(view: RecordView, dataset: str) -> Json:
    found: Json = view.datasets[dataset].get("processing") or {}
    return found


def bases_table(view: RecordView, dataset: str) -> list[Block]:
    """On what basis the data is processed for each purpose, and whose data it is."""
    rows: list[list[Cell | str]] = [
        [
            purpose_name(one["purpose"], view.language),
            view.label("basis", one["basis"]),
            view.label("subjects", one.get("data_subjects", "callers")),
            view.declared(dataset, one.get("note")),
        ]
        for one in _processing(view, dataset).get("legal_bases") or ()
    ]
    header = [view.say(f"bases-{name}") for name in ("purpose", "basis", "subjects", "note")]
    return table(view.say("bases-caption"), header, rows, widths=[2.4, 3.4, 2.2, 4.6])


def special_table(view: RecordView, dataset: str) -> list[Block]:
    """Columns of special categories: on what ground, for what, who may run it, when deleted."""
    labels, rows = view.labels(dataset), list[list[Cell | str]]()
    for name, one in (_processing(view, dataset).get("special_categories") or {}).items():
        who = joined([view.declared(dataset, role) for role in one.get("may_run") or ()], ", ")
        rows.append(
            [
                joined(
                    [cell(labels.attribute(name)), cell(f"({view.label('special', one['kind'])})")]
                ),
                view.declared(dataset, one.get("ground")),
                view.declared(dataset, one.get("purpose")),
                who,
                view.date(one.get("delete_by")),
            ]
        )
    names = ("column", "ground", "purpose", "may-run", "delete-by")
    header = [view.say(f"special-{name}") for name in names]
    caption = view.say("special-caption")
    return table(caption, header, rows, widths=[2.8, 2.8, 2.8, 2.4, 1.9])


def special_notice(view: RecordView, dataset: str) -> list[Block]:
    """Before anything measured: which columns are special categories, and who alone may check them.

    That is what the declaration says; nothing here tells who did run the check.
    """
    labels, lines = view.labels(dataset), list[Cell]()
    for name, one in (_processing(view, dataset).get("special_categories") or {}).items():
        values = {
            "column": cell(labels.attribute(name)),
            "kind": cell(view.label("special", one["kind"])),
            "who": joined(
                [view.declared(dataset, role) for role in one.get("may_run") or ()], ", "
            ),
            "day": cell(view.date(one.get("delete_by"))),
        }
        lines.append(view.sentence("record", "special-notice", values))
    return [callout("attention", view.say("special-title"), bullets(lines))] if lines else []


def _consent(view: RecordView, dataset: str) -> list[Block]:
    """Consent over all in sentences; by groups as a picture, and those short of it in words."""
    blocks = _counted(view, dataset, _CONSENT, "consent-title")
    chart = consent_by_group(view, dataset)
    if chart is not None:
        blocks.append(chart_block(chart, view.say("consent-by-caption")))
    return blocks


def _counted(view: RecordView, dataset: str, metrics: Sequence[str], title: str) -> list[Block]:
    """The sentences of some metrics over all of the data, below a line that says what they are."""
    labels = view.labels(dataset)
    figures = [
        figure
        for metric in metrics
        for figure in view.figures_of(dataset)
        if figure.metric == metric and is_main(figure) and not figure.group
    ]
    measured = [f for f in figures if f.verdict != "not_measured"]
    lines = [line for figure in measured if (line := statement(figure, labels))]
    if not lines:
        return []
    return [paragraph(view.say(title)), *bullets([cell(line) for line in lines])]
