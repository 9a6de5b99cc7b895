"""A small dataset whose declaration asks for everything, and what measuring it leaves behind.

600 callers with three calls each over two years. Older people are rare and become rarer, one group
leaves most of its dialects unstated, some consent is missing, withdrawn or late, some texts hold
telephone numbers, and two people label every call.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import tempfile
from pathlib import Path
from typing import Any

from impactbook.checks import run_checks
from impactbook.language import Language
from impactbook.model.dataset import Dataset
from impactbook.model.evidence import DatasetEvidence
from impactbook.render.record.view import RecordView

DATASET = "calls"
DAY = dt.date(2026, 11, 23)
PEOPLE = 600
_DIALECTS = ("north", "south", "east")
_SENTENCES = (
    "I would like to report my meter reading",
    "please tell me when the technician comes",
    "my bill for the last month is far too high",
    "I want to cancel the contract at the end of the year",
    "could you send the letter to the other address",
)


def _rows() -> list[dict[str, str]]:
    found = []
    for person in range(PEOPLE):
        sex = "f" if person % 3 == 0 else "m"
        old = person % 10 == 0
        age = 66 + person % 20 if old else 20 + person % 40
        dialect = _DIALECTS[(person // 4) % 3]
        if (sex == "f" and person % 2) or person % 11 == 5:
            dialect = "unknown"
        for call in range(3):
            number = person * 3 + call
            # Nobody over 64 called in the second year.
            year = 2024 if old else 2024 + number % 2
            day = dt.date(year, 1 + number % 12, 1 + number % 28)
            words = f"{_SENTENCES[number % 5]} number {number % 97}"
            if number % 60 == 7:
                words += ", call me on 030 901820"
            found.append(
                {
                    "person": f"p{person}",
                    "clip": f"c{number // 2}",
                    "sex": sex,
                    "age": str(age),
                    "disability": "yes" if person % 12 == 0 else "no",
                    "dialect": dialect,
                    "area": "1" if (sex == "f") == (number % 8 > 0) else "2",
                    "day": day.isoformat(),
                    "words": "" if number % 50 == 9 else words,
                    "seconds": str(4 + number % 30),
                    "solved": "yes" if (number % 5 == 0) or (sex == "m" and number % 2) else "no",
                    "mood": ("calm", "calm", "angry", "calm", "unsure")[number % 5],
                    "labeller": "ab"[number % 2],
                    "consent": "yes" if person % 20 else ("withdrawn" if person % 40 else ""),
                    "agreed": (day + dt.timedelta(days=9 if number % 30 == 0 else -9)).isoformat(),
                    "left": "2025-06-01" if person % 20 == 0 and person % 40 else "",
                    "keep": "2026-06-01" if number % 25 == 0 else "2028-01-01",
                    "part": "test" if person % 4 == 3 else "train",
                    "income": "-1" if number % 9 == 4 else str(1000 + number % 700),
                }
            )
    return found


def _group(name: str, en: str) -> dict[str, str]:
    return {"de": name, "en": en}


DECLARED: dict[str, Any] = {
    "schema": "impactbook/dataset/1",
    "title": {"de": "Anrufe", "en": "Calls"},
    "source": {"files": ["calls.csv"]},
    "unit": "person",
    "counted": {"de": "Anrufenden", "en": "callers"},
    "legal_bases": [
        {"purpose": "training", "basis": "consent"},
        {"purpose": "recording", "basis": "employment", "data_subjects": "employees"},
    ],
    "hypotheses": [
        {
            "id": "few-women",
            "statement": {"de": "Frauen rufen seltener an.", "en": "Women call less often."},
            "metric": "share",
            "attribute": "sex",
            "group": "f",
            "expected": "at_most",
            "value": 0.4,
        }
    ],
    "columns": {
        "person": {"role": "person_id"},
        "clip": {"role": "ignore"},
        "sex": {
            "role": "protected",
            "label": _group("Geschlecht", "Sex"),
            "labels": {"f": _group("Frauen", "women"), "m": _group("Männer", "men")},
        },
        "age": {
            "role": "protected",
            "label": _group("Altersgruppe", "Age group"),
            "bands": {
                "under 40": {"below": 40},
                "40-64": {"from": 40, "below": 65},
                "65+": {"from": 65},
            },
            "labels": {
                "under 40": _group("unter 40 Jahre", "under 40"),
                "40-64": _group("40 bis 64 Jahre", "40 to 64"),
                "65+": _group("ab 65 Jahre", "65 and over"),
            },
        },
        "disability": {
            "role": "protected",
            "label": _group("Behinderung", "Disability"),
            "special_category": {
                "kind": "health",
                "ground": _group("Art. 9 Abs. 2 Buchst. a DSGVO", "Art. 9(2)(a) GDPR"),
                "purpose": _group("Prüfung auf Benachteiligung", "testing for discrimination"),
                "may_run": [_group("Datenschutzbeauftragte", "Data protection officer")],
                "delete_by": "2027-03-31",
            },
        },
        "dialect": {
            "role": "dialect",
            "label": _group("Dialekt", "Dialect"),
            "missing": ["unknown"],
        },
        "area": {"role": "proxy", "label": _group("Vorwahl", "Area code")},
        "day": {"role": "time", "label": _group("Tag des Anrufs", "Day of the call")},
        "words": {"role": "text", "label": _group("Wortlaut", "Transcript")},
        "seconds": {"role": "duration", "label": _group("Dauer", "Duration"), "minimum": 0},
        "solved": {"role": "label", "label": _group("Gelöst", "Solved"), "allowed": ["yes", "no"]},
        "mood": {"role": "label", "label": _group("Stimmung", "Mood")},
        "labeller": {"role": "annotator"},
        "consent": {
            "role": "consent",
            "consent": {"purpose": "training", "given": ["yes"], "withdrawn": ["withdrawn"]},
        },
        "agreed": {"role": "consent", "consent": {"purpose": "training", "part": "date"}},
        "left": {"role": "consent", "consent": {"purpose": "training", "part": "withdrawal_date"}},
        "keep": {"role": "retention_date", "label": _group("Löschfrist", "Keep until")},
        "part": {"role": "split"},
        "income": {"role": "ignore"},
    },
    "checks": {
        "representation": [
            {
                "attribute": "sex",
                "reference": "people",
                "column": "sex",
                "map": {"f": ["f"], "m": ["m"]},
            },
            {
                "attribute": "age",
                "reference": "people",
                "column": "age",
                "bands": {
                    "under 40": {"below": 40},
                    "40-64": {"from": 40, "below": 65},
                    "65+": {"from": 65},
                },
                "over_time": "quarter",
            },
        ],
        "joint_representation": [
            {
                "reference": "people",
                "attributes": {
                    "sex": {"column": "sex", "map": {"f": ["f"], "m": ["m"]}},
                    "age": {
                        "column": "age",
                        "bands": {
                            "under 40": {"below": 40},
                            "40-64": {"from": 40, "below": 65},
                            "65+": {"from": 65},
                        },
                    },
                },
            }
        ],
        "intersections": [
            {"attributes": ["sex", "age"]},
            {"attributes": ["sex", "age", "dialect"]},
        ],
        "pairs": {},
        "labels": [
            {
                "label": "solved",
                "positive": "yes",
                "attributes": ["sex", "age"],
                "intersections": [["sex", "age"]],
                "given": "dialect",
            },
            {"label": "mood", "attributes": ["sex"]},
        ],
        "proxies": {"attributes": ["sex", "age"]},
        "missing": {"by": ["sex"], "columns": ["dialect", "age", "area"]},
        "duplicates": {"text": "words", "near": 0.8},
        "leakage": {"text": "words", "near": 0.8},
        "annotators": {"item": "clip", "label": "mood", "by": ["sex"]},
        "texts": {"by": ["sex"]},
        "consent": {"by": ["sex", "age"]},
        "retention": {"oldest_days": 900},
        "personal_data": {},
        "periods": {"period": "quarter"},
    },
}

_REFERENCE = """schema: impactbook/reference/1
title: People
source: a test
date: "2025"
licence: CC0
columns: [sex, age]
value: n
total: 1000
"""
_POPULATION = "sex,age,n\nf,30,200\nf,50,190\nf,70,120\nm,30,210\nm,50,190\nm,70,90\n"


def write_everything(folder: Path) -> None:
    """The file, the reference population and its description, for the declaration."""
    references = folder / "references"
    references.mkdir(parents=True, exist_ok=True)
    (references / "people.yaml").write_text(_REFERENCE, encoding="utf-8")
    (references / "people.csv").write_text(_POPULATION, encoding="utf-8")
    rows = _rows()
    with (folder / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@functools.cache
def everything_evidence() -> DatasetEvidence:
    """The evidence on the dataset, measured once."""
    with tempfile.TemporaryDirectory() as folder:
        write_everything(Path(folder))
        return run_checks(
            DATASET,
            Dataset.model_validate(DECLARED),
            folder=Path(folder),
            limit=5,
            references=Path(folder) / "references",
            as_of=DAY,
        ).evidence


def everything_view(language: Language) -> RecordView:
    """The evidence as a record's chapters see it."""
    evidence = everything_evidence()
    record = {
        "language": language,
        "assessment": {"language": "de"},
        "evidence": [evidence.model_dump(mode="json", by_alias=True, exclude={"figures"})],
    }
    return RecordView(record, evidence.figures, {}, language)
