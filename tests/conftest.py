"""What all tests share: where their folders are, and servers of their own.

Tests run side by side in several processes (`make test`), so nothing here has a fixed name or port: each process has
its own folders, and starts its own PostgreSQL when the first test asks for one.
"""

import gc
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

_OPTIONS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=128MB")
_START_SECONDS = 60
_UPGRADED = "upgraded"
_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30
"""Bytes that have to be free in memory before the tests put their folders there; they need a tenth of it at most."""


def pytest_configure() -> None:
    """Let no test fail on a busy machine, and keep the folders of tests in memory: a disk syncs most of the time.

    PYTEST_DEBUG_TEMPROOT, which is pytest's own variable, names another place: a disk, for instance.
    """
    settings.register_profile("syncd", deadline=None)
    settings.load_profile("syncd")
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes `-n auto` starts: half as many again as there are cores, since many tests only wait."""
    return min(max(len(os.sched_getaffinity(0)) * 3 // 2, 2), 8)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without looking for garbage, and never look through what was collected again: it stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Give the part of a URL that names the server: `?host=/folder/of/the/socket`."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not programs:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql-15")
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'syncd[postgres]'")
    # The path of a socket may have 107 characters; pytest's own folders are longer, and closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="syncd-pg-", dir="/tmp"))
    as_owner = _as_owner(folder)
    try:
        data = folder / "data"
        initdb = [*as_owner, str(programs[-1].with_name("initdb")), "-D", str(data), "-U", "syncd", "-A", "trust"]
        subprocess.run([*initdb, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"], check=True, capture_output=True)
        options = [word for option in (*_OPTIONS, f"unix_socket_directories={folder}") for word in ("-c", option)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([*as_owner, str(programs[-1]), "-D", str(data), *options], stderr=log, stdout=log)
        try:
            _wait_for(f"postgresql://syncd@/postgres?host={folder}", server, folder / "log")
            yield f"?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=_START_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def upgraded_postgres(postgres_server: str) -> str:
    """Give the name of a database with the schema of this version, from which others are made as copies."""
    import psycopg

    from syncd.store.store import Store

    with psycopg.connect(f"postgresql://syncd@/postgres{postgres_server}", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {_UPGRADED}".encode())
    Store.open(f"postgresql://syncd@/{_UPGRADED}{postgres_server}").close()
    return _UPGRADED


@pytest.fixture
def new_postgres(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Give a maker of databases, empty or `upgraded`, which returns the URL of each; the test drops them in the end."""
    import psycopg

    with psycopg.connect(f"postgresql://syncd@/postgres{postgres_server}", autocommit=True) as admin:
        made: list[str] = []

        def make(*, upgraded: bool = False) -> str:
            template = request.getfixturevalue("upgraded_postgres") if upgraded else "template1"
            made.append(f"test_{uuid.uuid4().hex}")
            admin.execute(f"CREATE DATABASE {made[-1]} TEMPLATE {template}".encode())
            return f"postgresql://syncd@/{made[-1]}{postgres_server}"

        yield make
        for name in made:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def drawings() -> ModuleType:
    """Give the module that makes pictures and archives of them."""
    return import_module("pictures")


@pytest.fixture(scope="session")
def post_offices() -> ModuleType:
    """Give the module of mail servers."""
    pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed: pip install aiosmtpd")
    return import_module("post_office")


@pytest.fixture
def open_office(post_offices: ModuleType) -> Iterator[Callable[..., Any]]:
    """Give a maker of mail servers on loopback, which are closed after the test; see tests/fakes/post_office.py."""
    with ExitStack() as stack:
        yield lambda **habits: stack.enter_context(post_offices.open_office(**habits))


@pytest.fixture
def sshd(tmp_path: Path, keys: Any) -> Iterator[Any]:
    """Give a real sshd of this test alone, which knows the key of the sender."""
    fake = import_module("sftp_post")
    if not fake.sshd_program():
        pytest.skip("sshd is not installed: apt-get install openssh-server")
    with ExitStack() as stack:
        try:
            running = stack.enter_context(fake.openssh(tmp_path / "sshd", keys))
        except OSError as error:
            pytest.skip(f"sshd does not start: {error}")
        yield running


def _as_owner(folder: Path) -> list[str]:
    """Return what to begin a command with so that it runs as the folder's owner: PostgreSQL refuses root.

    It ends with the process that started it, even where that was killed.
    """
    if os.getuid() != 0:
        return ["setpriv", "--pdeathsig=INT"] if shutil.which("setpriv") else []
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        account = pwd.getpwnam("nobody")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--pdeathsig=INT"]


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start: {log.read_text()}")
            time.sleep(0.05)
        else:
            return
