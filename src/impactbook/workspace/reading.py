"""Reading what people wrote: YAML and TOML into models, with one sentence for each mistake.

YAML is read in its safe subset only: no tags, no anchors, no duplicate keys, bounded size and
depth. Errors name the file, the line and the field, and suggest the nearest known word.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.parser import Parser

from impactbook.errors import InputError, InputErrors
from impactbook.workspace.mistakes import (
    Lines,
    Location,
    dotted,
    mistakes,
    nearest,
    show,
    without_empty,
)

__all__ = ["Lines", "Location", "nearest", "parse", "read_toml", "read_yaml"]

MAX_BYTES = 4_000_000
MAX_DEPTH = 40
_M = TypeVar("_M", bound=BaseModel)
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that YAML forbids in a file; written as an escape inside quotes they are refused too."""
_TEXT = "tag:yaml.org,2002:str"
_LARGEST = 2**53 - 1
"""The largest whole number that JSON keeps exactly (RFC 8785 knows no larger one)."""


def read_yaml(content: bytes, name: str) -> tuple[Any, Lines]:
    """Parse YAML into plain data and tell on which line each value stands.

    Raises `InputError` for text that is no UTF-8, too large, too deep, malformed, or that uses
    tags, anchors, aliases or a key twice.
    """
    text = _printable(content, name)
    yaml = YAML(typ="safe", pure=True)
    yaml.Parser = _parser(name)
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
        return tomllib.loads(_printable(content, name))
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"the TOML is malformed ({error})", remedy="correct it", file=name
        ) from None


def parse(model: type[_M], data: Any, name: str, lines: Lines | None = None) -> _M:
    """Validate plain data as `model`; raises `InputError` or, for several mistakes, `InputErrors`.

    A key that holds nothing counts as left out where the model has a default for it.
    """
    if not isinstance(data, Mapping):
        raise InputError(
            "holds no keys", remedy="write the file as `key: value` lines", file=name, line=1
        )
    _check_schema(model, data, name, lines or {})
    try:
        return model.model_validate(without_empty(model, data))
    except ValidationError as error:
        found = mistakes(model, error.errors(), data, name, lines or {})
        raise (found[0] if len(found) == 1 else InputErrors(found)) from None


def decode_text(content: bytes, name: str, *, limit: int = MAX_BYTES) -> str:
    """The text of a UTF-8 file, with or without a byte order mark, of at most `limit` bytes.

    Raises `InputError` naming the line of the first byte that is no UTF-8.
    """
    if len(content) > limit:
        raise InputError(f"is larger than {limit:,} bytes", remedy="shorten or split it", file=name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            "is not valid UTF-8", remedy="save it as UTF-8", file=name, line=line
        ) from None


def _printable(content: bytes, name: str) -> str:
    text = decode_text(content, name)
    bad = UNPRINTABLE.search(text)
    if bad is not None:
        line = text[: bad.start()].count("\n") + 1
        raise InputError(
            f"holds the control character U+{ord(bad[0]):04X}",
            remedy="remove it",
            file=name,
            line=line,
        )
    return text


def _parser(name: str) -> type[Parser]:
    """A parser that stops at the first anchor or alias, before it is expanded, and at deep nesting."""

    class Strict(Parser):
        depth = 0

        def get_event(self) -> Any:
            event = super().get_event()
            kind = type(event).__name__
            self.depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
            if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
                raise InputError(
                    "uses a YAML anchor or alias, which this file may not have",
                    remedy="write the value out",
                    file=name,
                    line=event.start_mark.line + 1,
                )
            if self.depth > MAX_DEPTH:
                raise InputError(
                    f"is nested deeper than {MAX_DEPTH} levels",
                    remedy="flatten it",
                    file=name,
                    line=event.start_mark.line + 1,
                )
            return event

    return Strict


def _yaml_error(error: YAMLError, name: str) -> InputError:
    line, problem = None, "no parser can read it"
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        problem = error.problem.splitlines()[0] if error.problem else problem
    remedy = "use spaces instead of the tab" if r"'\t'" in problem else "correct it"
    return InputError(f"the YAML is malformed ({problem})", remedy=remedy, file=name, line=line)


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
            field=dotted(path),
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
                f"has the key {show(key)} twice",
                remedy="keep one",
                file=name,
                line=line,
                field=dotted((*path, key)),
            )
        result[key] = _build(value_node, (*path, key), lines, name)
        lines[(*path, key)] = line
    return result


def _scalar(node: ScalarNode, path: Location, name: str) -> Any:
    try:
        value = node.value if node.tag == _TEXT else _constructed(node)
    except (YAMLError, ValueError, OverflowError):
        raise InputError(
            "the value cannot be read as a number or date",
            remedy="correct it or put it in quotes",
            file=name,
            line=node.start_mark.line + 1,
            field=dotted(path),
        ) from None
    trouble = _trouble(value)
    if trouble is not None:
        raise InputError(
            trouble[0],
            remedy=trouble[1],
            file=name,
            line=node.start_mark.line + 1,
            field=dotted(path),
        )
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _constructed(node: ScalarNode) -> Any:
    """A number, date, truth value or nothing; the constructor would remember its nodes."""
    return YAML(typ="safe", pure=True).constructor.construct_object(node)


def _trouble(value: Any) -> tuple[str, str] | None:
    """What makes a well-formed value unfit for a record, and what to do about it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "is no finite number", "write a number, or remove the key"
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "is too large a number", "write a smaller one, or put it in quotes"
    if isinstance(value, str) and (bad := UNPRINTABLE.search(value)):
        return f"holds the control character U+{ord(bad[0]):04X}", "remove it"
    return None


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
        f"is {show(found)}",
        remedy=f"write `schema: {known}`",
        file=name,
        line=line,
        field="schema",
    )
