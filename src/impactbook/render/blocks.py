"""The document model: what a page is made of, before it is PDF, HTML or a notebook cell.

Text is a list of `Run`s, so nothing a person typed is ever markup. Blocks are frozen and can be
written as JSON (`to_json`, `from_json`); the backends `typst` and `html` show the same blocks in
the same order.
"""

from __future__ import annotations

import base64
import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from impactbook.language import Language

Align = Literal["left", "right", "center"]
CalloutKind = Literal["info", "ok", "attention", "fail", "open"]


@dataclass(frozen=True)
class Run:
    """A piece of text with one look; `lang` names its language where it differs."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str | None = None
    lang: str | None = None
    math: bool = False


Runs = Sequence[Run]


def runs(text: str, **look: Any) -> list[Run]:
    """Plain text as runs; nothing for an empty text."""
    return [Run(text, **look)] if text else []


def plain_text(content: Runs) -> str:
    """The text of runs without their look."""
    return "".join(run.text for run in content)


@dataclass(frozen=True)
class Heading:
    """A heading; `id` stays the same in every language and version."""

    level: int
    runs: Runs
    id: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `lang` marks a passage in another language than the document's."""

    runs: Runs
    lang: str | None = None


@dataclass(frozen=True)
class BulletList:
    """A list; each item holds blocks."""

    items: Sequence[Sequence[Block]]
    ordered: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a header row; `row_headers` makes the first column head its rows.

    `align` has one entry per column, `widths` relative column widths.
    """

    caption: Runs
    header: Sequence[Runs]
    rows: Sequence[Sequence[Runs]]
    row_headers: bool = False
    align: Sequence[Align] = ()
    note: Runs | None = None
    widths: Sequence[float] | None = None


@dataclass(frozen=True)
class Figure:
    """A picture with a full-sentence `alt`; `table` holds the same information as numbers."""

    image: bytes
    format: Literal["svg", "png", "jpeg"]
    alt: str
    caption: Runs = ()
    table: Table | None = None


@dataclass(frozen=True)
class Callout:
    """A box; its kind shows in label and shape, not in colour alone."""

    kind: CalloutKind
    title: Runs
    blocks: Sequence[Block] = ()


@dataclass(frozen=True)
class KeyValues:
    """Names and values."""

    pairs: Sequence[tuple[Runs, Runs]]


@dataclass(frozen=True)
class Quote:
    """What somebody said."""

    blocks: Sequence[Block]
    attribution: Runs = ()
    lang: str | None = None


@dataclass(frozen=True)
class Code:
    """A listing of code."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Preformatted:
    """Text whose line breaks count."""

    text: str


@dataclass(frozen=True)
class PageBreak:
    """Start a new page."""


Block = (
    Heading
    | Paragraph
    | BulletList
    | Table
    | Figure
    | Callout
    | KeyValues
    | Quote
    | Code
    | Preformatted
    | PageBreak
)

_TYPES: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Run, Heading, Paragraph, BulletList, Table, Figure, Callout, KeyValues, Quote, Code,
        Preformatted, PageBreak,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Cover:
    """The first page: what it is about and how it ended."""

    feature: str
    version: str
    decision: str
    gate: str
    gate_kind: CalloutKind
    date: str
    organisation: str = ""
    watermark: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that travels inside the PDF."""

    name: str
    content: bytes
    mime: str
    description: str
    relationship: Literal["source", "data"] = "data"


@dataclass(frozen=True)
class Document:
    """A whole document; `timestamp` (Unix seconds) makes its bytes reproducible."""

    title: str
    language: Language
    blocks: Sequence[Block]
    subtitle: str = ""
    cover: Cover | None = None
    attachments: Sequence[Attachment] = field(default=())
    timestamp: int = 0
    keywords: Sequence[str] = ()
    authors: Sequence[str] = ()
    draft: bool = False


def to_json(value: Any) -> Any:
    """Blocks as JSON: objects with a `type`, bytes as base64."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            item.name: to_json(getattr(value, item.name)) for item in dataclasses.fields(value)
        }
        return {"type": type(value).__name__, **fields}
    if isinstance(value, bytes):
        return {"type": "bytes", "base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def from_json(value: Any) -> Any:
    """Blocks, or a list of them, from the JSON of `to_json`.

    Raises ValueError for anything else: unknown types and fields, missing fields, fields of another
    type, and nesting that no document has.
    """
    try:
        if isinstance(value, list):
            return [_block(item) for item in value]
        return _block(value)
    except RecursionError:
        raise ValueError("blocks are nested too deeply") from None


def _block(value: Any) -> Any:
    """One object of `to_json` as the dataclass that its `type` names."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _TYPES:
        raise ValueError(f"there is no block of type {kind!r:.40}")
    hints, fields = _fields(kind)
    given = {name: item for name, item in value.items() if name != "type"}
    if unknown := set(given) - set(hints):
        raise ValueError(f"a {kind} has no field {min(unknown)!r:.40}")
    if missing := {name for name, needed in fields.items() if needed} - set(given):
        raise ValueError(f"a {kind} needs the field {min(missing)!r}")
    return _TYPES[kind](
        **{name: _field(item, hints[name], f"{kind}.{name}") for name, item in given.items()}
    )


@cache
def _fields(kind: str) -> tuple[dict[str, Any], dict[str, bool]]:
    """The type of each field, and whether it has to be given."""
    known = _TYPES[kind]
    needed = {
        item.name: item.default is dataclasses.MISSING
        and item.default_factory is dataclasses.MISSING
        for item in dataclasses.fields(known)
    }
    return get_type_hints(known), needed


@cache
def _shape(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """What kind of type a hint is, and its parts; a union's parts are given without None."""
    kind, parts = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        return Union, tuple(None if part is NoneType else part for part in parts)
    return kind, parts


def _field(value: Any, hint: Any, where: str) -> Any:
    """A field's value when it is of the type that the field has."""
    if hint is str or hint is bool or hint is int:
        return value if type(value) is hint else _misfit(where)
    kind, parts = _shape(hint)
    if kind is Union:
        return _one_of(value, parts, where)
    if kind is Literal:
        return value if isinstance(value, str) and value in parts else _misfit(where)
    if kind is tuple:
        if not isinstance(value, list) or len(value) != len(parts):
            _misfit(where)
        return tuple(_field(item, part, where) for item, part in zip(value, parts, strict=True))
    if kind is Sequence:
        if not isinstance(value, list):
            _misfit(where)
        return [_field(item, parts[0], where) for item in value]
    if hint is bytes:
        return _bytes(value, where)
    if hint is float:
        return value if type(value) in (int, float) and math.isfinite(value) else _misfit(where)
    if dataclasses.is_dataclass(hint):
        made = _block(value)
        return made if type(made) is hint else _misfit(where)
    return _misfit(where)


def _one_of(value: Any, parts: Sequence[Any], where: str) -> Any:
    """A value of one of several types: nothing, or a block of any kind, or one other type."""
    if value is None and None in parts:
        return None
    others = [part for part in parts if part is not None]
    if len(others) == 1:
        return _field(value, others[0], where)
    made = _block(value)
    return made if type(made) in others else _misfit(where)


def _bytes(value: Any, where: str) -> bytes:
    if not isinstance(value, dict) or set(value) != {"type", "base64"} or value["type"] != "bytes":
        _misfit(where)
    content = value["base64"]
    if not isinstance(content, str):
        _misfit(where)
    try:
        return base64.b64decode(content, validate=True)
    except ValueError:
        _misfit(where)


def _misfit(where: str) -> NoReturn:
    raise ValueError(f"{where} holds a value of another type")
