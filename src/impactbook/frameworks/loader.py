"""Reading question packs: from their YAML into models, with every mistake named.

The packs that ship are the YAML files in `packs/`; a company adds its own or replaces one by
giving a pack with the same id. What a pack may say stands in `model.framework`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from impactbook.errors import InputError, InputErrors
from impactbook.frameworks.digests import digest_of
from impactbook.frameworks.questionnaires import loose_ends
from impactbook.model.framework import FRAMEWORK_SCHEMA, Pack, Question
from impactbook.workspace.mistakes import dotted
from impactbook.workspace.reading import Lines, Location, nearest, parse, read_yaml

_LATER_PARTS = ("imported", "questionnaire", "scoring")


def load_pack(content: bytes | str, name: str) -> Pack:
    """Read one pack from the content of its file; `name` is the file's name in messages.

    Raises `InputError`, or `InputErrors` for several mistakes, with file, line and question id.
    """
    raw = content.encode("utf-8") if isinstance(content, str) else content
    data, lines = read_yaml(raw, name)
    try:
        pack = parse(Pack, data, name, lines)
    except InputErrors as errors:
        raise InputErrors([_naming_question(error, data) for error in errors.errors]) from None
    except InputError as error:
        raise _naming_question(error, data) from None
    problems = list(_loose_ends(pack, name, lines))
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)
    return pack


@cache
def shipped_packs() -> Mapping[str, Pack]:
    """The packs that come with impactbook, by id."""
    folder = files("impactbook.frameworks").joinpath("packs")
    found = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda i: i.name
    )
    loaded = (load_pack(item.read_bytes(), item.name) for item in found)
    return MappingProxyType({pack.id: pack for pack in loaded})


def packs_for(workspace_packs: Mapping[str, bytes]) -> Mapping[str, Pack]:
    """The shipped packs and a workspace's own (file name -> content), by id.

    A workspace's pack replaces the shipped one with the same id. Raises `InputError` when two of
    the workspace's files give the same id, when two packs have a question id in common, because an
    answer names its question by id alone, or when a workspace's provision is `served_by` a question
    that nobody asks.
    """
    own: dict[str, tuple[str, Pack]] = {}
    for name, content in sorted(workspace_packs.items()):
        pack = load_pack(content, name)
        if pack.id in own:
            raise InputError(
                f"gives the pack {pack.id!r}, which {own[pack.id][0]} gives too",
                remedy="remove one of the two files or give one another id",
                file=name,
                field="id",
            )
        own[pack.id] = (name, pack)
    packs = {**shipped_packs(), **{id: pack for id, (_, pack) in own.items()}}
    names = {id: name for id, (name, _) in own.items()}
    _refuse_shared_questions(packs, names)
    _refuse_unknown_servants(packs, names)
    return MappingProxyType(packs)


def pack_digest(pack: Pack) -> str:
    """SHA-256 over what a pack says; layout and comments of its file do not count."""
    # Parts that came to the format later leave the digests of older packs as they were.
    absent = {part for part in _LATER_PARTS if getattr(pack, part) is None}
    return digest_of(pack.model_dump(mode="json", by_alias=True, exclude=absent))


def pack_schema() -> dict[str, Any]:
    """The JSON Schema of a pack file, as `impactbook schema framework` prints it."""
    schema = Pack.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Question pack ({FRAMEWORK_SCHEMA})",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _naming_question(error: InputError, data: Any) -> InputError:
    """The same error with the question's id in place of its position in the list."""
    match = re.match(r"questions\[(\d+)\]", error.field or "")
    questions = data.get("questions") if isinstance(data, Mapping) else None
    if match is None or not isinstance(questions, list):
        return error
    question = questions[int(match[1]) - 1]
    id = question.get("id") if isinstance(question, Mapping) else None
    if not isinstance(id, str):
        return error
    return InputError(
        error.problem,
        remedy=error.remedy,
        file=error.file,
        line=error.line,
        field=f"questions[{id[:63]}]{(error.field or '')[match.end() :]}",
    )


def _loose_ends(pack: Pack, name: str, lines: Lines) -> Iterator[InputError]:
    """Ids given twice, and names of groups, scales, sources or bullets that do not exist."""
    yield from _repeated_ids(pack, name, lines)
    groups = [group.id for group in pack.groups]
    sources = [source.id for source in pack.sources]
    bullets = [bullet.id for bullet in pack.bullets]

    def unknown(path: Location, field: str, kind: str, word: str, known: list[str]) -> InputError:
        return InputError(
            f"there is no {kind} {word!r}",
            remedy=nearest(word, known),
            file=name,
            line=_line(lines, path),
            field=field,
        )

    for at, bullet in enumerate(pack.bullets):
        if bullet.group not in groups:
            path: Location = ("bullets", at, "group")
            yield unknown(path, f"bullets[{bullet.id}].group", "group", bullet.group, groups)
    for at, question in enumerate(pack.questions):
        here: Location = ("questions", at)
        there = f"questions[{question.id}]"
        if question.group not in groups:
            yield unknown((*here, "group"), f"{there}.group", "group", question.group, groups)
        if question.scale not in pack.scales:
            scales = list(pack.scales)
            yield unknown((*here, "scale"), f"{there}.scale", "scale", question.scale, scales)
        for key, word in _sources_of(question):
            if word not in sources:
                yield unknown((*here, *key), f"{there}.{'.'.join(key)}", "source", word, sources)
        for word in question.covers:
            if ":" not in word and word not in bullets:
                yield unknown((*here, "covers"), f"{there}.covers", "bullet", word, bullets)
    for at, provision in enumerate(pack.provisions):
        here, there = ("provisions", at), f"provisions[{provision.id}]"
        if provision.group not in groups:
            yield unknown((*here, "group"), f"{there}.group", "group", provision.group, groups)
        for word in provision.sources:
            if word not in sources:
                yield unknown((*here, "sources"), f"{there}.sources", "source", word, sources)
    if pack.questionnaire is not None:
        for end in loose_ends(pack.questionnaire, pack.scoring):
            yield InputError(
                end.problem,
                remedy=end.remedy,
                file=name,
                line=_line(lines, end.path),
                field=dotted(end.path),
            )


def _sources_of(question: Question) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every source a question names, with the keys it stands under."""
    yield from ((("sources",), source) for source in question.sources)
    if question.legal_note is not None:
        yield from ((("legal_note", "sources"), source) for source in question.legal_note.sources)


def _repeated_ids(pack: Pack, name: str, lines: Lines) -> Iterator[InputError]:
    """Ids that stand twice within their list."""
    lists: list[tuple[Location, Iterable[str]]] = [
        (("sources",), (source.id for source in pack.sources)),
        (("groups",), (group.id for group in pack.groups)),
        (("bullets",), (bullet.id for bullet in pack.bullets)),
        (("provisions",), (provision.id for provision in pack.provisions)),
        (("questions",), (question.id for question in pack.questions)),
    ]
    lists += [
        (("scales", scale), (option.id for option in options))
        for scale, options in pack.scales.items()
    ]
    for path, ids in lists:
        listed = list(ids)
        for id in (id for id, times in Counter(listed).items() if times > 1):
            second = [at for at, other in enumerate(listed) if other == id][1]
            yield InputError(
                f"the id {id!r} stands twice",
                remedy="give each its own id; an id that records have used keeps its meaning",
                file=name,
                line=_line(lines, (*path, second)),
                field=".".join(str(step) for step in path),
            )


def _refuse_shared_questions(packs: Mapping[str, Pack], names: Mapping[str, str]) -> None:
    """Stop when two packs ask under the same id; `names` are the files of the workspace's packs."""
    asked_by: dict[str, str] = {}
    for pack in sorted(packs.values(), key=lambda pack: pack.id in names):
        for question in pack.questions:
            other = asked_by.setdefault(question.id, pack.id)
            if other != pack.id:
                raise InputError(
                    f"the pack {other!r} has a question with this id too",
                    remedy=f"give it another id, or give the file the id {other!r} to replace that pack",
                    file=names.get(pack.id),
                    field=f"questions[{question.id}].id",
                )


def _refuse_unknown_servants(packs: Mapping[str, Pack], names: Mapping[str, str]) -> None:
    """Stop when a workspace's provision is to be served by a question that no pack asks.

    One that ships may have lost its question to a pack that replaces another; it is open then.
    """
    asked = sorted(question.id for pack in packs.values() for question in pack.questions)
    for pack in (packs[id] for id in names):
        for provision in pack.provisions:
            for id in provision.served_by:
                if id not in asked:
                    raise InputError(
                        f"no pack asks a question {id!r}",
                        remedy=nearest(id, asked),
                        file=names[pack.id],
                        field=f"provisions[{provision.id}].served_by",
                    )


def _line(lines: Lines, path: Location) -> int | None:
    """The line of a value, or of the nearest thing around it."""
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)
