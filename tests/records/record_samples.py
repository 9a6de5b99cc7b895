"""Small records for the tests of this folder: real files, the least that a record must hold."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf

from impactbook.model.evidence import Figure
from impactbook.records import conceal, write_figures
from impactbook.records.assembly import Composition, FinalRecord, SealContext
from impactbook.records.manifest import FIGURES
from impactbook.records.seal import Sealed, seal

FEATURE = "voicebot"
A = "a" * 64
B = "b" * 64


def record_json(**changes: Any) -> dict[str, Any]:
    """A whole record with one impact, one framework, a decision; `changes` replace its parts."""
    return {
        "feature": {"id": FEATURE, "title": "Sprachbot"},
        "created": "2026-11-23T10:00:00+01:00",
        "as_of": "2026-11-23",
        "language": "de",
        "assessment": {"roles": [{"role": "owner", "person": "Erika Mustermann"}]},
        "stakeholders": [{"id": "callers"}],
        "ballots": [],
        "impacts": [
            {"id": "misheard", "level": {"inherent": "high", "residual": "medium", "by": {}}}
        ],
        "frameworks": [{"id": "contact-centre-ethics", "version": "1.0.0"}],
        "evidence": [{"dataset": "cv", "engine": "duckdb 2.0.0", "rows": 7}],
        "findings": [],
        "actions": [],
        "decision": {
            "outcome": "go-with-conditions",
            "reasons": "Weil.",
            "conditions": [{"id": "more-data", "due": "2027-01-31", "text": "Mehr Daten."}],
        },
        "gate": {"status": "conditional", "reasons": ["F1"]},
        "attachments": [],
        "provenance": {
            "inputs": {"assessment": A, "data cv": A, "library": A, "notebook one.ipynb": A},
            "notebooks": {"one.ipynb": A},
            "packages": {"duckdb": "2.0.0"},
            "git_commit": None,
            "engine": "papermill",
        },
        **changes,
    }


INTERNAL = ("/assessment/roles/0/person",)


def figures(value: float = 0.25) -> bytes:
    """A figures table of one row: 1 of 4."""
    figure = Figure(
        id="cv/share/sex/female/",
        source="cv",
        kind="training_data",
        metric="share",
        unit="person",
        value=value,
        numerator=1,
        denominator=4,
    )
    return write_figures([figure])


def composer(value: float = 0.25, **changes: Any) -> Any:
    """A `compose` that makes the sample record with these changes."""

    def compose(context: SealContext) -> Composition:
        given = {**record_json(), "feature": {"id": context.feature}, **changes}
        public, disclosures = conceal(given, INTERNAL)
        files = {
            FIGURES: figures(value),
            "evidence/cv.json": b'{"success":true}',
            "notebooks/one.ipynb": b'{"cells":[]}',
        }
        return Composition(public, disclosures, files)

    return compose


@cache
def _pdf(contents: tuple[tuple[str, bytes], ...]) -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    for name, content in contents:
        specification = pikepdf.AttachedFileSpec(document, content, filename=name)
        document.attachments[name] = specification
    target = io.BytesIO()
    document.save(target, deterministic_id=True)
    return target.getvalue()


def pdf(contents: Mapping[str, bytes]) -> bytes:
    """A PDF of one empty page that carries these files."""
    return _pdf(tuple(sorted(contents.items())))


def present(final: FinalRecord) -> dict[str, bytes]:
    """PDF with the copies it must carry, and HTML."""
    carried = {
        "record.json": final.content,
        FIGURES: final.files[FIGURES],
        "notebooks/one.ipynb": final.files["notebooks/one.ipynb"],
    }
    return {"record.pdf": pdf(carried), "record.html": b"<!doctype html><title>record</title>"}


def seal_sample(
    outputs: Path,
    feature: str = FEATURE,
    *,
    value: float = 0.25,
    force: bool = False,
    **changes: Any,
) -> Sealed:
    """Seal the sample record with these changes."""
    return seal(outputs, feature, compose=composer(value, **changes), present=present, force=force)


def seal_versions(outputs: Path, count: int, feature: str = FEATURE) -> list[str]:
    """Seal `count` versions that differ in a finding: 1.0.0, 1.1.0, 1.2.0, ..."""
    return [
        seal_sample(outputs, feature, findings=[{"id": f"f{number}"}]).version
        for number in range(count)
    ]


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones and locks too, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
