"""Where the rows of a dataset are: files, a table of a database, or a table of Spark.

Addresses and passwords are never written down: a database is named by the environment variable
that holds its address.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from impactbook.model.base import Identifier, Model

VariableName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)
]
TableName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Database(Model):
    """A table or a query of any database that SQLAlchemy reaches.

    `url_from` names the environment variable with the address (`postgresql+psycopg://...`); it is
    read when the check runs and stored nowhere.
    """

    url_from: VariableName
    table: TableName | None = None
    table_schema: TableName | None = None
    query: Annotated[str, StringConstraints(min_length=1, max_length=20_000)] | None = None

    @model_validator(mode="after")
    def _table_or_query(self) -> Database:
        if (self.table is None) == (self.query is None):
            raise ValueError("needs either `table` or `query`, and not both")
        if self.query is not None and self.table_schema is not None:
            raise ValueError("has `table_schema` beside a `query`; name the schema in the query")
        return self


class Spark(Model):
    """A table of Spark's catalogue, or files that Spark reads (`path`, also on a cluster)."""

    table: TableName | None = None
    path: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    format: Literal["parquet", "csv", "json", "orc", "delta"] = "parquet"

    @model_validator(mode="after")
    def _table_or_path(self) -> Spark:
        if (self.table is None) == (self.path is None):
            raise ValueError("needs either `table` or `path`, and not both")
        return self


class Source(Model):
    """Where the rows are: files relative to the declaration's folder, or one list per split.

    With `splits` instead of `files`, each row carries the name of its split. `database` and `spark`
    name a table elsewhere; `frame: true` says that the rows are handed over from Python as a pandas
    frame. `delimiter` is found in the header where it is left out, `quoting` is on for CSV and off
    for TSV, and with `decimal: ","` a point may only separate thousands. Up to the share
    `bad_rows_limit` of rows with too many or too few fields is left out and reported; above it the
    file is refused.
    """

    files: tuple[str, ...] = ()
    splits: dict[Identifier, tuple[str, ...]] = {}
    database: Database | None = None
    spark: Spark | None = None
    frame: bool = False
    format: Literal["csv", "tsv", "jsonl", "parquet"] | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    quoting: bool | None = None
    decimal: Literal[".", ","] = "."
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    bad_rows_limit: Annotated[float, Field(ge=0, le=1)] = 0.001

    @model_validator(mode="after")
    def _names_rows(self) -> Source:
        named = [self.files, self.splits, self.database, self.spark, self.frame]
        if sum(map(bool, named)) != 1:
            raise ValueError(
                "needs exactly one of `files`, `splits`, `database`, `spark` and `frame: true`"
            )
        if any(not names for names in self.splits.values()):
            raise ValueError("has a split without files; list its files or remove it")
        return self

    @property
    def has_files(self) -> bool:
        """Whether the rows stand in files that are read directly."""
        return bool(self.files or self.splits)
