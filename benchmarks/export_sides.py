"""One side of the export benchmark in a fresh process: `python export_sides.py SIDE NOTEBOOK [OTHER]`.

A side named `cold-...` is imported, exports the notebook once, and leaves. The others export OTHER
first, then NOTEBOOK twice, and print seconds and processor seconds of these two as JSON: the first
one is new to a warm process, the second one it has seen. `InstalledWebPDF` is also what
`jupyter nbconvert --to export_sides.InstalledWebPDF` names.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def __getattr__(name: str) -> Any:
    """`InstalledWebPDF`, made when it is asked for: the other sides do without nbconvert."""
    if name == "InstalledWebPDF":
        return _installed_webpdf()
    raise AttributeError(name)


def _installed_webpdf() -> Any:
    """nbconvert's `webpdf` with the Chromium of this machine instead of one playwright downloads."""
    from nbconvert.exporters import WebPDFExporter

    class InstalledWebPDF(WebPDFExporter):
        """As its parent but for the browser's path, which has no setting of its own."""

        def run_playwright(self, html: str) -> Any:
            """The page as PDF."""
            from playwright.async_api import BrowserType

            launch = BrowserType.launch

            async def launch_installed(self: Any, **options: Any) -> Any:
                return await launch(self, executable_path=chromium(), **options)

            BrowserType.launch = launch_installed
            try:
                return super().run_playwright(html)
            finally:
                BrowserType.launch = launch

    return InstalledWebPDF


def chromium() -> str | None:
    """The browser of this machine."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def library(notebook: Path) -> bytes:
    """Our PDF by two calls of the library, without Jupyter."""
    from impactbook.render.notebook_document import notebook_document
    from impactbook.render.typst import to_pdf

    content = json.loads(notebook.read_text(encoding="utf-8"))
    return to_pdf(notebook_document(content, name=notebook.stem, folder=notebook.parent))


def ours(notebook: Path) -> bytes:
    """Our PDF by the exporter that nbconvert calls."""
    from impactbook.render.exporter import ImpactbookPDFExporter

    return bytes(ImpactbookPDFExporter().from_filename(str(notebook))[0])


def webpdf(notebook: Path) -> bytes:
    """The PDF of nbconvert and a browser, which it starts for each notebook."""
    made = _installed_webpdf()(disable_sandbox=True).from_filename(str(notebook))
    return bytes(made[0])


def html(notebook: Path) -> bytes:
    """The page of nbconvert that WeasyPrint is given; it lies beside the notebook."""
    from nbconvert.exporters import HTMLExporter

    page, _ = HTMLExporter().from_filename(str(notebook))
    notebook.with_suffix(".html").write_text(page, encoding="utf-8")
    return page.encode("utf-8")


def weasyprint(notebook: Path) -> bytes:
    """WeasyPrint on that page; runs under the Python that has it."""
    import logging

    from weasyprint import HTML  # type: ignore[import-not-found]

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    return bytes(HTML(notebook.with_suffix(".html")).write_pdf())


SIDES: dict[str, Callable[[Path], bytes]] = {
    "library": library,
    "ours": ours,
    "webpdf": webpdf,
    "html": html,
    "weasyprint": weasyprint,
}


def measured(work: Callable[[Path], bytes], notebook: Path) -> dict[str, float]:
    """Seconds, processor seconds of this process and its children, and the size of the PDF."""
    start, busy = time.perf_counter(), _processors()
    size = len(work(notebook))
    return {
        "seconds": time.perf_counter() - start,
        "cpu": _processors() - busy,
        "bytes": size,
    }


def _processors() -> float:
    import resource

    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def main() -> None:
    """Run the side that is named."""
    side, notebook = sys.argv[1], Path(sys.argv[2])
    if side.startswith("cold-"):
        SIDES[side.removeprefix("cold-")](notebook)
        return
    work = SIDES[side]
    work(Path(sys.argv[3]))
    print(json.dumps([measured(work, notebook), measured(work, notebook)]))


if __name__ == "__main__":
    main()
