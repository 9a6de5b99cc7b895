"""Every kind of trouble impactbook reports to a person, and the sentence it says.

The classes build the message: where, what was found, what to do next. The command line prints
`str(error)` and leaves with `error.exit_code`; nothing here ever carries a value from the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class ImpactbookError(Exception):
    """Base of all errors a user may see; `exit_code` is what the command line returns."""

    exit_code = 2


class InputError(ImpactbookError):
    """Something a person typed or wrote by hand is wrong (exit code 2).

    >>> str(InputError("the title is missing", file="assessment.yaml", line=3,
    ...                field="feature.title", remedy="add a title"))
    'assessment.yaml, line 3, feature.title: the title is missing; add a title.'
    """

    def __init__(
        self,
        problem: str,
        *,
        remedy: str,
        file: str | Path | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        self.problem, self.remedy = problem, remedy
        self.file, self.line, self.field = file, line, field
        where = [str(file)] if file is not None else []
        where += [f"line {line}"] if line is not None else []
        where += [field] if field else []
        start = f"{', '.join(where)}: " if where else ""
        super().__init__(f"{start}{problem}; {remedy}.")


class InputErrors(ImpactbookError):
    """Several things are wrong at once; all are named, one sentence a line (exit code 2)."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


class StorageError(ImpactbookError):
    """A file could not be written; what stood there before is untouched (exit code 2)."""

    def __init__(self, path: Path, reason: str, *, remedy: str) -> None:
        self.path = path
        super().__init__(f"{path}: cannot be written ({reason}); {remedy}.")


class RunFailedError(ImpactbookError):
    """A notebook failed or a check could not run; nothing was sealed (exit code 1)."""

    exit_code = 1

    def __init__(self, feature: str, step: str, *, reason: str, log: str) -> None:
        self.feature, self.step, self.log = feature, step, log
        super().__init__(f"{feature}: {step} failed ({reason}); nothing was sealed, see {log}.")


class RecordError(ImpactbookError):
    """A sealed record or the ledger is not what it should be (exit code 1)."""

    exit_code = 1
