"""The metrics of texts and recordings by group: lengths, words, durations.

Each is an aggregate query that returns counts and sums by group, and by random part of the persons
behind them, from which intervals come. Nothing here is published: `expectations.texts` tells what
the published tables allow. Importing this module registers the metrics with Great Expectations.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from great_expectations.execution_engine.sparkdf_execution_engine import (
    SparkDFExecutionEngine,
)
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from impactbook.checks import dialects
from impactbook.checks.figures.quality import Counted
from impactbook.checks.figures.texts import Durations, Lengths, Part, PersonHours, Vocabulary
from impactbook.checks.tables import CONFLICTING, Level
from impactbook.checks.textsql import TAKES_WORDS_APART, bare, each_word, random_part

LENGTHS = "impactbook.text_lengths"
VOCABULARY = "impactbook.text_vocabulary"
DURATIONS = "impactbook.durations"

ALL: None = None
"""The key of what is measured over all rows, whatever their group."""

ByGroup: TypeAlias = "dict[str | None, dict[Level, Any]]"
"""Attribute (or `ALL`) -> group -> what was measured; over all rows the only group is None."""

LONGEST_HOURS = 24.0
"""Longer recordings are taken for mistakes where the declaration states no maximum."""

_MS = {"milliseconds": 1, "seconds": 1000, "minutes": 60_000, "hours": 3_600_000}
Column: TypeAlias = "sa.ColumnElement[Any]"


def _grouped(by: str | None) -> list[Column]:
    return [] if by is None else [sa.column(by).label("g")]


def _part_of(text: Column, person: str | None) -> Column:
    """The random part of a row: that of its person, else of its text."""
    if person is None:
        return random_part(text)
    return random_part(sa.func.coalesce(sa.cast(sa.column(person), sa.String), text))


def count_lengths(
    engine: Any, source: Any, text: str, *, by: str | None, person: str | None
) -> dict[Level, Lengths]:
    """Words per text that is not missing, by group of `by`; `Lengths` without words are left out."""
    column: Column = sa.column(text)
    part = _part_of(column, person).label("part") if person is not None else None
    chosen = [*_grouped(by), dialects.words(column).label("w")]
    query = sa.select(*chosen, *([] if part is None else [part])).select_from(source)
    rows = query.where(column.is_not(None)).subquery("r")
    keys = list(rows.c)
    answer = dialects.fetch(engine, sa.select(*keys, sa.func.count()).group_by(*keys))
    texts: dict[Level, Counter[int]] = defaultdict(Counter)
    parts: dict[Level, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in answer:
        level: Level = None if by is None else row[0]
        words, count = int(row[0 if by is None else 1]), int(row[-1])
        texts[level][words] += count
        if person is not None:
            sums = parts[level][str(row[-2])]
            sums[0] += count
            sums[1] += words * count
    return {
        level: Lengths(dict(sorted(counted.items())), _parts(parts[level]))
        for level, counted in texts.items()
    }


def _parts(sums: Mapping[str, Sequence[int]]) -> tuple[Part, ...]:
    return tuple(Part(sums[name][0], sums[name][1]) for name in sorted(sums))


def count_words(
    engine: Any, source: Any, text: str, *, by: str | None, person: str | None
) -> dict[Level, Vocabulary]:
    """How many different words occur how often, by group of `by`, and with each part left out.

    Words are compared without regard to case and to punctuation around them. Two queries: word
    counts stay in the engine, only how many words have which count leaves it.
    """
    column: Column = sa.column(text)
    query = sa.select(
        *_grouped(by),
        _part_of(column, person).label("part"),
        each_word(dialects.lowered(column)).label("w"),
    ).select_from(source)
    apart = query.where(column.is_not(None)).subquery("apart")
    group = [] if by is None else [apart.c.g]
    words = sa.select(*group, apart.c.part, bare(apart.c.w).label("w")).subquery("words")
    group = [] if by is None else [words.c.g]
    in_parts = (
        sa.select(*group, words.c.part, words.c.w, sa.func.count().label("n"))
        .where(words.c.w != "")
        .group_by(*group, words.c.part, words.c.w)
        .cte("in_parts")
    )
    group = [] if by is None else [in_parts.c.g]
    total = (
        sa.select(*group, in_parts.c.w, sa.func.sum(in_parts.c.n).label("t"))
        .group_by(*group, in_parts.c.w)
        .cte("total")
    )
    same = [in_parts.c.w == total.c.w]
    if by is not None:
        same.append(in_parts.c.g.is_not_distinct_from(total.c.g))
    keys = [*([] if by is None else [total.c.g]), total.c.t]
    whole = dialects.fetch(engine, sa.select(*keys, sa.func.count()).group_by(*keys))
    parted = [*keys, in_parts.c.part, in_parts.c.n]
    joined = in_parts.join(total, sa.and_(*same))
    by_part = dialects.fetch(
        engine, sa.select(*parted, sa.func.count()).select_from(joined).group_by(*parted)
    )
    return _vocabularies(whole, by_part, grouped=by is not None)


def _vocabularies(
    whole: Iterable[Sequence[Any]], by_part: Iterable[Sequence[Any]], *, grouped: bool
) -> dict[Level, Vocabulary]:
    spectra: dict[Level, Counter[int]] = defaultdict(Counter)
    for row in whole:
        spectra[row[0] if grouped else None][int(row[-2])] += int(row[-1])
    moved: dict[Level, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for row in by_part:
        total, part, inside, words = int(row[-4]), str(row[-3]), int(row[-2]), int(row[-1])
        change = moved[row[0] if grouped else None][part]
        change[total] -= words
        change[total - inside] += words
    return {
        level: Vocabulary(
            dict(sorted(spectrum.items())),
            tuple(_changed(spectrum, moved[level][part]) for part in sorted(moved[level])),
        )
        for level, spectrum in spectra.items()
    }


def _changed(spectrum: Mapping[int, int], change: Mapping[int, int]) -> dict[int, int]:
    """A spectrum after words have moved from one frequency to another; frequency 0 is gone."""
    often = sorted(spectrum.keys() | change.keys())
    changed = {c: spectrum.get(c, 0) + change.get(c, 0) for c in often if c}
    return {c: words for c, words in changed.items() if words}


# --- durations ----------------------------------------------------------------------------------


def _milliseconds(
    duration: str, unit: str, decimal: str, bounds: tuple[float | None, float | None]
) -> tuple[Column, Column]:
    """The duration in whole milliseconds within bounds, and whether it had to be bounded."""
    low = max(0.0, bounds[0] or 0.0)
    longest = LONGEST_HOURS * _MS["hours"] / _MS[unit]
    high = max(low, bounds[1] if bounds[1] is not None else longest)
    number = dialects.number_or_null(sa.column(duration), decimal=decimal)
    inside = sa.case((number < low, low), (number > high, high), else_=number)
    # Half a millisecond up on every engine: their own rounding differs.
    whole = sa.func.floor(sa.func.coalesce(inside, low) * _MS[unit] + 0.5)
    out = sa.or_(number.is_(None), number < low, number > high)
    return sa.cast(whole, sa.BigInteger), out


def count_durations(
    engine: Any,
    source: Any,
    duration: str,
    *,
    by: str | None,
    person: str | None,
    unit: str,
    decimal: str,
    bounds: tuple[float | None, float | None],
) -> dict[Level, Durations]:
    """Sums of durations by group of `by`; what is no number or out of bounds is bounded."""
    column: Column = sa.column(duration)
    milliseconds, out = _milliseconds(duration, unit, decimal, bounds)
    who: Column = sa.null() if person is None else sa.cast(sa.column(person), sa.String)
    part = sa.literal("") if person is None else _part_of(sa.cast(column, sa.String), person)
    chosen = [*_grouped(by), part.label("part")]
    flags = [milliseconds.label("ms"), sa.case((out, 1), else_=0).label("out"), who.label("p")]
    query = sa.select(*chosen, *flags).select_from(source)
    rows = query.where(column.is_not(None)).subquery("r")
    group = [] if by is None else [rows.c.g]
    exact: Column = sa.cast(rows.c.ms, sa.Numeric(18, 0))
    sums = [sa.func.count(), sa.func.sum(rows.c.ms), sa.func.sum(exact * exact)]
    sums.append(sa.func.sum(rows.c.out))
    keys = [*group, rows.c.part]
    answer = dialects.fetch(engine, sa.select(*keys, *sums).group_by(*keys))
    people: dict[Level, int] = {}
    if person is not None:
        behind = sa.func.count(sa.distinct(sa.case((rows.c.out == 1, rows.c.p))))
        for row in dialects.fetch(engine, sa.select(*group, behind).group_by(*group)):
            people[None if by is None else row[0]] = int(row[-1] or 0)
    found: dict[Level, dict[str, tuple[int, ...]]] = defaultdict(dict)
    for row in answer:
        level: Level = None if by is None else row[0]
        found[level][str(row[-5])] = tuple(int(value or 0) for value in row[-4:])
    return {
        level: _together(parts, None if person is None else people.get(level, 0))
        for level, parts in found.items()
    }


def _together(parts: Mapping[str, tuple[int, ...]], people: int | None) -> Durations:
    """The sums of all parts; without persons there is one part, which tells nothing by itself."""
    rows, milliseconds, squares, bounded = (sum(sums) for sums in zip(*parts.values(), strict=True))
    apart = _parts(parts) if people is not None else ()
    return Durations(rows, milliseconds, Counted(bounded, people), squares, apart)


def count_person_hours(
    engine: Any,
    source: Any,
    duration: str,
    *,
    by: str | None,
    person: str,
    unit: str,
    decimal: str,
    bounds: tuple[float | None, float | None],
) -> dict[Level, PersonHours]:
    """Sums of durations per person, by the person's group; persons without recordings count too.

    A person's group is the only known value of their rows; rows that disagree are `CONFLICTING`.
    """
    milliseconds, _ = _milliseconds(duration, unit, decimal, bounds)
    known = sa.case((sa.column(duration).is_not(None), milliseconds), else_=0)
    who: Column = sa.cast(sa.column(person), sa.String)
    query = sa.select(*_grouped(by), who.label("p"), known.label("ms")).select_from(source)
    rows = query.where(sa.column(person).is_not(None)).subquery("r")
    group: list[Column] = []
    if by is not None:
        low, high = sa.func.min(rows.c.g), sa.func.max(rows.c.g)
        group = [low.label("low"), high.label("high")]
    each = sa.select(*group, random_part(rows.c.p).label("part"), sa.func.sum(rows.c.ms).label("s"))
    persons = each.group_by(rows.c.p).subquery("persons")
    keys = [*([] if by is None else [persons.c.low, persons.c.high]), persons.c.part]
    summed = sa.select(*keys, sa.func.count(), sa.func.sum(persons.c.s)).group_by(*keys)
    found: dict[Level, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in dialects.fetch(engine, summed):
        level: Level = None
        if by is not None:
            level = row[0] if row[0] == row[1] else CONFLICTING
        sums = found[level][str(row[-3])]
        sums[0] += int(row[-2])
        sums[1] += int(row[-1] or 0)
    return {
        level: PersonHours(
            sum(n for n, _ in parts.values()), sum(ms for _, ms in parts.values()), _parts(parts)
        )
        for level, parts in found.items()
    }


# --- metrics ------------------------------------------------------------------------------------


def _each(by: Sequence[str], count: Any) -> ByGroup:
    """What `count` finds over all rows, and by each attribute."""
    return {ALL: count(None), **{name: count(name) for name in by}}


class TextLengths(TableMetricProvider):
    """Words per text of `text`, over all rows and by each attribute of `by` and `split`."""

    metric_name = LENGTHS
    value_keys = ("text", "by", "split", "person")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> ByGroup:
        return _lengths(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> ByGroup:
        return _lengths(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _lengths(engine: Any, domain: dict[str, Any], given: Mapping[str, Any]) -> ByGroup:
    source = dialects.selectable(engine, domain)
    by = dict.fromkeys([*given["by"], *([given["split"]] if given["split"] else [])])
    return _each(
        tuple(by),
        lambda name: count_lengths(engine, source, given["text"], by=name, person=given["person"]),
    )


class TextVocabulary(TableMetricProvider):
    """Words of `text` by how often they occur, over all rows and by each attribute of `by`.

    Empty where the engine cannot take words apart (`textsql.TAKES_WORDS_APART`).
    """

    metric_name = VOCABULARY
    value_keys = ("text", "by", "person")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> ByGroup:
        return _vocabulary(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> ByGroup:
        return _vocabulary(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _vocabulary(engine: Any, domain: dict[str, Any], given: Mapping[str, Any]) -> ByGroup:
    if dialects.dialect_name(engine) not in TAKES_WORDS_APART:
        return {}
    source = dialects.selectable(engine, domain)
    return _each(
        given["by"],
        lambda name: count_words(engine, source, given["text"], by=name, person=given["person"]),
    )


class DurationsByGroup(TableMetricProvider):
    """Sums of `duration`: `rows` and `persons` -> attribute -> group -> sums.

    Persons are only counted where these are the `unit`.
    """

    metric_name = DURATIONS
    value_keys = ("duration", "by", "person", "unit", "duration_unit", "decimal", "bounds")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, ByGroup]:
        return _durations(execution_engine, metric_domain_kwargs, metric_value_kwargs)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,  # noqa: N805 - Great Expectations makes it a class method
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, ByGroup]:
        return _durations(execution_engine, metric_domain_kwargs, metric_value_kwargs)


def _durations(engine: Any, domain: dict[str, Any], given: Mapping[str, Any]) -> dict[str, ByGroup]:
    source, person = dialects.selectable(engine, domain), given["person"]
    low, high = given["bounds"]
    how: dict[str, Any] = {
        "unit": given["duration_unit"],
        "decimal": given["decimal"],
        "bounds": (low, high),
    }
    found = {
        "rows": _each(
            given["by"],
            lambda name: count_durations(
                engine, source, given["duration"], by=name, person=person, **how
            ),
        )
    }
    if given["unit"] == "person" and person is not None:
        found["persons"] = _each(
            given["by"],
            lambda name: count_person_hours(
                engine, source, given["duration"], by=name, person=person, **how
            ),
        )
    return found
