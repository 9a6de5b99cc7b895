"""Figures about rows (texts, durations, dates, consent, duplicates, values) hide few people too.

These figures come from queries of their own, not from the published tables, so each has to ask
these what it may tell. Two data sets that differ in how many people (1 to 4) lack something, or
break a rule, must give the same record, denominators and all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from declared import dataset

from impactbook.checks import DatasetRun, run_checks, validation_documents
from impactbook.checks.statistics import krippendorff_alpha
from impactbook.model.dataset import Dataset

LIMIT = 5
PEOPLE = 60

NORMAL = {
    "sex": "f",
    "y": "p",
    "seconds": "10",
    "called": "2026-01-10",
    "ok": "yes",
    "agreed": "2026-01-10",
    "left": "",
    "until": "31.12.2027",
    "score": "50",
    "hobby": "chess",
}
"""A row of everybody; the text and the person are each one's own."""

FEW: Mapping[str, Mapping[str, str]] = {
    "no sex": {"sex": ""},
    "no label": {"y": ""},
    "no text": {"note": ""},
    "an address": {"note": "please write to me me@example.org"},
    "the same text": {"note": "the same words once again"},
    "no duration": {"seconds": ""},
    "no day": {"called": ""},
    "no status": {"ok": ""},
    "withdrawn": {"ok": "revoked", "left": "2026-02-01"},
    "refused": {"ok": "no"},
    "no day of consent": {"agreed": ""},
    "late consent": {"agreed": "2026-02-01"},
    "no last day": {"until": ""},
    "kept too long": {"until": "01.02.2026"},
    "no score": {"score": ""},
    "a score out of range": {"score": "500"},
    "a suspicious value": {"hobby": "unbekannt"},
}
"""What few people have instead."""

_WORDS = ("vocabulary", "type_token_ratio")
"""Other texts hold other words; only how many texts there are must not show."""

COLUMNS: dict[str, Any] = {
    "sex": {"role": "protected", "allowed": ["f", "m"]},
    "y": {"role": "label", "allowed": ["p", "n"]},
    "note": "text",
    "seconds": "duration",
    "called": "time",
    "ok": {
        "role": "consent",
        "consent": {"purpose": "training", "given": ["yes"], "withdrawn": ["revoked"]},
    },
    "agreed": {"role": "consent", "consent": {"purpose": "training", "part": "date"}},
    "left": {"role": "consent", "consent": {"purpose": "training", "part": "withdrawal_date"}},
    "until": {"role": "retention_date", "date_format": "%d.%m.%Y"},
    "score": {"role": "feature", "minimum": 0, "maximum": 100},
    "hobby": "feature",
}
CHECKS: dict[str, Any] = {
    "labels": [{"label": "y", "positive": "p"}],
    "missing": {"by": ["sex"]},
    "texts": {"by": ["sex"]},
    "duplicates": {"text": "note"},
    "consent": {"by": ["sex"]},
    "retention": {"oldest_days": 365},
    "personal_data": {},
    "periods": {},
}


def declaration(*, persons: bool, checks: Mapping[str, Any] = CHECKS) -> Dataset:
    columns = {"who": "person_id", **COLUMNS} if persons else COLUMNS
    basis = [{"purpose": "training", "basis": "consent"}]
    return dataset(columns, checks, unit="person" if persons else "row", legal_bases=basis)


def rows(kind: str, few: int, *, persons: bool, women: int) -> Iterator[dict[str, str]]:
    """Rows of 60 people (two each, where rows belong to persons), the first `few` are different.

    The first `women` are f. All texts have five words: how long they are is no count of people.
    """
    for who in range(PEOPLE):
        for turn in range(2 if persons else 1):
            row = {**NORMAL, "who": f"p{who}", "note": f"there are some words {who}x{turn}"}
            if who < few:
                row |= FEW[kind]
            if who >= women:
                row["sex"] = "m"
            yield row


def checked(
    folder: Path, kind: str, few: int, *, persons: bool, women: int = PEOPLE // 2
) -> DatasetRun:
    folder.mkdir()
    declared = declaration(persons=persons)
    names = list(declared.columns)
    lines = [
        ",".join(row[name] for name in names)
        for row in rows(kind, few, persons=persons, women=women)
    ]
    (folder / "data.csv").write_text("\n".join([",".join(names), *lines]) + "\n", encoding="utf-8")
    return run_checks(
        "test",
        declared,
        folder=folder,
        limit=LIMIT,
        references=folder,
        as_of=date(2026, 11, 23),
    )


def printed(found: DatasetRun) -> list[str]:
    """All that a record gets from a run, without the digest of the file, and without words counted."""
    documents = b"".join(validation_documents(found).values()).decode()
    figures = [one.model_dump_json() for one in found.evidence.figures if one.metric not in _WORDS]
    rest = found.evidence.model_copy(update={"figures": (), "fingerprint": ""}).model_dump_json()
    return [*figures, rest, documents.replace(found.evidence.fingerprint, "")]


FAST = ("no text", "no duration", "kept too long", "a score out of range")


@pytest.mark.parametrize("persons", [False, True], ids=["rows", "persons"])
@pytest.mark.parametrize(
    "kind", [kind if kind in FAST else pytest.param(kind, marks=pytest.mark.slow) for kind in FEW]
)
def test_how_few_people_differ_is_not_told(tmp_path: Path, kind: str, persons: bool) -> None:
    """Two people or three: every number, verdict and interval of the record is the same.

    Three of as many women, or three of one woman more: it depends on which counts are masked.
    """
    two = checked(tmp_path / "two", kind, 2, persons=persons)
    for women in (PEOPLE // 2, PEOPLE // 2 + 1):
        three = checked(tmp_path / f"{women}", kind, 3, persons=persons, women=women)
        assert two.evidence.fingerprint != three.evidence.fingerprint
        differ = set(printed(two)) ^ set(printed(three))
        if not differ:
            return
    pytest.fail(f"told by {sorted(differ)[:4]}")


def annotated(folder: Path, torn: int, *, bare: str = "", few: int = 0) -> DatasetRun:
    """60 items labelled by two of six people: `torn` of them differ, `few` labels are missing.

    Half of the others are `low`, half are `high`. The missing labels are among those of `bare`.
    """
    folder.mkdir()
    lines = []
    for item in range(60):
        alike = "low" if item % 2 else "high"
        labels = ["low", "high"] if item < torn else [alike, alike]
        if bare and torn + 10 <= item < torn + 10 + 2 * few and alike == bare:
            labels[1] = ""
        lines += [f"i{item},c{(item + at) % 6},{label}" for at, label in enumerate(labels)]
    content = "\n".join(["item,coder,mood", *lines]) + "\n"
    (folder / "data.csv").write_text(content, encoding="utf-8")
    columns: dict[str, Any] = {"item": "ignore", "coder": "annotator", "mood": "label"}
    checks = {"annotators": {"item": "item", "label": "mood"}, "labels": [{"label": "mood"}]}
    declared = dataset(columns, checks)
    return run_checks("test", declared, folder=folder, limit=LIMIT, references=folder)


def test_agreement_does_not_tell_how_few_items_are_disputed(tmp_path: Path) -> None:
    """Two items or four are disputed, of 60 labels each is `low` and `high`: the same record.

    Alpha, computed from what is hidden, would tell: 1 - 119 * 4 / 7200 or 1 - 119 * 8 / 7200
    (pairs that differ, by chance and observed; Krippendorff's formula for two labels).
    """
    two, four = annotated(tmp_path / "two", 2), annotated(tmp_path / "four", 4)
    alphas = [one for one in two.evidence.figures if one.metric == "krippendorff_alpha"]
    assert [(one.value, one.ci_low, one.denominator) for one in alphas] == [(None, None, 60)]
    hidden = [
        krippendorff_alpha({(0, 2): n, (2, 0): n, (1, 1): torn}).alpha
        for n, torn in ((29, 2), (28, 4))
    ]
    assert hidden == pytest.approx([1 - 119 * 4 / 7200, 1 - 119 * 8 / 7200])
    assert not set(printed(two)) ^ set(printed(four))


def test_agreement_does_not_tell_how_few_labels_are_missing(tmp_path: Path) -> None:
    """Two labels or three are missing, of items that are `low` or of some that are `high`."""
    two = annotated(tmp_path / "two", 10, bare="low", few=2)
    for bare in ("low", "high"):
        three = annotated(tmp_path / bare, 10, bare=bare, few=3)
        differ = set(printed(two)) ^ set(printed(three))
        if not differ:
            return
    pytest.fail(f"told by {sorted(differ)[:6]}")
