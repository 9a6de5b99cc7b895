"""The published schema of a record agrees with the model that reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError
from record_samples import FEATURE, seal_sample

from impactbook.model.record import Record, record_json_schema, relative_path
from impactbook.records import read_record


@pytest.fixture
def record(tmp_path: Path) -> dict[str, Any]:
    seal_sample(tmp_path)
    return read_record(tmp_path, FEATURE, "1.0.0")


def test_a_sealed_record_follows_the_published_schema(record: dict[str, Any]) -> None:
    jsonschema.validate(record, record_json_schema())


def test_the_schema_names_every_top_level_key_and_only_those(record: dict[str, Any]) -> None:
    assert set(record_json_schema()["required"]) == set(record)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.pop("gate"),
        lambda r: r.update(more=1),
        lambda r: r.update(schema="impactbook/record/2"),
        lambda r: r.update(version="1.0"),
        lambda r: r.update(version="01.0.0"),
        lambda r: r.update(created="yesterday"),
        lambda r: r["gate"].update(status="fine"),
        lambda r: r["provenance"]["inputs"].update(x="no digest"),
    ],
)
def test_model_and_schema_refuse_the_same_mistakes(
    record: dict[str, Any], change: Callable[[dict[str, Any]], Any]
) -> None:
    change(record)
    with pytest.raises(ValidationError):
        Record.model_validate(record)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, record_json_schema())


@pytest.mark.parametrize(
    "path", ["", ".", "/a", "..", "../a", "a/../b", "a//b", "a/", "a\\b", "C:a", "a\nb", "./a"]
)
def test_a_path_that_could_leave_the_folder_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not a plain path"):
        relative_path(path)
