"""A history: clients for some seconds, with or without kill -9, and what the checker says of it."""

from __future__ import annotations

import dataclasses
import random
import threading
import time

import pymongo
import pymysql

from clients import Client, ReqlClient, SqlClient
from graph import check
from history import LEVELS, Key, Transaction
from lib.patience import patient
from mongodb_client import MongodbClient
from statements import REGISTERS, TABLES, Keys, array_reads, read_all
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


def connect_mongodb(server) -> pymongo.MongoClient:
    return pymongo.MongoClient(*server.addresses["mongodb"], directConnection=True)


def set_up(server, database: str, documents: bool) -> None:
    with connect(server) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {database}")
        cursor.execute(f"CREATE DATABASE {database}")
        cursor.execute(f"USE {database}")
        for table in TABLES:
            cursor.execute(table)
        for i in range(REGISTERS):
            cursor.execute(f"INSERT INTO registers VALUES ({i}, 0, 0)")
    if documents:
        with connect_mongodb(server) as client:
            client[database].documents.insert_one({"_id": 0, "items": []})  # SQL infers columns


def final(server, r, database: str, documents: bool) -> tuple[dict[Key, tuple[int, ...]], list[Fault]]:
    """What is there, by all protocols: it must be the same."""
    with connect(server, database=database) as connection, connection.cursor() as cursor:
        found = read_all(cursor, documents)
    reql = r.connect(*server.addresses["rethinkdb"], db=database, timeout=30)
    by_index: dict[Key, tuple[int, ...]] = {}
    for row in r.table("elements").order_by(index="k").run(reql):
        by_index["set", row["k"]] = tuple(sorted((*by_index.get(("set", row["k"]), ()), row["id"])))
    reql.close(noreply_wait=False)
    by_rows = {key: tuple(sorted(values)) for key, values in found.items() if key[0] == "set"}
    faults = [] if by_index == by_rows else [Fault("index", f"{by_index} by index, {by_rows} by rows")]
    if documents:
        with connect_mongodb(server) as client:
            arrays = {read.key: read.found for row in client[database].documents.find()
                      for read in array_reads([int(row["_id"])], [row])}
            by_index = {}
            for row in client[database].elements.find({"k": {"$gte": 0}}):
                key = "set", row["k"]
                by_index[key] = tuple(sorted((*by_index.get(key, ()), row["_id"])))
        if by_index != by_rows:
            faults.append(Fault("index", f"{by_index} by MongoDB's index, {by_rows} by rows"))
        by_sql = {key: values for key, values in found.items() if key[0] == "array"}
        if arrays != by_sql:
            faults.append(Fault("protocols", f"{arrays} by MongoDB, {by_sql} by SQL"))
    return found, faults


def run(server, r, seed: int, seconds: float, *, database: str = "isolation", kills: int = 0,
        sql_clients: int = 7, reql_clients: int = 2, mongodb_clients: int = 0,
        levels: tuple[str, ...] = LEVELS, mongodb_client: type[MongodbClient] = MongodbClient) -> Done:
    generator = random.Random(seed)
    documents = mongodb_clients > 0
    set_up(server, database, documents)
    keys = Keys()
    stop = threading.Event()

    def shared():
        return server, database, keys, generator.randrange(1 << 30), stop, documents
    clients: list[Client] = [SqlClient(*shared(), levels) for _ in range(sql_clients)]
    clients += [ReqlClient(r, *shared()) for _ in range(reql_clients)]
    clients += [mongodb_client(*shared()) for _ in range(mongodb_clients)]
    drive(server, clients, stop, generator, seconds, kills)
    return judge(clients, *final(server, r, database, documents))


def drive(server, clients: list[Client], stop: threading.Event, generator: random.Random, seconds: float,
          kills: int) -> None:
    """Lets the clients work, and kills the server meanwhile. One that fails ends the test."""
    for client in clients:
        client.start()
    for _ in range(kills):
        time.sleep(seconds / (kills + 1) * generator.uniform(0.6, 1.0))
        assert server.alive(), server.log()
        server.kill()
        server.start()
    time.sleep(seconds / (kills + 1))
    stop.set()
    for client in clients:
        client.join(patient(60))
        assert not client.is_alive(), f"a client does not end: {client.history[-1]}"
        if client.failure is not None:
            raise AssertionError(f"in {client.history[-1]}") from client.failure
    assert server.alive(), server.log()


def judge(clients: list[Client], found: dict[Key, tuple[int, ...]], faults: list[Fault]) -> Done:
    transactions = [transaction for client in clients for transaction in client.history]
    faults = faults + check(transactions, found)
    return Done(transactions, faults, sum(client.deadlocks for client in clients))
