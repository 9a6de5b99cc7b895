"""The metrics of texts by group: lengths and words.

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
from impactbook.checks.figures.texts import Lengths, Part, Vocabulary
from impactbook.checks.tables import Level
from impactbook.checks.textsql import TAKES_WORDS_APART, bare, each_word, random_part

LENGTHS = "impactbook.text_lengths"
VOCABULARY = "impactbook.text_vocabulary"

ALL: None = None
"""The key of what is measured over all rows, whatever their group."""

ByGroup: TypeAlias = "dict[str | None, dict[Level, Any]]"
"""Attribute (or `ALL`) -> group -> what was measured; over all rows the only group is None."""

Column: TypeAlias = "sa.ColumnElement[Any]"


def grouped(by: str | None) -> list[Column]:
    """The attribute to group by as the column `g`; none over all rows."""
    return [] if by is None else [sa.column(by).label("g")]


def part_of(text: Column, person: str | None) -> Column:
    """The random part of a row: that of its person, else of its text."""
    if person is None:
        return random_part(text)
    return random_part(sa.func.coalesce(sa.cast(sa.column(person), sa.String), text))


def count_lengths(
    engine: Any, source: Any, text: str, *, by: str | None, person: str | None
) -> dict[Level, Lengths]:
    """Words per text that is not missing, by group of `by`; `Lengths` without words are left out."""
    column: Column = sa.column(text)
    part = part_of(column, person).label("part") if person is not None else None
    chosen = [*grouped(by), dialects.words(column).label("w")]
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
        level: Lengths(dict(sorted(counted.items())), parts_of(parts[level]))
        for level, counted in texts.items()
    }


def parts_of(sums: Mapping[str, Sequence[int]]) -> tuple[Part, ...]:
    """Counts and sums by the name of their part, as parts in a fixed order."""
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
        *grouped(by),
        part_of(column, person).label("part"),
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


# --- metrics ------------------------------------------------------------------------------------


def by_each(by: Sequence[str], count: Any) -> ByGroup:
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
    return by_each(
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
    return by_each(
        given["by"],
        lambda name: count_words(engine, source, given["text"], by=name, person=given["person"]),
    )
