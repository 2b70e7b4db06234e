"""Clients that forget what makes their work one: the histories of the very server that passes are wrong then, and the
checker says so. Histories in which nothing could be found would show nothing.
"""

from __future__ import annotations

import random

import run_history
import run_keys
from key_operations import RedisOperations
from mongodb_client import MongodbClient

SECONDS = 2.0
ATTEMPTS = 20


class WithoutSession(MongodbClient):
    @staticmethod
    def run_operation(database, _session, made, operation):
        MongodbClient.run_operation(database, None, made, operation)


class WithoutMulti(RedisOperations):
    @staticmethod
    def run_transaction(connection, commands):
        return [connection.call(*command) for command in commands[1:-1]]


def finds_cycles(run) -> bool:
    return any(fault.kind.startswith("G") for _ in range(ATTEMPTS)
               for fault in run(random.randrange(1 << 30), SECONDS).faults)


def test_transactions_without_their_session(own_server, r):
    assert finds_cycles(lambda seed, seconds: run_history.run(
        own_server, r, seed, seconds, sql_clients=1, reql_clients=1, mongodb_clients=4,
        mongodb_client=WithoutSession))


def test_commands_without_multi(own_server, r):
    assert finds_cycles(lambda seed, seconds: run_keys.run(
        own_server, r, seed, seconds, others=1, redis_operations=WithoutMulti))
