"""What the samples' pages look like, against stored pictures: one grey sheet of all pages each.

The pictures are small: they show shifted tables, lost figures and broken pages, not letters. After
a change that is meant, `pytest tests/test_pages.py --golden-update` draws them anew; look at them.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sample_documents import LANGUAGES, sample_pdf

SHEETS = Path(__file__).parent / "golden" / "pages"
DPI, ACROSS, GREYS = 28, 10, 8
PAGE = (232, 328)
"""A4 at 28 dots an inch, rounded up: 8.27 and 11.69 inches."""

MOST_DIFFERENT = 0.004
"""The share of a page's dots that may differ by more than a step of grey: edges of letters."""


def pages(pdf: bytes, folder: Path) -> list[Image.Image]:
    """Every page in grey, of one size."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not installed (Debian: poppler-utils)")
    (folder / "record.pdf").write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", str(DPI), "-gray", "-png", "record.pdf", "page"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    found = []
    for path in sorted(folder.glob("page-*.png")):
        page = Image.new("L", PAGE, 255)
        page.paste(Image.open(path).convert("L"))
        found.append(page.point(_stepped))
    return found


def _stepped(grey: int) -> int:
    return round(grey / 255 * (GREYS - 1)) * 255 // (GREYS - 1)


def sheet(found: list[Image.Image]) -> Image.Image:
    """All pages side by side, ten in a row."""
    rows = -(-len(found) // ACROSS)
    made = Image.new("L", (PAGE[0] * ACROSS, PAGE[1] * rows), 255)
    for number, page in enumerate(found):
        made.paste(page, _corner(number))
    return made


def _corner(number: int) -> tuple[int, int]:
    return number % ACROSS * PAGE[0], number // ACROSS * PAGE[1]


def different(stored: Image.Image, found: list[Image.Image]) -> dict[int, float]:
    """The pages (from 1) that look different, with the share of dots that do."""
    shares = {}
    for number, page in enumerate(found):
        x, y = _corner(number)
        before = stored.crop((x, y, x + PAGE[0], y + PAGE[1]))
        step = 1.5 * 255 / (GREYS - 1)
        apart = np.abs(np.asarray(before, dtype=int) - np.asarray(page, dtype=int)) > step
        if apart.mean() > MOST_DIFFERENT:
            shares[number + 1] = float(apart.mean())
    return shares


@pytest.mark.parametrize("sample", LANGUAGES)
def test_the_pages_look_as_they_did(
    sample: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """A page that moved is named; a picture of old and new side by side lies in the test's folder."""
    found = pages(sample_pdf(sample), tmp_path)
    path = SHEETS / f"{sample}.png"
    if pytestconfig.getoption("--golden-update"):
        SHEETS.mkdir(exist_ok=True)
        sheet(found).quantize(GREYS).save(path, optimize=True)
    stored = Image.open(path).convert("L")
    assert stored.size == sheet(found).size, f"{sample} has another number of pages: {len(found)}"
    apart = different(stored, found)
    for number in apart:
        x, y = _corner(number - 1)
        both = Image.new("L", (2 * PAGE[0], PAGE[1]), 255)
        both.paste(stored.crop((x, y, x + PAGE[0], y + PAGE[1])))
        both.paste(found[number - 1], (PAGE[0], 0))
        both.save(tmp_path / f"different-{number}.png")
    assert not apart, f"{sample}: pages {sorted(apart)} look different; see {tmp_path}"


def test_a_moved_line_is_noticed_and_an_edge_is_not() -> None:
    """Two rows of 40 dots on a page of 76,096 are 0.1 %; a black bar of 232 x 4 is 1.2 %."""
    white = Image.new("L", PAGE, 255)
    edge, bar = white.copy(), white.copy()
    edge.paste(0, (10, 10, 50, 12))
    bar.paste(0, (0, 100, 232, 104))
    assert different(sheet([white, white]), [white, edge]) == {}
    assert different(sheet([white, white]), [white, bar]) == {2: 928 / 76_096}


def test_the_pictures_stay_small() -> None:
    """The repository must not grow for them: under 1.5 MB together."""
    assert sum(path.stat().st_size for path in SHEETS.glob("*.png")) < 1_500_000
