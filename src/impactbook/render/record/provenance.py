"""Where the record comes from, what it was made with, and how a stranger can check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impactbook.render.blocks import Block
from impactbook.render.record.parts import Cell, bullets, cell, facts, heading, paragraph, table
from impactbook.render.record.view import Json, RecordView


def provenance(view: RecordView) -> list[Block]:
    """The chapter "Provenance and how to verify"."""
    made = view.part("provenance")
    return [
        heading(1, view.say("provenance-title"), "provenance"),
        *facts(_facts(view, made)),
        heading(2, view.say("verify-title"), "verify"),
        *_verify(view),
        *_sources(view, made),
    ]


def _sources(view: RecordView, made: Json) -> list[Block]:
    """Digests of everything that went in; nothing while nothing is named."""
    tables = [
        *_digests(view, "inputs", made.get("inputs") or {}),
        *_digests(view, "evidence-files", made.get("evidence") or {}),
        *_digests(view, "notebooks", _notebooks(made.get("notebooks"))),
        *_attachments(view),
        *_packages(view, made.get("packages") or {}),
    ]
    title = heading(2, view.say("inputs-title"), "inputs")
    return [title, paragraph(view.say("inputs-intro")), *tables] if tables else []


def _facts(view: RecordView, made: Json) -> list[tuple[str, Cell | str]]:
    previous = view.part("previous")
    before = (
        view.say("previous", version=previous["version"], manifest=previous["manifest"][:16])
        if previous
        else view.say("first-record")
    )
    pairs: list[tuple[str, Cell | str]] = [
        ("created", _moment(view)),
        ("as-of", view.date(view.record.get("as_of"))),
        ("content", _code(view, view.assessment.get("digest"))),
        ("previous", before),
        ("ledger-head", cell(str(made.get("ledger_head") or ""), code=True)),
        ("git-commit", cell(str(made.get("git_commit") or ""), code=True)),
        ("engine", _engine(made.get("engine"))),
        ("copy-mark", _code(view, made.get("copy_mark"))),
    ]
    return [(view.say(f"provenance-{name}"), value) for name, value in pairs]


def _code(view: RecordView, value: Any) -> Cell:
    """A digest or mark that may be internal; nothing where the record has none."""
    return cell(view.internal(value), code=True) if value else []


def _moment(view: RecordView) -> str:
    """When the record was made: the day in words, the time as written."""
    created = str(view.record.get("created") or "")
    if "T" not in created:
        return view.date(created) if created else ""
    return f"{view.date(created)}, {created.split('T')[1]}"


def _engine(engine: Any) -> str:
    if isinstance(engine, Mapping):
        return ", ".join(f"{name} {value}" for name, value in sorted(engine.items()))
    return str(engine or "")


def _verify(view: RecordView) -> list[Block]:
    version = view.record.get("version")
    if version in (None, "draft"):
        return [paragraph(view.say("verify-draft"))]
    command = f"impactbook verify {view.feature.get('id')}@{version}"
    steps: list[Cell] = [
        view.sentence("record", "verify-command", {"command": cell(command, code=True)}),
        cell(view.say("verify-pdf")),
        cell(view.say("verify-data")),
        cell(view.say("verify-ledger")),
    ]
    return [*bullets(steps, ordered=True), paragraph(view.say("verify-limits"))]


def _notebooks(notebooks: Any) -> dict[str, str]:
    """Notebook digests by path; the record may hold a list or a mapping."""
    if isinstance(notebooks, Mapping):
        return {str(path): str(digest) for path, digest in notebooks.items()}
    listed: Sequence[Json] = notebooks or ()
    return {str(one["path"]): str(one["sha256"]) for one in listed}


def _digests(view: RecordView, kind: str, digests: Mapping[str, Any]) -> list[Block]:
    rows: list[list[Cell | str]] = [
        [cell(name, code=True), cell(view.internal(digest), code=True)]
        for name, digest in sorted(digests.items())
    ]
    header = [view.say("column-file"), "SHA-256"]
    return table(view.say(f"caption-{kind}"), header, rows, widths=[4.0, 8.0])


def _attachments(view: RecordView) -> list[Block]:
    rows: list[list[Cell | str]] = [
        [
            view.text(one.get("description")) or str(one["id"]),
            view.internal(one.get("file")),
            cell(str(one.get("sha256") or "–"), code=True),
        ]
        for one in view.items("attachments")
    ]
    header = [view.say("column-description"), view.say("column-name"), "SHA-256"]
    return table(view.say("caption-attachments"), header, rows, widths=[2.4, 2.2, 7.6])


def _packages(view: RecordView, packages: Mapping[str, Any]) -> list[Block]:
    told = ", ".join(f"{name} {version}" for name, version in sorted(packages.items()))
    return [paragraph(view.say("packages", packages=told))] if told else []
