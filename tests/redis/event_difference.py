"""Random commands against a real redis-server and against our server: keyspace notifications must
be the same, in the same order."""

from __future__ import annotations

import random

from differential import Generator, peer
from lib.server import Server
from resp import Connection

# What they touch is chosen at random, or ends with a time to live that the clock decides.
SKIPPED = {"spop", "flushall", "flushdb", "expire", "pexpire", "expireat", "pexpireat"}
# One event for each key, in no order that matters.
UNORDERED = {"mset", "msetnx", "del", "unlink"}
END = b"__key_end"


class Side:
    def __init__(self, port: int):
        self.commands = Connection.to_port(port)
        self.listener = Connection.to_port(port)
        self.commands.command("flushall")
        self.commands.command("config", "set", "notify-keyspace-events", "EAn")
        self.listener.command("psubscribe", "__key*")

    def events(self, wire: list[bytes]) -> list[tuple[bytes, bytes]]:
        self.commands.command(*wire)
        self.commands.command("publish", END, "")
        seen = []
        while True:
            _, _, channel, key = self.listener.read()
            if channel == END:
                return seen
            seen.append((channel.split(b":")[1], key))


def difference(seed: int, count: int) -> str:
    """Empty when there is none."""
    generator = Generator(random.Random(seed))
    with peer() as redis, Server(ports={"rethinkdb": "off", "http": "off"}) as server:
        sides = [Side(redis.port), Side(server.port("redis"))]
        for _ in range(count):
            command = generator.command()
            if command[0] in SKIPPED:
                continue
            wire = [word.encode("latin1") for word in command]
            expected, actual = (side.events(wire) for side in sides)
            if command[0] in UNORDERED:
                expected, actual = sorted(expected), sorted(actual)
            if expected != actual:
                return f"seed {seed}: {command[:8]}: Redis {expected}, here {actual}"
    return ""
