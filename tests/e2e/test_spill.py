"""Queries over more data than memory: they write to disk what they cannot hold, or are refused by name."""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
import threading
import time

import pymysql
import pymysql.cursors
import pytest

from lib.patience import patient
from lib.server import Server

MIB = 1 << 20
# In MiB: of the server, and of the rows of a table. OCTAVO_SPILL_MIB=640 is ten times the memory.
MEMORY = int(os.environ.get("OCTAVO_SPILL_MEMORY", "64"))
DATA = int(os.environ.get("OCTAVO_SPILL_MIB", "96")) * MIB
PAD = 1000  # bytes of a row's text
ROWS = DATA // PAD
# What the process may take beside `memory`, as in test_memory.py.
BESIDE = 160 * MIB


def connect(server, **options):
    host, port = server.addresses["mysql"]
    return contextlib.closing(pymysql.connect(host=host, port=port, user="root", ssl_disabled=True,
                                              database="test", autocommit=True,
                                              max_allowed_packet=64 * MIB, **options))


def mixed(number: int) -> int:
    """Each number below ROWS once, in no order."""
    return number * 7919 % ROWS


def pad_of(key: int) -> str:
    return f"{key:010d}" + "x" * (PAD - 10)


def fill(server, rows: int = ROWS) -> None:
    with connect(server) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, k INT, pad VARCHAR(1000))")
        for begin in range(0, rows, 1000):
            cursor.execute("INSERT INTO t VALUES " + ",".join(
                f"({i},{mixed(i)},'{pad_of(mixed(i))}')" for i in range(begin, min(rows, begin + 1000))))


def stream(server, text: str):
    """The rows of a result that is as large as the table, one by one."""
    with connect(server, cursorclass=pymysql.cursors.SSCursor, read_timeout=600) as connection:
        cursor = connection.cursor()
        cursor.execute(text)
        yield from cursor


def value_of(server, text: str):
    with connect(server) as connection:
        cursor = connection.cursor()
        cursor.execute(text)
        return cursor.fetchone()[0]


def written(server) -> int:
    return int(next(iter(server.metrics()["octavo_spill_written_bytes_total"].samples.values())))


class Watch:
    """The most memory of its own that a process has had."""

    def __init__(self, server: Server):
        self._server = server
        self._over = threading.Event()
        self.bytes = 0
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self.bytes = max(self.bytes, self._server.anonymous_bytes())


def check_sorted(rows) -> int:
    count = 0
    for key, pad in rows:
        assert key == count and pad == pad_of(key)
        count += 1
    return count


@pytest.mark.timeout(1800)
def test_more_data_than_memory(tmp_path, r):
    """Sorts, groups, distinct rows and joins of a table that is larger than all memory."""
    with Server(tmp_path / "data", ("--memory", f"{MEMORY}MiB")) as server:
        fill(server)
        took = {}

        def timed(name, work):
            before, start = written(server), time.monotonic()
            result = work()
            took[name] = (time.monotonic() - start, (written(server) - before) // MIB)
            return result

        with Watch(server) as peak:
            assert timed("sort", lambda: check_sorted(
                stream(server, "SELECT k, pad FROM t ORDER BY k"))) == ROWS
            assert timed("group", lambda: value_of(
                server, "SELECT COUNT(*) FROM (SELECT pad, MIN(k) AS k, COUNT(*) AS c FROM t "
                        "GROUP BY pad HAVING c = 1) x")) == ROWS
            assert timed("distinct", lambda: value_of(
                server, "SELECT COUNT(*) FROM (SELECT DISTINCT pad, k FROM t) x")) == ROWS
            assert timed("join", lambda: value_of(
                server, "SELECT COUNT(*) FROM t a JOIN t b ON a.pad = b.pad AND a.k + 0 = b.k + 0")
            ) == ROWS
            assert timed("left join", lambda: value_of(
                server, "SELECT COUNT(*) FROM t a LEFT JOIN t b ON a.pad = b.pad AND a.k + b.k >= 2000 "
                        "WHERE b.id IS NULL")) == 1000
            with contextlib.closing(r.connect(*server.addresses["rethinkdb"], timeout=600)) as conn:
                table = r.db("test").table("t")
                last = timed("order_by", lambda: table.order_by("k").skip(ROWS - 2).pluck("k").run(
                    conn, array_limit=10**9))
                assert [row["k"] for row in last] == [ROWS - 2, ROWS - 1]
                assert table.order_by("k").limit(2)["k"].run(conn) == [0, 1]
                # Its result is one value, which has to be in memory.
                with pytest.raises(r.errors.ReqlResourceLimitError):
                    table.group("pad").count().run(conn, array_limit=10**9)
        for name, (seconds, mebibytes) in took.items():
            print(f"{name}: {seconds:.1f} s, {mebibytes} MiB on disk")
        print(f"peak {peak.bytes // MIB} MiB")
        assert min(mebibytes for _, mebibytes in took.values()) > 0
        assert peak.bytes < MEMORY * MIB + BESIDE
        assert int(next(iter(server.metrics()["octavo_spill_bytes"].samples.values()))) == 0


@pytest.fixture(name="disk")
def small_disk(tmp_path):
    """A file system of a few MiB."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(path)],
                             check=False, capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a file system cannot be mounted here")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def cut(connection, cursor) -> None:
    """The connection is gone, without the rest of the rows."""
    cursor._result.unbuffered_active = False  # pylint: disable=protected-access
    cursor._result = None  # pylint: disable=protected-access
    connection._force_close()  # pylint: disable=protected-access


def refusal(server, text: str) -> str:
    with pytest.raises(pymysql.err.Error) as told:
        list(stream(server, text))
    assert told.value.args[0] == 1038
    return told.value.args[1]


SORT = "SELECT k, pad FROM t ORDER BY k"


def test_a_limit_of_the_disk(tmp_path):
    arguments = ("--memory", "64MiB", "--spill-limit", "2MiB")
    with Server(tmp_path / "data", arguments) as server:
        fill(server, 30_000)
        assert "spill-limit" in refusal(server, SORT)
        assert value_of(server, "SELECT 1") == 1
        # What fits goes on.
        assert len(list(stream(server, SORT + " LIMIT 10"))) == 10


def test_a_full_disk(tmp_path, disk):
    arguments = ("--memory", "64MiB", "--spill-directory", str(disk), "--spill-limit", "1GiB")
    with Server(tmp_path / "data", arguments) as server:
        fill(server, 30_000)
        for _ in range(3):
            assert "the disk is full" in refusal(server, SORT)
        assert value_of(server, "SELECT COUNT(*) FROM t") == 30_000
        assert os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize > 3 * MIB


def test_nothing_is_left(tmp_path):
    """Whatever ends a query, or the server."""
    data = tmp_path / "data"
    spill = data / "spill"

    def descriptors(server) -> int:
        count = 0
        for entry in pathlib.Path(f"/proc/{server.pid}/fd").iterdir():
            # One that the server closes after it was listed is not open.
            with contextlib.suppress(FileNotFoundError):
                count += str(spill) in os.readlink(entry)
        return count

    with Server(data, ("--memory", "64MiB")) as server:
        fill(server, 60_000)
        # The client goes while it reads.
        with connect(server, cursorclass=pymysql.cursors.SSCursor) as connection:
            cursor = connection.cursor()
            cursor.execute(SORT)
            assert cursor.fetchone()[0] == 0
            assert descriptors(server) > 0
            assert not list(spill.iterdir())
            cut(connection, cursor)
        deadline = time.monotonic() + patient(10)
        while descriptors(server) > 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # The time limit of a statement.
        with connect(server) as connection:
            cursor = connection.cursor()
            cursor.execute("SET max_execution_time = 20")
            with pytest.raises(pymysql.err.Error) as told:
                cursor.execute(SORT)
            assert told.value.args[0] == 3024
        assert descriptors(server) == 0
        with connect(server, cursorclass=pymysql.cursors.SSCursor) as connection:
            cursor = connection.cursor()
            cursor.execute(SORT)
            assert cursor.fetchone()[0] == 0
            server.kill()
            cut(connection, cursor)
    assert not list(spill.iterdir())
    (spill / "7.rows").write_bytes(b"left by a process that was killed at the wrong moment")
    with Server(data, ("--memory", "64MiB")) as server:
        assert not list(spill.iterdir())
        assert value_of(server, "SELECT COUNT(*) FROM t") == 60_000
