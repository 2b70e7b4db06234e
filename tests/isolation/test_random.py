"""Random transactions of many clients at all levels, with and without kill -9.

`OCTAVO_ISOLATION_SECONDS` of each of the two, in histories of a few seconds; `OCTAVO_ISOLATION_SEED` says
which statements; `OCTAVO_ISOLATION_ARGUMENTS` are arguments of the server; `OCTAVO_ISOLATION_LEVELS`, with
commas between them, which levels (all).
"""

from __future__ import annotations

import os
import random
import time

import pytest

import history
import run_history
import run_keys
from lib import ports
from lib.cutting_proxy import CuttingProxy
from lib.server import Server
from mongodb_client import MongodbClient

SECONDS = float(os.environ.get("OCTAVO_ISOLATION_SECONDS", "6"))
SEED = int(os.environ.get("OCTAVO_ISOLATION_SEED", str(random.randrange(1 << 30))))
ARGUMENTS = tuple(os.environ.get("OCTAVO_ISOLATION_ARGUMENTS", "").split())
LEVELS = tuple(os.environ.get("OCTAVO_ISOLATION_LEVELS", ",".join(history.LEVELS)).split(","))
HISTORY_S = 3.0
CUT = 0.02  # of the pieces that pass


def histories(server, r, run=run_history.run, **options) -> None:
    ends = time.monotonic() + SECONDS
    for seed in range(SEED, SEED + 1_000_000):
        done = run(server, r, seed, min(HISTORY_S, SECONDS), **options)
        print(f"seed {seed}: {done}", flush=True)
        assert not done.faults, "\n\n".join([f"seed {seed}", *map(str, done.faults)])
        if time.monotonic() > ends:
            break


@pytest.mark.timeout(SECONDS * 3 + 120)
@pytest.mark.parametrize("kills", [0, 1])
def test_histories(r, tmp_path, kills):
    with Server(tmp_path / "data", ARGUMENTS) as server:
        histories(server, r, kills=kills, levels=LEVELS)


@pytest.mark.timeout(SECONDS * 3 + 120)
@pytest.mark.parametrize("kills", [0, 1])
def test_sessions_of_mongodb(r, tmp_path, kills):
    """Its clients, MySQL's and RethinkDB's over the same rows; the server comes back at the same ports, so that
    drivers retry."""
    with Server(tmp_path / "data", ARGUMENTS, ports=ports.lasting()) as server:
        histories(server, r, kills=kills, levels=LEVELS, sql_clients=4, mongodb_clients=4)


@pytest.mark.timeout(SECONDS * 3 + 120)
def test_sessions_of_mongodb_over_a_bad_network(r, tmp_path):
    """Drivers repeat writes and commits of which they were told nothing: they are made once."""
    with (Server(tmp_path / "data", ARGUMENTS) as server,
          CuttingProxy(server.addresses["mongodb"], CUT, SEED) as proxy):
        class OverProxy(MongodbClient):
            def where(self):
                return proxy.address
        histories(server, r, levels=LEVELS, sql_clients=3, mongodb_clients=5, mongodb_client=OverProxy)
        print(f"{proxy.cuts} cuts")
        assert proxy.cuts > 0


@pytest.mark.timeout(SECONDS * 3 + 120)
@pytest.mark.parametrize("kills", [0, 1])
def test_keys_of_redis(r, tmp_path, kills):
    """Commands, MULTI, WATCH and scripts over several I/O threads, and other protocols on the same keys."""
    with Server(tmp_path / "data", (*ARGUMENTS, "--threads", "4"), ports=ports.lasting()) as server:
        histories(server, r, run_keys.run, kills=kills)
