"""Who is given which internal fields and files of a record; everything else is the same for all.

Roles stand for people everywhere in a record, so leaving out a name leaves out no responsibility.
A kind of field that no rule names goes to nobody: better asked for than given away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, get_args

from impactbook.model.export import Audience
from impactbook.records.disclosures import FINGERPRINTS

AUDIENCES: tuple[Audience, ...] = get_args(Audience)

Kind = Literal["people", "attachments", "ballots", "unknown"]

_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"/assessment/(roles|signoffs)/\d+/person"), "people"),
    (re.compile(r"/attachments/\d+/file"), "attachments"),
    (re.compile(r"/ballots/.*"), "ballots"),
)
_FILES: tuple[tuple[str, Kind], ...] = (
    ("attachments/", "attachments"),
    ("ballots.jsonl", "ballots"),
)

GIVEN: Mapping[Audience, frozenset[Kind]] = MappingProxyType(
    {
        "regulator": frozenset[Kind]({"people", "attachments"}),
        "works-council": frozenset[Kind]({"attachments"}),
        "public": frozenset[Kind](),
    }
)
"""A regulator may ask who answers for what; a works council needs the documents and the roles; the
public gets neither names nor documents. What single people wrote into ballots stays inside."""


def kind_of(pointer: str) -> Kind:
    """What kind of internal field a pointer names.

    >>> kind_of("/assessment/roles/3/person"), kind_of("/something/new")
    ('people', 'unknown')
    """
    return next((kind for form, kind in _KINDS if form.fullmatch(pointer)), "unknown")


def fields_left_out(pointers: Iterable[str], audience: Audience | None) -> tuple[str, ...]:
    """The fields that an audience is not given, sorted; None is given all of them.

    What would confirm a guess of a field left out (`disclosures.FINGERPRINTS`) goes with it.
    """
    if audience is None:
        return ()
    every = sorted(pointers)
    marks = [pointer for pointer in every if FINGERPRINTS.fullmatch(pointer)]
    others = [pointer for pointer in every if pointer not in marks]
    left = [pointer for pointer in others if kind_of(pointer) not in GIVEN[audience]]
    return tuple(sorted([*left, *marks])) if left else ()


def files_left_out(sizes: Mapping[str, int], audience: Audience | None) -> tuple[str, ...]:
    """The files of a record that an audience is not given, sorted; an empty file tells nothing.

    >>> files_left_out({"attachments/a.pdf": 9, "record.json": 5, "ballots.jsonl": 0}, "public")
    ('attachments/a.pdf',)
    """
    if audience is None:
        return ()
    return tuple(
        sorted(
            path
            for path, size in sizes.items()
            if size and any(path.startswith(start) and kind not in GIVEN[audience]
                            for start, kind in _FILES)
        )
    )  # fmt: skip
