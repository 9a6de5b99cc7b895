"""Verification: what holds, and each way to tamper with a record, its PDF or the ledger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_samples import FEATURE, INTERNAL, files_below, pdf, seal_sample, seal_versions

from impactbook.errors import InputError
from impactbook.model.record import EraseLine, SealLine
from impactbook.records import (
    CONSISTENT_CANNOT_SEE,
    VerificationReport,
    canonical,
    ledger,
    parse_canonical,
    sha256,
    verify_pdf,
    verify_record,
)
from impactbook.records.manifest import make_manifest
from impactbook.records.verification import Step
from impactbook.records.verify import PLAN, verify


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two records of one feature and one of another; left as they are."""
    outputs = tmp_path_factory.mktemp("outputs")
    seal_versions(outputs, 2)
    seal_versions(outputs, 1, "chat")
    return outputs


@pytest.fixture
def outputs(sealed: Path, tmp_path: Path) -> Path:
    """A copy of the three records to tamper with."""
    return Path(shutil.copytree(sealed, tmp_path / "outputs"))


def failed(report: VerificationReport) -> set[str]:
    return {step.name for step in report.steps if step.ok is False}


def step(report: VerificationReport, name: str) -> Step:
    return next(step for step in report.steps if step.name == name)


def second(outputs: Path) -> VerificationReport:
    return verify_record(outputs, FEATURE, "1.1.0")


def test_untouched_records_hold_and_are_consistent_in_every_numbered_step(sealed: Path) -> None:
    for report in verify(sealed):
        # All but the last, which needs a head from outside.
        assert [s.number for s in report.steps] == list(range(1, len(PLAN)))
        assert all(s.ok is True for s in report.steps), report
        assert (report.holds, report.level) == (True, "consistent")
        assert report.cannot_see == CONSISTENT_CANNOT_SEE


def test_the_docstring_lists_as_many_steps_as_the_plan_has() -> None:
    import impactbook.records.verify as module

    numbered = [line for line in (module.__doc__ or "").splitlines() if line[:2].strip().isdigit()]
    assert [int(line[:2]) for line in numbered] == list(range(1, len(PLAN) + 1))


def test_all_records_one_feature_or_one_record_can_be_asked_for(sealed: Path) -> None:
    assert [r.subject for r in verify(sealed)] == ["chat@1.0.0", "voicebot@1.0.0", "voicebot@1.1.0"]
    assert [r.subject for r in verify(sealed, "chat")] == ["chat@1.0.0"]
    assert second(sealed).facts["ledger head"] == ledger.head(sealed / "ledger.jsonl")


@pytest.mark.parametrize(("feature", "version"), [("none", None), (FEATURE, "9.0.0")])
def test_a_record_that_does_not_exist_is_the_users_mistake(
    sealed: Path, feature: str, version: str | None
) -> None:
    with pytest.raises(InputError, match="there is no sealed record of"):
        verify(sealed, feature, version)


def test_without_any_record_there_is_nothing_to_verify(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match="there is no sealed record to verify"):
            verify(folder)


def test_a_report_without_steps_or_with_an_unchecked_one_does_not_hold() -> None:
    passed, unchecked = Step(1, "a", ok=True), Step(2, "b", ok=None)
    assert not VerificationReport("x", ()).holds
    assert not VerificationReport("x", (passed, unchecked)).holds
    assert VerificationReport("x", (passed,)).holds


def test_verifying_writes_nothing(sealed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in [sealed, *sealed.rglob("*")]}
    verify(sealed)
    assert {path: path.stat().st_mtime_ns for path in [sealed, *sealed.rglob("*")]} == before


# --- every file, every bit


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_flipped_bit_in_any_file_is_found(sealed: Path, data: st.DataObject) -> None:
    files = sorted(path for path in sealed.rglob("*") if path.is_file() and path.name != ".lock")
    path = data.draw(st.sampled_from(files))
    original = path.read_bytes()
    position = data.draw(st.integers(0, len(original) - 1))
    damaged = bytearray(original)
    damaged[position] ^= 1 << data.draw(st.integers(0, 7))
    try:
        path.write_bytes(bytes(damaged))
        assert not all(report.holds for report in verify(sealed))
    finally:
        path.write_bytes(original)


@pytest.mark.parametrize("name", [
    "disclosures.json", "evidence/cv.json", "evidence/figures.csv", "manifest.json",
    "notebooks/one.ipynb", "record.html", "record.json", "record.pdf",
])  # fmt: skip
@pytest.mark.parametrize("damage", ["delete", "empty", "append", "noise", "link"])
def test_each_damage_to_each_file_is_found_without_a_traceback(
    outputs: Path, name: str, damage: str
) -> None:
    path = outputs / FEATURE / "1.1.0" / name
    content = path.read_bytes()
    if damage == "delete":
        path.unlink()
    elif damage == "link":
        (outputs.parent / "elsewhere").write_bytes(content)
        path.unlink()
        path.symlink_to(outputs.parent / "elsewhere")
    else:
        path.write_bytes({"empty": b"", "append": content + b"\n", "noise": b"\xff\x00["}[damage])
    report = second(outputs)
    assert not report.holds
    assert report.level is None
    assert verify_record(outputs, "chat", "1.0.0").holds


def _swap(one: Path, other: Path) -> None:
    kept = one.with_name("kept")
    one.rename(kept)
    other.rename(one)
    kept.rename(other)


def _edit_ledger(outputs: Path, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    path = outputs / "ledger.jsonl"
    path.write_bytes(b"".join(edit(path.read_bytes().splitlines(keepends=True))))


TAMPERING: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a file added": (
        lambda o: (o / FEATURE / "1.1.0/evidence/more.json").write_text("{}"), "files"),
    "a hidden file added": (lambda o: (o / FEATURE / "1.1.0/.hidden").write_text("x"), "files"),
    "two records swapped": (
        lambda o: _swap(o / FEATURE / "1.0.0", o / FEATURE / "1.1.0"), "manifest"),
    "a record from another feature": (
        lambda o: _swap(o / FEATURE / "1.1.0", o / "chat/1.0.0"), "manifest"),
    "the record deleted": (lambda o: shutil.rmtree(o / FEATURE / "1.1.0"), "folder"),
    "the predecessor deleted": (lambda o: shutil.rmtree(o / FEATURE / "1.0.0"), "predecessor"),
    "a copy beside it": (
        lambda o: shutil.copytree(o / FEATURE / "1.1.0", o / FEATURE / "1.2.0"),
        "ledger and folders"),
    "a folder that is no record": (
        lambda o: (o / FEATURE / "1.1.0-old").mkdir(), "ledger and folders"),
    "a record outside a feature": (
        lambda o: (o / "Not A Feature" / "1.0.0").mkdir(parents=True), "ledger and folders"),
    "the ledger deleted": (lambda o: (o / "ledger.jsonl").unlink(), "place in the ledger"),
    "the ledger emptied": (
        lambda o: (o / "ledger.jsonl").write_bytes(b""), "ledger and folders"),
    "the ledger is noise": (
        lambda o: (o / "ledger.jsonl").write_bytes(b"\xff{\n[["), "ledger"),
    "the ledger is a folder": (
        lambda o: ((o / "ledger.jsonl").unlink(), (o / "ledger.jsonl").mkdir()), "ledger"),
    "the ledger rolled back": (lambda o: _edit_ledger(o, lambda lines: lines[:1]), "ledger and folders"),
    "a line dropped": (lambda o: _edit_ledger(o, lambda lines: lines[1:]), "ledger"),
    "lines swapped": (lambda o: _edit_ledger(o, lambda lines: [lines[1], lines[0], lines[2]]), "ledger"),
    "a line doubled": (lambda o: _edit_ledger(o, lambda lines: [*lines, lines[-1]]), "ledger"),
    "a forged intent": (lambda o: (o / ".sealing.json").write_text("{}"), "ledger"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "where"), TAMPERING.values(), ids=TAMPERING)
def test_each_way_to_tamper_is_found_where_it_happened(
    outputs: Path, tamper: Callable[[Path], Any], where: str
) -> None:
    tamper(outputs)
    reports = [report for report in verify(outputs) if not report.holds]
    assert where in set().union(*map(failed, reports)), reports


def test_a_missing_manifest_leaves_steps_unchecked_which_is_not_passed(outputs: Path) -> None:
    (outputs / FEATURE / "1.1.0/manifest.json").unlink()
    assert step(second(outputs), "files") == Step(
        3, "files", None, "not checked: manifest.json cannot be read"
    )


# --- forgers who rebuild hashes


def resealed(outputs: Path, change: Callable[[dict[str, bytes]], Any]) -> None:
    """Change files of the newest record, rebuild its manifest and its (last) ledger line."""
    folder = outputs / FEATURE / "1.1.0"
    files = {k: v for k, v in files_below(folder).items() if k != "manifest.json"}
    change(files)
    for path, content in files.items():
        (folder / path).write_bytes(content)
    (folder / "manifest.json").write_bytes(make_manifest(FEATURE, "1.1.0", files))
    relined(outputs, manifest=sha256((folder / "manifest.json").read_bytes()))


def relined(outputs: Path, **changes: Any) -> None:
    path = outputs / "ledger.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    lines[1] |= changes
    for before, line in zip([None, *lines], lines, strict=False):
        line["previous"] = before["hash"] if before else None
        line["hash"] = ledger.line_hash(line)
    path.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))


def edited(files: dict[str, bytes], edit: Callable[[dict[str, Any]], Any]) -> None:
    record = json.loads(files["record.json"])
    edit(record)
    files["record.json"] = canonical(record)


def carried(files: dict[str, bytes], **changes: bytes) -> None:
    """Rebuild the PDF around the changed record."""
    names = ("record.json", "evidence/figures.csv", "notebooks/one.ipynb")
    files["record.pdf"] = pdf({**{name: files[name] for name in names}, **changes})


def _change_gate(files: dict[str, bytes]) -> None:
    edited(files, lambda record: record["gate"].update(status="pass"))
    carried(files)


FORGERY: dict[str, tuple[Callable[[dict[str, bytes]], Any], str]] = {
    "record changed, PDF forgotten": (
        lambda f: edited(f, lambda r: r["gate"].update(reasons=[])), "copies in the PDF"),
    "gate changed, version kept": (_change_gate, "version"),
    "predecessor changed": (
        lambda f: edited(f, lambda r: r["previous"].update(manifest="0" * 64)), "predecessor"),
    "changes since another version": (
        lambda f: edited(f, lambda r: r["previous"]["changes"].update(old="0.9.0")), "predecessor"),
    "predecessor dropped": (
        lambda f: edited(f, lambda r: r.update(previous=None)), "predecessor"),
    "clock changed": (
        lambda f: edited(f, lambda r: r.update(created="2020-01-01T00:00:00Z")),
        "place in the ledger"),
    "head changed": (
        lambda f: edited(f, lambda r: r["provenance"].update(ledger_head="0" * 64)),
        "place in the ledger"),
    "another version named": (lambda f: edited(f, lambda r: r.update(version="1.0.0")), "record"),
    "another feature named": (
        lambda f: edited(f, lambda r: r["feature"].update(id="chat")), "record"),
    "an unknown key": (lambda f: edited(f, lambda r: r.update(extra=1)), "record"),
    "a part of the wrong kind": (
        lambda f: edited(f, lambda r: r["decision"].update(conditions=7)), "version"),
    "not canonical": (
        lambda f: f.update({"record.json": json.dumps(json.loads(f["record.json"])).encode()}),
        "record"),
    "not an object": (lambda f: f.update({"record.json": b"[]"}), "record"),
    "figures changed": (
        lambda f: f.update({"evidence/figures.csv": f["evidence/figures.csv"] + b"x"}), "record"),
    "figures changed, record too": (
        lambda f: (f.update({"evidence/figures.csv": b"x"}), edited(f, lambda r:
        r["provenance"]["evidence"].update({"evidence/figures.csv": sha256(b"x")}))),
        "copies in the PDF"),
    "a seal without its opening": (
        lambda f: f.update({"disclosures.json": canonical(
            {"schema": "impactbook/disclosures/1", "entries": []})}), "disclosures"),
    "a lying disclosure": (
        lambda f: f.update({"disclosures.json": f["disclosures.json"].replace(b"Erika", b"Frank")}),
        "disclosures"),
    "PDF without copies": (lambda f: f.update({"record.pdf": pdf({})}), "copies in the PDF"),
    "PDF with one copy more": (lambda f: carried(f, **{"x.txt": b"x"}), "copies in the PDF"),
    "PDF with a wrong copy": (lambda f: carried(f, **{"record.json": b"x"}), "copies in the PDF"),
    "PDF that is none": (lambda f: f.update({"record.pdf": b"%PDF-1.7\n%%EOF"}),
        "copies in the PDF"),
    "PDF cut short": (
        lambda f: f.update({"record.pdf": f["record.pdf"][:-40]}), "copies in the PDF"),
}  # fmt: skip


@pytest.mark.parametrize(("forge", "where"), FORGERY.values(), ids=FORGERY)
def test_a_forger_who_rebuilds_manifest_and_ledger_is_found_where_he_changed_something(
    outputs: Path, forge: Callable[[dict[str, bytes]], Any], where: str
) -> None:
    resealed(outputs, forge)
    report = second(outputs)
    assert where in failed(report), report
    assert {"files", "ledger"}.isdisjoint(failed(report)), report


def test_a_forger_who_rebuilds_everything_is_consistent_and_the_report_says_so(
    outputs: Path,
) -> None:
    # Reasons are content of a MINOR version, which 1.1.0 is: nothing within the folder tells.
    def forge(files: dict[str, bytes]) -> None:
        edited(files, lambda record: record["gate"].update(reasons=["nothing"]))
        carried(files)

    before = ledger.head(outputs / "ledger.jsonl")
    resealed(outputs, forge)
    (outputs / "chat").rename(outputs.parent / "chat")
    _edit_ledger(outputs, lambda lines: lines[:2])
    assert all(report.holds for report in verify(outputs))
    assert "written all of it anew" in second(outputs).cannot_see
    assert second(outputs).facts["ledger head"] != before


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"version": "1.2.0"}, "place in the ledger"),
        ({"feature": "chat"}, "place in the ledger"),
        ({"seq": 7}, "ledger"),
        ({"created": "2020-01-01T00:00:00Z"}, "place in the ledger"),
        ({"manifest": "0" * 64}, "place in the ledger"),
        ({"kind": "unknown"}, "ledger"),
        ({"extra": 1}, "ledger"),
    ],
)
def test_a_line_rewritten_with_all_hashes_after_it_is_found(
    outputs: Path, change: dict[str, Any], where: str
) -> None:
    relined(outputs, **change)
    assert where in failed(second(outputs))


# --- erasures (the lines that a later command writes)


def erase(
    outputs: Path, *, fields: tuple[str, ...] = INTERNAL, manifest: str | None = None
) -> None:
    """Drop the disclosure of 1.1.0, rebuild PDF and HTML, and add the ledger's line."""
    folder = outputs / FEATURE / "1.1.0"
    (folder / "disclosures.json").write_bytes(
        canonical({"schema": "impactbook/disclosures/1", "entries": []})
    )
    (folder / "record.html").write_bytes(b"<p>left out</p>")
    line_1 = ledger.read_ledger((outputs / "ledger.jsonl").read_bytes()).lines[1]
    last = ledger.tail(outputs / "ledger.jsonl").last
    assert last is not None
    body = {
        "schema": "impactbook/ledger/1", "kind": "erase", "seq": last.seq + 1,
        "feature": FEATURE, "version": "1.1.0", "manifest": manifest or line_1.manifest,
        "previous": last.hash,
        "created": "2027-02-03T10:00:00Z", "fields": list(fields), "reason": "Art. 17 DSGVO",
        "files": [{"path": "record.html", "size": 15, "sha256": sha256(b"<p>left out</p>")}],
    }  # fmt: skip
    line = EraseLine.model_validate({**body, "hash": ledger.line_hash(body)})
    ledger.append(outputs / "ledger.jsonl", line)


def test_an_erasure_with_its_line_holds_and_says_why(outputs: Path) -> None:
    erase(outputs)
    report = second(outputs)
    assert report.holds, report
    said = step(report, "disclosures").detail
    assert "/assessment/roles/0/person erased on 2027-02-03 because: Art. 17 DSGVO" in said


def test_an_erasure_of_another_field_does_not_explain_a_missing_one(outputs: Path) -> None:
    erase(outputs, fields=("/assessment/roles/1/person",))
    assert "disclosures" in failed(second(outputs))


def test_an_erasure_must_name_the_manifest_that_was_sealed(outputs: Path) -> None:
    erase(outputs, manifest="0" * 64)
    assert failed(second(outputs)) == {"ledger and folders"}


def test_sealing_goes_on_after_an_erasure(outputs: Path) -> None:
    erase(outputs)
    assert seal_sample(outputs, value=0.5).version == "1.2.0"
    assert all(report.holds for report in verify(outputs))


def test_a_missing_disclosure_without_a_line_fails(outputs: Path) -> None:
    (outputs / FEATURE / "1.1.0/disclosures.json").write_bytes(
        canonical({"schema": "impactbook/disclosures/1", "entries": []})
    )
    assert "missing without an erasure" in step(second(outputs), "disclosures").detail


def test_an_erase_line_cannot_replace_what_shows_no_names(outputs: Path) -> None:
    folder = outputs / FEATURE / "1.1.0"
    (folder / "evidence/cv.json").write_bytes(b"{}")
    _edit_ledger(outputs, lambda lines: lines[:2])
    last = ledger.tail(outputs / "ledger.jsonl").last
    assert isinstance(last, SealLine)
    body = {
        "schema": "impactbook/ledger/1", "kind": "erase", "seq": last.seq + 1,
        "feature": FEATURE, "version": "1.1.0", "manifest": last.manifest, "previous": last.hash,
        "created": "2027-02-03T10:00:00Z", "fields": list(INTERNAL), "reason": "r",
        "files": [{"path": "evidence/cv.json", "size": 2, "sha256": sha256(b"{}")}],
    }  # fmt: skip
    line = EraseLine.model_validate({**body, "hash": ledger.line_hash(body)})
    ledger.append(outputs / "ledger.jsonl", line)
    assert "files" in failed(second(outputs))


# --- a PDF alone


def test_a_lone_pdf_holds_by_what_it_carries_and_names_its_facts(
    sealed: Path, tmp_path: Path
) -> None:
    source = sealed / FEATURE / "1.1.0"
    file = Path(shutil.copy(source / "record.pdf", tmp_path / "filed.pdf"))
    report = verify_pdf(file)
    assert report.holds
    assert report.facts["feature"] == FEATURE
    assert report.facts["gate"] == "conditional"
    assert report.facts["record.json"] == sha256((source / "record.json").read_bytes())
    first = ledger.read_ledger((sealed / "ledger.jsonl").read_bytes()).lines[0]
    assert report.facts["ledger head before"] == first.hash
    assert "Whether its pages say the same" in report.cannot_see


@pytest.mark.parametrize(
    ("carry", "where"),
    [
        (lambda f: {}, "embedded files"),
        (lambda f: {"x": b""}, "record"),
        (lambda f: {**f, "record.json": b"{}"}, "record"),
        (lambda f: {**f, "record.json": f["record.json"] + b" "}, "record"),
        (lambda f: {**f, "evidence/figures.csv": b"x"}, "evidence"),
        (lambda f: {"record.json": f["record.json"]}, "evidence"),
        (lambda f: {**f, "evidence/more.json": b"x"}, "evidence"),
    ],
)
def test_a_lone_pdf_with_other_contents_fails(
    sealed: Path, tmp_path: Path, carry: Any, where: str
) -> None:
    source = sealed / FEATURE / "1.1.0"
    names = ("record.json", "evidence/figures.csv", "notebooks/one.ipynb")
    (tmp_path / "x.pdf").write_bytes(pdf(carry({n: (source / n).read_bytes() for n in names})))
    report = verify_pdf(tmp_path / "x.pdf")
    assert where in failed(report)
    assert report.facts == {}


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_at_all_are_a_failed_step_not_a_traceback(tmp_path: Path, noise: bytes) -> None:
    (tmp_path / "x.pdf").write_bytes(noise)
    assert not verify_pdf(tmp_path / "x.pdf").holds


def test_a_pdf_that_does_not_exist_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        verify_pdf(tmp_path / "x.pdf")


def test_names_from_a_forged_folder_cannot_steer_a_terminal(outputs: Path) -> None:
    (outputs / FEATURE / "1.1.0" / "\x1b[2Jx").write_text("")
    assert "\x1b" not in step(second(outputs), "files").detail


def test_a_record_is_read_as_it_was_written(sealed: Path) -> None:
    content = (sealed / FEATURE / "1.1.0/record.json").read_bytes()
    assert canonical(parse_canonical(content, "record.json")) == content
