"""Every odd notebook of the zoo becomes a PDF that is archival, accessible, and says what is there."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from printed import opened, shown_text, tags
from spoken_pdf import headings_of, tables_of
from zoo import ANIMALS, DERIVED, as_file

from conformance import broken_rules
from impactbook.render.exporter import ImpactbookPDFExporter

every_animal = pytest.mark.parametrize("animal", ANIMALS)

SAYS: dict[str, tuple[str, ...]] = {
    "only_raw_cells": ("just text",),
    "markdown_with_everything": (
        "A first note.[1]", "[2] Said with", "H₂O x²", "[Picture: dot]", "x <- 3 # code in a list",
        "Hidden until opened.",
    ),
    "markdown_mathematics": (r"\begin{align}", r"\\", "costs $5 and $6", r"\undefined{\unclosed"),
    "headings_of_odd_kinds": ("code and x^2 and a link", "In HTML", "In a quote", "In a list"),
    "lists_nested_thirty_deep": ("depth 29", "quoted forty times"),
    "nested_without_end": ("inside of three thousand boxes", "quoted sixty", "listed sixty"),
    "frame_with_many_indexes": ("country / sex / age", "DE / w / 30+", "2024 / chats / %"),
    "frame_of_300_rows": ("Person 299",),
    "frame_of_40_columns": ("part 1 of", "feature_39_of_the_model"),
    "frame_that_is_empty": ("Empty DataFrame", "Columns: [a, b]", "Series([]"),
    "frame_of_odd_values": ("#eval(\"1\")", "[U+202E]", "Nguyễn"),
    "tables_of_broken_html": ("only a header", "[Picture: x] with picture", "and after", "part 23 of 23"),
    "svg_with_script_and_links": ("A picture that cannot be drawn",),
    "svg_of_odd_text": ("Text in a picture, 3",),
    "png_broken": ("a plot", "[Picture not included: gone]", "cannot be printed: image/png"),
    "pictures_in_every_way": ("and text", "The title *here*", "[Picture not included: far]"),
    "ansi_colours_and_carriage_returns": ("colour 31", "upcleared", "100%|█", "ac", "│ä │ß │"),
    "output_of_5000_lines": ("line 399", "[4,600 more lines left out]"),
    "errors_with_traceback": ("The cell stopped: ZeroDivisionError: division by zero",
                              "The cell stopped.", "KeyError: #import", "more lines left out"),
    "very_long_words_and_lines": ("w" * 60,),
    "widget_and_html_pages": ("IntSlider(value=3)", "widget-view+json", "unclosed bold both"),
    "only_unknown_mime_types": ("cannot be printed: application/vnd.plotly.v1+json", "VegaLite 5"),
    "latex_and_json_displays": ("\\LaTeX", '"ä[U+202E]"', "Heading in output", "null"),
    "texts_of_typst_markup": ('#import "@preview/cetz:0.3.0"; #eval("1")', "@label", "$x^2$"),
    "texts_of_bidi_overrides": ("safe[U+202E]cod.exe", "[U+2066]inside[U+2069]"),
    "texts_of_controls_and_private_use": ("[U+0007]", "[U+E000]", "[U+F0000]"),
    "texts_of_lone_surrogates": ("half [U+D83D] and [U+DC4D]",),
    "texts_of_emoji_and_asia": ("[U+1F44D]", "[U+65E5]"),
    "names_of_many_scripts": ("Jürgen Größer", "Łukasz Żółć", "Çağla İnönü", "Ольга Щукина", "محمد",
                              "יוסף", "Ελένη", "Nguyễn Thị"),
    "kernel_of_r": ("library(dplyr)", "channel <- 'voice'"),
    "kernel_of_julia": ("∈ ℝ",),
    "metadata_of_wrong_types": ("Odd", "The cell stopped"),
    "metadata_missing": ("a = 1", "text"),
    "format_4_0": ("Old",),
    "format_3": ("Title of old", "Text.", "42", "printed"),
    "cells_with_the_same_id": ("One", "Two"),
}  # fmt: skip
"""What must be read on the pages, and was lost or garbled once in some of them."""

GARBAGE = ("\x1b", "data:image/", ";base64,", "\\ufffd", "Traceback (most recent call last)")


@cache
def exported(animal: str) -> tuple[bytes, tuple[str, ...]]:
    """The PDF of an animal's file, and what was warned about."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made, _ = ImpactbookPDFExporter().from_file(io.StringIO(as_file(ANIMALS[animal]())))
    return made, tuple(str(one.message) for one in caught)


def squeezed(text: str) -> str:
    """Without white space and soft hyphens, which lines and columns add."""
    return "".join(text.replace("\u00ad", "").split())


@every_animal
def test_every_text_is_printed_and_no_garbage(animal: str) -> None:
    """What the notebook holds can be read; no code of a terminal or a picture is printed."""
    text = shown_text(exported(animal)[0])
    for words in SAYS.get(animal, ()):
        assert squeezed(words) in squeezed(text) or _right_to_left(words, text), words
    assert [one for one in GARBAGE if one in text] == []


def _right_to_left(words: str, text: str) -> bool:
    """Arabic and Hebrew are drawn from the right, so letters come in the order of drawing."""
    shapes = {word[::-1] for word in words.split()}
    return any("\u0590" <= letter <= "\u06ff" for letter in words) and any(
        shape in text for shape in shapes
    )


@every_animal
def test_every_animal_can_be_listened_to(animal: str) -> None:
    """Language and title are set, headings leave out no level, pictures are described, tables have
    headers with a scope, and who jumps by bookmarks finds every heading."""
    made, _ = exported(animal)
    with opened(made) as pdf:
        assert str(pdf.Root.Lang) == ("de" if animal == "language_german" else "en")
        assert str(pdf.docinfo["/Title"]).strip()
        found = headings_of(pdf)
        assert _bookmarks(pdf) == len(found)
        levels = [level for level, _ in found]
        assert all(b - a <= 1 for a, b in zip([0, *levels], levels, strict=False))
        for table in tables_of(pdf):
            assert table.header_scopes == {"/Column"}
    assert all(figure["alt"].strip() for figure in tags(made, "Figure"))


def _bookmarks(pdf: pikepdf.Pdf) -> int:
    with pdf.open_outline() as outline:

        def count(items: Any) -> int:
            return sum(1 + count(item.children) for item in items)

        return count(outline.root)


@every_animal
def test_a_picture_that_nobody_described_is_told_of(animal: str) -> None:
    """A warning gives the words that were used instead; where all is described there is none."""
    told = [one for one in exported(animal)[1] if "no alternative text; used: " in one]
    assert bool(told) == (animal in DERIVED)
    assert all(one.split("used: ")[1].strip() for one in told)


@pytest.mark.slow
@every_animal
def test_every_animal_keeps_to_both_standards(animal: str) -> None:
    """PDF/A-3a and PDF/UA-1, as far as a machine can tell."""
    assert broken_rules(exported(animal)[0]) == {}


@pytest.mark.parametrize("animal", ["markdown_with_everything", "format_3", "metadata_missing"])
def test_the_command_line_exports_it_too(animal: str, tmp_path: Path) -> None:
    """`jupyter nbconvert --to impactbook-pdf FILE`; format 3 and broken rules are no obstacle."""
    (tmp_path / "odd.ipynb").write_text(as_file(ANIMALS[animal]()), encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "impactbook-pdf", "odd.ipynb"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "odd.pdf").read_bytes().startswith(b"%PDF")
    assert "Traceback" not in answer.stderr
    assert ("breaks the rules" in answer.stderr) == (animal == "metadata_missing")
