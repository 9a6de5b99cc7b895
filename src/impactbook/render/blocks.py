"""The document model: what a page is made of, before it is PDF, HTML or a notebook cell.

Text is a list of `Run`s, so nothing a person typed is ever markup. Blocks are frozen and can be
written as JSON (`to_json`, `from_json`); the backends `typst` and `html` show the same blocks in
the same order.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

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
    """Blocks from the JSON of `to_json`; raises ValueError for anything else."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    if kind == "bytes":
        return base64.b64decode(value["base64"])
    known = _TYPES.get(str(kind))
    if known is None:
        raise ValueError(f"there is no block of type {kind!r}")
    names = {item.name for item in dataclasses.fields(known)}
    if set(value) - {"type"} - names:
        raise ValueError(f"a {kind} has fields that are not known")
    return known(**{name: from_json(value[name]) for name in names if name in value})
