"""Mathematics drawn: what is read, what stays text, and that the PDF carries both look and words."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v4

from impactbook.render.blocks import Document, Paragraph, Run
from impactbook.render.exporter import ImpactbookPDFExporter
from impactbook.render.formulas import drawn
from impactbook.render.typst import to_pdf


def test_a_letter_is_an_outline_of_its_size() -> None:
    """An x is less than half an em high and stands on the line; a fraction is higher and hangs below."""
    letter, fraction = drawn("x"), drawn(r"\frac{a}{b}")
    assert letter is not None
    assert fraction is not None
    assert drawn(r"\displaystyle x") == letter
    assert 0.3 < letter.height < 0.6
    assert letter.depth < 0.05
    assert fraction.height > 2 * letter.height
    assert fraction.depth > 0.3
    assert re.fullmatch(
        rb'<svg [^>]+><path transform="[^"]+" d="(?:[MLQC]?-?[0-9.]+ -?[0-9.]+ |Z ?)+"/></svg>',
        fraction.svg,
    )


@pytest.mark.parametrize(
    "tex",
    ["", "  ", r"\own{x}", r"\begin{align}a&=b\end{align}", "{" * 3, "a$b", "x" * 401,
     "+".join("abcdefgh" * 12), "a\nb", "{" * 190 + "}" * 190],
)  # fmt: skip
def test_what_cannot_be_read_stays_text(tex: str) -> None:
    """Unknown commands, environments, open braces, a dollar sign, lines too long to print."""
    assert drawn(tex) is None


@given(st.text(alphabet="ab12\\{}^_&%#~<>\"' frac", max_size=30))
def test_no_text_breaks_the_drawing_or_leaves_its_attribute(tex: str) -> None:
    """Whatever is typed: nothing, or a drawing of numbers and path commands alone."""
    made = drawn(tex)
    assert made is None or not set(made.svg.split(b' d="')[1]) - set(
        b'MLQCZ0123456789.- "/></svgpath'
    )


def test_the_pdf_has_the_formula_as_a_picture_with_its_words() -> None:
    """A paragraph with a fraction and a command nobody knows: one figure, one text."""
    runs = [Run("Share "), Run(r"\hat{p}=\frac{x}{n}", code=True, math=True), Run(" and "),
            Run(r"\own{x}", code=True, math=True)]  # fmt: skip
    made = to_pdf(Document(title="T", language="en", blocks=[Paragraph(runs)]))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        told = [str(item.Alt) for item in pdf.objects if _is_figure(item)]
    assert told == [r"Formula: \hat{p}=\frac{x}{n}"]


def test_a_title_keeps_its_formula_as_text() -> None:
    """Bookmarks hold text only."""
    pdf, _ = ImpactbookPDFExporter().from_notebook_node(
        v4.new_notebook(cells=[v4.new_markdown_cell("# About $x^2$\n\nSee $x^2$.")])
    )
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_outline() as outline:
        assert [item.title for item in outline.root] == ["About x^2"]
        assert sum(_is_figure(item) for item in opened.objects) == 1


def _is_figure(item: object) -> bool:
    return isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure" and "/Alt" in item
