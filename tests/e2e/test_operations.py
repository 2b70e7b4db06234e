"""Many clients, orderly ends."""

from __future__ import annotations

import os
import resource
import select
import socket
import threading
import time
import urllib.request

import pytest

from lib import resp
from lib.server import Server

IDLE_CONNECTIONS = 10_000
STOP_LIMIT_S = 10.0


def raise_file_limit(wanted: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"only {hard} open files are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("protocol", ["redis", "rethinkdb"])
def test_idle_connections(tmp_path, protocol):
    raise_file_limit(IDLE_CONNECTIONS + 200)
    with Server(tmp_path / "data", ("--max-connections", str(IDLE_CONNECTIONS + 100))) as server:
        before = resident_bytes(server.pid)
        address = server.addresses[protocol]
        idle = []
        try:
            for _ in range(IDLE_CONNECTIONS):
                idle.append(socket.create_connection(address, timeout=30))
            with resp.Connection(*server.addresses["redis"]) as redis:
                assert redis.call("SET", "k", "v") == b"OK"
            # All are open still: none has anything to read, not even its end.
            poll = select.poll()
            for connection in idle:
                poll.register(connection, select.POLLIN)
            assert poll.poll(100) == []
            each = (resident_bytes(server.pid) - before) / IDLE_CONNECTIONS
            assert each < 64 * 1024, f"{each:.0f} bytes for an idle connection"
            if protocol == "redis":
                for connection in idle[::500]:
                    connection.sendall(b"PING\r\n")
                    assert connection.recv(100) == b"+PONG\r\n"
        finally:
            for connection in idle:
                connection.close()


def test_stops_while_clients_are_busy(r, tmp_path):
    """SIGTERM with open feeds, blocked commands and writers; acknowledged writes are kept."""
    server = Server(tmp_path / "data").start()
    host, port = server.addresses["rethinkdb"]
    conn = r.connect(host=host, port=port)
    r.table_create("t").run(conn)
    feed = r.table("t").changes().run(r.connect(host=host, port=port))
    blocked = resp.Connection(*server.addresses["redis"])
    blocked.send("BLPOP", "nothing", "0")
    acknowledged = 0
    stop = threading.Event()

    def write() -> None:
        nonlocal acknowledged
        with resp.Connection(*server.addresses["redis"]) as redis:
            try:
                while not stop.is_set():
                    redis.call("SET", f"key:{acknowledged}", "v")
                    acknowledged += 1
            except (OSError, resp.ReplyError):
                pass

    writer = threading.Thread(target=write)
    writer.start()
    while acknowledged < 1000:
        time.sleep(0.001)
    took = server.stop()
    stop.set()
    writer.join()
    blocked.close()
    feed.conn.close(noreply_wait=False)
    assert took < STOP_LIMIT_S, f"took {took:.1f} s"
    with Server(tmp_path / "data") as again, resp.Connection(*again.addresses["redis"]) as redis:
        assert redis.call("DBSIZE") >= acknowledged
        assert redis.call("GET", f"key:{acknowledged - 1}") == b"v"


def test_pipeline_of_many(server, redis):
    """More replies than any buffer: a client that reads late is waited for, not dropped."""
    count = 50_000
    redis.call("SET", "k", "v" * 1000)
    sender = threading.Thread(target=redis.send_raw, args=(resp.encode("GET", "k") * count,))
    sender.start()
    for _ in range(count):
        assert len(redis.read()) == 1000
    sender.join()


def test_health_and_metrics(server):
    host, port = server.addresses["http"]
    with urllib.request.urlopen(f"http://{host}:{port}/health", timeout=10) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10) as answer:
        assert b"octavo" in answer.read()
