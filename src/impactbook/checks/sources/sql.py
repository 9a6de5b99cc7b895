"""What all sources that speak SQL share: asking, preparing views, and failing without a raw word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from impactbook.checks import dialects
from impactbook.checks.gx_sql import QueryFailedError, SQLBatches
from impactbook.checks.malformed import Malformed
from impactbook.checks.prepare import PLAUSIBLE, views_of
from impactbook.checks.source import ROWS
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset


@dataclass(frozen=True)
class SQLRows:
    """Rows behind SQL, under the view `rows` (see `sources.RowSource`).

    `label` is what the source is called in messages: a file's name, a table's.
    """

    batches: SQLBatches
    columns: tuple[str, ...]
    rows: int
    fingerprint: str
    engine: str
    label: str
    rows_of: Mapping[str, int] = field(default_factory=dict)
    malformed: Malformed | None = None
    typed: frozenset[str] = frozenset()

    @property
    def dialect(self) -> str:
        """The SQL dialect of the engine."""
        return dialects.dialect_name(self.batches.engine)

    def prepare(self, declaration: Dataset) -> None:
        """Make the views `groups` and `plausible`; raises `InputError` for an unusable format."""
        views = views_of(self.table(ROWS), declaration, has_splits=bool(self.rows_of))
        # Stock expectations name each column several times; ours take `groups` apart themselves.
        views[PLAUSIBLE] = dialects.evaluated_once(views[PLAUSIBLE], self.dialect)
        for name, select in views.items():
            self.batches.add_view(name, select)

    def table(self, view: str) -> sa.FromClause:
        """One of the views, as something to select from."""
        return dialects.view(self.batches.engine, {}, view)

    def fetch(self, statement: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return all its rows; raises `InputError` when it cannot be run."""
        try:
            return dialects.fetch(self.batches.engine, statement)
        except QueryFailedError:
            pass
        raise InputError(
            "the rows could not be read a second time",
            file=self.label or None,
            remedy="run again while nobody writes to them",
        )
