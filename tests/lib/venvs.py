"""Virtual environments of the build tree, one per generation of clients.

`python3 -m lib.venvs current era_2022` (from tests/) makes them and prints their interpreters. An
environment is made again when its requirements file changed.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
ROOT = pathlib.Path(os.environ.get("OCTAVO_VENVS", TESTS.parent / "build" / "venv"))
REQUIREMENTS = {
    "current": TESTS / "e2e" / "requirements.txt",
    "era_2022": TESTS / "e2e" / "requirements-2022.txt",
    "redis": TESTS / "e2e" / "requirements-redis.txt",
    "bench": TESTS.parent / "bench" / "requirements.txt",
}


def python(name: str) -> pathlib.Path:
    """The interpreter of environment `name`, which is made first if need be."""
    requirements = REQUIREMENTS[name]
    folder = ROOT / name
    interpreter = folder / "bin" / "python"
    stamp = folder / "requirements.sha256"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text(encoding="ascii") == digest):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "--quiet",
                        "--disable-pip-version-check", "-r", str(requirements)], check=True)
        stamp.write_text(digest, encoding="ascii")
    return interpreter


if __name__ == "__main__":
    for wanted in sys.argv[1:] or list(REQUIREMENTS):
        print(python(wanted))
