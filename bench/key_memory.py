#!/usr/bin/env python3
"""Memory of a key by kind, in Octavo and in Debian's redis-server: anonymous resident bytes that loading N keys
adds, divided by N. Each kind gets servers of its own.

    bench/key_memory.py [--keys N] [kind …]
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

# pylint: disable=wrong-import-position
from lib import redis_server, resp
from lib.redis_server import RedisServer
from lib.server import Server

AHEAD = 1000  # commands sent without waiting
WARM_KEYS = 1000  # of another database: what a server takes once is none of a key's

# What makes key number n.
KINDS = {
    "string of 20 bytes": lambda n: ("SET", f"key:{n:012}", f"value:{n:014}"),
    "string of 20 bytes, expiring": lambda n: ("SET", f"key:{n:012}", f"value:{n:014}", "EX", 100_000),
    "integer": lambda n: ("SET", f"key:{n:012}", n),
    "string of 100 bytes": lambda n: ("SET", f"key:{n:012}", f"{n:0100}"),
    "hash of 5": lambda n: ("HSET", f"key:{n:012}",
                            *(word for i in range(5) for word in (f"field{i}", f"value:{n + i:06}"))),
    "set of 10": lambda n: ("SADD", f"key:{n:012}", *(f"member:{n + i}" for i in range(10))),
    "set of 10 integers": lambda n: ("SADD", f"key:{n:012}", *(n + i * 7 for i in range(10))),
    "sorted set of 10": lambda n: ("ZADD", f"key:{n:012}",
                                   *(word for i in range(10) for word in (i, f"member:{n + i}"))),
    "list of 10": lambda n: ("RPUSH", f"key:{n:012}", *(f"element:{n + i}" for i in range(10))),
    "stream of 5": None,
}


def commands(kind: str, count: int):
    make = KINDS[kind]
    for n in range(count):
        if make is not None:
            yield make(n)
        else:
            for i in range(5):
                yield ("XADD", f"key:{n:012}", f"{i + 1}-0", "sensor", n, "value", f"{n + i:06}")


def load(connection: resp.Connection, work) -> None:
    waiting = 0
    batch = []

    def flush():
        nonlocal waiting
        connection.send_raw(b"".join(batch))
        batch.clear()
        for _ in range(waiting):
            connection.read()
        waiting = 0

    for words in work:
        batch.append(resp.encode(*words))
        waiting += 1
        if waiting == AHEAD:
            flush()
    flush()


def anonymous_bytes(pid: int) -> int:
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["RssAnon"].split()[0]) * 1024


def settled(pid: int) -> int:
    """When what loading left behind is given back."""
    lowest = anonymous_bytes(pid)
    for _ in range(20):
        time.sleep(0.1)
        lowest = min(lowest, anonymous_bytes(pid))
    return lowest


def bytes_per_key(address, pid: int, kind: str, count: int) -> float:
    with resp.Connection(*address) as connection:
        connection.call("SELECT", 1)
        load(connection, commands(kind, WARM_KEYS))
        connection.call("SELECT", 0)
        before = settled(pid)
        load(connection, commands(kind, count))
        return (settled(pid) - before) / count


def measure(kind: str, count: int) -> tuple[float, float | None]:
    with Server() as server:
        ours = bytes_per_key(server.addresses["redis"], server.pid, kind, count)
    if not redis_server.installed():
        return ours, None
    with RedisServer() as peer:
        return ours, bytes_per_key(("127.0.0.1", peer.port), peer.process.pid, kind, count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", help="parts of names")
    parser.add_argument("--keys", type=int, default=300_000)
    options = parser.parse_args()
    for kind in KINDS:
        if options.kinds and not any(part in kind for part in options.kinds):
            continue
        ours, theirs = measure(kind, options.keys)
        beside = f"   Redis {theirs:7.0f}   ratio {ours / theirs:.2f}" if theirs else ""
        print(f"{kind:30} {ours:7.0f} bytes a key{beside}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
