"""Programs with unmodified clients, at their current releases and at those of 2022."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest

from lib import node, venvs

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"


def run_python(environment: str, program: str, host: str, port: int) -> str:
    done = subprocess.run(
        [str(venvs.python(environment)), str(PROGRAMS / program), host, str(port)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    return done.stdout


@pytest.mark.parametrize("environment", ["current", "era_2022"])
def test_rethinkdb_python(server, environment):
    assert run_python(environment, "rethinkdb_tour.py", *server.addresses["rethinkdb"]) == "ok\n"


@pytest.mark.parametrize("environment", ["current", "era_2022"])
def test_redis_python(server, environment):
    assert run_python(environment, "redis_tour.py", *server.addresses["redis"]) == "ok\n"


def test_redis_libraries_with_scripts(server):
    assert run_python("redis", "redis_scripts.py", *server.addresses["redis"]).endswith("ok\n")


@pytest.mark.skipif(not node.available(), reason="Node.js is not installed")
@pytest.mark.parametrize("program, protocol", [
    ("rethinkdb_tour.js", "rethinkdb"),
    ("rethinkdb_pools.js", "rethinkdb"),
    ("redis_tour.js", "redis"),
    ("redis_queues.js", "redis"),
])
def test_javascript(server, program, protocol):
    assert node.run(PROGRAMS / program, *server.addresses[protocol]).endswith("ok\n")


@pytest.mark.skipif(shutil.which("redis-cli") is None, reason="redis-cli is not installed")
def test_redis_cli(server, redis):
    host, port = server.addresses["redis"]

    def cli(*arguments: str, text: str | None = None) -> str:
        return subprocess.run(["redis-cli", "-h", host, "-p", str(port), *arguments], text=True,
                              input=text, stdout=subprocess.PIPE, timeout=30, check=True).stdout

    assert cli("PING") == "PONG\n"
    assert cli("SET", "greeting", "hello world") == "OK\n"
    assert cli("GET", "greeting") == "hello world\n"
    assert cli("LPUSH", "l", "a", "b") == "2\n"
    assert cli("LRANGE", "l", "0", "-1") == "b\na\n"
    assert cli("-3", "PING") == "PONG\n"
    bulk = "".join(f"SET bulk:{i} {i}\r\n" for i in range(1000))
    assert "replies: 1000" in cli("--pipe", text=bulk)
    assert cli("GET", "bulk:999") == "999\n"
