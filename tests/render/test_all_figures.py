"""The annex: every told number stands there, what is masked is counted, empty cells stand together."""

from __future__ import annotations

from typing import Any

import pytest
from assessed_voicebot import speech_evidence, speech_figures
from spoken import lines

from impactbook.language import LANGUAGES, Language, number
from impactbook.model.evidence import Figure
from impactbook.render.blocks import Table
from impactbook.render.record.all_figures import FEW_ROWS, all_figures
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import figure_value, metric_name


def view(figures: tuple[Figure, ...], language: Language = "en") -> RecordView:
    evidence = speech_evidence(figures).model_dump(mode="json", by_alias=True)
    record = {"evidence": [evidence], "language": language}
    return RecordView(record, figures, {}, language)


def printed(figures: tuple[Figure, ...], language: Language = "en") -> list[str]:
    return lines(all_figures(view(figures, language), "speech"))


def figure(metric: str, **values: Any) -> Figure:
    told = {
        "source": "speech", "kind": "training_data", "metric": metric, "unit": "person", **values
    }  # fmt: skip
    parts = (str(told.get(name, "")) for name in ("metric", "attribute", "group", "condition"))
    return Figure(id="speech/" + "/".join(parts), **told)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("limit", [1, 5, 10])
def test_every_told_number_stands_in_the_annex(language: Language, limit: int) -> None:
    """Value, count and both ends of the interval of each figure, on one line with its metric's."""
    figures = speech_figures(limit=limit)
    said = "\n".join(printed(figures, language))
    for one in figures:
        ends = [one.value, one.ci_low, one.ci_high]
        words = [
            figure_value(one, e, language).replace("\u00a0", " ") for e in ends if e is not None
        ]
        words += [number(k, language) for k in (one.numerator, one.unknown) if k is not None]
        if one.value is not None:
            assert [word for word in words if word not in said] == []
            assert metric_name(one.metric, language).lower() in said.lower()


def test_masked_figures_are_counted_by_metric_and_not_listed() -> None:
    """Eight shares, two of them told: six masked, in one line."""
    told = [figure("share", attribute="gender", group=g, value=0.5) for g in ("a", "b")]
    hidden = [figure("share", attribute="gender", group=g, verdict="suppressed") for g in "cdefgh"]
    said = printed((*told, *hidden))
    assert len(said) == 2
    assert said[1].startswith("Share among known values: sex, a 50.0%; ".replace(", a", " – a"))
    assert said[1].endswith("masked: 6")


def test_a_masked_figure_with_a_verdict_is_listed() -> None:
    """The verdict rests on bounds and is told, so the row says something."""
    judged = figure("representation_ratio", attribute="gender", group="a", verdict="fail")
    assert printed((judged,))[1].endswith("(outside)")


def test_combinations_that_nobody_has_stand_in_one_row_by_name() -> None:
    """Nine combinations, seven of them empty: three rows, and no name is lost."""
    empty = [
        figure("cell_count", attribute="gender*age", group=f"f / {n}", value=0.0, numerator=0)
        for n in range(7)
    ]
    full = [
        figure("cell_count", attribute="gender*age", group=f"m / {n}", value=n, numerator=n)
        for n in (31, 42)
    ]
    said = printed((*empty, *full))
    assert len(said) == 2
    zero = said[1].split("; sex")[0]
    assert [f"/ {n}" in zero for n in range(7)] == [True] * 7
    assert "31" in said[1]
    assert "42" in said[1]


def test_many_rows_make_a_table_whose_groups_stand_in_order() -> None:
    """More than a list holds; "9" before "10" although the letters say otherwise."""
    many = tuple(
        figure("share", attribute="age", group=f"{n} years", value=0.1, denominator=60)
        for n in (10, 11, 9, 12, 13, 14, 15)
    )
    assert len(many) > FEW_ROWS
    (table,) = all_figures(view(many), "speech")
    assert isinstance(table, Table)
    first = [row[0][0].text.rpartition("– ")[2] for row in table.rows]
    assert first == [f"{n} years" for n in range(9, 16)]


def test_what_more_people_alone_cannot_mend_is_not_called_masked() -> None:
    """No number exists there; nothing is hidden."""
    none = figure("people_needed", attribute="gender", group="a", method="none_alone")
    assert "cannot be reached so" in printed((none,))[1]
    assert "masked" not in printed((none,))[1]


def test_very_small_p_values_of_every_test_are_not_printed_as_nothing() -> None:
    """0.0000001 is less than 0.001, and not 0."""
    for metric in ("goodness_of_fit_p", "goodness_of_fit_g_p", "goodness_of_fit_exact_p"):
        assert "< 0.001" in printed((figure(metric, attribute="gender", value=1e-7),))[1]


def test_a_condition_that_all_rows_share_stands_in_the_caption() -> None:
    """The label is named once; the split, in which the rows differ, stays beside each."""
    many = tuple(
        figure("label_share", attribute="age", group=f"{n}", value=0.1,
               condition="label=y;positive=yes" + (";split=train" if n > 4 else ""))
        for n in range(8)
    )  # fmt: skip
    (table,) = all_figures(view(many), "speech")
    assert isinstance(table, Table)
    assert table.caption[0].text == "share of the label (label: y; value: yes)"
    assert ["".join(run.text for run in row[1]) for row in table.rows[3:6]] == [
        "", "", "split: train",
    ]  # fmt: skip
