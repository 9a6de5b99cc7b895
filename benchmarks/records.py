"""How fast records are exported, sealed, verified and listed: `python benchmarks/records.py`.

Export is measured beside `nbconvert --to webpdf` and WeasyPrint on the same executed notebook, which
is taken out of the sample record; sealing, `verify` and `status` as records pile up. Every side is a
fresh process, all sides run in turn. `README.md` says what is compared and why. Exits with 1 when
a limit is not kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from asked import not_measured, side
from export_sides import chromium
from record_sides import FEATURES

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "docs" / "sample-record.de.pdf"
NOTEBOOK, OTHER = "training_data-voicebot-sprachdaten.ipynb", "impact_assessment.ipynb"
WEASYPRINT = "IMPACTBOOK_WEASYPRINT"
COLD_WEBPDF, COLD_WEASYPRINT, WARM = 4.0, 3.0, 10.0
BENT = 1.5
"""Verifying and listing may take this many times as long for each record in all as in a tenth."""
SLOWER = 2.0
"""Sealing a sample record, a few milliseconds, may take this many times as long at all as at a
tenth."""
SECONDS = 60.0

Found = dict[str, dict[str, float]]


class Commands:
    """Runs commands in turn, each in a fresh process, and keeps medians."""

    def __init__(self, repeats: int) -> None:
        self.repeats = repeats

    def compare(self, commands: dict[str, Sequence[str]]) -> Found:
        """The median wall and processor time of each command over the repetitions."""
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(self.repeats):
            for name, command in commands.items():
                took = _run(name, command)
                if took is not None:
                    runs[name].append(took)
        return {
            name: {
                "seconds": statistics.median(wall for wall, _ in found),
                "cpu": statistics.median(cpu for _, cpu in found),
            }
            for name, found in runs.items()
            if found
        }


def _run(name: str, command: Sequence[str]) -> tuple[float, float] | None:
    """Wall and processor seconds of a command and all it waited for; None, and why, if it fails."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=told,
            env={**os.environ, "PYTHONPATH": str(HERE), "PYTHONWARNINGS": "ignore"},
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = time.perf_counter() - start
        if process.returncode != 0:
            told.seek(0)
            not_measured(name, told.read())
            return None
    return took, usage.ru_utime + usage.ru_stime


def show(found: Found) -> None:
    """Print what every side took."""
    for name, one in found.items():
        print(
            f"  {name:34s} {one['seconds']:6.2f} s ({one['cpu']:.2f} s of processors)", flush=True
        )


def ratio(found: Found, of: str, to: str, least: float | None) -> bool:
    """Print how many times as long `of` takes as `to`; True when the limit is kept or none is set."""
    if of not in found or to not in found:
        return True
    value = found[of]["seconds"] / found[to]["seconds"]
    cpu = found[of]["cpu"] / found[to]["cpu"]
    kept = least is None or value >= least
    told = "" if least is None else f"   (wanted: at least {least:g})"
    mark = "" if kept else "   NOT KEPT"
    print(f"  {of} / {to} = {value:.1f}{told}; of processors {cpu:.1f}{mark}", flush=True)
    return kept


def export(folder: Path, repeats: int) -> bool:
    """Notebook to PDF, cold and warm, beside a browser and WeasyPrint; True when limits are kept."""
    notebook, other = taken_out(folder)
    weasyprint = os.environ.get(WEASYPRINT, "")
    if chromium() is None:
        print("Export: webpdf is left out; there is no Chromium on this machine")
    if not weasyprint:
        print(f"Export: WeasyPrint is left out; {WEASYPRINT} names no Python that has it")
    kept = _cold(notebook, weasyprint, repeats)
    return _warm(notebook, other, weasyprint, repeats) and kept


def taken_out(folder: Path) -> tuple[Path, Path]:
    """The executed notebooks that travel inside the sample record: the one measured, another one."""
    from impactbook.records.embedded import embedded_files

    inside = embedded_files(SAMPLE)
    for name in (NOTEBOOK, OTHER):
        (folder / name).write_bytes(inside[name])
    return folder / NOTEBOOK, folder / OTHER


def _cold(notebook: Path, weasyprint: str, repeats: int) -> bool:
    jupyter = [sys.executable, "-m", "jupyter", "nbconvert", "--log-level", "ERROR"]
    to = ["--output-dir", str(notebook.parent), str(notebook)]
    script = str(HERE / "export_sides.py")
    commands: dict[str, list[str]] = {
        "nbconvert alone": [*jupyter, "--version"],
        "library": [sys.executable, script, "cold-library", str(notebook)],
        "impactbook-pdf": [*jupyter, "--to", "impactbook-pdf", "--output", "ours", *to],
    }
    if chromium():
        installed = [
            "--to",
            "export_sides.InstalledWebPDF",
            "--WebPDFExporter.disable_sandbox=True",
        ]
        commands["webpdf"] = [*jupyter, *installed, "--output", "webpdf", *to]
    if weasyprint:
        commands["html"] = [*jupyter, "--to", "html", *to]
        commands["weasyprint of html"] = [weasyprint, script, "cold-weasyprint", str(notebook)]
    found = Commands(repeats).compare(commands)
    if {"html", "weasyprint of html"} <= found.keys():
        found["html and weasyprint"] = _sum(found["html"], found["weasyprint of html"])
    size = notebook.stat().st_size / 1e6
    print(f"\nExport, cold: whole commands, imports included; {notebook.name}, {size:.1f} MB")
    show(found)
    kept = ratio(found, "webpdf", "library", COLD_WEBPDF)
    kept &= ratio(found, "weasyprint of html", "library", COLD_WEASYPRINT)
    ratio(found, "html and weasyprint", "library", None)
    kept &= ratio(found, "webpdf", "impactbook-pdf", COLD_WEBPDF)
    kept &= ratio(found, "html and weasyprint", "impactbook-pdf", COLD_WEASYPRINT)
    print("  and without what `jupyter nbconvert` takes before it asks any exporter:")
    less = {
        f"{name}, less": {key: one[key] - found["nbconvert alone"][key] for key in one}
        for name, one in found.items()
        if name in ("webpdf", "impactbook-pdf")
    }
    ratio(less, "webpdf, less", "impactbook-pdf, less", COLD_WEBPDF)
    return kept


def _sum(one: dict[str, float], two: dict[str, float]) -> dict[str, float]:
    return {key: one[key] + two[key] for key in one}


def _warm(notebook: Path, other: Path, weasyprint: str, repeats: int) -> bool:
    sides = {"library": sys.executable, "ours": sys.executable}
    if chromium():
        sides["webpdf"] = sys.executable
    if weasyprint:
        sides |= {"html": sys.executable, "weasyprint": weasyprint}
    runs: dict[str, list[Any]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, python in sides.items():
            if name == "weasyprint":
                side("export_sides.py", "html", other, notebook)
            found = side("export_sides.py", name, notebook, other, python=python)
            if found is not None:
                runs[name].append(found)
    kept = True
    for place, title in enumerate(("a notebook new to the process", "the same notebook again")):
        medians: Found = {
            name: {key: statistics.median(run[place][key] for run in told)
                   for key in ("seconds", "cpu")}
            for name, told in runs.items()
            if told
        }  # fmt: skip
        if {"html", "weasyprint"} <= medians.keys():
            medians["html and weasyprint"] = _sum(medians["html"], medians["weasyprint"])
        print(f"\nExport, warm: {title}")
        show(medians)
        least = WARM if place == 1 else None
        for peer in ("webpdf", "html and weasyprint"):
            kept &= ratio(medians, peer, "ours", least)
            ratio(medians, peer, "library", None)
    return kept


def many(folder: Path, wanted: int) -> bool:
    """Sealing, verifying, listing at a tenth, three tenths and all of the records."""
    from impactbook.workspace.init import init_workspace
    from impactbook.workspace.scaffold import scaffold

    workspace = folder / "workspace"
    init_workspace(workspace, "en")
    for number in range(min(FEATURES, wanted)):
        path = workspace / "assessments" / f"feature-{number}" / "assessment.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(scaffold(path.parent.name, "voicebot", "en"), encoding="utf-8")
    sizes = [wanted // 10, wanted * 3 // 10, wanted]
    sealed, verified, listed = {}, {}, {}
    print(f"\nMany records: {FEATURES} features; seconds, and in brackets those of processors")
    for size in sizes:
        sealed[size] = side("record_sides.py", "seal", workspace, size)
        verified[size] = side("record_sides.py", "verify", workspace, size)
        listed[size] = side("record_sides.py", "status", workspace, size)
        if None in (sealed[size], verified[size], listed[size]):
            return False
        print(
            f"  {size:6,} records, ledger {sealed[size]['ledger'] / 1e6:5.2f} MB:   "
            f"verify {_both(verified[size])}   status {_both(listed[size])}   "
            f"one sealing {sealed[size]['last']:.1f} ms of processors",
            flush=True,
        )
    return _judged(sizes, sealed, verified, listed) & _whole_commands(workspace, wanted)


def _both(one: dict[str, float]) -> str:
    return f"{one['seconds']:6.2f} s ({one['cpu']:.2f} s)"


def _judged(
    sizes: list[int], sealed: dict[int, Any], verified: dict[int, Any], listed: dict[int, Any]
) -> bool:
    first, last = sizes[0], sizes[-1]
    empty, start, end = sealed[first]["first"], sealed[first]["last"], sealed[last]["last"]
    kept = bool(end <= SLOWER * start)
    print(
        f"  one sealing: {empty:.1f} ms at an empty ledger (nothing to compare with), {start:.1f} "
        f"ms at {first:,} lines, {end:.1f} ms at {last:,}: {end / start:.2f} times as long   "
        f"(wanted: at most {SLOWER:g}){'' if kept else '   NOT KEPT'}"
    )
    for name, found in (("verify", verified), ("status", listed)):
        bent = found[last]["cpu"] / last / (found[first]["cpu"] / first)
        fits = bent <= BENT and found[last]["seconds"] <= SECONDS
        kept &= fits
        print(
            f"  {name}: for each record {bent:.2f} times as long among {last:,} as among {first:,}"
            f"   (wanted: at most {BENT:g}, and {SECONDS:g} s in all)"
            f"{'' if fits else '   NOT KEPT'}"
        )
    return kept


def _whole_commands(workspace: Path, wanted: int) -> bool:
    """The two commands as people type them, once each: imports and printing included."""
    impactbook = [sys.executable, "-m", "impactbook", "--workspace", str(workspace)]
    found = Commands(1).compare(
        {"impactbook verify": [*impactbook, "verify"], "impactbook status": [*impactbook, "status"]}
    )
    print(f"  whole commands over {wanted:,} records:")
    show(found)
    return len(found) == 2


def _versions() -> str:
    told = []
    for name in ("impactbook", "typst", "pikepdf", "nbconvert", "playwright"):
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"{name} absent")
    return f"Python {platform.python_version()}, {os.cpu_count()} cores; " + ", ".join(told)


def main() -> int:
    """Read the options and run; exit 1 when a limit is not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=lambda text: int(text.replace("_", "")), default=10_000)
    parser.add_argument("--repeats", type=int, default=3, help="of each side of the export")
    parser.add_argument("--only", choices=("export", "many"), help="one of the two parts")
    parser.add_argument("--folder", help="where files are made (default: the temporary folder)")
    asked = parser.parse_args()
    if asked.records < 10:
        parser.error("--records: at least 10")
    print(_versions(), flush=True)
    folder = Path(tempfile.mkdtemp(prefix="impactbook-bench-", dir=asked.folder))
    kept = True
    try:
        if asked.only != "many":
            kept &= export(folder, asked.repeats)
        if asked.only != "export":
            kept &= many(folder, asked.records)
    finally:
        shutil.rmtree(folder)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
