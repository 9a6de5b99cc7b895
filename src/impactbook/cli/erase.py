"""The command `erase`: a name leaves every record, and the ledger says when and why."""

from __future__ import annotations

import datetime as dt

import typer

from impactbook.cli.console import complain
from impactbook.workspace import check_id, open_workspace


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(erase)


def erase(
    context: typer.Context,
    target: str = typer.Argument(..., metavar="FEATURE[@VERSION]", help="A sealed record."),
    field: str = typer.Argument(
        ..., metavar="FIELD", help="Where the value stands, e.g. /assessment/roles/0/person."
    ),
    reason: str = typer.Option(
        ..., "--reason", help="Why; it stays in the ledger for ever, so without the value."
    ),
) -> None:
    """Erase an internal field, and its value wherever else a record discloses it."""
    from impactbook.execute.composing import present
    from impactbook.records.erase import erase as erase_field
    from impactbook.records.folders import named_record
    from impactbook.records.ledger import name_of

    feature, _, version = target.partition("@")
    check_id(feature, "feature")
    outputs = open_workspace(context.obj).outputs
    name = named_record(outputs, feature, version or None)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    done = erase_field(outputs, name, field, reason=reason, created=now, present=present)
    for line in done.lines:
        typer.echo(f"{name_of(line)}: erased {', '.join(line.fields)}; PDF and HTML made anew.")
    for one in done.unsigned:
        typer.echo(f"{one}: its signed PDF showed the value and is gone; sign it again.")
    for draft in done.drafts:
        typer.echo(f"{draft}: its draft showed the value and is gone; run with --draft again.")
    typer.echo(
        "Take the value out of assessments/ as well, and out of copies that left this folder."
    )
    if done.remains:
        complain(
            "the value still occurs in texts that people wrote, or within another field: "
            f"{', '.join(done.remains)}."
        )
        raise typer.Exit(1)
