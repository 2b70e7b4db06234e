"""Clients of MySQL and RethinkDB: each runs random transactions in a thread, and writes down what came of them."""

from __future__ import annotations

import itertools
import random
import threading
import time

import pymysql

from history import LEVELS, SERIALIZABLE, Read, Statement, Transaction, Write
from statements import Keys, Plan, REGISTERS, Statements, array_reads, list_reads, set_reads

# Errors after which a statement has done nothing, and the transaction goes on.
STATEMENT_ALONE = {1062, 1205, 3572}
DEADLOCK = 1213
NUMBERS = itertools.count(1)


class Lost(Exception):
    """The connection is gone: what was under way may have been done."""


def address(server, protocol: str) -> tuple[str, int]:
    try:
        return server.addresses[protocol]
    except KeyError as error:  # it is starting
        raise Lost from error


def is_lost_sql(error: BaseException) -> bool:
    """1053: it is stopping; 2xxx: the client's own."""
    if isinstance(error, pymysql.err.MySQLError) and not isinstance(error, pymysql.err.InterfaceError):
        return error.args[0] == 1053 or 2000 <= error.args[0] < 3000
    return isinstance(error, (pymysql.err.InterfaceError, OSError))


class Client(threading.Thread):
    def __init__(self, server, database: str, keys: Keys, seed: int, stop: threading.Event,
                 documents: bool, levels: tuple[str, ...] = LEVELS):
        super().__init__(daemon=True)
        self.server = server
        self.database = database
        self.generator = random.Random(seed)
        self.keys = keys
        self.documents = documents  # whether there is the collection of `statements.py`
        self.stop = stop
        self.levels = levels
        self.history: list[Transaction] = []
        self.failure: BaseException | None = None
        self.deadlocks = 0

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                try:
                    self.work()
                except Lost:
                    time.sleep(0.02)  # it may be starting again
        except BaseException as error:  # pylint: disable=broad-exception-caught
            self.failure = error

    def work(self) -> None:
        """Until the connection is lost, or it is enough."""
        raise NotImplementedError

    def begin(self, level: str) -> Transaction:
        made = Transaction(next(NUMBERS), level, start=time.monotonic(), client=type(self).__name__)
        self.history.append(made)
        return made


class SqlClient(Client):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.statements = Statements(self.keys, self.generator, self.documents)

    def work(self) -> None:
        try:
            host, port = address(self.server, "mysql")
            connection = pymysql.connect(host=host, port=port, user="root", database=self.database,
                                         autocommit=True, charset="utf8mb4")
        except (pymysql.err.MySQLError, OSError) as error:
            raise Lost from error
        try:
            with connection.cursor() as cursor:
                self.execute(cursor, "SET innodb_lock_wait_timeout = 2")
                while not self.stop.is_set():
                    self.transaction(cursor)
        finally:
            connection._force_close()  # pylint: disable=protected-access

    def execute(self, cursor, text: str) -> None:
        """Raises `Lost`, or the server's error."""
        try:
            cursor.execute(text)
        except (pymysql.err.MySQLError, OSError) as error:
            if is_lost_sql(error):
                raise Lost from error
            raise

    def transaction(self, cursor) -> None:
        level = self.generator.choice(self.levels)
        self.statements.seen.clear()
        self.execute(cursor, f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
        made = self.begin(level)
        if self.generator.random() < 0.2:
            made.commit_start = made.start
            made.committed = None
            made.committed = self.statement(cursor, made, self.statements.any(may_lock=False))
            made.end = time.monotonic()
            return
        self.execute(cursor, "BEGIN")
        goes_on = True
        savepoint: int | None = None  # from which statement on
        for _ in range(self.generator.choice([1, 2, 2, 3, 3, 4, 6])):
            goes_on = self.statement(cursor, made, self.statements.any(may_lock=True))
            if not goes_on:
                break
            chance = self.generator.random()
            if chance < 0.1:
                self.note(cursor, made, "SAVEPOINT s")
                savepoint = len(made.statements)
            elif chance < 0.2 and savepoint is not None:
                self.note(cursor, made, "ROLLBACK TO s")
                for statement in made.statements[savepoint:]:
                    for write in statement.writes:
                        if write.lasts:
                            write.undone_at = len(made.statements) - 1
        if not goes_on:
            made.end = time.monotonic()
            return
        made.commit_start = time.monotonic()
        if self.generator.random() < 0.1:
            self.execute(cursor, "ROLLBACK")
        else:
            made.committed = None
            try:
                self.execute(cursor, "COMMIT")
                made.committed = True
            except pymysql.err.MySQLError as error:
                if error.args[0] != DEADLOCK:
                    raise
                self.deadlocks += 1
                made.committed = False
        made.end = time.monotonic()

    def note(self, cursor, made: Transaction, text: str) -> None:
        start = time.monotonic()
        self.execute(cursor, text)
        made.statements.append(Statement(text, start, time.monotonic()))

    def statement(self, cursor, made: Transaction, plan: Plan) -> bool:
        """Whether the transaction goes on. (One statement by itself: whether it was done.)"""
        place = len(made.statements)
        statement = Statement(plan.text, time.monotonic(), float("inf"), writes=plan.writes,
                              locking=plan.locking)
        made.statements.append(statement)
        try:
            self.execute(cursor, plan.text)
        except pymysql.err.MySQLError as error:
            number = error.args[0]
            statement.text += f"  -- {number}"
            statement.end = time.monotonic()
            if number not in STATEMENT_ALONE and number != DEADLOCK:
                raise
            for write in statement.writes:
                write.undone_at = place
            self.deadlocks += number == DEADLOCK
            return number != DEADLOCK
        rows = cursor.fetchall()
        statement.end = time.monotonic()
        statement.reads = plan.read(rows)
        if plan.writes:
            told = plan.wrote(cursor.rowcount)
            if told is None:
                statement.writes = []
            else:
                statement.reads += told
        if plan.register is not None and statement.writes and self.generator.random() < 0.8:
            self.tell_before(cursor, made, statement.writes[0])
        return True

    def tell_before(self, cursor, made: Transaction, write: Write) -> None:
        """What a write to a register overwrote: asked while it is locked, or soon after."""
        text = f"SELECT v, prev FROM registers WHERE id = {write.key[1]}"
        try:
            start = time.monotonic()
            self.execute(cursor, text)
        except pymysql.err.MySQLError as error:
            if error.args[0] not in (1205, DEADLOCK):
                raise
            return
        except Lost:
            if made.committed is not None:
                raise
            return  # the write is done, by itself
        row = cursor.fetchall()[0]
        if row[0] == write.value:
            write.before = row[1]
        if made.committed is False:  # a statement of it
            made.statements.append(Statement(text, start, time.monotonic(),
                                             reads=[Read(write.key, tuple(row))]))


class ReqlClient(Client):
    """Each query by itself: what it does is serializable."""

    def __init__(self, r, *arguments):
        super().__init__(*arguments)
        self.r = r

    def work(self) -> None:
        errors = self.r.errors
        try:
            connection = self.r.connect(*address(self.server, "rethinkdb"), db=self.database,
                                        timeout=10)
        except (errors.ReqlError, OSError) as error:
            raise Lost from error
        try:
            while not self.stop.is_set():
                self.query(connection)
        except (errors.ReqlDriverError, errors.ReqlAvailabilityError, OSError) as error:
            raise Lost from error
        finally:
            try:
                connection.close(noreply_wait=False)
            except (errors.ReqlError, OSError):
                pass

    def query(self, connection) -> None:
        made = self.begin(SERIALIZABLE)
        text, query, read, writes = self.any()
        made.commit_start = made.start = time.monotonic()
        made.committed = None if writes else False
        statement = Statement(text, made.start, float("inf"), writes=writes)
        made.statements.append(statement)
        result = query.run(connection)
        statement.end = made.end = time.monotonic()
        if writes and (result["errors"] or not result["inserted"] + result["replaced"]):
            raise AssertionError(f"{text}: {result}")
        made.committed = True
        statement.reads = read(result)

    def any(self):
        """Its text, the query, what the result says, and what it writes."""
        r, key = self.r, self.keys.pick(self.generator)
        register = self.generator.randrange(REGISTERS)
        kind = self.generator.randrange(9 if self.documents else 7)
        if kind == 0:
            return (f"get {key} of lists", r.table("lists").get(key),
                    lambda row: list_reads([key], [(key, row["items"])] if row else []), [])
        if kind == 1:
            return (f"get_all k={key} of elements", r.table("elements").get_all(key, index="k")
                    .coerce_to("array"),
                    lambda rows: set_reads([key], [(row["id"], row["k"]) for row in rows]), [])
        if kind == 2:
            return (f"filter k={key} of elements", r.table("elements").filter({"k": key})
                    .coerce_to("array"),
                    lambda rows: set_reads([key], [(row["id"], row["k"]) for row in rows]), [])
        if kind == 3:
            return (f"get {register} of registers", r.table("registers").get(register),
                    lambda row: [Read(("register", register), (row["v"], row["prev"]))], [])
        if kind == 7:
            return (f"get {key} of documents", r.table("documents").get(key),
                    lambda row: array_reads([key], [row] if row else []), [])
        value = self.keys.value()
        if kind == 8:
            return (f"append {value} to document {key}", r.table("documents").insert(
                {"_id": key, "items": [value]}, conflict=lambda _id, old, new: old.merge(
                    {"items": old["items"] + new["items"]})), lambda _result: [],
                    [Write(("array", key), value)])
        if kind == 4:
            return (f"append {value} to {key}", r.table("lists").insert(
                {"id": key, "items": f",{value}"}, conflict=lambda _id, old, new: old.merge(
                    {"items": old["items"] + new["items"]})), lambda _result: [],
                    [Write(("list", key), value)])
        if kind == 5:
            return (f"insert {value} for {key}", r.table("elements").insert({"id": value, "k": key}),
                    lambda _result: [], [Write(("set", key), value)])
        write = Write(("register", register), value)

        def told(result):
            write.before = result["changes"][0]["old_val"]["v"]
            return []
        return (f"set register {register} to {value}", r.table("registers").get(register).update(
            {"prev": r.row["v"], "v": value}, return_changes=True), told, [write])
