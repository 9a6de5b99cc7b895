"""The metrics that no contingency table holds: repeated rows, overlap of splits, words, conflicts.

Each is one aggregate query that returns counts only. `view` names a table or view beside the
batch that holds the raw columns; left out, the batch itself is read. Importing this module
registers the metrics with Great Expectations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from impactbook.checks.contingency import table_domain

DUPLICATES = "impactbook.duplicates"
OVERLAP = "impactbook.split_overlap"
WORDS = "impactbook.words"
CONFLICTS = "impactbook.conflicting_persons"

# White space as Python and Unicode have it; SQL and regular expressions know less by themselves.
_BLANKS = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
_WORD = r"[^\s\p{Z}\x{85}\x{0b}\x{1c}-\x{1f}]+"


@dataclass(frozen=True)
class Repeated:
    """Rows beyond the first of their kind, and the persons behind all rows of such kinds."""

    rows: int
    people: int | None


@dataclass(frozen=True)
class Shared:
    """Rows of the split `second` that stand in `first` too, and the persons behind them."""

    first: str
    second: str
    rows: int
    people: int | None


@dataclass(frozen=True)
class Words:
    """Words per text: how many texts, their mean and standard deviation, the persons behind."""

    texts: int
    mean: float
    deviation: float
    people: int | None


@dataclass(frozen=True)
class Conflicts:
    """Persons whose rows disagree on some attribute; and with a blank counted as a value."""

    known: int
    with_blanks: int


def folded(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A text without outer white space and without regard to upper and lower case."""
    return sa.func.lower(sa.func.trim(text, _BLANKS))


def count_duplicates(
    engine: SqlAlchemyExecutionEngine,
    selectable: Any,
    *,
    keys: Sequence[sa.ColumnElement[Any]],
    split: str | None,
    person: str | None,
) -> dict[str | None, Repeated]:
    """Repeated keys in all rows (under None) and, with `split`, within each split.

    Rows where a single key (a text) is missing repeat nothing.
    """
    found: dict[str | None, Repeated] = {
        None: _repeated(engine, selectable, keys, [], person).get((), Repeated(0, None))
    }
    if split is not None:
        parts = _repeated(engine, selectable, keys, [split], person)
        found |= {name: parts.get((name,), Repeated(0, None)) for (name,) in parts}
    if person is not None:
        found = {scope: Repeated(one.rows, one.people or 0) for scope, one in found.items()}
    return found


def _repeated(
    engine: SqlAlchemyExecutionEngine,
    selectable: Any,
    keys: Sequence[sa.ColumnElement[Any]],
    within: list[str],
    person: str | None,
) -> dict[tuple[Any, ...], Repeated]:
    scope: list[sa.ColumnElement[Any]] = [
        sa.column(name).label(f"s{place}") for place, name in enumerate(within)
    ]
    named = [key.label(f"k{place}") for place, key in enumerate(keys)]
    who: list[sa.ColumnElement[Any]] = [sa.column(person).label("p")] if person is not None else []
    query = sa.select(*scope, *named, *who).select_from(selectable)
    if len(keys) == 1:
        query = query.where(keys[0].is_not(None))
    rows = query.subquery("r")
    group = [rows.c[column.name] for column in (*scope, *named)]
    kinds = (
        sa.select(*group, sa.func.count().label("n"))
        .group_by(*group)
        .having(sa.func.count() > 1)
        .subquery("kinds")
    )
    by = [kinds.c[column.name] for column in scope]
    answer = engine.execute_query(
        sa.select(*by, sa.func.sum(kinds.c.n - 1)).select_from(kinds).group_by(*by)
        if by
        else sa.select(sa.func.sum(kinds.c.n - 1)).select_from(kinds)
    ).fetchall()
    counts = {tuple(row[:-1]): int(row[-1] or 0) for row in answer}
    people: dict[tuple[Any, ...], int | None] = dict.fromkeys(counts)
    if person is not None and counts:
        same = sa.and_(
            *(rows.c[c.name].is_not_distinct_from(kinds.c[c.name]) for c in (*scope, *named))
        )
        joined = rows.join(kinds, same)
        query = sa.select(*by, sa.func.count(sa.distinct(rows.c.p))).select_from(joined)
        answer = engine.execute_query(query.group_by(*by) if by else query).fetchall()
        people |= {tuple(row[:-1]): int(row[-1]) for row in answer}
    return {where: Repeated(count, people[where]) for where, count in counts.items()}


def count_overlap(
    engine: SqlAlchemyExecutionEngine,
    selectable: Any,
    *,
    key: sa.ColumnElement[Any],
    split: str,
    person: str | None,
) -> list[Shared]:
    """For each pair of splits, the rows of one whose key stands in the other as well."""
    chosen = [sa.column(split).label("s"), key.label("k")]
    if person is not None:
        chosen.append(sa.column(person).label("p"))
    rows = sa.select(*chosen).select_from(selectable).where(key.is_not(None)).subquery("r")
    keys = sa.select(rows.c.s, rows.c.k).distinct().subquery("keys")
    people = sa.func.count(sa.distinct(rows.c.p)) if person is not None else sa.null()
    query = (
        sa.select(keys.c.s, rows.c.s, sa.func.count(), people)
        .select_from(rows.join(keys, sa.and_(keys.c.k == rows.c.k, keys.c.s != rows.c.s)))
        .group_by(keys.c.s, rows.c.s)
    )
    return [
        Shared(str(row[0]), str(row[1]), int(row[2]), None if person is None else int(row[3]))
        for row in engine.execute_query(query).fetchall()
    ]


class Duplicates(TableMetricProvider):
    """Repeated rows, or repeated texts of `text`: matching -> scope -> `Repeated`."""

    metric_name = DUPLICATES
    value_keys = ("text", "columns", "split", "person", "view")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, dict[str | None, Repeated]]:
        given = metric_value_kwargs
        selectable = _view(execution_engine, metric_domain_kwargs, given["view"])
        ways: dict[str, list[sa.ColumnElement[Any]]]
        if given["text"] is None:
            ways = {"exact": [sa.column(name) for name in given["columns"]]}
        else:
            text: sa.ColumnElement[Any] = sa.column(given["text"])
            ways = {"exact": [text], "case_folded": [folded(text)]}
        return {
            matching: count_duplicates(
                execution_engine,
                selectable,
                keys=keys,
                split=given["split"],
                person=given["person"],
            )
            for matching, keys in ways.items()
        }


class Overlap(TableMetricProvider):
    """What stands in more than one split: matching -> list of `Shared`.

    `exact` and `case_folded` compare the texts of `text`, `persons` the ids of `person`.
    """

    metric_name = OVERLAP
    value_keys = ("text", "split", "person", "view")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, list[Shared]]:
        given = metric_value_kwargs
        selectable = _view(execution_engine, metric_domain_kwargs, given["view"])
        ways: dict[str, sa.ColumnElement[Any]] = {}
        if given["split"] is None:
            return {}
        if given["text"] is not None:
            ways["exact"] = sa.column(given["text"])
            ways["case_folded"] = folded(sa.column(given["text"]))
        if given["person"] is not None:
            ways["persons"] = sa.column(given["person"])
        return {
            matching: count_overlap(
                execution_engine, selectable, key=key, split=given["split"], person=given["person"]
            )
            for matching, key in ways.items()
        }


class WordsOfTexts(TableMetricProvider):
    """Words per text of `text`, split at white space: scope -> `Words`."""

    metric_name = WORDS
    value_keys = ("text", "split", "person", "view")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str | None, Words]:
        given = metric_value_kwargs
        selectable = _view(execution_engine, metric_domain_kwargs, given["view"])
        text: sa.ColumnElement[Any] = sa.column(given["text"])
        words = sa.func.len(sa.func.regexp_extract_all(text, _WORD))
        people: sa.ColumnElement[Any] = sa.null()
        if given["person"] is not None:
            people = sa.func.count(sa.distinct(sa.column(given["person"])))
        measured = [
            sa.func.count(),
            sa.func.avg(words),
            sa.func.coalesce(sa.func.stddev_samp(words), 0),
            people,
        ]
        query = sa.select(sa.null(), *measured).select_from(selectable).where(text.is_not(None))
        answer = execution_engine.execute_query(query).fetchall()
        if given["split"] is not None:
            split: sa.ColumnElement[Any] = sa.column(given["split"])
            query = sa.select(split, *measured).select_from(selectable)
            query = query.where(text.is_not(None), split.is_not(None)).group_by(split)
            answer = [*answer, *execution_engine.execute_query(query).fetchall()]
        return {
            row[0]: Words(int(row[1]), float(row[2]), float(row[3]), row[4])
            for row in answer
            if row[1]
        }


class ConflictingPersons(TableMetricProvider):
    """Persons whose rows disagree on any of `attributes`: `Conflicts`."""

    metric_name = CONFLICTS
    value_keys = ("attributes", "person", "view")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Conflicts:
        given = metric_value_kwargs
        selectable = _view(execution_engine, metric_domain_kwargs, given["view"])
        who: sa.ColumnElement[Any] = sa.column(given["person"])
        differ, partly = [], []
        for name in given["attributes"]:
            value: sa.ColumnElement[Any] = sa.column(name)
            differ.append(sa.func.min(value) != sa.func.max(value))
            partly.append(sa.func.count(value).between(1, sa.func.count() - 1))
        persons = (
            sa.select(_flag(sa.or_(*differ), "d"), _flag(sa.or_(*differ, *partly), "b"))
            .select_from(selectable)
            .where(who.is_not(None))
            .group_by(who)
            .subquery("persons")
        )
        query = sa.select(sa.func.sum(persons.c.d), sa.func.sum(persons.c.b)).select_from(persons)
        row = execution_engine.execute_query(query).fetchone()
        return Conflicts(int(row[0] or 0), int(row[1] or 0)) if row else Conflicts(0, 0)


def _flag(condition: sa.ColumnElement[bool], name: str) -> sa.Label[int]:
    return sa.case((condition, 1), else_=0).label(name)


def _view(engine: SqlAlchemyExecutionEngine, domain: dict[str, Any], view: str | None) -> Any:
    return table_domain(engine, domain) if view is None else sa.table(view)
