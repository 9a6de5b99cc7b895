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

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="install playwright (`pip install -e .[test,browser]`)"
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOKEN = "only-for-this-test"
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


def test_a_notebook_runs_top_to_bottom_and_shows_its_chapters(
    browser, jupyterlab: str, workspace: Path
) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(f"{jupyterlab}/lab/tree/notebooks/training_data.ipynb?token={TOKEN}")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_selector("text=Python 3 (ipykernel)", timeout=60_000)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("ControlOrMeta+Home")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text('dataset = "chat-intents-banking77"\nworkspace = ""\nlanguage = "en"')
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells")
    shown = page.locator(".jp-OutputArea-output .impactbook")
    playwright.expect(shown.nth(5)).to_be_attached(timeout=180_000)
    outputs = " ".join(page.locator(".jp-OutputArea").all_inner_texts())
    assert "Traceback" not in outputs
    for wanted in ("not measured", "77", "10,003"):
        assert wanted in outputs or wanted.replace(",", "") in outputs
    page.close()


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
