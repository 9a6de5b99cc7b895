"""Turning what pydantic refuses into sentences for the person who wrote the file.

Each mistake becomes one `InputError` with line, dotted field, what was found and what to write
instead; an unknown key or choice comes with the nearest known one.
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from impactbook.errors import InputError
from impactbook.model.base import ID_PATTERN

Location = tuple[str | int, ...]
Lines = Mapping[Location, int]

_A_GROUP = "write its keys on lines of their own below it"
_A_LIST = "write a list, one line starting with `- ` for each item"
_A_TEXT = "write a text, in quotes if it looks like a number or date"
_A_DATE = "write a date such as 2026-12-31"
_A_NUMBER = "write a whole number"
_REMEDIES = {
    "model_type": _A_GROUP,
    "dict_type": _A_GROUP,
    "tuple_type": _A_LIST,
    "list_type": _A_LIST,
    "string_type": _A_TEXT,
    "string_too_short": "write something, or remove the key",
    "date_type": _A_DATE,
    "date_parsing": _A_DATE,
    "date_from_datetime_parsing": _A_DATE,
    "date_from_datetime_inexact": _A_DATE,
    "int_type": _A_NUMBER,
    "int_parsing": _A_NUMBER,
    "int_from_float": _A_NUMBER,
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
}


def nearest(word: str, known: list[str]) -> str:
    """A remedy for an unknown word: the nearest known one, else all of them."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}? Known are: {', '.join(known)}"
    return f"use one of: {', '.join(known)}" if known else "remove it"


def mistakes(
    model: type[BaseModel], errors: Iterable[ErrorDetails], data: Any, name: str, lines: Lines
) -> list[InputError]:
    """One sentence for each place that is wrong, in the order of the model's fields.

    A value that fits none of several allowed kinds is named once, with all that would fit.
    """
    found: dict[tuple[str | None, str], list[InputError]] = {}
    for item in errors:
        sentence = _sentence(model, item, data, name, lines)
        alone = item["type"] in ("extra_forbidden", "missing", "value_error")
        key = (sentence.field, sentence.problem if alone else "")
        found.setdefault(key, []).append(sentence)
    return [_merged(sentences) for sentences in found.values()]


def _merged(sentences: list[InputError]) -> InputError:
    first = sentences[0]
    remedies = dict.fromkeys(sentence.remedy for sentence in sentences)
    return InputError(
        first.problem,
        remedy=", or ".join(remedies),
        file=first.file,
        line=first.line,
        field=first.field,
    )


def without_empty(annotation: Any, data: Any) -> Any:
    """The data without keys that hold nothing and have a default: `roles:` alone is no mistake."""
    if isinstance(data, Mapping):
        fields = _model_fields(annotation)
        return {
            key: without_empty(
                fields[key].annotation if key in fields else _inner(annotation), value
            )
            for key, value in data.items()
            if value is not None or key not in fields or fields[key].is_required()
        }
    if isinstance(data, list):
        return [without_empty(_inner(annotation), item) for item in data]
    return data


def _sentence(
    model: type[BaseModel], error: ErrorDetails, data: Any, name: str, lines: Lines
) -> InputError:
    path, known = _locate(model, error["loc"], data)
    line = next(
        (lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines), None
    )
    kind, context = error["type"], error.get("ctx", {})
    value = show(error.get("input"))
    if kind == "extra_forbidden":
        problem, remedy = f"the key {show(path[-1])} is unknown", nearest(str(path[-1]), known)
    elif kind == "missing":
        problem, remedy = "the key is missing", "add it"
    elif kind == "literal_error":
        options = [str(option) for option in _options(str(context.get("expected", "")))]
        problem, remedy = (
            f"{value} is not a known choice",
            nearest(str(error.get("input")), options),
        )
    elif kind == "string_pattern_mismatch":
        problem = f"{value} is not allowed here"
        remedy = _form(str(context.get("pattern")))
    elif kind == "value_error":
        problem, _, remedy = str(context.get("error", "is wrong")).partition("; ")
        remedy = remedy or "correct it"
    else:
        problem = f"{value} does not fit"
        remedy = _REMEDIES.get(kind, _lower_first(error["msg"]))
    return InputError(problem, remedy=remedy, file=name, line=line, field=dotted(path))


def _form(pattern: str) -> str:
    if pattern == ID_PATTERN:
        return "use 1 to 63 lower-case letters, digits and hyphens"
    return f"use the form {pattern}"


def _options(expected: str) -> list[str]:
    return [part.strip().strip("'") for part in expected.replace(" or ", ", ").split(",") if part]


def _locate(
    model: type[BaseModel], location: tuple[int | str, ...], data: Any
) -> tuple[Location, list[str]]:
    """The path within the data (pydantic adds names of union members), and the keys known there."""
    path: list[str | int] = []
    annotation: Any = model
    known: list[str] = []
    for step in location:
        fields = _fields(annotation)
        if isinstance(data, Mapping) and isinstance(step, str):
            inside = step in data or step in fields
            if not inside and get_origin(annotation) is not dict:
                annotation = _member(annotation, step)
                continue
            known = list(fields)
            annotation = fields.get(step, _inner(annotation))
            data = data.get(step)
        elif isinstance(data, (list, tuple)) and isinstance(step, int):
            annotation = _inner(annotation)
            data = data[step] if step < len(data) else None
        else:
            annotation = _member(annotation, str(step))
            continue
        path.append(step)
    return tuple(path), known


def _strip(annotation: Any) -> list[Any]:
    """The members of an annotation without `Annotated`, `None` and union wrappers."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _strip(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [part for member in get_args(annotation) for part in _strip(member)]
    return [] if annotation is type(None) else [annotation]


def _fields(annotation: Any) -> dict[str, Any]:
    return {key: field.annotation for key, field in _model_fields(annotation).items()}


def _model_fields(annotation: Any) -> dict[str, FieldInfo]:
    fields: dict[str, FieldInfo] = {}
    for member in _strip(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            fields |= {(field.alias or key): field for key, field in member.model_fields.items()}
    return fields


def _inner(annotation: Any) -> Any:
    for member in _strip(annotation):
        if get_origin(member) is dict:
            return get_args(member)[1]
        if get_origin(member) in (tuple, list):
            return get_args(member)[0]
    return None


def _member(annotation: Any, name: str) -> Any:
    for member in _strip(annotation):
        if getattr(member, "__name__", "") == name:
            return member
    return annotation


def dotted(path: Location) -> str | None:
    """A place in a file as people read it; positions in lists count from 1."""
    text = ""
    for step in path:
        name = "…" if is_address(str(step)) else step
        text += f"[{step + 1}]" if isinstance(step, int) else f".{name}"
    return text.lstrip(".") or None


_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]+:/|//[^/\s]*@|\b(password|passwd|pwd|token|secret|sig|key)\s*=",
    re.IGNORECASE,
)


def is_address(text: str) -> bool:
    """Whether a text looks like an address or its parameters, which may hold a password.

    >>> is_address("jdbc:postgresql://reader:secret@host/db"), is_address("data/calls.csv")
    (True, False)
    """
    return _ADDRESS.search(text) is not None


def show(value: Any) -> str:
    """A value as it is quoted in a message: short, and groups and lists only by kind."""
    if isinstance(value, Mapping):
        return "a group of keys"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "an empty value"
    text = str(value)
    if is_address(text):
        return "an address"
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _lower_first(message: str) -> str:
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]
