"""The published JSON Schemas of every file that people or impactbook write.

Each is made from the model that reads the file, so the two cannot drift apart. Editors find them
in a workspace's `.impactbook/schemas/`, people through `impactbook schema NAME`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from impactbook.errors import InputError
from impactbook.files import write_atomically
from impactbook.model.assessment import Assessment
from impactbook.model.changes import Changes
from impactbook.model.config import Settings
from impactbook.model.dataset import Dataset, ReferencePopulation
from impactbook.model.evidence import DatasetEvidence
from impactbook.model.export import Export
from impactbook.model.framework import Pack
from impactbook.model.record import Disclosures, LedgerLine, Manifest, Record
from impactbook.model.scoring import ScoringDeclaration
from impactbook.workspace.reading import nearest

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TITLES = {
    "assessment": "assessments/FEATURE/assessment.yaml: what people decided about one feature",
    "dataset": "data_checks/DATASET.yaml: what the data is and what is expected of it",
    "reference": "data_checks/references/NAME.yaml: a reference population",
    "workspace": "impactbook.toml: the settings of a workspace",
    "framework": "A pack of questions",
    "scoring": "How the answers to an imported questionnaire are scored",
    "record": "record.json: one sealed record",
    "manifest": "manifest.json: every file of a record with its digest",
    "disclosures": "disclosures.json: the internal fields of a record in the open",
    "ledger": "One line of outputs/ledger.jsonl",
    "export": "export.json: what an exported ZIP holds and what was left out",
    "evidence": "What one run over one dataset showed, as it stands in a record",
    "diff": "What changed between two states of a feature, as `impactbook diff --format json`",
}

SCHEMAS: Mapping[str, Any] = MappingProxyType(
    {
        "assessment": Assessment,
        "dataset": Dataset,
        "reference": ReferencePopulation,
        "workspace": Settings,
        "framework": Pack,
        "scoring": ScoringDeclaration,
        "record": Record,
        "manifest": Manifest,
        "disclosures": Disclosures,
        "ledger": LedgerLine,
        "export": Export,
        "evidence": DatasetEvidence,
        "diff": Changes,
    }
)
"""Name of each schema -> the model (or union of models) that it describes."""


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one kind of file; an unknown name is an `InputError`.

    Dates are strings of format `date`, as JSON has none; a YAML editor reads them the same way.

    >>> json_schema("assessment")["properties"]["schema"]["const"]
    'impactbook/assessment/1'
    """
    if name not in SCHEMAS:
        raise InputError(
            f"there is no schema {name!r}", remedy=nearest(name, list(SCHEMAS)), field="schema"
        )
    generated = TypeAdapter(SCHEMAS[name]).json_schema(by_alias=True)
    return {
        "$schema": DIALECT,
        "$id": f"urn:impactbook:schema:{name}:1",
        **generated,
        "title": _TITLES[name],
    }


def schema_text(name: str) -> str:
    """The schema as it stands in its file: indented, non-ASCII kept, with a final newline."""
    return json.dumps(json_schema(name), indent=2, ensure_ascii=False) + "\n"


def write_schemas(directory: Path) -> list[Path]:
    """Write every schema to `directory/<name>.json` unless it is there already; return all paths.

    Raises `StorageError` when the folder cannot be written.
    """
    paths = []
    for name in SCHEMAS:
        path, content = directory / f"{name}.json", schema_text(name).encode("utf-8")
        if not path.is_file() or path.read_bytes() != content:
            write_atomically(path, content)
        paths.append(path)
    return paths
