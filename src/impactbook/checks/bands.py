"""Numbers and days cut into the bands that a declaration names, in the words of SQL.

What is cut (a number in the file's notation, a day in its format) is decided in `prepare`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from impactbook.checks.dialects import day_of
from impactbook.checks.sql import refuse_null_characters
from impactbook.model.dataset import Band


def cut(measure: sa.ColumnElement[Any], bands: Mapping[str, Band]) -> sa.ColumnElement[Any]:
    """The name of the band that a number or day lies in, NULL outside of all."""
    ordered = _seamless(bands)
    if ordered is None:
        named = ((_within(measure, band), _name(group)) for group, band in bands.items())
        return sa.case(*named, else_=sa.null())
    cases: list[tuple[Any, Any]] = [(measure.is_(None), sa.null())]
    first, last = ordered[0][1], ordered[-1][1]
    if first.from_ is not None:
        cases.append((measure < _end(first.from_), sa.null()))
    for group, band in ordered:
        if band.below is not None:
            cases.append((measure < _end(band.below), _name(group)))
    return sa.case(*cases, else_=_name(ordered[-1][0]) if last.below is None else sa.null())


def inside(measure: sa.ColumnElement[Any], bands: Mapping[str, Band]) -> sa.ColumnElement[bool]:
    """Whether a number or day lies in any of the bands."""
    ordered = _seamless(bands)
    if ordered is None:
        return sa.or_(*(_within(measure, band) for band in bands.values()))
    whole = Band.model_construct(from_=ordered[0][1].from_, below=ordered[-1][1].below)
    return sa.and_(measure.is_not(None), _within(measure, whole))


def _seamless(bands: Mapping[str, Band]) -> list[tuple[str, Band]] | None:
    """The bands in order if each begins where the one before ends, else None.

    Then one comparison for each band is enough, and the measure is written half as often.
    """
    ordered = sorted(
        bands.items(), key=lambda item: (item[1].from_ is not None, _order(item[1].from_))
    )
    joined = all(
        one.below is not None and one.below == following.from_
        for (_, one), (_, following) in itertools.pairwise(ordered)
    )
    return ordered if joined else None


def _order(end: Any) -> float:
    if end is None:
        return 0.0
    return float(end) if isinstance(end, float | int) else float(end.toordinal())


def _within(measure: sa.ColumnElement[Any], band: Band) -> sa.ColumnElement[bool]:
    ends: list[sa.ColumnElement[bool]] = []
    if band.from_ is not None:
        ends.append(measure >= _end(band.from_))
    if band.below is not None:
        ends.append(measure < _end(band.below))
    return sa.and_(sa.true(), *ends)


def _end(end: Any) -> sa.ColumnElement[Any]:
    if isinstance(end, float | int):
        return sa.cast(sa.literal(float(end), sa.Double()), sa.Double())
    return day_of(end)


def _name(group: str) -> sa.ColumnElement[str]:
    return sa.literal(refuse_null_characters(group), sa.String())
