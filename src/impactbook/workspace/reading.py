"""Reading what people wrote: YAML and TOML into models, with one sentence for each mistake.

YAML is read in its safe subset only: no tags, no anchors, no duplicate keys, bounded size and
depth. Errors name the file, the line and the field, and suggest the nearest known word.
"""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
import types
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from impactbook.errors import InputError, InputErrors

MAX_BYTES = 4_000_000
MAX_DEPTH = 40
_M = TypeVar("_M", bound=BaseModel)
Location = tuple[str | int, ...]
Lines = Mapping[Location, int]


def read_yaml(content: bytes, name: str) -> tuple[Any, Lines]:
    """Parse YAML into plain data and tell on which line each value stands.

    Raises `InputError` for text that is no UTF-8, too large, too deep, malformed, or that uses
    tags, anchors, aliases or a key twice.
    """
    text = _decode(content, name)
    _refuse_anchors(text, name)
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
    except YAMLError as error:
        raise _yaml_error(error, name) from None
    except (RecursionError, ValueError):
        raise InputError(
            "the YAML cannot be read", remedy="check its nesting and values", file=name
        ) from None
    lines: dict[Location, int] = {}
    if node is None:
        return None, lines
    return _build(node, (), lines, name), lines


def read_toml(content: bytes, name: str) -> Any:
    """Parse TOML; raises `InputError` naming what the parser said."""
    try:
        return tomllib.loads(_decode(content, name))
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"the TOML is malformed ({error})", remedy="correct it", file=name
        ) from None


def parse(model: type[_M], data: Any, name: str, lines: Lines | None = None) -> _M:
    """Validate plain data as `model`; raises `InputError` or, for several mistakes, `InputErrors`."""
    if not isinstance(data, Mapping):
        raise InputError(
            "holds no keys", remedy="write the file as `key: value` lines", file=name, line=1
        )
    _check_schema(model, data, name, lines or {})
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = [_sentence(model, item, data, name, lines or {}) for item in error.errors()]
        unique = list({str(item): item for item in found}.values())
        raise (unique[0] if len(unique) == 1 else InputErrors(unique)) from None


def nearest(word: str, known: list[str]) -> str:
    """A remedy for an unknown word: the nearest known one, else all of them."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}? Known are: {', '.join(known)}"
    return f"use one of: {', '.join(known)}" if known else "remove it"


def _decode(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise InputError(
            f"is larger than {MAX_BYTES:,} bytes", remedy="shorten or split it", file=name
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            "is not valid UTF-8", remedy="save it as UTF-8", file=name, line=line
        ) from None
    bad = next((c for c in text if ord(c) < 32 and c not in "\t\n\r"), None)
    if bad is not None:
        line = text[: text.index(bad)].count("\n") + 1
        raise InputError(
            f"holds the control character U+{ord(bad):04X}",
            remedy="remove it",
            file=name,
            line=line,
        )
    return text


def _refuse_anchors(text: str, name: str) -> None:
    """Stop at the first anchor or alias, before anything is expanded, and at deep nesting."""
    depth = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            kind = type(event).__name__
            depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
            line = event.start_mark.line + 1
            if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
                raise InputError(
                    "uses a YAML anchor or alias, which this file may not have",
                    remedy="write the value out",
                    file=name,
                    line=line,
                )
            if depth > MAX_DEPTH:
                raise InputError(
                    f"is nested deeper than {MAX_DEPTH} levels",
                    remedy="flatten it",
                    file=name,
                    line=line,
                )
    except YAMLError as error:
        raise _yaml_error(error, name) from None


def _yaml_error(error: YAMLError, name: str) -> InputError:
    line = None
    problem = "is malformed"
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        problem = error.problem.splitlines()[0] if error.problem else problem
    return InputError(
        f"the YAML is malformed ({problem})", remedy="correct it", file=name, line=line
    )


_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in
         ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")}  # fmt: skip


def _build(node: Node, path: Location, lines: dict[Location, int], name: str) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if str(node.tag) not in _TAGS:
        raise InputError(
            f"uses the YAML tag {str(node.tag).removeprefix('tag:yaml.org,2002:')!r}",
            remedy="remove the tag; only plain text, numbers, dates, lists and keys are read",
            file=name,
            line=line,
            field=_dotted(path),
        )
    if isinstance(node, MappingNode):
        return _build_mapping(node, path, lines, name)
    if isinstance(node, ScalarNode):
        return _scalar(node, path, name)
    return [_build(item, (*path, index), lines, name) for index, item in enumerate(node.value)]


def _build_mapping(
    node: MappingNode, path: Location, lines: dict[Location, int], name: str
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            raise InputError("has a list as a key", remedy="use a word", file=name, line=line)
        key = str(key_node.value)
        if key in result:
            raise InputError(
                f"has the key {key!r} twice",
                remedy="keep one",
                file=name,
                line=line,
                field=_dotted((*path, key)),
            )
        result[key] = _build(value_node, (*path, key), lines, name)
        lines[(*path, key)] = line
    return result


def _scalar(node: ScalarNode, path: Location, name: str) -> Any:
    yaml = YAML(typ="safe", pure=True)
    try:
        value = yaml.constructor.construct_object(node)
    except (YAMLError, ValueError, OverflowError):
        raise InputError(
            "the value cannot be read as a number or date",
            remedy="correct it or put it in quotes",
            file=name,
            line=node.start_mark.line + 1,
            field=_dotted(path),
        ) from None
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value


def _check_schema(model: type[BaseModel], data: Mapping[str, Any], name: str, lines: Lines) -> None:
    """Say "newer than I know" before complaining about keys that a newer version has."""
    field = model.model_fields.get("schema_")
    if field is None:
        return
    known = str(get_args(field.annotation)[0])
    found = data.get("schema")
    if found == known:
        return
    line = lines.get(("schema",))
    if found is None:
        raise InputError(
            "the key is missing", remedy=f"add `schema: {known}`", file=name, line=1, field="schema"
        )
    family, _, major = known.rpartition("/")
    found_family, _, found_major = str(found).rpartition("/")
    if found_family == family and found_major.isdigit() and int(found_major) > int(major):
        raise InputError(
            f"is {found}, newer than this impactbook knows",
            remedy=f"install an impactbook that reads {found}",
            file=name,
            line=line,
            field="schema",
        )
    raise InputError(
        f"is {_show(found)}",
        remedy=f"write `schema: {known}`",
        file=name,
        line=line,
        field="schema",
    )


def _sentence(
    model: type[BaseModel], error: ErrorDetails, data: Any, name: str, lines: Lines
) -> InputError:
    path, known = _locate(model, error["loc"], data)
    line = next(
        (lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines), None
    )
    kind, context = error["type"], error.get("ctx", {})
    value = _show(error.get("input"))
    if kind == "extra_forbidden":
        problem, remedy = f"the key {path[-1]!r} is unknown", nearest(str(path[-1]), known)
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
        remedy = f"use the form {context.get('pattern')}"
    elif kind == "value_error":
        problem, _, remedy = str(context.get("error", "is wrong")).partition("; ")
        remedy = remedy or "correct it"
    else:
        problem, remedy = f"{value} does not fit", _lower_first(error["msg"])
    return InputError(problem, remedy=remedy, file=name, line=line, field=_dotted(path))


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
    fields: dict[str, Any] = {}
    for member in _strip(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            fields |= {
                (field.alias or key): field.annotation for key, field in member.model_fields.items()
            }
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


def _dotted(path: Location) -> str | None:
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".") or None


def _show(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a group of keys"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "an empty value"
    text = str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _lower_first(message: str) -> str:
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]
