"""Debian's redis-server on a free port, to compare with."""

from __future__ import annotations

import shutil

from lib.peer import Peer

TO_MEMORY = ("--save", "", "--appendonly", "no")


def installed() -> bool:
    return shutil.which("redis-server") is not None


class RedisServer(Peer):
    name = "redis-server"

    def command(self) -> list[str]:
        return ["redis-server", "--port", str(self.port), "--bind", self.host,
                "--dir", str(self.folder)]
