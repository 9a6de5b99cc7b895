"""The gate: from findings to `pass` ... `prohibited`, and whether a pipeline may go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from impactbook.assess.triage_findings import PROHIBITED
from impactbook.model.outcome import Effect, Finding, Gate, GateStatus

_ORDER: tuple[Effect, ...] = ("blocks", "conditions", "informs")
_HOLDS_BACK = "condition_open_before"


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Prohibitions first, then what blocks, conditions, remarks; each in the order found."""
    return tuple(
        sorted(findings, key=lambda item: (item.code != PROHIBITED, _ORDER.index(item.effect)))
    )


def judge(findings: Sequence[Finding]) -> Gate:
    """The gate's status and the findings that decide it.

    A prohibited practice comes first of all and stands alone: nothing else that is done can mend
    it. Anything that blocks gives `blocked`, anything that sets a condition at best `conditional`.
    """
    prohibited = tuple(item.id for item in findings if item.code == PROHIBITED)
    if prohibited:
        return Gate(status="prohibited", reasons=prohibited)
    grades: tuple[tuple[Effect, GateStatus], ...] = (
        ("blocks", "blocked"),
        ("conditions", "conditional"),
    )
    for effect, status in grades:
        deciding = tuple(item.id for item in findings if item.effect == effect)
        if deciding:
            return Gate(status=status, reasons=deciding)
    return Gate(status="pass")


def may_go_live(record: Mapping[str, Any]) -> bool:
    """Whether a release pipeline may go on, judged from `record.json`.

    `conditional` is enough only if no condition from before going live is still open.
    """
    status = record["gate"]["status"]
    held = any(str(reason).startswith(_HOLDS_BACK) for reason in record["gate"]["reasons"])
    return status == "pass" or (status == "conditional" and not held)
