"""Which other columns tell a protected attribute."""

from __future__ import annotations

from impactbook.checks import expectations as ours
from impactbook.checks.prepare import used_columns
from impactbook.checks.suite.planned import Needs, PlannedCheck, Planner, grouping_columns
from impactbook.checks.tables import Axes
from impactbook.model.dataset import ColumnRole, Dataset

_ROLES: tuple[ColumnRole, ...] = (
    "protected", "proxy", "language", "dialect", "feature", "score", "duration", "label", "prediction",
)  # fmt: skip


def proxy_columns(declaration: Dataset) -> tuple[str, ...]:
    """The columns that might tell a protected attribute: those the check names, else by role."""
    asked = declaration.checks.proxies
    if asked is None:
        return ()
    used = used_columns(declaration)
    return asked.columns or tuple(name for name, col in used.items() if col.role in _ROLES)


def needs(declaration: Dataset) -> Needs:
    """Each protected attribute with each other column, small levels put together."""
    asked = declaration.checks.proxies
    if asked is None:
        return Needs()
    pairs: dict[frozenset[str], Axes] = {}
    for attribute in grouping_columns(declaration, asked.attributes):
        for column in proxy_columns(declaration):
            if attribute != column:
                pairs.setdefault(frozenset((attribute, column)), (attribute, column))
    return Needs(coarse=tuple(pairs.values()))


def checks(planner: Planner) -> list[PlannedCheck]:
    """One expectation over all pairs, where the declaration asks for it."""
    declaration, asked = planner.declaration, planner.declaration.checks.proxies
    if asked is None:
        return []
    return [
        planner.plan(
            "proxies",
            ours.ExpectNoStrongProxies,
            declared=asked,
            attributes=list(grouping_columns(declaration, asked.attributes)),
            columns=list(proxy_columns(declaration)),
            association_high=asked.association_high,
        )
    ]
