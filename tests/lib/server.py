"""Starts Octavo servers for tests: free ports, a data folder of their own, and an orderly end."""

from __future__ import annotations

import os
import pathlib
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request

from lib import metrics
from lib.patience import patient

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_BINARY = REPOSITORY / "build" / "release" / "octavo"


def binary() -> pathlib.Path:
    return pathlib.Path(os.environ.get("OCTAVO_BINARY", DEFAULT_BINARY))


STOP_LIMIT_S = patient(10.0)  # what the server promises after SIGTERM


class StartError(Exception):
    """The server did not become ready; carries what it printed."""


class Server:
    """`octavo serve` with every protocol on a port that the system picks, or one of `ports`. A port of None
    gives no flag: for builds that do not know the protocol.

    `addresses` maps the name of a protocol (`rethinkdb`, `redis`, `mysql`, `mongodb`,
    `http`) to (address, port).
    """

    def __init__(self, data: pathlib.Path | str | None = None, arguments: tuple[str, ...] = (),
                 environment: dict[str, str] | None = None, start_timeout_s: float = 60.0,
                 preexec=None, ports: dict[str, int | str] | None = None,
                 program: pathlib.Path | None = None):
        self._own_data = data is None
        self.data = pathlib.Path(data or tempfile.mkdtemp(prefix="octavo-test-"))
        self.arguments = arguments
        self.program = program  # none: binary()
        # The server takes settings from OCTAVO_…; those of the tests are none of its business, but for
        # the delay of the log, by which whole suites run as over a log that machines share.
        inherited = {key: value for key, value in os.environ.items()
                     if not key.startswith("OCTAVO_") or key == "OCTAVO_LOG_DELAY_MS"}
        self.environment = {**inherited, **(environment or {})}
        self.start_timeout_s = patient(start_timeout_s)
        self.preexec = preexec
        self.ports = {"rethinkdb": 0, "redis": 0, "mysql": 0, "mongodb": 0, "http": 0,
                      **(ports or {})}
        self.process: subprocess.Popen | None = None
        self._killed = False  # on purpose, by a test
        self.addresses: dict[str, tuple[str, int]] = {}
        self.output: list[str] = []

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_exception) -> None:
        self.close()

    def start(self) -> "Server":
        ports = [word for protocol, port in self.ports.items()
                 if port is not None for word in (f"--{protocol}-port", str(port))]
        command = [str(self.program or binary()), "serve", "--data", str(self.data), *ports, *self.arguments]
        self.addresses = {}
        self._killed = False
        self.log_path = self.data.with_name(self.data.name + ".log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(  # pylint: disable=subprocess-popen-preexec-fn
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=self.environment,
                preexec_fn=self.preexec)
        lines: queue.Queue = queue.Queue()
        threading.Thread(target=self._read_output, args=(self.process.stdout, lines),
                         daemon=True).start()
        deadline = time.monotonic() + self.start_timeout_s
        while True:
            try:
                line = lines.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                self.kill()
                raise StartError(f"not ready after {self.start_timeout_s} s\n{self.log()}") from None
            if line is None:
                code = self.process.wait()
                self.process = None
                raise StartError(f"ended with {code}\n{self.log()}")
            words = line.split()
            if words[:1] == ["listening"]:
                address, _, port = words[2].rpartition(":")
                self.addresses[words[1]] = (address.strip("[]"), int(port))
            elif words[:1] == ["ready"]:
                return self

    def _read_output(self, stream, lines: queue.Queue) -> None:
        for line in stream:
            self.output.append(line.rstrip("\n"))
            lines.put(line.rstrip("\n"))
        lines.put(None)

    def log(self) -> str:
        """What the server wrote to standard error, the end of it."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")[-4000:]

    def port(self, protocol: str) -> int:
        return self.addresses[protocol][1]

    @property
    def pid(self) -> int:
        return self.process.pid

    def anonymous_bytes(self) -> int:
        """Resident memory that is no file's: the log is mapped, and counts as resident."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return int(fields["RssAnon"].split()[0]) * 1024

    def metrics(self) -> dict[str, metrics.Family]:
        """By name; needs the HTTP port."""
        host, port = self.addresses["http"]
        with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10) as reply:
            return metrics.parse(reply.read().decode())

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """As a power switch for the process: no chance to write anything. Its exit code then does
        not matter to `close`."""
        if self.process is not None:
            self._killed = True
            self.process.kill()
            self.process.wait()

    def stop(self) -> float:
        """SIGTERM; returns how long it took. The server must end in time and with 0."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"no stop within {STOP_LIMIT_S} s of SIGTERM\n"
                                 f"{self.log()}") from None
        self._check_exit_code()
        return time.monotonic() - started

    def _check_exit_code(self) -> None:
        code = self.process.returncode
        if code != 0 and not self._killed:
            raise AssertionError(f"the server ended with {code}\n{self.log()}")

    def restart(self) -> "Server":
        if self.alive():
            self.stop()
        return self.start()

    def close(self) -> None:
        """Ends the server in order. One that ended by itself meanwhile, other than well, is an error
        unless a test killed it."""
        try:
            if self.alive():
                self.stop()
            elif self.process is not None:
                self._check_exit_code()
        finally:
            self.process = None
            if self._own_data:
                shutil.rmtree(self.data, ignore_errors=True)
                self.log_path.unlink(missing_ok=True)
