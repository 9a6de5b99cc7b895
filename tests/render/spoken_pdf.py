"""A tagged PDF as a screen reader gets it: its structure tree in order, with the text of each tag.

Text is joined from the marked content that each tag names; what no tag names (page headers, rules)
is not spoken. `script` writes the tree down as lines, to be read from start to end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from printed import _Font

HEADINGS = ("H1", "H2", "H3", "H4", "H5", "H6")
INLINE = ("Span", "Strong", "Em", "Code", "Link", "Reference", "Lbl")


@dataclass(frozen=True)
class Tag:
    """One element: its kind, what it says besides its text, and what it holds in order."""

    kind: str
    kids: tuple[Tag | str, ...] = ()
    alt: str = ""
    lang: str = ""
    title: str = ""
    scope: str = ""
    numbering: str = ""
    headers: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All text inside, in order."""
        return "".join(kid if isinstance(kid, str) else kid.text for kid in self.kids)

    def all(self, *kinds: str) -> Iterator[Tag]:
        """Every element of these kinds inside, in reading order."""
        for kid in self.kids:
            if isinstance(kid, Tag):
                if kid.kind in kinds:
                    yield kid
                yield from kid.all(*kinds)


@dataclass(frozen=True)
class SpokenTable:
    """A table: its rows of cells as text, and the scopes of its header cells."""

    rows: list[list[str]]
    header_scopes: set[str]
    row_heads: int
    tag: Tag = field(repr=False)


def spoken(pdf: pikepdf.Pdf) -> Tag:
    """The structure tree as nested tags."""
    texts = {page.obj.objgen: _marked(page) for page in pdf.pages}
    return _tag(pdf.Root.StructTreeRoot, None, texts)


def headings_of(pdf: pikepdf.Pdf) -> list[tuple[int, str]]:
    """Level and text of every heading in reading order."""
    return [(int(one.kind[1]), one.text) for one in spoken(pdf).all(*HEADINGS)]


def tables_of(pdf: pikepdf.Pdf) -> list[SpokenTable]:
    """Every table, with column headers apart from row headers."""
    found = []
    for table in spoken(pdf).all("Table"):
        rows = list(table.all("TR"))
        heads = [cell for cell in table.all("TH") if cell.scope != "/Row"]
        sides = [cell for cell in table.all("TH") if cell.scope == "/Row"]
        texts = [[cell.text for cell in row.all("TH", "TD")] for row in rows]
        found.append(SpokenTable(texts, {cell.scope for cell in heads}, len(sides), table))
    return found


def script(tag: Tag, depth: int = 0) -> Iterator[str]:
    """The tree as a screen reader would announce it: one line for each block, indented."""
    if tag.kind in INLINE or all(_flowing(kid) for kid in tag.kids):
        words = _words(tag)
        if words or tag.alt:
            yield f"{'  ' * depth}{_announced(tag)} {words}".rstrip()
        return
    yield f"{'  ' * depth}{_announced(tag)}"
    flowing: list[Tag | str] = []
    for kid in (*tag.kids, None):
        if kid is not None and _flowing(kid):
            flowing.append(kid)
            continue
        if flowing:
            words = "".join(one if isinstance(one, str) else _words(one) for one in flowing)
            yield f"{'  ' * (depth + 1)}: {words}"
            flowing = []
        if isinstance(kid, Tag):
            yield from script(kid, depth + 1)


def _flowing(kid: Tag | str) -> bool:
    return isinstance(kid, str) or (kid.kind in INLINE and all(_flowing(one) for one in kid.kids))


def _words(tag: Tag) -> str:
    words = "".join(kid if isinstance(kid, str) else _words(kid) for kid in tag.kids)
    return f"[link: {words}]" if tag.kind == "Link" else words


def _announced(tag: Tag) -> str:
    more = [f"alt={tag.alt!r}"] if tag.alt else []
    more += [f"lang={tag.lang}"] if tag.lang else []
    more += [f"scope={tag.scope[1:]}"] if tag.scope else []
    more += [f"headers={len(tag.headers)}"] if tag.headers else []
    more += [f"list={tag.numbering[1:]}"] if tag.numbering else []
    return f"{tag.kind}({', '.join(more)})" if more else tag.kind


def _tag(element: Any, page: Any, texts: dict[Any, dict[int, str]]) -> Tag:
    page = element.get("/Pg", page)
    given = element.get("/K")
    listed = [] if given is None else list(given) if isinstance(given, pikepdf.Array) else [given]
    kids: list[Tag | str] = []
    for kid in listed:
        if isinstance(kid, pikepdf.Dictionary):
            if "/S" in kid:
                kids.append(_tag(kid, page, texts))
            elif kid.get("/Type") == "/MCR":
                kids.append(texts[kid.get("/Pg", page).objgen].get(int(kid.MCID), ""))
        else:
            kids.append(texts[page.objgen].get(int(kid), ""))
    if "/ActualText" in element:
        kids = [str(element.ActualText)]
    attributes = _attributes(element)
    return Tag(
        kind=str(element.get("/S", "/Root"))[1:],
        kids=tuple(kids),
        alt=str(element.get("/Alt", "")),
        lang=str(element.get("/Lang", "")),
        title=str(element.get("/T", "")),
        scope=str(attributes.get("/Scope", "")),
        numbering=str(attributes.get("/ListNumbering", "")),
        headers=tuple(str(one) for one in attributes.get("/Headers", [])),
    )


def _attributes(element: Any) -> dict[str, Any]:
    given = element.get("/A", pikepdf.Array())
    every = list(given) if isinstance(given, pikepdf.Array) else [given]
    return {key: value for one in every for key, value in one.items()}


def _marked(page: Any) -> dict[int, str]:
    """The text of each piece of marked content on a page, by its number."""
    fonts = {name: _Font(font) for name, font in page.Resources.get("/Font", {}).items()}
    properties = page.Resources.get("/Properties", {})
    texts: dict[int, str] = {}
    inside: list[tuple[int | None, bool]] = []
    font = None
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "BDC" | "BMC":
                told = operands[1] if len(operands) > 1 else pikepdf.Dictionary()
                told = properties[str(told)] if isinstance(told, pikepdf.Name) else told
                number = int(told.MCID) if "/MCID" in told else None
                silent = str(operands[0]) == "/Artifact" or (bool(inside) and inside[-1][1])
                outer = inside[-1][0] if inside else None
                inside.append((outer if number is None else number, silent))
                if "/ActualText" in told and inside[-1][0] is not None:
                    texts[inside[-1][0]] = texts.get(inside[-1][0], "") + str(told.ActualText)
                    inside[-1] = (None, True)
            case "EMC":
                inside.pop()
            case "Tf":
                font = fonts[str(operands[0])]
            case "Tj" | "TJ" if font is not None and inside:
                number, silent = inside[-1]
                if number is not None and not silent:
                    items = operands[0] if str(operator) == "TJ" else [operands[0]]
                    texts[number] = texts.get(number, "") + font.read(list(items))[0]
    return texts


def utterances(tag: Tag) -> Iterator[tuple[str, str]]:
    """What is said, piece by piece: the kind of element and its text, pictures by their description.

    Contents (`TOC`) are left out: they repeat the headings.
    """
    if tag.kind == "TOC":
        return
    if tag.kind == "Figure":
        yield "Figure", tag.alt
    elif all(_flowing(kid) for kid in tag.kids):
        yield tag.kind, tag.text
    else:
        for kid in tag.kids:
            yield from utterances(kid) if isinstance(kid, Tag) else [("", kid)]
