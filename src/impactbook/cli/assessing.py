"""Commands that measure and assess: `run`, `check`, `seal`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import typer

from impactbook.cli.console import complain, show_table
from impactbook.cli.making import LanguageChoice
from impactbook.errors import InputError
from impactbook.workspace import check_id, open_workspace
from impactbook.workspace.days import reference_day


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(run)
    app.command()(check)
    app.command()(seal)


def run(
    context: typer.Context,
    features: list[str] = typer.Argument(None, metavar="[FEATURE]...", help="Ids of features."),
    everything: bool = typer.Option(False, "--all", help="Every feature of the workspace."),
    draft: bool = typer.Option(False, "--draft", help="Write a draft; seal nothing."),
    jobs: int = typer.Option(
        min(os.cpu_count() or 1, 4), "-j", "--jobs", min=1, help="Features at the same time."
    ),
    lang: LanguageChoice | None = typer.Option(
        None, help="Language of the records.", show_default="the workspace's"
    ),
    as_of: str | None = typer.Option(
        None, help="The day dated rules refer to (YYYY-MM-DD).", show_default="today"
    ),
    force: bool = typer.Option(False, "--force", help="Seal even if nothing changed."),
) -> None:
    """Run the notebooks of features and seal their assessment records."""
    from impactbook.execute.batch import run_batch
    from impactbook.execute.run import Options
    from impactbook.workspace.schemas import write_schemas

    workspace = open_workspace(context.obj)
    chosen = _chosen(list(features or []), workspace.features(), everything)
    if not everything:
        for feature in chosen:
            check_id(feature, "feature")
    if not (workspace.private / "schemas").is_dir():
        write_schemas(workspace.private / "schemas")
    options = Options(
        lang, reference_day(as_of, workspace.settings, field="--as-of"), draft=draft, force=force
    )
    outcomes = run_batch(workspace.root, chosen, options, workers=jobs)
    for item in outcomes:
        for sentence in (item.message, item.trouble, item.note):
            if sentence:
                complain(sentence)
    done = [item for item in outcomes if not item.message]
    if done:
        show_table(
            ("feature", "version", "gate", "", "record"),
            [(o.feature, o.version, o.gate, o.status, o.folder) for o in done],
        )
    if any(item.status == "wrong_input" for item in outcomes):
        raise typer.Exit(2)
    if any(item.status == "failed" or item.trouble for item in outcomes):
        raise typer.Exit(1)


def _chosen(features: list[str], known: list[str], everything: bool) -> list[str]:
    if everything and features:
        raise InputError("names features and --all", remedy="give one of the two", field="run")
    if not features and not everything:
        raise InputError("names no feature", remedy="name one, or use --all", field="run")
    if everything and not known:
        raise InputError(
            "the workspace has no feature yet", remedy="make one with `impactbook new FEATURE`"
        )
    return known if everything else list(dict.fromkeys(features))


def check(
    context: typer.Context,
    target: str = typer.Argument(..., metavar="DATASET|FILE", help="A dataset id, or a data file."),
    declare: bool = typer.Option(
        False, "--declare", help="Look at FILE and print a commented declaration for it."
    ),
    output: Literal["table", "json", "csv"] = typer.Option(
        "table", "--format", help="How the figures are printed."
    ),
    fail_on: Literal["attention", "fail"] = typer.Option(
        "attention", help="The mildest verdict that makes the exit code 1."
    ),
    lang: LanguageChoice | None = typer.Option(
        None, help="Language of the sentences, or of the comments in a proposal."
    ),
    as_of: str | None = typer.Option(
        None, help="The day dated rules refer to (YYYY-MM-DD).", show_default="today"
    ),
) -> None:
    """Check a declared dataset, or propose a declaration for a data file."""
    from impactbook.execute.checking import check_text, declaration_for, where_to_save

    if declare:
        typer.echo(declaration_for(Path(target), context.obj, lang), nl=False)
        # Beside the proposal, which may go into a file.
        complain(where_to_save(Path(target), context.obj))
        return
    workspace = open_workspace(context.obj)
    text, holds = check_text(
        workspace,
        target,
        output=output,
        fail_on=fail_on,
        language=lang or workspace.settings.language,
        as_of=reference_day(as_of, workspace.settings, field="--as-of"),
    )
    typer.echo(text, nl=False)
    if not holds:
        raise typer.Exit(1)


def seal(
    context: typer.Context,
    notebooks: list[Path] = typer.Argument(..., help="Executed notebooks of one feature."),
    feature: str = typer.Option(..., help="Id of the feature."),
    lang: LanguageChoice | None = typer.Option(
        None, help="Language of the record.", show_default="the workspace's"
    ),
    as_of: str | None = typer.Option(
        None, help="The day dated rules refer to (YYYY-MM-DD).", show_default="today"
    ),
) -> None:
    """Seal a record from notebooks executed elsewhere; their evidence is measured again first."""
    from impactbook.execute.sealing import seal_notebooks

    workspace = open_workspace(context.obj)
    outcome = seal_notebooks(
        workspace,
        feature,
        notebooks,
        language=lang,
        as_of=reference_day(as_of, workspace.settings, field="--as-of"),
    )
    show_table(
        ("feature", "version", "gate", "", "record"),
        [(outcome.feature, outcome.version, outcome.gate, outcome.status, outcome.folder)],
    )
    if outcome.note:
        complain(outcome.note)
    if outcome.trouble:
        complain(outcome.trouble)
        raise typer.Exit(1)
