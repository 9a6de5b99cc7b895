"""The `impactbook` command: Typer commands and nothing else.

Each command reads its arguments, calls one function of the library and prints the result. What can
go wrong becomes one sentence and an exit code; a traceback never reaches a user.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    from impactbook.cli.app import run_app

    sys.exit(run_app(list(sys.argv[1:] if arguments is None else arguments)))
