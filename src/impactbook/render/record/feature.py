"""The feature in detail: what it does and does not, where it comes from, and who answers for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from impactbook.language import Language, language_name, region_name
from impactbook.render.blocks import Block
from impactbook.render.record.parts import Cell, facts, heading, missing, prose, table
from impactbook.render.record.triage import triage
from impactbook.render.record.view import RecordView


def feature(view: RecordView) -> list[Block]:
    """The chapter "The feature"."""
    return [
        heading(1, view.say("feature-title"), "feature"),
        *_in_words(view),
        *facts(_facts(view)),
        heading(2, view.say("roles-title"), "roles"),
        *_roles(view),
        *triage(view),
    ]


def _in_words(view: RecordView) -> list[Block]:
    blocks: list[Block] = []
    for name in ("purpose", "how_it_works", "out_of_scope"):
        told = prose(view, view.feature.get(name))
        if told:
            blocks += [heading(2, view.say(f"field-{name}"), f"feature-{name}"), *told]
    return blocks or [missing(view, "feature-missing")]


def _facts(view: RecordView) -> list[tuple[str, Cell | str]]:
    feature, volume = view.feature, view.feature.get("volume") or {}
    datasets = feature.get("datasets") or {}
    pairs: list[tuple[str, Cell | str]] = [
        ("channels", _choices(view, "channel", feature.get("channels") or ())),
        ("acts_on", _choices(view, "acts_on", feature.get("acts_on") or ())),
        ("automation", _choices(view, "automation", [feature.get("automation")])),
        ("sourcing", _choices(view, "sourcing", [feature.get("sourcing")])),
        ("provider", view.text(feature.get("provider"))),
        ("languages", _named(view, language_name, feature.get("languages"))),
        ("regions", _named(view, region_name, feature.get("regions"))),
        ("contacts", _count(view, volume.get("contacts_per_month"))),
        ("agents", _count(view, volume.get("agents"))),
        ("volume-note", view.text(volume.get("note"))),
        ("stage", _choices(view, "stage", [feature.get("stage")])),
        ("go_live", view.date(feature["go_live"]) if feature.get("go_live") else ""),
        ("training", _datasets(view, datasets.get("training") or ())),
        ("evaluation", _datasets(view, datasets.get("evaluation") or ())),
    ]
    return [(view.say(f"field-{name}"), value) for name, value in pairs]


def _choices(view: RecordView, kind: str, values: Sequence[str | None]) -> str:
    return view.listed([view.label(kind, value) for value in values if value])


def _named(
    view: RecordView, name: Callable[[str, Language], str], codes: Sequence[str] | None
) -> str:
    return view.listed([name(code, view.language) for code in codes or ()])


def _count(view: RecordView, value: int | None) -> str:
    return "" if value is None else view.number(value)


def _datasets(view: RecordView, ids: Sequence[str]) -> str:
    return view.listed([view.title(view.datasets, id) for id in ids])


def _roles(view: RecordView) -> list[Block]:
    rows: list[list[Cell | str]] = [
        [
            view.role(id),
            view.internal(role.get("person")),
            view.text(role.get("unit")),
            view.text(role.get("responsibility")),
        ]
        for id, role in view.roles.items()
    ]
    header = [view.say(f"roles-{name}") for name in ("role", "person", "unit", "responsibility")]
    found = table(view.say("roles-caption"), header, rows, widths=[2.4, 2.2, 2.0, 4.0])
    return found or [missing(view, "roles-missing")]
