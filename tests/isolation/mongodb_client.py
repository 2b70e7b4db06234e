"""Sessions of MongoDB: transactions over several collections, and operations by themselves."""

from __future__ import annotations

import time

import pymongo
from pymongo.errors import ConnectionFailure, OperationFailure

from clients import Client, Lost, address
from history import SERIALIZABLE, SNAPSHOT, Statement, Transaction
from mongodb_operations import Operation, Operations

TRANSIENT = "TransientTransactionError"
UNKNOWN = "UnknownTransactionCommitResult"


class MongodbClient(Client):
    """Some retry their writes, as drivers do where they are not told otherwise, also over a restart of the server, if that
    comes back at the same port. A commit is retried by them in any case."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.operations = Operations(self.keys, self.generator)
        self.retries = self.generator.random() < 0.7

    def work(self) -> None:
        host, port = self.where()
        with pymongo.MongoClient(host, port, directConnection=True, retryWrites=self.retries,
                                 retryReads=self.retries, serverSelectionTimeoutMS=15_000,
                                 heartbeatFrequencyMS=500) as client:
            database = client[self.database]
            with client.start_session(causal_consistency=self.generator.random() < 0.5) as session:
                while not self.stop.is_set():
                    self.operations.seen.clear()
                    try:
                        if self.generator.random() < 0.35:
                            self.alone(database)
                        else:
                            self.transaction(database, session)
                    except ConnectionFailure as error:
                        raise Lost from error

    def where(self) -> tuple[str, int]:
        return address(self.server, "mongodb")

    def alone(self, database) -> None:
        made = self.begin(SERIALIZABLE)
        operation = self.operations.any(in_transaction=False)
        made.commit_start = made.start
        made.committed = None if operation.writes else False
        self.run_operation(database, None, made, operation)
        made.committed = True
        made.end = time.monotonic()

    def transaction(self, database, session) -> None:
        made = self.begin(SNAPSHOT)
        session.start_transaction()
        try:
            for _ in range(self.generator.choice([1, 2, 2, 3, 3, 4, 6])):
                self.run_operation(database, session, made, self.operations.any(in_transaction=True))
        except OperationFailure as error:
            self.expect_conflict(error)
            session.abort_transaction()
            made.end = time.monotonic()
            return
        except ConnectionFailure:
            made.end = time.monotonic()
            raise
        made.commit_start = time.monotonic()
        if self.generator.random() < 0.1:
            session.abort_transaction()
        else:
            self.commit(session, made)
        if made.committed is not None:
            made.end = time.monotonic()

    def commit(self, session, made: Transaction) -> None:
        made.committed = None
        try:
            session.commit_transaction()
            made.committed = True
        except OperationFailure as error:
            if error.has_error_label(UNKNOWN):
                return
            self.expect_conflict(error)
            made.committed = False

    def expect_conflict(self, error: OperationFailure) -> None:
        """What tells a client to begin its transaction again: nothing of it has happened."""
        if not error.has_error_label(TRANSIENT):
            raise error
        self.deadlocks += 1

    @staticmethod
    def run_operation(database, session, made: Transaction, operation: Operation) -> None:
        place = len(made.statements)
        statement = Statement(operation.text, time.monotonic(), float("inf"), writes=operation.writes)
        made.statements.append(statement)
        try:
            result = operation.run(database, session)
        except OperationFailure as error:
            statement.text += f"  -- {error.code}"
            statement.end = time.monotonic()
            for write in statement.writes:
                write.undone_at = place
            raise
        statement.end = time.monotonic()
        reads = operation.read(result)
        if reads is None:
            statement.writes = []
        else:
            statement.reads = reads
