"""`verify.html` in a real browser, opened from disk: it sees what `verify_zip` sees, offline."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "records"))

from export_samples import (
    TAMPERED,
    cut_thoroughly,
    present,
    read,
    seal_sample,
    write,
)

from impactbook.records.canonical import canonical
from impactbook.records.export import export_record, verify_page
from impactbook.records.folders import RecordName

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_browser = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="install a browser (`apt-get install chromium`)"),
]
STEPS = {
    "zip": "zip",
    "description": "description",
    "manifest": "manifest",
    "files": "files",
    "record": "record",
    "disclosures": "disclosures",
    "ledger extract": "extract",
    "place in the ledger": "place",
    "ledger head": "head",
    "signed file": "signed",
}
"""The steps of `verify_zip` by their name -> the page's steps."""


def test_only_the_pages_own_script_and_style_may_run_and_nothing_may_be_fetched() -> None:
    """Its policy names them by digest; a changed script would not run."""
    page = verify_page().decode("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        bodies = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(bodies) == 1
        digest = base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert not re.search(r"https?:|\bfetch\(|XMLHttpRequest|innerHTML|eval\(", page)


def test_both_languages_say_the_same_things_with_the_same_gaps() -> None:
    page = verify_page().decode("utf-8")
    german, english = re.search(
        r"const WORDS = \{\nde: \{(.*?)\n\},\nen: \{(.*?)\n\}\n\};", page, re.DOTALL
    ).groups()  # type: ignore[union-attr]

    def gaps(words: str) -> dict[str, list[str]]:
        found = re.findall(r'"?([\w-]+)"?: "([^"]*)"', words)
        return {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in found}

    assert gaps(german) == gaps(english)
    assert len(gaps(german)) > 80


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """The page in a browser that reports whatever it asks for or complains about."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="install playwright (`pip install -e .[test,browser]`)"
    )
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        opened = browser.new_page(locale="en-GB")
        opened.asked, opened.told = [], []
        opened.on("request", lambda request: opened.asked.append(request.url))
        opened.on("console", lambda message: opened.told.append(message.text))
        opened.on("pageerror", lambda error: opened.told.append(str(error)))
        yield opened
        assert [url for url in opened.asked if not url.startswith(("file:", "blob:"))] == []
        assert opened.told == []
        browser.close()


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `whole.zip` and the page taken out of it, as a reader would do."""
    folder = tmp_path_factory.mktemp("given")
    outputs = folder / "outputs"
    seal_sample(outputs)
    seal_sample(outputs, "chatbot")
    seal_sample(outputs, findings=[{"id": "late"}])
    name = RecordName("voicebot", "1.0.0")
    for audience in (None, "works-council", "public"):
        made = export_record(outputs, name, folder, present=present, audience=audience)  # type: ignore[arg-type]
    (folder / "verify.html").write_bytes(read(made.path)["verify.html"])
    return folder


def examine(page: Any, folder: Path, zip_file: Path, head: str = "") -> dict[str, str]:
    """Open the page, choose the ZIP, and return each step's result and the verdict."""
    page.goto((folder / "verify.html").as_uri())
    page.fill("#known", head)
    page.set_input_files("#zip", zip_file)
    page.wait_for_selector("#verdict[data-verdict]")
    steps = page.locator("#steps li").all()
    found = {step.get_attribute("data-step"): step.get_attribute("data-ok") for step in steps}
    return {**found, "verdict": page.locator("#verdict").get_attribute("data-verdict")}


def heads(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in read(path)["ledger.jsonl"].splitlines()]


class TestInTheBrowser:
    pytestmark = needs_browser

    def test_a_whole_zip_is_consistent_and_prints_its_head_large(
        self, page: Any, given: Path
    ) -> None:
        found = examine(page, given, given / "voicebot-1.0.0.zip")
        assert found == {**dict.fromkeys(STEPS.values(), "true"), "known": "null",
                         "verdict": "consistent"}  # fmt: skip
        shown = "".join(page.locator("#head").inner_text().split())
        assert shown == heads(given / "voicebot-1.0.0.zip")[-1]["hash"]
        size = page.locator("#head").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        body = page.locator("body").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        assert size > 1.3 * body

    def test_a_head_from_elsewhere_anchors_or_refutes(self, page: Any, given: Path) -> None:
        path = given / "voicebot-1.0.0.zip"
        lines = heads(path)
        head = lines[-1]["hash"]
        spaced = " ".join(head[at : at + 8] for at in range(0, 64, 8)).upper()
        assert examine(page, given, path, spaced)["verdict"] == "anchored"
        # A head in between was printed in a PDF filed later: this record stands before it.
        assert examine(page, given, path, lines[1]["hash"])["verdict"] == "anchored"
        assert examine(page, given, path, "0" * 64)["verdict"] == "bad"
        assert examine(page, given, path, "abc")["verdict"] == "bad"

    @pytest.mark.parametrize("audience", ["works-council", "public"])
    def test_a_shortened_zip_holds_and_lists_what_was_left_out(
        self, page: Any, given: Path, audience: str
    ) -> None:
        found = examine(page, given, given / f"voicebot-1.0.0-{audience}.zip")
        assert found["verdict"] == "consistent"
        out = page.locator("#out").inner_text()
        assert "/assessment/roles/0/person" in out
        assert ("attachments/minutes.txt" in out) == (audience == "public")
        assert "record.pdf" in out

    @pytest.mark.parametrize("case", TAMPERED)
    def test_a_changed_zip_does_not_hold(
        self, page: Any, given: Path, tmp_path: Path, case: str
    ) -> None:
        change, step = TAMPERED[case]
        forged = write(tmp_path / "f.zip", change(read(given / "voicebot-1.0.0.zip")))
        found = examine(page, given, forged)
        assert found["verdict"] == "bad"
        assert found[STEPS[step]] == "false", found

    def test_a_cut_that_repairs_everything_fails_against_the_head_received(
        self, page: Any, given: Path, tmp_path: Path
    ) -> None:
        path = given / "voicebot-1.0.0.zip"
        head = heads(path)[-1]["hash"]
        forged = write(tmp_path / "f.zip", cut_thoroughly(read(path)))
        assert examine(page, given, forged)["verdict"] == "consistent"
        assert examine(page, given, forged, head)["verdict"] == "bad"

    def test_any_flipped_byte_is_seen_or_touches_no_content(
        self, page: Any, given: Path, tmp_path: Path
    ) -> None:
        """Every 97th byte of the record's part; the ZIP's own sums are not repaired."""
        content = (given / "voicebot-1.0.0.zip").read_bytes()
        start, end = content.index(b"record/"), content.index(b"verify.html")
        held = []
        for at in range(start, end, max(97, (end - start) // 60)):
            changed = bytearray(content)
            changed[at] ^= 4
            path = tmp_path / "f.zip"
            path.write_bytes(changed)
            if examine(page, given, path)["verdict"] != "bad":
                held.append(at)
        # Dates and attributes in the headers between files mean nothing to anybody.
        for at in held:
            changed = bytearray(content)
            changed[at] ^= 4
            path.write_bytes(changed)
            assert read(path) == read(given / "voicebot-1.0.0.zip")

    def test_a_zip_that_was_packed_anew_with_compression_is_read(
        self, page: Any, given: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "deflated.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in read(given / "voicebot-1.0.0.zip").items():
                archive.writestr(name, content)
        assert examine(page, given, path)["verdict"] == "consistent"

    @pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18])
    def test_what_is_no_zip_is_told_in_words(
        self, page: Any, given: Path, tmp_path: Path, content: bytes
    ) -> None:
        path = tmp_path / "x.zip"
        path.write_bytes(content)
        assert examine(page, given, path)["verdict"] == "bad"

    def test_markup_in_a_record_stays_text(self, page: Any, tmp_path: Path) -> None:
        outputs = tmp_path / "outputs"
        title = "<img src=x onerror=alert(1)>"
        seal_sample(outputs, feature="voicebot", gate={"status": "blocked", "reasons": [title]},
                    as_of="2026-11-23")  # fmt: skip
        made = export_record(outputs, RecordName("voicebot", "1.0.0"), tmp_path, present=present)
        files = read(made.path)
        told = json.loads(files["record/record.json"])
        told["feature"]["title"] = title
        write(made.path, {**files, "record/record.json": canonical(told)})
        (tmp_path / "verify.html").write_bytes(files["verify.html"])
        assert examine(page, tmp_path, made.path)["verdict"] == "bad"
        assert page.locator("#about img").count() == 0
        assert title in page.locator("#about").inner_text()

    def test_the_page_speaks_german_and_english(self, page: Any, given: Path) -> None:
        examine(page, given, given / "voicebot-1.0.0-public.zip")
        page.click("#de")
        assert page.locator("html").get_attribute("lang") == "de"
        assert "In sich stimmig" in page.locator("#verdict").inner_text()
        assert "Öffentlichkeit" in page.locator("#about").inner_text()
        page.click("#en")
        assert "Consistent in itself" in page.locator("#verdict").inner_text()

    def test_the_page_has_no_violation_that_axe_finds(self, page: Any, given: Path) -> None:
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="install axe")
        opened = page.context.browser.new_context(bypass_csp=True, locale="de-DE").new_page()
        for path in (given / "voicebot-1.0.0-public.zip", given / "verify.html"):
            examine(opened, given, path)
            result = axe.Axe().run(opened)
            assert result.violations_count == 0, result.generate_report()
        opened.close()
