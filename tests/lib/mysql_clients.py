"""What tests of MySQL's clients share: a user with a password, and the command line's programs."""

from __future__ import annotations

import subprocess

USER, PASSWORD = "ada", "sesame"  # of the server that e2e/conftest.py starts


def run_program(address: tuple[str, int], program: str, *arguments: str, text: str | None = None,
                options: tuple[str, ...] = ("--skip-ssl",), check: bool = True,
                user: str = "root", password: str = "") -> subprocess.CompletedProcess:
    """A program of MariaDB's client package, against a server. Input and output are texts,
    in which bytes that are none stay what they are."""
    host, port = address
    command = [program, "--no-defaults", f"--host={host}", f"--port={port}", "--protocol=tcp",
               f"--user={user}", f"--password={password}", *options, *arguments]
    done = subprocess.run(command, encoding="utf-8", errors="surrogateescape", input=text,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-2000:]}\n"
                             f"{done.stderr[-4000:]}")
    return done
