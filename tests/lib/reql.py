"""As much ReQL as tests of other protocols need: users, grants and rows, by hand."""

from __future__ import annotations

import itertools

from lib import reql_wire

DB, TABLE, INSERT, GET, DELETE, GRANT = 14, 15, 56, 16, 54, 188
MAKE_ARRAY = 2


class ReqlError(Exception):
    """An error that the server answered with."""


class Administrator:
    """A connection of `admin`, who has no password."""

    def __init__(self, host: str, port: int):
        self.connection = reql_wire.Connection(host, port)
        self.tokens = itertools.count(1)

    def close(self) -> None:
        self.connection.socket.close()

    def run(self, term):
        answer = self.connection.call(next(self.tokens), [reql_wire.START, term, {}])
        if answer["t"] not in (1, 2):
            raise ReqlError(answer["r"][0])
        result = answer["r"][0]
        if isinstance(result, dict) and result.get("errors"):
            raise ReqlError(result["first_error"])
        return result

    @staticmethod
    def users():
        return [TABLE, [[DB, ["rethinkdb"]], "users"]]

    def put_user(self, name: str, password: str) -> None:
        row = {"id": name, "password": {"password": password, "iterations": 1}}
        self.run([INSERT, [self.users(), row], {"conflict": "replace"}])

    def drop_user(self, name: str) -> None:
        self.run([DELETE, [[GET, [self.users(), name]]]])

    def grant(self, user: str, permissions: dict, database: str | None = None,
              table: str | None = None) -> None:
        scope = [] if database is None else [[DB, [database]]]
        if table is not None:
            scope = [[TABLE, [*scope, table]]]
        self.run([GRANT, [*scope, user, permissions]])
