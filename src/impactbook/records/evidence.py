"""The evidence of a sealed record, put together again from its two files.

`record.json` holds what was checked, `evidence/figures.csv` the figures.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from impactbook.errors import RecordError
from impactbook.model.evidence import DatasetEvidence
from impactbook.records.figures import read_figures
from impactbook.records.folders import RecordName, read_record
from impactbook.records.manifest import FIGURES


def read_evidence(outputs: Path, feature: str, version: str) -> tuple[DatasetEvidence, ...]:
    """All evidence of one record, with its figures; raises `RecordError` when it is malformed."""
    record = read_record(outputs, feature, version)
    path = RecordName(feature, version).folder(outputs) / FIGURES
    try:
        figures = read_figures(path.read_bytes())
    except OSError:
        raise RecordError(f"{feature}/{version}/{FIGURES}: cannot be read.") from None
    try:
        return tuple(
            DatasetEvidence.model_validate(
                {
                    **item,
                    "figures": [figure for figure in figures if figure.source == item["dataset"]],
                }
            )
            for item in record["evidence"]
        )
    except (ValidationError, KeyError, TypeError):
        raise RecordError(f"{feature}/{version}: its evidence cannot be read.") from None
