"""The command that signs: `sign`."""

from __future__ import annotations

from pathlib import Path

import typer

from impactbook.cli.console import complain
from impactbook.workspace import open_workspace


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(sign)


def sign(
    context: typer.Context,
    target: str = typer.Argument(
        ..., metavar="FEATURE[@VERSION]", help="What to sign; without a version the newest record."
    ),
    key: Path = typer.Option(
        ..., "--key", metavar="FILE", help="Your private key: PKCS#12 (.p12, .pfx) or PEM."
    ),
    certificate: Path | None = typer.Option(
        None, "--cert", metavar="FILE", help="Its certificate and those above it, if not in FILE."
    ),
    reason: str | None = typer.Option(None, help="Why you sign; stands in the signature."),
    name: str | None = typer.Option(
        None, help="Your name as it shall stand in the signature.", show_default="none"
    ),
) -> None:
    """Sign a sealed record's PDF with your own key.

    The pass phrase is asked for where nobody has set IMPACTBOOK_PASSPHRASE; it is kept nowhere.
    """
    from impactbook.execute.signing import sign_target

    workspace = open_workspace(context.obj)
    if workspace.root in key.resolve().parents:
        complain("the key lies in the workspace, which others get to see; keep it elsewhere.")
    signed = sign_target(workspace, target, key, certificate=certificate, reason=reason, name=name)
    typer.echo(f"{signed.name}: signature {signed.number} stands in {signed.path}.")
    if signed.trouble:
        complain(signed.trouble)
