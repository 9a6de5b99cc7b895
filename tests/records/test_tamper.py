"""Tampering with a forger who is thorough: every hash, PDF and ledger line is made anew.

Within one folder such a history is as good as the true one; what was kept outside, a signature by
somebody trusted, and what the signed file itself shows are what catches him.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from record_samples import FEATURE, composer, figures, pdf, present, seal_sample, seal_versions
from signing_samples import authority, signer, stamping, time_service

from impactbook.errors import InputError
from impactbook.records import VerificationReport, canonical, ledger, sha256
from impactbook.records.anchors import Anchors, read_filed, read_head
from impactbook.records.assembly import SealContext
from impactbook.records.canonical import parse_canonical
from impactbook.records.case import Outside
from impactbook.records.folders import RecordName
from impactbook.records.manifest import make_manifest
from impactbook.records.seal import seal
from impactbook.records.signing.pdf import SigningWords, append_signature
from impactbook.records.signing.sign import sign_record
from impactbook.records.signing.trust import Trust
from impactbook.records.timestamps import FOLDER, stamp_head
from impactbook.records.verification import CANNOT_SEE, LEVELS
from impactbook.records.verify import verify

LEDGER = "ledger.jsonl"
SIGNED = f"{FEATURE}/1.1.0/record.signed.pdf"
TRUST = Trust((authority().der,))
TRUSTING = Outside(trust=TRUST)


def sign(outputs: Path, who: str = "Owner", issuer: str = "Test Authority", **more: Any) -> None:
    sign_record(
        outputs, RecordName(FEATURE, "1.1.0"), signer(who, issuer).signing_key,
        words=SigningWords("Signature {number}"), created="2026-11-24T08:00:00Z", **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions of a record; the second is signed twice, by owner and officer."""
    outputs = tmp_path_factory.mktemp("outputs")
    seal_versions(outputs, 2)
    sign(outputs, "Owner")
    sign(outputs, "Officer")
    seal_sample(outputs, findings=[{"id": "f9"}])
    return outputs


@pytest.fixture
def outputs(history: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(history, tmp_path / "outputs"))


def head_of(outputs: Path) -> str:
    head = ledger.head(outputs / LEDGER)
    assert head is not None
    return head


def against(*heads: str, filed: Path | None = None) -> Outside:
    return Outside(Anchors(heads, (read_filed(filed),) if filed else ()), TRUST)


def levels(outputs: Path, outside: Outside = TRUSTING) -> list[str | None]:
    return [report.level for report in verify(outputs, outside=outside)]


def failed(reports: tuple[VerificationReport, ...]) -> set[str]:
    return {step.name for report in reports for step in report.steps if step.ok is not True}


# --- what holds


def test_the_true_history_reaches_each_level_by_what_it_is_held_against(outputs: Path) -> None:
    assert levels(outputs, Outside()) == ["consistent"] * 3
    assert levels(outputs) == ["consistent", "signed", "consistent"]
    assert levels(outputs, against(head_of(outputs))) == ["anchored", "signed", "anchored"]


def test_a_head_vouches_for_what_was_sealed_before_it_and_for_nothing_later(outputs: Path) -> None:
    lines = ledger.read_ledger((outputs / LEDGER).read_bytes()).lines
    # Lines: 1.0.0, 1.1.0, signature, signature, 1.2.0.
    assert levels(outputs, against(lines[0].hash)) == ["anchored", "signed", "consistent"]
    assert levels(outputs, against(lines[1].hash)) == ["anchored", "signed", "consistent"]


def test_a_filed_pdf_vouches_for_its_record_and_the_history_before(outputs: Path) -> None:
    filed = outputs / FEATURE / "1.2.0" / "record.pdf"
    reports = verify(outputs, outside=against(filed=filed))
    assert [report.level for report in reports] == ["anchored", "signed", "anchored"]
    assert "not record.html" in reports[2].notes[0]
    first = outputs / FEATURE / "1.0.0" / "record.pdf"
    assert levels(outputs, against(filed=first)) == ["anchored", "signed", "consistent"]
    signed = outputs / SIGNED
    assert all(report.holds for report in verify(outputs, outside=against(filed=signed)))


def test_each_level_says_what_it_cannot_see(outputs: Path) -> None:
    assert set(CANNOT_SEE) == set(LEVELS)
    assert "cut off" in CANNOT_SEE["consistent"]
    assert "cut off since, does not show" in CANNOT_SEE["anchored"]
    signed = verify(outputs, FEATURE, "1.1.0", outside=TRUSTING)[0].cannot_see
    assert "could still have been cut off" in signed
    anchored = verify(outputs, FEATURE, "1.1.0", outside=against(head_of(outputs)))[0].cannot_see
    assert "could still have been cut off" not in anchored


def test_levels_are_ordered_so_that_more_can_be_required(outputs: Path) -> None:
    report = verify(outputs, FEATURE, "1.1.0", outside=TRUSTING)[0]
    assert [report.reaches(level) for level in LEVELS] == [True, True, True, False]


# --- the thorough forger


def forged_history(folder: Path, versions: int, *, findings: str = "nothing") -> Path:
    """A history of its own, sealed with this very library: every hash and PDF in it is right."""
    for number in range(versions):
        seal_sample(folder, findings=[{"id": f"{findings}-{number}"}])
    return folder


REWRITING: dict[str, Callable[[Path, Path], Path]] = {
    "all of it, as long as before": lambda _, new: forged_history(new, 3),
    "all of it, shorter": lambda _, new: forged_history(new, 1),
    "all of it, longer": lambda _, new: forged_history(new, 6),
}


@pytest.mark.parametrize("rewrite", REWRITING.values(), ids=REWRITING)
def test_a_history_written_anew_is_consistent_and_caught_by_anything_kept_outside(
    outputs: Path, tmp_path: Path, rewrite: Callable[[Path, Path], Path]
) -> None:
    head = head_of(outputs)
    filed = shutil.copy(outputs / FEATURE / "1.1.0" / "record.pdf", tmp_path / "filed.pdf")
    forged = rewrite(outputs, tmp_path / "forged")
    assert set(levels(forged)) == {"consistent"}
    for outside in (against(head), against(filed=Path(filed)), against(head, filed=Path(filed))):
        reports = verify(forged, outside=outside)
        assert not any(report.holds for report in reports)
        assert failed(reports) == {"heads from outside"}


def cut(outputs: Path, lines: int) -> None:
    """Cut the end off: the last lines, and whatever they speak of."""
    path = outputs / LEDGER
    kept = path.read_bytes().splitlines(keepends=True)
    gone = [parse_canonical(raw.strip(), "line") for raw in kept[-lines:]]
    path.write_bytes(b"".join(kept[:-lines]))
    for line in reversed(gone):
        folder = outputs / line["feature"] / line["version"]
        if line["kind"] == "seal":
            shutil.rmtree(folder)
            continue
        left = [parse_canonical(raw.strip(), "line") for raw in kept[:-lines]]
        sizes = [other["size"] for other in left if other["kind"] == "sign"]
        signed = folder / "record.signed.pdf"
        if sizes:
            signed.write_bytes(signed.read_bytes()[: sizes[-1]])
        elif signed.exists():
            signed.unlink()


@pytest.mark.parametrize("lines", [1, 2, 3, 4])
def test_a_history_cut_off_at_its_end_is_consistent_and_caught_by_a_head_from_outside(
    outputs: Path, tmp_path: Path, lines: int
) -> None:
    head = head_of(outputs)
    filed = shutil.copy(outputs / FEATURE / "1.2.0" / "record.pdf", tmp_path / "filed.pdf")
    cut(outputs, lines)
    assert all(report.holds for report in verify(outputs)), verify(outputs)
    for outside in (against(head), against(filed=Path(filed))):
        reports = verify(outputs, outside=outside)
        assert not any(report.holds for report in reports)
        assert failed(reports) == {"heads from outside"}


def rebuilt(outputs: Path, version: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change a record and make everything anew that depends on it, to the end of the ledger."""
    path = outputs / LEDGER
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    before: dict[str, Any] | None = None
    manifests: dict[str, str] = {}
    for line in lines:
        folder = outputs / line["feature"] / line["version"]
        if line["kind"] == "seal":
            record = json.loads((folder / "record.json").read_bytes())
            if line["version"] == version:
                change(record)
            record["provenance"]["ledger_head"] = before["hash"] if before else None
            if record["previous"]:
                record["previous"]["manifest"] = manifests[record["previous"]["version"]]
            files = {
                p.relative_to(folder).as_posix(): p.read_bytes()
                for p in folder.rglob("*")
                if p.is_file() and p.name not in ("manifest.json", "record.signed.pdf")
            }
            files["record.json"] = canonical(record)
            names = ("record.json", "evidence/figures.csv", "notebooks/one.ipynb")
            files["record.pdf"] = pdf({name: files[name] for name in names})
            for name, content in files.items():
                (folder / name).write_bytes(content)
            manifest = make_manifest(line["feature"], line["version"], files)
            (folder / "manifest.json").write_bytes(manifest)
            manifests[line["version"]] = sha256(manifest)
        line["manifest"] = manifests[line["version"]]
        line["previous"] = before["hash"] if before else None
        line["hash"] = ledger.line_hash(line)
        before = line
    path.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))


def _reasons(record: dict[str, Any]) -> None:
    record["gate"]["reasons"] = ["nothing"]


def _clock(record: dict[str, Any]) -> None:
    record["as_of"] = "2020-01-01"


@pytest.mark.parametrize("change", [_reasons, _clock])
def test_an_old_record_changed_and_all_rebuilt_after_it_is_caught_by_the_signature_it_breaks(
    outputs: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    rebuilt(outputs, "1.0.0", change)
    # The signed record names the head before it, so its PDF is another one now.
    assert "signed file" in failed(verify(outputs))


def _resign(outputs: Path, *names: str, issuer: str) -> None:
    """The forger signs with keys of his own and rewrites the ledger's `sign` lines for them."""
    folder = outputs / FEATURE / "1.1.0"
    content = (folder / "record.pdf").read_bytes()
    states = []
    for number, name in enumerate(names, 1):
        key = signer(name, issuer).signing_key
        words = SigningWords(f"Signature {number}")
        content = append_signature(content, key, number=number, words=words)
        states.append((len(content), sha256(content), key.fingerprint))
    (folder / "record.signed.pdf").write_bytes(content)
    path = outputs / LEDGER
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    signed = [line for line in lines if line["kind"] == "sign"]
    for line, (size, digest, certificate) in zip(signed, states, strict=True):
        line.update(size=size, sha256=digest, signer=certificate)
    for before, line in zip([None, *lines], lines, strict=False):
        line["previous"] = before["hash"] if before else None
        line["hash"] = ledger.line_hash(line)
    path.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))


def test_a_forger_who_signs_in_the_same_names_is_not_trusted(outputs: Path) -> None:
    # 1.2.0 goes: it names the head before it, which a rewritten signature changes.
    head = head_of(outputs)
    cut(outputs, 1)
    rebuilt(outputs, "1.1.0", _reasons)
    _resign(outputs, "Owner", "Officer", issuer="Forger")
    report = verify(outputs, FEATURE, "1.1.0", outside=TRUSTING)[0]
    assert (report.holds, report.level) == (True, "consistent"), report
    assert report.facts["signed by"].count("NOT trusted") == 2
    assert not report.reaches("signed")
    assert not verify(outputs, FEATURE, "1.1.0", outside=against(head))[0].holds


# --- the signed file


def _flip(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 4]) + content[position + 1 :]


def _visible(content: bytes) -> bytes:
    """A page added behind the signatures by an incremental update would need this rewriting."""
    import io

    document = pikepdf.open(io.BytesIO(content))
    document.add_blank_page()
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _first_size(outputs: Path) -> int:
    lines = ledger.read_ledger((outputs / LEDGER).read_bytes()).lines
    return next(line.size for line in lines if line.kind == "sign")


SIGNATURE_TAMPERING: dict[str, tuple[Callable[[Path, bytes], bytes | None], str]] = {
    "stripped": (lambda o, c: None, "is missing"),
    "replaced by the unsigned PDF": (
        lambda o, c: (o / FEATURE / "1.1.0/record.pdf").read_bytes(), "was changed"),
    "shortened to the first signature": (
        lambda o, c: c[: _first_size(o)], "shortened to signature 1 of 2"),
    "a line end appended": (lambda o, c: c + b"\n", "something was appended"),
    "another signature appended": (
        lambda o, c: append_signature(
            c, signer("Third").signing_key, number=3, words=SigningWords("x")),
        "something was appended"),
    "rewritten with a page more": (lambda o, c: _visible(c), "was changed"),
    "a bit flipped in the record": (lambda o, c: _flip(c, 40), "was changed"),
    "a bit flipped in the last signature": (lambda o, c: _flip(c, len(c) - 3000), "was changed"),
    "empty": (lambda o, c: b"", "was changed"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "said"), SIGNATURE_TAMPERING.values(), ids=SIGNATURE_TAMPERING)
def test_each_way_to_tamper_with_the_signed_file_is_caught(
    outputs: Path, tamper: Callable[[Path, bytes], bytes | None], said: str
) -> None:
    path = outputs / SIGNED
    content = tamper(outputs, path.read_bytes())
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    report = verify(outputs, FEATURE, "1.1.0", outside=TRUSTING)[0]
    assert "signed file" in failed((report,))
    assert said in next(step.detail for step in report.steps if step.name == "signed file")
    assert verify(outputs, FEATURE, "1.0.0")[0].holds


def test_a_signed_file_that_the_ledger_does_not_name_is_caught(outputs: Path) -> None:
    shutil.copy(outputs / SIGNED, outputs / FEATURE / "1.0.0" / "record.signed.pdf")
    report = verify(outputs, FEATURE, "1.0.0")[0]
    assert failed((report,)) == {"signed file"}


def _overwrite(outputs: Path, content: bytes) -> None:
    """Put a file in place of the signed one and rewrite its `sign` line; later lines are cut."""
    cut(outputs, 1)
    (outputs / SIGNED).write_bytes(content)
    path = outputs / LEDGER
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    lines[-1].update(size=len(content), sha256=sha256(content))
    lines[-1]["hash"] = ledger.line_hash(lines[-1])
    path.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))


def _annotated(content: bytes) -> bytes:
    """An incremental update after the signatures that covers the page with a note."""
    import io

    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject({
        generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
        generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
        generic.pdf_name("/Rect"): generic.ArrayObject(
            [generic.NumberObject(n) for n in (0, 0, 600, 800)]),
        generic.pdf_name("/Contents"): generic.pdf_string("gate: pass"),
    })  # fmt: skip
    annotations = list(page.get("/Annots", ()))
    page[generic.pdf_name("/Annots")] = generic.ArrayObject([*annotations, writer.add_object(note)])
    writer.update_container(page)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_a_forger_who_also_rewrites_the_ledger_cannot_hide_what_he_appended(outputs: Path) -> None:
    _overwrite(outputs, (outputs / SIGNED).read_bytes() + b"\n")
    report = verify(outputs, FEATURE, "1.1.0", outside=TRUSTING)[0]
    assert "signatures" in failed((report,))


def test_a_note_over_the_page_is_caught_after_the_signatures(outputs: Path) -> None:
    content = (outputs / SIGNED).read_bytes()
    _overwrite(outputs, _annotated(content))
    assert "signatures" in failed(verify(outputs, FEATURE, "1.1.0", outside=TRUSTING))


def test_a_note_over_the_page_is_caught_even_if_somebody_trusted_signs_it(outputs: Path) -> None:
    before = (outputs / FEATURE / "1.1.0" / "record.pdf").read_bytes()
    key = signer("Owner").signing_key
    covered = append_signature(_annotated(before), key, number=1, words=SigningWords("Signature 1"))
    cut(outputs, 1)
    _overwrite(outputs, covered)
    report = verify(outputs, FEATURE, "1.1.0", outside=TRUSTING)[0]
    assert failed((report,)) == {"signatures"}
    assert "more was appended" in next(s.detail for s in report.steps if s.name == "signatures")


# --- time stamps


def test_a_forged_history_with_old_stamps_is_caught_and_with_new_ones_stays_consistent(
    outputs: Path, tmp_path: Path
) -> None:
    with time_service() as service:
        stamp_head(outputs, service)
        forged = forged_history(tmp_path / "forged", 3)
        shutil.copytree(outputs / FOLDER, forged / FOLDER)
        assert "time stamps" in failed(verify(forged, outside=TRUSTING))
        shutil.rmtree(forged / FOLDER)
        stamp_head(forged, service)
    # Anyone can have a forgery stamped: that says when, not whether it is true.
    assert set(levels(forged)) == {"consistent"}


def test_a_stamp_put_under_another_head_is_caught(outputs: Path) -> None:
    with time_service() as service:
        path = stamp_head(outputs, service)
    assert path is not None
    lines = ledger.read_ledger((outputs / LEDGER).read_bytes()).lines
    path.rename(path.with_name(f"{lines[0].hash}.{path.name.split('.')[1]}.tst"))
    assert "time stamps" in failed(verify(outputs, outside=TRUSTING))


@pytest.mark.parametrize("position", [30, 300, -40])
def test_a_flipped_bit_in_a_stamp_is_caught(outputs: Path, position: int) -> None:
    with time_service() as service:
        path = stamp_head(outputs, service)
    assert path is not None
    content = path.read_bytes()
    path.write_bytes(_flip(content, position % len(content)))
    assert "time stamps" in failed(verify(outputs, outside=TRUSTING))


def test_a_stamp_of_a_service_nobody_trusts_lifts_no_level(outputs: Path) -> None:
    with time_service(stamping(issuer="Forger")) as service:
        stamp_head(outputs, service)
    assert levels(outputs) == ["consistent", "signed", "consistent"]


# --- what people type


def test_a_head_may_be_typed_with_spaces_and_capitals(outputs: Path) -> None:
    head = head_of(outputs)
    typed = " ".join(head[i : i + 8].upper() for i in range(0, 64, 8))
    assert read_head(typed) == head


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "a" * 63, "a" * 65])
def test_what_is_no_head_is_told(text: str) -> None:
    with pytest.raises(InputError, match="is no ledger head"):
        read_head(text)


@pytest.mark.parametrize("content", [None, b"noise", pdf({}), pdf({"record.json": b"{}"})])
def test_what_is_no_filed_record_is_told(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "f.pdf").write_bytes(content)
    with pytest.raises(InputError, match="--anchor"):
        read_filed(tmp_path / "f.pdf")


def test_a_filed_pdf_with_another_record_is_caught(outputs: Path, tmp_path: Path) -> None:
    def compose(context: SealContext) -> Any:
        return composer(0.5)(context)

    other = tmp_path / "other"
    seal(other, FEATURE, compose=compose, present=present)
    assert figures(0.5) != figures(0.25)
    filed = other / FEATURE / "1.0.0" / "record.pdf"
    reports = verify(outputs, outside=against(filed=filed))
    assert failed(reports) == {"heads from outside"}
    assert "another record.json" in reports[0].steps[-1].detail
