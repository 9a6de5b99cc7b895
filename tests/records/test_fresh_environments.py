"""The same record is the same bytes elsewhere: other time zone, locale, hash seed, home, fonts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from record_samples import files_below

from repository_workspace import copy_workspace

pytestmark = pytest.mark.slow

FEATURE = "chat-intent-erkennung"
RECORD = f"outputs/{FEATURE}/1.0.0"

GIVEN = """
import datetime as dt, itertools, sys, types
from impactbook.execute import composing
from impactbook.records import disclosures

class Clock(dt.datetime):
    @classmethod
    def now(cls, tz=None):
        return dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC).astimezone(tz)

composing.dt = types.SimpleNamespace(**{**vars(dt), "datetime": Clock})
numbers = itertools.count()
disclosures.secrets = types.SimpleNamespace(token_hex=lambda size: f"{next(numbers):0{2 * size}x}")
from impactbook.cli import main
main(sys.argv[1:])
"""
"""The command line, with the record's time and the salts of its internal fields given.

Both are chosen anew for each record, on purpose; all else must follow from what was put in.
"""

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{fonts}/cache</cachedir></fontconfig>
"""


def elsewhere(place: Path, number: int) -> dict[str, str]:
    """An environment of its own; the second one sees no font of the system."""
    home = place / f"home {number}"
    home.mkdir(parents=True)
    fonts = home / "fonts.conf"
    fonts.write_text(FONTS.format(fonts=home), encoding="utf-8")
    every = ({"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "1"},
             {"TZ": "America/St_Johns", "LC_ALL": "C.utf8", "LANG": "tr_TR.UTF-8",
              "PYTHONHASHSEED": "4242", "FONTCONFIG_FILE": str(fonts), "PYTHONUTF8": "1"})  # fmt: skip
    kept = {name: os.environ[name] for name in ("PATH", "JAVA_HOME") if name in os.environ}
    return {**kept, **every[number], "HOME": str(home), "TMPDIR": str(home)}


def run(arguments: list[str], environment: Mapping[str, str], *, code: str = "") -> str:
    """Run the command line in a process and a directory of its own."""
    done = subprocess.run(
        [sys.executable, *(["-c", code] if code else ["-m", "impactbook"]), *arguments],
        env=dict(environment), cwd=environment["HOME"], capture_output=True, text=True,
        encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_record_made_in_two_fresh_environments_is_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for number in (0, 1):
        root = copy_workspace(tmp_path / f"place {number}" / "w", FEATURE)
        run(["run", FEATURE, "--as-of", "2026-11-23", "--workspace", str(root)],
            elsewhere(tmp_path, number), code=GIVEN)  # fmt: skip
        made.append(files_below(root / "outputs"))
    first, second = made
    assert set(first) == set(second)
    assert [path for path in first if first[path] != second[path]] == []


def test_a_doubter_elsewhere_makes_the_pages_again_byte_for_byte(
    sealed: Path, tmp_path: Path
) -> None:
    """From the workspace, and from the PDF alone, whose whole folder comes back."""
    expected = files_below(sealed / RECORD)
    for number in (0, 1):
        there = elsewhere(tmp_path, number)
        pdf = Path(there["HOME"]) / "filed.pdf"
        pdf.write_bytes(expected["record.pdf"])
        for asked in ([FEATURE, "--workspace", str(sealed)], [str(pdf)]):
            said = run(["export", *asked, "--rebuild", "--to", str(pdf.parent / "out")], there)
            assert "made again, the same bytes" in said
        assert files_below(pdf.parent / "out" / f"{FEATURE}-1.0.0") == expected
    one, other = (tmp_path / f"home {n}" / "out" / f"{FEATURE}-1.0.0.zip" for n in (0, 1))
    assert one.read_bytes() == other.read_bytes()
