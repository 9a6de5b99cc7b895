"""The map of combinations, and the section around it: empty, thin and masked fields without colour."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from impactbook.language import Language
from impactbook.model.evidence import Figure
from impactbook.render.blocks import Block, plain_text
from impactbook.render.charts import CoverageMap, coverage_map
from impactbook.render.record.combinations import combination_section
from impactbook.render.record.pictures import charts
from impactbook.render.record.view import RecordView

# 60+ women are 12 (thin), men under 30 are masked, 60+ "divers" nobody, under 30 impossible.
MAP = CoverageMap(
    rows=["under 30", "60+"],
    columns=["women", "men"],
    counts={(0, 0): 300, (0, 1): None, (1, 0): 12, (1, 1): 0},
    limit=30,
)


def chart(coverage: CoverageMap = MAP, language: Language = "en"):  # type: ignore[no-untyped-def]
    found = coverage_map(coverage, language, "Age × Sex")
    assert found is not None
    return found


def cells(rows: list[list[list[object]]]) -> list[list[str]]:
    return [[plain_text(cell) for cell in row] for row in rows]  # type: ignore[arg-type]


def test_the_table_says_of_each_field_what_the_picture_shows() -> None:
    """So nothing depends on seeing."""
    told = cells(chart().table.rows)  # type: ignore[arg-type]
    assert told == [["under 30", "300", "not shown"], ["60+", "12 (thin)", "0 (empty)"]]
    german = cells(chart(language="de").table.rows)  # type: ignore[arg-type]
    assert german[1] == ["60+", "12 (dünn)", "0 (leer)"]


def test_the_description_counts_and_names_what_is_missing() -> None:
    """4 fields: 1 empty, 1 thin, 1 without a number."""
    assert chart().alt == (
        "Coverage of combinations: Age × Sex. A grid with one field per combination and its number: "
        "4 fields, of which 1 are empty, 1 hold fewer than 30, 1 show no number. Empty are: 60+ / men. "
        "Thinly covered are: 60+ / women. Not shown are: under 30 / men."
    )


def strokes(svg: bytes) -> list[str]:
    """How every line and outline is drawn, without its colour."""
    drawn = re.findall(r'style="([^"]*)"', svg.decode())
    return [re.sub(r"(fill|stroke): #[0-9a-f]{6}", r"\1", style) for style in drawn]


@pytest.mark.parametrize("kind", ["thin", "empty", "masked", "impossible"])
def test_a_field_differs_from_a_covered_one_without_its_colour(kind: str) -> None:
    """Outline, crossed corners, dots or dashes: it reads in grey."""
    covered = CoverageMap(["a"], ["b"], {(0, 0): 300}, 30)
    other: dict[tuple[int, int], int | None] = {
        "thin": {(0, 0): 3},
        "empty": {(0, 0): 0},
        "masked": {(0, 0): None},
        "impossible": {},
    }[kind]
    assert strokes(chart(CoverageMap(["a"], ["b"], other, 30)).svg) != strokes(chart(covered).svg)


def test_the_picture_is_one_image_with_its_description() -> None:
    """And the same bytes each time."""
    svg = chart().svg
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    assert root.get("role") == "img"
    assert chart().alt in svg.decode()
    assert svg == chart().svg


def test_the_attribute_with_more_groups_goes_downwards() -> None:
    """Pages are higher than wide."""
    wide = CoverageMap(["a"], ["x", "y", "z"], {(0, n): 40 + n for n in range(3)}, 30)
    assert cells(chart(wide).table.rows) == [["x", "40"], ["y", "41"], ["z", "42"]]  # type: ignore[arg-type]


def test_a_map_that_nobody_could_read_is_not_drawn() -> None:
    """15 columns leave no room for numbers; the table of thin cells stays."""
    names = [str(n) for n in range(15)]
    assert coverage_map(CoverageMap(names, names, {}, 30), "en", "a") is None
    assert coverage_map(CoverageMap([], [], {}, 30), "en", "a") is None


def figure(metric: str, attribute: str, group: str = "", **values: object) -> Figure:
    return Figure.model_validate(
        {
            "id": f"d/{metric}/{attribute}/{group}/",
            "source": "d",
            "kind": "training_data",
            "metric": metric,
            "unit": "person",
            "attribute": attribute,
            "group": group,
            **values,
        }
    )


FIGURES = [
    figure("cells_possible", "age*sex", value=4),
    figure("cells_empty", "age*sex", value=1),
    figure("cell_count", "age*sex", "old / m", value=0, threshold_low=30),
    figure("cell_count", "age*sex", "old / f", value=12, threshold_low=30),
    figure("cell_count", "age*sex", "new / f", value=300, threshold_low=30),
    figure("cell_count", "age*sex", "new / m", value=40, threshold_low=30),
    figure("expected_count", "age*sex", "old / m", value=17.4),
    figure("uncovered_patterns", "age*sex", value=1, verdict="attention"),
    figure(
        "uncovered_pattern",
        "age*sex",
        "old / *",
        value=0.3,
        method="reference;below=30",
        numerator=12,
        denominator=352,
    ),
    figure("pairs", "age*sex*accent", value=3),
    figure("uncovered_patterns", "age*sex*accent", value=0),
    figure("cells_possible", "age*accent", value=6),
    figure("cells_empty", "age*accent", value=2),
    figure("cells_below_30", "age*accent", value=3),
    figure("min_cell_count", "age*accent", "old / x", value=7),
]
EVIDENCE = {
    "dataset": "d",
    "unit": "person",
    "checks": [
        {"check": "intersections", "attribute": "age*sex", "verdict": "attention"},
        {"check": "pairs", "attribute": "age*sex*accent", "verdict": ""},
    ],
}


def view(language: Language = "en") -> RecordView:
    return RecordView({"evidence": [EVIDENCE]}, FIGURES, {}, language)


def printed(blocks: list[Block]) -> str:
    return repr(blocks)


def test_the_section_names_who_is_missing_draws_the_map_and_lists_the_pairs() -> None:
    """Thin cells have their expected size beside them; covered ones stay out of that table."""
    told = printed(combination_section(view(), "d"))
    assert "Fewer than 30 of the people have: age “old”." in told
    assert "In the reference population 30.0% belong there." in told
    assert (
        "Coverage of combinations: age × gender" in told or "Coverage of combinations: age" in told
    )
    assert "Thinnest combinations: age" in told
    assert "'17.4'" in told
    assert "Pairs of attributes and their combinations" in told
    assert "age × accent" in told


def test_the_map_is_one_of_the_charts_that_are_sealed() -> None:
    """Under a name that is safe as a file name."""
    assert list(charts(view())) == ["d-coverage-age-sex"]
