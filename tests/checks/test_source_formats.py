"""TSV, JSON Lines and Parquet, packed or not, several files at once, damage, and files that change."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest
from source_files import (
    SECRET,
    check,
    check_refused,
    declared,
    read,
    refused,
    rows_of,
    sentence,
    write,
    zstd,
)

from impactbook.checks.readers import text_of
from impactbook.checks.source import open_source
from impactbook.errors import InputError
from impactbook.model.dataset import Source

JSON = b'{"a": "1", "b": "x"}\n{"a": "2", "b": null}\n'
PLAIN = {
    "x.csv": b"a,b\n1,x\n2,\n",
    "x.tsv": b"a\tb\n1\tx\n2\t\n",
    "x.jsonl": JSON,
}


def parquet(folder: Path, name: str, sql: str, options: str = "") -> Path:
    """Write the answer to a query as Parquet."""
    path = folder / name
    duckdb.sql(f"COPY ({sql}) TO '{path}' (FORMAT parquet{options})")
    return path


@pytest.mark.parametrize("name", [*PLAIN, *(f"{name}.gz" for name in PLAIN),
                                  *(f"{name}.zst" for name in PLAIN)])  # fmt: skip
def test_every_format_is_read_plain_and_packed(tmp_path: Path, name: str) -> None:
    """The same two rows from CSV, TSV and JSON Lines, plain, with gzip and with zstd."""
    plain = PLAIN[name.removesuffix(".gz").removesuffix(".zst")]
    pack = {".gz": lambda raw: gzip.compress(raw, mtime=0), ".zst": zstd}.get(Path(name).suffix)
    write(tmp_path, name, pack(plain) if pack else plain)
    assert read(tmp_path, name) == [("1", "x"), ("2", None)]


@pytest.mark.parametrize("codec", ["uncompressed", "gzip", "zstd", "snappy"])
def test_parquet_is_read_with_each_of_its_own_compressions(tmp_path: Path, codec: str) -> None:
    """Parquet packs its columns itself; around the whole file no packing is read."""
    sql = "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL"
    path = parquet(tmp_path, "x.parquet", sql, f", COMPRESSION {codec}")
    assert read(tmp_path, "x.parquet") == [("1", "x"), ("2", None)]
    write(tmp_path, "y.parquet.gz", gzip.compress(path.read_bytes()))
    assert "y.parquet.gz: Parquet inside another compression" in refused(tmp_path, "y.parquet.gz")


TYPED = [
    ("1::TINYINT", "1"),
    ("1.0::DOUBLE", "1"),
    ("-0.0::DOUBLE", "0"),
    ("2.5::DOUBLE", "2.5"),
    ("1e15::DOUBLE", "1000000000000000"),
    ("1e300::DOUBLE", "1e+300"),
    ("'NaN'::DOUBLE", None),
    ("'NaN'::FLOAT", None),
    ("0.1::FLOAT", "0.1"),
    ("3.0::FLOAT", "3"),
    ("1.50::DECIMAL(10, 2)", "1.50"),
    ("2.00::DECIMAL(10, 2)", "2"),
    ("true", "true"),
    ("DATE '2024-01-02'", "2024-01-02"),
    ("TIMESTAMP '2024-01-02 00:00:00'", "2024-01-02"),
    ("TIMESTAMP '2024-01-02 03:04:05'", "2024-01-02 03:04:05"),
    ("TIMESTAMP_NS '2024-01-02 03:04:05'", "2024-01-02 03:04:05"),
    ("TIMESTAMP_S '2024-01-02 00:00:00'", "2024-01-02"),
    ("TIMESTAMPTZ '2024-01-02 00:00:00+00'", "2024-01-02"),
    # 03:04 two hours east of Greenwich is 01:04 there.
    ("TIMESTAMPTZ '2024-01-02 03:04:05+02'", "2024-01-02 01:04:05+00"),
    ("TIME '03:04:05'", "03:04:05"),
    ("'f'::ENUM('f', 'm')", "f"),
    ("NULL::INTEGER", None),
]


@pytest.mark.parametrize(("value", "text"), TYPED, ids=[value for value, _ in TYPED])
def test_typed_cells_of_parquet_become_text_in_one_way(
    tmp_path: Path, value: str, text: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On every computer alike, whatever its time zone."""
    monkeypatch.setenv("TZ", "America/New_York")
    parquet(tmp_path, "x.parquet", f"SELECT {value} AS a, 1 AS b")
    assert read(tmp_path, "x.parquet") == [(text, "1")]


def test_typed_cells_of_parquet_read_like_those_of_a_database() -> None:
    """`readers.text_of` says what `dialects.text_of` says, which serves the other engines."""
    import duckdb_engine
    import sqlalchemy as sa

    from impactbook.checks import dialects

    dialect = duckdb_engine.Dialect(paramstyle="qmark")
    general = str(
        dialects.text_of(sa.column("a")).compile(
            dialect=dialect, compile_kwargs={"literal_binds": True}
        )
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for value, text in TYPED:
            if value == "-0.0::DOUBLE":
                continue  # a zero with a sign is said with it there
            rows = f"(SELECT {value} AS a)"
            (kind,) = connection.execute(f"SELECT typeof(a) FROM {rows}").fetchall()[0]
            own = f"SELECT {text_of('a', kind)}, {general} FROM {rows}"
            assert connection.execute(own).fetchall() == [(text, text)], value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("[1, 2]", "lists"),
        ("{'x': 1}", "lists"),
        ("MAP {'x': 1}", "lists"),
        ("'x'::BLOB", "bytes"),
    ],
)
def test_cells_without_a_single_value_are_refused_where_they_are_declared(
    tmp_path: Path, value: str, kind: str
) -> None:
    """Lists, structures and bytes are no groups of people; undeclared they do no harm."""
    parquet(tmp_path, "x.parquet", f"SELECT {value} AS a, 1 AS b")
    said = refused(tmp_path, "x.parquet")
    assert f"x.parquet, columns.a: the cells of the column 'a' hold {kind}" in said
    assert len(read(tmp_path, "x.parquet")) == 1


def test_json_lines_with_other_shapes(tmp_path: Path) -> None:
    """Absent names are missing, numbers and truth values are text, blanks around names go."""
    write(tmp_path, "x.jsonl", b'{"a": true, " b ": 1.5}\r\n\r\n{"c": null, "a": "[1]"}')
    declared_source = Source(files=("x.jsonl",))
    with open_source(declared_source, folder=tmp_path, needed=("a", "b")) as opened:
        assert opened.columns == ("a", "b", "c")
        assert opened.rows == 2
        assert rows_of(opened) == [("[1]", None, None), ("true", "1.5", None)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (f'{{"a": 1}}\n{{"a": ["{SECRET}"]}}\n', "columns.a: the cells of the column 'a' hold lis"),
        (f'{{"a": {{"x": "{SECRET}"}}}}\n', "hold lists or objects"),
        (f'{{"a": "{SECRET}", "a": 2}}\n', "line 1: an object of the line names one field twice"),
        (f'{{"a": "{SECRET}", "A": 2}}\n', "columns 1 and 2 have the same name"),
        (f'[{{"a": "{SECRET}"}}]\n', "holds no object with a name"),
        (f'{{\n"a": "{SECRET}"\n}}\n', "line 1: the line holds no JSON object"),
        (f'{{"a": 1}}\n{{"a": "{SECRET}"\n', "line 2: the line holds no JSON object"),
        (b'\xef\xbb\xbf{"a": 1}\n', "line 1: the file starts with a byte order mark"),
        ('{"a": 1}\n{"a": "ä"}\n'.encode("latin-1"), "line 2: the text is not encoded as utf-8"),
        ("{}\n", "holds no object with a name"),
        ("\n\n", "holds no object with a name"),
        (
            gzip.compress(b'{"a": 1}', mtime=0),
            "compressed with gzip, not jsonl; let its name end in .gz",
        ),
    ],
)
def test_bad_json_lines_are_named(tmp_path: Path, content: str | bytes, says: str) -> None:
    """Which line, and what about it."""
    write(tmp_path, "x.jsonl", content)
    assert says in refused(tmp_path, "x.jsonl")


def test_several_files_match_columns_by_name_and_only_shared_ones_stay(tmp_path: Path) -> None:
    """`**` finds files in folders; columns stand in another order; formats may differ."""
    (tmp_path / "2024" / "05").mkdir(parents=True)
    write(tmp_path, "2024/one.csv", "a,b\n1,x\n")
    write(tmp_path, "2024/05/two.csv", "b,c,a\ny,?,2\n")
    parquet(tmp_path, "three.parquet", "SELECT 'z' AS b, 3 AS a")
    source = Source(files=("**/*.csv", "three.parquet"))
    with open_source(source, folder=tmp_path, needed=("a",)) as opened:
        assert [file.name for file in opened.files] == [
            "2024/05/two.csv",
            "2024/one.csv",
            "three.parquet",
        ]
        assert opened.columns == ("b", "a")
        assert rows_of(opened) == [("x", "1"), ("y", "2"), ("z", "3")]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (["a.csv", "*.csv"], "source.files: the file 'a.csv' is named twice"),
        (["a.csv", "./a.csv"], "named twice"),
        (["x" * 300 + ".csv"], "cannot be looked up (file name too long)"),
        (["folder"], "'folder' is not a file"),
        (["fol*"], "no file matches 'fol*'"),
        (["a.csv", "other.csv"], "other.csv, columns.a: there is no column 'a'"),
    ],
)
def test_lists_of_files_that_cannot_be_meant(tmp_path: Path, files: list[str], says: str) -> None:
    """Named twice, too long, a folder, another table."""
    write(tmp_path, "a.csv", "a\n1\n")
    write(tmp_path, "other.csv", "b\n1\n")
    (tmp_path / "folder").mkdir()
    if "*.csv" in files:
        (tmp_path / "other.csv").unlink()
    with (
        pytest.raises(InputError) as caught,
        open_source(Source(files=tuple(files)), folder=tmp_path, needed=("a",)),
    ):
        pass
    assert says in sentence(caught.value)


@pytest.mark.parametrize("rows", [50, 200_000])
@pytest.mark.parametrize("cut", [1, 5, 30])
@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_packed_file_that_was_cut_off_is_not_taken_for_the_whole(
    tmp_path: Path, ending: str, cut: int, rows: int
) -> None:
    """The engine reads zstd up to where it ends and says nothing."""
    raw = b"a,b\n" + b"".join(b"%d,2\n" % (place * 7919) for place in range(rows))
    packed = gzip.compress(raw, mtime=0) if ending == ".gz" else zstd(raw)
    write(tmp_path, f"x.csv{ending}", packed[:-cut])
    assert "damaged or cut off" in refused(tmp_path, f"x.csv{ending}")


def test_a_wrong_checksum_of_gzip_is_noticed(tmp_path: Path) -> None:
    """The engine does not compare it. The last 8 bytes are checksum and length (RFC 1952)."""
    packed = bytearray(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000, mtime=0))
    packed[-8] ^= 1
    write(tmp_path, "x.csv.gz", bytes(packed))
    assert "damaged or cut off" in refused(tmp_path, "x.csv.gz")


def test_packed_files_in_several_parts_are_read_to_the_end(tmp_path: Path) -> None:
    """Members of gzip and frames of zstd may follow each other, as `cat` and `pzstd` make them."""
    head, tail = b"a,b\n1,x\n", b"2,\n"
    write(tmp_path, "x.csv.gz", gzip.compress(head) + gzip.compress(tail))
    skippable = (0x184D2A50).to_bytes(4, "little") + (3).to_bytes(4, "little") + b"abc"
    write(tmp_path, "x.csv.zst", zstd(head) + skippable + zstd(tail))
    assert read(tmp_path, "x.csv.gz") == [("1", "x"), ("2", None)]
    assert read(tmp_path, "x.csv.zst") == [("1", "x"), ("2", None)]


def damage(path: Path) -> None:
    """Write nonsense over the pages, and leave the description of the file at its end alone."""
    raw = bytearray(path.read_bytes())
    raw[1000 : len(raw) // 2] = b"\x55" * (len(raw) // 2 - 1000)
    path.write_bytes(bytes(raw))


def test_damage_within_parquet_is_named_by_the_check(tmp_path: Path) -> None:
    """Opening reads its metadata alone; the damage shows when values are read."""
    sql = f"SELECT '{SECRET}' || range % 7 AS sex, md5(range::VARCHAR) AS note FROM range(100000)"
    damage(parquet(tmp_path, "x.parquet", sql))
    dataset = declared({"sex": "protected", "note": "feature"}, name="x.parquet")
    assert "x.parquet: the Parquet file is damaged; write it again." in check_refused(
        tmp_path, dataset
    )


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1 and no more PAR1", b"\0" * 100])
def test_what_is_no_parquet_is_named(tmp_path: Path, content: bytes) -> None:
    """Cut off, or something else."""
    write(tmp_path, "x.parquet", content)
    assert "x.parquet: the" in refused(tmp_path, "x.parquet")


def test_parquet_without_rows_is_refused(tmp_path: Path) -> None:
    """Zero rows are never measured."""
    parquet(tmp_path, "x.parquet", "SELECT 1 AS a WHERE false")
    assert "x.parquet: the file has no rows" in refused(tmp_path, "x.parquet")


def test_opening_parquet_reads_no_cell(tmp_path: Path) -> None:
    """Rows come from the metadata: a file whose pages are nonsense still tells them."""
    sql = "SELECT md5(range::VARCHAR) AS a, md5((range + 1)::VARCHAR) AS b FROM range(100000)"
    damage(parquet(tmp_path, "x.parquet", sql))
    with open_source(Source(files=("x.parquet",)), folder=tmp_path, needed=("a",)) as opened:
        assert opened.rows == 100_000
        assert opened.columns == ("a", "b")


# --- files that change ----------------------------------------------------------------------


def append(path: Path) -> None:
    with path.open("ab") as handle:
        handle.write(b"9,9\n")


def truncate(path: Path) -> None:
    os.truncate(path, 8)


def replace(path: Path) -> None:
    path.with_name("new").write_bytes(b"a,b\n3,4\n5,6\n")
    path.with_name("new").replace(path)


def overwrite_alike(path: Path) -> None:
    before = path.stat()
    path.write_bytes(b"a,b\n9,2\n3,4\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def delete(path: Path) -> None:
    path.unlink()


CHANGES = [append, truncate, replace, overwrite_alike, delete]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("fails", [False, True])
def test_a_file_that_changes_is_noticed(tmp_path: Path, change: Any, fails: bool) -> None:
    """Whatever changed it, and also when it made something else fail in between."""
    write(tmp_path, "x.csv", "a,b\n1,2\n3,4\n")

    def read_on() -> None:
        with open_source(Source(files=("x.csv",)), folder=tmp_path):
            change(tmp_path / "x.csv")
            if fails:
                raise RuntimeError(f"a library quotes {SECRET}")

    with pytest.raises(InputError) as caught:
        read_on()
    assert "x.csv: the file changed while it was read; wait until" in sentence(caught.value)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_during_the_checks_is_noticed(
    tmp_path: Path, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the counting of rows and the validation of the suite."""
    from impactbook.checks import evidence

    validate = vars(evidence)["validate"]

    def changed(*arguments: Any, **options: Any) -> Any:
        change(tmp_path / "data.csv")
        return validate(*arguments, **options)

    monkeypatch.setattr(evidence, "validate", changed)
    said = check_refused(tmp_path, declared({"a": "protected"}), "a,b\n1,2\n3,4\n")
    assert "data.csv: the file changed while it was read" in said


def test_other_errors_pass_where_no_file_changed(tmp_path: Path) -> None:
    """An error of ours stays what it is."""
    write(tmp_path, "x.csv", "a,b\n1,2\n")
    for error in (ValueError("ours"), InputError("ours", remedy="none", file="x.csv")):
        with (
            pytest.raises(type(error)) as caught,
            open_source(Source(files=("x.csv",)), folder=tmp_path),
        ):
            raise error
        assert caught.value is error


def test_the_engine_is_bounded_and_spills_into_the_private_folder(tmp_path: Path) -> None:
    """Memory as asked, rows in any order, nothing fetched from a network."""
    write(tmp_path, "x.csv", "a,b\n1,2\n")
    with open_source(Source(files=("x.csv",)), folder=tmp_path, memory="200MB") as opened:
        with opened.connect() as connection:
            settings = dict(
                connection.execute("SELECT name, value FROM duckdb_settings()").fetchall()
            )
        # 200 million bytes are 190.7 times 1024 times 1024.
        assert settings["memory_limit"] == "190.7 MiB"
        assert settings["preserve_insertion_order"] == "false"
        assert settings["autoinstall_known_extensions"] == "false"
        assert Path(settings["temp_directory"]).parent == opened.database.parent


def test_what_is_not_refused_is_checked(tmp_path: Path) -> None:
    """The whole way with JSON Lines in zstd: three women and a man."""
    content = b'{"sex": "f"}\n{"sex": "f"}\n{"sex": "f"}\n{"sex": "m"}\n'
    dataset = declared({"sex": "protected"}, name="x.jsonl.zst")
    evidence = check(tmp_path, dataset, zstd(content)).evidence
    (share,) = [
        one
        for one in evidence.figures
        if (one.metric, one.group, one.condition) == ("share", "f", "")
    ]
    assert (share.numerator, share.denominator) == (3, 4)
