"""FerretDB over SQLite beside the server, where there is Go to build it: no registry has MongoDB itself."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess

from lib import golang
from lib.peer import Peer

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "bench" / "peers" / "ferretdb"
PROGRAM = ROOT / "build" / "go" / "ferretdb"


class FerretDb(Peer):
    """Its writes are on the disk when SQLite's journal is, whatever a write concern says."""

    name = "ferretdb"

    def command(self) -> list[str]:
        return [str(PROGRAM), f"{self.host}:{self.port}", str(self.folder)]


def build() -> bool:
    """Go looks itself whether there is something to do."""
    if not golang.available():
        return False
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["go", "build", "-mod=readonly", "-o", str(PROGRAM), "."], cwd=SOURCE,
                          check=False)
    return done.returncode == 0


def start(peers: contextlib.ExitStack) -> FerretDb | None:
    """Until the stack ends; None where it cannot be built."""
    if not build():
        print("FerretDB cannot be built here (it needs Go 1.24 and its modules): no peer")
        return None
    return peers.enter_context(FerretDb())
