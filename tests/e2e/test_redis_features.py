"""What Redis clients build on features of their own: caches, clusters, users with rules."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest
import redis as redis_py

from lib import node, venvs
from lib.server import Server

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
needs_node = pytest.mark.skipif(not node.available(), reason="Node.js is not installed")


def run_python(program: str, host: str, port: int) -> str:
    done = subprocess.run([str(venvs.python("current")), str(PROGRAMS / program), host, str(port)],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=150,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The address of its first node."""
    folder = tmp_path_factory.mktemp("cluster") / "data"
    with Server(folder, ("--redis-cluster", "on")) as running:
        lines = [line.split() for line in running.output]
        first = next(words[2] for words in lines if words[:2] == ["listening", "redis"])
        host, _, port = first.rpartition(":")
        yield host, int(port)


@needs_node
def test_client_side_cache_of_node_redis(server):
    assert node.run(PROGRAMS / "redis_cache.js", *server.addresses["redis"]).endswith("ok\n")


def test_cluster_of_redis_py(cluster):
    assert run_python("redis_cluster.py", *cluster) == "ok\n"


@needs_node
def test_cluster_of_ioredis_and_node_redis(cluster):
    assert node.run(PROGRAMS / "redis_cluster.js", *cluster).endswith("ok\n")


@pytest.mark.skipif(shutil.which("redis-cli") is None, reason="redis-cli is not installed")
def test_cluster_of_redis_cli(cluster):
    host, port = cluster

    def cli(*arguments: str) -> str:
        return subprocess.run(["redis-cli", "-c", "-h", host, "-p", str(port), *arguments],
                              text=True, stdout=subprocess.PIPE, timeout=30, check=True).stdout

    for key in ("a", "b", "c", "d"):
        assert cli("SET", key, key) == "OK\n"
        assert cli("GET", key) == f"{key}\n"
    checked = subprocess.run(["redis-cli", "--cluster", "check", f"{host}:{port}"], text=True,
                             stdout=subprocess.PIPE, timeout=30, check=False).stdout
    assert "[OK] All 16384 slots covered." in checked


def test_users_with_rules(server):
    host, port = server.addresses["redis"]
    admin = redis_py.Redis(host, port, decode_responses=True)
    admin.acl_setuser("worker", enabled=True, passwords=["+secret"], categories=["+@all", "-@admin"],
                      keys=["jobs:*"], channels=["news:*"])
    try:
        worker = redis_py.Redis(host, port, username="worker", password="secret",
                                decode_responses=True)
        assert worker.set("jobs:1", "x")
        for refused in (lambda: worker.get("other"), lambda: worker.publish("other", "x"),
                        lambda: worker.config_get("*")):
            with pytest.raises(redis_py.exceptions.NoPermissionError):
                refused()
        found = admin.acl_getuser("worker")
        assert found["enabled"] and found["keys"] == [["~jobs:*"]] or "jobs:*" in str(found["keys"])
        assert admin.acl_dryrun("worker", "get", "jobs:1") == "OK"
    finally:
        assert admin.acl_deluser("worker") == 1
