"""Which reference population a column could be compared with, as lines of a proposal in YAML.

Only the population of Germany that comes with impactbook is proposed, for ages and sexes; for
anything else the lines hold placeholders. Values to be quoted are chosen by `checks.guess`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from impactbook.checks.guessed_roles import ages_of, is_age, is_sex, sex_of

POPULATION = "destatis-bevoelkerung-2023"
ADULT = 18
AGE_BANDS = ((None, 25), (25, 35), (35, 45), (45, 55), (55, 65), (65, None))
"""Bands of ages: the first age in each, and the first above it."""

_MOST_MAPPED = 20


def has_population(folder: Path | None) -> bool:
    """Whether the population of Germany that comes with impactbook is among the references."""
    if folder is None:
        return False
    names = (f"{POPULATION}.yaml", f"{POPULATION}.csv")
    return all((folder / "references" / name).is_file() for name in names)


def comparison(
    name: str, groups: Sequence[str], *, has_bands: bool, has_population: bool
) -> list[str]:
    """The lines of one comparison: by age or sex with the population if it is there, else a blank.

    `groups` are the values that may be quoted; `has_bands` says that the column is cut into
    `AGE_BANDS`.
    """
    bands = _age_bands() if has_bands else _named_bands(name, groups)
    of_ages, of_sexes = bands is not None, is_sex(name) and any(map(sex_of, groups))
    known = has_population and (of_ages or of_sexes)
    lines = [
        f"  - attribute: {quoted(name)}",
        f"    reference: {POPULATION if known else 'reference-name'}",
        f"    column: {('age' if of_ages else 'sex') if known else 'COLUMN'}",
    ]
    if bands is not None:
        return [*lines, "    bands:", *(f"      {quoted(n)}: {said}" for n, said in bands)]
    if of_sexes:
        return [*lines, *_sexes(groups)]
    known_groups = [quoted(group) for group in groups[:_MOST_MAPPED]] or ["GROUP"]
    return [*lines, f"    map: {{ {', '.join(f'{group}: [VALUE]' for group in known_groups)} }}"]


def _age_bands() -> list[tuple[str, str]]:
    return [
        (band_name(low, high), range_of(ADULT if low is None else low, high))
        for low, high in AGE_BANDS
    ]


def _named_bands(name: str, groups: Sequence[str]) -> list[tuple[str, str]] | None:
    """The ages that groups of ages are named after; None if the column or a group tells none."""
    if not is_age(name) or not groups:
        return None
    found: list[tuple[str, str]] = []
    for group in groups:
        ages = ages_of(group)
        if ages is None:
            return None
        low, high = ages
        if low is None and high is not None and high > ADULT:
            low = ADULT
        found.append((group, range_of(low, high)))
    return found


def _sexes(groups: Sequence[str]) -> Iterable[str]:
    """Our own words for female and male; statistics of the population know no others."""
    mapped = [f"{quoted(group)}: [{sex}]" for group in groups if (sex := sex_of(group))]
    others = [quoted(group) for group in groups if sex_of(group) is None]
    yield f"    map: {{ {', '.join(mapped)} }}"
    if others:
        yield f"    no_reference: [{', '.join(others)}]"


def band_name(low: int | None, high: int | None) -> str:
    """What a band of ages is called, by its first age and the first above it.

    >>> band_name(25, 35), band_name(None, 25), band_name(65, None)
    ('25-34', '<25', '65+')
    """
    if low is None:
        return f"<{high}"
    return f"{low}+" if high is None else f"{low}-{high - 1}"


def range_of(low: int | None, high: int | None) -> str:
    """A band in YAML.

    >>> range_of(25, 35)
    '{ from: 25, below: 35 }'
    """
    ends = [f"from: {low}"] if low is not None else []
    ends += [f"below: {high}"] if high is not None else []
    return f"{{ {', '.join(ends)} }}"


def quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes, whatever it holds.

    >>> quoted('say "yes"')
    '"say \\\\"yes\\\\""'
    """
    escaped = "".join(_escaped(mark) for mark in text)
    return f'"{escaped}"'


def _escaped(mark: str) -> str:
    if mark in '"\\':
        return f"\\{mark}"
    if mark.isprintable():
        return mark
    return f"\\U{ord(mark):08X}"
