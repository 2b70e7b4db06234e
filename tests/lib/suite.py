"""Runs a folder of pytest files under the interpreter that has the current clients."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from lib import server, venvs


def main(folder: pathlib.Path) -> int:
    if not server.binary().exists():
        print(f"{server.binary()} is not there: build it first (make build)\n0 passed, 1 failed")
        return 1
    tests = pathlib.Path(__file__).resolve().parents[1]
    command = [str(venvs.python("current")), "-m", "pytest", str(folder), "-q", "-rs",
               "-p", "no:cacheprovider", "-c", str(tests / "pytest.ini"), *sys.argv[1:]]
    return subprocess.run(command, check=False, cwd=tests).returncode
