"""The notebooks in a real JupyterLab in a real browser, and the HTML record opened from disk."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="install playwright (`pip install -e .[test,browser]`)"
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOKEN = "only-for-this-test"
RUN_SECONDS = 240
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="install a browser (`apt-get install chromium`)"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def jupyterlab(workspace: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab on the loopback interface, serving a workspace."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    private = {
        name: str(tmp_path / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "HOME")
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
    command += ["--LabApp.news_url=null", "--LabApp.check_for_updates_class="
                "jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    server = subprocess.Popen(
        command,
        cwd=workspace,
        env={**os.environ, **private},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            time.sleep(0.5)
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=2)  # noqa: S310
                break
            except OSError:
                assert server.poll() is None
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _opened(browser, address: str, name: str):
    """A page with a notebook open and its kernel ready."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(f"{address}/lab/tree/notebooks/{name}?token={TOKEN}")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_selector("text=Python 3 (ipykernel)", timeout=60_000)
    return page


def _run_all(page, notebook: Path) -> nbformat.NotebookNode:
    """Run every cell as a person does, wait until the kernel rests, save, and read what was saved.

    A long notebook keeps only the cells near the screen in the page, so what it shows is read from
    the file. Fails at the first cell that raises, with its message.
    """
    page.click('.lm-MenuBar-itemLabel:text-is("Run")')
    page.click('.lm-Menu-itemLabel:text-is("Run All Cells")')
    for _ in range(RUN_SECONDS):
        page.wait_for_timeout(1000)
        page.keyboard.press("ControlOrMeta+s")
        text = notebook.read_text(encoding="utf-8")
        if not text:  # JupyterLab is just writing it
            continue
        saved = nbformat.reads(text, as_version=4)
        code = [cell for cell in saved.cells if cell.cell_type == "code"]
        for cell in code:
            raised = [one for one in cell.outputs if one.output_type == "error"]
            assert not raised, f"{cell.source}: {raised[0].ename}: {raised[0].evalue}"
        if all(cell.execution_count for cell in code):
            return saved
    pytest.fail(f"still running after {RUN_SECONDS} s; cells done: "
                f"{[cell.source for cell in code if cell.execution_count]}")  # fmt: skip


def _change_parameter(page, old: str, new: str) -> None:
    """Replace one piece of the parameters' cell and leave the rest of it as it is."""
    cell = page.locator(".jp-CodeCell .cm-content").first
    line = cell.locator(".cm-line", has_text=old)
    text = line.inner_text()
    line.click()
    page.keyboard.press("End")
    page.keyboard.press("Shift+Home")
    page.keyboard.insert_text(text.replace(old, new))
    playwright.expect(cell).to_contain_text(new)


def test_a_notebook_runs_top_to_bottom_and_shows_its_chapters(
    browser, jupyterlab: str, workspace: Path
) -> None:
    page = _opened(browser, jupyterlab, "training_data.ipynb")
    _change_parameter(page, '"voicebot-sprachdaten"', '"chat-intents-banking77"')
    _change_parameter(page, 'language: str = "de"', 'language: str = "en"')
    saved = _run_all(page, workspace / "notebooks/training_data.ipynb")
    shown = [_html(cell) for cell in saved.cells if _html(cell)]
    assert len(shown) == 15  # all chapters but `data.check()`, which says one line
    for wanted in ("not measured", "77", "10,003"):
        assert any(wanted in one for one in shown)
    page.locator(".jp-CodeCell").last.scroll_into_view_if_needed()
    playwright.expect(page.locator(".jp-OutputArea-output .impactbook").last).to_be_visible()
    page.close()


def test_tables_in_jupyterlab_look_as_they_do_in_the_record(
    browser, jupyterlab: str, workspace: Path
) -> None:
    """JupyterLab's own style turns text to the right and squeezes lists; ours holds against it."""
    page = _opened(browser, jupyterlab, "training_data.ipynb")
    _change_parameter(page, '"voicebot-sprachdaten"', '"chat-intents-banking77"')
    _run_all(page, workspace / "notebooks/training_data.ipynb")
    page.locator(".jp-CodeCell").nth(1).scroll_into_view_if_needed()
    shown = page.locator(".jp-OutputArea-output .impactbook").first
    playwright.expect(shown.locator("tbody th").first).to_have_css("text-align", "left")
    term, column = shown.locator("dt").first, shown.locator("dl > div").first
    assert term.bounding_box()["width"] >= 0.1 * column.bounding_box()["width"]
    page.close()


def test_the_tutorial_runs_top_to_bottom_on_its_own_calls(
    browser, jupyterlab: str, workspace: Path
) -> None:
    page = _opened(browser, jupyterlab, "tutorial_training_data.ipynb")
    saved = _run_all(page, workspace / "notebooks/tutorial_training_data.ipynb")
    assert "Vertretung" in " ".join(map(_html, saved.cells))
    page.close()


def _html(cell: nbformat.NotebookNode) -> str:
    """What a cell shows of ours, empty if nothing."""
    shown = [one.data.get("text/html", "") for one in cell.get("outputs", []) if "data" in one]
    return "".join(one for one in shown if 'class="impactbook"' in one)


def test_the_record_opens_from_disk_and_asks_for_nothing_else(browser, sealed: Path) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    path = sealed / "outputs/chat-intent-erkennung/1.0.0/record.html"
    page.goto(path.as_uri())
    assert page.locator("h1").count() >= 1
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert told == []
    page.close()


def test_the_record_has_no_violation_that_axe_finds(browser, sealed: Path) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="install axe-playwright-python (`pip install -e .[test,browser]`)",
    )
    # The page's own policy forbids scripts, axe's included; here it is the one under test.
    page = browser.new_context(bypass_csp=True).new_page()
    page.goto((sealed / "outputs/chat-intent-erkennung/1.0.0/record.html").as_uri())
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.close()
