"""Row headers in a tagged PDF: the first cell of each row becomes a header of that row.

The PDF engine tags column headers only; without this a screen reader would read a row's figures
without saying whose they are (ISO 14289-1, 7.5). Nothing visible changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any


def with_row_headers(pdf: bytes, tables: Sequence[bool]) -> bytes:
    """The PDF with row headers in those tables, in reading order, that have them.

    The same PDF gives the same bytes. Raises ValueError when it has another number of tables.
    """
    if not any(tables):
        return pdf
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as opened:
        root = opened.Root.StructTreeRoot
        ids = root.get("/IDTree") or opened.make_indirect(pikepdf.Dictionary(Names=[]))
        root.IDTree = ids
        named = pikepdf.NameTree(ids)
        found = list(_elements(root, "/Table"))
        for number, (table, heads) in enumerate(zip(found, tables, strict=True)):
            if heads:
                _head_rows(table, number, named)
        made = BytesIO()
        opened.save(
            made,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            fix_metadata_version=False,
        )
    return made.getvalue()


def _head_rows(table: Any, number: int, named: Any) -> None:
    for index, row in enumerate(_elements(table, "/TR")):
        cells = [cell for cell in _children(row) if cell.S in ("/TD", "/TH")]
        if not cells or cells[0].S != "/TD":
            continue
        id = f"row-{number}-{index}"
        _make_header(cells[0], id)
        named[id] = cells[0]
        for cell in cells[1:]:
            _add_header(cell, id)


def _make_header(cell: Any, id: str) -> None:
    import pikepdf

    cell.S = pikepdf.Name.TH
    cell.ID = pikepdf.String(id)
    _attributes(cell).Scope = pikepdf.Name.Row


def _add_header(cell: Any, id: str) -> None:
    import pikepdf

    attributes = _attributes(cell)
    headers = list(attributes.get("/Headers") or [])
    attributes.Headers = pikepdf.Array([*headers, pikepdf.String(id)])


def _attributes(cell: Any) -> Any:
    """The cell's table attributes; they are added where it has none."""
    import pikepdf

    given = cell.get("/A")
    every = [] if given is None else list(given) if isinstance(given, pikepdf.Array) else [given]
    for attributes in every:
        if attributes.get("/O") == "/Table":
            return attributes
    made = pikepdf.Dictionary(O=pikepdf.Name.Table)
    cell.A = pikepdf.Array([*every, made])
    return cell.A[-1]


def _elements(parent: Any, kind: str) -> Iterator[Any]:
    """Structure elements of one kind in reading order; those inside a match are not looked at."""
    for element in _children(parent):
        if element.get("/S") == kind:
            yield element
        else:
            yield from _elements(element, kind)


def _children(parent: Any) -> list[Any]:
    import pikepdf

    kids = parent.get("/K")
    every = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    return [kid for kid in every if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
