"""The `impactbook` command: Typer commands and nothing else.

Each command reads its arguments, calls one function of the library and prints the result. What can
go wrong becomes one sentence and an exit code; a traceback never reaches a user.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    It leaves at once, after flushing: the database's Python binding otherwise prints a list of
    objects it could not free at the interpreter's end.
    """
    from impactbook.cli.app import run_app

    code = run_app(list(sys.argv[1:] if arguments is None else arguments))
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
