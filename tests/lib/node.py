"""The JavaScript clients, installed into the build tree from e2e/js/package-lock.json."""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess

TESTS = pathlib.Path(__file__).resolve().parents[1]
SOURCE = TESTS / "e2e" / "js"
FOLDER = pathlib.Path(os.environ.get("OCTAVO_NODE", TESTS.parent / "build" / "node"))


def available() -> bool:
    return shutil.which("node") is not None and shutil.which("npm") is not None


def install() -> pathlib.Path:
    """The folder of modules, for NODE_PATH."""
    lock = (SOURCE / "package-lock.json").read_bytes()
    digest = hashlib.sha256(lock).hexdigest()
    stamp = FOLDER / "installed.sha256"
    if not (stamp.exists() and stamp.read_text(encoding="ascii") == digest):
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, FOLDER / name)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=FOLDER,
                       check=True)
        stamp.write_text(digest, encoding="ascii")
    return FOLDER / "node_modules"


def run(program: pathlib.Path, *arguments: object, timeout_s: float = 120.0) -> str:
    """Runs a program with the clients; its standard output, or an error with everything it said."""
    environment = {**os.environ, "NODE_PATH": str(install())}
    done = subprocess.run(["node", str(program), *map(str, arguments)], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout_s,
                          check=False)
    if done.returncode != 0:
        raise AssertionError(f"{program.name} ended with {done.returncode}\n{done.stdout}\n"
                             f"{done.stderr[-4000:]}")
    return done.stdout
