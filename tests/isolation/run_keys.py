"""Histories of keys of Redis that clients of all protocols write: each operation happens at one moment between
its call and its answer."""

from __future__ import annotations

import contextlib
import functools
import random
import threading
import time
from collections.abc import Callable

import pymongo
import pymysql
from pymongo.errors import ConnectionFailure

from clients import Client, Lost, address, is_lost_sql
from history import SERIALIZABLE, Statement
from key_operations import (DATABASE, HASHES, TABLE, KeyOperations, MongodbRows, RedisOperations, ReqlRows, SqlRows,
                            read_all_keys, read_all_rows)
from lib import resp
from run_history import Done, connect_mongodb, drive, judge
from statements import Keys
from versions import Fault


class KeyClient(Client):
    """Whatever the protocol, a connection and operations on it. `is_lost`: whether an error is the end of that."""

    def __init__(self, open_connection: Callable, is_lost: Callable[[BaseException], bool],
                 operations: KeyOperations, *arguments):
        super().__init__(*arguments)
        self.open_connection = open_connection
        self.is_lost = is_lost
        self.operations = operations

    def work(self) -> None:
        try:
            with self.open_connection() as connection:
                while not self.stop.is_set():
                    self.operation(connection)
        except Exception as error:
            if isinstance(error, OSError) or self.is_lost(error):
                raise Lost from error
            raise

    def operation(self, connection) -> None:
        made = self.begin(SERIALIZABLE)
        made.client = type(self.operations).__name__
        operation = self.operations.any()
        made.commit_start = made.start = time.monotonic()
        made.committed = None if operation.writes else False
        statement = Statement(operation.text, made.start, float("inf"), writes=operation.writes)
        made.statements.append(statement)
        result = operation.run(connection)
        statement.end = made.end = time.monotonic()
        made.committed = True
        reads = operation.read(result)
        if reads is None:
            statement.writes = []
        else:
            statement.reads = reads


def run(server, r, seed: int, seconds: float, *, kills: int = 0, redis_clients: int = 6, others: int = 2,
        redis_operations: type[RedisOperations] = RedisOperations) -> Done:
    generator = random.Random(seed)
    with open_redis(server) as redis:
        redis.call("FLUSHALL")
        for number in range(HASHES):
            redis.call("HSET", f"h{number}", "v", 0, "prev", 0)
    keys = Keys()
    stop = threading.Event()
    clients: list[Client] = []

    def add(open_connection, is_lost, make) -> None:
        operations = make(keys, random.Random(generator.randrange(1 << 30)))
        clients.append(KeyClient(open_connection, is_lost, operations, server, "", keys, 0, stop, False))
    for _ in range(redis_clients):
        add(lambda: open_redis(server), lambda _error: False, redis_operations)
    for _ in range(others):
        add(lambda: open_reql(server, r), lambda error: isinstance(
            error, (r.errors.ReqlDriverError, r.errors.ReqlAvailabilityError)), functools.partial(ReqlRows, r))
        add(lambda: open_sql(server), is_lost_sql, SqlRows)
        add(lambda: open_mongodb(server), lambda error: isinstance(error, ConnectionFailure), MongodbRows)
    drive(server, clients, stop, generator, seconds, kills)
    return judge(clients, *final(server, r))


@contextlib.contextmanager
def open_redis(server):
    with resp.Connection(*address(server, "redis")) as connection:
        connection.call("SELECT", DATABASE)
        yield connection


@contextlib.contextmanager
def open_reql(server, r):
    connection = r.connect(*address(server, "rethinkdb"), timeout=10)
    try:
        yield connection
    finally:
        with contextlib.suppress(r.errors.ReqlError, OSError):
            connection.close(noreply_wait=False)


@contextlib.contextmanager
def open_sql(server):
    host, port = address(server, "mysql")
    with (pymysql.connect(host=host, port=port, user="root", charset="utf8mb4", autocommit=True) as connection,
          connection.cursor() as cursor):
        yield cursor


@contextlib.contextmanager
def open_mongodb(server):
    host, port = address(server, "mongodb")
    with pymongo.MongoClient(host, port, directConnection=True, retryWrites=False, retryReads=False,
                             serverSelectionTimeoutMS=1000) as client:
        yield client


def final(server, r):
    """By all protocols: it must be the same."""
    with open_redis(server) as redis:
        found = read_all_keys(redis)
    with open_reql(server, r) as connection:
        by_reql = read_all_rows(list(r.db("redis").table(TABLE).run(connection)))
    with connect_mongodb(server) as client:
        by_mongodb = read_all_rows(list(client.redis[TABLE].find()))
    faults = [Fault("protocols", f"{other} by {protocol}, {found} by Redis")
              for protocol, other in (("RethinkDB", by_reql), ("MongoDB", by_mongodb)) if other != found]
    return found, faults
