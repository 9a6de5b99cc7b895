"""Harms and safeguards: each impact, how every rater sees it, what reduces it, what remains.

Ratings stand side by side and are never averaged; where raters disagree, they are named.
"""

from __future__ import annotations

from typing import Any

from impactbook.render.blocks import Block, Paragraph
from impactbook.render.record.findings import citation, said
from impactbook.render.record.parts import (
    Cell,
    bullets,
    callout,
    cell,
    chart_block,
    facts,
    heading,
    missing,
    paragraph,
    prose,
    table,
)
from impactbook.render.record.pictures import heatmap
from impactbook.render.record.view import Json, RecordView

_SERIOUS = ("high", "very-high")


def harms(view: RecordView) -> list[Block]:
    """The chapter "Harms and safeguards"."""
    blocks: list[Block] = [heading(1, view.say("harms-title"), "harms")]
    if not view.impacts:
        blocks.append(missing(view, "harms-missing"))
    else:
        blocks += [paragraph(view.say("harms-intro")), *_overview(view), *_heatmap(view)]
        for id in view.impacts:
            blocks += impact_blocks(view, id)
    return [*blocks, heading(2, view.say("safeguards-title"), "safeguards"), *_safeguards(view)]


def level_cell(view: RecordView, level: str | None) -> Cell:
    """A risk level in words, bold where it is high."""
    if level is None:
        return cell(view.say("not-rated"), bold=True)
    return cell(view.label("level", level), bold=level in _SERIOUS)


def _overview(view: RecordView) -> list[Block]:
    rows: list[list[Cell | str]] = []
    for id, impact in view.impacts.items():
        level = impact.get("level") or {}
        rows.append(
            [
                view.impact_number(id),
                view.text(impact["title"]),
                view.number(len(impact.get("ratings") or ())),
                level_cell(view, level.get("inherent")),
                level_cell(view, level.get("residual")),
            ]
        )
    names = ("number", "impact", "raters", "inherent", "residual")
    header = [view.say(f"harms-{name}") for name in names]
    return table(
        view.say("harms-caption"),
        header,
        rows,
        align="llrll",
        note=view.say("harms-note"),
        widths=[0.9, 5.6, 1.7, 2.2, 2.2],
    )


def _heatmap(view: RecordView) -> list[Block]:
    chart = heatmap(view)
    if chart is None:
        return []
    return [chart_block(chart, view.say("heatmap-caption"))]


def impact_blocks(view: RecordView, id: str) -> list[Block]:
    """Everything about one impact."""
    impact = view.impacts[id]
    name = [*cell(f"{view.impact_number(id)}  "), *view.text(impact["title"])]
    about = [
        ("affects", cell(view.titles(impact.get("affects") or (), view.who))),
        ("interest", view.text(impact.get("interest"))),
        ("reversibility", _choice(view, "reversibility", impact.get("reversibility"))),
        ("scale", _choice(view, "scale", impact.get("scale"))),
    ]
    return [
        heading(2, name, f"impact-{id}"),
        *prose(view, impact.get("mechanism")),
        *facts([(view.say(f"harms-{key}"), value) for key, value in about]),
        *_ratings(view, impact),
        *_disagreement(view, impact),
        *_reasons(view, impact),
        *_reduced_by(view, id),
        *_evidence(view, impact),
    ]


def _choice(view: RecordView, kind: str, value: str | None) -> Cell:
    return cell(view.label(kind, value)) if value else []


def _ratings(view: RecordView, impact: Json) -> list[Block]:
    """One row per rater: severity, likelihood, level, and the same with safeguards."""
    by = (impact.get("level") or {}).get("by") or {}
    rows: list[list[Cell | str]] = []
    for rating in impact.get("ratings") or ():
        rows.append(
            [
                _rater(view, rating),
                view.label("severity", rating["severity"]),
                view.label("likelihood", rating["likelihood"]),
                level_cell(view, by[rating["by"]]) if rating["by"] in by else "–",
                _estimate(view, rating.get("with_safeguards")),
            ]
        )
    if not rows:
        return [callout("open", view.say("impact-not-rated"))]
    names = ("rater", "severity", "likelihood", "level", "with-safeguards")
    header = [view.say(f"harms-{name}") for name in names]
    caption = view.say("ratings-caption", impact=view.impact_number(impact["id"]))
    return table(caption, header, rows, widths=[3.2, 1.9, 2.9, 1.7, 3.2])


def _rater(view: RecordView, rating: Json) -> Cell:
    people = rating.get("people")
    if people is None:
        return cell(view.who(rating["by"]))
    return cell(f"{view.who(rating['by'])} ({view.say('people-count', count=view.number(people))})")


def _estimate(view: RecordView, estimate: Json | None) -> str:
    if not estimate:
        return "–"
    severity = view.label("severity", estimate["severity"])
    return f"{severity} / {view.label('likelihood', estimate['likelihood'])}"


def _disagreement(view: RecordView, impact: Json) -> list[Block]:
    apart = [
        finding
        for finding in view.items("findings")
        if finding["code"] in ("raters_disagree", "severe_irreversible_vulnerable")
        and finding.get("subject") == impact["id"]
    ]
    return [
        callout("attention", view.say(f"title-{one['code']}"), [Paragraph(said(view, one))])
        for one in apart
    ]


def _reasons(view: RecordView, impact: Json) -> list[Block]:
    """Why raters rate as they do, in their words."""
    told: list[Cell] = [
        [*cell(f"{view.who(rating['by'])}: ", bold=True), *view.text(rating["reason"])]
        for rating in impact.get("ratings") or ()
        if rating.get("reason")
    ]
    return bullets(told)


def _reduced_by(view: RecordView, id: str) -> list[Block]:
    told: list[Cell] = [
        [*view.text(one["title"]), *cell(f" ({view.label('state', one.get('state', 'proposed'))})")]
        for one in view.safeguards.values()
        if id in (one.get("reduces") or ())
    ]
    if not told:
        return [callout("open", view.say("no-safeguard"))]
    return [paragraph(view.say("reduced-by")), *bullets(told)]


def _evidence(view: RecordView, impact: Json) -> list[Block]:
    cited: list[Any] = [citation(view, one) for one in impact.get("evidence") or ()]
    return [paragraph(view.say("shown-by")), *bullets(cited)] if cited else []


def _safeguards(view: RecordView) -> list[Block]:
    rows: list[list[Cell | str]] = []
    for one in view.safeguards.values():
        reduces = [view.impact_number(id) for id in one.get("reduces") or ()]
        rows.append(
            [
                view.text(one["title"]),
                ", ".join(reduces) or "–",
                view.role(one.get("owner")),
                view.date(one.get("due")),
                view.label("state", one.get("state", "proposed")),
                view.text(one.get("evidence")) or "–",
            ]
        )
    names = ("safeguard", "reduces", "owner", "due", "state", "evidence")
    header = [view.say(f"safeguards-{name}") for name in names]
    found = table(
        view.say("safeguards-caption"), header, rows, widths=[4.4, 1.1, 2.3, 1.9, 1.7, 3.4]
    )
    return found or [missing(view, "safeguards-missing")]
