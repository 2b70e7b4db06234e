"""A history: clients for some seconds, with or without kill -9, and what the checker says of it."""

from __future__ import annotations

import dataclasses
import random
import threading
import time

import pymysql

from clients import ReqlClient, SqlClient
from graph import check
from history import LEVELS, Key, Transaction
from lib.patience import patient
from statements import REGISTERS, TABLES, Keys, read_all
from versions import Fault


@dataclasses.dataclass
class Done:
    transactions: list[Transaction]
    faults: list[Fault]
    deadlocks: int

    def __str__(self) -> str:
        committed = sum(t.committed is True for t in self.transactions)
        return (f"{len(self.transactions)} transactions, {committed} committed, "
                f"{self.deadlocks} deadlocks")


def connect(server, **options):
    host, port = server.addresses["mysql"]
    return pymysql.connect(host=host, port=port, user="root", charset="utf8mb4", autocommit=True,
                           **options)


def set_up(server, database: str) -> None:
    with connect(server) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {database}")
        cursor.execute(f"CREATE DATABASE {database}")
        cursor.execute(f"USE {database}")
        for table in TABLES:
            cursor.execute(table)
        for i in range(REGISTERS):
            cursor.execute(f"INSERT INTO registers VALUES ({i}, 0, 0)")


def final(server, r, database: str) -> tuple[dict[Key, tuple[int, ...]], list[Fault]]:
    """What is there, by both protocols: it must be the same."""
    with connect(server, database=database) as connection, connection.cursor() as cursor:
        found = read_all(cursor)
    reql = r.connect(*server.addresses["rethinkdb"], db=database, timeout=30)
    by_index: dict[Key, tuple[int, ...]] = {}
    for row in r.table("elements").order_by(index="k").run(reql):
        by_index["set", row["k"]] = tuple(sorted((*by_index.get(("set", row["k"]), ()), row["id"])))
    reql.close(noreply_wait=False)
    by_rows = {key: tuple(sorted(values)) for key, values in found.items() if key[0] == "set"}
    faults = [] if by_index == by_rows else [Fault("index", f"{by_index} by index, {by_rows} by rows")]
    return found, faults


def run(server, r, seed: int, seconds: float, *, database: str = "isolation", kills: int = 0,
        sql_clients: int = 7, reql_clients: int = 2,
        levels: tuple[str, ...] = LEVELS) -> Done:
    generator = random.Random(seed)
    set_up(server, database)
    keys = Keys()
    stop = threading.Event()
    shared = (server, database, keys)
    clients = [SqlClient(*shared, generator.randrange(1 << 30), stop, levels)
               for _ in range(sql_clients)]
    clients += [ReqlClient(r, *shared, generator.randrange(1 << 30), stop)
                for _ in range(reql_clients)]
    for client in clients:
        client.start()
    for _ in range(kills):
        time.sleep(seconds / (kills + 1) * generator.uniform(0.6, 1.0))
        server.kill()
        server.start()
    time.sleep(seconds / (kills + 1))
    stop.set()
    for client in clients:
        client.join(patient(60))
        assert not client.is_alive(), f"a client does not end: {client.history[-1]}"
        if client.failure is not None:
            raise AssertionError(f"in {client.history[-1]}") from client.failure
    found, faults = final(server, r, database)
    transactions = [transaction for client in clients for transaction in client.history]
    faults += check(transactions, found)
    return Done(transactions, faults, sum(client.deadlocks for client in clients))
