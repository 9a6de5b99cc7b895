"""The command `diff`: what changed between two states of a feature."""

from __future__ import annotations

import sys
from typing import Literal

import typer

from impactbook.cli.console import console
from impactbook.cli.making import LanguageChoice
from impactbook.workspace import open_workspace
from impactbook.workspace.days import reference_day

WIDTH = 110
"""Columns of a table where there is no terminal."""


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(diff)


def diff(
    context: typer.Context,
    feature: str = typer.Argument(..., help="Id of the feature."),
    old: str | None = typer.Argument(
        None, metavar="[OLD]", help="A version, `draft` or `workspace`."
    ),
    new: str | None = typer.Argument(
        None, metavar="[NEW]", help="The same; without it the newest version."
    ),
    output: Literal["text", "markdown", "json"] = typer.Option(
        "text", "--format", help="How the changes are printed."
    ),
    lang: LanguageChoice | None = typer.Option(
        None, help="Language of the text.", show_default="the workspace's"
    ),
    as_of: str | None = typer.Option(
        None, help="The day dated rules refer to (YYYY-MM-DD).", show_default="today"
    ),
) -> None:
    """Tell what changed between two versions, or since the newest one.

    Without versions: the working state against the newest version if anything was changed since,
    otherwise the newest version against the one before it.
    """
    from impactbook.execute.differing import diff_text

    workspace = open_workspace(context.obj)
    text = diff_text(
        workspace,
        feature,
        old,
        new,
        output=output,
        language=lang or workspace.settings.language,
        as_of=reference_day(as_of, workspace.settings, field="--as-of"),
        width=max(60, console().width) if sys.stdout.isatty() else WIDTH,
    )
    typer.echo(text, nl=False)
