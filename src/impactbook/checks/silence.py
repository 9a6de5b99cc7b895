"""What Great Expectations drags along when it is imported, kept from reaching the terminal.

It imports Spark wherever that is installed. Spark complains about pandas 3 then, and without gRPC
takes a program that was given as text (`python -c`) for its own tests and ends it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Import Great Expectations inside of this."""
    main = sys.modules.get("__main__")
    # The three things that `pyspark.sql.connect.utils.check_dependencies` looks at.
    as_text = getattr(main, "__spec__", None) is None and not hasattr(main, "__file__")
    disguised = as_text and not hasattr(sys, "ps1")
    if disguised:
        sys.ps1 = ""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
            yield
    finally:
        if disguised:
            del sys.ps1


def prepare_for_spark() -> None:
    """Let Great Expectations be imported anywhere, also outside of `importing`, for good.

    Called once when the package of checks is imported; imports nothing itself.
    """
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    main = sys.modules.get("__main__")
    as_text = getattr(main, "__spec__", None) is None and not hasattr(main, "__file__")
    if as_text and not hasattr(sys, "ps1"):
        sys.ps1 = ""
