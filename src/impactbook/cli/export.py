"""The command `export`: a record as one ZIP for people without Python, or rebuilt from its PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import typer

from impactbook.cli.console import complain
from impactbook.errors import InputError
from impactbook.workspace import check_id, open_workspace

AudienceChoice = Literal["regulator", "works-council", "public"]


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(export)


def export(
    context: typer.Context,
    target: str | None = typer.Argument(
        None, metavar="[FEATURE[@VERSION]|FILE.pdf]", help="A sealed record, or a lone record.pdf."
    ),
    to: Path | None = typer.Option(None, "--to", metavar="DIR", help="Where to write."),
    audience: AudienceChoice | None = typer.Option(
        None, help="Leave out what this audience is not given.", show_default="leave out nothing"
    ),
    rebuild: bool = typer.Option(
        False, "--rebuild", help="Make PDF and HTML again and compare them byte for byte."
    ),
    page: Path | None = typer.Option(
        None, "--page", metavar="FILE", help="Write the page that checks a ZIP, with its SHA-256."
    ),
) -> None:
    """Write a record as a ZIP that checks itself in a browser; from a PDF, rebuild its folder.

    Whoever is given a ZIP should not have to trust the page inside it: --page writes the same page
    from this installation, to be handed over or compared by its SHA-256.
    """
    if target is None and (page is None or to is not None or rebuild or audience is not None):
        raise InputError("is missing", remedy="name a sealed record or a PDF", field="FEATURE")
    if target is not None and to is None and not rebuild:
        raise InputError("is missing", remedy="name a folder to write to", field="--to")
    if page is not None:
        _write_page(page)
    if target is None:
        return
    if target.lower().endswith(".pdf"):
        _from_pdf(Path(target), to, rebuild=rebuild, audience=audience)
    else:
        _from_record(context.obj, target, to, rebuild=rebuild, audience=audience)


def _write_page(path: Path) -> None:
    """Write the page that checks a ZIP, as this installation holds it."""
    from impactbook.records.export.page import write_page

    written = write_page(path)
    typer.echo(f"{path}: written.")
    typer.echo(f"  verify.html sha256: {written}")


def _from_record(
    directory: Path,
    target: str,
    to: Path | None,
    *,
    rebuild: bool,
    audience: AudienceChoice | None,
) -> None:
    from impactbook.execute.composing import present
    from impactbook.records.export import export_record
    from impactbook.records.folders import named_record
    from impactbook.records.rebuild import compare_pages, read_whole
    from impactbook.records.recovery import settle

    feature, _, version = target.partition("@")
    check_id(feature, "feature")
    outputs = open_workspace(directory).outputs
    settle(outputs)
    name = named_record(outputs, feature, version or None)
    if rebuild:
        whole = read_whole(outputs, name)
        result = compare_pages(whole.record, whole.disclosures, whole.files, present)
        _tell_rebuilt(str(name), result.differing, result.tools, result.files)
    if to is None:
        return
    made = export_record(outputs, name, to, present=present, audience=audience)
    description = made.description
    typer.echo(f"{made.path}: written.")
    for what, names in (
        ("fields left out", description.left_out),
        ("files left out", description.files_left_out),
        ("made anew without them", tuple(file.path for file in description.made_anew)),
    ):
        if names:
            typer.echo(f"  {what}: {', '.join(names)}")
    if made.others:
        typer.echo(
            f"  the ledger's extract names {made.others} other records or acts (feature, version, "
            "time); the chain runs through them"
        )
    typer.echo(f"  ledger head: {description.head}")
    typer.echo("  Send the head by another way than the ZIP: only then does it prove anything.")
    typer.echo(f"  verify.html sha256: {made.page}")
    typer.echo("  `impactbook export --page FILE` writes that page for readers without this ZIP.")


def _from_pdf(
    pdf: Path, to: Path | None, *, rebuild: bool, audience: AudienceChoice | None
) -> None:
    from impactbook.execute.composing import present
    from impactbook.records.export.lone_pdf import read_carried, recover_from_pdf
    from impactbook.records.manifest import PDF
    from impactbook.records.rebuild import compare_pages

    if audience is not None:
        raise InputError(
            "needs a record of the workspace, not a lone PDF",
            remedy="leave it out, or name FEATURE@VERSION",
            field="--audience",
        )
    if rebuild:
        held = read_carried(pdf)
        result = compare_pages(
            held.record, held.disclosures, {**held.files, PDF: held.pdf}, present
        )
        _tell_rebuilt(pdf.name, result.differing, result.tools, result.files)
    if to is None:
        return
    made = recover_from_pdf(pdf, to, present=present)
    typer.echo(f"{made.folder}: {made.name}, rebuilt from {pdf.name}.")
    if made.signed:
        typer.echo("  signatures were cut off; they are in the PDF only")
    for what, names in (("not carried", made.missing), ("not disclosed", made.undisclosed)):
        if names:
            typer.echo(f"  {what}: {', '.join(names)}")
    if not made.same_pages:
        tools = "; ".join(map(str, made.tools)) or "the same tools"
        typer.echo(f"  the pages come out differently when made again ({tools})")
    typer.echo(f"  manifest sha256: {made.manifest}")
    typer.echo("  The ledger's line of this record names the same, if nothing was left out.")


def _tell_rebuilt(
    subject: str,
    differing: tuple[str, ...],
    tools: tuple[object, ...],
    compared: tuple[str, ...],
) -> None:
    """Say whether the pages came out the same; exit 1 when they did not."""
    told = f" ({'; '.join(map(str, tools))})" if tools else ""
    if not differing and compared:
        typer.echo(f"{subject}: {' and '.join(compared)} made again, the same bytes{told}.")
        return
    reason = told or " although the tools are the same"
    complain(f"{subject}: {' and '.join(differing)} made again, other bytes{reason}.")
    raise typer.Exit(1)
