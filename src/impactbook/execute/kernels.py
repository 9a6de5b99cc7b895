"""The kernel that notebooks run in: papermill's own, but silent on our terminal.

Whatever a kernel process writes past its notebook (messages of libraries in C, tracebacks while it
is being stopped) may quote rows of the data, so it goes nowhere.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from traitlets.config import Config


class SilentKernelManager(AsyncKernelManager):
    """Starts a kernel whose standard output and error are closed to us."""

    # Jupyter's own asynchronous manager likewise turns this method into a coroutine.
    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        """Start the kernel; `options` as in Jupyter."""
        silence = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        await self._async_start_kernel(**silence, **options)


_LONGEST = 60
"""Sockets have paths of at most 107 bytes (unix(7)); a folder of ours adds up to 30."""


def _short_folder() -> str | None:
    """The usual folder for temporary files (None), or /tmp where its path is too long."""
    return None if len(os.fsencode(tempfile.gettempdir())) <= _LONGEST else "/tmp"  # noqa: S108


@contextlib.contextmanager
def kernel_settings() -> Iterator[Config]:
    """Settings for one silent kernel that talks through sockets only this user can reach.

    Without a path of its own each kernel would use the same names in the working directory.
    """
    settings = Config({"NotebookClient": {"kernel_manager_class": SilentKernelManager}})
    if os.name == "nt":
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="impactbook-", dir=_short_folder()) as folder:
        settings.KernelManager.transport = "ipc"
        settings.KernelManager.ip = f"{folder}/k"
        yield settings
