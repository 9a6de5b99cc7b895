"""Delimited text as people save it: delimiters, quotation marks, encodings, line ends, odd rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from declared import figure, result
from source_files import SECRET, check, declared, read, refused, rows_of, sentence, write, zstd

from impactbook.checks.source import open_source
from impactbook.errors import InputError
from impactbook.model.dataset import Source


@pytest.mark.parametrize(
    ("name", "content", "source", "says"),
    [
        (
            "x.csv",
            f"a;b\n{SECRET};2\n",
            {"delimiter": ","},
            "source.delimiter: the names in the header are separated by semicolons, not by commas; "
            'add `delimiter: ";"` to the source.',
        ),
        ("x.tsv", f"a,b\n{SECRET},2\n", {}, 'add `delimiter: ","` to the source'),
        ("x.csv", f"a\tb\n{SECRET}\t2\n", {"delimiter": ";"}, 'add `delimiter: "\\t"`'),
        ("x.csv", f"a|b\n{SECRET}|2\n", {"delimiter": ","}, "vertical bars"),
        # Not one declared column is there, and the header is one long name.
        ("x.csv", f"x;y\n{SECRET};2\n", {"delimiter": ","}, "semicolons, not by commas"),
    ],
)
def test_a_wrong_delimiter_is_named_with_the_right_one(
    tmp_path: Path, name: str, content: str, source: dict[str, Any], says: str
) -> None:
    """The header fits another delimiter better than the declared one (or than TSV's tab)."""
    write(tmp_path, name, content)
    said = refused(tmp_path, name, **source)
    assert said.startswith(name)
    assert says in said


def test_an_undeclared_delimiter_is_the_one_that_finds_the_declared_columns(
    tmp_path: Path,
) -> None:
    """Commas are more frequent in this header, but only semicolons give the column `b`."""
    write(tmp_path, "x.csv", "a,c,d;b\n1;2\n")
    with open_source(Source(files=("x.csv",)), folder=tmp_path, needed=("b",)) as opened:
        assert opened.columns == ("a,c,d", "b")
        assert rows_of(opened) == [("1", "2")]


@pytest.mark.parametrize(
    ("name", "content", "source", "says"),
    [
        (
            "x.tsv",
            f'"a"\t"b"\n"{SECRET}"\t"2"\n',
            {},
            "source.quoting: the names in the header stand in quotation marks, and quoting is off; "
            "add `quoting: true` to the source.",
        ),
        ("x.csv", f'"a","b"\n"{SECRET}","2"\n', {"quoting": False}, "add `quoting: true`"),
        ("x.tsv", f'a\tb\n1\t2\n1\t"{SECRET}\n3\t4\n', {"quoting": True}, "x.tsv, line 3: a quo"),
        ("x.tsv", f'a\tb\n"{SECRET}" x\t2\n', {"quoting": True}, "set `source.quoting: false`"),
        ("x.csv", f'a,b\n"{SECRET}"x,2\n3,4\n', {}, "x.csv, line 2: a quotation mark"),
    ],
)
def test_wrong_quoting_is_named_with_the_option(
    tmp_path: Path, name: str, content: str, source: dict[str, Any], says: str
) -> None:
    """Quoted where quoting is off, and stray quotation marks where it is on."""
    write(tmp_path, name, content)
    assert says in refused(tmp_path, name, **source)


@pytest.mark.parametrize("cell", ['"', '"x', 'x"', 'say "yes"', '""', '"a" and "b'])
def test_a_stray_quotation_mark_in_tsv_is_a_letter(tmp_path: Path, cell: str) -> None:
    """Transcripts quote people; TSV has no quoting unless it is declared."""
    write(tmp_path, "x.tsv", f"a\tb\n1\t{cell}\n2\ty\n")
    assert read(tmp_path, "x.tsv") == [("1", cell), ("2", "y")]


@pytest.mark.parametrize(
    ("content", "source"),
    [
        (b"\xef\xbb\xbfa,b\n1,\xc3\xa4\n", {}),
        (b'\xef\xbb\xbf"a","b"\r\n"1","\xc3\xa4"\r\n', {}),
        ("a,b\n1,ä\n".encode("latin-1"), {"encoding": "latin-1"}),
        ("a,b\r\n1,ä\r\n".encode("utf-16"), {"encoding": "utf-16"}),
        ("a,b\n1,ä\n".encode("utf-16-le"), {"encoding": "utf-16"}),
        (" a , b \n1,ä\n".encode(), {}),
        ("a;b\n1;ä".encode(), {}),
        ("a,b\n1,ä\n\n\n".encode(), {}),
        ("a,b\n\n1,ä\n".encode(), {}),
        ("a,b\r1,ä\r".encode(), {}),
    ],
    ids=["bom", "bom-quoted", "latin-1", "utf-16-mark", "utf-16", "blanks", "semicolon-no-end",
         "empty-last", "empty-inside", "cr"],
)  # fmt: skip
def test_text_that_is_merely_unusual_is_read(
    tmp_path: Path, content: bytes, source: dict[str, Any]
) -> None:
    """Marks, encodings, blanks around names, a missing or an empty last line, CR alone."""
    write(tmp_path, "x.csv", content)
    declared_source = Source.model_validate({"files": ["x.csv"], **source})
    with open_source(declared_source, folder=tmp_path, needed=("a", "b")) as opened:
        assert opened.columns == ("a", "b")
        assert rows_of(opened) == [("1", "ä")]
        assert opened.malformed is None


@pytest.mark.parametrize(
    ("content", "source", "says"),
    [
        ("a,b\n1,2\n".encode("utf-16"), {}, "add `encoding: utf-16` to the source"),
        ("a,b\n1,2\n".encode("utf-16-le"), {}, "encoded as UTF-16, not as utf-8"),
        ("a,b\n1,2\n".encode("utf-16"), {"encoding": "latin-1"}, "UTF-16, not as latin-1"),
        (b"\xfe\xff" + "a,b\n1,2\n".encode("utf-16-be"), {"encoding": "utf-16"}, "big-endian"),
        ("a,b\n1,2\n".encode("utf-16-be"), {}, "big-endian"),
        (f"a,b\n{SECRET},😀\n".encode("utf-16"), {"encoding": "utf-16"}, "emoji"),
        (
            ("a,b\n" + "1,ä\n" * 150_000 + "😀,ä\n").encode("utf-16"),
            {"encoding": "utf-16"},
            "emoji",
        ),
        ("a,b\n1,ä\n".encode(), {"encoding": "latin-1"}, "encoded as UTF-8, not as latin-1"),
        (f"a,b\n1,2\n{SECRET},€\n".encode("cp1252"), {"encoding": "latin-1"}, "line 3: the text"),
        (f"a,b\n1,2\n{SECRET},ä\n".encode("latin-1"), {}, "line 3: the text is not encoded as ut"),
        (b"a,b\n1,2\n" * 200_000 + b"1,\xe4\n", {}, "line 400001: the text is not encoded as ut"),
        (f"a,b\n1,2\n{SECRET},\0\n".encode(), {}, "line 3: the text holds null bytes"),
        (b"a,b\n" + b"1,2\n" * 300_000 + b"1,\0\n", {}, "line 300002: the text holds null bytes"),
        (b"PK\x03\x04" + b"\0" * 60, {}, "an Excel workbook or another ZIP archive, not csv"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 60, {}, "an old Excel workbook"),
        (b"PAR1" + b"\0" * 60, {}, "a Parquet file"),
    ],
)
def test_another_encoding_or_kind_of_file_is_named(
    tmp_path: Path, content: bytes, source: dict[str, Any], says: str
) -> None:
    """What the first bytes show, or the line in which the first wrong byte stands."""
    write(tmp_path, "x.csv", content)
    assert says in refused(tmp_path, "x.csv", **source)


@pytest.mark.parametrize(
    ("content", "line", "ends"),
    [
        (f"a,b\r\n1,2\n3,{SECRET}\r5,6\r\n", 2, "LF and the first line in CR LF"),
        (f"a,b\n1,2\r\n3,{SECRET}\n", 2, "CR LF and the first line in LF"),
        (f"a,b\n1,2\n3,{SECRET}\r5,6\n", 3, "CR and the first line in LF"),
        (f"a,b\r1,2\r3,{SECRET}\n5,6\r", 3, "LF and the first line in CR"),
        # One column: the engine would take the other ends for blank lines, or find no rows.
        (f"a\n{SECRET}\n \r\n3\n", 3, "CR LF and the first line in LF"),
        (f"a\r\n{SECRET}\n3\n", 2, "LF and the first line in CR LF"),
    ],
)
def test_mixed_line_ends_are_named_with_the_first_other_line(
    tmp_path: Path, content: str, line: int, ends: str
) -> None:
    """CR LF, LF and CR in one file: which line is the first to end otherwise."""
    write(tmp_path, "x.csv", content)
    assert f"x.csv, line {line}: the line ends in {ends}" in refused(tmp_path, "x.csv")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("inside", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("name", ["x.csv", "x.csv.zst"])
def test_line_ends_within_quotation_marks_are_letters(
    tmp_path: Path, name: str, end: str, inside: str
) -> None:
    """A text of several lines in one cell does not make the line ends mixed."""
    content = end.join(["a,b", f'1,"x{inside}y"', "2,z", ""]).encode()
    write(tmp_path, name, zstd(content) if name.endswith(".zst") else content)
    assert read(tmp_path, name) == [("1", f"x{inside}y"), ("2", "z")]


def test_a_few_malformed_rows_are_left_out_and_reported(tmp_path: Path) -> None:
    """2 of 3002 rows (0.07 %) are under the limit of 0.1 %: counted, and `attention`."""
    content = "sex,y\n" + "f,1\nm,0\n" * 1500 + f"{SECRET}\n{SECRET},1,2\n"
    evidence = check(tmp_path, declared({"sex": "protected"}), content).evidence
    assert evidence.rows == 3000
    left_out = figure(evidence, "malformed_rows")
    assert (left_out.value, left_out.numerator, left_out.verdict) == (2.0, 2, "attention")
    (told,) = [one for one in evidence.checks if left_out.id in one.figures]
    assert (told.check, told.verdict) == ("schema", "attention")
    assert figure(evidence, "share", attribute="sex", group="f").numerator == 1500


def test_without_malformed_rows_nothing_is_reported(tmp_path: Path) -> None:
    """A clean file has no such figure, and its schema is `ok`."""
    evidence = check(tmp_path, declared({"sex": "protected"}), "sex,y\nf,1\nm,2\n").evidence
    assert [one for one in evidence.figures if one.metric == "malformed_rows"] == []
    assert {one.verdict for one in evidence.checks if one.check == "schema"} == {"ok"}


def test_too_many_malformed_rows_are_refused_with_count_line_and_limit(tmp_path: Path) -> None:
    """4 of 1004 rows are more than 0.1 %; the first stands in line 502."""
    content = "a,b\n" + "1,2\n" * 500 + f"{SECRET}\n" * 3 + "1,2,3\n" + "1,2\n" * 500
    write(tmp_path, "x.csv", content)
    assert refused(tmp_path, "x.csv") == (
        "x.csv, line 502: the row has 1 column and the header 2 (4 such rows among 1,004, and the "
        "limit is 0.001 of all rows); correct the rows, the delimiter or the quotation marks, or "
        "raise `source.bad_rows_limit`."
    )
    declared_source = Source(files=("x.csv",), bad_rows_limit=0.01)
    with open_source(declared_source, folder=tmp_path) as opened:
        assert opened.malformed is not None
        assert (opened.malformed.count, opened.malformed.line) == (4, 502)
        assert opened.rows == 1000


@pytest.mark.parametrize("name", ["x.csv", "x.csv.zst"])
def test_malformed_rows_are_counted_in_every_file(tmp_path: Path, name: str) -> None:
    """Several files: one count, and the first file and line; a text of several lines is one row."""
    good = '1,"x\ny"\n' * 2000
    for file, content in (("a.csv", "a,b\n1,2\n"), (name, f"a,b\n{good}1\n{good}1\n")):
        raw = content.encode()
        write(tmp_path, file, zstd(raw) if file.endswith(".zst") else raw)
    with open_source(Source(files=("a.csv", name)), folder=tmp_path) as opened:
        assert opened.rows == 4001
        assert opened.malformed is not None
        # Line 1 is the header, 2 to 4001 are 2000 rows of two lines each.
        found = opened.malformed
        assert (found.count, found.file, found.line) == (2, name, 4002)


@pytest.mark.parametrize("row", ["1,2,", "1,2,,", '1,2,""', f'"{SECRET}",2,', "1,,", ",,"])
@pytest.mark.parametrize("name", ["x.csv", "x.csv.zst"])
def test_surplus_empty_fields_are_not_let_pass(tmp_path: Path, name: str, row: str) -> None:
    """The engine takes them for nothing, but a comma in an unquoted text may have shifted the row."""
    content = f'a,b\n"x,y",2\n{row}\n1,2\n'.encode()
    write(tmp_path, name, zstd(content) if name.endswith(".zst") else content)
    said = refused(tmp_path, name)
    assert f"{name}, line 3: the row has" in said
    # Under a generous limit it cannot be left out either.
    said = refused(tmp_path, name, bad_rows_limit=0.9)
    assert f"{name}, line 3: the row ends in more empty fields than the header has" in said


def test_other_troubles_are_not_hidden_among_malformed_rows(tmp_path: Path) -> None:
    """A wrong byte or an open quotation mark is refused even where malformed rows are let pass."""
    start = b"a,b\n" + b"1,2\n" * 3000 + b"1\n"
    write(tmp_path, "x.csv", start + b"1,\xe4\n")
    assert "line 3003: the text is not encoded as utf-8" in refused(tmp_path, "x.csv")
    write(tmp_path, "x.csv", start + b'1,"x\n1,2\n')
    assert "line 3003: a quotation mark is opened" in refused(tmp_path, "x.csv")


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (f"{SECRET},,b", "line 1: column 2 has no name"),
        (f"{SECRET},  ,b", "line 1: column 2 has no name"),
        (f"{SECRET},b,B ", "line 1: columns 2 and 3 have the same name"),
        ("costumer_age,b", "there is no column 'a'"),
        ("", "has no header line"),
    ],
)
def test_a_bad_header_is_named(tmp_path: Path, header: str, says: str) -> None:
    """Empty, repeated (also but for case and blanks), absent."""
    write(tmp_path, "x.csv", f"{header}\n1,2,3\n")
    assert says in refused(tmp_path, "x.csv")


@pytest.mark.slow
def test_the_command_says_one_sentence_and_leaves_with_2(tmp_path: Path, impactbook) -> None:  # type: ignore[no-untyped-def]
    """`impactbook check` on a semicolon file declared with commas: file, field, remedy, exit 2."""
    assert impactbook("init", tmp_path / "w").returncode == 0
    workspace = tmp_path / "w"
    write(workspace / "data_checks", "calls.csv", f"sex;y\n{SECRET};1\n")
    (workspace / "data_checks" / "calls.yaml").write_text(
        "schema: impactbook/dataset/1\ntitle: Calls\n"
        'source: {files: [calls.csv], delimiter: ","}\n'
        "columns: {sex: {role: protected, special_category: no}}\n",
        encoding="utf-8",
    )
    # Libraries installed beside may warn about each other.
    done = impactbook("check", "calls", "--workspace", workspace, PYTHONWARNINGS="ignore")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "impactbook: calls.csv, source.delimiter: the names in the header are separated by "
        "semicolons, "
        'not by commas; add `delimiter: ";"` to the source.'
    ]


def test_a_bad_row_says_the_same_through_the_whole_check(tmp_path: Path) -> None:
    """`run_checks` refuses with the sentence of the file, and results never see the row."""
    with pytest.raises(InputError) as caught:
        check(tmp_path, declared({"sex": "protected"}), f"sex,y\nf,1\n{SECRET}\n")
    assert "data.csv, line 3: the row has 1 column and the header 2" in sentence(caught.value)
    good = check(tmp_path, declared({"sex": "protected"}), "sex,y\nf,1\nm,0\n").evidence
    assert result(good, "size").verdict == ""
