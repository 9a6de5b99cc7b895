"""Cells that contradict the declaration: refused before anything is counted, each with numbers.

Numbers in another notation, dates in two formats, weights that are no weights, and a declared
positive label that never occurs would all give figures that look right. Each question is a few
counts, put together with SQLAlchemy for any engine; only counts come back, never a cell.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from impactbook.checks.dialects import date_or_null, matches, number_or_null, trimmed
from impactbook.errors import InputError
from impactbook.model.dataset import Column, Dataset

FEW_CELLS = 5
FEW_SHARE = 0.01
"""Up to so many cells, and up to this share of those known, are left to the check of ranges."""

_GROUP = "[ .,'\u2019\u00a0\u202f]"
_OTHER_NUMBERS = (
    rf"^[+-]?[0-9]{{1,3}}({_GROUP}[0-9]{{3}})+([.,][0-9]+)?$",
    r"^[+-]?[0-9]+[.,][0-9]+$",
)
"""A number with separators of thousands, and one with another decimal mark."""

_USUAL_DATES = {
    None: "YYYY-MM-DD",
    "%d.%m.%Y": "DD.MM.YYYY",
    "%d/%m/%Y": "DD/MM/YYYY",
    "%m/%d/%Y": "MM/DD/YYYY",
}
_SHOWN = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%H": "hh", "%M": "mm", "%S": "ss"}

Expression = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Question:
    """One question about the cells of a column: what to count, and what is said about it."""

    column: str
    declared: Column

    @abstractmethod
    def counts(self) -> dict[str, Expression]:
        """The numbers to ask for; each is a sum over rows, so that files can be added up."""

    @abstractmethod
    def trouble(self, found: Mapping[str, float]) -> InputError | None:
        """What is wrong, or None."""

    @property
    def is_answered_by_type(self) -> bool:
        """Whether a column that holds no text by its type gives no cause to ask."""
        return True

    @property
    def enough(self) -> Expression | None:
        """The condition of which one row is enough to answer; None where all rows are needed."""
        return None

    @property
    def text(self) -> Expression:
        """The cell as text."""
        return sa.column(self.column, sa.String())

    @property
    def is_known(self) -> Expression:
        """Whether the cell holds anything but blanks and declared tokens of missing values."""
        inner = trimmed(self.text)
        return sa.and_(self.text.is_not(None), inner.not_in(["", *self.declared.missing]))

    @property
    def field(self) -> str:
        """Where the declaration speaks of the column."""
        return f"columns.{self.column}"


@dataclass(frozen=True)
class NumberQuestion(Question):
    """Are the numbers written with the declared decimal mark, and without separators?"""

    decimal: str

    def counts(self) -> dict[str, Expression]:
        """Known cells, and those that are numbers in another notation."""
        number = number_or_null(self.text, decimal=self.decimal)
        inner = trimmed(self.text)
        other = sa.or_(*(matches(inner, pattern) for pattern in _OTHER_NUMBERS))
        return {
            "known": _count(self.is_known),
            "other": _count(sa.and_(self.is_known, number.is_(None), other)),
        }

    def trouble(self, found: Mapping[str, float]) -> InputError | None:
        """Refuse more than a few; they would all be taken for no numbers."""
        other, known = int(found["other"]), int(found["known"])
        if other <= min(FEW_CELLS, FEW_SHARE * known):
            return None
        mark, wanted = ("a comma", ",") if self.decimal == "." else ("a point", ".")
        return InputError(
            f"{other:,} of {known:,} values are numbers written otherwise than declared "
            f"({mark} as decimal mark, or separators of thousands)",
            field=self.field,
            remedy=f'set `source.decimal: "{wanted}"` if that is the decimal mark, '
            "else write the numbers without separators of thousands",
        )


@dataclass(frozen=True)
class DateQuestion(Question):
    """Are all dates written in one format, the declared one (ISO 8601 where none is)?"""

    @property
    def others(self) -> list[str | None]:
        """The usual formats beside the expected one."""
        return [usual for usual in _USUAL_DATES if usual != self.declared.date_format]

    def counts(self) -> dict[str, Expression]:
        """Cells in the expected format, and cells that fit only another usual one."""
        fits = date_or_null(self.text, self.declared.date_format).is_not(None)
        counts = {"fitting": _count(sa.and_(self.is_known, fits))}
        for place, usual in enumerate(self.others):
            other = date_or_null(self.text, usual).is_not(None)
            counts[f"other {place}"] = _count(sa.and_(self.is_known, sa.not_(fits), other))
        return counts

    def trouble(self, found: Mapping[str, float]) -> InputError | None:
        """Refuse dates in another format: left out, they would bend every figure over time."""
        others = [int(found[f"other {place}"]) for place in range(len(self.others))]
        if not any(others):
            return None
        most = max(others)
        name = " or ".join(
            _USUAL_DATES[usual]
            for usual, count in zip(self.others, others, strict=True)
            if count == most
        )
        expected = shown_format(self.declared.date_format)
        fitting = int(found["fitting"])
        kinds = f"{_dates(fitting)} written {expected} and {most:,} {name}"
        if not fitting:
            kinds = f"{_dates(most)} written {name} and none {expected}"
        return InputError(
            kinds,
            field=self.field,
            remedy="write all of them in one format, and state it as `date_format` "
            "unless it is YYYY-MM-DD",
        )


@dataclass(frozen=True)
class WeightQuestion(Question):
    """Has every row a weight of zero or more, and do they add up to something?"""

    decimal: str

    @property
    def is_answered_by_type(self) -> bool:
        """A column of numbers may still hold negative ones."""
        return False

    def counts(self) -> dict[str, Expression]:
        """Rows, rows without a weight, cells that are no numbers, negative ones, and the sum."""
        number = number_or_null(self.text, decimal=self.decimal)
        return {
            "rows": _count(sa.true()),
            "missing": _count(sa.not_(sa.func.coalesce(self.is_known, sa.false()))),
            "no numbers": _count(sa.and_(self.is_known, number.is_(None))),
            "negative": _count(number < 0),
            "sum": sa.func.coalesce(sa.func.sum(number), 0.0),
        }

    def trouble(self, found: Mapping[str, float]) -> InputError | None:
        """Refuse the first row without a good weight: a share over the others means nothing."""
        kinds = (
            ("missing", "missing or NaN"),
            ("no numbers", "no finite number"),
            ("negative", "negative"),
        )
        wrong = [
            f"{int(found[key]):,} {_is(found[key])} {said}" for key, said in kinds if found[key]
        ]
        if wrong:
            problem = f"of {int(found['rows']):,} weights {_listed(wrong)}"
        elif found["sum"] <= 0:
            problem = "the weights add up to zero"
        else:
            return None
        return InputError(
            problem,
            field=self.field,
            remedy="give every row a weight of zero or more, or another role to the column",
        )


@dataclass(frozen=True)
class PositiveQuestion(Question):
    """Does the declared positive label occur at all, or is the polarity reversed?"""

    place: int
    positive: str

    @property
    def raw_values(self) -> list[str]:
        """The raw values that mean the positive group."""
        values = self.declared.values
        raw = [value for value, group in values.items() if group == self.positive]
        if self.positive not in values:
            raw.append(self.positive)
        return [value for value in raw if value not in self.declared.missing]

    @property
    def is_answered_by_type(self) -> bool:
        """A label of numbers may still have another polarity."""
        return False

    @property
    def enough(self) -> Expression:
        """One row is enough to know that it occurs."""
        return self.text.in_(self.raw_values)

    def counts(self) -> dict[str, Expression]:
        """Rows with the positive label."""
        return {"positive": _count(self.enough)}

    def trouble(self, found: Mapping[str, float]) -> InputError | None:
        """Refuse: every share of positive labels would be zero."""
        if found["positive"]:
            return None
        told = dict.fromkeys([*self.declared.allowed, *self.declared.values, *self.declared.labels])
        others = [value for value in told if value != self.positive]
        hint = f" (declared there: {_listed([repr(one) for one in others])})" if others else ""
        return InputError(
            f"the positive label {self.positive!r} never occurs in the column {self.column!r}",
            field=f"checks.labels[{self.place}].positive",
            remedy=f"name the label as it stands in the data{hint}",
        )


def questions_of(
    dataset: Dataset, *, typed: Iterable[str] = (), columns: Iterable[str] | None = None
) -> tuple[Question, ...]:
    """What to ask of the cells of `dataset`.

    `typed` are columns whose type already says that they hold numbers or dates; `columns` limits
    the questions to these.
    """
    typed, decimal = frozenset(typed), dataset.source.decimal
    asked: list[Question] = []
    for name, column in dataset.columns.items():
        if column.role == "weight":
            asked.append(WeightQuestion(name, column, decimal))
        elif name in typed:
            continue  # its type says that it holds numbers or dates
        elif column.holds_dates:
            asked.append(DateQuestion(name, column))
        elif _needs_numbers(column):
            asked.append(NumberQuestion(name, column, decimal))
    for place, check in enumerate(dataset.checks.labels):
        declared = dataset.columns[check.label]
        if check.positive is not None and not declared.bands:
            asked.append(PositiveQuestion(check.label, declared, place, check.positive))
    wanted = None if columns is None else frozenset(columns)
    return tuple(one for one in asked if wanted is None or one.column in wanted)


def _needs_numbers(column: Column) -> bool:
    ranged = column.minimum is not None or column.maximum is not None
    return bool(column.bands) or ranged or column.role in ("score", "duration")


def expressions_of(questions: Sequence[Question]) -> dict[str, Expression]:
    """Everything to count for these questions, by a key; each over all rows."""
    return {
        f"{place} {name}": expression
        for place, question in enumerate(questions)
        for name, expression in question.counts().items()
    }


def refuse(
    questions: Sequence[Question], found: Mapping[str, float], *, declaration: str = ""
) -> None:
    """Raise `InputError` for the first question that was answered badly."""
    for place, question in enumerate(questions):
        start = f"{place} "
        own = {key[len(start) :]: found[key] for key in found if key.startswith(start)}
        trouble = question.trouble(own)
        if trouble is not None:
            raise InputError(
                trouble.problem,
                file=declaration or None,
                field=trouble.field,
                remedy=trouble.remedy,
            )


def refuse_bad_cells(
    fetch: Callable[[sa.Executable], Sequence[Sequence[Any]]],
    rows: sa.FromClause,
    dataset: Dataset,
    *,
    typed: Iterable[str] = (),
    declaration: str = "",
) -> None:
    """Ask all questions of `rows` (every column as text) in one statement, on any engine.

    Raises `InputError` naming the column and the numbers found.
    """
    questions = questions_of(dataset, typed=typed)
    if not questions:
        return
    counted = expressions_of(questions)
    columns = [counted[key].label(f"c{place}") for place, key in enumerate(counted)]
    answer = fetch(sa.select(*columns).select_from(rows))[0]
    found = {key: float(value or 0) for key, value in zip(counted, answer, strict=True)}
    refuse(questions, found, declaration=declaration)


def shown_format(date_format: str | None) -> str:
    """A date format as people write it.

    >>> shown_format("%d.%m.%Y"), shown_format(None)
    ('DD.MM.YYYY', 'YYYY-MM-DD')
    """
    if date_format is None:
        return _USUAL_DATES[None]
    shown = date_format
    for directive, letters in _SHOWN.items():
        shown = shown.replace(directive, letters)
    return shown


def _count(condition: Expression) -> Expression:
    """How many rows fulfil a condition; 0 where there are no rows."""
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _dates(count: int) -> str:
    return "1 date is" if count == 1 else f"{count:,} dates are"


def _is(count: float) -> str:
    return "is" if count == 1 else "are"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
