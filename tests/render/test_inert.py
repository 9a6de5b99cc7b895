"""What deceives or cannot be shown becomes visible; everything else stays as it was written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactbook.render.inert import Unshown, covered, inert, undeceiving

DECEIVING = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF]


@pytest.mark.parametrize("code", DECEIVING)
def test_characters_that_turn_the_reading_direction_are_shown_in_print_and_on_screen(code):
    """ "pay" and "load" look as they are stored, with the hidden character spelt out."""
    hidden = f"pay{chr(code)}load"
    assert inert(hidden) == f"pay[U+{code:04X}]load"
    assert undeceiving(hidden) == f"pay[U+{code:04X}]load"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("\U0001f600", "[U+1F600]"),
        ("日本", "[U+65E5][U+672C]"),
        ("\x00\x07", "[U+0000][U+0007]"),
        ("\ue000", "[U+E000]"),
        ("\ud800", "[U+D800]"),
        ("x\u20dd", "x[U+20DD]"),
        ("zero\u200djoiner", "zero[U+200D]joiner"),
        ("a\tb", "a    b"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("u\u0308ber", "über"),
        ("Grüße, Çağrı, Łódź, Ελλάδα, Привет, שלום", "Grüße, Çağrı, Łódź, Ελλάδα, Привет, שלום"),
        ("„so“ – ‚so‘ … ≤ ≥ ✓ →", "„so“ – ‚so‘ … ≤ ≥ ✓ →"),
    ],
)
def test_print_shows_a_glyph_or_a_code_point(written, printed):
    """Scripts that the PDF's fonts have stay; the rest is named; Windows line ends become plain."""
    assert inert(written) == printed


def test_a_screen_keeps_what_has_a_look():
    """Browsers have fonts of their own, so emoji and Japanese stay, unlike control characters."""
    assert undeceiving("\U0001f600 日本 \x07") == "\U0001f600 日本 [U+0007]"


@given(st.text())
def test_making_text_inert_twice_changes_nothing_more(text):
    """The replacements are printable themselves, so a text may pass through again."""
    assert inert(inert(text)) == inert(text)


@given(st.text())
def test_nothing_invisible_or_uncovered_is_left(text):
    """Every character of the result has a glyph, or is a space, a line end or a soft hyphen."""
    for character in inert(text):
        hebrew = 0x05B0 <= ord(character) <= 0x05EA
        spacing = unicodedata.category(character) == "Zs" or character in "\n\u00ad\u200b"
        assert ord(character) in covered() or hebrew or spacing


def test_what_the_engine_cannot_show_is_named_by_its_marks_before_its_letters():
    """A letter that is fine alone loses only the marks it carries; a text named goes as a whole."""
    learnt = Unshown(letters=frozenset("x"), texts=frozenset({"ab", "a"}))
    assert learnt.replaced("x x\u0301 y\u0301 ab a") == (
        "x x[U+0301] y\u0301 [U+0061][U+0062] [U+0061]"
    )
    assert Unshown().replaced("x\u0301") == "x\u0301"
