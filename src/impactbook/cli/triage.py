"""The command `triage`: which duties touch a feature, since when, and because of what."""

from __future__ import annotations

import json
import sys
from typing import Literal

import typer

from impactbook.cli.console import console
from impactbook.cli.making import LanguageChoice
from impactbook.workspace import check_id, open_workspace
from impactbook.workspace.days import reference_day

WIDTH = 140
"""Columns of a table where there is no terminal."""


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(triage)


def triage(
    context: typer.Context,
    feature: str = typer.Argument(..., help="Id of the feature."),
    output: Literal["table", "json"] = typer.Option(
        "table", "--format", help="How the outcome is printed."
    ),
    lang: LanguageChoice | None = typer.Option(
        None, help="Language of the text.", show_default="the workspace's"
    ),
    as_of: str | None = typer.Option(
        None, help="The day dated rules refer to (YYYY-MM-DD).", show_default="today"
    ),
) -> None:
    """Tell which legal duties touch a feature, since when, and because of which stated facts."""
    from impactbook.assess.triage_content import triage_content
    from impactbook.frameworks.rulebook import shipped_rules
    from impactbook.frameworks.triage import triage as outcomes_of
    from impactbook.render.record.triage import triage as triage_section
    from impactbook.render.record.view import RecordView
    from impactbook.render.terminal import to_terminal

    check_id(feature, "feature")
    workspace = open_workspace(context.obj)
    day = reference_day(as_of, workspace.settings, field="--as-of")
    written = workspace.load_assessment(feature).assessment
    outcomes = outcomes_of(written.feature, shipped_rules(), day, answers=written.triage)
    found = triage_content(shipped_rules(), outcomes, written.triage)
    if output == "json":
        shown = {"feature": feature, "as_of": day.isoformat(), **found}
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    record = {
        "as_of": day.isoformat(),
        "assessment": {"language": written.language, "triage": found},
    }
    view = RecordView(record, (), {}, lang or workspace.settings.language)
    width = max(60, console().width) if sys.stdout.isatty() else WIDTH
    typer.echo(to_terminal(triage_section(view), width=width), nl=False)
