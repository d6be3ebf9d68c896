"""The server of our own: data survive, kills are recovered from, and nothing is left running."""

import asyncio
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from domain.ids import new_id
from scripts.embedded_postgres import MAX_STARTS, EmbeddedPostgres, runs_postgres
from scripts.postgres_files import Owner, PostgresError, find_folder

pytestmark = pytest.mark.db
REPOSITORY = Path(__file__).parents[2]
OWNER = """
import sys
from pathlib import Path
from scripts.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False, watchdog=sys.argv[2] == "watchdog")
server.start()
print(server.url, server.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def reachable() -> Iterator[Path]:
    """A folder that an unprivileged user can reach, which pytest's own are not when root runs it."""
    with tempfile.TemporaryDirectory(prefix="tiffin-test-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(scope="module")
def pristine(reachable: Path) -> Path:
    """The files of a server that was started and stopped once, to be copied: making them takes a while."""
    with EmbeddedPostgres(reachable / "pristine", durable=False) as server:
        return server.folder


@pytest.fixture
def folder(reachable: Path, pristine: Path) -> Path:
    """A server's files of the test's own."""
    copy = reachable / new_id().hex
    subprocess.run(["cp", "-a", pristine, copy], check=True)
    return copy


def query(url: str, sql: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=30)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_rows_survive_a_stop_and_a_start(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        query(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        first = server.pid
        assert first is not None
    assert not runs_postgres(first)
    with EmbeddedPostgres(folder, durable=False) as server:
        assert query(server.url, "SELECT answer FROM kept") == 42


def test_fsync_is_on_unless_the_database_is_thrown_away(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        assert query(server.url, "SHOW fsync") == "on"
        assert query(server.url, "SHOW listen_addresses") == "127.0.0.1"
        assert query(server.url, "SHOW unix_socket_directories") == ""


def test_a_wrong_password_is_refused(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        password = (server.folder / "password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            query(server.url.replace(password, "guess"), "SELECT 1")
        assert (server.folder / "password").stat().st_mode & 0o077 == 0


def test_a_killed_server_comes_back_on_its_port_with_its_rows(folder: Path) -> None:
    said: list[str] = []
    with EmbeddedPostgres(folder, durable=False, say=said.append) as server:
        query(server.url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        url, first = server.url, server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert server.wait_restarted(first, 60)
        assert (server.url, server.pid != first) == (url, True)
        assert query(url, "SELECT count(*) FROM kept") == 1000
    assert said == ["PostgreSQL ended by itself; starting it again."]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's disk that is always full")
def test_a_full_disk_under_its_log_does_not_stop_it(folder: Path) -> None:
    said: list[str] = []
    (folder / "postgres.log").unlink()
    (folder / "postgres.log").symlink_to("/dev/full")
    with EmbeddedPostgres(folder, durable=False, say=said.append) as server:
        assert query(server.url, "SELECT 1") == 1
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert server.wait_restarted(first, 60)
        assert query(server.url, "SELECT 1") == 1
    full = f"PostgreSQL's log {folder / 'postgres.log'} cannot be written: No space left on device."
    assert said == [full, "PostgreSQL ended by itself; starting it again."]


def test_a_server_that_stays_down_is_told_once(folder: Path) -> None:
    ended: queue.SimpleQueue[str] = queue.SimpleQueue()
    with EmbeddedPostgres(folder, durable=False, say=lambda _: None, ended=ended.put) as server:
        with (server.folder / "pg" / "postgresql.conf").open("a") as settings:
            settings.write("no_such_setting = on\n")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert ended.get(timeout=90) == (
            f"PostgreSQL ended and stays down: it did not come up in {MAX_STARTS} tries; "
            f"its log is {server.folder / 'postgres.log'}"
        )
        assert server.pid is None
    assert ended.empty()


def test_a_server_that_is_stopped_is_not_told_as_ended(folder: Path) -> None:
    ended: queue.SimpleQueue[str] = queue.SimpleQueue()
    with EmbeddedPostgres(folder, durable=False, ended=ended.put):
        pass
    assert ended.empty()


@pytest.mark.parametrize("guard", ["parent-death signal", "watchdog"])
def test_the_server_ends_with_its_killed_owner_and_the_next_one_starts(folder: Path, guard: str) -> None:
    if guard != "watchdog" and not sys.platform.startswith("linux"):
        pytest.skip("Linux only")
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder), guard],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    with owner:
        assert owner.stdout is not None
        url, pid = owner.stdout.readline().split()
        query(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        owner.kill()
    # The predecessor may still be shutting down; the next one waits for it.
    with EmbeddedPostgres(folder, durable=False) as server:
        assert query(server.url, "SELECT answer FROM kept") == 42
        assert not runs_postgres(int(pid))


def test_a_lock_file_that_names_a_stranger_is_cleared_away(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        data = server.folder / "pg"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
    with EmbeddedPostgres(folder, durable=False) as server:
        assert query(server.url, "SELECT 1") == 1


def test_a_folder_that_is_in_use_is_refused(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False), pytest.raises(PostgresError, match="already runs"):
        EmbeddedPostgres(folder, durable=False).start()


def test_files_left_half_made_do_not_stand_in_the_way(reachable: Path) -> None:
    half = reachable / "half"
    (half / "pg.new").mkdir(parents=True)
    (half / "pg.new" / "PG_VERSION").write_text("18")
    with EmbeddedPostgres(half, durable=False) as server:
        assert query(server.url, "SELECT 1") == 1


def test_files_of_another_version_are_named_not_touched(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        version = server.folder / "pg" / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(PostgresError, match="written by PostgreSQL 15"):
        EmbeddedPostgres(folder, durable=False).start()


def test_an_unprivileged_server_gets_a_folder_it_can_reach(reachable: Path) -> None:
    folder = reachable / "private"
    if os.geteuid() != 0:
        pytest.skip("only root drops to another user")
    folder.mkdir()
    folder.chmod(0o700)
    said: list[str] = []
    found = find_folder(folder / "postgres", Owner(65534, 65534, "nobody"), said.append)
    again = find_folder(folder / "postgres", Owner(65534, 65534, "nobody"), said.append)
    assert found == again
    assert found.parent == Path("/var/tmp")
    assert str(found) in said[0]
    shutil.rmtree(found)
    assert folder.stat().st_mode & 0o777 == 0o700
