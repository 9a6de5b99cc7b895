"""One side of a comparison, asked in a fresh process: what it prints, or why it could not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def side(script: str, name: str, *arguments: object, python: str = sys.executable) -> Any:
    """The last line that a script beside this one prints, read as JSON; None, and why, if it fails."""
    told = subprocess.run(
        [python, "-W", "ignore", str(HERE / script), name, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        not_measured(name, told.stderr)
        return None
    return json.loads(told.stdout.strip().splitlines()[-1])


def not_measured(name: str, told: str) -> None:
    """Say that a side failed, with the last thing it told."""
    last = (told.strip().splitlines() or ["no message"])[-1]
    print(f"{name}: could not be measured ({last[:200]})", flush=True)
