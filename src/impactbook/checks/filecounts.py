"""One file, read to its end: how many rows it has, which were left out, what its cells answer.

Delimited text and JSON Lines are read once, every cell parsed, so that whatever is wrong is found
here and not in the midst of the checks. Parquet tells its rows by itself; its cells are looked at
only where a question about a column of text was asked.
"""

# ruff: noqa: S608 - names and values are quoted by `checks.sql`
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from impactbook.checks.header import Header, null_bytes
from impactbook.checks.locate import SourceFile
from impactbook.checks.malformed import Malformed, count_rows, refuse_too_many
from impactbook.checks.readers import FileReader, lines_by_engine, lines_of, text_reader
from impactbook.checks.sql import identifier, literal
from impactbook.checks.trouble import known_trouble, unreadable
from impactbook.checks.wholeness import Inspection
from impactbook.errors import InputError
from impactbook.model.dataset import Source

if TYPE_CHECKING:
    import duckdb
    import sqlalchemy as sa

    from impactbook.checks.cells import Question

_BEFORE_CELLS = 3
_ONLY_HEADER = "the file has a header but no rows"


@dataclass(frozen=True)
class CountedFile:
    """How to read a file, its good rows, the malformed ones, and the answers about its cells."""

    reader: FileReader
    rows: int
    malformed: Malformed | None
    cells: Mapping[str, float]


def count_file(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    source: Source,
    reader: FileReader,
    seen: Inspection,
    questions: Sequence[Question],
) -> CountedFile:
    """Read one file to its end and count its rows; `seen` is what its bytes told.

    Raises `InputError` when it cannot be read, has no rows, or too many malformed ones.
    """
    cells = _CellCounts(() if file.format == "parquet" else questions)
    malformed: Malformed | None = None
    header = reader.header
    reader, counted, message = _strictly(connection, file, source, reader, seen, cells)
    if header is not None and not (
        _has_one_line_end(header, seen)
        and _adds_up(counted, header, _delimiters(connection, file, source, header, seen))
    ):
        found = count_rows(file, source, header, lambda: lines_by_engine(connection, file, source))
        refuse_too_many(found, file, source, header)
        if found.line is not None:
            malformed = Malformed(found.malformed, file.name, found.line)
            reader = text_reader(file, source, header, skip_malformed=True)
            counted, _ = _asked(connection, *_counting(reader, file, cells, seen))
        if counted is not None and counted[0] != found.good:
            counted = None
    if counted is None:
        raise unreadable(message, file=file, encoding=source.encoding)
    if counted[0] == 0:
        problem = "the file has no rows" if header is None else _ONLY_HEADER
        raise InputError(problem, file=file.name, remedy="give a file with rows")
    if counted[1]:
        raise null_bytes(file, line=None)
    answers = (
        _answers_of_parquet(connection, reader, file, questions)
        if file.format == "parquet"
        else cells.answers(counted[_BEFORE_CELLS:])
    )
    return CountedFile(reader, int(counted[0]), malformed, answers)


def _strictly(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    source: Source,
    reader: FileReader,
    seen: Inspection,
    cells: _CellCounts,
) -> tuple[FileReader, tuple[Any, ...] | None, str]:
    """Count a file of which every row must have the header's fields; also how it was read.

    Without an answer stands the engine's message, which holds raw values.
    """
    counted, message = _asked(connection, *_counting(reader, file, cells, seen))
    header = reader.header
    if counted is None and header is not None and not header.line_end:
        # The end of line 1 is not seen in zstd, and only told of CR LF does the engine read a
        # plain line feed within quotation marks.
        other = text_reader(file, source, replace(header, line_end="\r\n"))
        found, _ = _asked(connection, *_counting(other, file, cells, seen))
        # Told of CR LF where there is none, it finds no rows and says nothing.
        if found is not None and found[0]:
            return other, found, ""
    return reader, counted, message


def _delimiters(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    source: Source,
    header: Header,
    seen: Inspection,
) -> int | None:
    """How many delimiters a file has; in zstd, which only the engine unpacks, it counts them."""
    if file.packing != "zstd" or not header.delimiter.isascii():
        return seen.delimiters
    mark = literal(header.delimiter)
    counted = f"sum(strlen(line) - strlen(replace(line, {mark}, '')))"
    found, _ = _asked(connection, f"SELECT {counted} FROM {lines_of(file, source)}", [])
    return None if found is None else int(found[0] or 0)


def _has_one_line_end(header: Header, seen: Inspection) -> bool:
    """Whether no line ends otherwise than the first; within quotation marks any may stand."""
    return not seen.mixes_line_ends or (header.quoting and seen.has_quotes)


def _adds_up(counted: Sequence[Any] | None, header: Header, delimiters: int | None) -> bool:
    """Whether the file could be counted and its delimiters are those between the columns, of all rows, and those within cells.

    The engine lets rows with too many fields pass when the last ones are empty, and such a row may
    be shifted by a delimiter within a text.
    """
    if counted is None or not counted[0]:
        return False
    between = (int(counted[0]) + 1) * (len(header.names) - 1)
    within = int(counted[2] or 0) + sum(name.count(header.delimiter) for name in header.names)
    return delimiters == between + within


def damage_of(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, reader: FileReader
) -> InputError | None:
    """Read every cell of one file; what is wrong with it, or None."""
    # Counting alone is answered from the file's statistics.
    cells = ", ".join(f"bit_xor(hash({value}))" for value in reader.values.values())
    found, message = _asked(connection, f"SELECT {cells} FROM {reader.sql}", [])
    return None if found is not None else known_trouble(message, file=file)


class _CellCounts:
    """The expressions that questions ask for, as SQL with its values, and their answers."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.keys: list[str] = []
        self.sql: list[str] = []
        self.values: list[Any] = []
        if questions:
            from impactbook.checks.cells import expressions_of

            for key, expression in expressions_of(questions).items():
                text, values = _duckdb_text(expression)
                self.keys.append(key)
                self.sql.append(text)
                self.values += values

    def answers(self, row: Sequence[Any]) -> dict[str, float]:
        """The first cells of an answer by their keys."""
        return {key: float(value or 0) for key, value in zip(self.keys, row, strict=False)}


def _duckdb_text(expression: sa.ColumnElement[Any]) -> tuple[str, list[Any]]:
    """An expression as DuckDB's SQL with question marks, and the values for them in order."""
    import duckdb_engine

    dialect = duckdb_engine.Dialect(paramstyle="qmark")
    # The values of `IN` are written out only here, so that each has a question mark of its own.
    compiled = expression.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    order: list[str] = getattr(compiled, "positiontup", None) or []
    return str(compiled), [compiled.params[name] for name in order]


def _asked(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any]
) -> tuple[tuple[Any, ...] | None, str]:
    """The one row that answers, or the engine's message, which holds raw values."""
    import duckdb

    try:
        return connection.execute(sql, list(values)).fetchone(), ""
    except (duckdb.Error, UnicodeError) as error:
        return None, str(error)


def _counting(
    reader: FileReader, file: SourceFile, cells: _CellCounts, seen: Inspection
) -> tuple[str, list[Any]]:
    """Rows, cells with null bytes, delimiters within cells, answers; all in one pass.

    Every cell of text is parsed, so that a bad row is found here.
    """
    if file.format == "parquet":
        return f"SELECT count(*), 0, 0 FROM {reader.sql}", []
    names = [identifier(name) for name in reader.columns]
    zeros = within = "0"
    header, line = reader.header, f"concat({', '.join(names)})"
    if header is not None and file.packing == "zstd":
        zeros = f"count_if(contains({line}, chr(0)))"
    if header is not None and header.quoting and seen.has_quotes:
        mark = literal(header.delimiter)
        within = f"sum(strlen({line}) - strlen(replace({line}, {mark}, '')))"
    asked = ["count(*)", zeros, within, *cells.sql, *(f"count({name})" for name in names)]
    rows = reader.select(reader.columns, split=None)
    return f"SELECT {', '.join(asked)} FROM ({rows})", cells.values


def _answers_of_parquet(
    connection: duckdb.DuckDBPyConnection,
    reader: FileReader,
    file: SourceFile,
    questions: Sequence[Question],
) -> dict[str, float]:
    """Ask only what the file's own types leave open, and stop early where one row is enough."""
    answers: dict[str, float] = {}
    for place, question in enumerate(questions):
        cells = _CellCounts([question])
        own = [f"{place} {name}" for name in question.counts()]
        if question.is_answered_by_type and question.column in reader.typed:
            answers |= dict.fromkeys(own, 0.0)
            continue
        rows, enough = reader.select([question.column], split=None), question.enough
        if enough is None:
            sql, values = f"SELECT {', '.join(cells.sql)} FROM ({rows})", cells.values
        else:
            condition, values = _duckdb_text(enough)
            sql = f"SELECT count(*) FROM (SELECT 1 FROM ({rows}) WHERE {condition} LIMIT 1)"
        found, message = _asked(connection, sql, values)
        if found is None:
            raise unreadable(message, file=file, encoding="utf-8")
        answers |= {key: float(value or 0) for key, value in zip(own, found, strict=True)}
    return answers
