"""A notebook's parameters as a table: what papermill would list, with the values of this run."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass

from impactbook.language import Language, say
from impactbook.render.blocks import Run, Table, runs


@dataclass(frozen=True)
class Parameter:
    """One parameter: its value as Python writes it, and the comment beside it."""

    name: str
    value: str
    meaning: str = ""


def parameters(sources: Iterable[str]) -> list[Parameter] | None:
    """The parameters that cells assign, later cells over earlier ones.

    None when a cell holds anything but assignments: it is then shown as code.
    """
    found: dict[str, Parameter] = {}
    for source in sources:
        assigned = _assigned(source)
        if assigned is None:
            return None
        for item in assigned:
            earlier = found.get(item.name)
            meaning = item.meaning or (earlier.meaning if earlier else "")
            found[item.name] = Parameter(item.name, item.value, meaning)
    return list(found.values())


def _assigned(source: str) -> list[Parameter] | None:
    try:
        body = ast.parse(source).body
        comments = _comments(source)
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError):
        return None
    found = []
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case ast.Expr(value=ast.Constant()):
                continue
            case _:
                return None
        comment = comments.get(statement.end_lineno or statement.lineno, "")
        found.append(Parameter(name, ast.unparse(value), comment))
    return found


def _comments(source: str) -> dict[int, str]:
    """Comments by line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def parameter_table(found: Iterable[Parameter], language: Language) -> Table:
    """Parameters as a table of name, value and, where there are any, meanings."""
    listed = list(found)
    described = any(item.meaning for item in listed)
    keys = ["parameter", "value", *(["meaning"] if described else [])]
    return Table(
        caption=runs(say("exporter", "parameters", language)),
        header=[runs(say("exporter", key, language)) for key in keys],
        rows=[
            [
                [Run(item.name, code=True)],
                [Run(item.value, code=True)],
                *([runs(item.meaning)] if described else []),
            ]
            for item in listed
        ],
        row_headers=True,
        align=["left"] * len(keys),
    )
