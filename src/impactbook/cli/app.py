"""The application: its commands, where the workspace is, and what happens when something fails."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from impactbook import __version__
from impactbook.cli import (
    assessing,
    diff,
    erase,
    export,
    framework,
    making,
    proving,
    sign,
    triage,
    verify,
)
from impactbook.cli.console import complain
from impactbook.errors import ImpactbookError, InputError

app = typer.Typer(
    name="impactbook",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Ethical impact assessments of AI in contact centres: measured, repeatable, sealed.",
    epilog="Exit codes: 0 done or holds; 1 a check, gate or verification says no; "
    "2 something typed or written by hand is wrong; 130 interrupted.",
)
for module in (making, assessing, proving, diff, export, erase, sign, verify, framework, triage):
    module.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"impactbook {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    workspace: Path = typer.Option(
        Path(), "--workspace", help="The workspace; also accepted after the command.",
        show_default="the current directory",
    ),
    _: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:  # fmt: skip
    context.obj = workspace


def run_app(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every failure is one sentence on stderr."""
    try:
        result = get_command(app).main(
            workspace_first(arguments) or ["--help"], prog_name="impactbook", standalone_mode=False
        )
    except TyperException as error:
        complain(f"{error.format_message().rstrip('.')}; `impactbook --help` lists what there is.")
        return 2
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted; nothing was sealed.")
        return 130
    except ImpactbookError as error:
        complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        return 0
    except Exception as error:
        from impactbook.execute.guard import describe, refused_by_system

        known = refused_by_system(error)
        if known is not None:
            complain(str(known))
            return known.exit_code
        complain(f"something unexpected went wrong ({describe(error)}).")
        return 1
    # Typer turns Ctrl-C into this code without a word.
    if result == 130:
        return _interrupted()
    return result if isinstance(result, int) else 0


def _interrupted() -> int:
    complain(
        "interrupted; nothing half-made was left. `impactbook status` lists what is sealed, "
        ".impactbook/logs/ tells how far a run came."
    )
    return 130


def workspace_first(arguments: list[str]) -> list[str]:
    """Move `--workspace DIR` to the front, so that it may stand before or after the command.

    >>> workspace_first(["run", "--all", "--workspace", "w"])
    ['--workspace', 'w', 'run', '--all']
    """
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument == "--workspace":
            value = next(waiting, None)
            if value is None:
                raise InputError(
                    "names no directory", remedy="write `--workspace DIR`", field="--workspace"
                )
            front += [argument, value]
        elif argument.startswith("--workspace="):
            front += [argument]
        else:
            rest += [argument]
    return [*front, *rest]
