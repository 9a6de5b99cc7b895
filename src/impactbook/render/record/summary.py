"""One page for everyone: what it is, whom it touches, what was decided, what matters, who was asked.

Every sentence here stands with its reasons in a later chapter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from impactbook.model.evidence import Verdict
from impactbook.render.blocks import Block, Run
from impactbook.render.record.cover import decision_label, gate_kind, gate_label
from impactbook.render.record.findings import grouped, said_together, telling_sentences
from impactbook.render.record.parts import (
    Cell,
    bullets,
    callout,
    cell,
    heading,
    joined,
    paragraph,
    prose,
)
from impactbook.render.record.view import Json, RecordView

MOST = 5
_SENTENCES: Mapping[Verdict, int] = {"fail": 1, "attention": 1}
"""How many figures the summary says of the checks that failed, and of those to be heeded."""

_DATA_CODES: Mapping[str, Verdict] = {"check_failed": "fail", "check_attention": "attention"}
_TOLD_ELSEWHERE = (
    "group_not_heard",
    "group_not_heard_reason",
    "dissent_remains",
    "raters_disagree",
    "no_decision",
    "decision_no_go",
)


def summary(view: RecordView) -> list[Block]:
    """The chapter "At a glance"."""
    return [
        heading(1, view.say("summary-title"), "summary"),
        *_what_it_is(view),
        *_decision(view),
        heading(2, view.say("summary-matters"), "summary-matters"),
        *_what_matters(view),
        heading(2, view.say("summary-asked"), "summary-asked"),
        paragraph(asked_in_words(view)),
        heading(2, view.say("summary-disputed"), "summary-disputed"),
        *_disputed(view),
    ]


def _what_it_is(view: RecordView) -> list[Block]:
    feature = view.feature
    purpose = prose(view, feature.get("purpose"))
    blocks: list[Block] = purpose or [paragraph(view.say("purpose-missing"))]
    touched = [
        name + (f" ({view.say('vulnerable')})" if group.get("vulnerable") else "")
        for group in view.items("stakeholders")
        if group.get("affected", True) and (name := view.plain(group.get("name")))
    ]
    sentences = [_reach(view)]
    if touched:
        sentences.append(view.say("touches", groups=view.listed(touched)))
    told = " ".join(part for part in sentences if part)
    return [*blocks, *([paragraph(told)] if told else [])]


def _reach(view: RecordView) -> str:
    """How the feature works on people and how many contacts it reaches, in one or two sentences."""
    feature, told = view.feature, []
    if feature.get("automation") and feature.get("acts_on"):
        told.append(
            view.say(
                "reach",
                automation=view.label("automation-does", feature["automation"]),
                acts_on=view.listed([view.label("acts_on", one) for one in feature["acts_on"]]),
            )
        )
    volume = (feature.get("volume") or {}).get("contacts_per_month")
    if volume is not None:
        told.append(view.say("reach-volume", contacts=view.number(volume)))
    return " ".join(told)


def _decision(view: RecordView) -> list[Block]:
    decision = view.part("decision")
    kind = gate_kind(view)
    title = view.say("decided", decision=decision_label(view), gate=gate_label(view))
    lines: list[Block] = []
    if decision.get("outcome"):
        by = view.titles(decision.get("decided_by") or (), view.person)
        on = view.date(decision.get("on"))
        lines.append(paragraph(view.say("decided-by", by=by, on=on)))
    lines.append(paragraph(view.label("gate-means", view.part("gate").get("status") or "none")))
    return [callout(kind, title, lines)]


def _what_matters(view: RecordView) -> list[Block]:
    """At most five findings, those that decide the gate first; data findings with their numbers."""
    kinds = [
        kind for kind in grouped(view.items("findings")) if kind[0]["code"] not in _TOLD_ELSEWHERE
    ]
    lines = [_line(view, kind) for kind in kinds[:MOST]]
    if not lines:
        return [paragraph(view.say("nothing-found"))]
    rest = len(view.items("findings")) - sum(len(kind) for kind in kinds[:MOST])
    more = [paragraph(view.say("more-findings", count=view.number(rest)))] if rest else []
    return [*bullets(lines), *more]


def _line(view: RecordView, findings: Sequence[Json]) -> Cell:
    """One sentence for the findings of one code; what the data shows is said with its figures."""
    told = said_together(view, findings)
    verdict = _DATA_CODES.get(findings[0]["code"])
    if verdict is None:
        return told
    limit = _SENTENCES[verdict]
    datasets = dict.fromkeys(str(one["values"].get("dataset", "")) for one in findings)
    figures = [
        line
        for name in datasets
        for line in telling_sentences(view, name, verdict=verdict, limit=limit)
    ]
    return joined([told, *(cell(line) for line in figures[:limit])])


def asked_in_words(view: RecordView) -> str:
    """How many affected groups were heard, on how many occasions, and who was not."""
    affected = [group for group in view.items("stakeholders") if group.get("affected", True)]
    if not affected:
        return view.say("nobody-listed")
    heard = [group for group in affected if group.get("involvement")]
    occasions = [o for group in view.items("stakeholders") for o in group.get("involvement") or ()]
    counted = [one["people"] for one in occasions if one.get("people") is not None]
    told = view.say(
        "asked" if len(counted) == len(occasions) else "asked-uncounted",
        heard=len(heard),
        affected=len(affected),
        people=view.number(sum(counted)),
        occasions=len(occasions),
    )
    unheard = [view.plain(group["name"]) for group in affected if not group.get("involvement")]
    if not unheard:
        return told
    return f"{told} {view.say('unheard', groups=view.listed(unheard))}"


def _disputed(view: RecordView) -> list[Block]:
    """What remains disputed: dissent in people's own words, then ratings that are far apart."""
    lines: list[Cell] = []
    for group in view.items("stakeholders"):
        for occasion in group.get("involvement") or ():
            if occasion.get("dissent"):
                name = view.text(group["name"], bold=True)
                lines.append([*name, Run(": "), *view.text(occasion["dissent"])])
    apart = [one for one in view.items("findings") if one["code"] == "raters_disagree"]
    if apart:
        lines.append(said_together(view, apart))
    return bullets(lines) or [paragraph(view.say("nothing-disputed"))]
