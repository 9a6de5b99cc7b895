"""Any notebook as a document: its Markdown, its code where wanted, and what its cells showed.

An output that carries our own blocks is shown from them; for others the richest form that can be
printed is taken. The same notebook gives the same document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from impactbook.language import LANGUAGES, Language, say
from impactbook.render.blocks import (
    Block,
    Callout,
    Code,
    Document,
    Heading,
    Paragraph,
    Preformatted,
    Run,
    Table,
    from_json,
    plain_text,
    runs,
)
from impactbook.render.formulas import drawn
from impactbook.render.html import fragment
from impactbook.render.mime import BLOCKS_MIME
from impactbook.render.reading.markdown import markdown_blocks
from impactbook.render.reading.markup import html_blocks
from impactbook.render.reading.parameters import parameter_table, parameters
from impactbook.render.reading.pictures import Pictures, decoded
from impactbook.render.reading.printed import printed, shortened
from impactbook.render.reading.tables import fitting

_PARAMETERS = {"parameters", "injected-parameters"}
_HIDDEN_INPUT = {"remove-input", "remove_input", "hide-input", "hide_input"}
_HIDDEN_OUTPUT = {"remove-output", "remove_output", "hide-output", "hide_output"}
_HIDDEN_CELL = {"remove-cell", "remove_cell", "hide-cell", "hide_cell"}
_ERROR = 300
"""Characters of an error that stand in its title; all of it stands in the traceback."""
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")


def notebook_document(
    notebook: Mapping[str, Any], *, name: str, folder: Path | None = None, timestamp: int = 0
) -> Document:
    """A notebook (nbformat 4) as a document.

    `name` titles it when it has neither a title in its metadata nor a heading on top; pictures are
    read from `folder` and nowhere else; `timestamp` is the document's date in Unix seconds.
    """
    metadata = _mapping(notebook.get("metadata"))
    language = notebook_language(notebook)
    blocks = _Notebook(language, folder, bool(_ours(metadata).get("hide_input"))).read(
        notebook.get("cells", [])
    )
    first = blocks[0] if blocks else None
    heading = plain_text(first.runs) if isinstance(first, Heading) else ""
    told = metadata.get("title")
    title = (told.strip() if isinstance(told, str) else "") or heading or name
    authors = metadata.get("authors")
    return Document(
        title=title,
        language=language,
        blocks=blocks,
        subtitle=name if name != title else "",
        timestamp=timestamp,
        authors=_authors(authors) if isinstance(authors, list) else [],
    )


def notebook_language(notebook: Mapping[str, Any]) -> Language:
    """The language a notebook says it is in: in its metadata or a parameter; English otherwise."""
    metadata = _mapping(notebook.get("metadata"))
    told = [_ours(metadata).get("language"), metadata.get("language")]
    given = parameters(_source(c) for c in notebook.get("cells", []) if _tags(c) & _PARAMETERS)
    told += [item.value.strip("'\"") for item in given or () if item.name == "language"]
    for value in told:
        for language in LANGUAGES:
            if isinstance(value, str) and value.lower().split("-")[0].split("_")[0] == language:
                return language
    return "en"


def _ours(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(metadata.get("impactbook"))


def _authors(listed: Sequence[Any]) -> list[str]:
    named = (item.get("name") if isinstance(item, Mapping) else item for item in listed)
    return [name for name in named if isinstance(name, str) and name.strip()]


def _tags(cell: Mapping[str, Any]) -> set[str]:
    tags = _mapping(cell.get("metadata")).get("tags", [])
    return {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()


def _mapping(value: Any) -> Mapping[str, Any]:
    """What should be a mapping, and is one in every valid notebook."""
    return value if isinstance(value, Mapping) else {}


def _source(cell: Mapping[str, Any]) -> str:
    return _text(cell.get("source", ""))


def _text(value: Any) -> str:
    """Notebook files hold long texts as lists of lines."""
    return "".join(value) if isinstance(value, list) else str(value)


@dataclass
class _Notebook:
    """Reads cells one after the other; remembers the section for pictures without a description."""

    language: Language
    folder: Path | None
    hide_input: bool
    section: str = ""

    def read(self, cells: Sequence[Mapping[str, Any]]) -> list[Block]:
        """All blocks of all cells."""
        given = [_source(cell) for cell in cells if _tags(cell) & _PARAMETERS]
        found = parameters(given) if given else None
        shown = False
        blocks: list[Block] = []
        for cell in cells:
            if _tags(cell) & _HIDDEN_CELL:
                continue
            if _tags(cell) & _PARAMETERS and found is not None:
                blocks += [] if shown or not found else [parameter_table(found, self.language)]
                shown = True
                continue
            for block in self.cell(cell):
                self.section = (
                    plain_text(block.runs) if isinstance(block, Heading) else self.section
                )
                blocks += fitting(block, self.language) if isinstance(block, Table) else [block]
        return blocks

    def cell(self, cell: Mapping[str, Any]) -> list[Block]:
        """What one cell says and shows."""
        kind, source = cell.get("cell_type"), _source(cell)
        if kind == "markdown":
            return markdown_blocks(source, self.pictures(cell.get("attachments")))
        if kind == "raw":
            wanted = _mapping(cell.get("metadata")).get("raw_mimetype") or "text/plain"
            return [Preformatted(source)] if wanted == "text/plain" and source.strip() else []
        blocks: list[Block] = []
        hidden = self.hide_input or bool(_tags(cell) & _HIDDEN_INPUT)
        if source.strip() and not hidden:
            blocks.append(Code(source))
        if not _tags(cell) & _HIDDEN_OUTPUT:
            blocks += self.outputs(cell.get("outputs") or [])
        return blocks

    def pictures(self, attachments: Any = None) -> Pictures:
        """Where pictures may come from, and what one without a description is called."""
        key = "picture-of" if self.section else "picture-unnamed"
        undescribed = say("exporter", key, self.language, heading=self.section)
        held = {name: bundle for name, bundle in _mapping(attachments).items() if _mapping(bundle)}
        return Pictures(self.language, self.folder, held, undescribed)

    def outputs(self, outputs: Iterable[Mapping[str, Any]]) -> list[Block]:
        """Everything a cell showed; printed text that follows on printed text is joined."""
        blocks: list[Block] = []
        streamed = ""
        for output in [*map(_mapping, outputs), {}]:
            if output.get("output_type") == "stream":
                streamed += _text(output.get("text", ""))
                continue
            blocks += self.preformatted(streamed)
            streamed = ""
            blocks += self.output(output)
        return blocks

    def output(self, output: Mapping[str, Any]) -> list[Block]:
        """One output that is not printed text."""
        match output.get("output_type"):
            case "error":
                return [self.error(output)]
            case "display_data" | "execute_result":
                return self.bundle(_mapping(output.get("data")), output.get("metadata"))
            case _:
                return []

    def error(self, output: Mapping[str, Any]) -> Block:
        """An error: its name and the first of what it says, and where it came from."""
        name = f"{output.get('ename', '')}: {output.get('evalue', '')}"
        words = " ".join(printed(name).split()).strip(": ")
        key = "error" if words else "error-unnamed"
        short = words if len(words) <= _ERROR else words[: _ERROR - 1].rstrip() + "…"
        traceback = "\n".join(str(line) for line in output.get("traceback") or [])
        said = runs(say("exporter", key, self.language, name=short))
        return Callout("fail", said, self.preformatted(traceback))

    def bundle(self, data: Mapping[str, Any], metadata: Any = None) -> list[Block]:
        """The best form of an output that can be printed; a line in its place where none can."""
        html = _text(data.get("text/html", ""))
        forms: tuple[Callable[[], list[Block]], ...] = (
            lambda: _own(data[BLOCKS_MIME], self.language) if BLOCKS_MIME in data else [],
            lambda: self.tables(html) if "<table" in html.lower() else [],
            lambda: self.picture(data, metadata),
            lambda: self.markdown(data),
            lambda: html_blocks(html, self.pictures()) if "<table" not in html.lower() else [],
            lambda: self.latex(data),
            lambda: self.json(data),
            lambda: self.preformatted(_text(data.get("text/plain", ""))),
            lambda: html_blocks(html, self.pictures()),
        )
        found = next((blocks for form in forms if (blocks := form())), [])
        return found or self.left_out(data)

    def left_out(self, data: Mapping[str, Any]) -> list[Block]:
        """A line that names the forms of an output that cannot be printed; not for white space."""
        kinds = sorted(kind for kind in data if kind != "text/plain" and _text(data[kind]).strip())
        if not kinds:
            return []
        words = say("exporter", "output-left-out", self.language, kinds=", ".join(kinds))
        return [Paragraph(runs(words, italic=True))]

    def tables(self, html: str) -> list[Block]:
        """What HTML with tables says; nothing if they are empty: plain text says so better."""
        blocks = html_blocks(html, self.pictures())
        empty = all(isinstance(block, Table) and not block.rows for block in blocks)
        return [] if empty else blocks

    def picture(self, data: Mapping[str, Any], metadata: Any = None) -> list[Block]:
        """The first picture that can be decoded."""
        for mime in _PICTURES:
            if mime not in data:
                continue
            text = _text(data[mime])
            content = text.encode("utf-8") if mime == "image/svg+xml" else decoded(text)
            shown = self.pictures().shown
            found = shown(content, _alternative(metadata, mime)) if content else None
            if found is not None:
                return [found]
        return []

    def markdown(self, data: Mapping[str, Any]) -> list[Block]:
        """An output in Markdown."""
        return markdown_blocks(_text(data.get("text/markdown", "")), self.pictures())

    def latex(self, data: Mapping[str, Any]) -> list[Block]:
        """Mathematics as a formula, or as it was typed where that cannot be drawn."""
        text = _text(data.get("text/latex", "")).strip().strip("$").strip()
        if not text:
            return []
        if drawn(text):
            return [Paragraph([Run(text, code=True, math=True)])]
        return [Code(text, "latex")]

    def json(self, data: Mapping[str, Any]) -> list[Block]:
        """Data that was shown as JSON."""
        if "application/json" not in data:
            return []
        return self.preformatted(
            json.dumps(data["application/json"], ensure_ascii=False, indent=1, default=str)
        )

    def preformatted(self, text: str) -> list[Block]:
        """Printed text; nothing for white space."""
        shown = printed(text)
        return [Preformatted(shortened(shown, self.language))] if shown.strip() else []


def _alternative(metadata: Any, mime: str) -> str:
    """The alternative text that an output's metadata hold, for this form or for all."""
    told = _mapping(metadata)
    alt = _mapping(told.get(mime)).get("alt") or told.get("alt")
    return alt if isinstance(alt, str) else ""


def _own(stored: Any, language: Language) -> list[Block]:
    """Blocks that an output carries; nothing when they are not what we write."""
    try:
        blocks = from_json(stored)
        if not isinstance(blocks, list) or not all(
            isinstance(block, get_args(Block)) for block in blocks
        ):
            return []
        # Whatever cannot be written as HTML is malformed: better to show another form.
        fragment(blocks, language)
    except (ValueError, TypeError, KeyError, AttributeError):
        return []
    return blocks
