"""A PostgreSQL cluster of our own for as long as it is needed: fsync on, reached by a socket in its folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_TOOLS = Path("/usr/lib/postgresql")
_SUPERUSER = "bench"
_UNPRIVILEGED = ("postgres", "nobody")
_SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "1GB",
    "work_mem": "128MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "fsync": "on",
    "synchronous_commit": "on",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A cluster that runs."""

    folder: Path

    def url(self, database: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://{_SUPERUSER}@/{database}?host={self.folder}"

    def psql(self, database: str) -> list[str]:
        """Return the command of a client that prints bare rows."""
        return ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--dbname", self.url(database)]

    def execute(self, sql: str, database: str = "postgres") -> None:
        """Run SQL statements, each in a transaction of its own."""
        statements = ["SET client_min_messages = warning", *filter(str.strip, sql.split(";"))]
        words = [word for statement in statements for word in ("-c", statement)]
        subprocess.run([*self.psql(database), "-v", "ON_ERROR_STOP=1", *words], check=True, stdout=subprocess.DEVNULL)

    def copy_database(self, source: str, target: str) -> None:
        """Make a database that equals another one, on the disk before this returns."""
        self.execute(f"DROP DATABASE IF EXISTS {target}; CREATE DATABASE {target} TEMPLATE {source} STRATEGY file_copy")
        self.execute("CHECKPOINT")


def missing() -> str:
    """Return why no cluster can be had, "" where one can."""
    if not find_spec("psycopg"):
        return "no psycopg here: pip install 'syncd[postgres]'"
    if not _tool("initdb") or not shutil.which("psql"):
        return "no PostgreSQL here: apt install postgresql"
    return ""


@contextmanager
def server() -> Iterator[Server]:
    """Make a cluster, run it, and remove it in the end."""
    folder = Path(tempfile.mkdtemp(prefix="syncd-bench-"))
    user = _user()
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    try:
        options = ["--auth=trust", f"--username={_SUPERUSER}", "--encoding=UTF8", "--locale=C"]
        _run([_tool("initdb"), "--pgdata", str(data), *options], folder, user)
        settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        start = ["start", "--wait", "--log", str(folder / "log"), "--options", f"-k {folder} {settings}"]
        _run([_tool("pg_ctl"), "--pgdata", str(data), *start], folder, user)
        yield Server(folder)
    finally:
        if data.exists():
            _run([_tool("pg_ctl"), "--pgdata", str(data), "stop", "--mode", "immediate"], folder, user)
        shutil.rmtree(folder, ignore_errors=True)


def _tool(name: str) -> str:
    found = sorted(_TOOLS.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name) or ""


def _user() -> str | None:
    """Return as whom the server must run: it refuses to run as root."""
    if os.geteuid():
        return None
    names = {line.partition(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    return next(name for name in _UNPRIVILEGED if name in names)


def _run(command: Sequence[str], folder: Path, user: str | None) -> None:
    subprocess.run(
        command, check=True, cwd=folder, user=user, extra_groups=[] if user else None, stdout=subprocess.DEVNULL
    )
