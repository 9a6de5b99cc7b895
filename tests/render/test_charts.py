"""Charts: the same bytes everywhere, every number in words, nothing by colour alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_samples import FOREST, HOSTILE, POINTS

from impactbook.assess.levels import level
from impactbook.language import LANGUAGES, Language, say
from impactbook.model.impacts import LIKELIHOODS, SEVERITIES
from impactbook.render.blocks import Table, plain_text
from impactbook.render.charts import (
    Chart,
    DotPanel,
    DotRow,
    ForestRow,
    GroupOverTime,
    HeatPoint,
    MissingRow,
    Moment,
    RankedRow,
    ShareRow,
    missing_bars,
    over_time,
    ranked_bars,
    representation_forest,
    risk_heatmap,
    share_bars,
    share_dots,
)
from impactbook.render.charts.dots import MOST_ROWS
from impactbook.render.charts.drawing import lines, text_width
from impactbook.render.charts.forest import LOOKS
from impactbook.render.charts.over_time import MOST_GROUPS, MOST_PERIODS, first_outside

BAND = (0.8, 1.25)
SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: bytes | str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  # our own drawing


def texts(table: Table) -> list[list[str]]:
    return [[plain_text(cell) for cell in row] for row in table.rows]


def every_chart(language: Language = "de") -> list[Chart]:
    return [
        representation_forest(FOREST, BAND, language, "Vertretung"),
        risk_heatmap(POINTS, language),
        share_bars([ShareRow("Frauen", 0.14, 56, 401, 0.507), ShareRow("divers", None)], language),
        missing_bars([MissingRow("poutcome", 36959, 45211)], language),
        drawn(share_dots(DOTS, "missing", language, "Fehlende Angaben")),
        drawn(ranked_bars(RANKED, 0.3, language, "Zusammenhang")),
        drawn(over_time(MOMENTS, QUARTERS, BAND, language, "Im Lauf der Zeit")),
    ]


DOTS = [
    DotPanel("Dialekt", [DotRow("Frauen", 0.545, 0.505, 0.584), DotRow("divers", None)]),
    DotPanel("Alter", [DotRow("Frauen", 0.95, 0.91, 0.97, "fail")], limit=1.0),
]
RANKED = [
    RankedRow("Beruf → Alter", 0.12, 0.1, 0.14, "ok"),
    RankedRow("Vorwahl → Geschlecht", 0.73, 0.67, 0.79, "attention"),
    RankedRow("Akzent → Alter", None, None, None, "suppressed"),
]
QUARTERS = ("2024-Q1", "2024-Q2", "2024-Q3")
MOMENTS = [
    GroupOverTime(
        "ab 65 Jahre",
        {
            "2024-Q1": Moment(0.95, 0.7, 1.3, "attention"),
            "2024-Q2": Moment(0.0, 0.0, 0.12, "fail"),
            "2024-Q3": Moment(0.3, 0.2, 0.4, "fail"),
        },
    ),
    GroupOverTime("unter 40 Jahre", {"2024-Q1": Moment(None, None, None, "suppressed")}),
]


def drawn(chart: Chart | None) -> Chart:
    assert chart is not None
    return chart


def test_dots_say_each_share_with_its_interval_and_what_is_agreed() -> None:
    """A group without a number is named as such; the limit of a panel is said."""
    chart = drawn(share_dots(DOTS, "consent", "de", "Einwilligung"))
    said = chart.alt.replace("\u00a0", " ")
    assert "Dialekt, Frauen: 54,5 %, Intervall 50 % bis 58 %." in said
    assert "Dialekt: keine Zahl gezeigt für divers." in said
    assert "Alter: vereinbart sind mindestens 100 %." in said
    assert "Alter, Frauen: 95,0 %, Intervall 91 % bis 97 % (außerhalb)." in said
    assert [row[0] for row in texts(chart.table)] == [
        "Dialekt: Frauen", "Dialekt: divers", "Alter: Frauen",
    ]  # fmt: skip


def test_dots_of_small_shares_keep_a_decimal_in_their_interval() -> None:
    """0.2 % to 0.6 % is not "0 % to 1 %"."""
    panels = [DotPanel("a", [DotRow("b", 0.004, 0.002, 0.006)])]
    assert "interval 0.2% to 0.6%" in drawn(share_dots(panels, "missing", "en", "t")).alt


def test_dots_without_a_number_or_with_too_many_rows_are_no_picture() -> None:
    """What does not fit a page stands in the annex alone."""
    assert share_dots([DotPanel("a", [DotRow("b", None)])], "missing", "de", "t") is None
    many = [DotRow(str(place), 0.1) for place in range(MOST_ROWS + 1)]
    assert share_dots([DotPanel("a", many)], "missing", "de", "t") is None


def test_ranked_bars_start_with_the_strongest_and_end_with_the_hidden() -> None:
    """0.73 before 0.12; the pair without a number is last and named."""
    chart = drawn(ranked_bars(RANKED, 0.3, "de", "Zusammenhang"))
    assert [row[0] for row in texts(chart.table)] == [
        "Vorwahl → Geschlecht", "Beruf → Alter", "Akzent → Alter",
    ]  # fmt: skip
    assert "Vorwahl → Geschlecht: 0,73, Intervall 0,67 bis 0,79 (beachten)." in chart.alt
    assert chart.alt.index("0,73") < chart.alt.index("0,12")
    assert ranked_bars(RANKED[2:], 0.3, "de", "t") is None


def test_over_time_the_first_period_outside_is_named() -> None:
    """Outside in the second and third quarter: the second is the first."""
    assert first_outside(MOMENTS[0], QUARTERS) == "2024-Q2"
    chart = drawn(over_time(MOMENTS, QUARTERS, BAND, "de", "Im Lauf der Zeit"))
    assert "ab 65 Jahre: außerhalb in 2024-Q2 und 2024-Q3." in chart.alt
    assert "unter 40 Jahre: keine Zahl gezeigt." in chart.alt
    assert texts(chart.table) == [
        ["2024-Q1", "95", "keine Zahl gezeigt"],
        ["2024-Q2", "0 (außerhalb)", "–"],
        ["2024-Q3", "30 (außerhalb)", "–"],
    ]


def test_over_time_one_period_or_too_many_groups_are_no_picture() -> None:
    """With one period there is no change; more than fits a page stands in the annex."""
    assert over_time(MOMENTS, QUARTERS[:1], BAND, "de", "t") is None
    assert over_time(MOMENTS * MOST_GROUPS, QUARTERS, BAND, "de", "t") is None
    months = [str(place) for place in range(MOST_PERIODS + 1)]
    assert over_time(MOMENTS, months, BAND, "de", "t") is None


def test_markers_of_judged_figures_differ_without_colour() -> None:
    """In grey, the verdicts that have a number are told apart by shape or filling."""
    judged = ("ok", "attention", "fail", "not_enough_data")
    assert len({LOOKS[verdict][:2] for verdict in judged}) == len(judged)


def test_a_forest_plot_says_each_group_per_hundred_expected_with_its_interval() -> None:
    """0.324 is 32 per 100 expected; its interval 0.262 to 0.398 is 26 to 40."""
    chart = representation_forest(FOREST, BAND, "de", "Vertretung nach Geschlecht")
    assert "vereinbart sind 80 bis 125" in chart.alt
    assert "Frauen: 32 je 100 erwartete, Intervall 26 bis 40 (außerhalb)." in chart.alt
    assert "Unbekannt ist der Wert für divers (keine Zahl gezeigt)." in chart.alt
    assert texts(chart.table)[0] == ["Frauen", "32", "26 bis 40", "außerhalb"]
    assert texts(chart.table)[4] == ["divers", "–", "–", "keine Zahl gezeigt"]


def test_a_group_that_was_not_measured_says_so_and_gets_no_number() -> None:
    row = ForestRow("Dialekt", None, None, None, "not_measured")
    chart = representation_forest([row], BAND, "en", "Representation")
    assert "The value is unknown for Dialekt (not measured)." in chart.alt
    assert texts(chart.table) == [["Dialekt", "–", "–", "not measured"]]


def test_a_forest_plot_without_groups_says_that_there_are_none() -> None:
    chart = representation_forest([], BAND, "en", "Representation")
    assert chart.alt.endswith("There is no group with a value.")
    assert parsed(chart.svg).tag == f"{SVG}svg"


def test_verdicts_differ_in_shape_and_not_only_in_colour() -> None:
    """With all colours taken out, two verdicts still give two pictures."""

    def shapes(verdict: str) -> str:
        rows = [ForestRow("x", 0.5, 0.4, 0.6, verdict)]  # type: ignore[arg-type]
        drawn = representation_forest(rows, BAND, "en", "t").svg.decode()
        root = parsed(drawn)
        markers = [p for use in root.iter(f"{SVG}defs") for p in use.iter(f"{SVG}path")]
        return " ".join(path.get("d", "") for path in markers)

    verdicts = ("ok", "attention", "fail")
    assert len({shapes(verdict) for verdict in verdicts}) == 3


@pytest.mark.parametrize("severity", [1, 2, 3, 4])
@pytest.mark.parametrize("likelihood", [1, 2, 3, 4])
def test_every_field_of_the_heat_map_has_the_level_of_the_assessment(
    severity: int, likelihood: int
) -> None:
    point = HeatPoint("A1", severity, likelihood, "x")
    expected = level(SEVERITIES[severity - 1], LIKELIHOODS[likelihood - 1])
    assert point.level == expected
    told = say("record", f"level-{expected}", "en")
    assert f"{told} risk, rated by x" in risk_heatmap([point], "en").alt


def test_a_heat_map_lists_every_rating_and_names_the_disagreement() -> None:
    chart = risk_heatmap(POINTS, "de")
    assert texts(chart.table) == [
        ["A1", "Anrufende", "4 · schwerwiegend", "3 · wahrscheinlich", "sehr hoch"],
        ["A1", "Betriebsrat", "2 · überschaubar", "3 · wahrscheinlich", "mittel"],
        ["A2", "Anrufende", "3 · erheblich", "3 · wahrscheinlich", "hoch"],
    ]
    assert chart.alt.endswith("Uneinig sind sich die Bewertenden bei A1.")


def test_a_heat_map_grows_with_the_ratings_in_a_field() -> None:
    def height(count: int) -> float:
        points = [HeatPoint(f"A{i}", 2, 2, "x") for i in range(count)]
        root = parsed(risk_heatmap(points, "en").svg)
        return float(root.get("height", "0pt").removesuffix("pt"))

    assert height(30) > height(3)


def test_a_step_outside_one_to_four_is_refused() -> None:
    with pytest.raises(ValueError, match="from 1 to 4"):
        HeatPoint("A1", 0, 3, "x")


def test_bars_say_share_count_and_comparison() -> None:
    """56 of 401 is 13.965 %."""
    chart = share_bars([ShareRow("Frauen", 56 / 401, 56, 401, 0.507)], "de")
    assert "Frauen: 14,0\u00a0% (56 von 401); zum Vergleich 50,7\u00a0%." in chart.alt
    assert texts(chart.table) == [["Frauen", "14,0\u00a0%", "56", "401", "50,7\u00a0%"]]


def test_missing_bars_divide_what_is_missing_by_all() -> None:
    """36,959 / 45,211 = 0.81748."""
    chart = missing_bars([MissingRow("poutcome", 36959, 45211), MissingRow("x", None, 5)], "en")
    assert "poutcome: 81.7% (36,959 of 45,211)." in chart.alt
    assert "x: no number shown." in chart.alt


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_name_themselves_and_point_nowhere(language: Language) -> None:
    """No type definition, no creator, no link: the namespaces are the only addresses."""
    for chart in every_chart(language):
        root = parsed(chart.svg)
        assert root.find(f"{SVG}title") is not None
        assert (root.findtext(f"{SVG}desc") or "") == chart.alt
        text = chart.svg.decode()
        assert "<!DOCTYPE" not in text
        assert "<metadata" not in text
        links = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")]
        assert all(link.startswith("#") for link in links)


def test_labels_are_text_and_never_mathematics_or_markup() -> None:
    """A dollar sign is no formula, and a tag in a name does not become one."""
    rows = [ForestRow(HOSTILE, 0.5, 0.4, 0.6, "ok")]
    chart = representation_forest(rows, BAND, "en", HOSTILE)
    names = {element.tag.removeprefix(SVG) for element in parsed(chart.svg).iter()}
    assert not names & {"script", "img", "foreignObject", "a"}


@given(
    st.lists(
        st.builds(
            ForestRow,
            label=st.text(max_size=30),
            value=st.none() | st.floats(0, 1e4),
            low=st.none() | st.floats(0, 1e4),
            high=st.none() | st.floats(0, 1e4),
            verdict=st.sampled_from(["ok", "fail", "suppressed", "not_enough_data", ""]),
        ),
        max_size=4,
    )
)
@settings(max_examples=15, deadline=None)
def test_any_rows_give_a_readable_picture_and_one_table_row_each(rows: list[ForestRow]) -> None:
    chart = representation_forest(rows, BAND, "de", "t")
    assert parsed(chart.svg).tag == f"{SVG}svg"
    assert len(chart.table.rows) == len(rows)


def test_lines_are_no_wider_than_their_room() -> None:
    broken = lines("eine sehr lange Gruppenbezeichnung Donaudampfschifffahrtsgesellschaft", 25)
    assert len(broken) > 2
    assert all(text_width(line) <= 25 for line in broken)


def test_the_same_rows_give_the_same_bytes_in_another_process_and_place(
    tmp_path: Path,
) -> None:
    """Time zone, locale, hash seed and the user's own plot settings change nothing."""
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nsvg.fonttype: none\nlines.linewidth: 9")
    program = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from test_charts import every_chart\n"
        "print(hashlib.sha256(b''.join(c.svg for c in every_chart())).hexdigest())"
    )
    here = str(Path(__file__).parent)
    digests = set()
    for zone, locale, seed in (("UTC", "C", "1"), ("Asia/Tokyo", "C.UTF-8", "2")):
        environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed}
        answer = subprocess.run(
            [sys.executable, "-c", program, here],
            env=environment, cwd=tmp_path if seed == "2" else here,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        digests.add(answer.stdout.strip())
    assert len(digests) == 1


def test_a_description_of_many_ratings_tells_the_highest_of_each_impact() -> None:
    """Twelve ratings of two impacts: the highest of each and where the rest stands."""
    low = [HeatPoint("A1", 1, 1, f"r{n}") for n in range(6)]
    high = [HeatPoint("A2", 1 + n % 4, 4, f"r{n}") for n in range(6)]
    alt = risk_heatmap([*low, *high], "en").alt
    assert "A1: at the highest severity 1 " in alt
    assert "A2: at the highest severity 4 " in alt
    assert "very high risk" in alt
    assert alt.count("rated by") == 0
    assert "All ratings stand in the tables." in alt
