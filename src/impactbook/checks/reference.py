"""Shares of a reference population for the groups of one attribute.

A reference is a CSV with one row per combination of its columns and a YAML file that says where it
comes from (`ReferencePopulation`). Both are read here, checked against the control sum,
and added up for the groups, or combinations of groups, that a check maps to them.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path

from impactbook.errors import InputError
from impactbook.model.dataset import (
    Band,
    JointRepresentationCheck,
    Part,
    ReferencePopulation,
    RepresentationCheck,
)
from impactbook.workspace.reading import parse, read_yaml

_ROUNDING = 1e-9
_YEAR = re.compile(r"(?<!\d)(1[89]|20|21)\d\d(?!\d)")


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

    def only(self, where: Mapping[str, Collection[str]], *, field: str) -> Reference:
        """The rows with one of the listed values in each of the columns of `where`.

        Raises `InputError` when there is no such column or value; `field` is where it is asked.
        """
        if not where:
            return self
        for column, values in where.items():
            place = _place(self, column, field=f"{field}.where")
            known = {row[place] for row, _ in self.rows}
            unknown = [value for value in values if value not in known]
            if unknown or not values:
                missing = f"has no value {unknown[0]!r}" if unknown else "needs at least one value"
                raise InputError(
                    f"the column {column!r} of the reference {self.name!r} {missing}",
                    field=f"{field}.where.{column}",
                    remedy="list values that the reference has",
                )
        wanted = [(self.about.columns.index(column), set(v)) for column, v in where.items()]
        kept = [row for row in self.rows if all(row[0][at] in values for at, values in wanted)]
        return replace(self, rows=tuple(kept))


def _place(reference: Reference, column: str, *, field: str) -> int:
    """Where a column stands in the reference's rows."""
    if column not in reference.about.columns:
        raise InputError(
            f"the reference {reference.name!r} has no column {column!r}",
            field=field,
            remedy=f"choose one of {', '.join(reference.about.columns)}",
        )
    return reference.about.columns.index(column)


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
    described = parse(ReferencePopulation, data, about.name, lines)
    if not _YEAR.search(described.date):
        raise InputError(
            "the reference population does not say of which year it is",
            file=f"references/{about.name}",
            field="date",
            remedy='give its reporting date with the year, such as "2023-12-31"',
        )
    return read_reference(name, described, folder / f"{name}.csv")


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


@dataclass(frozen=True)
class JointReference:
    """What a reference says about combinations of groups, in the order of `axes`.

    `cells` holds the share of each combination where the population of all of them is known; else
    it is empty and `margins` holds the shares of the groups of each axis. `no_reference` lists, by
    axis, the groups that are left out.
    """

    axes: tuple[str, ...]
    cells: Mapping[tuple[str, ...], float]
    margins: tuple[Mapping[str, float], ...]
    no_reference: Mapping[str, tuple[str, ...]]


def reference_shares(
    reference: Reference, check: RepresentationCheck, *, field: str
) -> dict[str, float]:
    """The share of each group of `check` among all people its groups stand for; they sum to 1.

    Only the people that `check.where` keeps are counted. Raises `InputError` when the reference has
    no such column, lacks a value that a group is mapped to, or a value stands for two groups;
    `field` names the check in the declaration.
    """
    part = Part(column=str(check.column), map=check.map, bands=check.bands)
    kept = reference.only(check.where, field=field)
    return _normalised(_people_of(kept, part, field), reference, field)


def joint_reference(check: JointRepresentationCheck, folder: Path, *, field: str) -> JointReference:
    """The expected shares of all combinations of groups, or of each attribute's groups alone.

    Raises `InputError` for everything that `load_reference` and `reference_shares` refuse.
    """
    no_reference = {name: part.no_reference for name, part in check.attributes.items()}
    axes = tuple(check.attributes)
    if check.reference is not None:
        reference = load_reference(check.reference, folder)
        cells = joint_shares(reference, check, field=field)
        return JointReference(axes, cells, (), no_reference)
    margins = []
    for name, part in check.attributes.items():
        where = f"{field}.attributes.{name}"
        reference = load_reference(str(part.reference), folder)
        people = _people_of(reference.only(part.where, field=where), part, where)
        margins.append(_normalised(people, reference, where))
    return JointReference(axes, {}, tuple(margins), no_reference)


def joint_shares(
    reference: Reference, check: JointRepresentationCheck, *, field: str
) -> dict[tuple[str, ...], float]:
    """The share of each combination of groups among all people they stand for; they sum to 1.

    A combination without people has the share 0. Raises `InputError` as `reference_shares` does,
    and when two attributes are mapped to one column.
    """
    kept = reference.only(check.where, field=field)
    group_of: list[tuple[int, dict[str, str]]] = []
    for name, part in check.attributes.items():
        where = f"{field}.attributes.{name}"
        place = _place(kept, part.column, field=f"{where}.column")
        if any(place == other for other, _ in group_of):
            raise InputError(
                f"two attributes are compared with the column {part.column!r}",
                field=f"{where}.column",
                remedy="give every attribute a column of its own",
            )
        _normalised(_people_of(kept, part, where), reference, where)
        group_of.append((place, _groups_of(kept, part, where)))
    found: dict[tuple[str, ...], list[float]] = {
        cell: []
        for cell in product(*(part.map or part.bands for part in check.attributes.values()))
    }
    for values, people in kept.rows:
        groups = [groups.get(values[place]) for place, groups in group_of]
        if None not in groups:
            found[tuple(str(group) for group in groups)].append(people)
    total = math.fsum(number for numbers in found.values() for number in numbers)
    if total <= 0:
        raise InputError(
            f"the reference {reference.name!r} holds nobody of any combination of these groups",
            field=field,
            remedy="correct `map`, `bands` or `where`",
        )
    return {cell: math.fsum(numbers) / total for cell, numbers in found.items()}


def _people_of(reference: Reference, part: Part, field: str) -> dict[str, float]:
    """The number of people of each group that a column is mapped to."""
    _place(reference, part.column, field=f"{field}.column")
    people = reference.by_value(part.column)
    groups = _groups_of(reference, part, field)
    numbers: dict[str, list[float]] = {group: [] for group in part.map or part.bands}
    for value, number in people.items():
        if value in groups:
            numbers[groups[value]].append(number)
    return {group: math.fsum(parts) for group, parts in numbers.items()}


def _normalised(people: Mapping[str, float], reference: Reference, field: str) -> dict[str, float]:
    """Numbers of people as shares; a group without anybody is refused."""
    empty = [name for name, number in people.items() if number <= 0]
    if empty:
        raise InputError(
            f"the reference {reference.name!r} lacks the group {empty[0]!r}: it holds no people",
            field=field,
            remedy="map it to values that the reference has, or list it under `no_reference`",
        )
    total = math.fsum(people.values())
    return {name: number / total for name, number in people.items()}


def _groups_of(reference: Reference, part: Part, field: str) -> dict[str, str]:
    """Which of our groups each value of the column belongs to; a value belongs to one at most."""
    values = list(reference.by_value(part.column))
    kind = "bands" if part.bands else "map"
    used: dict[str, str] = {}
    for group in part.map or part.bands:
        where = f"{field}.{kind}.{group}"
        if part.bands:
            mine = [
                value
                for value in values
                if _inside(_as_number(value, reference, field), part.bands[group], where)
            ]
        else:
            mine = _known(part.map[group], values, reference, where)
        for value in mine:
            if used.setdefault(value, group) != group:
                raise InputError(
                    f"the value {value!r} stands for two groups",
                    field=where,
                    remedy="map every value to one group",
                )
    return used


def _known(
    mapped: Collection[str], values: Collection[str], reference: Reference, field: str
) -> list[str]:
    for value in mapped:
        if value not in values:
            raise InputError(
                f"the reference {reference.name!r} lacks a group: it has no value {value!r}",
                field=field,
                remedy="correct the value, or list the group under `no_reference`",
            )
    return list(mapped)


def _as_number(value: str, reference: Reference, field: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise InputError(
            f"`bands` needs numbers, and the reference {reference.name!r} holds other values",
            field=f"{field}.bands",
            remedy="use `map`, or give the column as numbers",
        ) from None


def _inside(number: float, band: Band, field: str) -> bool:
    if isinstance(band.from_, date) or isinstance(band.below, date):
        raise InputError(
            "a reference population is mapped by bands of numbers, not of dates",
            field=field,
            remedy="give the ages as numbers, or use `map`",
        )
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


def refuse_unmapped_part(
    check: JointRepresentationCheck, axis: str, group: str, *, field: str
) -> None:
    """Refuse a group of one attribute of a joint comparison that the reference does not know.

    `group` is a published name. Raises `InputError` naming attribute and group.
    """
    part = check.attributes[axis]
    if group not in {*part.map, *part.bands, *part.no_reference}:
        raise InputError(
            f"the data holds the group {group!r} of {axis!r}, which has no counterpart in the "
            "reference",
            field=f"{field}.attributes.{axis}",
            remedy="map it, or list it under `no_reference`",
        )
