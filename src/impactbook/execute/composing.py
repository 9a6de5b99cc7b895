"""From an executed feature to the files of its record.

`compose` makes everything that does not depend on the version: the content with internal fields
sealed, evidence, charts, notebooks, attachments. `present` shows the finished record as PDF and
HTML; both are made from the record alone, so they can be made again.
"""

from __future__ import annotations

import datetime as dt
import platform
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from impactbook.assess import record_content
from impactbook.checks.documents import document_bytes
from impactbook.execute.inputs import FeatureInputs
from impactbook.execute.notebooks import Emission
from impactbook.language import Language, say
from impactbook.model.evidence import Figure
from impactbook.model.record import Disclosures
from impactbook.records import (
    Composition,
    FinalRecord,
    canonical,
    conceal,
    reveal,
    sha256,
    write_figures,
)
from impactbook.records.disclosures import (
    ASSESSMENT_INPUT,
    copy_mark,
    fingerprint_paths,
    to_json,
)
from impactbook.records.figures import read_figures
from impactbook.records.folders import newest_version, read_disclosures
from impactbook.records.manifest import DISCLOSURES, FIGURES, HTML, PDF, RECORD

if TYPE_CHECKING:
    from impactbook.render.blocks import Attachment

PACKAGES = (
    "impactbook",
    "great-expectations",
    "duckdb",
    "pandas",
    "papermill",
    "nbconvert",
    "matplotlib",
    "typst",
)


@dataclass(frozen=True)
class Executed:
    """What executing a feature left: evidence per dataset, and the notebooks by file name."""

    emissions: tuple[Emission, ...]
    notebooks: Mapping[str, bytes]
    engine: str

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, dataset by dataset."""
        return tuple(figure for item in self.emissions for figure in item.evidence.figures)


def compose(inputs: FeatureInputs, executed: Executed) -> Composition:
    """Everything of the record but version, predecessor and ledger head."""
    evidence = tuple(item.evidence for item in executed.emissions)
    content = record_content(inputs.for_judgement(evidence))
    attachments = _attachments(inputs)
    files = {
        FIGURES: write_figures(executed.figures),
        "ballots.jsonl": b"",
        **{f"notebooks/{name}": notebook for name, notebook in executed.notebooks.items()},
        **{f"evidence/{item.evidence.dataset}.json": document_bytes(item.validations)
           for item in executed.emissions},
        **{item["path"]: inputs.attachments[item["id"]] for item in attachments},
    }  # fmt: skip
    draft = {
        **content,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "attachments": attachments,
        "provenance": {
            "inputs": dict(inputs.digests),
            "notebooks": {
                name: inputs.digests[f"notebook {name}"]
                for name in sorted(
                    key.removeprefix("notebook ")
                    for key in inputs.digests
                    if key.startswith("notebook ")
                )
            },
            "packages": {"python": platform.python_version(), **_versions()},
            "git_commit": _git_commit(inputs.workspace.root),
            "engine": executed.engine,
        },
    }
    internal = (
        *(f"/attachments/{index}/file" for index in range(len(attachments))),
        *fingerprint_paths(draft),
        ASSESSMENT_INPUT,
    )
    public, disclosures = conceal(draft, internal, before=_sealed_before(inputs))
    files |= _charts(public, executed)
    return Composition(public, disclosures, files)


def _sealed_before(inputs: FeatureInputs) -> Disclosures:
    """The newest record's entry for the assessment's digest: unchanged, it stays the same."""
    outputs = inputs.workspace.outputs
    version = newest_version(outputs, inputs.feature)
    if version is None:
        return Disclosures()
    entries = read_disclosures(outputs, inputs.feature, version).entries
    return Disclosures(entries=tuple(one for one in entries if one.path == ASSESSMENT_INPUT))


def present(final: FinalRecord) -> dict[str, bytes]:
    """`record.pdf` and `record.html`, made from the final record and its disclosures."""
    from impactbook.render.html import to_html
    from impactbook.render.record.document import record_document
    from impactbook.render.record.view import RecordView
    from impactbook.render.typst import to_pdf

    language: Language = "en" if final.record["language"] == "en" else "de"
    shown = reveal(final.record, final.disclosures)
    shown["provenance"] = {**shown["provenance"], "copy_mark": copy_mark(final.disclosures)}
    view = RecordView(shown, read_figures(final.files[FIGURES]), {}, language)
    document = record_document(view, _embedded(final, language), draft=final.context.draft)
    return {PDF: to_pdf(document), HTML: to_html(document).encode("utf-8")}


def _embedded(final: FinalRecord, language: Language) -> list[Attachment]:
    """Every file of the record but those that show it, as they travel inside the PDF.

    So the whole record can be had from a lone PDF; what one of them lacks, the other lacks too.
    """
    from impactbook.render.blocks import Attachment

    files = {
        RECORD: final.content,
        DISCLOSURES: canonical(to_json(final.disclosures)),
        **dict(sorted(final.files.items())),
    }
    names = Counter(PurePosixPath(path).name for path in files)

    def attached(path: str, content: bytes) -> Attachment:
        key, mime = _kind(path)
        short = PurePosixPath(path).name
        name = short if names[short] == 1 or path == RECORD else path
        told = f"{say('document', f'attached-{key}', language)}: {name}"
        relationship: Literal["source", "data"] = "source" if key == "record" else "data"
        return Attachment(name, content, mime, told, relationship)

    return [attached(path, content) for path, content in files.items()]


_KINDS = (
    (RECORD, "record", "application/json"),
    (DISCLOSURES, "disclosures", "application/json"),
    (FIGURES, "figures", "text/csv"),
    ("notebooks/", "notebook", "application/x-ipynb+json"),
    ("evidence/charts/", "chart", "image/svg+xml"),
    ("evidence/", "evidence", "application/json"),
    ("ballots.jsonl", "ballots", "application/x-ndjson"),
)


# A list of our own: the system's differs between machines, and the PDF's bytes must not.
_MIME = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".eml": "message/rfc822",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".md": "text/markdown",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _kind(path: str) -> tuple[str, str]:
    """What kind of file a path names (the key of its phrase) and its mime type."""
    for start, key, mime in _KINDS:
        if path.startswith(start):
            return key, mime
    return "file", _MIME.get(PurePosixPath(path).suffix, "application/octet-stream")


def _attachments(inputs: FeatureInputs) -> list[dict[str, Any]]:
    """The attachments' entries; their files get neutral names, since names are internal."""
    entries = []
    for item in inputs.loaded.assessment.attachments:
        content = inputs.attachments[item.id]
        suffix = Path(item.file).suffix.lower()
        known = suffix if suffix[1:].isalnum() and len(suffix) <= 6 else ""
        entries.append(
            {
                **item.model_dump(mode="json", by_alias=True),
                "path": f"attachments/{item.id}{known}",
                "sha256": sha256(content),
                "size": len(content),
            }
        )
    return entries


def _charts(record: Mapping[str, Any], executed: Executed) -> dict[str, bytes]:
    from impactbook.render.record.pictures import charts
    from impactbook.render.record.view import RecordView

    view = RecordView(record, executed.figures, {}, record["language"])
    return {f"evidence/charts/{name}.svg": chart.svg for name, chart in charts(view).items()}


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _git_commit(root: Path) -> str | None:
    """The commit of the workspace, where it is a git checkout and git is there."""
    try:
        answer = subprocess.run(  # noqa: S603
            ["git", "-C", str(root), "rev-parse", "HEAD"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
