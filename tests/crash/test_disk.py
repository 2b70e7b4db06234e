"""A full disk, torn tails and flipped bits."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import threading
import time

import pytest

from lib import resp
from lib.server import Server, StartError, binary


NAMESPACE = ["unshare", "--map-root-user", "--mount"]
MOUNT = ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs"]


def can(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: pathlib.Path):
    """A file system with little room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run([*MOUNT, str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_disk_full(tmp_path):
    """Only root may mount, and everyone is root in a namespace of their own: there the tests below
    run."""
    within = [] if can(*MOUNT, str(tmp_path)) and can("umount", str(tmp_path)) else NAMESPACE
    if within and not can(*within, *MOUNT, str(tmp_path)):
        pytest.skip("neither root nor a namespace of our own may mount a small file system")
    done = subprocess.run(
        [*within, sys.executable, "-m", "pytest", __file__, "-q", "-p", "no:cacheprovider",
         "-o", "python_functions=small_disk_*test"],
        capture_output=True, text=True, check=False, cwd=pathlib.Path(__file__).parents[1])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(300)
def small_disk_test(r, small_disk):
    """Writes are refused with an error, reads go on, writes resume when there is room."""
    # Most of the room is taken by somebody else's file, which is removed later.
    ballast = small_disk / "ballast"
    with Server(small_disk / "data") as server:
        conn = r.connect(*server.addresses["rethinkdb"], timeout=60)
        redis = resp.Connection(*server.addresses["redis"])
        r.table_create("t").run(conn)
        redis.call("SET", "before", "x")
        statistics = os.statvfs(small_disk)
        spare = 8 << 20
        with open(ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, statistics.f_bavail * statistics.f_bsize - spare)

        refusal = None
        written = 0
        for i in range(20_000):
            try:
                redis.call("SET", f"fill:{i}", "v" * 65536)
                written += 1
            except resp.ReplyError as error:
                refusal = str(error)
                break
        assert refusal, f"{written} writes of 64 KiB went through on a full disk"
        assert server.alive(), server.log()
        assert redis.call("GET", "before") == b"x"
        assert len(redis.call("GET", f"fill:{written - 1}")) == 65536
        result = None
        try:
            result = r.table("t").insert({"id": 1, "text": "v" * 65536}).run(conn)
        except r.errors.ReqlError as error:
            refusal = str(error)
        assert result is None or result["errors"] == 1, result
        assert list(r.table("t").run(conn)) == []

        ballast.unlink()
        wait_for_room(redis)
        assert r.table("t").insert({"id": 2}).run(conn)["inserted"] == 1
        server.restart()
        with resp.Connection(*server.addresses["redis"]) as again:
            assert again.call("GET", "after") == b"y"
            assert again.call("EXISTS", *[f"fill:{i}" for i in range(written)]) == written


def fill_up(folder: pathlib.Path, spare: int) -> pathlib.Path:
    """Somebody else's file that takes all room but `spare` bytes."""
    ballast = folder / "ballast"
    statistics = os.statvfs(folder)
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, statistics.f_bavail * statistics.f_bsize - spare)
    return ballast


@pytest.mark.timeout(300)
def small_disk_start_test(r, small_disk):
    """A server starts on a disk that is nearly full, after a stop and after a kill: it reads, says
    why it does not write, and writes when there is room."""
    server = Server(small_disk / "data").start()
    conn = r.connect(*server.addresses["rethinkdb"], timeout=60)
    r.table_create("t").run(conn)
    r.table("t").insert([{"id": i, "pad": "x" * 500} for i in range(2000)]).run(conn)
    with resp.Connection(*server.addresses["redis"]) as redis:
        redis.call("SET", "key", "value")
    for how in ("stop", "kill"):
        getattr(server, how)()
        ballast = fill_up(small_disk, 700 << 10)
        server.start()
        conn = r.connect(*server.addresses["rethinkdb"], timeout=60)
        assert r.table("t").count().run(conn) == 2000
        with resp.Connection(*server.addresses["redis"]) as redis:
            assert redis.call("GET", "key") == b"value"
            with pytest.raises(resp.ReplyError, match="MISCONF"):
                for i in range(200):
                    redis.call("SET", f"fill:{i}", "v" * 65536)
            status, health = get(server, "/health")
            assert (status, json.loads(health)["status"]) == (503, "degraded"), health
            assert "disk full" in json.loads(health)["reason"]
            assert redis.call("GET", "key") == b"value"
            ballast.unlink()
            wait_for_room(redis)
        assert r.table("t").insert({"id": f"after {how}"}).run(conn)["inserted"] == 1
        r.table("t").get(f"after {how}").delete().run(conn)
    server.close()


def wait_for_room(redis: resp.Connection) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            redis.call("SET", "after", "y")
            return
        except resp.ReplyError:
            assert time.monotonic() < deadline, "writes do not resume"
            time.sleep(0.2)


@pytest.mark.timeout(120)
def small_disk_read_only_test(small_disk):
    """`check` opens nothing for writing."""
    server = Server(small_disk / "data").start()
    fill(server)
    for how in ("kill", "stop"):
        getattr(server, how)()
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        verdict = check(small_disk / "data")
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
        server.start()
    server.close()


def test_a_limit_of_file_sizes_is_a_full_disk(r, tmp_path):
    """What does not fit is refused, the server goes on, and nothing that was accepted is lost."""
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, 6 << 20))

    accepted = []
    with Server(tmp_path / "data", preexec=limit) as server:
        conn = r.connect(*server.addresses["rethinkdb"], timeout=60)
        redis = resp.Connection(*server.addresses["redis"])
        r.table_create("t").run(conn)
        assert r.table("t").insert({"id": 1}).run(conn)["inserted"] == 1
        for number in range(500):
            try:
                redis.call("SET", f"fill:{number}", "v" * 65536)
                accepted.append(f"fill:{number}")
            except resp.ReplyError as error:
                assert str(error).startswith("MISCONF"), error
        with pytest.raises(resp.ReplyError, match="File too large"):
            redis.call("SAVE")
        assert len(redis.call("GET", accepted[-1])) == 65536
        assert r.table("t").get(1).run(conn) == {"id": 1}
    with Server(tmp_path / "data") as again, resp.Connection(*again.addresses["redis"]) as redis:
        assert redis.call("EXISTS", *accepted) == len(accepted)


def get(server: Server, path: str) -> tuple[int, str]:
    host, port = server.addresses["http"]
    connection = http.client.HTTPConnection(host, port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_a_slow_start_is_seen(tmp_path):
    """The HTTP port is open before the data is: here a start that never comes to an end."""
    server = Server(tmp_path / "data").start()
    assert get(server, "/health")[0] == 200
    server.stop()
    # Opening it waits for somebody who writes.
    identity = tmp_path / "data" / "log" / "identity"
    identity.unlink()
    os.mkfifo(identity)
    ended = []
    server.addresses.clear()

    def start() -> None:
        try:
            server.start()
        except StartError as error:
            ended.append(error)

    starting = threading.Thread(target=start)
    starting.start()
    deadline = time.monotonic() + 60
    while "http" not in server.addresses and time.monotonic() < deadline:
        time.sleep(0.05)
    status, health = get(server, "/health")
    assert (status, json.loads(health)["status"]) == (503, "starting"), health
    assert "redis" not in server.addresses
    server.kill()
    starting.join(60)
    assert ended, "it became ready"


def check(data: pathlib.Path) -> subprocess.CompletedProcess:
    return subprocess.run([str(binary()), "check", str(data)], capture_output=True, text=True,
                          timeout=120, check=False)


def fill(server: Server, count: int = 500) -> None:
    with resp.Connection(*server.addresses["redis"]) as redis:
        for i in range(count):
            redis.call("SET", f"key:{i}", f"value {i} " * 20)


def log_segments(data: pathlib.Path) -> list[pathlib.Path]:
    return sorted((data / "log").glob("*.seg"))


@pytest.fixture
def failing_sync(tmp_path: pathlib.Path):
    """A library for LD_PRELOAD, and the file whose presence makes syncs of the log fail."""
    compiler = next(filter(shutil.which, ("cc", "clang-19", "gcc")), None)
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = tmp_path / "fail_sync.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library),
                    str(pathlib.Path(__file__).with_name("fail_sync.c")), "-ldl"], check=True)
    return library, tmp_path / "fail_sync"


def test_failed_sync_is_never_papered_over(r, tmp_path, failing_sync):
    """Refused from then on, a stop says so, and rows and keys do not get ahead of the log."""
    library, trigger = failing_sync
    data = tmp_path / "data"
    server = Server(data, environment={"LD_PRELOAD": str(library), "FAIL_SYNC": str(trigger)})
    server.start()
    conn = r.connect(*server.addresses["rethinkdb"], timeout=60)
    redis = resp.Connection(*server.addresses["redis"])
    r.table_create("t").run(conn)
    assert r.table("t").insert({"id": 1}).run(conn)["inserted"] == 1
    trigger.touch()
    with pytest.raises(r.errors.ReqlError):
        while True:  # hard durability waits for the sync
            result = r.table("t").insert([{"pad": "x" * 1000}] * 100).run(conn)
            assert result["errors"] == 0, result
    with pytest.raises(resp.ReplyError):
        redis.call("SET", "refused", "1")
    assert r.table("t").get(1).run(conn) == {"id": 1}
    status, health = get(server, "/health")
    assert (status, json.loads(health)["status"]) == (503, "degraded"), health
    assert "Input/output error" in json.loads(health)["reason"]
    assert "octavo_log_writes_stopped 1" in get(server, "/metrics")[1]
    server.process.terminate()
    assert server.process.wait(timeout=30) == 1, server.log()
    assert ".seg" in server.log() and "Input/output error" in server.log(), server.log()
    assert "spare" not in server.log()
    verdict = check(data)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    # What was not synced does not survive a power cut: the log ends at its durable mark then.
    for segment in log_segments(data):
        with open(segment, "r+b") as file:
            file.seek(64)
            end = 4096 + 8 * int.from_bytes(file.read(4), "little")
            size = file.seek(0, os.SEEK_END)
            file.truncate(end)
            file.truncate(size)
    verdict = check(data)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_check_accepts_a_stopped_server(tmp_path):
    with Server(tmp_path / "data") as server:
        fill(server)
        server.stop()
    result = check(tmp_path / "data")
    assert result.returncode == 0, result.stdout + result.stderr


def test_torn_tail_is_repaired_and_said(tmp_path):
    """The last record half written: cut off, reported, everything before it kept."""
    server = Server(tmp_path / "data").start()
    fill(server)
    server.kill()
    segment = log_segments(tmp_path / "data")[-1]
    data = segment.read_bytes()
    end = len(data.rstrip(b"\0"))  # segments are preallocated
    with open(segment, "r+b") as file:
        file.seek(end - 20)
        file.write(b"\0" * 20)
    with Server(tmp_path / "data") as again:
        assert "torn" in again.log().lower()
        with resp.Connection(*again.addresses["redis"]) as redis:
            assert redis.call("DBSIZE") >= 499
            assert redis.call("GET", "key:498") == ("value 498 " * 20).encode()


def test_flipped_bits_are_refused(tmp_path):
    """A wrong bit with valid records after it is never served: the server names it and stays off."""
    generator = random.Random(5)
    server = Server(tmp_path / "data").start()
    fill(server, 2000)
    server.kill()
    segment = log_segments(tmp_path / "data")[-1]
    data = bytearray(segment.read_bytes())
    end = len(bytes(data).rstrip(b"\0"))
    for _ in range(5):
        at = generator.randrange(end // 4, end // 2)
        flipped = bytearray(data)
        flipped[at] ^= 1 << generator.randrange(8)
        segment.write_bytes(flipped)
        with pytest.raises(StartError) as refused:
            Server(tmp_path / "data").start()
        assert segment.name in str(refused.value), refused.value
        verdict = check(tmp_path / "data")
        assert verdict.returncode != 0
        assert segment.name in verdict.stdout + verdict.stderr
    segment.write_bytes(data)
    with Server(tmp_path / "data") as again, resp.Connection(*again.addresses["redis"]) as redis:
        assert redis.call("DBSIZE") == 2000


def row(number: int) -> dict:
    return {"id": number, "pad": random.Random(number).randbytes(100).hex()}


def test_flipped_bits_in_table_files_are_never_served(r, tmp_path):
    """`check` names each file; a server refuses to start, or the reads that meet the damage fail."""
    server = Server(tmp_path / "data").start()
    conn = r.connect(*server.addresses["rethinkdb"])
    r.table_create("t").run(conn)
    rows = {number: row(number) for number in range(2000)}
    r.table("t").insert(list(rows.values())).run(conn)
    r.table("t").index_create("pad").run(conn)
    r.table("t").index_wait().run(conn)
    server.stop()
    generator = random.Random(7)
    refused = failed = 0
    files = sorted((tmp_path / "data" / "rows").glob("*.sst"))
    assert len(files) >= 3, files
    for number, file in enumerate(files * 2):
        data = tmp_path / f"data{number}"
        shutil.copytree(tmp_path / "data", data)
        content = bytearray(file.read_bytes())
        content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        (data / "rows" / file.name).write_bytes(content)
        verdict = check(data)
        assert verdict.returncode == 1, verdict.stdout + verdict.stderr
        assert file.name in verdict.stdout + verdict.stderr
        damaged = Server(data)
        try:
            damaged.start()
        except StartError as error:
            assert file.name in str(error), error
            refused += 1
            continue
        conn = r.connect(*damaged.addresses["rethinkdb"])
        for query in (r.table("t"), r.table("t").order_by(index="pad")):
            try:
                for found in query.run(conn):
                    assert found == rows[found["id"]]
            except r.errors.ReqlError:
                failed += 1
        damaged.kill()
        damaged.close()
    assert refused > 0
    assert failed > 0
