"""A server for the tests of this folder: one for each class, emptied before each test."""

from __future__ import annotations

import pathlib
import shutil
import tempfile
import time
import unittest

from lib import resp
from lib.server import Server

WAIT_LIMIT_S = 20.0


class ProtocolTest(unittest.TestCase):
    preexec = None  # what the server's process does before it becomes the server
    ports: dict[str, int | str] = {"rethinkdb": "off", "http": "off"}
    arguments: tuple[str, ...] = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="octavo-redis-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = Server(cls.folder / "data", cls.arguments, ports=cls.ports,
                            preexec=cls.preexec).start()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.redis = self.connect()
        self.redis.call("FLUSHALL")

    def connect(self) -> resp.Connection:
        connection = resp.Connection(*self.server.addresses["redis"])
        self.addCleanup(connection.close)
        return connection

    def config(self, name: str, value: str) -> None:
        """For the length of one test."""
        old = self.redis.call("CONFIG", "GET", name)[1]
        self.addCleanup(lambda: self.connect().call("CONFIG", "SET", name, old))
        self.redis.call("CONFIG", "SET", name, value)

    def error_of(self, *command) -> str:
        with self.assertRaises(resp.ReplyError) as caught:
            self.redis.call(*command)
        return str(caught.exception)

    def until(self, condition, what: str):
        """For what happens on its own: fails only when it never does."""
        deadline = time.monotonic() + WAIT_LIMIT_S
        while time.monotonic() < deadline:
            result = condition()
            if result:
                return result
            time.sleep(0.01)
        return self.fail(f"did not happen in {WAIT_LIMIT_S} s: {what}")
