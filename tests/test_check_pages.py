"""Every check, metric and threshold has its page and heading, and every worked example is run."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from impactbook.checks import run_checks
from impactbook.language import phrases
from impactbook.model.data_checks import Check, Checks, Hypothesis
from impactbook.model.dataset import Dataset
from impactbook.model.evidence import Figure
from impactbook.workspace.reading import parse, read_yaml

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "checks"
FOLDER = ROOT / "data_checks"
INDEX = PAGES / "README.md"
EXAMPLES = sorted(
    path for path in PAGES.glob("*.md") if path.name not in ("README.md", "expectations.md")
)
SECTIONS = (
    "What it asks", "Formula and source", "When it misleads", "Fields of the declaration",
    "Figures", "Worked example",
)  # fmt: skip
# Metrics of deployed models, not of training data.
_OUTCOMES = re.compile(r"selection_rate|(true|false)_(positive|negative)_rate|word_error_rate")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def models_of(kind: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation such as `tuple[LabelCheck, ...]` or `PairsCheck | None`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    elif get_origin(kind) in (tuple, Union, types.UnionType):
        for inner in get_args(kind):
            yield from models_of(inner)


def asked() -> dict[str, type[BaseModel]]:
    """Every check of a declaration with its model."""
    found = {name: next(models_of(field.annotation)) for name, field in Checks.model_fields.items()}
    return {**found, "hypotheses": Hypothesis}


def fenced(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", page, re.M | re.S)


def shown(value: float | None) -> str:
    """A number as the pages print it: whole ones whole, others with four digits."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value == int(value) else f"{value:.4g}"


def line_of(figure: Figure) -> str:
    interval = ""
    if figure.ci_low is not None:
        interval = f" [{shown(figure.ci_low)}, {shown(figure.ci_high)}]"
    verdict = f" {figure.verdict}" if figure.verdict else ""
    name = figure.id.removeprefix("example/")
    return f"{name}  {shown(figure.value)}{interval}{verdict}"


@pytest.mark.parametrize("check", asked())
def test_every_check_has_a_page_with_a_heading_for_each_field(check: str) -> None:
    """Also those that all checks share, which the index explains; defaults are stated."""
    page = text_of(PAGES / f"{check}.md")
    for name, field in asked()[check].model_fields.items():
        shared = name in Check.model_fields
        heading = rf"^### `{name.rstrip('_')}`\n\n(.*?)(?=^#|\Z)"
        found = re.search(heading, text_of(INDEX) if shared else page, re.M | re.S)
        assert found, f"{check}.md has no heading for {name}"
        default = field.default
        if isinstance(default, int | float | str) and not field.is_required():
            assert str(default).lower() in found[1].lower(), (check, name)
        if isinstance(default, tuple) and default:
            assert str(list(default)) in found[1], (check, name)


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda path: path.stem)
def test_every_page_is_made_alike(page: Path) -> None:
    """A German paragraph at the top, then the same sections, and a link from the index."""
    text = text_of(page)
    assert re.match(r"# .+\n\n\*Deutsch:\* .{60}", text)
    assert tuple(re.findall(r"^## (.+)$", text, re.M)) == SECTIONS
    assert f"({page.name})" in text_of(INDEX)
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (PAGES / link).is_file(), link


def test_every_metric_stands_under_figures_of_some_page() -> None:
    """All that have a name in print, apart from those of deployed models."""
    known = {key.removeprefix("metric-") for key in phrases("figures") if key.startswith("metric-")}
    told = {
        name
        for page in EXAMPLES
        for name in re.findall(r"^- `(\w+)`:", text_of(page).split("\n## Figures\n")[1], re.M)
    }
    assert {name for name in known if not _OUTCOMES.match(name)} - told == set()


@pytest.mark.slow
@pytest.mark.parametrize("page", EXAMPLES, ids=lambda path: path.stem)
def test_every_worked_example_gives_the_printed_numbers(page: Path, tmp_path: Path) -> None:
    """The declaration on the page is run on the data of the samples, or on the rows of the page."""
    text = text_of(page)
    (declaration,), (printed,) = fenced(text, "yaml"), fenced(text, "text")
    folder = FOLDER
    for rows in fenced(text, "csv"):
        folder = tmp_path
        (tmp_path / "data.csv").write_text(rows, encoding="utf-8")
    data, lines = read_yaml(declaration.encode(), page.name)
    evidence = run_checks(
        "example",
        parse(Dataset, data, page.name, lines),
        folder=folder,
        # Krippendorff's example is of no people: nothing is masked.
        limit=1 if page.stem == "annotators" else 5,
        references=FOLDER / "references",
        as_of=date(2026, 11, 23),
    ).evidence
    found = {line_of(figure) for figure in evidence.figures}
    assert printed.strip()
    for line in printed.splitlines():
        assert line in found
