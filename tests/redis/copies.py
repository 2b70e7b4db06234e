"""All keys of a server, as a copy of it must have them, whoever made the copy."""

from __future__ import annotations

import time

from lib import resp
from lib.patience import patient

LIMIT_S = 60.0


def until(condition, what: str, limit_s: float = LIMIT_S):
    """The first true answer."""
    deadline = time.monotonic() + patient(limit_s)
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit_s} s: {what}")
        time.sleep(0.02)


def info(connection: resp.Connection, section: str = "replication") -> dict[str, str]:
    lines = connection.call("INFO", section).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def group_of(connection: resp.Connection, key: bytes, group: list, as_redis: bool) -> list:
    fields = dict(zip(group[::2], group[1::2]))
    pending = connection.call("XPENDING", key, fields[b"name"], "-", "+", 1_000_000)
    if as_redis:
        return [fields[b"name"], fields[b"last-delivered-id"], [one[:2] for one in pending]]
    consumers = connection.call("XINFO", "CONSUMERS", key, fields[b"name"])
    return [fields[b"name"], fields[b"last-delivered-id"], fields[b"entries-read"],
            [[one[0], one[1], one[3]] for one in pending],
            sorted(dict(zip(one[::2], one[1::2]))[b"name"] for one in consumers)]


def value_of(connection: resp.Connection, key: bytes, as_redis: bool):
    kind = connection.call("TYPE", key)
    if kind == b"string":
        value = connection.call("GET", key)
        # The bytes of a HyperLogLog hold a count that each server keeps when it likes.
        return kind, connection.call("PFCOUNT", key) if value.startswith(b"HYLL") else value
    if kind == b"list":
        return kind, connection.call("LRANGE", key, 0, -1)
    if kind == b"set":
        return kind, sorted(connection.call("SMEMBERS", key))
    if kind == b"zset":
        return kind, connection.call("ZRANGE", key, 0, -1, "WITHSCORES")
    if kind == b"hash":
        flat = connection.call("HGETALL", key)
        return kind, sorted(zip(flat[::2], flat[1::2]))
    if kind != b"stream":
        return kind, None
    about = connection.call("XINFO", "STREAM", key)
    fields = dict(zip(about[::2], about[1::2]))
    groups = connection.call("XINFO", "GROUPS", key)
    return (kind, connection.call("XRANGE", key, "-", "+"),
            [fields[name] for name in (b"last-generated-id", b"max-deleted-entry-id", b"entries-added")],
            [group_of(connection, key, group, as_redis) for group in groups])


def contents(address: tuple[str, int], as_redis: bool = False) -> dict:
    """Of all databases: value, and when it expires. Libraries of functions as well. `as_redis`: of
    groups only what Redis tells its replicas (not how often something was delivered, nor how many
    entries were read, nor consumers that have nothing)."""
    out: dict = {}
    with resp.Connection(*address) as connection:
        for db in range(16):
            connection.call("SELECT", db)
            for key in connection.call("KEYS", "*"):
                out[db, key] = (value_of(connection, key, as_redis), connection.call("PEXPIRETIME", key))
        out["libraries"] = sorted(str(one) for one in connection.call("FUNCTION", "LIST", "WITHCODE"))
    return out


def differences(one: dict, other: dict) -> list[str]:
    return [f"{name}: {str(one.get(name))[:200]} here, {str(other.get(name))[:200]} there"
            for name in sorted(set(one) | set(other), key=str) if one.get(name) != other.get(name)]


def drain(master: resp.Connection) -> None:
    """Until the one replica has everything."""
    master.call("PING")  # WAIT is about what there was at the connection's last command
    if master.call("WAIT", 1, int(patient(LIMIT_S) * 1000)) != 1:
        raise AssertionError(f"the replica does not follow: {info(master)}")
