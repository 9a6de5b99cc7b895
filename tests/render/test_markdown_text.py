"""Blocks as Markdown and as terminal text: the same words, and nothing that anybody wrote is markup."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from impactbook.render.blocks import (
    BulletList,
    Callout,
    Heading,
    KeyValues,
    PageBreak,
    Paragraph,
    Quote,
    Run,
    Table,
)
from impactbook.render.inert import undeceiving
from impactbook.render.markdown import to_markdown
from impactbook.render.terminal import to_terminal

GITHUB = MarkdownIt("gfm-like", {"linkify": False}).enable("table")
HOSTILE = (
    "*stark* _x_ `c` [l](http://e.example) <b>fett</b> | ~~weg~~ &amp; $a$",
    "# Titel",
    "- Punkt",
    "1. eins",
    "> Zitat",
    "![bild](x.png)",
    "<script>alert(1)</script>",
    "a\n\n# b\n| c |\n| - |",
    "\\*x\\*",
    "--- ",
    "=== ",
    "www.e.example https://e.example mailto:a@e.example",
)
WORDS = st.text(
    st.one_of(st.sampled_from("*_`[]()<>|~&#+-.!1: \\\n$^={}/@"), st.characters(codec="utf-8")),
    min_size=1,
    max_size=40,
)


def read_back(markdown: str) -> str:
    """What a reader of the rendered Markdown sees, without the tags of our own blocks."""
    text = html.unescape(
        re.sub(r"</?(p|h1|li|ul|td|table|tbody|tr)>", " ", GITHUB.render(markdown))
    )
    return " ".join(text.split())


def shown(text: str) -> str:
    """How a text is meant to be shown: on one line, deceiving characters as code points."""
    return " ".join(undeceiving(text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_stands(text: str) -> None:
    assert read_back(to_markdown([Paragraph([Run(text)])])) == shown(text)
    assert read_back(to_markdown([BulletList([[Paragraph([Run(text)])]])])) == shown(text)


@given(WORDS)
def test_any_text_comes_back_as_text(text: str) -> None:
    """Whatever stands in it, Markdown shows the characters and makes nothing of them."""
    markdown = to_markdown([Heading(1, [Run("h")]), Paragraph([Run(text)])])
    assert read_back(markdown).replace("\u2060", "") == shown(f"h {text}").replace("\u2060", "")


@given(WORDS, WORDS)
def test_any_text_stays_in_its_cell(first: str, second: str) -> None:
    """Two columns stay two, whatever the cells hold."""
    table = Table([], [[Run("a")], [Run("b")]], [[[Run(first)], [Run(second)]]])
    cells = re.findall(r"<td>(.*?)</td>", GITHUB.render(to_markdown([table])), re.DOTALL)
    told = [" ".join(html.unescape(cell).replace("\u2060", "").split()) for cell in cells]
    assert told == [shown(text).replace("\u2060", "").strip() for text in (first, second)]


def test_no_account_is_mentioned_and_no_address_becomes_a_link() -> None:
    markdown = to_markdown([Paragraph([Run("@team seht https://e.example und www.e.example")])])
    assert "@team" not in markdown
    assert "https://" not in markdown
    assert "www.e" not in markdown


def test_markdown_of_each_kind_of_block() -> None:
    blocks = [
        Heading(2, [Run("Zahlen")]),
        KeyValues([([Run("Freigabe")], [Run("gesperrt", bold=True)])]),
        BulletList([[Paragraph([Run("eins")])], [Paragraph([Run("zwei")])]], ordered=True),
        Table([Run("T")], [[Run("a")], [Run("b")]], [[[Run("1")], [Run("2")]]],
              align=["left", "right"], note=[Run("n")]),
        Callout("open", [Run("Offen")], [Paragraph([Run("x")])]),
        Quote([Paragraph([Run("Nein.")])], [Run("Anrufende")]),
        PageBreak(),
        Paragraph([Run("run", code=True), Run(" a`b", code=True)]),
    ]  # fmt: skip
    assert to_markdown(blocks) == (
        "## Zahlen\n\n- Freigabe: **gesperrt**\n\n1. eins\n2. zwei\n\n"
        "T:\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n\nn\n\n"
        "> **Offen**\n>\n> x\n\n> Nein.\n>\n> — Anrufende\n\n`run` `` a`b ``\n"
    )


def test_terminal_text_of_each_kind_of_block() -> None:
    blocks = [
        Heading(1, [Run("Seit 1.0.0")]),
        KeyValues([([Run("Freigabe")], [Run("gesperrt")])]),
        BulletList([[Paragraph([Run("eins zwei drei vier fünf")])]]),
        Table([Run("T")], [[Run("a")], [Run("b")]], [[[Run("1")], [Run("2")]]]),
        Quote([Paragraph([Run("Nein.")])], [Run("Anrufende")]),
        PageBreak(),
    ]
    text = to_terminal(blocks, width=20)
    assert text.startswith("Seit 1.0.0\n==========\n\nFreigabe: gesperrt\n\n- eins zwei drei")
    assert "\n  vier fünf\n" in text
    assert max(len(line) for line in text.splitlines()) <= 20
    assert text.endswith("    Nein.\n    — Anrufende\n")


@pytest.mark.parametrize("text", ["\x1b[31mrot", "a\u202eb", "[bold]x[/bold]", "\x07 \x00", "a\rb"])
def test_no_text_steers_the_terminal(text: str) -> None:
    """Escape sequences, overrides and the drawing library's own markup are shown, not obeyed."""
    cell = [Run(text)]
    said = to_terminal([Paragraph(cell), Table([], [cell], [[cell]])], width=80)
    assert said.count(shown(text)) == 3
    assert not set(said) & set("\x1b\x07\x00\u202e\r")
