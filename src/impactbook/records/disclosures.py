"""Internal fields: sealed in `record.json`, open in `disclosures.json`.

`conceal` replaces every field that the model marks `Internal` by the digest of a random salt and
its value, so that `record.json` is the same bytes for every audience; `reveal` puts the disclosed
values back. Leaving out an entry leaves everything else provable.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, RootModel

from impactbook.errors import RecordError
from impactbook.model.base import Internal
from impactbook.model.record import Disclosure, Disclosures
from impactbook.records.canonical import canonical, escape_pointer, sha256

SEALED = "sealed"
LEFT_OUT = "[left out]"
_SCALAR = (str, int, float, type(None))

FINGERPRINTS = re.compile(
    r"/assessment/digest|/assessment/signoffs/\d+/digest|/provenance/inputs/assessment"
)
"""Fields that are sealed because they would confirm a guess of another internal field.

These digests are taken over texts that hold names. They are left out together with the first field
that is. (Digests of the pages confirm nothing: `copy_mark` makes them depend on the salts.)
"""
ASSESSMENT_INPUT = "/provenance/inputs/assessment"
"""The digest by which a change of the assessment is noticed; its salt stays while it stays."""


def seal_value(value: Any, salt: str) -> str:
    """SHA-256 (hex) of the salt's sixteen bytes followed by the value's canonical bytes."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(value)).hexdigest()


def copy_mark(disclosures: Disclosures) -> str:
    """What every page set prints to tell it from others of its record: the digest of its disclosures.

    Whoever tries out names to hit the digest of a page that is in the ledger would need the salts.
    """
    return sha256(canonical(to_json(disclosures)))


def to_json(value: Any) -> Any:
    """Plain JSON of models, mappings and sequences, nested in any way (aliases as keys)."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value


def internal_paths(value: Any, at: str = "") -> tuple[str, ...]:
    """JSON Pointers of all internal fields in `to_json(value)`, below the pointer `at`.

    Fields that are empty (`None`) hold nothing to seal and are not listed.
    """
    return tuple(_paths(value, type(value), at))


def conceal(
    value: Any,
    internal: Iterable[str] = (),
    *,
    before: Disclosures | None = None,
    salt: Callable[[], str] = lambda: secrets.token_hex(16),
) -> tuple[Any, Disclosures]:
    """Seal the internal fields of a model or of JSON (which may hold models anywhere).

    `internal` adds pointers of fields that no model marks; one that leads nowhere raises
    `RecordError`, since the field would stand open somewhere else. A field that `before` opens to
    the same value keeps its salt, so that its digest shows that nothing changed. Returns the public
    JSON, a copy, and what opens it. `salt` is for tests.
    """
    public = to_json(value)
    if next(sealed_fields(public), None):
        raise RecordError('an object with the single key "sealed" cannot be sealed again.')
    entries = []
    for path in _outermost({*internal_paths(value), *internal}):
        parent, key = _locate(public, path)
        entry = _kept(before, path, parent[key]) or Disclosure(
            path=path, salt=salt(), value=parent[key]
        )
        parent[key] = {SEALED: seal_value(entry.value, entry.salt)}
        entries.append(entry)
    return public, Disclosures(entries=tuple(sorted(entries, key=lambda entry: entry.path)))


def fingerprint_paths(public: Any) -> tuple[str, ...]:
    """Pointers of the digests over texts with names that stand in a record's content."""
    assessment = public.get("assessment") or {}
    signoffs = enumerate(to_json(assessment.get("signoffs") or ()))
    found = ["/assessment/digest"] if assessment.get("digest") else []
    found += [f"/assessment/signoffs/{index}/digest" for index, one in signoffs if "digest" in one]
    return tuple(found)


def reveal(public: Any, disclosures: Disclosures, *, left_out: Any = LEFT_OUT) -> Any:
    """A copy of `public` with every sealed field opened, or `left_out` where its entry is missing.

    Raises `RecordError` when an entry does not open the field it names: it must not be shown.
    """
    entries = {entry.path: entry for entry in disclosures.entries}
    wrong = misfits(public, disclosures)
    if wrong:
        raise RecordError(f"disclosures.json, {wrong[0]}: does not open the sealed field.")
    return _opened(public, "", entries, left_out)


def misfits(public: Any, disclosures: Disclosures) -> tuple[str, ...]:
    """Paths of entries that do not open the sealed field they name; empty when all fit."""
    sealed = dict(sealed_fields(public))
    return tuple(
        entry.path
        for entry in disclosures.entries
        if sealed.get(entry.path) != seal_value(entry.value, entry.salt)
    )


def undisclosed(public: Any, disclosures: Disclosures) -> tuple[str, ...]:
    """Paths of sealed fields for which there is no entry, sorted."""
    open_paths = {entry.path for entry in disclosures.entries}
    return tuple(sorted(path for path, _ in sealed_fields(public) if path not in open_paths))


def sealed_fields(public: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every sealed field of a JSON value: its pointer and its digest."""
    if isinstance(public, (dict, Mapping)):
        if len(public) == 1 and SEALED in public:
            yield at, str(public[SEALED])
            return
        for key, item in public.items():
            # Most of a record are texts and numbers: to look into each would take most of the time.
            if not isinstance(item, _SCALAR):
                yield from sealed_fields(item, f"{at}/{escape_pointer(key)}")
    elif isinstance(public, (list, tuple)):
        for index, item in enumerate(public):
            if not isinstance(item, _SCALAR):
                yield from sealed_fields(item, f"{at}/{index}")


def _kept(before: Disclosures | None, path: str, value: Any) -> Disclosure | None:
    entries = before.entries if before else ()
    return next((one for one in entries if (one.path, one.value) == (path, value)), None)


def _opened(value: Any, at: str, entries: Mapping[str, Disclosure], left_out: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {SEALED}:
            return entries[at].value if at in entries else left_out
        return {
            key: _opened(item, f"{at}/{escape_pointer(key)}", entries, left_out)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_opened(item, f"{at}/{i}", entries, left_out) for i, item in enumerate(value)]
    return value


def _outermost(paths: Iterable[str]) -> list[str]:
    """Drop pointers that lie inside another one: the outer field is sealed as a whole."""
    kept: list[str] = []
    for path in sorted(paths, key=lambda path: path.split("/")):
        if not (kept and path.startswith(kept[-1] + "/")):
            kept.append(path)
    return kept


def _locate(public: Any, path: str) -> tuple[Any, Any]:
    """The container that holds the value at `path`, and its key there."""
    container: Any = None
    value: Any = public
    key: Any = None
    for part in path.split("/")[1:]:
        container = value
        try:
            if isinstance(value, list):
                key = int(part)
            else:
                key = part.replace("~1", "/").replace("~0", "~")
            value = container[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise RecordError(f"{path}: there is no such field to seal.") from None
    if container is None:
        raise RecordError("a record cannot be sealed as a single internal field.")
    return container, key


def _paths(value: Any, annotation: Any, at: str) -> Iterator[str]:
    """Walk a value along with its annotation, which is where `Internal` stands."""
    if value is None:
        return
    annotation, internal = _unwrapped(annotation)
    if internal:
        yield at
        return
    if isinstance(value, RootModel):
        yield from _paths(value.root, _annotation_of(value, "root"), at)
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            key = field.serialization_alias or field.alias or name
            inner = f"{at}/{escape_pointer(key)}"
            yield from _paths(getattr(value, name), _annotation_of(value, name), inner)
    elif isinstance(value, Mapping):
        of_items = _argument(annotation, 1)
        for key, item in value.items():
            yield from _paths(item, of_items, f"{at}/{escape_pointer(str(key))}")
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, item in enumerate(value):
            yield from _paths(item, _argument(annotation, index, repeated=True), f"{at}/{index}")


def _annotation_of(model: BaseModel, name: str) -> Any:
    field = type(model).model_fields[name]
    marks = [mark for mark in field.metadata if isinstance(mark, Internal)]
    return Annotated[field.annotation, marks[0]] if marks else field.annotation


def _unwrapped(annotation: Any) -> tuple[Any, bool]:
    """Strip `Annotated`, `Optional` and aliases; say whether any layer is marked internal.

    A union with one internal arm counts as internal: better sealed once too often than once less.
    """
    annotation = getattr(annotation, "__value__", annotation)
    if typing.get_origin(annotation) is Annotated:
        inner, *marks = typing.get_args(annotation)
        if any(isinstance(mark, Internal) for mark in marks):
            return inner, True
        return _unwrapped(inner)
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        arms = [arm for arm in typing.get_args(annotation) if arm is not type(None)]
        if any(_unwrapped(arm)[1] for arm in arms):
            return annotation, True
        return (_unwrapped(arms[0])[0] if len(arms) == 1 else annotation), False
    return annotation, False


def _argument(annotation: Any, index: int, *, repeated: bool = False) -> Any:
    """The type argument that describes an item of a container; `Any` where nothing is said."""
    arms = [annotation]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        arms = list(typing.get_args(annotation))
    for arm in arms:
        arguments = [item for item in typing.get_args(arm) if item is not Ellipsis]
        if typing.get_origin(arm) is Annotated or not arguments:
            continue
        if repeated and len(arguments) == 1:
            return arguments[0]
        if index < len(arguments):
            return arguments[index]
    return Any
