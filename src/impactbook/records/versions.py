"""Version numbers, decided by rule: what changed since the previous record says which part grows.

MAJOR: decision, gate, a risk level or the applicable frameworks changed. MINOR: any other content.
PATCH: content equal, library or notebooks changed. Nothing else (times, run ids, the git commit,
the engine, the ledger, salts) makes a difference. Pure functions over two `record.json` objects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from impactbook.model.config import Level
from impactbook.records.canonical import canonical
from impactbook.records.disclosures import SEALED

Kind = Literal["first", "unchanged", "patch", "minor", "major"]
FIRST_VERSION = "1.0.0"

_NO_CONTENT = ("schema", "version", "created", "as_of", "previous", "provenance")
_LEVELS: tuple[str, ...] = get_args(Level)
_FIGURES = "evidence/figures.csv"
_INPUT = "input "
_PLAIN = json.JSONEncoder(sort_keys=True)
_LIBRARY_INPUTS = ("library", "notebook")


@dataclass(frozen=True)
class VersionDecision:
    """The kind of change, the version that follows, and the parts that changed."""

    kind: Kind
    version: str
    reasons: tuple[str, ...] = ()


def next_version(previous: Mapping[str, Any] | None, current: Mapping[str, Any]) -> VersionDecision:
    """Decide the version of `current`, given the newest record of the same feature.

    `unchanged` keeps the previous version: nothing is to be sealed. Internal fields are compared
    through `provenance.inputs` (the digest of the assessment), since salts differ every time.

    >>> next_version(None, {"gate": {"status": "pass"}}).version
    '1.0.0'
    """
    if previous is None:
        return VersionDecision("first", FIRST_VERSION, ("first record",))
    before = str(previous["version"])
    for kind, reasons in (
        ("major", _major_reasons(previous, current)),
        ("minor", _minor_reasons(previous, current)),
        ("patch", _patch_reasons(previous, current)),
    ):
        if reasons:
            grown: Kind = kind  # type: ignore[assignment]
            return VersionDecision(grown, bump(before, grown), tuple(reasons))
    return VersionDecision("unchanged", before)


def bump(version: str, kind: Kind) -> str:
    """The version after a change of this kind.

    >>> bump("1.2.3", "minor"), bump("1.2.3", "major")
    ('1.3.0', '2.0.0')
    """
    major, minor, patch = version_key(version)
    if kind == "major":
        return f"{major + 1}.0.0"
    if kind == "minor":
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def version_key(version: str) -> tuple[int, int, int]:
    """The three numbers of a version, for ordering: 1.10.0 comes after 1.9.0."""
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch


def _major_reasons(previous: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    facts = {
        "decision": _decision,
        "gate": _gate_status,
        "frameworks": _applicable_frameworks,
    }
    changed = [name for name, fact in facts.items() if fact(previous) != fact(current)]
    if _risk_changed(_risk_levels(previous), _risk_levels(current)):
        changed.append("risk level")
    return changed


def _minor_reasons(previous: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    before, after = _content(previous), _content(current)
    names = sorted({*before, *after})
    return [
        name
        for name in names
        if name not in before or name not in after or _differ(name, before[name], after[name])
    ]


def _differ(name: str, before: Any, after: Any) -> bool:
    """Whether the part `name` differs; compared in canonical form, so that 1 and 1.0 are equal."""
    # Most parts are the same text, and writing that is many times faster than canonical JSON.
    if _PLAIN.encode(before) == _PLAIN.encode(after):
        return False
    return canonical(_compared(name, before)) != canonical(_compared(name, after))


def _compared(name: str, value: Any) -> Any:
    """What is compared of a part of the content."""
    if name.startswith(_INPUT) or name == "figures":
        return value
    shown = _comparable(value)
    return [_without_engine(item) for item in shown] if name == "evidence" else shown


def _patch_reasons(previous: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    before, after = _tools(previous), _tools(current)
    return [name for name in before if before[name] != after[name]]


def _decision(record: Mapping[str, Any]) -> Any:
    """The outcome and which conditions it has until when; wording and progress are MINOR."""
    decision = record.get("decision") or {}
    conditions = {
        str(item.get("id")): item.get("due")
        for item in decision.get("conditions") or ()
        if isinstance(item, Mapping)
    }
    return decision.get("outcome"), conditions


def _gate_status(record: Mapping[str, Any]) -> Any:
    return (record.get("gate") or {}).get("status")


def _applicable_frameworks(record: Mapping[str, Any]) -> set[str]:
    return {
        str(pack.get("id"))
        for pack in record.get("frameworks") or ()
        if isinstance(pack, Mapping) and _applies(pack)
    } | _touching_law(record)


def _touching_law(record: Mapping[str, Any]) -> set[str]:
    """The sets of legal rules of which one applies or prohibits; none before triage was asked."""
    assessment = record.get("assessment")
    triage = assessment.get("triage") if isinstance(assessment, Mapping) else None
    outcomes = triage.get("outcomes") if isinstance(triage, Mapping) else None
    return {
        f"law {one.get('framework')}"
        for one in outcomes or ()
        if isinstance(one, Mapping) and one.get("result") in ("applies", "prohibited")
    }


def _applies(pack: Mapping[str, Any]) -> bool:
    """A framework applies unless every one of its questions was ruled out."""
    questions = pack.get("questions") or ()
    return not questions or any(question.get("applies") != "no" for question in questions)


def _risk_levels(record: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    """Each impact's level before and after safeguards; single raters' levels are MINOR."""
    return {
        str(item.get("id")): (item["level"].get("inherent"), item["level"].get("residual"))
        for item in record.get("impacts") or ()
        if isinstance(item, Mapping) and isinstance(item.get("level"), Mapping)
    }


def _risk_changed(
    before: Mapping[str, tuple[str | None, str | None]],
    after: Mapping[str, tuple[str | None, str | None]],
) -> bool:
    """A level changed for an impact in both records, or the highest of all levels changed.

    An impact that is new or gone counts only through the highest level; it is MINOR otherwise.
    """
    both = before.keys() & after.keys()
    changed = any(before[key] != after[key] for key in both)
    return changed or any(_highest(before, i) != _highest(after, i) for i in (0, 1))


def _highest(levels: Mapping[str, tuple[str | None, str | None]], which: int) -> int:
    found = [pair[which] for pair in levels.values()]
    return max((_LEVELS.index(level) for level in found if level in _LEVELS), default=-1)


def _content(record: Mapping[str, Any]) -> dict[str, Any]:
    """Each part that is content, by name."""
    provenance = record.get("provenance") or {}
    parts = {key: value for key, value in record.items() if key not in _NO_CONTENT}
    parts["evidence"] = list(parts.get("evidence") or ())
    for name, value in (provenance.get("inputs") or {}).items():
        if not name.startswith(_LIBRARY_INPUTS):
            parts[f"{_INPUT}{name}"] = value
    parts["figures"] = (provenance.get("evidence") or {}).get(_FIGURES)
    return parts


def _without_engine(item: Any) -> Any:
    # The engine's name holds its version, and versions of libraries are no content.
    if not isinstance(item, Mapping):
        return item
    return {key: value for key, value in item.items() if key != "engine"}


def _tools(record: Mapping[str, Any]) -> dict[str, Any]:
    provenance = record.get("provenance") or {}
    inputs = provenance.get("inputs") or {}
    return {
        "notebooks": provenance.get("notebooks") or {},
        "packages": provenance.get("packages") or {},
        "library": {
            name: value for name, value in inputs.items() if name.startswith(_LIBRARY_INPUTS)
        },
    }


def _comparable(value: Any) -> Any:
    """A JSON value with sealed fields reduced to the fact that they are sealed."""
    if isinstance(value, Mapping):
        if set(value) == {SEALED}:
            return {SEALED: True}
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_comparable(item) for item in value]
    return value
