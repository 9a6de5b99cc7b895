"""A dataset whose declaration asks for everything: all of it is named, said, drawn and in place."""

from __future__ import annotations

from typing import get_args

import pytest
from everything_declared import DATASET, everything_evidence, everything_view
from spoken import lines, text

from impactbook.language import LANGUAGES, Language, phrases
from impactbook.model.columns import SpecialKind
from impactbook.model.dataset import Basis
from impactbook.render.blocks import Figure, Heading, plain_text
from impactbook.render.record.annex import annex
from impactbook.render.record.data import SECTIONS, dataset_blocks
from impactbook.render.record.pictures import charts
from impactbook.render.sentences import sentence

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_metric_has_a_name_and_a_sentence(language: Language) -> None:
    """No metric that a check yields reaches a reader as its id alone."""
    evidence, view = everything_evidence(), everything_view(language)
    labels = view.labels(DATASET)
    there = {figure.metric.partition("_below_")[0] for figure in evidence.figures}
    known = phrases("figures").keys()
    assert {
        metric for metric in there if not {f"metric-{metric}", f"metric-{metric}_below"} & known
    } == set()
    said = {f.metric for f in evidence.figures if sentence(f, labels, evidence.figures)}
    assert {figure.metric for figure in evidence.figures} - said == set()


def test_every_check_and_problem_has_a_name() -> None:
    """Names of checks and codes of problems never reach a reader as they are."""
    checks = everything_evidence().checks
    known = phrases("figures").keys()
    assert {f"check-{check.check}" for check in checks} <= known
    assert {f"problem-{check.problem}" for check in checks if check.problem} <= known


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_section_has_a_heading_of_its_own_and_something_below(language: Language) -> None:
    """Every kind of section appears here, once or more, and none is empty."""
    view = everything_view(language)
    for section in SECTIONS:
        blocks = section(view, DATASET)
        assert isinstance(blocks[0], Heading)
        assert len(blocks) > 1
    headings = [block for block in dataset_blocks(view, DATASET) if isinstance(block, Heading)]
    assert len({heading.id for heading in headings}) == len(headings)


def test_who_alone_may_check_special_categories_is_said_before_anything_measured() -> None:
    """As declared, above the box with the verdicts."""
    said = lines(dataset_blocks(everything_view("en"), DATASET))
    (told,) = [line for line in said if "may run this check" in line]
    assert told.endswith(
        "“Disability” (health): only those whom the declaration names may run this check: "
        "Data protection officer. To be deleted by 31 March 2027."
    )
    assert said.index(told) < min(at for at, line in enumerate(said) if "Checks by result" in line)


def test_the_box_says_the_worst_first_and_whom_it_concerns() -> None:
    """Women over 65 are rarest of all: 20 of 600 where 12 % are expected, 28 for every 100."""
    said = lines(dataset_blocks(everything_view("de"), DATASET))
    start = said.index("Mindestens eine Prüfung liegt außerhalb des vereinbarten Bereichs")
    assert said[start + 1].startswith("Prüfungen nach Ergebnis – außerhalb: ")
    assert "Menschen der Gruppe „Frauen / ab 65 Jahre“ kommen 28 " in said[start + 2]


def test_bases_and_grounds_stand_as_they_were_declared() -> None:
    """Whose data, on what basis; on what ground, for what, by whom and until when."""
    said = text(dataset_blocks(everything_view("en"), DATASET))
    assert "training | consent (Art. 6(1)(a) GDPR) | customers" in said
    assert "recording | employment (Art. 88 GDPR) | employees" in said
    assert (
        "Disability (health) | Art. 9(2)(a) GDPR | testing for discrimination | Data protection "
        "officer | 31 March 2027"
    ) in said


def test_every_basis_and_category_has_a_name() -> None:
    """Closed choices of the declaration are named in both languages."""
    known = phrases("record").keys()
    assert {f"basis-{basis}" for basis in get_args(Basis)} <= known
    assert {f"special-{kind}" for kind in get_args(SpecialKind)} <= known


def test_consent_is_said_before_it_is_drawn() -> None:
    """570 of 600 consented (30 of 600 are every twentieth); of those over 65, 30 of 60."""
    said = text(dataset_blocks(everything_view("de"), DATASET))
    assert "liegt bei 95,0 % der Anrufenden eine Einwilligung vor (570 von 600)." in said
    assert "Training, Altersgruppe: ab 65 Jahre: 50,0 %" in said


def test_missing_values_of_groups_stay_out_of_the_table_of_columns() -> None:
    """One row per column; groups stand in the picture."""
    said = lines(dataset_blocks(everything_view("de"), DATASET))
    start = said.index("Fehlende Angaben je Spalte (vollständige Spalten sind nicht aufgeführt)")
    # Women with an odd number or a remainder of 5: 438 of 1,800 calls without a dialect.
    assert said[start + 2] == "Dialekt | 438 / 1.800 | 24,3 % | beachten"
    assert not said[start + 3].startswith("Dialekt")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_has_a_description_a_table_and_a_sentence_below(language: Language) -> None:
    """Whoever cannot see a picture gets all of it in words; each stands in the chapter once."""
    view = everything_view(language)
    drawn = charts(view)
    kinds = ("consent", "proxies", "missing-sex", "over-time-age", "shares-over-time-sex")
    assert {f"{DATASET}-{kind}" for kind in kinds} <= drawn.keys()
    for name, chart in drawn.items():
        assert len(chart.alt) > 60, name
        assert chart.table.rows, name
    shown = [block for block in dataset_blocks(view, DATASET) if isinstance(block, Figure)]
    assert {block.alt for block in shown} == {chart.alt for chart in drawn.values()}
    assert all(plain_text(block.caption) for block in shown)


def test_the_annex_explains_the_methods_that_were_used() -> None:
    """Krippendorff, Bergsma and Holm are named because their figures are there."""
    said = text(annex(everything_view("en")))
    for name in ("Krippendorff", "Bergsma", "Holm", "Hill", "HD-D", "MinHash"):
        assert name in said
