"""A server of somebody else on a free port, to compare with."""

from __future__ import annotations

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time


class Peer:
    """Runs inside a `with`; `options` as on its command line. Its folder is temporary."""

    name = ""
    start_limit_s = 10.0

    def __init__(self, *options: str):
        self.options = options
        self.host = "127.0.0.1"

    def command(self) -> list[str]:
        """What starts it on `self.port`, in `self.folder`."""
        raise NotImplementedError

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"octavo-{self.name}-"))
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([*self.command(), *self.options],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + self.start_limit_s
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as attempt:
                if attempt.connect_ex((self.host, self.port)) == 0:
                    return self
            time.sleep(0.02)
        self.__exit__()
        raise RuntimeError(f"{self.name} does not answer")

    def __exit__(self, *_exception) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
