"""Exported ZIPs of the small sample record, and every way in which somebody might change one."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
from record_samples import figures, pdf, record_json

from impactbook.records import conceal
from impactbook.records.assembly import Composition, FinalRecord, SealContext
from impactbook.records.canonical import canonical, sha256
from impactbook.records.disclosures import copy_mark, reveal, to_json
from impactbook.records.export.archive import pack
from impactbook.records.ledger import line_hash
from impactbook.records.manifest import FIGURES
from impactbook.records.seal import Sealed, seal

NAMES = ("Erika Mustermann", "Jörg Çelik")
ATTACHMENT = b"Gespr\xc3\xa4chsprotokoll, unsigned\n"
INTERNAL = (
    "/assessment/roles/0/person",
    "/assessment/roles/1/person",
    "/attachments/0/file",
)

Files = dict[str, bytes]


def composer(*, internal: tuple[str, ...] = (), **changes: Any) -> Any:
    """A record with two people, an attachment under a neutral name, evidence and a notebook."""

    def compose(context: SealContext) -> Composition:
        given = {
            **record_json(),
            "feature": {"id": context.feature, "title": "Sprachbot"},
            "assessment": {
                "roles": [
                    {"role": "owner", "person": NAMES[0]},
                    {"role": "oversight", "person": NAMES[1]},
                ]
            },
            "attachments": [
                {
                    "id": "minutes",
                    "file": "Protokoll Mustermann.txt",
                    "path": "attachments/minutes.txt",
                    "sha256": sha256(ATTACHMENT),
                    "size": len(ATTACHMENT),
                }
            ],
            **changes,
        }
        public, disclosures = conceal(given, (*INTERNAL, *internal))
        files = {
            FIGURES: figures(),
            "evidence/cv.json": b'{"success":true}',
            "notebooks/one.ipynb": b'{"cells":[]}',
            "attachments/minutes.txt": ATTACHMENT,
            "ballots.jsonl": b"",
        }
        return Composition(public, disclosures, files)

    return compose


def present(final: FinalRecord) -> dict[str, bytes]:
    """A PDF that carries everything, and HTML; both say the names that are disclosed."""
    shown = reveal(final.record, final.disclosures)
    people = ", ".join(str(role["person"]) for role in shown["assessment"]["roles"])
    carried = {
        "record.json": final.content,
        "disclosures.json": canonical(to_json(final.disclosures)),
        **{path.rpartition("/")[2]: content for path, content in final.files.items()},
    }
    mark = copy_mark(final.disclosures)
    html = f"<!doctype html><title>record</title><p>{people}<p>{mark}".encode()
    return {"record.pdf": _titled(pdf(carried), people), "record.html": html}


def _titled(content: bytes, title: str) -> bytes:
    """The PDF with a title, in a stream that is compressed as a page's would be."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.Root.Shown = document.make_stream(title.encode())
        document.save(target, deterministic_id=True)
    return target.getvalue()


def seal_sample(outputs: Path, feature: str = "voicebot", **changes: Any) -> Sealed:
    """Seal the sample."""
    return seal(outputs, feature, compose=composer(**changes), present=present)


def read(path: Path) -> Files:
    """The files of a ZIP."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, files: Files) -> Path:
    """A ZIP whose own sums are right again, whatever was done to the files."""
    path.write_bytes(pack(files))
    return path


def _edit(files: Files, name: str, change: Callable[[Any], Any]) -> Files:
    value = json.loads(files[name])
    return {**files, name: canonical(change(value) or value)}


def _flip(name: str, at: int = 20) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        content = bytearray(files[name])
        content[at % len(content)] ^= 1
        return {**files, name: bytes(content)}

    return change


def _swap(one: str, other: str) -> Callable[[Files], Files]:
    return lambda files: {**files, one: files[other], other: files[one]}


def _drop(name: str) -> Callable[[Files], Files]:
    return lambda files: {key: value for key, value in files.items() if key != name}


def _json(name: str, change: Callable[[Any], Any]) -> Callable[[Files], Files]:
    return lambda files: _edit(files, name, change)


def _lines(change: Callable[[list[Any]], list[Any]]) -> Callable[[Files], Files]:
    def changed(files: Files) -> Files:
        lines = [json.loads(line) for line in files["ledger.jsonl"].splitlines()]
        return {**files, "ledger.jsonl": b"".join(canonical(x) + b"\n" for x in change(lines))}

    return changed


def _relinked(lines: list[Any]) -> list[Any]:
    """The lines with numbers, predecessors and hashes made right again."""
    before = None
    for line in lines:
        if before is not None:
            line["previous"], line["seq"] = before["hash"], before["seq"] + 1
        line["hash"] = line_hash(line)
        before = line
    return lines


def _pretend_made_anew(files: Files) -> Files:
    forged = b"%PDF-1.7 another report"
    entry = {"path": "record.pdf", "size": len(forged), "sha256": sha256(forged)}
    told = json.loads(files["export.json"])
    told["made_anew"] = [entry]
    return {**files, "record/record.pdf": forged, "export.json": canonical(told)}


def _pretend_sealed_made_anew(files: Files) -> Files:
    forged = files["record/evidence/figures.csv"].replace(b"0.25", b"0.75")
    entry = {"path": "evidence/figures.csv", "size": len(forged), "sha256": sha256(forged)}
    told = json.loads(files["export.json"])
    told["made_anew"], told["left_out"] = [entry], ["/assessment/roles/0/person"]
    return {
        **files,
        "record/evidence/figures.csv": forged,
        "export.json": canonical(told),
    }


def _other_person(value: Any) -> None:
    value["entries"][0]["value"] = "Max Muster"


def _other_salt(value: Any) -> None:
    value["entries"][0]["salt"] = "0" * 32


def _without_entry(value: Any) -> None:
    del value["entries"][0]


def _silently_left_out(value: Any) -> None:
    value["left_out"] = value["left_out"] + ["/assessment/roles/9/person"]


def _other_version(value: Any) -> None:
    value["version"] = "1.0.1"


def _other_decision(value: Any) -> None:
    value["decision"]["outcome"] = "go"


def _other_time(lines: list[Any]) -> list[Any]:
    lines[0]["created"] = "2027-01-01T00:00:00Z"
    return lines


def _other_manifest(lines: list[Any]) -> list[Any]:
    lines[0]["manifest"] = "b" * 64
    return _relinked(lines)


def _sealed_twice(lines: list[Any]) -> list[Any]:
    return _relinked([*lines, dict(lines[0])])


Change = Callable[[Files], Files]

TAMPERED: dict[str, tuple[Change, str]] = {
    "a bit of record.json": (_flip("record/record.json"), "files"),
    "a bit of figures.csv": (_flip("record/evidence/figures.csv"), "files"),
    "a bit of record.pdf": (_flip("record/record.pdf", 500), "files"),
    "a bit of record.html": (_flip("record/record.html"), "files"),
    "a bit of the manifest": (_flip("record/manifest.json", 40), "place in the ledger"),
    "a bit of the ledger": (_flip("ledger.jsonl", 30), "ledger extract"),
    "a bit of export.json": (_flip("export.json", 5), "description"),
    "two files swapped": (_swap("record/notebooks/one.ipynb", "record/evidence/cv.json"), "files"),
    "a file dropped": (_drop("record/evidence/cv.json"), "files"),
    "the PDF dropped": (_drop("record/record.pdf"), "files"),
    "the manifest dropped": (_drop("record/manifest.json"), "zip"),
    "the disclosures dropped": (_drop("record/disclosures.json"), "zip"),
    "a file added": (lambda f: {**f, "record/evidence/more.csv": b"1"}, "files"),
    "a file added beside": (lambda f: {**f, "letter.pdf": b"1"}, "zip"),
    "an unsealed signature": (lambda f: {**f, "record/record.signed.pdf": b"1"}, "signed file"),
    "another decision": (_json("record/record.json", _other_decision), "files"),
    "another person": (_json("record/disclosures.json", _other_person), "disclosures"),
    "another salt": (_json("record/disclosures.json", _other_salt), "disclosures"),
    "a disclosure taken away": (_json("record/disclosures.json", _without_entry), "disclosures"),
    "a field said to be left out": (_json("export.json", _silently_left_out), "disclosures"),
    "another version": (_json("export.json", _other_version), "manifest"),
    "a PDF said to be made anew": (_pretend_made_anew, "description"),
    "evidence said to be made anew": (_pretend_sealed_made_anew, "description"),
    "the ledger's end cut off": (_lines(lambda lines: lines[:-1]), "ledger head"),
    "the ledger's beginning cut off": (_lines(lambda lines: lines[1:]), "place in the ledger"),
    "a line in the middle dropped": (_lines(lambda x: [x[0], *x[2:]]), "ledger extract"),
    "two lines swapped": (_lines(lambda x: [x[0], x[2], x[1]]), "ledger extract"),
    "another time in the ledger": (_lines(_other_time), "ledger extract"),
    "another manifest in the ledger": (_lines(_other_manifest), "place in the ledger"),
    "sealed twice in the ledger": (_lines(_sealed_twice), "place in the ledger"),
}
"""Each change with the first step that must say no; the forger repairs the ZIP's own sums."""


def cut_thoroughly(files: Files) -> Files:
    """The ledger's end cut off, and `export.json` made to fit: only a head from outside tells."""
    lines = files["ledger.jsonl"].splitlines()[:-1]
    told = json.loads(files["export.json"])
    told["head"] = json.loads(lines[-1])["hash"]
    return {
        **files,
        "ledger.jsonl": b"\n".join(lines) + b"\n",
        "export.json": canonical(told),
    }
