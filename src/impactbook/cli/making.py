"""Commands that make files: `init`, `new`, `schema`, `doctor`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Literal

import typer

from impactbook.cli.console import show_table
from impactbook.errors import InputError
from impactbook.files import write_atomically
from impactbook.workspace import check_id, open_workspace

LanguageChoice = Literal["de", "en"]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(init)
    app.command()(new)
    app.command()(schema)
    app.command()(doctor)


def init(
    directory: Path = typer.Argument(..., metavar="DIR", help="A new or empty directory."),
    lang: LanguageChoice = typer.Option("de", help="Language of the workspace."),
) -> None:
    """Make an empty workspace with notebooks, settings and a reference population."""
    from impactbook.workspace.init import init_workspace

    made = init_workspace(directory, lang)
    typer.echo(f"{directory}: a new workspace with {len(made)} files.")
    typer.echo(
        f"Next: impactbook new my-feature --template voicebot "
        f"--workspace {shlex.quote(str(directory))}"
    )


def new(
    context: typer.Context,
    feature: str = typer.Argument(..., help="Id of the feature: a-z, 0-9 and hyphens."),
    template: str | None = typer.Option(
        None, help="voicebot, chatbot, call-routing, agent-assist, quality-scoring, sentiment, "
        "outbound-scoring or speech-analytics."
    ),
    lang: LanguageChoice | None = typer.Option(
        None, help="Language of the comments.", show_default="the workspace's"
    ),
) -> None:  # fmt: skip
    """Write a commented assessment for a new AI feature."""
    from impactbook.workspace.scaffold import scaffold
    from impactbook.workspace.schemas import write_schemas

    workspace = open_workspace(context.obj)
    check_id(feature, "feature")
    path = workspace.assessment_path(feature)
    if path.exists():
        raise InputError(
            "the feature exists already",
            remedy="choose another id, or edit this file",
            file=workspace.relative(path),
        )
    text = scaffold(feature, template, lang or workspace.settings.language)
    write_atomically(path, text.encode("utf-8"))
    write_schemas(workspace.private / "schemas")
    typer.echo(f"{workspace.relative(path)}: written.")
    typer.echo(f"Next: fill it in, then impactbook run {feature}")


def schema(
    name: str = typer.Argument(..., help="assessment, dataset, reference, workspace, ..."),
) -> None:
    """Print the JSON Schema of a file format."""
    from impactbook.workspace.schemas import json_schema

    typer.echo(json.dumps(json_schema(name), ensure_ascii=False, indent=2))


def doctor(context: typer.Context) -> None:
    """Look whether this installation and workspace can do their work; exit 1 if not."""
    from impactbook.execute.doctor import examine

    results = examine(context.obj)
    show_table(
        ("", "what", "found"),
        [("ok" if item.ok else "NO", item.what, item.found) for item in results],
    )
    if not all(item.ok for item in results):
        raise typer.Exit(1)
