"""What triage found, as it stands in `record.json` and in `impactbook triage --format json`.

Sentences are stored in both languages: a record tells what was said when it was made, even after
the rules have changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impactbook.frameworks.triage import Outcome
from impactbook.frameworks.triage_words import because, since, text_of
from impactbook.language import LANGUAGES
from impactbook.model.base import Translated
from impactbook.model.triage import RuleSet, TriageAnswer


def triage_content(
    rules: Sequence[RuleSet], outcomes: Sequence[Outcome], answers: Mapping[str, TriageAnswer]
) -> dict[str, Any]:
    """The rule sets asked, one entry for each rule, and what people answered, as JSON.

    Of each rule: `result` (`applies`, `does_not`, `needs_human_answer`, `prohibited`), `status`
    and `since` on the day judged for, `standing` and `because` in words, `missing` facts.
    """
    return {
        "rules": [
            {
                "id": one.id,
                "version": one.version,
                "as_of": one.as_of.isoformat(),
                "title": _both(one.title),
            }
            for one in rules
        ],
        "outcomes": [_outcome(one) for one in outcomes],
        "answers": {name: answer.model_dump(mode="json") for name, answer in answers.items()},
    }


def _outcome(one: Outcome) -> dict[str, Any]:
    rule = one.rule
    return {
        "id": rule.id,
        "framework": one.framework,
        "article": _both(rule.article),
        "title": _both(rule.title),
        "who": list(rule.who),
        "result": one.result,
        "status": one.status,
        "since": one.since.isoformat() if one.since else None,
        "confidence": rule.confidence,
        "source": rule.source,
        "missing": list(one.missing),
        "question": _both(one.question) if one.question else None,
        "open_points": len(one.open_points),
        "standing": {language: since(one, language) for language in LANGUAGES},
        "because": {language: because(one, language) for language in LANGUAGES},
    }


def _both(text: Translated) -> dict[str, str]:
    return {language: text_of(text, language) for language in LANGUAGES}
