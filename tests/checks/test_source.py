"""Opening files: what is read, what is refused, and that no message repeats a value."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactbook.checks.source import OpenSource, open_source
from impactbook.errors import InputError
from impactbook.model.dataset import Source

SECRET = "Sentinel7731"


def write(folder: Path, name: str, content: str | bytes) -> None:
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)


def rows_of(opened: OpenSource) -> list[tuple[object, ...]]:
    with opened.connect() as connection:
        return connection.execute("SELECT * FROM rows ORDER BY ALL").fetchall()


def opened_rows(folder: Path, **source: object) -> list[tuple[object, ...]]:
    with open_source(Source.model_validate(source), folder=folder) as opened:
        return rows_of(opened)


def refused(folder: Path, name: str, **source: object) -> InputError:
    with (
        pytest.raises(InputError) as caught,
        open_source(
            Source.model_validate({"files": [name], **source}), folder=folder, needed=("a",)
        ),
    ):
        pass
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None or SECRET not in str(caught.value.__context__)
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "source"),
    [
        ("x.csv", "a,b\n1,x\n2,\n", {}),
        ("bom.csv", b"\xef\xbb\xbfa;b\r\n1;x\r\n2;\r\n", {}),
        ("x.txt", "a|b\n1|x\n2|\n", {}),
        ("x.tsv", "a\tb\n1\tx\n2\t\n", {}),
        ("x.csv.gz", gzip.compress(b"a,b\n1,x\n2,\n", mtime=0), {}),
        ("u16.csv", "a,b\n1,x\n2,\n".encode("utf-16"), {"encoding": "utf-16"}),
        ("x.jsonl", '{"a": 1, "b": "x"}\n{"a": "2"}\n', {}),
        ("x.dat", "a#b\n1#x\n2#\n", {"format": "csv", "delimiter": "#"}),
    ],
)
def test_formats_give_the_same_rows_all_as_text(
    tmp_path: Path, name: str, content: str | bytes, source: dict[str, object]
) -> None:
    """Numbers stay text, and an empty cell is NULL."""
    write(tmp_path, name, content)
    assert opened_rows(tmp_path, files=[name], **source) == [("1", "x"), ("2", None)]


@pytest.mark.parametrize("ending", ["parquet", "csv.zst"])
def test_formats_that_only_duckdb_writes(tmp_path: Path, ending: str) -> None:
    """Parquet and zstd are read like the rest, a number as its text."""
    path = tmp_path / f"x.{ending}"
    duckdb.sql("SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL").write_parquet(
        str(path)
    ) if ending == "parquet" else duckdb.sql(
        "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL"
    ).write_csv(str(path), compression="zstd")
    assert opened_rows(tmp_path, files=[path.name]) == [("1", "x"), ("2", None)]


def test_quotation_marks_are_letters_in_tsv_and_quotes_in_csv(tmp_path: Path) -> None:
    """TSV has no quoting unless it is declared; CSV has, line breaks inside included."""
    write(tmp_path, "x.tsv", 'a\tb\n1\t"x\n')
    write(tmp_path, "x.csv", 'a,b\r\n1,"x\ny ""z"""\r\n')
    assert opened_rows(tmp_path, files=["x.tsv"]) == [("1", '"x')]
    assert opened_rows(tmp_path, files=["x.csv"]) == [("1", 'x\ny "z"')]


def test_splits_carry_their_name_and_may_order_columns_differently(tmp_path: Path) -> None:
    """Each row says which split it is from; columns are matched by name."""
    write(tmp_path, "train-1.csv", "a,b\n1,x\n")
    write(tmp_path, "train-2.csv", "b,a\ny,2\n")
    write(tmp_path, "test.csv", "a,b\n3,z\n")
    source = Source(splits={"train": ("train-*.csv",), "test": ("test.csv",)})
    with open_source(source, folder=tmp_path) as opened:
        assert rows_of(opened) == [("1", "x", "train"), ("2", "y", "train"), ("3", "z", "test")]
        assert opened.rows == 3
        assert opened.rows_of == {"train": 2, "test": 1}


def test_the_fingerprint_follows_bytes_names_and_order(tmp_path: Path) -> None:
    """The same files in another order, or one byte more, give another fingerprint."""
    write(tmp_path, "x.csv", "a\n1\n")
    write(tmp_path, "y.csv", "a\n1\n")

    def fingerprint(*files: str) -> str:
        with open_source(Source(files=files), folder=tmp_path) as opened:
            return opened.fingerprint

    first = fingerprint("x.csv", "y.csv")
    assert first == fingerprint("x.csv", "y.csv")
    assert first != fingerprint("y.csv", "x.csv")
    write(tmp_path, "y.csv", "a\n1\n\n")
    assert first != fingerprint("x.csv", "y.csv")


@pytest.mark.parametrize(
    ("name", "content", "line", "says"),
    [
        ("e.csv", "", None, "empty"),
        ("h.csv", "a,b\n", None, "no rows"),
        ("long.csv", f"a,b\n1,2\n{SECRET},2,3\n", 3, "3 columns and the header 2"),
        ("short.csv", f"a,b\n1,2\n{SECRET}\n", 3, "1 column and the header 2"),
        ("quote.csv", f'a,b\n"{SECRET},2\n', 2, "never closed"),
        ("mixed.csv", f"a,b\r\n{SECRET},2\r\n3,4\n", 3, "line ends in LF and the first line in CR"),
        ("latin.csv", f"a,b\n{SECRET}ä,2\n".encode("latin-1"), 2, "not encoded as utf-8"),
        ("header.csv", f"a,{SECRET}ä\n1,2\n".encode("latin-1"), 1, "not encoded as utf-8"),
        ("twice.csv", f"a,{SECRET},{SECRET}\n1,2,3\n", 1, "columns 2 and 3 have the same name"),
        ("case.csv", "a,A\n1,2\n", 1, "columns 1 and 2 have the same name"),
        ("unnamed.csv", f"a,,{SECRET}\n1,2,3\n", 1, "column 2 has no name"),
        ("other.csv", f"{SECRET},b\n1,2\n", None, "no column 'a'"),
        ("j.jsonl", f'{{"a": 1}}\n{{"a": {SECRET}}}\n', 2, "no JSON object"),
        ("l.jsonl", f'{{"a": 1}}\n["{SECRET}"]\n', 2, "no JSON object"),
        ("p.parquet", f"{SECRET * 4}", None, "not Parquet"),
        ("g.csv.gz", SECRET, None, "damaged"),
        ("half.csv.gz", gzip.compress(b"a,b\n1,2\n" * 9000, mtime=0)[:-40], None, "damaged"),
        ("z.csv.zst", SECRET, None, "damaged"),
        ("what.xlsx", SECRET, None, "tells no format"),
        ("open.csv", f'a,"{SECRET}\n1,2\n', 1, "does not end"),
        ("nothing.csv", "\n\n", None, "no header"),
    ],
)
def test_bad_files_are_named_with_line_and_remedy(
    tmp_path: Path, name: str, content: str | bytes, line: int | None, says: str
) -> None:
    """One sentence with file, line and kind of trouble; never the raw line, not even as a cause."""
    write(tmp_path, name, content)
    error = refused(tmp_path, name)
    assert says in str(error)
    assert error.file == name
    assert error.line == line
    assert error.remedy


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("absent.csv", "does not exist"),
        ("*.nothing", "no file matches"),
        (".", "is not a file"),
        (f"https://user:{SECRET}@host/x.csv", "address"),
        (f"s3://{SECRET}/x.csv", "address"),
    ],
)
def test_names_that_lead_to_no_file_are_refused(tmp_path: Path, name: str, says: str) -> None:
    """A missing file, an empty pattern, a folder; an address is not repeated."""
    assert says in str(refused(tmp_path, name))


def test_a_file_without_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's refusal becomes a sentence."""
    write(tmp_path, "x.csv", "a\n1\n")

    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    assert "permission denied" in str(refused(tmp_path, "x.csv"))


def test_a_near_name_is_suggested_and_other_headers_are_not_listed(tmp_path: Path) -> None:
    """A file without a header has values in line 1, so only a name like the wanted one is shown."""
    write(tmp_path, "x.csv", f"customer_age,{SECRET}\n1,2\n")
    with (
        pytest.raises(InputError, match="did you mean 'customer_age'") as caught,
        open_source(Source(files=("x.csv",)), folder=tmp_path, needed=("costumer_age",)),
    ):
        pass
    assert SECRET not in str(caught.value)


def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    """Written to: refused. Merely touched: let go."""
    write(tmp_path, "x.csv", "a\n1\n")
    with (
        pytest.raises(InputError, match="changed while it was read"),
        open_source(Source(files=("x.csv",)), folder=tmp_path),
    ):
        write(tmp_path, "x.csv", "a\n2\n")
    with open_source(Source(files=("x.csv",)), folder=tmp_path) as opened:
        os.utime(tmp_path / "x.csv", (1, 1))
        assert opened.rows == 1


def test_the_temporary_database_holds_no_data_and_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Private folder, views only, removed at the end, after an error and an interrupt."""
    private = tmp_path / "tmp"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    write(tmp_path, "x.csv", f"a\n{SECRET}\n")
    for stop in (None, ValueError, KeyboardInterrupt):
        try:
            with open_source(Source(files=("x.csv",)), folder=tmp_path) as opened:
                assert rows_of(opened) == [(SECRET,)]
                (folder,) = private.iterdir()
                assert folder.stat().st_mode & 0o077 == 0
                stored = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
                assert SECRET.encode() not in stored
                if stop:
                    raise stop
        except (ValueError, KeyboardInterrupt):
            pass
        assert list(private.iterdir()) == []


@settings(max_examples=25, deadline=None)
@given(
    names=st.lists(
        st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1),
        min_size=1,
        max_size=4,
        unique_by=str.casefold,
    )
)
def test_any_header_is_read_as_it_stands(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Quotes, brackets, percent signs or SQL in a column's name are just a name."""
    folder = tmp_path_factory.mktemp("names")
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    write(folder, "x.csv", header + "\n" + ",".join("1" for _ in names) + "\n")
    with open_source(Source(files=("x.csv",)), folder=folder, needed=names) as opened:
        assert list(opened.columns) == names
        assert rows_of(opened) == [("1",) * len(names)]


def test_file_names_are_not_patterns_for_the_engine(tmp_path: Path) -> None:
    """Brackets and quotes in a file's name mean themselves."""
    write(tmp_path, "it's [1].csv", "a\n1\n")
    write(tmp_path, "it's 1.csv", "a\n2\n")
    assert opened_rows(tmp_path, files=["it's [1].csv"]) == [("1",)]
