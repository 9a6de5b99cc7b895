"""Random bytes and damaged files: always rows or one sentence, never a raw cell or a traceback."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from source_files import SECRET, declared, rows_of, sentence, write, zstd

from impactbook.checks.source import open_source
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset, Source

BYTES = st.one_of(
    st.binary(max_size=300),
    st.text(alphabet='a,b;"\t\n\r0 \ufeffä', max_size=120).map(str.encode),
)
NAMES = ["x.csv", "x.tsv", "x.jsonl", "x.parquet", "x.csv.gz", "x.csv.zst", "x.jsonl.gz"]
GOOD = "a,b\n" + "".join(f'{place},"{SECRET} {place}"\n' for place in range(40))
GOOD_JSON = "".join(f'{{"a": {place}, "b": "{SECRET} {place}"}}\n' for place in range(40))
THOROUGH = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
)


def opened(name: str, content: bytes, dataset: Dataset | None = None) -> bool:
    """Whether the file could be read; else a look at the sentence that was said."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), name, content)
        source = Source(files=(name,)) if dataset is None else dataset.source
        found = opened_or_refused(Path(folder), source, dataset)
        if isinstance(found, InputError):
            sentence(found)
            return False
        rows, counted, _ = found
        assert len(rows) == counted > 0
        return True


def opened_or_refused(
    folder: Path, source: Source, dataset: Dataset | None = None
) -> tuple[list[tuple[str, ...]], int, int] | InputError:
    """All rows (NULL as empty), the rows counted and the malformed ones; or the error."""
    try:
        with open_source(source, folder=folder, needed=("a", "b"), dataset=dataset) as found:
            rows = [tuple(str(cell or "") for cell in row) for row in rows_of(found)]
            return rows, found.rows, found.malformed.count if found.malformed else 0
    except InputError as error:
        return error


@pytest.mark.parametrize("name", NAMES)
@THOROUGH
@given(content=BYTES)
def test_random_bytes_are_rows_or_one_sentence(name: str, content: bytes) -> None:
    """No engine message and no traceback, whatever stands in the file."""
    opened(name, content)


def damaged(content: bytes, place: int, length: int, by: bytes) -> bytes:
    """Some bytes in the middle replaced by others."""
    start = place % max(len(content), 1)
    return content[:start] + by + content[start + length :]


DAMAGE = st.tuples(
    st.integers(0, 5000),
    st.integers(0, 40),
    st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b'"', b",", b"\n", b"\r\n", b"\r", b'"\n', b",,", b"\0", b"\xff", b"{"]),
    ),
)


def parquet_bytes() -> bytes:
    """The same table as Parquet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.parquet"
        rows = f"SELECT range AS a, '{SECRET} ' || range AS b FROM range(40)"
        duckdb.sql(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


MAKE: dict[str, Callable[[], bytes]] = {
    "x.csv": GOOD.encode,
    "x.tsv": lambda: GOOD.replace(",", "\t").encode(),
    "x.jsonl": GOOD_JSON.encode,
    "x.csv.gz": lambda: gzip.compress(GOOD.encode(), mtime=0),
    "x.csv.zst": lambda: zstd(GOOD.encode()),
    "x.parquet": parquet_bytes,
}


@pytest.mark.parametrize("name", MAKE)
@THOROUGH
@given(harm=st.lists(DAMAGE, min_size=1, max_size=3))
@example(harm=[(20, 0, b'"')])
@example(harm=[(0, 4, b"")])
def test_a_damaged_file_is_read_or_refused_without_a_cell(
    name: str, harm: list[tuple[int, int, bytes]]
) -> None:
    """A file that was good, with a few bytes gone wrong; its cells are never quoted."""
    content = MAKE[name]()
    for place, length, by in harm:
        content = damaged(content, place, length, by)
    columns = {
        "a": {"role": "feature", "minimum": 0},
        "b": {"role": "label"},
    }
    opened(name, content, declared(columns, name=name, quoting=None))


CELL = st.text(alphabet='xyä" ,;\n\r', max_size=6)


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example(rows=[("", "")], end="\n", quoting=csv.QUOTE_MINIMAL)
@example(rows=[("x,", "y\r\nz"), ('"', "")], end="\r\n", quoting=csv.QUOTE_ALL)
def test_what_a_csv_writer_wrote_comes_back(
    rows: list[tuple[str, str]], end: str, quoting: int
) -> None:
    """Delimiters, quotation marks and line ends within cells; an empty cell is NULL."""
    # Python's writer leaves a single CR without quotation marks.
    assume(quoting == csv.QUOTE_ALL or not any("\r" in cell for row in rows for cell in row))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL if quoting else 0)
    writer.writerows([("a", "b"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "x.csv", buffer.getvalue())
        with open_source(Source(files=("x.csv",)), folder=Path(folder)) as found:
            read = [tuple(cell or "" for cell in row) for row in rows_of(found)]
            assert sorted(read) == sorted(rows)
            assert found.malformed is None


FIELD = st.sampled_from(["1", "x", "", '"y"', '"a,b"', '"l\nm"', '""'])


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(st.lists(FIELD, min_size=1, max_size=4), min_size=1, max_size=10),
)
@example(rows=[["1", "x", ""], ["1", "x"]])
@example(rows=[["1", '"a,b"'], ["1", "x", "", ""]])
def test_rows_with_other_fields_are_all_counted(rows: list[list[str]]) -> None:
    """Python's csv module decides which rows are good; none is lost, none is read otherwise."""
    text = "\n".join(["a,b", *(",".join(row) for row in rows)]) + "\n"
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
    good = sorted(tuple(row) for row in read if len(row) == 2)
    wrong = [row for row in read if row and len(row) != 2]
    padded = [row for row in wrong if len(row) > 2 and not any(row[2:])]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "x.csv", text)
        source = Source(files=("x.csv",), bad_rows_limit=1.0)
        found = opened_or_refused(Path(folder), source)
    if isinstance(found, InputError):
        assert padded or not good, str(found)
    else:
        shown, counted, malformed = found
        assert (sorted(shown), counted, malformed) == (good, len(good), len(wrong))
        assert not padded
