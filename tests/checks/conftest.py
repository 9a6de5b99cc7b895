"""Engines that the tests start themselves: a PostgreSQL server of its own, and Spark in local mode.

Both live as long as the test session and skip, saying what to install, where they cannot be started.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ENGINES = ("duckdb", "postgresql", "spark")


def _programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest version first."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = sorted(installed, key=lambda path: int(path.parts[-3]), reverse=True)
    return versions[0].parent if versions else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run_ordinarily(*command: str | Path) -> int:
    """Run as an ordinary user: PostgreSQL refuses root; Debian's package makes `postgres`."""
    ordinary: dict[str, Any] = {}
    if os.geteuid() == 0:
        ordinary = {"user": "postgres", "group": "postgres", "extra_groups": []}
    # A server keeps open what it inherits, so nothing may be captured through pipes.
    return subprocess.run(
        [*map(str, command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        check=False,
        **ordinary,
    ).returncode


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an empty database on a server that is stopped at the end.

    It listens on 127.0.0.1 and a private socket only; the locale is C, the least helpful one.
    """
    pytest.importorskip("psycopg", reason="install impactbook[postgresql]")
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server: apt-get install postgresql")
    if os.geteuid() == 0:
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("root cannot run PostgreSQL and there is no user `postgres`")
    folder = Path(tempfile.mkdtemp(prefix="impactbook-pg-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data, port = folder / "data", _free_port()
        made = _run_ordinarily(
            programs / "initdb", "-D", data, "-U", "tester", "--auth=trust", "--locale=C",
            "--encoding=UTF8", "--no-sync",
        )  # fmt: skip
        assert made == 0
        control, log = programs / "pg_ctl", folder / "log"
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
        started = _run_ordinarily(control, "-D", data, "-o", options, "-w", "-l", log, "start")
        assert started == 0, log.read_text()
        try:
            yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
        finally:
            _run_ordinarily(control, "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Spark in this process, on two threads, without its web page and without its messages."""
    pytest.importorskip("pyspark", reason="install impactbook[spark]")
    from impactbook.checks.sources.spark import local_session, stop
    from impactbook.errors import InputError

    try:
        session = local_session()
    except InputError as error:
        pytest.skip(str(error))
    # For a few rows, compiling a query takes a hundred times as long as running it.
    session.conf.set("spark.sql.codegen.wholeStage", "false")
    session.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
    session.conf.set("spark.sql.adaptive.enabled", "false")
    session.conf.set("spark.sql.shuffle.partitions", "1")
    yield session
    stop(session)
