"""`octavo import` of what Debian's redis-server writes: every key is what it was there."""

from __future__ import annotations

import pathlib
import random
import shutil
import subprocess
import time

import pytest
from lib import redis_server
from lib.resp import Connection
from lib.server import Server, binary

HOUR_MS = 3_600_000


def import_rdb(data, file, *more):
    return subprocess.run([str(binary()), "import", "--data", str(data), "--redis-rdb", str(file), *more],
                          check=False, capture_output=True, text=True)


def fill(redis, rng):
    """Keys of every type, small and large, in several databases; returns how many."""
    def text(size):
        return bytes(rng.randrange(256) for _ in range(size))

    redis.call("select", 0)
    for size in (0, 1, 11, 300, 70_000):
        redis.call("set", f"text:{size}", text(size))
        redis.call("set", f"packed:{size}", b"ab" * size)
        for i in range(size if size < 400 else 400):
            redis.call("rpush", f"list:{size}", text(rng.randrange(80)))
            redis.call("sadd", f"set:{size}", text(5))
            redis.call("sadd", f"ints:{size}", rng.randrange(-10**12, 10**12))
            redis.call("hset", f"hash:{size}", i, text(rng.randrange(100)))
            redis.call("zadd", f"zset:{size}", rng.choice((i, -i, repr(i / 7), "inf")), text(6))
            redis.call("xadd", f"stream:{size}", f"{i + 1}-1", "field", text(3), "other", i)
    redis.call("xgroup", "create", "stream:300", "readers", "0")
    redis.call("xreadgroup", "group", "readers", "one", "count", "5", "streams", "stream:300", ">")
    redis.call("pfadd", "hll", *range(2000))
    redis.call("set", "number", -12345)
    redis.call("pexpire", "number", HOUR_MS)
    redis.call("select", 3)
    redis.call("set", "there", "in another database")
    redis.call("set", "gone", "soon", "px", 1)
    redis.call("function", "load", "#!lua name=lib\nredis.register_function('f', function() return 1 end)")


def keys_of(connection):
    """Of all databases: their values, and how long they have to live in seconds."""
    out = {}
    for db in range(16):
        connection.call("select", db)
        for key in connection.call("keys", "*"):
            left = connection.call("pttl", key)
            out[db, key] = (connection.call("type", key), dump(connection, key), -1 if left < 0 else left // 60_000)
    return out


def dump(connection, key):
    """A value as both servers tell it: the bytes of DUMP are each one's own."""
    kind = connection.call("type", key)
    if kind == b"string":
        return connection.call("get", key)
    if kind == b"list":
        return connection.call("lrange", key, 0, -1)
    if kind == b"set":
        return sorted(connection.call("smembers", key))
    if kind == b"hash":
        flat = connection.call("hgetall", key)
        return sorted(zip(flat[::2], flat[1::2]))
    if kind == b"zset":
        return connection.call("zrange", key, 0, -1, "withscores")
    groups = connection.call("xinfo", "groups", key)
    return connection.call("xrange", key, "-", "+"), connection.call("xpending", key, "readers") if groups else None


@pytest.fixture(name="saved")
def file_of_redis(tmp_path):
    if not redis_server.installed():
        pytest.fail("redis-server is not installed: tools/setup.sh test")
    with redis_server.RedisServer() as peer:
        redis = Connection(peer.host, peer.port)
        fill(redis, random.Random(7))
        while redis.call("exists", "gone"):  # its time is 1 ms
            time.sleep(0.001)
        redis.call("save")
        shutil.copy(peer.folder / "dump.rdb", tmp_path)
        yield tmp_path / "dump.rdb", keys_of(redis)


def test_every_key_is_what_it_was(saved, tmp_path):
    file, expected = saved
    data = tmp_path / "data"
    done = import_rdb(data, file)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (f"imported from {file}: {len(expected)} keys and 1 libraries of functions "
                           "of Redis 7.0.15\n")
    with Server(data=data) as server:
        connection = Connection("127.0.0.1", server.port("redis"))
        found = keys_of(connection)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            assert found[name] == value, name
        assert connection.call("fcall", "f", 0) == 1


def test_keys_that_are_there(saved, tmp_path):
    file, expected = saved
    data = tmp_path / "data"
    with Server(data=data) as server:
        Connection("127.0.0.1", server.port("redis")).call("set", "number", "mine")
    refused = import_rdb(data, file)
    assert refused.returncode == 1
    assert "key `number` of database 0: is there already (see --existing)" in refused.stderr
    skipped = import_rdb(data, file, "--existing", "skip")
    assert skipped.returncode == 0 and "were there already" in skipped.stdout
    with Server(data=data) as server:
        connection = Connection("127.0.0.1", server.port("redis"))
        assert connection.call("get", "number") == b"mine"
        assert len(keys_of(connection)) == len(expected)
        running = import_rdb(data, file)  # the server has the data
        assert running.returncode == 1 and "another server is using this directory" in running.stderr
    assert import_rdb(data, file, "--existing=replace").returncode == 0
    with Server(data=data) as server:
        assert Connection("127.0.0.1", server.port("redis")).call("get", "number") == b"-12345"


def test_damage_puts_nothing(saved, tmp_path):
    file, _ = saved
    whole = pathlib.Path(file).read_bytes()
    rng = random.Random(11)
    bent = tmp_path / "bent.rdb"
    for _ in range(5):
        at = rng.randrange(9, len(whole))
        bent.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        done = import_rdb(tmp_path / "data", bent)
        assert done.returncode == 1 and "checksum" in done.stderr
        bent.write_bytes(whole[:at])
        assert import_rdb(tmp_path / "data", bent).returncode == 1
    with Server(data=tmp_path / "data") as server:
        assert keys_of(Connection("127.0.0.1", server.port("redis"))) == {}


def test_wrong_words(tmp_path):
    missing = import_rdb(tmp_path / "data", tmp_path / "none.rdb")
    assert missing.returncode == 1 and "none.rdb" in missing.stderr
    done = subprocess.run([str(binary()), "import", "--data", str(tmp_path / "data")], check=False,
                          capture_output=True, text=True)
    assert done.returncode == 2 and "one file or server to read; allowed: --redis-rdb" in done.stderr
