"""Debian's redis-server on a free port, to compare with."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time

START_LIMIT_S = 10.0
TO_MEMORY = ("--save", "", "--appendonly", "no")


def installed() -> bool:
    return shutil.which("redis-server") is not None


class RedisServer:
    """Runs inside a `with`; `options` as on redis-server's command line. Its folder is temporary."""

    def __init__(self, *options: str):
        self.options = options
        self.host = "127.0.0.1"

    def __enter__(self) -> "RedisServer":
        self.folder = tempfile.mkdtemp(prefix="octavo-redis-peer-")
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", self.host, "--dir", self.folder,
             *self.options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as attempt:
                if attempt.connect_ex((self.host, self.port)) == 0:
                    return self
            time.sleep(0.02)
        self.__exit__()
        raise RuntimeError("redis-server does not answer")

    def __exit__(self, *_exception) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
