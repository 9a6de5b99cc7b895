"""Personal data in free texts is found by format and check digit, and only counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from declared import dataset, result, run
from hypothesis import given
from hypothesis import strategies as st

from impactbook.checks.figures.common import FigureContext
from impactbook.checks.figures.personal_data import personal_data_figures
from impactbook.checks.figures.quality import Counted
from impactbook.checks.personaldata import CANDIDATE, kinds_in

CONTEXT = FigureContext("test", "training_data", 5)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("please write to anna.berg+bank@mail.example.org.", {"email"}),
        ("ruf mich an: 0151 23456789", {"phone"}),
        ("Tel. +49 (0)30/901820", {"phone"}),
        ("my IBAN is DE89 3704 0044 0532 0130 00 thanks", {"iban"}),
        ("GB82WEST12345698765432", {"iban"}),
        # 4111 1111 1111 1111 is the card schemes' number for tests; its Luhn sum is 30.
        ("card 4111-1111-1111-1111 was declined", {"card"}),
        ("4111 1111 1111 1112", set()),
        ("DE89 3704 0044 0532 0130 01", set()),
        ("order 20240312 of 12.03.2024 at 10:15", set()),
        ("I topped up 1000000 and 250,000", set()),
        ("a@b", set()),
        ("me@home and 089 12345678", {"phone"}),
        ("", set()),
    ],
)
def test_kinds_are_told_by_their_own_rules(text: str, kinds: set[str]) -> None:
    assert kinds_in(text) == kinds


@given(st.text(max_size=60))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert kinds_in(text) <= {"email", "phone", "iban", "card"}


@pytest.mark.parametrize(
    "text", ["x@example.org", "030 901820", "DE89370400440532013000", "4111 1111 1111 1111"]
)
def test_no_text_with_personal_data_is_skipped_by_the_engine(text: str) -> None:
    import re

    assert re.search(CANDIDATE, text)


def test_counts_become_shares_and_any_is_attention() -> None:
    found = {"email": Counted(8), "phone": Counted(0)}
    answer = personal_data_figures(CONTEXT, "text", found, texts=200, threshold=0.0)
    email, phone = answer.figures
    assert (email.value, email.numerator, email.verdict) == (8 / 200, 8, "attention")
    assert (phone.value, phone.verdict) == (0.0, "ok")
    assert answer.verdict == "attention"


def test_few_people_are_masked_and_still_more_than_none() -> None:
    answer = personal_data_figures(
        CONTEXT, "text", {"iban": Counted(40, 2)}, texts=200, threshold=0.0
    )
    (figure,) = answer.figures
    assert (figure.value, figure.numerator, figure.verdict) == (None, None, "attention")


def test_a_data_set_is_counted_without_a_text_leaving_it(tmp_path: Path) -> None:
    texts = [f"my address is caller{number}@mail.example" for number in range(7)]
    texts += ["nothing to see"] * 93
    content = "text\n" + "\n".join(texts) + "\n"
    declared = dataset({"text": "text"}, {"personal_data": {}, "duplicates": None})
    found = run(tmp_path, declared, content, limit=5)
    assert result(found.evidence, "personal_data").verdict == "attention"
    (email,) = [
        figure
        for figure in found.evidence.figures
        if figure.metric == "personal_data_share" and figure.condition == "kind=email"
    ]
    assert (email.numerator, email.denominator) == (7, 100)
    assert "mail.example" not in found.evidence.model_dump_json() + str(found.documents)
