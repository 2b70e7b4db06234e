"""What commands do beside their replies, as Debian's redis-server does it: which keys they change
for those who watch them, and which keys they count as used."""

from __future__ import annotations

import effects
from lib import redis_server, resp
from protocol_test import ProtocolTest

LONG_AGO_S = 5000


class Side:
    def __init__(self, address: tuple[str, int]):
        self.address = address
        self.commands = resp.Connection(*address)
        self.watchers = {key: resp.Connection(*address) for key in effects.KEYS}

    def close(self) -> None:
        for connection in (self.commands, *self.watchers.values()):
            connection.close()

    def run(self, words: list[str]) -> str:
        wire = [self.commands.call("DUMP", "a") if word == "<dump" else word for word in words]
        return self.try_call(self.commands, wire)

    @staticmethod
    def try_call(connection: resp.Connection, wire) -> str:
        try:
            return str(connection.call(*wire))
        except resp.ReplyError as error:
            return f"-{error}"

    def prepare(self, setup: list[list[str]]) -> None:
        self.commands.call("FLUSHALL")
        for words in setup:
            self.run(words)

    def changed(self, setup, command) -> dict[str, bool]:
        """For each key, whether its watchers hear of the command."""
        self.prepare(setup)
        for key, watcher in self.watchers.items():
            watcher.call("WATCH", key)
        self.run(command)
        heard = {}
        for key, watcher in self.watchers.items():
            watcher.call("MULTI")
            heard[key] = watcher.call("EXEC") is None
        return heard

    def used(self, setup, command) -> dict[str, object]:
        """For each key, whether it counts as used just now."""
        self.prepare(setup)
        for key in effects.KEYS:
            dump = self.commands.call("DUMP", key)
            if dump is not None:
                left = max(self.commands.call("PTTL", key), 0)
                self.commands.call("RESTORE", key, left, dump, "REPLACE", "IDLETIME", LONG_AGO_S)
        self.run(command)
        if command[0].startswith(("FLUSH", "SWAP")):
            return {}
        idle = {key: self.commands.call("OBJECT", "IDLETIME", key) for key in effects.KEYS}
        return {key: None if s is None else s < LONG_AGO_S for key, s in idle.items()}

    def counted(self, setup, command) -> list[int]:
        """By how much it raises the numbers of keys found and missed."""
        self.prepare(setup)
        before = self.lookups()
        self.run(command)
        return [after - old for after, old in zip(self.lookups(), before)]

    def lookups(self) -> list[int]:
        lines = dict(line.split(":") for line in self.commands.call("INFO", "stats").decode().split()
                     if ":" in line)
        return [int(lines["keyspace_hits"]), int(lines["keyspace_misses"])]


class Effects(ProtocolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.peer = cls.enterClassContext(redis_server.RedisServer(
            *redis_server.TO_MEMORY, "--maxmemory", "1gb",  # no numbers that keys share
            "--maxmemory-policy", "allkeys-lru"))
        with resp.Connection(cls.peer.host, cls.peer.port) as connection:
            cls.commands_of_peer = {
                name.decode() for name in connection.call("COMMAND", "LIST") if b"|" not in name}

    def setUp(self):
        super().setUp()
        self.theirs = Side((self.peer.host, self.peer.port))
        self.ours = Side(self.server.addresses["redis"])
        self.addCleanup(self.theirs.close)
        self.addCleanup(self.ours.close)

    def commands_of(self, flag: bytes) -> set[str]:
        listed = self.redis.call("COMMAND")
        return {row[0].decode() for row in listed if flag in row[2]}

    def test_every_command_on_keys_has_a_row(self):
        covered = {command[0].lower() for _, command in
                   effects.rows(effects.WRITES) + effects.rows(effects.READS)}
        for flag in (b"write", b"readonly"):
            known_there = self.commands_of(flag) & self.commands_of_peer
            self.assertEqual(known_there - covered, set(), "have no row in effects.py")

    def test_rows_are_of_commands_that_redis_has(self):
        """A command of ours alone has nothing to be compared with: its effects are a unit test."""
        named = {command[0].lower() for _, command in effects.rows(effects.WRITES + effects.READS)}
        self.assertEqual(named - self.commands_of_peer, set(), "are unknown to redis-server")

    def test_watchers_hear_of_the_same_commands(self):
        for setup, command in effects.rows(effects.WRITES + effects.READS):
            if effects.title(setup, command) in effects.OWN_WAY:
                continue
            with self.subTest(effects.title(setup, command)):
                self.assertEqual(self.ours.changed(setup, command),
                                 self.theirs.changed(setup, command))

    def test_the_same_keys_count_as_used(self):
        for setup, command in effects.rows(effects.WRITES + effects.READS):
            with self.subTest(effects.title(setup, command)):
                self.assertEqual(self.ours.used(setup, command), self.theirs.used(setup, command))

    def test_the_same_lookups_are_counted(self):
        for setup, command in effects.rows(effects.READS):
            if command[0] in effects.COUNTED_TWICE:
                continue
            with self.subTest(effects.title(setup, command)):
                self.assertEqual(self.ours.counted(setup, command),
                                 self.theirs.counted(setup, command))
