"""Which reference population a column could be compared with.

Only the population of Germany that comes with impactbook is proposed, for ages, sexes and states;
for anything else the lines hold placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from impactbook.checks.guessing.ages import (
    ADULT,
    SENIOR,
    Ages,
    adult_ages,
    ages_at_end_of,
    decades_of_birth,
)
from impactbook.checks.guessing.names import names_age, names_land, names_senior, names_sex
from impactbook.checks.guessing.roles import GuessedColumn
from impactbook.checks.guessing.text import listed, quoted, range_of
from impactbook.checks.guessing.values import sex_of

POPULATION = "destatis-bevoelkerung-2023"
POPULATION_YEAR = 2023

_MOST_MAPPED = 20
_LANDS: Mapping[str, tuple[str, ...]] = {
    "Baden-Württemberg": ("bw", "baden-wuerttemberg"),
    "Bayern": ("by", "bavaria"),
    "Berlin": ("be",),
    "Brandenburg": ("bb",),
    "Bremen": ("hb",),
    "Hamburg": ("hh",),
    "Hessen": ("he", "hesse"),
    "Mecklenburg-Vorpommern": ("mv",),
    "Niedersachsen": ("ni", "lower saxony"),
    "Nordrhein-Westfalen": ("nw", "nrw", "north rhine-westphalia"),
    "Rheinland-Pfalz": ("rp", "rhineland-palatinate"),
    "Saarland": ("sl",),
    "Sachsen": ("sn", "saxony"),
    "Sachsen-Anhalt": ("st", "saxony-anhalt"),
    "Schleswig-Holstein": ("sh",),
    "Thüringen": ("th", "thueringen", "thuringia"),
}


@dataclass(frozen=True)
class Comparison:
    """How one attribute could be compared: `kind` is `age`, `sex`, `land`, or empty if unknown.

    `body` are the lines from `map` or `bands` on, without indentation.
    """

    attribute: str
    kind: str
    body: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether a column of the reference answers it."""
        return bool(self.kind)


def has_population(folder: Path | None) -> bool:
    """Whether the population of Germany that comes with impactbook is among the references."""
    if folder is None:
        return False
    names = (f"{POPULATION}.yaml", f"{POPULATION}.csv")
    return all((folder / "references" / name).is_file() for name in names)


def comparison_of(column: GuessedColumn) -> Comparison:
    """How `column` could be compared with a population, as far as name and groups tell."""
    name, groups = column.name, column.groups
    ages = _ages(column)
    if ages is not None:
        others = [group for group in groups if group not in ages]
        return Comparison(name, "age", tuple(_banded(ages, others)))
    if (names_sex(name) or len(groups) <= _MOST_MAPPED) and _names_sexes(groups):
        return Comparison(name, "sex", tuple(_mapped({g: sex_of(g) for g in groups})))
    lands = {group: _land_of(group) for group in groups}
    if names_land(name) and sum(land is not None for land in lands.values()) > 1:
        return Comparison(name, "land", tuple(_mapped(lands)))
    known = [quoted(group) for group in groups[:_MOST_MAPPED]] or ["GROUP"]
    return Comparison(
        name, "", (f"map: {{ {', '.join(f'{group}: [VALUE]' for group in known)} }}",)
    )


def _names_sexes(groups: Sequence[str]) -> bool:
    return {"female", "male"} <= {sex_of(group) for group in groups}


def _ages(column: GuessedColumn) -> dict[str, Ages] | None:
    """The ages that the groups of a column stand for, from 18 up."""
    if column.ages:
        return {
            name: (ADULT if low is None else low, high) for name, (low, high) in column.ages.items()
        }
    if column.born is not None:
        decades = decades_of_birth(*column.born)
        found = {name: ages_at_end_of(POPULATION_YEAR, *years) for name, *years in decades}
        grown = {name: (max(low or 0, ADULT), high) for name, (low, high) in found.items()}
        return {
            name: (low, high)
            for name, (low, high) in grown.items()
            if high is not None and low < min(high, 91)
        }
    if names_senior(column.name) and set(column.groups) == {"0", "1"}:
        return {"0": (ADULT, SENIOR), "1": (SENIOR, None)}
    ages = adult_ages(column.groups)
    only_words = ages is not None and not any(mark.isdigit() for group in ages for mark in group)
    return ages if ages is not None and (names_age(column.name) or only_words) else None


def _banded(ages: Mapping[str, Ages], others: Sequence[str]) -> list[str]:
    lines = ["bands:", *(f"  {quoted(name)}: {range_of(*one)}" for name, one in ages.items())]
    return [*lines, *([f"no_reference: {listed(others)}"] if others else [])]


def _mapped(values: Mapping[str, str | None]) -> list[str]:
    """Our groups with their counterparts; a value that two groups stand for is given to the first."""
    taken: set[str] = set()
    mapped, others = [], []
    for group, value in values.items():
        if value is None or value in taken:
            others.append(group)
            continue
        taken.add(value)
        shown = value if value.isascii() and value.isalpha() else quoted(value)
        mapped.append(f"{quoted(group)}: [{shown}]")
    lines = [f"map: {{ {', '.join(mapped)} }}"]
    return [*lines, *([f"no_reference: {listed(others)}"] if others else [])]


def _land_of(value: str) -> str | None:
    """The German state that a value names, by name or abbreviation."""
    text = value.strip().lower()
    text = text.removeprefix("de-")
    return next(
        (land for land, others in _LANDS.items() if text == land.lower() or text in others),
        None,
    )


def comparison_lines(comparison: Comparison, *, has_population: bool) -> list[str]:
    """One entry of `checks.representation`, indented by two."""
    known = has_population and comparison.is_known
    return [
        f"  - attribute: {quoted(comparison.attribute)}",
        f"    reference: {POPULATION if known else 'reference-name'}",
        f"    column: {comparison.kind if known else 'COLUMN'}",
        *(f"    {line}" for line in comparison.body),
    ]


def joint_lines(comparisons: Sequence[Comparison]) -> list[str]:
    """One entry of `checks.joint_representation` for sex and age together; empty without both."""
    parts = []
    for kind in ("sex", "age"):
        parts += [one for one in comparisons if one.kind == kind][:1]
    if len(parts) < 2:
        return []
    lines = [f"  - reference: {POPULATION}", "    attributes:"]
    for part in parts:
        lines += [f"      {quoted(part.attribute)}:", f"        column: {part.kind}"]
        lines += [f"        {line}" for line in part.body]
    return lines
