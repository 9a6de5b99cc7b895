"""The command that proves: `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import typer


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(verify)


def verify(
    context: typer.Context,
    targets: list[str] = typer.Argument(
        None,
        metavar="[FEATURE[@VERSION]|FILE.pdf|FILE.zip]...",
        help="What to verify; nothing: all records.",
    ),
    heads: list[str] = typer.Option(
        None, "--head", metavar="HASH", help="A ledger head that was kept elsewhere."
    ),
    anchors: list[Path] = typer.Option(
        None, "--anchor", metavar="FILE.pdf", help="The PDF of a record as it was filed."
    ),
    trust: list[Path] = typer.Option(
        None, "--trust", metavar="FILE", help="Certificates to trust, besides impactbook.toml's."
    ),
    require: Literal["consistent", "anchored", "signed", "time-stamped"] = typer.Option(
        "consistent", "--require", help="The lowest level that makes the exit code 0."
    ),
) -> None:
    """Check every hash, the chain, the copies in the PDF and the signatures, step by step."""
    from impactbook.execute.proving import verify_targets

    reports = verify_targets(
        context.obj,
        list(targets or []),
        heads=list(heads or []),
        filed=list(anchors or []),
        trust=list(trust or []),
        require=require,
    )
    for report in reports:
        typer.echo(report.text)
    if not all(report.holds for report in reports):
        raise typer.Exit(1)
