"""No figure depends on the order in which rows stand in a file or an engine hands them out."""

from __future__ import annotations

import random
from pathlib import Path

import declared
import pytest

GIVEN = random.Random(7)  # noqa: S311 - made-up rows
ANNOTATORS = ("ann", "ben", "cem", "dia")
TEXTS = ("card lost", "card stolen", "where is my money", "transfer not there", "transfer not here")


def _rows() -> list[str]:
    """120 texts of 40 people, each labelled by three of four annotators."""
    rows = []
    for item in range(120):
        who, text = f"p{item % 40}", TEXTS[item % len(TEXTS)] + f" {item // 7}"
        sex, split = "fm"[item % 40 % 2], ("train", "test")[item % 3 == 0]
        for annotator in GIVEN.sample(ANNOTATORS, 3):
            label = "yes" if GIVEN.random() < 0.3 + 0.4 * (item % 2) else "no"
            rows.append(f"{who},{sex},{item},{text},{label},{annotator},{split},{item % 11 + 1}")
    return rows


COLUMNS = {
    "who": "person_id", "sex": "protected", "item": "feature", "text": "text", "label": "label",
    "by": "annotator", "part": "split", "seconds": {"role": "duration", "minimum": 0},
}  # fmt: skip
CHECKS = {
    "labels": [{"label": "label", "positive": "yes"}],
    "annotators": {"label": "label", "item": "item"},
    "texts": {},
    "duplicates": {"near": 0.8},
    "leakage": {},
    "pairs": {"attributes": ["sex", "label"]},
    "proxies": {},
}


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_rows_give_the_same_figures(tmp_path: Path, seed: int) -> None:
    """Bootstraps, near duplicates, vocabulary, agreement: all of it, to the last digit."""
    rows = _rows()
    asked = declared.dataset(COLUMNS, CHECKS, unit="person")
    header = "who,sex,item,text,label,by,part,seconds\n"
    first = declared.run(tmp_path, asked, header + "\n".join(rows) + "\n").evidence
    random.Random(seed).shuffle(rows)  # noqa: S311
    second = declared.run(tmp_path, asked, header + "\n".join(rows) + "\n").evidence
    assert {"krippendorff_alpha", "cramers_v_corrected"} <= {one.metric for one in first.figures}
    assert [one.model_dump() for one in second.figures] == [
        one.model_dump() for one in first.figures
    ]
