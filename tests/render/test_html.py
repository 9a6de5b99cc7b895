"""HTML: one file that loads and runs nothing, says what the PDF says, and can be read by anyone."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from render_samples import HOSTILE, every_block, zoo

from impactbook.language import LANGUAGES, Language
from impactbook.render.blocks import (
    Callout,
    Document,
    Figure,
    Heading,
    KeyValues,
    Paragraph,
    Run,
    Table,
    runs,
)
from impactbook.render.html import fragment, to_html
from impactbook.render.inert import undeceiving

COLOUR = re.compile(r"--(\w+): (#[0-9a-f]{6})")


def page(document: Document | None = None) -> BeautifulSoup:
    return BeautifulSoup(to_html(document or zoo()), "html.parser")


def plain(text: str) -> Document:
    return Document("Titel", "de", [Paragraph(runs(text))])


def test_nothing_is_loaded_from_anywhere() -> None:
    """Every source is data in the page itself; addresses stand in links that a person follows."""
    soup = page()
    sources = [tag.get("src", "") for tag in soup.find_all(src=True)]
    assert sources
    assert all(source.startswith("data:image/") for source in sources)
    assert not soup.find_all(["script", "link", "iframe", "object", "embed", "base"])
    style = soup.style.string if soup.style else ""
    assert "url(" not in style
    assert "@import" not in style
    assert [a["href"] for a in soup.main.find_all("a")] == ["https://example.org/a?b=1&c=2"]


def test_the_policy_allows_this_style_and_pictures_in_the_page_alone() -> None:
    soup = page()
    meta = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    digest = hashlib.sha256(soup.style.string.encode()).digest()
    assert "default-src 'none'" in meta["content"]
    assert f"'sha256-{base64.b64encode(digest).decode()}'" in meta["content"]
    assert "unsafe" not in meta["content"]
    assert not soup.find_all(style=True), "the policy would refuse a style at an element"


@pytest.mark.parametrize(
    "place",
    [
        lambda t: Document(t, "de", [Paragraph(runs("x"))], subtitle=t, authors=[t]),
        lambda t: Document("x", "de", [Heading(1, runs(t), t), Paragraph(runs(t), lang=t)]),
        lambda t: Document("x", "de", [Table(runs(t), [runs(t)], [[runs(t)]], note=runs(t))]),
        lambda t: Document("x", "de", [Figure(b"<svg/>", "svg", t, runs(t))]),
        lambda t: Document("x", "de", [Callout("info", runs(t)), KeyValues([(runs(t), runs(t))])]),
        lambda t: Document("x", "de", [Paragraph([Run("x", link=f"https://e.org/{t}", lang=t)])]),
    ],
)
def test_what_people_typed_is_never_markup(place) -> None:  # type: ignore[no-untyped-def]
    """Hostile text in every place leaves no element and no attribute of its own."""
    soup = page(place(HOSTILE + "\" onload='x'"))
    assert not soup.find_all(["script"])
    assert all(tag["src"].startswith("data:") for tag in soup.find_all("img"))
    attributes = {name for tag in soup.find_all(True) for name in tag.attrs}
    assert not {name for name in attributes if name.startswith("on")}


@given(st.text())
def test_any_text_comes_out_as_the_same_text(text: str) -> None:
    """Parsed back, a paragraph holds what may be shown of it, character by character."""
    found = page(plain(text)).main.p.get_text()
    assert "".join(found.split()) == "".join(undeceiving(text).split())


def test_text_that_deceives_becomes_visible() -> None:
    said = page(plain(HOSTILE)).main.get_text()
    assert "pay[U+202E]load" in said
    assert "[U+2066]x[U+2069]" in said
    assert "[U+0000]" in said
    assert "\U0001f600 日本" in said, "characters that only the PDF cannot show stay as they are"


def test_addresses_that_run_something_are_text_only() -> None:
    links = {a.get_text() for a in page().main.find_all("a")}
    assert links == {"Quelle"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_has_landmarks_title_language_and_a_way_past_the_contents(
    language: Language,
) -> None:
    soup = page(zoo(language))
    assert soup.html["lang"] == language
    assert soup.title.get_text().startswith("Folgenabschätzung")
    assert [len(soup.find_all(name)) for name in ("header", "nav", "main", "footer")] == [1] * 4
    first = soup.body.find("a")
    assert first["href"] == "#content"
    assert soup.find(id="content").name == "main"


def test_headings_start_at_one_and_leave_no_level_out() -> None:
    """The zoo asks for 1, 2, 4, 1; below the title that is h2, h3, h4, h2."""
    soup = page()
    assert [tag.name for tag in soup.main.find_all(re.compile("^h[1-6]$"))] == [
        "h2", "h3", "h4", "h2",
    ]  # fmt: skip
    assert len(soup.find_all("h1")) == 1


def test_every_entry_of_the_contents_leads_to_a_heading() -> None:
    soup = page()
    entries = [a["href"] for a in soup.nav.find_all("a")]
    assert entries == ["#summary", "#data", "#people"]
    assert all(soup.find(id=entry[1:]).name in ("h2", "h3") for entry in entries)


def test_ids_are_never_given_twice() -> None:
    blocks = [Heading(1, runs("a"), "same"), Heading(1, runs("b"), "same"), Heading(1, runs("c"))]
    soup = page(Document("x", "de", blocks))
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids)) == 4


def test_tables_have_captions_and_headers_for_rows_and_columns() -> None:
    soup = page(Document("x", "de", [every_block()[9]]))
    table = soup.main.table
    assert table.caption.get_text() == "Vertretung"
    assert [th["scope"] for th in table.thead.find_all("th")] == ["col"] * 3
    assert [th.get_text() for th in table.thead.find_all("th")] == ["Gruppe", "Anzahl", "Spalte 3"]
    assert [th["scope"] for th in table.tbody.find_all("th")] == ["row"] * 2
    assert all(len(row.find_all(["td", "th"])) == 3 for row in table.find_all("tr"))
    assert soup.find(class_="note").get_text() == "Stand 2023."


def test_pictures_have_a_description_and_their_numbers_at_hand() -> None:
    figure = page().main.figure
    assert "Frauen: 32 je 100 erwartete" in figure.img["alt"]
    assert figure.details.summary.get_text() == "Zahlen zur Abbildung"
    assert figure.details.table is not None


def test_a_picture_without_a_description_gets_its_caption() -> None:
    soup = page(Document("x", "en", [Figure(b"<svg/>", "svg", " ", runs("Calls"))]))
    assert soup.img["alt"] == "Picture on: Calls"


def test_passages_in_another_language_are_tagged() -> None:
    soup = page()
    assert soup.find("blockquote")["lang"] == "en"
    assert soup.find("p", lang="en").get_text() == "Read this."


def test_boxes_say_in_words_what_they_mean() -> None:
    kinds = [tag.get_text() for tag in page().main.find_all(class_="kind")]
    assert kinds == ["In Ordnung:", "Achtung:", "Befund:", "Offen:", "Hinweis:"]


def test_a_draft_says_so_and_a_sealed_record_does_not() -> None:
    assert "Entwurf: nicht versiegelt" in page(zoo(draft=True)).get_text()
    assert "Entwurf" not in page(zoo(draft=False)).get_text()


def test_the_attachments_of_the_pdf_are_named() -> None:
    assert "record.json: Die Akte als Daten" in page().footer.get_text()
    assert page(replace(zoo(), attachments=[])).footer is None


def test_a_notebook_without_a_cover_keeps_its_own_title() -> None:
    soup = page(Document("name", "en", [Heading(2, runs("Mine")), Heading(3, runs("Next"))]))
    assert [tag.name for tag in soup.find_all(re.compile("^h[1-6]$"))] == ["h1", "h2"]
    assert soup.header is None


def test_a_fragment_is_the_same_blocks_without_a_page_around() -> None:
    """No ids (several fragments stand in one notebook), no document, its own style."""
    soup = BeautifulSoup(fragment(every_block(), "de"), "html.parser")
    assert soup.html is None
    assert not soup.find_all(id=True)
    assert soup.find(class_="impactbook")["lang"] == "de"
    words = soup.find(class_="impactbook").get_text(" ", strip=True)
    assert words == page().main.get_text(" ", strip=True)


def test_the_same_document_gives_the_same_page() -> None:
    assert to_html(zoo()) == to_html(zoo())


def test_every_colour_of_text_has_enough_contrast_on_every_ground() -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1 for text, on the ground and on the wash of boxes."""
    light, dark = to_html(zoo()).split("[data-jp-theme-light", maxsplit=1)
    # JupyterLab's dark theme shows outputs on #111111, VS Code's on #1f1f1f.
    for page_of, grounds in ((light, ["#ffffff"]), (dark, ["#111111", "#1f1f1f"])):
        colours = dict(COLOUR.findall(page_of))
        for name in ("ink", "quiet", "accent", "ok", "attention", "fail"):
            for ground in (*grounds, colours["wash"]):
                assert contrast(colours[name], ground) >= 4.5, name


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """WCAG's relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
