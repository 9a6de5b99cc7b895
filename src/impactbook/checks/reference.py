"""Shares of a reference population for the groups of one attribute.

A reference is a CSV with one row per combination of its columns and a YAML file that says where it
comes from (`ReferencePopulation`). Both are read here, checked against the control sum,
and added up for the groups that a check maps to them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from impactbook.errors import InputError
from impactbook.model.dataset import Band, ReferencePopulation, RepresentationCheck
from impactbook.workspace.reading import parse, read_yaml

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Reference:
    """A reference population: how many people each combination of values has.

    `rows` are the values in the order of `about.columns` with the number of people.
    """

    name: str
    about: ReferencePopulation
    rows: tuple[tuple[tuple[str, ...], float], ...]

    @property
    def total(self) -> float:
        """The number of people in the whole population."""
        return math.fsum(people for _, people in self.rows)

    def by_value(self, column: str) -> dict[str, float]:
        """The number of people for each value of one column."""
        at = self.about.columns.index(column)
        parts: dict[str, list[float]] = {}
        for values, people in self.rows:
            parts.setdefault(values[at], []).append(people)
        return {value: math.fsum(numbers) for value, numbers in parts.items()}


def load_reference(name: str, folder: Path) -> Reference:
    """Read `<name>.yaml` and `<name>.csv` of the folder of reference populations.

    Raises `InputError` when one of them is missing or wrong.
    """
    about = folder / f"{name}.yaml"
    try:
        content = about.read_bytes()
    except OSError:
        raise InputError(
            f"the reference population {name!r} does not exist",
            file=f"references/{about.name}",
            remedy="add the file with its source, date and licence, or correct `reference`",
        ) from None
    data, lines = read_yaml(content, about.name)
    return read_reference(
        name, parse(ReferencePopulation, data, about.name, lines), folder / f"{name}.csv"
    )


def read_reference(name: str, about: ReferencePopulation, path: Path) -> Reference:
    """Read `path`, the rows of the reference population `name`.

    Raises `InputError` when the file is missing or unreadable, lacks a column, holds a number of
    people that is negative or no number, or does not add up to `about.total`.
    """
    shown = path.name
    rows: list[tuple[tuple[str, ...], float]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = reader.fieldnames or ()
            for column in (*about.columns, about.value):
                if column not in header:
                    raise InputError(
                        f"the reference has no column {column!r}",
                        file=shown,
                        remedy=f"add the column, or correct `columns` and `value` in {name}.yaml",
                    )
            for row in reader:
                values = tuple(row[column] or "" for column in about.columns)
                people = _people(row[about.value], shown, reader.line_num)
                rows.append((values, people))
    except FileNotFoundError:
        raise InputError(
            "the reference population does not exist",
            file=f"references/{shown}",
            remedy="add the file, or correct `reference` in the check",
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError(
            "the reference population cannot be read as CSV in UTF-8",
            file=shown,
            remedy="save it as CSV with commas, in UTF-8",
        ) from None
    reference = Reference(name, about, tuple(rows))
    if not math.isclose(reference.total, about.total, rel_tol=_ROUNDING, abs_tol=_ROUNDING):
        raise InputError(
            f"the people add up to {reference.total:,.15g}, not to the total of "
            f"{about.total:,.15g} that {name}.yaml states",
            file=shown,
            remedy="correct the rows or `total`",
        )
    return reference


def _people(text: str | None, file: str, line: int) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise InputError(
            "the number of people is negative or no number",
            file=file,
            line=line,
            remedy="give a number from 0 up",
        )
    return number


def reference_shares(
    reference: Reference, check: RepresentationCheck, *, field: str
) -> dict[str, float]:
    """The share of each group of `check` among all people its groups stand for; they sum to 1.

    Raises `InputError` when the reference has no such column, lacks a value that a group is mapped
    to, or a value stands for two groups; `field` names the check in the declaration.
    """
    if check.column not in reference.about.columns:
        raise InputError(
            f"the reference {reference.name!r} has no column {check.column!r}",
            field=f"{field}.column",
            remedy=f"choose one of {', '.join(reference.about.columns)}",
        )
    people = reference.by_value(check.column)
    groups = (
        {name: _in_band(people, band, reference, field) for name, band in check.bands.items()}
        if check.bands
        else _mapped(people, check.map, reference, field)
    )
    total = math.fsum(groups.values())
    empty = [name for name, number in groups.items() if number <= 0]
    if empty or total <= 0:
        raise InputError(
            f"the reference {reference.name!r} lacks the group {empty[0]!r}: it holds no people",
            field=field,
            remedy="map it to values that the reference has, or list it under `no_reference`",
        )
    return {name: number / total for name, number in groups.items()}


def _mapped(
    people: Mapping[str, float],
    mapping: Mapping[str, tuple[str, ...]],
    reference: Reference,
    field: str,
) -> dict[str, float]:
    used: dict[str, str] = {}
    for group, values in mapping.items():
        for value in values:
            if value not in people:
                raise InputError(
                    f"the reference {reference.name!r} lacks a group: it has no value {value!r}",
                    field=f"{field}.map.{group}",
                    remedy="correct the value, or list the group under `no_reference`",
                )
            if used.setdefault(value, group) != group:
                raise InputError(
                    f"the value {value!r} stands for two groups",
                    field=f"{field}.map.{group}",
                    remedy="map every value to one group",
                )
    return {
        group: math.fsum(people[value] for value in dict.fromkeys(values))
        for group, values in mapping.items()
    }


def _in_band(people: Mapping[str, float], band: Band, reference: Reference, field: str) -> float:
    return math.fsum(
        number
        for value, number in people.items()
        if _inside(_as_number(value, reference, field), band)
    )


def _as_number(value: str, reference: Reference, field: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise InputError(
            f"`bands` needs numbers, and the reference {reference.name!r} holds other values",
            field=f"{field}.bands",
            remedy="use `map`, or give the column as numbers",
        ) from None


def _inside(number: float, band: Band) -> bool:
    return (band.from_ is None or number >= band.from_) and (
        band.below is None or number < band.below
    )


def refuse_unmapped(check: RepresentationCheck, groups: Collection[str], *, field: str) -> None:
    """Refuse a group of the data that is neither mapped nor listed under `no_reference`.

    `groups` are published names only. Raises `InputError` naming the first.
    """
    known = {*check.map, *check.bands, *check.no_reference}
    left = sorted(set(groups) - known)
    if left:
        raise InputError(
            f"the data holds the group {left[0]!r}, which has no counterpart in the reference",
            field=field,
            remedy="map it, or list it under `no_reference`",
        )
