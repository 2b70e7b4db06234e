"""Ports that a server has again after a restart, for clients that come back to where they were."""

from __future__ import annotations

import pathlib
import random
import socket

PROTOCOLS = ("rethinkdb", "redis", "mysql", "mongodb", "http")


def lasting(names: tuple[str, ...] = PROTOCOLS) -> dict[str, int]:
    """Free ones below those that the system gives to clients. Of these a client that tries to come back could
    get the very port of the server that is away, and meet itself."""
    text = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
    first = int(text.split()[0])
    found: dict[str, int] = {}
    candidates = random.sample(range(first - 10_000, first), 200)
    for name in names:
        while name not in found:
            port = candidates.pop()
            with socket.socket() as one:
                try:
                    one.bind(("127.0.0.1", port))
                except OSError:
                    continue
            found[name] = port
    return found
