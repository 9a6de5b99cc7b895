"""One answer for every framework that asks the same: questions shared between packs.

A provision names questions of other packs that serve it. Where such a question's own pack is asked,
its answer counts for both; where it is not, the question is lent to the pack that needs it, under
its own id, so that its answer still counts on the day the other pack is asked too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from impactbook.frameworks.coverage import AskedQuestion, Coverage
from impactbook.model.framework import Option, Pack, Provision, Question, Source

ArticleState = Literal["evidenced", "answered", "open", "not-applicable"]


@dataclass(frozen=True)
class Article:
    """One provision with the questions that serve it, each under one state.

    `evidenced` are answers that cite evidence, `answered` those that cite none.
    """

    provision: Provision
    evidenced: tuple[str, ...]
    answered: tuple[str, ...]
    open: tuple[str, ...]
    not_applicable: tuple[str, ...]

    @property
    def state(self) -> ArticleState:
        """The weakest state of its questions; what nobody asks about is open, never answered."""
        if self.open or not (self.evidenced or self.answered or self.not_applicable):
            return "open"
        if self.answered:
            return "answered"
        return "evidenced" if self.evidenced else "not-applicable"


def asked_packs(known: Mapping[str, Pack], names: Sequence[str]) -> tuple[Pack, ...]:
    """The packs to ask, in this order, with questions lent from packs that are not asked.

    A question is lent to the first pack that needs it; without any need a pack stays as it is.
    """
    asked = {question.id for name in names for question in known[name].questions}
    owners = {question.id: pack for pack in known.values() for question in pack.questions}
    packs = []
    for name in names:
        pack = known[name]
        wanted: dict[str, list[Provision]] = {}
        for provision in pack.provisions:
            for id in provision.served_by:
                if id not in asked and id in owners and owners[id].id not in names:
                    wanted.setdefault(id, []).append(provision)
        asked |= wanted.keys()
        packs.append(_with_lent(pack, wanted, owners) if wanted else pack)
    return tuple(packs)


def articles(
    packs: Sequence[Pack], coverages: Mapping[str, Coverage], evidenced: frozenset[str]
) -> dict[str, tuple[Article, ...]]:
    """Per pack the state of each provision; `evidenced` are ids of answers that cite evidence.

    A question counts wherever its pack is asked: the mapping is many to many.
    """
    asked = {one.question.id: one for found in coverages.values() for one in found.questions}
    return {
        pack.id: tuple(
            _article(provision, _servants(pack, provision), asked, evidenced)
            for provision in pack.provisions
        )
        for pack in packs
    }


def _servants(pack: Pack, provision: Provision) -> tuple[str, ...]:
    """Ids of the questions that serve a provision: the pack's own, then those of others."""
    own = (question.id for question in pack.questions if provision.id in question.covers)
    return tuple(dict.fromkeys((*own, *provision.served_by)))


def _article(
    provision: Provision,
    servants: tuple[str, ...],
    asked: Mapping[str, AskedQuestion],
    evidenced: frozenset[str],
) -> Article:
    states: dict[str, list[str]] = {
        "evidenced": [], "answered": [], "open": [], "not-applicable": []
    }  # fmt: skip
    for id in servants:
        if id not in asked:
            continue  # its pack was replaced by one without it
        state: str = asked[id].state
        states["evidenced" if state == "answered" and id in evidenced else state].append(id)
    return Article(
        provision=provision,
        evidenced=tuple(states["evidenced"]),
        answered=tuple(states["answered"]),
        open=tuple(states["open"]),
        not_applicable=tuple(states["not-applicable"]),
    )


def _with_lent(
    pack: Pack, wanted: Mapping[str, Sequence[Provision]], owners: Mapping[str, Pack]
) -> Pack:
    """The pack with the wanted questions, their scales and sources, added at the end."""
    questions: list[Question] = list(pack.questions)
    scales: dict[str, tuple[Option, ...]] = dict(pack.scales)
    sources: dict[str, Source] = {source.id: source for source in pack.sources}
    for id, provisions in wanted.items():
        owner = owners[id]
        question = owner.question(id)
        questions.append(_lent(question, owner, provisions))
        scales[_of(owner, question.scale)] = owner.options(question)
        for source in owner.sources:
            renamed = source.model_copy(update={"id": _of(owner, source.id)})
            if source.id in _sources(question):
                sources[renamed.id] = renamed
    return pack.model_copy(
        update={
            "questions": tuple(questions),
            "scales": scales,
            "sources": tuple(sources.values()),
        }
    )


def _lent(question: Question, owner: Pack, provisions: Sequence[Provision]) -> Question:
    """The question as part of another pack: its words and its id stay."""
    note = question.legal_note
    if note is not None:
        renamed = tuple(_of(owner, source) for source in note.sources)
        note = note.model_copy(update={"sources": renamed})
    return question.model_copy(
        update={
            "group": provisions[0].group,
            "scale": _of(owner, question.scale),
            "sources": tuple(_of(owner, source) for source in question.sources),
            "covers": tuple(provision.id for provision in provisions),
            "legal_note": note,
        }
    )


def _sources(question: Question) -> set[str]:
    note = question.legal_note
    return {*question.sources, *(note.sources if note is not None else ())}


def _of(owner: Pack, id: str) -> str:
    """An id of another pack, told apart from this pack's own."""
    return f"{owner.id}-{id}"
