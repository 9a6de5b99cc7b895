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
    Preformatted,
    Table,
    from_json,
    plain_text,
    runs,
)
from impactbook.render.html import fragment
from impactbook.render.mime import BLOCKS_MIME
from impactbook.render.reading.markdown import markdown_blocks
from impactbook.render.reading.markup import html_blocks
from impactbook.render.reading.parameters import parameter_table, parameters
from impactbook.render.reading.pictures import Pictures, decoded, picture
from impactbook.render.reading.printed import printed, shortened
from impactbook.render.reading.tables import fitting

_PARAMETERS = {"parameters", "injected-parameters"}
_HIDDEN_INPUT = {"remove-input", "remove_input", "hide-input", "hide_input"}
_HIDDEN_OUTPUT = {"remove-output", "remove_output", "hide-output", "hide_output"}
_HIDDEN_CELL = {"remove-cell", "remove_cell", "hide-cell", "hide_cell"}
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")


def notebook_document(
    notebook: Mapping[str, Any], *, name: str, folder: Path | None = None, timestamp: int = 0
) -> Document:
    """A notebook (nbformat 4) as a document.

    `name` titles it when it has neither a title in its metadata nor a heading on top; pictures are
    read from `folder` and nowhere else; `timestamp` is the document's date in Unix seconds.
    """
    metadata = notebook.get("metadata", {})
    language = notebook_language(notebook)
    blocks = _Notebook(language, folder, bool(_ours(metadata).get("hide_input"))).read(
        notebook.get("cells", [])
    )
    first = blocks[0] if blocks else None
    heading = plain_text(first.runs) if isinstance(first, Heading) else ""
    title = str(metadata.get("title") or "").strip() or heading or name
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
    metadata = notebook.get("metadata", {})
    told = [_ours(metadata).get("language"), metadata.get("language")]
    given = parameters(_source(c) for c in notebook.get("cells", []) if _tags(c) & _PARAMETERS)
    told += [item.value.strip("'\"") for item in given or () if item.name == "language"]
    for value in told:
        for language in LANGUAGES:
            if isinstance(value, str) and value.lower().split("-")[0].split("_")[0] == language:
                return language
    return "en"


def _ours(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    found = metadata.get("impactbook")
    return found if isinstance(found, Mapping) else {}


def _authors(listed: Sequence[Any]) -> list[str]:
    named = (item.get("name") if isinstance(item, Mapping) else item for item in listed)
    return [name for name in named if isinstance(name, str) and name.strip()]


def _tags(cell: Mapping[str, Any]) -> set[str]:
    tags = cell.get("metadata", {}).get("tags", [])
    return {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()


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
            attachments = cell.get("attachments", {})
            return markdown_blocks(source, self.pictures(attachments))
        if kind == "raw":
            wanted = cell.get("metadata", {}).get("raw_mimetype") or "text/plain"
            return [Preformatted(source)] if wanted == "text/plain" and source.strip() else []
        blocks: list[Block] = []
        hidden = self.hide_input or bool(_tags(cell) & (_HIDDEN_INPUT | _PARAMETERS))
        if source.strip() and not hidden:
            blocks.append(Code(source))
        if not _tags(cell) & _HIDDEN_OUTPUT:
            blocks += self.outputs(cell.get("outputs", []))
        return blocks

    def pictures(self, attachments: Any = None) -> Pictures:
        """Where pictures may come from, and what one without a description is called."""
        key = "picture-of" if self.section else "picture-unnamed"
        undescribed = say("exporter", key, self.language, heading=self.section)
        held = attachments if isinstance(attachments, Mapping) else {}
        return Pictures(self.language, self.folder, held, undescribed)

    def outputs(self, outputs: Iterable[Mapping[str, Any]]) -> list[Block]:
        """Everything a cell showed; printed text that follows on printed text is joined."""
        blocks: list[Block] = []
        streamed = ""
        for output in [*outputs, {}]:
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
                name = f"{output.get('ename', '')}: {output.get('evalue', '')}".strip(": ")
                said = say("exporter", "error", self.language, name=printed(name))
                traceback = "\n".join(str(line) for line in output.get("traceback", []))
                return [Callout("fail", runs(said), self.preformatted(traceback))]
            case "display_data" | "execute_result":
                return self.bundle(output.get("data", {}))
            case _:
                return []

    def bundle(self, data: Mapping[str, Any]) -> list[Block]:
        """The best form of an output that can be printed."""
        html = _text(data.get("text/html", ""))
        forms: tuple[Callable[[], list[Block]], ...] = (
            lambda: _own(data[BLOCKS_MIME], self.language) if BLOCKS_MIME in data else [],
            lambda: html_blocks(html, self.pictures()) if "<table" in html.lower() else [],
            lambda: self.picture(data),
            lambda: self.markdown(data),
            lambda: html_blocks(html, self.pictures()) if html else [],
            lambda: self.latex(data),
            lambda: self.json(data),
            lambda: self.preformatted(_text(data.get("text/plain", ""))),
        )
        return next((blocks for form in forms if (blocks := form())), [])

    def picture(self, data: Mapping[str, Any]) -> list[Block]:
        """The first picture that can be decoded."""
        for mime in _PICTURES:
            if mime not in data:
                continue
            text = _text(data[mime])
            content = text.encode("utf-8") if mime == "image/svg+xml" else decoded(text)
            found = picture(content, self.pictures().undescribed) if content else None
            if found is not None:
                return [found]
        return []

    def markdown(self, data: Mapping[str, Any]) -> list[Block]:
        """An output in Markdown."""
        return markdown_blocks(_text(data.get("text/markdown", "")), self.pictures())

    def latex(self, data: Mapping[str, Any]) -> list[Block]:
        """Mathematics as it was typed."""
        text = _text(data.get("text/latex", "")).strip()
        return [Code(text.strip("$"), "latex")] if text else []

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
