"""A split is named `split=` in every figure, whatever its column is called."""

from __future__ import annotations

from pathlib import Path

from declared import dataset, run, table

ROWS = table(
    (40, "f,yes,train,good morning"),
    (40, "m,no,train,good evening"),
    (30, "f,no,test,good night"),
    (30, "m,yes,test,good bye"),
    header="sex,y,part,text",
)
COLUMNS = {"sex": "protected", "y": "label", "part": "split", "text": "text"}
CHECKS = {
    "labels": [{"label": "y", "positive": "yes"}],
    "duplicates": {},
    "leakage": {},
    "texts": {},
    "periods": {},
    "pairs": {},
}


def test_no_condition_names_the_column_of_splits(tmp_path: Path) -> None:
    """140 rows, 80 of them for training; the column is called `part`."""
    figures = run(tmp_path, dataset(COLUMNS, CHECKS), ROWS).evidence.figures
    keys = {pair.partition("=")[0] for f in figures for pair in f.condition.split(";")}
    assert "split" in keys
    assert "part" not in keys
    found = {(f.metric, f.attribute, f.group, f.condition): f.value for f in figures}
    assert found["rows", "", "", "split=train"] == 80
    # 40 of 80 rows say yes in training; 30 of the 60 test rows are of women.
    assert found["label_share", "", "", "split=train;label=y;positive=yes"] == 0.5
    assert found["share", "sex", "f", "split=test"] == 0.5
    # 2 kinds of text in 80 rows: 78 repeat an earlier one.
    assert found["duplicates", "", "", "split=train;matching=exact"] == 78
    assert found["share_ratio_to_all", "sex", "f", "split=train"] == 1.0


def test_a_hypothesis_can_speak_of_a_split(tmp_path: Path) -> None:
    """By the same name; 40 of 80 are women, expected were at most 65 %."""
    stated = {
        "id": "few",
        "statement": "At most 65 % of the training rows are of women.",
        "metric": "share",
        "attribute": "sex",
        "group": "f",
        "condition": "split=train",
        "expected": "at_most",
        "value": 0.65,
    }
    evidence = run(tmp_path, dataset(COLUMNS, hypotheses=[stated]), ROWS).evidence
    (judged,) = [f for f in evidence.figures if f.metric == "hypothesis"]
    # z = (0.5 - 0.65) / sqrt(0.65 * 0.35 / 80) = -2.81, p = 0.005.
    assert judged.verdict == "ok"
