"""The samples' records read aloud: the PDF's tags say all that the document holds, once, in order.

Whoever listens gets the same as whoever looks: every heading, paragraph, cell, list item and
picture of the document model is found in the tag tree as the right kind of element.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from conformance import broken_rules
from impactbook.language import Language, say
from impactbook.render.blocks import (
    Block,
    BulletList,
    Callout,
    Code,
    Figure,
    Heading,
    KeyValues,
    PageBreak,
    Paragraph,
    Preformatted,
    Quote,
    Runs,
    Table,
    plain_text,
)
from impactbook.render.inert import inert
from impactbook.render.outline import Levels, complete
from sample_documents import LANGUAGES, sample_document, sample_pdf

sys.path.insert(0, str(Path(__file__).parent / "render"))

from printed import opened
from spoken_pdf import Tag, headings_of, spoken, tables_of, utterances

every_sample = pytest.mark.parametrize("sample", LANGUAGES)
Said = tuple[str, str]


@cache
def tree(sample: str) -> Tag:
    with opened(sample_pdf(sample)) as pdf:
        return spoken(pdf)


def squeezed(text: str) -> str:
    """Without white space and the hyphens that lines add."""
    return re.sub(r"[\s\u00ad\u2060\u200b]", "", text)


def expected(blocks: Iterable[Block], language: Language, levels: Levels) -> Iterator[Said]:
    """What the tags must say, from the document model alone."""
    for block in blocks:
        yield from _expected(block, language, levels)


def _expected(block: Block, language: Language, levels: Levels) -> Iterator[Said]:
    match block:
        case Heading():
            yield f"H{levels.next(block.level)}", plain_text(block.runs)
        case Paragraph():
            yield "P", plain_text(block.runs)
        case BulletList():
            for number, item in enumerate(block.items, 1):
                yield "Lbl", f"{number}." if block.ordered else "•"
                yield from expected(item, language, levels)
        case Table():
            yield from _table(block, language)
        case Figure():
            yield from [("Caption", plain_text(block.caption))] if block.caption else []
            yield "Figure", block.alt
            yield from _table(block.table, language) if block.table else []
        case Callout():
            kind = say("document", f"kind-{block.kind}", language)
            title = plain_text(block.title)
            yield "P", f"{kind}: {title}" if title else kind
            yield from expected(block.blocks, language, levels)
        case KeyValues():
            for name, value in block.pairs:
                yield "Lbl", plain_text(name)
                yield "LBody", plain_text(value)
        case Quote():
            yield from expected(block.blocks, language, levels)
            if block.attribution:
                yield "P", f"— {plain_text(block.attribution)}"
        case Code() | Preformatted():
            yield "Code", block.text
        case PageBreak():
            return


def _table(table: Table, language: Language) -> Iterator[Said]:
    header, rows = complete(table, language)
    if table.caption:
        yield "Caption", plain_text(table.caption)
    yield from (("TH", plain_text(cell)) for cell in header)
    for row in rows:
        yield from _row(row, table.row_headers)
    if table.note:
        yield "P", plain_text(table.note)


def _row(row: Sequence[Runs], headed: bool) -> Iterator[Said]:
    for column, cell in enumerate(row):
        yield "TH" if headed and column == 0 else "TD", plain_text(cell)


@every_sample
def test_every_block_is_spoken_once_and_in_order(sample: str) -> None:
    """After cover and contents the two lists are equal: kinds and words, from first to last."""
    document = sample_document(sample)
    found = [(kind, squeezed(text)) for kind, text in utterances(tree(sample))]
    wanted = [
        (kind, squeezed(inert(text)))
        for kind, text in expected(document.blocks, document.language, Levels(6))
    ]
    start = found.index(wanted[0])
    assert len(wanted) > 500
    for number, (said, meant) in enumerate(zip(found[start:], wanted, strict=False)):
        assert said == meant, f"piece {number} of {len(wanted)}"
    assert len(found) - start == len(wanted)


@every_sample
def test_before_it_stand_cover_and_contents_alone(sample: str) -> None:
    """Title, gate, decision, version and date; then the heading of the contents."""
    document = sample_document(sample)
    assert document.cover is not None
    found = [(kind, squeezed(text)) for kind, text in utterances(tree(sample))]
    first = next(block for block in document.blocks if isinstance(block, Heading))
    before = found[: found.index(("H1", squeezed(plain_text(first.runs))))]
    assert ("Title", squeezed(document.title)) in before
    for text in (document.cover.gate, document.cover.decision, document.cover.date):
        assert squeezed(text) in [said for _, said in before]
    assert before[-1] == ("H1", squeezed(say("document", "contents", document.language)))
    assert {kind for kind, _ in before} <= {"P", "Title", "Lbl", "LBody", "H1"}


@every_sample
def test_headings_leave_out_no_level_and_are_all_listed(sample: str) -> None:
    """From H1 down, one step at a time; chapters and sections stand in the contents."""
    with opened(sample_pdf(sample)) as pdf:
        found = headings_of(pdf)
    levels = [level for level, _ in found]
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    listed = squeezed("".join(entry.text for entry in tree(sample).all("TOCI")))
    assert all(squeezed(text) in listed for level, text in found[1:] if level == 1)


@every_sample
def test_every_table_has_headers_that_its_cells_name(sample: str) -> None:
    """Column headers with a scope; where the document says so, each row begins with a header."""
    with opened(sample_pdf(sample)) as pdf:
        tables = tables_of(pdf)
    assert len(tables) > 5
    for table in tables:
        assert table.header_scopes == {"/Column"}
        cells = list(table.tag.all("TD"))
        assert all(cell.headers for cell in cells)
        assert table.row_heads in (0, len(table.rows) - 1)


@every_sample
def test_every_picture_and_link_says_something(sample: str) -> None:
    """Descriptions are sentences that can be listened to; no link is without words."""
    figures, links = list(tree(sample).all("Figure")), list(tree(sample).all("Link"))
    assert links
    assert [one.alt for one in figures if not 20 < len(one.alt) < 2000] == []
    assert [one for one in figures if not one.alt.rstrip().endswith((".", "!", "?"))] == []
    assert all(link.text.strip() for link in links)


@every_sample
def test_no_loose_text_stands_between_paragraphs(sample: str) -> None:
    """Whatever is said is said by an element with a meaning: a reader can jump to each of them."""
    kinds = {kind for kind, _ in utterances(tree(sample))}
    assert kinds <= {
        "P", "Title", "H1", "H2", "H3", "H4", "H5", "H6", "Lbl", "LBody", "Caption", "TH", "TD",
        "Figure", "Code",
    }  # fmt: skip


@pytest.mark.slow
@every_sample
def test_a_samples_record_keeps_to_both_standards(sample: str) -> None:
    """PDF/A-3a and PDF/UA-1, as far as a machine can tell."""
    assert broken_rules(sample_pdf(sample)) == {}
