"""The JavaScript clients, installed into the build tree from the package-lock.json of e2e/js*."""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess

TESTS = pathlib.Path(__file__).resolve().parents[1]
FOLDER = pathlib.Path(os.environ.get("OCTAVO_NODE", TESTS.parent / "build" / "node"))


def available() -> bool:
    return shutil.which("node") is not None and shutil.which("npm") is not None


def install(clients: str = "js") -> pathlib.Path:
    """The folder of modules of e2e/CLIENTS, for NODE_PATH. Nothing of them is built: they run
    without their native parts."""
    source = TESTS / "e2e" / clients
    folder = FOLDER if clients == "js" else FOLDER.with_name(f"{FOLDER.name}-{clients}")
    lock = (source / "package-lock.json").read_bytes()
    digest = hashlib.sha256(lock).hexdigest()
    stamp = folder / "installed.sha256"
    if not (stamp.exists() and stamp.read_text(encoding="ascii") == digest):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, folder / name)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                        "--loglevel=error"], cwd=folder, check=True)
        stamp.write_text(digest, encoding="ascii")
    return folder / "node_modules"


def run(program: pathlib.Path, *arguments: object, clients: str = "js",
        timeout_s: float = 120.0) -> str:
    """Runs a program with the clients; its standard output, or an error with everything it said."""
    environment = {**os.environ, "NODE_PATH": str(install(clients))}
    done = subprocess.run(["node", str(program), *map(str, arguments)], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout_s,
                          check=False)
    if done.returncode != 0:
        raise AssertionError(f"{program.name} ended with {done.returncode}\n{done.stdout}\n"
                             f"{done.stderr[-4000:]}")
    return done.stdout
