"""What all figure modules share: context, result, ids, names of groups, and bounds on shares.

Names of attributes and groups come from data; in ids they are percent-encoded so that an id can be
taken apart again. Nothing here sees a count that is not published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from impactbook.checks.published import PublishedTables
from impactbook.checks.statistics import Interval
from impactbook.checks.tables import (
    CONFLICTING,
    KNOWN,
    MISSING,
    OTHER_VALUES,
    Key,
    Level,
    TableUnit,
)
from impactbook.model.evidence import Figure, Kind, Unit, Verdict

_NAMES_OF_SENTINELS: Mapping[Level, str] = {
    MISSING: "missing",
    CONFLICTING: "conflicting",
    OTHER_VALUES: "other values",
    KNOWN: "known",
}
SPLIT = "split"
"""The condition that names a split."""

_RESERVED = frozenset(_NAMES_OF_SENTINELS.values())
_ENCODED = re.compile(r"[/*;=%\x00-\x1f\x7f\u2028\u2029]|^\s|\s$")


@dataclass(frozen=True)
class FigureContext:
    """Which dataset and kind of evidence the figures belong to, and the suppression limit.

    `split` is the column that tells the splits apart, where the data has one.
    """

    source: str
    kind: Kind
    limit: int
    split: str | None = None

    def within(self, where: Mapping[str, Level] | None) -> dict[str, Level]:
        """A part of the tables as conditions: a split is `split`, whatever its column is called.

        >>> FigureContext("calls", "training_data", 5, split="part").within({"part": "train"})
        {'split': 'train'}
        """
        return {
            SPLIT if axis == self.split else axis: level for axis, level in (where or {}).items()
        }


@dataclass(frozen=True)
class CheckFigures:
    """What one check yields: its figures, one verdict, and a short code when it could not run."""

    figures: tuple[Figure, ...]
    verdict: Verdict
    problem: str = ""


def not_measured(problem: str) -> CheckFigures:
    """The result of a check that found nothing to count (`no_such_column`, `no_rows`, ...)."""
    return CheckFigures((), "not_measured", problem)


def encode_name(name: str) -> str:
    """Percent-encode one name of an attribute, group or condition.

    Encoded are `/ * ; = %`, control characters, a space at either end, and, so that they cannot be
    taken for our own groups, the first letter of a real `missing`, `conflicting`, `other values`
    or `known`. The empty name is a lone `%`.

    >>> encode_name("a/b = c"), encode_name("missing"), encode_name("65+")
    ('a%2Fb %3D c', '%6Dissing', '65+')
    """
    if not name:
        return "%"
    if name in _RESERVED:
        return f"%{ord(name[0]):02X}{name[1:]}"
    return _ENCODED.sub(lambda found: _percent(found.group()), name)


def decode_name(encoded: str) -> str:
    """The name behind `encode_name`.

    >>> decode_name("%6Dissing"), decode_name("a%2Fb")
    ('missing', 'a/b')
    """
    return "" if encoded == "%" else unquote(encoded)


def group_name(level: Level) -> str:
    """How one level stands in the column `group`; a person or row without a value is `missing`."""
    if level is None or level in _NAMES_OF_SENTINELS:
        return _NAMES_OF_SENTINELS[level]
    return encode_name(level)


def group_of(key: Key) -> str:
    """How a cell stands in the column `group`: its levels joined with ` / `."""
    return " / ".join(group_name(level) for level in key)


def attribute_of(axes: Iterable[str]) -> str:
    """How attributes stand in the column `attribute`: joined with `*`."""
    return "*".join(encode_name(axis) for axis in axes)


def condition_of(conditions: Mapping[str, Level]) -> str:
    """How conditions stand in the column `condition`: `key=value` joined with `;`.

    A `=` in a value stays as it is: the first one ends the key.

    >>> condition_of({"split": "train", "groups": "n>=30"})
    'split=train;groups=n>=30'
    """
    values = ((key, group_name(level).replace("%3D", "=")) for key, level in conditions.items())
    return ";".join(f"{encode_name(key)}={value}" for key, value in values)


def figure_id(source: str, metric: str, attribute: str, group: str, condition: str) -> str:
    """The id that answers cite; its parts are encoded already and joined with `/`."""
    return "/".join((source, metric, attribute, group, condition))


def make_figure(
    context: FigureContext,
    metric: str,
    *,
    unit: Unit,
    axes: Sequence[str] = (),
    group: str = "",
    conditions: Mapping[str, Level] | None = None,
    **values: Any,
) -> Figure:
    """One figure with its id; `values` are the remaining columns of `model.evidence.Figure`."""
    attribute, condition = attribute_of(axes), condition_of(conditions or {})
    return Figure(
        id=figure_id(context.source, metric, attribute, group, condition),
        source=context.source,
        kind=context.kind,
        metric=metric,
        unit=unit,
        attribute=attribute,
        group=group,
        condition=condition,
        **values,
    )


def interval_values(interval: Interval | None) -> dict[str, Any]:
    """The columns of a confidence interval; none where there is no interval."""
    if interval is None:
        return {}
    return {"ci_low": interval.low, "ci_high": interval.high, "ci_level": interval.level}


def people_per_row(tables: PublishedTables, unit: TableUnit) -> float:
    """How many independent people one row stands for, where rows are counted: persons / rows.

    1 where rows are no one's, or where persons are counted. All rows of one person may be alike, so
    20,000 recordings of 300 speakers tell no more than 300 people: figures on rows take intervals
    and tests as of so many (the design effect of clusters that agree within; Kish, Survey Sampling,
    1965, section 5.4). Too wide where the rows of a person differ.
    """
    rows, persons = tables.total("row"), tables.total("person")
    if unit == "person" or not rows or not persons or persons >= rows:
        return 1.0
    return persons / rows


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
