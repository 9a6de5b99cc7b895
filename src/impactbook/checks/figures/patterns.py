"""Which combinations of groups too few people have, ranked by whom they stand for in the population.

The search itself stands in `checks.patterns`. Here its patterns get their share of the population:
from a joint reference, from single references, or from the data's own margins.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from impactbook.checks.bounds import Found
from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    group_name,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.intersections import MIN_CELL, known_shares
from impactbook.checks.patterns import Coverage, Pattern, maximal_uncovered_patterns
from impactbook.checks.published import PublishedTables
from impactbook.checks.tables import Level, TableUnit, key_order
from impactbook.model.evidence import Figure, Verdict

if TYPE_CHECKING:
    import numpy as np

    Numbers: TypeAlias = np.ndarray[Any, np.dtype[Any]]

MOST_NAMED = 20
"""How many patterns are named, those that stand for most people first."""

OPEN = "*"
"""How an attribute that may be anything stands in the column `group`; a real `*` is encoded."""

Basis = Literal[
    "reference",
    "joint_reference",
    "independent_references",
    "references_and_data",
    "independent_data",
    "data",
]
"""Where the share comes from: `reference`, `joint_reference` and `data` (one attribute, for want of
a reference) are as counted there, the others products that assume independence."""


@dataclass(frozen=True)
class JointShares:
    """The shares of a population's combinations: `shares` by the groups in the order of `attributes`."""

    attributes: tuple[str, ...]
    shares: Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class Population:
    """What is known about whom groups stand for; `single` gives the shares of one attribute each."""

    single: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    joint: tuple[JointShares, ...] = ()

    def groups(self) -> dict[str, set[str]]:
        """All groups that the references know, by attribute."""
        found = {name: set(shares) for name, shares in self.single.items()}
        for one in self.joint:
            for at, name in enumerate(one.attributes):
                found.setdefault(name, set()).update(key[at] for key in one.shares)
        return found


def pattern_figures(
    context: FigureContext,
    tables: PublishedTables,
    attributes: Sequence[str],
    *,
    unit: TableUnit,
    min_cell: int = MIN_CELL,
    order: int | None = None,
    population: Population | None = None,
    listed: Mapping[str, Collection[str]] | None = None,
    impossible: Collection[Mapping[str, str]] = (),
    where: Mapping[str, Level] | None = None,
    named: int = MOST_NAMED,
) -> CheckFigures:
    """Maximal uncovered patterns over `attributes` (Asudeh, Jin and Jagadish, ICDE 2019).

    - `uncovered_patterns`: how many surely have fewer than `min_cell` while every more general
      pattern surely has as many; again under `order=k` for those that fix k attributes. Not told
      when there is none for sure and masked counts leave some open.
    - `undecided_patterns`: those of which masked counts leave it open.
    - `patterns_below_<min_cell>`: all patterns with fewer, special cases included, of all looked at.
    - `pattern_order_searched`: up to how many fixed attributes all patterns were looked at, where
      that is not all of them.
    - `uncovered_pattern`: up to `named` of them, first those that stand for most people. Value = share
      of the population that has these groups; its `method` says from where: `reference` or
      `joint_reference`, `independent_references` (product of the shares of references),
      `references_and_data`, `independent_data` (products with shares of the data itself), `data`
      (one attribute without a reference: its share of the data), `unknown`. The numerator is the pattern's own count only where that very cell is published.

    Groups in `listed` and in references that nobody in the data has count as groups. A threshold
    other than the usual one is the condition `below`. Counts of patterns describe this data and have
    no interval; references are taken as given, without error.
    """
    known = population or Population()
    coverage = maximal_uncovered_patterns(
        tables,
        attributes,
        unit=unit,
        threshold=min_cell,
        order=order,
        groups=_groups(known, listed or {}, attributes),
        impossible=impossible,
        where=where,
    )
    if coverage is None:
        return not_measured("no_such_column")
    conditions = context.within(where)
    if min_cell != MIN_CELL:
        conditions["below"] = str(min_cell)
    common: dict[str, Any] = {"unit": unit, "axes": tuple(attributes), "conditions": conditions}
    verdict = _verdict(coverage)
    figures = [
        make_figure(
            context,
            "uncovered_patterns",
            **common,
            value=None if verdict == "suppressed" else float(coverage.number),
            threshold_high=0.0,
            method=f"pattern_breaker;below={min_cell};order={coverage.order}",
            verdict=verdict,
        ),
        *_by_order(context, coverage, common),
        *_further(context, coverage, common, min_cell),
    ]
    for pattern, share, basis in ranked(coverage, tables, known, unit, where)[:named]:
        own = tables.slice(unit, tuple(pattern.groups), where)
        count = None if own is None else own.count(tuple(pattern.groups.values()))
        figures.append(
            make_figure(
                context,
                "uncovered_pattern",
                **common,
                group=_group(pattern, coverage.attributes),
                value=share,
                numerator=count,
                denominator=_total(tables, unit, where),
                method=f"{'unknown' if share is None else basis};below={min_cell}",
                verdict="attention",
            )
        )
    return CheckFigures(tuple(figures), verdict)


def _groups(
    population: Population, listed: Mapping[str, Collection[str]], attributes: Sequence[str]
) -> dict[str, set[str]]:
    """The groups that are looked for even if nobody in the data belongs to them."""
    known = population.groups()
    return {name: {*listed.get(name, ()), *known.get(name, ())} for name in attributes}


def _verdict(coverage: Coverage) -> Verdict:
    if coverage.number:
        return "attention"
    return "suppressed" if coverage.undecided else "ok"


def _by_order(
    context: FigureContext, coverage: Coverage, common: Mapping[str, Any]
) -> list[Figure]:
    """How many patterns fix one attribute, two, and so on."""
    last = max([coverage.order, *(len(one.axes) for one in coverage.found)])
    orders = [k for k in range(last + 1) if k or coverage.of_order(k)]
    return [
        make_figure(
            context,
            "uncovered_patterns",
            **{**common, "conditions": {**common["conditions"], "order": str(order)}},
            value=float(coverage.of_order(order)),
        )
        for order in orders
    ]


def _further(
    context: FigureContext, coverage: Coverage, common: Mapping[str, Any], min_cell: int
) -> list[Figure]:
    below: dict[str, Any] = {"verdict": "suppressed"}
    if coverage.uncovered is not None:
        below = {"value": float(coverage.uncovered), "numerator": coverage.uncovered}
    bare = {**common, "conditions": _without(common["conditions"], "below")}
    figures = [
        make_figure(
            context,
            f"patterns_below_{min_cell}",
            **bare,
            denominator=coverage.looked_at,
            **below,
        )
    ]
    if coverage.undecided:
        value = float(coverage.undecided)
        figures.append(make_figure(context, "undecided_patterns", **common, value=value))
    if coverage.order < len(coverage.attributes):
        value = float(coverage.order)
        figures.append(make_figure(context, "pattern_order_searched", **common, value=value))
    return figures


def _without(conditions: Mapping[str, Level], name: str) -> dict[str, Level]:
    return {key: value for key, value in conditions.items() if key != name}


def _group(pattern: Pattern, attributes: Sequence[str]) -> str:
    """How a pattern stands in the column `group`: `65+ / female / *`."""
    fixed = pattern.groups
    return " / ".join(group_name(fixed[name]) if name in fixed else OPEN for name in attributes)


def _total(
    tables: PublishedTables, unit: TableUnit, where: Mapping[str, Level] | None
) -> int | None:
    table = tables.slice(unit, (), where)
    return None if table is None else table.count(())


Ranked: TypeAlias = tuple[Pattern, float | None, Basis]


def ranked(
    coverage: Coverage,
    tables: PublishedTables,
    population: Population,
    unit: TableUnit,
    where: Mapping[str, Level] | None = None,
    most: int = 1000,
) -> list[Ranked]:
    """Up to `most` patterns with their share of the population, the largest share first.

    A share that is not known (a group without a reference, or a masked one) comes last. Of equals
    the more general pattern is first, then the order of names.
    """
    data: dict[str, Mapping[Level, float | None]] = {
        name: known_shares(tables, name, unit, where) for name in coverage.attributes
    }
    candidates: list[Ranked] = []
    for found in coverage.found:
        shares, basis = _shares(found, coverage, population, data)
        for at in _largest(shares, most):
            share = float(shares[at])
            told = None if math.isnan(share) else share
            candidates.append((coverage.pattern(found, at), told, basis))
    names = coverage.attributes
    candidates.sort(
        key=lambda one: (
            -1.0 if one[1] is None else -one[1] - 1.0,
            one[0].order,
            key_order(one[0].key(names)),
        )
    )
    return candidates[:most]


def _largest(shares: Numbers, most: int) -> list[int]:
    """The places of the largest numbers; unknown ones last, of equals the earlier."""
    import numpy as np

    order = np.argsort(np.where(np.isnan(shares), 1.0, -shares), kind="stable")
    return [int(at) for at in order[:most]]


def _shares(
    found: Found,
    coverage: Coverage,
    population: Population,
    data: Mapping[str, Mapping[Level, float | None]],
) -> tuple[Numbers, Basis]:
    """The share of the population for each pattern of `found`, and where it comes from.

    The joint reference that knows most of the fixed attributes is used first, then the next for
    those left, then references of single attributes, then the data; parts are multiplied.
    """
    import numpy as np

    left = list(found.axes)
    product = np.ones(len(found))
    parts: list[str] = []
    by_size = sorted(population.joint, key=lambda one: -len(set(one.attributes) & set(left)))
    for joint in by_size:
        shared = [name for name in left if name in joint.attributes]
        alone = len(shared) == 1 and shared[0] in population.single
        if shared and not alone:
            product = product * _joint(joint, shared, found, coverage)
            left = [name for name in left if name not in shared]
            parts.append("joint_reference" if len(shared) > 1 else "reference")
    for name in left:
        known = population.single.get(name)
        # A group that nobody in the data has is no part of the data; references have to know it.
        otherwise = 0.0 if known is None else None
        shares: Mapping[Any, float | None] = data[name] if known is None else _normed(known)
        told = [shares.get(group, otherwise) for group in coverage.levels[name]]
        values = np.array([np.nan if share is None else share for share in told], dtype=float)
        product = product * values[found.places[name]]
        parts.append("data" if known is None else "reference")
    return product, _basis(parts)


def _basis(parts: Sequence[str]) -> Basis:
    match parts:
        case ["joint_reference"]:
            return "joint_reference"
        case ["reference"]:
            return "reference"
        case ["data"]:
            return "data"
    if "data" not in parts:
        return "independent_references"
    return "independent_data" if set(parts) == {"data"} else "references_and_data"


def _normed(shares: Mapping[str, float]) -> dict[str, float]:
    total = math.fsum(shares.values())
    return {group: share / total for group, share in shares.items()} if total > 0 else {}


def _joint(joint: JointShares, shared: Sequence[str], found: Found, coverage: Coverage) -> Numbers:
    """The shares of combinations of `shared` in a joint reference, summed over its other attributes.

    A group that the reference does not know at all has no share; a combination that it does not
    list, of groups that it knows, holds nobody.
    """
    import numpy as np

    places = [joint.attributes.index(name) for name in shared]
    numbers = [{group: n for n, group in enumerate(coverage.levels[name])} for name in shared]
    summed = np.zeros([len(coverage.levels[name]) for name in shared])
    total = math.fsum(joint.shares.values())
    for key, share in joint.shares.items():
        at = tuple(
            number.get(key[place], -1) for number, place in zip(numbers, places, strict=True)
        )
        if -1 not in at:
            summed[at] += share / total
    for axis, (name, place) in enumerate(zip(shared, places, strict=True)):
        known = {key[place] for key in joint.shares}
        unknown = [n for n, group in enumerate(coverage.levels[name]) if group not in known]
        np.moveaxis(summed, axis, 0)[unknown] = np.nan
    picked: Numbers = summed[tuple(found.places[name] for name in shared)]
    return picked
