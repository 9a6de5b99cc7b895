"""Scoring declarations: the files in `frameworks/scorings/` and those a company writes itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from impactbook.model.scoring import ScoringDeclaration
from impactbook.workspace.reading import parse, read_yaml


def load_declaration(content: bytes, name: str) -> ScoringDeclaration:
    """Read a scoring declaration; raises `InputError` with file, line and field."""
    data, lines = read_yaml(content, name)
    return parse(ScoringDeclaration, data, name, lines)


@cache
def shipped_declarations() -> Mapping[str, ScoringDeclaration]:
    """The declarations that come with impactbook, by id."""
    folder = files("impactbook.frameworks").joinpath("scorings")
    found = sorted(item.name for item in folder.iterdir() if item.name.endswith(".yaml"))
    loaded = (load_declaration(folder.joinpath(name).read_bytes(), name) for name in found)
    return MappingProxyType({declaration.id: declaration for declaration in loaded})


def made_for(sha256: str) -> ScoringDeclaration | None:
    """The shipped declaration that names this very file, if there is one."""
    for declaration in shipped_declarations().values():
        if declaration.questionnaire and sha256 in declaration.questionnaire.sha256:
            return declaration
    return None
