"""Checking a dataset against its declaration: files in, published figures and verdicts out.

What may be imported from here is listed below and loaded when it is first used: importing this
package imports neither Great Expectations nor DuckDB. Figures are arithmetic on published tables
(`figures`); engines only count.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from impactbook.checks.silence import importing, prepare_for_spark

if TYPE_CHECKING:
    from impactbook.checks.evidence import (
        DatasetRun,
        check_dataset,
        check_frame,
        run_checks,
        validation_documents,
    )
    from impactbook.checks.guess import declare

__all__ = [
    "DatasetRun",
    "check_dataset",
    "check_frame",
    "declare",
    "run_checks",
    "validation_documents",
]

_HOME = {
    "DatasetRun": "evidence",
    "check_dataset": "evidence",
    "check_frame": "evidence",
    "declare": "guess",
    "run_checks": "evidence",
    "validation_documents": "evidence",
}


prepare_for_spark()


def __getattr__(name: str) -> Any:
    if name in _HOME:
        with importing():
            return getattr(import_module(f"impactbook.checks.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
