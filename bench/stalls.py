#!/usr/bin/env python3
"""How long other clients wait while one client's command reads or writes very much.

`python3 bench/stalls.py --port PORT [--elements N] [command …]`

Loads keys of N elements into a Redis server, then runs each command while a second connection sends
PING and SET in turn, one after the other, and prints the longest answers of both. The server's
databases are emptied first.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from lib import resp  # noqa: E402

PER_CALL = 1000  # elements
CALLS_AHEAD = 50

# What to load, and how an element of it is added.
KINDS = {
    "set": ("SADD", lambda n: (f"m{n}",)),
    "set2": ("SADD", lambda n: (f"m{n * 2}",)),
    "hash": ("HSET", lambda n: (f"f{n}", "v")),
    "list": ("RPUSH", lambda n: (n,)),
    "zset": ("ZADD", lambda n: (n * 7919 % 1000003, f"m{n}")),
    "keys": (None, None),
}

COMMANDS = {
    "keys": ["KEYS *", "KEYS nothing*", "SCAN 0 COUNT 100000000", "FLUSHALL"],
    "set set2": ["SMEMBERS set", "SINTER set set2", "SDIFF set set2", "SUNION set set2",
                 "SINTERCARD 2 set set2", "SORT set LIMIT 0 10 ALPHA",
                 "SSCAN set 0 COUNT 100000000", "DUMP set", "SINTERSTORE to set set2",
                 "SUNIONSTORE to set set2", "SORT set ALPHA STORE to", "COPY set copy", "DEL copy",
                 "UNLINK set2"],
    "hash": ["HGETALL hash", "HKEYS hash", "HSCAN hash 0 COUNT 100000000", "COPY hash copy",
             "SET copy x"],
    "list": ["LRANGE list 0 -1", "LPOS list none", "SORT list LIMIT 0 10", "DUMP list",
             "LREM list 0 none", "LINSERT list BEFORE none x", "COPY list copy", "DEL copy"],
    "zset": ["ZRANGE zset 0 -1", "ZRANGEBYSCORE zset -inf +inf", "ZUNION 1 zset",
             "ZUNIONSTORE to 1 zset", "ZREMRANGEBYRANK to 0 -1", "ZRANGESTORE to zset 0 -1",
             "ZREMRANGEBYRANK to 1 -2", "DUMP zset", "COPY zset copy", "EXPIRE copy 0"],
}


def load(connection: resp.Connection, kind: str, elements: int) -> None:
    name, element = KINDS[kind]
    sent = 0
    batch: list[bytes] = []

    def flush():
        connection.send_raw(b"".join(batch))
        for _ in batch:
            connection.read()
        batch.clear()

    while sent < elements:
        count = min(PER_CALL, elements - sent)
        if name is None:
            words = [word for n in range(sent, sent + count) for word in (f"key:{n}", "v")]
            batch.append(resp.encode("MSET", *words))
        else:
            words = [word for n in range(sent, sent + count) for word in element(n)]
            batch.append(resp.encode(name, kind, *words))
        sent += count
        if len(batch) == CALLS_AHEAD:
            flush()
    if batch:
        flush()


class Other(threading.Thread):
    """Another client: the longest that it waited for each of its commands, in seconds."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.connection = resp.Connection(*address, timeout_s=300)
        self.over = False
        self.longest = {"PING": 0.0, "SET": 0.0}

    def run(self) -> None:
        while not self.over:
            for words in (("PING",), ("SET", "other", "v")):
                started = time.perf_counter()
                self.connection.call(*words)
                taken = time.perf_counter() - started
                self.longest[words[0]] = max(self.longest[words[0]], taken)
            time.sleep(0.0005)


def skip_reply(connection: resp.Connection, command: list[str]) -> None:
    """Reads without making a value of it, which would hold up the other client here."""
    connection.send(*command)
    connection.send("ECHO", "end of reply")
    tail = b""
    while not tail.endswith(b"end of reply\r\n"):
        tail = (tail + connection.socket.recv(1 << 20))[-64:]


def measure(address, command: list[str]) -> tuple[float, dict[str, float]]:
    other = Other(address)
    with resp.Connection(*address, timeout_s=300) as connection:
        other.start()
        time.sleep(0.2)
        other.longest = {"PING": 0.0, "SET": 0.0}
        started = time.perf_counter()
        skip_reply(connection, command)
        taken = time.perf_counter() - started
        time.sleep(0.3)  # what goes on in the background afterwards counts as well
        other.over = True
        other.join()
    return taken, other.longest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--elements", type=int, default=5_000_000)
    parser.add_argument("groups", nargs="*", default=list(COMMANDS))
    options = parser.parse_args()
    address = (options.host, options.port)
    with resp.Connection(*address, timeout_s=300) as connection:
        for group in options.groups:
            connection.call("FLUSHALL")
            for kind in group.split():
                load(connection, kind, options.elements)
            quiet = measure(address, ["PING"])[1]
            print(f"{'(nothing)':36} {'':>8}   PING {quiet['PING'] * 1000:8.1f} ms   "
                  f"SET {quiet['SET'] * 1000:8.1f} ms", flush=True)
            for command in COMMANDS[group]:
                taken, longest = measure(address, command.split())
                print(f"{command:36} {taken:7.2f} s   PING {longest['PING'] * 1000:8.1f} ms   "
                      f"SET {longest['SET'] * 1000:8.1f} ms", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
