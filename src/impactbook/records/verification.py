"""What a verification is made of: steps, their results, the report, and how a plan is run.

The plans themselves stand in `verify` (a sealed record) and `pdf_alone` (a PDF alone). A step
whose ground is gone is `not checked`, which is not `passed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args

from pydantic import ValidationError

from impactbook.errors import RecordError
from impactbook.model.record import Record
from impactbook.records.canonical import parse_canonical
from impactbook.records.manifest import RECORD

CONSISTENT_CANNOT_SEE = (
    "Consistent means that record, files and ledger agree with each other. Whoever holds the "
    "whole folder could have written all of it anew, or cut off its end; that shows only against "
    "a ledger head kept elsewhere, for example the one printed in a record filed earlier."
)
Level = Literal["consistent", "anchored", "signed", "time-stamped"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""From weak to strong."""

_CUT_OFF = (
    " Lines at the ledger's end could still have been cut off; that shows only against a head "
    "kept elsewhere (--head, --anchor)."
)
_SIGNED = (
    "whoever rewrites the record or the history before it would need the signer's key, or a root "
    "of their own among the trust roots: compare these with what the authority publishes. The "
    "signature covers the PDF and the data inside it, not record.html and attachments."
)
CANNOT_SEE: Mapping[Level, str] = {
    "consistent": CONSISTENT_CANNOT_SEE,
    "anchored": (
        "Anchored means that record and ledger agree with a head from outside this folder. What "
        "was sealed after that head, and whether more was sealed and cut off since, does not show."
    ),
    "signed": f"Signed means that a signer whom a trusted root names signed this record: {_SIGNED}",
    "time-stamped": (
        "Time-stamped means that a trusted service saw the signature, or the ledger after it, at "
        f"the time named: {_SIGNED}"
    ),
}
"""What each level means, and what it cannot see."""
T = TypeVar("T")
Case = TypeVar("Case")
_LISTED = 5


@dataclass(frozen=True)
class Step:
    """One step's result: `ok` is None when it could not be checked; `detail` says why, or what."""

    number: int
    name: str
    ok: bool | None
    detail: str = ""


@dataclass(frozen=True)
class VerificationReport:
    """What verifying one record or PDF showed, step by step.

    `facts` are what a reader wants to compare with paper: feature, version, gate, ledger heads.
    """

    subject: str
    steps: tuple[Step, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cannot_see: str = CONSISTENT_CANNOT_SEE
    reached: Level = "consistent"

    @property
    def holds(self) -> bool:
        """Whether every step passed; a step not checked, or no step at all, does not hold."""
        return bool(self.steps) and all(step.ok is True for step in self.steps)

    @property
    def level(self) -> Level | None:
        """How far the proof reaches; None when it does not hold."""
        return self.reached if self.holds else None

    def reaches(self, level: Level) -> bool:
        """Whether it holds at `level` or above."""
        return self.holds and LEVELS.index(self.reached) >= LEVELS.index(level)


class StepFails(Exception):
    """The step says no."""


class NotChecked(Exception):
    """The step cannot be decided, because an earlier one took its ground away."""


def run_plan(plan: Sequence[tuple[str, Callable[[Case], str]]], case: Case) -> tuple[Step, ...]:
    """Run every step of a plan, whatever became of the one before."""
    return tuple(
        _run_step(number, name, check, case) for number, (name, check) in enumerate(plan, 1)
    )


def _run_step(number: int, name: str, check: Callable[[Case], str], case: Case) -> Step:
    try:
        return Step(number, name, ok=True, detail=check(case))
    except NotChecked as error:
        return Step(number, name, ok=None, detail=f"not checked: {error}")
    except (StepFails, RecordError) as error:
        return Step(number, name, ok=False, detail=str(error).removesuffix("."))
    except OSError as error:
        return Step(number, name, ok=False, detail=f"cannot be read ({error.strerror})")
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        # A forged file may follow its schema and still hold parts of the wrong kind.
        return Step(number, name, ok=False, detail="holds parts that cannot be interpreted")


def said_of(level: Level, *, anchored: bool) -> str:
    """What a level means and cannot see; a signature alone does not hold the ledger's end."""
    return CANNOT_SEE[level] + ("" if anchored or level in ("consistent", "anchored") else _CUT_OFF)


def ground(read: Callable[[], T], what: str) -> T:
    """What a step compares with; when it cannot be read, the step is not checked.

    The step that looks at `what` itself reports what is wrong with it.
    """
    try:
        return read()
    except (RecordError, OSError):
        raise NotChecked(f"{what} cannot be read") from None


def listed(items: Sequence[str]) -> str:
    """A few names in a row and how many more there are; nothing that would steer a terminal."""
    names = ["".join(c if c.isprintable() else "?" for c in item) for item in items[:_LISTED]]
    more = len(items) - _LISTED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def checked_record(content: bytes) -> dict[str, Any]:
    """The JSON object of a `record.json`; raises `RecordError` when form or schema are broken."""
    value = parse_canonical(content, RECORD)
    try:
        Record.model_validate(value)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "file"
        raise RecordError(f"{RECORD}: does not follow its schema ({listed([where])}).") from None
    record: dict[str, Any] = value
    return record
