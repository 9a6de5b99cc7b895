"""What notebooks hold, read as blocks: Markdown, HTML, tables, pictures, printed text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strangers_notebook import FOREIGN_SVG, PANDAS, base64_of, png

from impactbook.render.blocks import (
    BulletList,
    Code,
    Figure,
    Heading,
    Paragraph,
    Preformatted,
    Quote,
    Run,
    Table,
    plain_text,
    runs,
)
from impactbook.render.reading.markdown import markdown_blocks
from impactbook.render.reading.markup import html_blocks
from impactbook.render.reading.parameters import parameter_table, parameters
from impactbook.render.reading.pictures import Pictures, picture
from impactbook.render.reading.printed import MOST_LINES, printed, shortened
from impactbook.render.reading.tables import PAGE, fitting, grid

HERE = Pictures("en")


def told(table: Table) -> list[list[str]]:
    return [[plain_text(cell) for cell in row] for row in [table.header, *table.rows]]


# --- Markdown ------------------------------------------------------------------------------------


def test_markdown_becomes_blocks_with_their_looks() -> None:
    blocks = markdown_blocks("## A *b*\n\nSome **bold** `code` [x](https://e.org).", HERE)
    assert blocks[0] == Heading(2, [Run("A "), Run("b", italic=True)])
    assert blocks[1] == Paragraph(
        [Run("Some "), Run("bold", bold=True), Run(" "), Run("code", code=True), Run(" "),
         Run("x", link="https://e.org"), Run(".")]
    )  # fmt: skip


def test_lists_tables_quotes_and_code_are_read() -> None:
    text = "1. a\n   - b\n\n> q\n\n```sql\nselect 1\n```\n\n|a|b|\n|-|-:|\n|1|2|\n"
    outer, quote, code, table = markdown_blocks(text, HERE)
    assert isinstance(outer, BulletList)
    assert outer.ordered
    assert outer.items[0][1] == BulletList([[Paragraph(runs("b"))]])
    assert quote == Quote([Paragraph(runs("q"))])
    assert code == Code("select 1", "sql")
    assert isinstance(table, Table)
    assert (told(table), list(table.align)) == ([["a", "b"], ["1", "2"]], ["left", "right"])


def test_mathematics_stays_as_typed_and_prices_are_none() -> None:
    (block,) = markdown_blocks("$a_i^2 * b_j$ costs $5 and $6; $$\nx_1 * y_1\n$$", HERE)
    assert isinstance(block, Paragraph)
    maths = [run.text for run in block.runs if run.math]
    assert maths == ["a_i^2 * b_j", "x_1 * y_1"]
    assert "costs $5 and $6" in plain_text(block.runs)


def test_footnotes_stand_below_the_text_in_the_order_of_their_numbers() -> None:
    """A note may run on, hold paragraphs and refer to itself; an unknown one stays as typed."""
    text = (
        "A[^b] and B[^a], once more[^b], none[^c], `[^a]`.\n\n[^a]: first\nruns on\n\n    more [^a]\n"
        "[^b]: second\n# Heading\n[^d]: unused\n\n[real]: https://e.org\n\n[real]"
    )
    blocks = markdown_blocks(text, HERE)
    assert [plain_text(block.runs) for block in blocks] == [
        "A[1] and B[2], once more[1], none[^c], [^a].", "Heading", "real",
        "[1] second", "[2] first runs on", "more [2]", "[3] unused",
    ]  # fmt: skip
    assert blocks[2].runs[0].link == "https://e.org"


def test_more_mathematics_stays_as_typed() -> None:
    """Environments and brackets keep their backslashes, which Markdown would eat."""
    text = "\\begin{align}\nx &= y \\\\\n\\end{align} and \\(a\\) and \\\\[b\\\\] and \\(c"
    (block,) = markdown_blocks(text, HERE)
    assert [run.text for run in block.runs if run.math] == [
        "\\begin{align}\nx &= y \\\\\n\\end{align}", "a", "b",
    ]  # fmt: skip
    assert plain_text(block.runs).endswith("(c")


def test_powers_and_indices_do_not_read_as_numbers() -> None:
    (block,) = markdown_blocks("x<sup>2</sup> H<sub>2</sub>O 1<sup>st</sup> `a<sup>2</sup>`", HERE)
    assert plain_text(block.runs) == "x² H₂O 1st a<sup>2</sup>"
    assert plain_text(html_blocks("<p>m<sup>2</sup></p>", HERE)[0].runs) == "m²"


def test_nothing_is_lost_in_deep_nesting() -> None:
    """Thirty levels are read; without end, the text stands as it was typed."""
    deep = "\n".join("  " * depth + f"- d{depth}." for depth in range(30))
    assert "d29." in repr(markdown_blocks(deep, HERE))
    endless = "> " * 5000 + "word"
    assert markdown_blocks(endless, HERE) == [Preformatted(endless)]
    assert html_blocks("<div>" * 5000 + "word", HERE) == [Preformatted("word")]


def test_pictures_in_cells_and_headings_are_named_there_and_shown_below() -> None:
    """Neither a cell nor a heading can hold a picture; in HTML likewise."""
    address = f"data:image/png;base64,{base64_of(png())}"
    table, below = markdown_blocks(f"| ![dot]({address}) |\n|---|\n| b |", HERE)
    assert (told(table), below.alt) == ([["[Picture: dot]"], ["b"]], "dot")
    heading, shown = markdown_blocks(f"# Title ![dot]({address})", HERE)
    assert (plain_text(heading.runs).strip(), shown.alt) == ("Title", "dot")
    html = f'<table><tr><td>a</td></tr><tr><td><img src="{address}" alt="dot"> b</td></tr></table>'
    table, below = html_blocks(html, HERE)
    assert (told(table)[1:], below.alt) == ([["a"], ["[Picture: dot] b"]], "dot")


def test_html_in_markdown_is_read_for_its_text_and_never_run() -> None:
    blocks = markdown_blocks("a<br>b <script>x()</script>\n\n<div>c<style>d</style></div>", HERE)
    assert plain_text(blocks[0].runs).startswith("a\nb")
    assert blocks[1] == Paragraph(runs("c"))


@given(st.text())
def test_any_markdown_can_be_read(text: str) -> None:
    assert isinstance(markdown_blocks(text, HERE), list)


# --- HTML ----------------------------------------------------------------------------------------


def test_a_pandas_table_keeps_its_names_its_row_headers_and_its_note() -> None:
    """The index's name stands in a second header row; the two rows become one."""
    table, note = html_blocks(PANDAS, HERE)
    assert isinstance(table, Table)
    assert told(table) == [
        ["channel", "calls", "share"], ["voice", "1200", "0.75"], ["chat & e-mail", "400", "0.25"],
    ]  # fmt: skip
    assert table.row_headers
    assert list(table.align) == ["left", "right", "right"]
    assert note == Paragraph(runs("2 rows × 2 columns"))


def test_spans_are_filled_so_that_every_row_reads_alone() -> None:
    html = """<table><thead><tr><th rowspan="2">k</th><th colspan="2">v</th></tr>
      <tr><th>a</th><th>b</th></tr></thead>
      <tr><td rowspan="2">x</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>"""
    (table,) = html_blocks(html, HERE)
    assert told(table) == [["k", "v / a", "v / b"], ["x", "1", "2"], ["x", "3", "4"]]


def test_a_table_without_a_head_gets_one_from_a_first_row_of_headers() -> None:
    html = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    (table,) = html_blocks(html, HERE)
    assert told(table) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("span", ["0", "-1", "x", "99999999", "²"])
def test_absurd_spans_do_no_harm(span: str) -> None:
    (table,) = html_blocks(f'<table><tr><td colspan="{span}">a</td></tr></table>', HERE)
    assert 1 <= len(table.header) <= 1000


def test_html_that_only_runs_or_styles_says_nothing() -> None:
    assert html_blocks("<script>x()</script><style>a{}</style><!-- c -->", HERE) == []


def test_html_text_lists_and_headings_are_read() -> None:
    blocks = html_blocks("<h3>T</h3>loose <b>b</b><ul><li>i</li></ul><pre>a\n b</pre>", HERE)
    assert blocks == [
        Heading(3, runs("T")),
        Paragraph([Run("loose "), Run("b", bold=True)]),
        BulletList([[Paragraph(runs("i"))]]),
        Preformatted("a\n b"),
    ]


@given(st.text(alphabet="<>/abtdrhp \"='!-", max_size=80))
def test_any_html_can_be_read(text: str) -> None:
    assert isinstance(html_blocks(text, HERE), list)


# --- tables --------------------------------------------------------------------------------------


@given(
    st.lists(
        st.lists(st.tuples(st.just(runs("x")), st.integers(1, 4), st.integers(1, 4)), max_size=4),
        max_size=5,
    )
)
def test_a_grid_is_always_rectangular(rows: list[list[tuple[list[Run], int, int]]]) -> None:
    filled = grid(rows)
    assert len(filled) == len(rows)
    assert len({len(row) for row in filled}) <= 1


def test_a_table_wider_than_a_page_is_split_and_repeats_its_first_column() -> None:
    """Each column needs 20 + 2.4 characters and the page has 96: 4 fit, so 1 + 3 in each part."""
    header = [runs(f"{i:020d}") for i in range(7)]
    table = Table(runs("T"), header, [[runs(str(i)) for i in range(7)]], align=["left"] * 7)
    parts = fitting(table, "en")
    assert [plain_text(part.caption) for part in parts] == ["T, part 1 of 2", "T, part 2 of 2"]
    assert [told(part)[1] for part in parts] == [["0", "1", "2", "3"], ["0", "4", "5", "6"]]
    assert 4 * 22.4 <= PAGE < 5 * 22.4


def test_a_table_that_fits_stays_as_it_is() -> None:
    table = Table(runs("T"), [runs("a"), runs("b")], [[runs("1"), runs("2")]])
    assert fitting(table, "en") == [table]


# --- pictures ------------------------------------------------------------------------------------


def test_a_picture_is_taken_from_the_folder_and_never_from_outside(tmp_path: Path) -> None:
    """Neither "..", nor an absolute path, nor a link that leads out."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "secret.png").write_bytes(png())
    (home / "my dot.png").write_bytes(png())
    (home / "link.png").symlink_to(tmp_path / "secret.png")
    pictures = Pictures("en", home)
    assert isinstance(pictures.named("my%20dot.png", "dot"), Figure)
    for name in ("../secret.png", str(tmp_path / "secret.png"), "link.png", "home", "none.png"):
        assert pictures.named(name, "alt") == Paragraph(
            runs("[Picture not included: alt]", italic=True)
        )


@pytest.mark.parametrize("source", ["https://e.org/x.png", "//e.org/x.png", "file:///etc/passwd"])
def test_nothing_is_fetched(source: str, tmp_path: Path) -> None:
    block = Pictures("de", tmp_path).named(source, "")
    assert block == Paragraph(runs(f"[Bild nicht enthalten: {source}]", italic=True))


def test_pictures_that_travel_in_the_cell_or_the_address_are_shown() -> None:
    held = Pictures("en", None, {"a b.png": {"image/png": base64_of(png())}}, "no words")
    shown = held.named("attachment:a%20b.png", "")
    assert isinstance(shown, Figure)
    assert (shown.image, shown.alt) == (png(), "no words")
    assert isinstance(held.named(f"data:image/png;base64,{base64_of(png())}", "x"), Figure)


def test_other_colour_spaces_become_png() -> None:
    import io

    from PIL import Image

    stored = io.BytesIO()
    Image.new("CMYK", (4, 4)).save(stored, "JPEG")
    shown = picture(stored.getvalue(), "alt")
    assert shown is not None
    assert (shown.format, shown.image[:4]) == ("png", b"\x89PNG")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not a picture", png()[:40], FOREIGN_SVG.encode(), b"<svg><unclosed>",
        b'<!DOCTYPE svg [<!ENTITY a "aa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
    ],
)  # fmt: skip
def test_what_cannot_be_decoded_is_no_picture(content: bytes) -> None:
    assert picture(content, "alt") is None


# --- printed text --------------------------------------------------------------------------------


def test_printed_text_is_what_a_terminal_would_leave() -> None:
    assert (
        printed("\x1b[1;31mred\x1b[0m\x1b]8;;http://e.org\x07x\r\n10 %\r100 %\n") == "redx\n100 %"
    )


def test_very_long_output_is_shortened_and_says_by_how_much() -> None:
    text = "\n".join(str(i) for i in range(MOST_LINES + 1234))
    shown = shortened(text, "de").split("\n")
    assert len(shown) == MOST_LINES + 1
    assert shown[-1] == "[1.234 weitere Zeilen ausgelassen]"


# --- parameters ----------------------------------------------------------------------------------


def test_injected_parameters_replace_the_defaults_and_keep_the_meanings() -> None:
    found = parameters(['a: str = "x"  # what it is\nb = 5', 'a = "y"'])
    assert found is not None
    assert told(parameter_table(found, "en")) == [
        ["Parameter", "Value", "Meaning"], ["a", "'y'", "what it is"], ["b", "5", ""],
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["import os", "a = ", "f()", "a[0] = 1", "x <- 3"])
def test_a_cell_that_does_more_than_assign_is_no_parameter_table(source: str) -> None:
    assert parameters([source]) is None
