"""Proposals for public data sets: the roles an expert would give, and checks that run as proposed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from impactbook.checks import declare, run_checks
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset
from impactbook.workspace.reading import parse, read_yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data_checks"
DATA = ROOT.parent / "shared" / "data"
# What is named here has a role of its own; every other column is a feature.
ROLES: dict[str, dict[str, str]] = {
    "bank_marketing/bank-full.csv": {
        "age": "protected", "marital": "protected", "job": "proxy", "education": "proxy",
        "y": "label",
    },
    "telco_churn/Telco-Customer-Churn.csv": {
        "customerID": "person_id", "gender": "protected", "SeniorCitizen": "protected",
        "Partner": "protected", "Dependents": "protected", "Churn": "label",
    },
    "banking77/train.csv": {"text": "text", "category": "label"},
    "cv_singleword_de/train.tsv": {
        "client_id": "person_id", "path": "ignore", "sentence": "label", "age": "protected",
        "gender": "protected", "accent": "proxy", "locale": "language",
    },
    "compas/compas_for_aequitas.csv": {
        "entity_id": "person_id", "score": "prediction", "label_value": "label",
        "race": "protected", "sex": "protected", "age_cat": "protected",
    },
    "german_credit/german.csv": {
        "age": "protected", "personal_status": "protected", "foreign_worker": "protected",
        "employment": "proxy", "investment_as_income_percentage": "proxy", "credit": "label",
    },
    "ricci/ricci.csv": {"Race": "protected"},
    "artie/artie-bias-corpus.tsv": {
        "client_id": "person_id", "path": "ignore", "sentence": "text", "age": "protected",
        "gender": "protected", "accent": "proxy",
    },
}  # fmt: skip
MISSING = {
    "bank_marketing/bank-full.csv": {
        "job": ("unknown",), "education": ("unknown",), "contact": ("unknown",),
        "poutcome": ("unknown",), "pdays": ("-1",),
    },
    "artie/artie-bias-corpus.tsv": {"age": ("NA",), "gender": ("NA",), "accent": ("NA",)},
}  # fmt: skip
PERSONS = {"cv_singleword_de/train.tsv", "artie/artie-bias-corpus.tsv"}
SPECIAL = {"compas/compas_for_aequitas.csv", "ricci/ricci.csv"}
ANSWERED = {
    "# ground:": "ground: Art. 9(2)(a) GDPR",
    "# purpose:": "purpose: a test",
    "# may_run: []": "may_run: [us]",
    "# delete_by:": "delete_by: 2099-12-31",
}


def proposal_for(name: str) -> str:
    if not (DATA / name).is_file():
        pytest.skip("the shared data sets are not here")
    return declare(DATA / name, folder=FOLDER, language="en")


def loaded(text: str) -> Dataset:
    data, lines = read_yaml(text.encode(), "proposal.yaml")
    return parse(Dataset, data, "proposal.yaml", lines)


def compared(text: str) -> str:
    """The proposed comparisons take effect, apart from those with placeholders."""
    freed = re.sub(
        r"^  # (joint_)?representation:\n(?:  #   .*\n)*",
        lambda found: re.sub(r"^  # ", "  ", found[0], flags=re.M),
        text,
        flags=re.M,
    )
    unknown = r"^    - attribute: .*\n      reference: reference-name\n(?:      .*\n)*"
    return re.sub(unknown, "", freed, flags=re.M)


@pytest.mark.parametrize("name", ROLES)
def test_roles_units_and_missing_values_are_those_of_an_expert(name: str) -> None:
    """Every column, none left out; nobody but repeated speakers is counted as a person."""
    declared = loaded(proposal_for(name))
    found = {column: one.role for column, one in declared.columns.items() if one.role != "feature"}
    assert found == ROLES[name]
    missing = {column: one.missing for column, one in declared.columns.items() if one.missing}
    assert missing == MISSING.get(name, {})
    assert (declared.unit == "person") == (name in PERSONS)
    assert declared.source.delimiter == (";" if "bank_m" in name else None)


@pytest.mark.slow
@pytest.mark.parametrize("name", ROLES)
def test_a_proposal_runs_and_so_do_its_comparisons(name: str) -> None:
    """Only special categories are refused, and run once the law's questions are answered."""
    text = compared(proposal_for(name))
    if name in SPECIAL:
        with pytest.raises(InputError, match="may not be checked before 'ground' is stated"):
            run_checks("x", loaded(text), folder=FOLDER, limit=5, references=FOLDER / "references")
        for empty, answer in ANSWERED.items():
            text = text.replace(empty, answer)
    evidence = run_checks(
        "x", loaded(text), folder=FOLDER, limit=5, references=FOLDER / "references"
    ).evidence
    assert not [check for check in evidence.checks if check.problem == "exception"]
    judged = {one.verdict for one in evidence.checks}
    assert judged & {"fail", "attention"} or "banking" in name


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("telco_churn/Telco-Customer-Churn.csv",
         ('"0": { from: 18, below: 65 }', '"1": { from: 65 }', '{ "Female": [female], "Male": [male] }')),
        ("cv_singleword_de/train.tsv",
         ('"twenties": { from: 19, below: 30 }', '"fourties": { from: 40, below: 50 }', 'no_reference: ["teens"]')),
        ("compas/compas_for_aequitas.csv",
         ('"25 - 45": { from: 25, below: 46 }', '"Greater than 45": { from: 46 }')),
    ],
)  # fmt: skip
def test_populations_are_suggested_for_sexes_and_ages(name: str, lines: tuple[str, ...]) -> None:
    """Decades in words, senior citizens, and groups named after their ages."""
    text = proposal_for(name)
    for line in lines:
        assert line in text
