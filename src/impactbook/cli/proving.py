"""Commands that tell what stands: `status`, `gate`."""

from __future__ import annotations

import typer

from impactbook.cli.console import show_table
from impactbook.workspace import open_workspace
from impactbook.workspace.days import reference_day

AS_OF = typer.Option(
    None,
    "--as-of",
    help="The day dated rules refer to (YYYY-MM-DD).",
    show_default="today",
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(status)
    app.command()(gate)


def status(context: typer.Context, as_of: str | None = AS_OF) -> None:
    """List all features with their newest record, gate and what changed since."""
    from impactbook.execute.standing import standings

    workspace = open_workspace(context.obj)
    day = reference_day(as_of, workspace.settings, field="--as-of")
    show_table(
        ("feature", "version", "gate", "sealed", "content digest", "since then"),
        [
            (s.feature, s.version, s.gate, s.created, s.content, s.since)
            for s in standings(workspace, day)
        ],
    )


def gate(
    context: typer.Context,
    feature: str = typer.Argument(..., help="Id of the feature."),
    draft: bool = typer.Option(False, "--draft", help="Judge the draft."),
    as_of: str | None = AS_OF,
) -> None:
    """May the feature go live? Exit 0 if its newest record says so and nothing changed since."""
    from impactbook.execute.standing import gate_verdict

    workspace = open_workspace(context.obj)
    day = reference_day(as_of, workspace.settings, field="--as-of")
    verdict = gate_verdict(workspace, feature, day, draft=draft)
    typer.echo(f"{feature}@{verdict.version}: {verdict.status}")
    for reason in verdict.reasons:
        typer.echo(f"- {reason}")
    if not verdict.holds:
        raise typer.Exit(1)
