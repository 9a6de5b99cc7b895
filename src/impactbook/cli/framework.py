"""The commands `framework list`, `framework import` and `framework score`: packs of questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from impactbook.cli.console import show_table
from impactbook.errors import InputError
from impactbook.files import write_atomically
from impactbook.workspace import check_id, open_workspace
from impactbook.workspace.days import reference_day
from impactbook.workspace.workspace import SETTINGS_FILE, Workspace

if TYPE_CHECKING:
    from impactbook.frameworks.questionnaires import Evaluation
    from impactbook.frameworks.surveyjs import ImportedPack
    from impactbook.model.framework import Pack
    from impactbook.model.scoring import ScoringDeclaration

FormatChoice = Literal["table", "json"]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(help="List, import and score packs of questions.")
    group.command("list")(list_packs)
    group.command("import")(import_file)
    group.command("score")(score)
    app.add_typer(group, name="framework")


def list_packs(context: typer.Context) -> None:
    """List the packs that ship with impactbook and those in the workspace's frameworks/."""
    from impactbook.frameworks import load_pack, shipped_packs

    rows = [_row(pack, "shipped") for pack in shipped_packs().values()]
    workspace = _workspace(context.obj)
    if workspace is not None:
        for path in sorted(workspace.frameworks.glob("*.yaml")):
            name = workspace.relative(path)
            rows.append(_row(load_pack(path.read_bytes(), name), name))
    show_table(("pack", "version", "as of", "questions", "file", "title"), rows)


def import_file(
    context: typer.Context,
    file: Path = typer.Argument(..., metavar="FILE", help="A SurveyJS questionnaire (JSON)."),
    to: Path | None = typer.Option(
        None, "--to", metavar="DIR", help="Where to write the pack.",
        show_default="frameworks/ of the workspace",
    ),
    scoring: str | None = typer.Option(
        None, metavar="FILE|ID", help="A scoring declaration: a YAML file or a shipped one's id.",
        show_default="the shipped one made for this very file, if there is one",
    ),
    id: str | None = typer.Option(
        None, "--id", help="Id of the pack.", show_default="the scoring's, else the file's name"
    ),
    lang: str | None = typer.Option(
        None, metavar="TAG", help="Language of texts that name none.",
        show_default="the file's locale, else en",
    ),
    licence: str | None = typer.Option(None, help="Licence of the questionnaire."),
    source: str | None = typer.Option(None, help="Where the questionnaire is from."),
    attribution: str | None = typer.Option(None, help="Whom to name as its author."),
    as_of: str | None = typer.Option(
        None, help="Day of the import (YYYY-MM-DD).", show_default="today"
    ),
) -> None:  # fmt: skip
    """Turn a SurveyJS questionnaire into a pack: pages, conditions, languages, scoring."""
    from impactbook.frameworks.surveyjs import Origin, import_surveyjs
    from impactbook.model.config import Settings

    workspace = _workspace(context.obj)
    directory = to or (workspace.frameworks if workspace else None)
    if directory is None:
        raise InputError(
            "is missing, and this is no workspace", remedy="name a folder", field="--to"
        )
    if id is not None:
        check_id(id, "pack")
    settings = (
        workspace.settings
        if workspace
        else Settings.model_validate({"schema": "impactbook/workspace/1"})
    )
    done = import_surveyjs(
        _content(file),
        str(file),
        on=reference_day(as_of, settings, field="--as-of"),
        declaration=_declaration(scoring),
        id=id,
        language=lang,
        origin=Origin(source, licence, attribution),
    )
    path = directory / f"{done.pack.id}.yaml"
    shown = workspace.relative(path.absolute()) if workspace else str(path)
    if path.exists():
        raise InputError(
            "the pack exists already, perhaps with translations added by hand",
            remedy="move it away, or choose another --id or --to",
            file=shown,
        )
    write_atomically(path, done.text.encode("utf-8"))
    typer.echo(f"{shown}: written.")
    for sentence in _told(done):
        typer.echo(f"  {sentence}")


def score(
    context: typer.Context,
    pack: str = typer.Argument(
        ..., metavar="PACK", help="A pack in the workspace's frameworks/, or its YAML file."
    ),
    answers: Path = typer.Argument(
        ..., metavar="ANSWERS.json", help="Answers as a SurveyJS form stores them."
    ),
    format: FormatChoice = typer.Option("table", "--format", help="How to print."),
) -> None:
    """Show which questions are seen after a set of answers, and what the answers score."""
    from impactbook.frameworks import load_pack
    from impactbook.frameworks.questionnaires import evaluate_answers, read_answers

    path = _pack_path(_workspace(context.obj), pack)
    loaded = load_pack(_content(path), str(path))
    if loaded.questionnaire is None or loaded.scoring is None:
        raise InputError(
            "has no questionnaire with a scoring",
            remedy="import one with `impactbook framework import FILE --scoring FILE`",
            file=path,
        )
    given = read_answers(_content(answers), loaded.questionnaire, str(answers))
    result = evaluate_answers(loaded.questionnaire, loaded.scoring, given)
    if format == "json":
        typer.echo(json.dumps(_as_json(loaded.id, result), ensure_ascii=False, indent=2))
        return
    kinds = {kind.id: kind.title.en or kind.title.de or kind.id for kind in loaded.scoring.kinds}
    show_table(
        ("", "points", "of at most"),
        [
            *((kinds[kind], f"{points:g}", f"{result.maxima[kind]:g}") for kind, points in result.points.items()),
            ("Total" + (" after the deduction" if result.deducted else ""), f"{result.total:g}", f"{result.maxima[loaded.scoring.total_of]:g}"),
        ],
    )  # fmt: skip
    if result.level is not None:
        typer.echo(f"Level: {result.level.title.en or result.level.title.de}")
    else:
        typer.echo("Level: none, because nothing that is scored was answered.")
    if result.open_questions:
        typer.echo(
            f"Not final: {len(result.open_questions)} scored questions that are seen have no "
            f"answer, the first is {result.open_questions[0]!r}."
        )


def _as_json(pack: str, result: Evaluation) -> dict[str, Any]:
    return {
        "pack": pack,
        "visible": list(result.visible),
        "points": dict(result.points),
        "maxima": dict(result.maxima),
        "total": result.total,
        "deducted": result.deducted,
        "level": result.level.id if result.level else None,
        "scored_questions": result.scored_questions,
        "open_questions": list(result.open_questions),
    }


def _told(done: ImportedPack) -> list[str]:
    """What was imported, which languages are missing, how it is scored, and what to look at."""
    from impactbook.frameworks.questionnaires import scored_questions
    from impactbook.frameworks.surveyjs import missing_texts

    form, scoring = done.questionnaire, done.pack.scoring
    total = sum(1 for _ in form.texts())
    said = [f"{len(form.pages)} pages, {len(form.questions)} questions, {total} texts"]
    for language, missing in missing_texts(form).items():
        if missing == total:
            said.append(
                f"{language}: not in the file. Texts are shown in another language and marked so, "
                f"never translated; add `{language}:` lines to the pack to change that"
            )
        else:
            said.append(f"{language}: " + (f"{missing} texts missing" if missing else "complete"))
    if scoring is None:
        said.append("scoring: none; declare one with --scoring (see `impactbook schema scoring`)")
    else:
        kinds = ", ".join(kind.id for kind in scoring.kinds)
        declared = done.declaration.id if done.declaration else ""
        said.append(
            f"scoring: {declared}, {len(scored_questions(form, scoring))} questions give points "
            f"({kinds}), {len(scoring.levels)} levels"
        )
    return said + list(done.notices)


def _declaration(name: str | None) -> ScoringDeclaration | None:
    """The declaration a person names: a file, or the id of a shipped one."""
    from impactbook.frameworks.surveyjs import load_declaration, shipped_declarations
    from impactbook.workspace.reading import nearest

    if name is None:
        return None
    if Path(name).is_file():
        return load_declaration(Path(name).read_bytes(), name)
    shipped = shipped_declarations()
    if name not in shipped:
        raise InputError(
            f"there is no file and no shipped scoring {name!r}",
            remedy=nearest(name, sorted(shipped)),
            field="--scoring",
        )
    return shipped[name]


def _pack_path(workspace: Workspace | None, pack: str) -> Path:
    """The file of a pack: as named, or by its id in the workspace."""
    if Path(pack).is_file():
        return Path(pack)
    if workspace is not None:
        check_id(pack, "pack")
        return workspace.frameworks / f"{pack}.yaml"
    return Path(pack)


def _workspace(directory: Path) -> Workspace | None:
    """The workspace, where there is one; a pack may also lie anywhere else."""
    return open_workspace(directory) if (directory / SETTINGS_FILE).is_file() else None


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise InputError("there is no such file", remedy="check the path", file=path)
    return path.read_bytes()


def _row(pack: Pack, file: str) -> tuple[str, ...]:
    form = pack.questionnaire
    asked = len(pack.questions) + (len(form.questions) if form else 0)
    title = pack.title.en or pack.title.de or ""
    return (pack.id, pack.version, pack.as_of.isoformat(), str(asked), file, title)
