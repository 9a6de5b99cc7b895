"""Printing for people: tables and sentences that stay readable in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


def console() -> Console:
    """Standard output; wide enough not to cut tables where there is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 200, highlight=False)


def complain(sentence: str) -> None:
    """One sentence on standard error."""
    typer.echo(f"impactbook: {sentence}", err=True)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A plain table; cell texts are inert."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns[:-1]:
        table.add_column(column, no_wrap=True, overflow="fold")
    table.add_column(columns[-1], overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)
