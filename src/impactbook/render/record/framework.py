"""Framework coverage: per principle and strategy, then every question with answer and evidence.

Questions that do not apply are listed with the reason; what is open is marked as open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from impactbook.render.blocks import Block, CalloutKind, Paragraph
from impactbook.render.record.articles import articles
from impactbook.render.record.findings import citation
from impactbook.render.record.parts import (
    Cell,
    callout,
    cell,
    facts,
    heading,
    joined,
    missing,
    paragraph,
    table,
)
from impactbook.render.record.view import Json, RecordView

FEW = 4
"""A framework of so few questions has no common sources."""

_STATES = ("favourable", "unfavourable", "open", "not-applicable")
_KIND_OF_EFFECT: dict[str, CalloutKind] = {
    "none": "ok",
    "informs": "info",
    "conditions": "attention",
    "blocks": "fail",
}


def framework(view: RecordView) -> list[Block]:
    """The chapter "Framework: questions and answers"."""
    blocks: list[Block] = [heading(1, view.say("framework-title"), "framework")]
    packs = view.items("frameworks")
    if not packs:
        return [*blocks, missing(view, "framework-missing")]
    for pack in packs:
        blocks += pack_blocks(view, pack)
    return blocks


def pack_blocks(view: RecordView, pack: Json) -> list[Block]:
    """One framework: coverage, questions by group, questions that do not apply."""
    version = view.say("pack", version=pack["version"], date=view.date(pack.get("as_of")))
    blocks: list[Block] = [
        heading(2, view.text(pack["title"]), f"framework-{pack['id']}"),
        paragraph(version),
        *_common(view, pack),
        *_coverage(view, pack),
    ]
    for group in pack.get("groups") or ():
        blocks += _group(view, pack, group)
    return [*blocks, *_not_applying(view, pack), *articles(view, pack)]


def state(question: Json) -> str:
    """What a question is to a reader: answered favourably or not, open, or not applicable."""
    if question.get("applies") == "no":
        return "not-applicable"
    answer = question.get("answer")
    if not answer:
        return "open"
    return "favourable" if answer.get("effect") == "none" else "unfavourable"


def common_sources(pack: Json) -> list[Any]:
    """Sources that more than half of a framework's questions rest on; they are said once."""
    asked = pack["questions"]
    cited = [source for question in asked for source in question.get("sources") or ()]
    return [
        source
        for place, source in enumerate(cited)
        if cited.count(source) * 2 > len(asked) > FEW and source not in cited[:place]
    ]


def _common(view: RecordView, pack: Json) -> list[Block]:
    sources = joined(
        [view.text(source, written_in=view.language) for source in common_sources(pack)], "; "
    )
    told = view.sentence("record", "common-sources", {"sources": sources})
    return [Paragraph(told)] if sources else []


def _coverage(view: RecordView, pack: Json) -> list[Block]:
    rows: list[list[Cell | str]] = []
    for group in pack.get("groups") or ():
        states = Counter(state(q) for q in pack["questions"] if q["group"] == group["id"])
        kind = view.label("group-kind", group["kind"])
        name = joined([view.text(group["title"]), cell(f"({kind})")])
        rows.append([name, *(view.number(states[one]) for one in _STATES)])
    header = [view.say("coverage-group"), *(view.say(f"coverage-{one}") for one in _STATES)]
    caption, note = view.say("coverage-caption"), view.say("coverage-note")
    widths = [5.0, 1.9, 1.9, 1.4, 1.9]
    return table(caption, header, rows, align="lrrrr", note=note, widths=widths)


def _group(view: RecordView, pack: Json, group: Json) -> list[Block]:
    asked = [
        question
        for question in pack["questions"]
        if question["group"] == group["id"] and question.get("applies") != "no"
    ]
    if not asked:
        return []
    blocks: list[Block] = [heading(3, view.text(group["title"]), f"{pack['id']}-{group['id']}")]
    aim = view.text(group.get("aim"), italic=True)
    if aim:
        blocks.append(Paragraph(aim))
    for question in asked:
        blocks += question_blocks(view, question, said_before=common_sources(pack))
    return blocks


def question_blocks(
    view: RecordView, question: Json, *, said_before: Sequence[Any] = ()
) -> list[Block]:
    """One question with its answer, rationale, evidence, who answered and when, and its sources."""
    given = question.get("answer")
    written = (view.assessment.get("answers") or {}).get(question["id"]) or {}
    blocks: list[Block] = [
        heading(4, view.text(question["title"]), f"question-{question['id']}"),
        Paragraph(view.text(question["question"])),
        *_legal(view, question),
    ]
    cited = [one for one in question.get("sources") or () if one not in said_before]
    sources = joined([view.text(source, written_in=view.language) for source in cited], "; ")
    if not given:
        return [*blocks, _open_question(view, question, sources)]
    kind = _KIND_OF_EFFECT.get(given.get("effect", "none"), "info")
    answer = f"{view.say('answer')}: {view.plain(given.get('label')) or given['value']}"
    about = [*_about_answer(view, written), (view.say("based-on"), sources)]
    return [*blocks, callout(kind, answer, facts(about))]


def _legal(view: RecordView, question: Json) -> list[Block]:
    """What the law asks here, and how sure that is."""
    note = question.get("legal")
    if not note:
        return []
    text = view.text(note["text"], written_in=view.language)
    remark = view.plain(note.get("remark"))
    return facts([(view.say("legal"), joined([text, cell(f"({remark})" if remark else "")]))])


def _open_question(view: RecordView, question: Json, sources: Cell) -> Block:
    """The box of a question without an answer; why it is asked where that is not certain."""
    unsure = question.get("applies") == "unknown"
    because = [view.said_then(reason) for reason in question.get("because") or ()] if unsure else []
    about = [
        (view.say("because"), joined(because)),
        (view.say("based-on"), sources),
    ]
    return callout("open", view.say("question-open"), facts(about))


def _about_answer(view: RecordView, written: Json) -> list[tuple[str, Cell | str]]:
    cited = joined([citation(view, one) for one in written.get("evidence") or ()], "; ")
    by, on = written.get("by"), written.get("on")
    answered = ", ".join([view.role(by)] * bool(by) + [view.date(on)] * bool(on))
    return [
        (view.say("rationale"), view.text(written.get("rationale")) or view.say("no-rationale")),
        (view.say("evidence"), cited or view.say("no-evidence")),
        (view.say("answered-by"), answered),
    ]


def _not_applying(view: RecordView, pack: Json) -> list[Block]:
    rows: list[list[Cell | str]] = [
        [
            view.text(question["title"]),
            joined([view.said_then(reason) for reason in question.get("because") or ()]),
        ]
        for question in pack["questions"]
        if question.get("applies") == "no"
    ]
    if not rows:
        return []
    header = [view.say("question"), view.say("because")]
    caption = view.say("not-applying-caption")
    title = heading(3, view.say("not-applying-title"), f"{pack['id']}-not-applying")
    return [title, *table(caption, header, rows, widths=[4.0, 6.0])]
