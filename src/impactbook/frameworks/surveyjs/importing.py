"""From the bytes of a SurveyJS file to a pack: its content, its origin, its scoring, what to tell."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from impactbook.errors import InputError, InputErrors
from impactbook.frameworks.loader import load_pack
from impactbook.frameworks.questionnaires import loose_ends, unknown_names
from impactbook.frameworks.surveyjs.declaration import made_for
from impactbook.frameworks.surveyjs.elements import Conversion, Notices
from impactbook.frameworks.surveyjs.source import read_source
from impactbook.frameworks.surveyjs.texts import default_language
from impactbook.language import LANGUAGES, say
from impactbook.model.framework import FRAMEWORK_SCHEMA, Pack
from impactbook.model.questionnaire import Questionnaire
from impactbook.model.scoring import ScoringDeclaration
from impactbook.workspace.mistakes import dotted
from impactbook.workspace.reading import parse

_HEADER = """\
# Question pack, imported from {file} on {day}. The JSON Schema is printed by `impactbook schema framework`.
# Names and values are those of the imported file: answers refer to them. Texts may be added in further languages.
"""
_ODD_LINE_ENDS = re.compile("[\r\x85\u2028\u2029]")


@dataclass(frozen=True)
class Origin:
    """What a person states about the file: where it is from and on which terms it may be used."""

    source: str | None = None
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True)
class ImportedPack:
    """The pack, the YAML text it reads back from, the declaration joined to it, and notices.

    `notices` are sentences for the person who imports: what was left out or is only approximate.
    """

    pack: Pack
    text: str
    declaration: ScoringDeclaration | None
    notices: tuple[str, ...]

    @property
    def questionnaire(self) -> Questionnaire:
        """The questionnaire of the pack."""
        if self.pack.questionnaire is None:
            raise AssertionError("an imported pack holds a questionnaire")
        return self.pack.questionnaire


def import_surveyjs(
    content: bytes,
    name: str,
    *,
    on: dt.date,
    declaration: ScoringDeclaration | None = None,
    id: str | None = None,
    language: str | None = None,
    origin: Origin = Origin(),
) -> ImportedPack:
    """Turn a SurveyJS questionnaire into a pack; raises `InputError` with file, line and field.

    `language` is that of texts which name none. Without a `declaration` a shipped one is joined
    that names this very file; without any the pack has no scoring.
    """
    # 1. Read the file, and find what scores it.
    source = read_source(content, name)
    digest = hashlib.sha256(content).hexdigest()
    declaration = declaration or made_for(digest)
    # 2. Convert it, and say where it is from.
    conversion = Conversion(source, default_language(source, language))
    questionnaire = conversion.questionnaire()
    stated = _origin(declaration, origin)
    data = {
        "schema": FRAMEWORK_SCHEMA,
        "id": id or (declaration.id if declaration else _id_of(name)),
        "version": "1.0.0",
        "as_of": on,
        **_titles(questionnaire, declaration, name),
        "sources": [_source(questionnaire, declaration, stated, name, digest)],
        "imported": {
            "format": "surveyjs", "file": PurePath(name).name, "sha256": digest, "on": on,
            **{key: value for key, value in vars(stated).items() if value},
        },
        "questionnaire": questionnaire,
        "changelog": [{"version": "1.0.0", "date": on, "text": _said("imported", file=PurePath(name).name)}],
    }  # fmt: skip
    if declaration is not None:
        data["scoring"] = declaration.scoring.model_dump(exclude_none=True)
    # 3. Check it as a pack, write it, and read it back: what is returned is what the text says.
    _refuse_loose_ends(parse(Pack, data, name), declaration)
    text = _HEADER.format(file=PurePath(name).name, day=on.isoformat()) + _yaml(data)
    pack = load_pack(text, f"{data['id']}.yaml")
    return ImportedPack(
        pack, text, declaration, _notices(pack, conversion.notices, declaration, digest)
    )


def missing_texts(questionnaire: Questionnaire) -> dict[str, int]:
    """How many texts each language lacks, of German, English and every language the file has."""
    texts = list(questionnaire.texts())
    there = Counter(language for text in texts for language in text)
    return {
        language: len(texts) - there[language]
        for language in (*LANGUAGES, *sorted(set(there) - set(LANGUAGES)))
    }


def _origin(declaration: ScoringDeclaration | None, origin: Origin) -> Origin:
    """What the person states goes before what the declaration knows."""
    known = declaration.questionnaire if declaration else None
    return Origin(
        source=origin.source or (known.url if known else None),
        licence=origin.licence or (known.licence if known else None),
        attribution=origin.attribution or (known.attribution if known else None),
    )


def _titles(
    questionnaire: Mapping[str, Any], declaration: ScoringDeclaration | None, name: str
) -> dict[str, Any]:
    """Title and description of the pack: the declaration's, else the file's, else its name."""
    known = declaration.questionnaire if declaration else None
    if known is not None:
        return {
            "title": known.title.model_dump(exclude_none=True),
            "description": known.description.model_dump(exclude_none=True),
        }
    return {
        "title": _in_ours(questionnaire.get("title"))
        or dict.fromkeys(LANGUAGES, PurePath(name).stem),
        "description": _in_ours(questionnaire.get("description"))
        or _said("imported", file=PurePath(name).name),
    }


def _source(
    questionnaire: Mapping[str, Any],
    declaration: ScoringDeclaration | None,
    origin: Origin,
    name: str,
    digest: str,
) -> dict[str, Any]:
    """The file as the pack's source; sure only where the declaration names this very file."""
    known = declaration.questionnaire if declaration else None
    url = (
        origin.source
        if origin.source and re.fullmatch(r"https://\S{1,400}", origin.source)
        else None
    )
    tried = known is not None and digest in known.sha256
    return {
        "id": "questionnaire",
        "title": _titles(questionnaire, declaration, name)["title"],
        "citation": known.citation if known else (origin.source or PurePath(name).name),
        **({"url": url} if url else {}),
        "confidence": "H" if tried else "L",
    }


def _in_ours(texts: Mapping[str, str] | None) -> dict[str, str]:
    return {language: texts[language] for language in LANGUAGES if texts and language in texts}


def _said(key: str, **values: object) -> dict[str, str]:
    return {language: say("frameworks", key, language, **values) for language in LANGUAGES}


def _id_of(name: str) -> str:
    """An id made of the file's name; refused where nothing is left of it."""
    id = re.sub(r"[^a-z0-9]+", "-", PurePath(name).stem.lower()).strip("-")[:63].rstrip("-")
    if not id:
        raise InputError("gives no id by its name", remedy="name one with --id", file=name)
    return id


def _refuse_loose_ends(pack: Pack, declaration: ScoringDeclaration | None) -> None:
    """Stop where the declaration names what the questionnaire does not have."""
    if pack.questionnaire is None or declaration is None:
        return
    found = [
        InputError(
            end.problem, remedy=end.remedy, file=f"scoring {declaration.id}", field=dotted(end.path)
        )
        for end in loose_ends(pack.questionnaire, pack.scoring)
    ]
    if found:
        raise found[0] if len(found) == 1 else InputErrors(found)


def _notices(
    pack: Pack, notices: Notices, declaration: ScoringDeclaration | None, digest: str
) -> tuple[str, ...]:
    """Everything the person who imports must know, one sentence each."""
    questionnaire, known = pack.questionnaire, declaration and declaration.questionnaire
    said = [
        f"{name!r} ({kind}) is asked as free text; its choices and scores are not kept"
        for name, kind in notices.as_text
    ]
    said += [
        f"{name!r} ({kind}) is left out: it asks for no words" for name, kind in notices.not_kept
    ]
    said += [
        f"{name!r} is asked {times} times; all of them share one answer"
        for name, times in notices.names.items()
        if times > 1
    ]
    if questionnaire is not None:
        said += [
            f"a condition asks for {name!r}, which no question answers: it counts as not answered"
            for name in unknown_names(questionnaire)
        ]
    if notices.keys:
        listed = ", ".join(f"{key} ({times})" for key, times in sorted(notices.keys.items()))
        said.append(
            f"not taken over, as it changes neither what is seen nor what is scored: {listed}"
        )
    if known and known.sha256 and digest not in known.sha256:
        said.append(
            f"the scoring {declaration and declaration.id} was tried with another version of this file: "
            "compare a few results before you rely on it"
        )
    if pack.imported is not None and pack.imported.licence is None:
        said.append("no licence is stated: name it with --licence before you pass the pack on")
    return tuple(said)


def _yaml(data: Mapping[str, Any]) -> str:
    """The pack as YAML people can read and add to: block style, order kept, a line for each text."""
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4_096
    yaml.allow_unicode = True
    # A pack may not have YAML aliases, also where the same day stands in two places.
    yaml.representer.ignore_aliases = lambda _: True
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_writable(data), stream)
    return stream.getvalue()


def _writable(value: Any) -> Any:
    """Plain data for the YAML writer; a text of several lines keeps them."""
    if isinstance(value, Mapping):
        return {key: _writable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(part) for part in value]
    if isinstance(value, str) and "\n" in value and _fits_a_block(value):
        return LiteralScalarString(value)
    if isinstance(value, str) and _ODD_LINE_ENDS.search(value):
        # Unquoted they would be read back as a space; in double quotes they are escaped.
        return DoubleQuotedScalarString(value)
    return value


def _fits_a_block(text: str) -> bool:
    """Whether a literal block gives the text back: no outer blanks on any line, no odd line ends."""
    lines = text.split("\n")
    return all(line and line == line.strip() and "\t" not in line for line in lines) and not (
        _ODD_LINE_ENDS.search(text)
    )
