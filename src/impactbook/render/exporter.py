"""The nbconvert exporter: `jupyter nbconvert --to impactbook-pdf NOTEBOOK.ipynb`.

It works for any notebook, needs neither LaTeX nor a browser nor a network, and gives an archival,
accessible PDF (PDF/A-3a, PDF/UA-1).
"""

from __future__ import annotations

import copy
import io
import json
import os
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import ValidationError, validate
from traitlets import default

from impactbook.render.notebook_document import notebook_document
from impactbook.render.reading.repair import repaired
from impactbook.render.typst import to_pdf


class ImpactbookPDFExporter(Exporter):
    """Notebooks as PDF/A-3a and PDF/UA-1.

    The PDF's date is `SOURCE_DATE_EPOCH` where that is set, else the file's own, so that the same
    file gives the same bytes.
    """

    export_from_notebook = "PDF (impactbook)"
    output_mimetype = "application/pdf"

    @default("optimistic_validation")
    def _optimistic_validation_default(self) -> bool:
        # Once after all preprocessors, which are all off unless somebody asks for one.
        return True

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_file(  # type: ignore[override]
        self, file_stream: Any, resources: Any = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """The notebook in a file as PDF; what breaks the rules of the format is read as far as it goes."""
        text = file_stream.read()
        try:
            return self._from_text(text, resources, **kw)
        except (ValidationError, TypeError, AttributeError, KeyError) as error:
            found = _repaired(text)
            if found is None:
                raise
            self.log.warning("The notebook's file breaks the rules of its format: %s", _line(error))
        return self._from_text(found, resources, **kw)

    def _from_text(self, text: str, resources: Any, **kw: Any) -> tuple[bytes, dict[str, Any]]:
        made: Any = super().from_file(io.StringIO(text), resources, **kw)
        return made[0], made[1]

    def _preprocessed(self, nb: Any, resources: Any, **kw: Any) -> tuple[Any, Any]:
        if not isinstance(nb.metadata.get("language", ""), str):
            # nbconvert takes it for text without looking.
            nb = copy.deepcopy(nb)
            del nb.metadata["language"]
        made: Any = super().from_notebook_node(nb, resources, **kw)
        return made[0], made[1]

    def _validate_preprocessor(self, nbc: Any, preprocessor: Any) -> None:
        """A notebook that breaks the rules of its format is printed as far as it can be read."""
        try:
            validate(nbc, relax_add_props=True)
        except ValidationError as error:
            self.log.warning("The notebook's file breaks the rules of its format: %s", _line(error))

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: Any = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """The notebook as PDF, with nbconvert's resources."""
        if any(getattr(one, "enabled", True) for one in self._preprocessors):
            notebook, resources = self._preprocessed(nb, resources, **kw)
        else:
            # Nothing changes the notebook, so it needs none of nbconvert's three copies of it.
            notebook, resources = nb, self._init_resources(resources)  # type: ignore[no-untyped-call]
            self._validate_preprocessor(nb, None)
        metadata = resources.get("metadata", {})
        name = str(metadata.get("name") or "notebook")
        folder = Path(metadata.get("path") or ".")
        document = notebook_document(
            notebook, name=name, folder=folder, timestamp=_timestamp(folder / f"{name}.ipynb")
        )
        return to_pdf(document), resources


def _repaired(text: str) -> str | None:
    """The text of a notebook's file without what breaks the rules; None when it is no notebook."""
    try:
        found = repaired(json.loads(text))
    except ValueError:
        return None
    return None if found is None else json.dumps(found)


def _line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _timestamp(path: Path) -> int:
    """When the notebook was made: as the environment says, else the file; 1970 for neither."""
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    if told.isascii() and told.isdigit():
        return int(told)
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return 0
