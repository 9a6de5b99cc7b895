"""The nbconvert exporter: `jupyter nbconvert --to impactbook-pdf NOTEBOOK.ipynb`.

It works for any notebook, needs neither LaTeX nor a browser nor a network, and gives an archival,
accessible PDF (PDF/A-3a, PDF/UA-1).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from traitlets import default

from impactbook.render.notebook_document import notebook_document
from impactbook.render.typst import to_pdf


class ImpactbookPDFExporter(Exporter):
    """Notebooks as PDF/A-3a and PDF/UA-1.

    The PDF's date is `SOURCE_DATE_EPOCH` where that is set, else the file's own, so that the same
    file gives the same bytes.
    """

    export_from_notebook = "PDF (impactbook)"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: Any = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """The notebook as PDF, with nbconvert's resources."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        metadata = resources.get("metadata", {})
        name = str(metadata.get("name") or "notebook")
        folder = Path(metadata.get("path") or ".")
        document = notebook_document(
            notebook, name=name, folder=folder, timestamp=_timestamp(folder / f"{name}.ipynb")
        )
        return to_pdf(document), resources


def _timestamp(path: Path) -> int:
    """When the notebook was made: as the environment says, else the file; 1970 for neither."""
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    if told.isascii() and told.isdigit():
        return int(told)
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return 0
