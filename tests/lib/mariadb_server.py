"""Debian's mariadbd on a free port, to compare with."""

from __future__ import annotations

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

START_LIMIT_S = 30.0
USER = "octavo"  # may do everything, without a password


def installed() -> bool:
    return shutil.which("mariadbd") is not None


class MariadbServer:
    """Runs inside a `with`; `options` as on mariadbd's command line. Its folder is temporary."""

    def __init__(self, *options: str):
        self.options = options
        self.host = "127.0.0.1"

    def __enter__(self) -> "MariadbServer":
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="octavo-mariadb-peer-"))
        data = self.folder / "data"
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=root",
                        "--skip-test-db"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        init = self.folder / "init.sql"
        init.write_text(f"CREATE USER '{USER}'@'localhost';\n"
                        f"GRANT ALL ON *.* TO '{USER}'@'localhost';\n", encoding="utf-8")
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={self.folder}/socket",
             f"--port={self.port}", f"--bind-address={self.host}", "--user=root",
             f"--pid-file={self.folder}/pid", f"--init-file={init}", *self.options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as attempt:
                if attempt.connect_ex((self.host, self.port)) == 0:
                    return self
            time.sleep(0.05)
        self.__exit__()
        raise RuntimeError("mariadbd does not answer")

    def __exit__(self, *_exception) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
