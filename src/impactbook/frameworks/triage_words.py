"""The outcome of triage in words: "because you said ...", what is missing, since when.

The same sentences go to the record, the notebook, the terminal and the gate's reasons.
"""

from __future__ import annotations

from collections.abc import Iterable

from impactbook.frameworks.applicability import Reason
from impactbook.frameworks.legal import confidence_remark
from impactbook.frameworks.triage import Outcome
from impactbook.language import Language, date, phrases, region_name, say
from impactbook.model.base import Translated, in_language
from impactbook.model.triage import EEA, EU, Rule

AREA = "triage"


def because(outcome: Outcome, language: Language) -> list[str]:
    """Why a rule applies, does not, or needs an answer, as sentences naming the stated facts."""
    return [
        line for line in (*_facts_said(outcome, language), *_law_said(outcome, language)) if line
    ]


def you_said(outcome: Outcome, language: Language) -> str:
    """The stated facts that decided, each once, as one sentence; empty where no fact decided."""
    stated = [reason for reason in outcome.reasons if reason.stated is not None]
    names = dict.fromkeys(reason.fact for reason in stated)
    told = [
        _fact([reason for reason in stated if reason.fact == name], outcome, language)
        for name in names
    ]
    return _listed_in("you-said", "facts", told, language)


def since(outcome: Outcome, language: Language) -> str:
    """Since when or from when on, or that it is disputed, with the doubt where there is one."""
    told = _standing(outcome, language)
    doubt = confidence_remark(outcome.rule.confidence, language)
    return f"{told} ({doubt})" if doubt else told


def _standing(outcome: Outcome, language: Language) -> str:
    if outcome.status == "draft":
        return say(AREA, "draft", language)
    if outcome.since is None:
        key = "in-force" if outcome.status == "in-force" else f"{outcome.status}-undated"
        return say(AREA, key, language)
    keys = {"in-force": "since", "disputed": "disputed"}
    key = keys.get(outcome.status, "from")
    return say(AREA, key, language, date=date(outcome.since, language))


def text_of(text: Translated, language: Language) -> str:
    """A text of a rule, which always has both languages, on one line."""
    return " ".join(in_language(text, language, language)[0].split())


def fact_name(name: str, language: Language) -> str:
    """A fact as people call it."""
    return say(AREA, f"fact-{name}", language)


def _facts_said(outcome: Outcome, language: Language) -> list[str]:
    """What was stated, what was not, and which other rules decided."""
    missing = [fact_name(name, language) for name in outcome.missing]
    return [
        you_said(outcome, language),
        _listed_in("not-stated", "facts", missing, language),
        _depends(outcome, language),
    ]


def _law_said(outcome: Outcome, language: Language) -> list[str]:
    """What the law asks, or what to know where it does not; the question; what is still open."""
    rule = outcome.rule
    told = rule.otherwise if outcome.result == "does_not" else rule.because
    lines = [text_of(told, language) if told is not None else ""]
    if outcome.question is not None:
        lines.append(_question(outcome, outcome.question, language))
    for note in outcome.notes:
        text = text_of(note.text, language)
        lines.append(say(AREA, "open-point", language, text=text) if note.open else text)
    return lines


def _question(outcome: Outcome, question: Translated, language: Language) -> str:
    asked = text_of(question, language)
    if outcome.answer is None:
        return say(AREA, "asked", language, question=asked)
    given = outcome.answer
    return say(
        AREA,
        "answered",
        language,
        question=asked,
        date=date(given.on, language),
        answer=say(AREA, "yes" if given.applies else "no", language),
        because=in_language(given.because, language, language)[0].strip().rstrip("."),
    )


def _depends(outcome: Outcome, language: Language) -> str:
    keys = {"does_not": "follows-not", "needs_human_answer": "depends-on"}
    key = keys.get(outcome.result, "follows")
    return _listed_in(key, "articles", _articles(outcome.depends_on, language), language)


def _articles(rules: Iterable[Rule], language: Language) -> list[str]:
    return [text_of(rule.article, language) for rule in rules]


def _listed_in(key: str, placeholder: str, items: list[str], language: Language) -> str:
    """A phrase around a list; nothing for an empty list."""
    listed = "; ".join(items)
    return say(AREA, key, language, **{placeholder: listed}) if items else ""


def _fact(reasons: list[Reason], outcome: Outcome, language: Language) -> str:
    """One stated fact; where a rule does not apply for want of a value, that value as well."""
    fact, stated = reasons[0].fact, reasons[0].stated or frozenset()
    wanted = frozenset[str]().union(*(one.asked for one in reasons if not one.asked & stated))
    key = "you-said-not" if wanted and outcome.result == "does_not" else "you-said-one"
    return say(
        AREA,
        key,
        language,
        fact=fact_name(fact, language),
        stated=_values(fact, _as_written(fact, stated), language),
        asked=_values(fact, wanted, language),
    )


def _as_written(fact: str, stated: frozenset[str]) -> frozenset[str]:
    """The values a person wrote; a region was widened to its country and to EU and EEA."""
    if fact != "regions":
        return stated
    parts = {value.partition("-")[0] for value in stated if "-" in value}
    return stated - parts - {EU, EEA}


def _values(fact: str, values: Iterable[str], language: Language) -> str:
    named = [_value(fact, value, language) for value in sorted(values)]
    return ", ".join(named) if named else say(AREA, "none", language)


def _value(fact: str, value: str, language: Language) -> str:
    own = f"value-{fact}.{value}"
    if own in phrases(AREA):
        return say(AREA, own, language)
    if value in ("yes", "no"):
        return say(AREA, value, language)
    if fact == "regions":
        return region_name(value, language)
    return say("frameworks", f"value-{value}", language)
