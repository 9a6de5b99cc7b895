"""The published JSON Schemas are valid, say what the models say, and fit the files there are."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from impactbook.errors import InputError, StorageError
from impactbook.frameworks import shipped_packs
from impactbook.language import LANGUAGES
from impactbook.workspace.digests import plain
from impactbook.workspace.init import settings_text
from impactbook.workspace.reading import read_yaml
from impactbook.workspace.scaffold import TEMPLATES, scaffold
from impactbook.workspace.schemas import DIALECT, SCHEMAS, json_schema, write_schemas

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted(ROOT.glob("assessments/*/assessment.yaml"))
DATASETS = sorted(ROOT.glob("data_checks/*.yaml"))
REFERENCES = sorted(ROOT.glob("data_checks/references/*.yaml"))
PACKS = sorted(ROOT.glob("src/impactbook/frameworks/packs/*.yaml"))


def problems(name: str, data: Any) -> list[str]:
    """What the schema says against parsed data; JSON has no dates, so they go as text."""
    validator = jsonschema.Draft202012Validator(
        json_schema(name), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in validator.iter_errors(plain(data))]


def yaml_of(path: Path) -> Any:
    return read_yaml(path.read_bytes(), path.name)[0]


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_each_schema_is_a_valid_schema_of_its_own(name: str) -> None:
    """Dialect, id and title are given, and the dialect's own schema accepts it."""
    schema = json_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == f"urn:impactbook:schema:{name}:1"
    assert len(schema["title"]) > 10
    assert json.loads(json.dumps(schema)) == schema


def test_no_two_schemas_share_id_or_title() -> None:
    """An editor keeps schemas apart by their ids, a person by their titles."""
    schemas = [json_schema(name) for name in SCHEMAS]
    for key in ("$id", "title"):
        assert len({schema[key] for schema in schemas}) == len(schemas)


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name not in ("ledger", "evidence")])
def test_each_schema_fixes_the_line_that_names_it(name: str) -> None:
    """`schema: impactbook/<name>/1` is a constant, so a file is never checked by a wrong schema."""
    assert json_schema(name)["properties"]["schema"]["const"] == f"impactbook/{name}/1"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_the_samples_fit_the_assessment_schema(path: Path) -> None:
    """What we ship as an example satisfies what we publish."""
    assert problems("assessment", yaml_of(path)) == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *(("dataset", path) for path in DATASETS),
        *(("reference", path) for path in REFERENCES),
        *(("framework", path) for path in PACKS),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_declarations_references_and_packs_fit_their_schemas(name: str, path: Path) -> None:
    """Datasets, reference populations and question packs as they stand in the repository."""
    assert problems(name, yaml_of(path)) == []


@pytest.mark.parametrize("template", [*TEMPLATES, None])
@pytest.mark.parametrize("language", LANGUAGES)
def test_scaffolds_and_settings_fit_their_schemas(template: str | None, language: Any) -> None:
    """An editor shows no mistake in a file that `new` or `init` has just written."""
    data, _ = read_yaml(scaffold("x", template, language).encode("utf-8"), "assessment.yaml")
    assert problems("assessment", data) == []
    assert problems("workspace", tomllib.loads(settings_text(language))) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("assessment", {"schema": "impactbook/assessment/1", "featur": {}}),
        ("assessment", {"schema": "impactbook/assessment/2"}),
        ("assessment", {"schema": "impactbook/assessment/1", "feature": {"channels": ["phone"]}}),
        ("assessment", {"schema": "impactbook/assessment/1", "decision": {"on": "tomorrow"}}),
        (
            "assessment",
            {"schema": "impactbook/assessment/1", "impacts": [{"id": "A", "title": "x"}]},
        ),
        ("workspace", {"schema": "impactbook/workspace/1", "suppression_limit": 0}),
        ("manifest", {"schema": "impactbook/manifest/1"}),
        ("ledger", {"schema": "impactbook/ledger/1", "kind": "forget"}),
    ],
)
def test_mistakes_are_seen_by_the_schema_too(name: str, data: Any) -> None:
    """Unknown keys, newer majors, unknown choices, wrong dates and ids are marked while typing."""
    assert problems(name, data) != []


def test_the_core_pack_is_among_the_packs_validated() -> None:
    """The list of packs above is not empty by accident."""
    assert {path.stem for path in PACKS} == set(shipped_packs())


def test_schemas_are_written_once_and_again_only_when_they_differ(tmp_path: Path) -> None:
    """An editor that watches the folder is not woken for nothing; a stale schema is replaced."""
    paths = write_schemas(tmp_path / "schemas")
    assert [path.name for path in paths] == [f"{name}.json" for name in SCHEMAS]
    before = {path: path.stat().st_mtime_ns for path in paths}
    paths[0].write_text("{}")
    write_schemas(tmp_path / "schemas")
    assert json.loads(paths[0].read_text(encoding="utf-8")) == json_schema("assessment")
    assert all(path.stat().st_mtime_ns == before[path] for path in paths[1:])


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Where the folder is a file, one sentence says so."""
    (tmp_path / "schemas").write_text("in the way")
    with pytest.raises(StorageError, match="schemas"):
        write_schemas(tmp_path / "schemas")


def test_an_unknown_schema_is_refused_with_the_nearest_name() -> None:
    """`assesment` is answered with `assessment` and the list of all."""
    with pytest.raises(
        InputError, match="there is no schema 'assesment'; did you mean 'assessment'"
    ):
        json_schema("assesment")


def test_schemas_do_not_depend_on_the_process() -> None:
    """Another hash seed gives the same bytes; schemas are committed and compared."""
    code = "from impactbook.workspace.schemas import *; print([schema_text(n) for n in SCHEMAS])"
    outputs = {
        subprocess.run(
            [__import__("sys").executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
