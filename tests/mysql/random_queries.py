#!/usr/bin/env python3
"""Random queries with joins and subqueries, whose rows are compared with those of other ways to ask.

    random_queries.py                      each query in three parts: where its condition is true, false and
                                           unknown the rows are together those without the condition
    random_queries.py --mariadb SOCKET     and the same query asked of MariaDB over the same rows
    random_queries.py --count 2000 --seed 7

Tables are small and full of nulls and equal values; some columns have indexes.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import sys
from collections import Counter

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

# pylint: disable=wrong-import-position
from lib import venvs
from lib.server import Server

DATABASE = "random_queries"
TABLES = {
    "a": ("CREATE TABLE a (id INT PRIMARY KEY, x INT, y INT, s VARCHAR(10), d DECIMAL(8,2), KEY (x))", 30),
    "b": ("CREATE TABLE b (id INT PRIMARY KEY, x INT, y INT, s VARCHAR(10), d DECIMAL(8,2), KEY (y, x))", 40),
    "c": ("CREATE TABLE c (id INT PRIMARY KEY, x INT, y INT NOT NULL, s VARCHAR(10), d DECIMAL(8,2))", 25),
    "e": ("CREATE TABLE e (id INT PRIMARY KEY, x INT, y INT, s VARCHAR(10), d DECIMAL(8,2))", 3),
}
TEXTS = ["a", "A", "b", "c", "", None]


class Queries:
    """Makes conditions over aliases of tables, and queries of these."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.aliases = 0

    def alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases}"

    def column(self, aliases: list[str]) -> str:
        return f"{self.chance.choice(aliases)}.{self.chance.choice(['id', 'x', 'y', 'd'])}"

    def integer(self, aliases: list[str]) -> str:
        """Of a query's IN: MariaDB rounds decimals that meet integers there."""
        return f"{self.chance.choice(aliases)}.{self.chance.choice(['id', 'x', 'y'])}"

    def text(self, aliases: list[str]) -> str:
        return f"{self.chance.choice(aliases)}.s"

    def constant(self) -> str:
        return str(self.chance.randint(0, 9))

    def simple(self, aliases: list[str]) -> str:
        kind = self.chance.randrange(7)
        left = self.column(aliases)
        if kind == 0:
            return f"{left} IS {self.chance.choice(['', 'NOT '])}NULL"
        if kind == 1:
            items = ", ".join(self.constant() for _ in range(self.chance.randint(1, 4)))
            return f"{left} {self.chance.choice(['', 'NOT '])}IN ({items})"
        if kind == 2:
            return f"{self.text(aliases)} = '{self.chance.choice(['a', 'b', 'C'])}'"
        if kind == 3:
            return f"{self.text(aliases)} = {self.text(aliases)}"
        right = self.column(aliases) if kind > 4 else self.constant()
        return f"{left} {self.chance.choice(['=', '=', '<', '>=', '<>'])} {right}"

    def query_within(self, aliases: list[str], depth: int) -> tuple[str, str]:
        """FROM with WHERE, and the alias."""
        inner = self.alias()
        table = self.chance.choice(list(TABLES))
        source = f"{table} {inner}"
        own = [inner]
        if self.chance.random() < 0.2:
            second = self.alias()
            source += f" JOIN {self.chance.choice(list(TABLES))} {second} ON {inner}.x = {second}.x"
            own.append(second)
        conditions = []
        for _ in range(self.chance.choice([0, 1, 1, 1, 2])):
            outer = self.column(aliases)
            mine = self.column(own)
            conditions.append(f"{mine} {self.chance.choice(['=', '=', '=', '<', '<>'])} {outer}")
        if self.chance.random() < 0.15:
            conditions.append(f"{self.text(own)} = {self.text(aliases)}")
        if self.chance.random() < 0.4:
            conditions.append(self.simple(own))
        if depth > 0 and self.chance.random() < 0.2:
            conditions.append(self.with_query(own + aliases, depth - 1))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"FROM {source}{where}", inner

    def with_query(self, aliases: list[str], depth: int) -> str:
        source, inner = self.query_within(aliases, depth)
        negated = self.chance.choice(["", "NOT "])
        kind = self.chance.randrange(5)
        if kind < 2:
            return f"{negated}EXISTS (SELECT * {source})"
        if kind == 2:
            return f"{self.integer(aliases)} {negated}IN (SELECT {self.integer([inner])} {source})"
        if kind == 3 and self.chance.random() < 0.3:
            return (f"({self.integer(aliases)}, {self.integer(aliases)}) {negated}IN "
                    f"(SELECT {self.integer([inner])}, {self.integer([inner])} {source})")
        aggregate = self.chance.choice(["COUNT(*)", f"COUNT({inner}.x)", f"MAX({inner}.y)", f"SUM({inner}.x)",
                                        f"MIN({inner}.d) + 1", f"COALESCE(SUM({inner}.y), 0)",
                                        f"BIT_OR({inner}.x)", f"AVG({inner}.x)"])
        return f"{self.column(aliases)} {self.chance.choice(['<', '=', '>=', '<>'])} (SELECT {aggregate} {source})"

    def condition(self, aliases: list[str], depth: int) -> str:
        kind = self.chance.randrange(10)
        if kind < 4:
            return self.simple(aliases)
        if kind < 8 or depth == 0:
            return self.with_query(aliases, 1)
        word = " OR " if kind == 9 else " AND "
        parts = [self.condition(aliases, depth - 1) for _ in range(2)]
        if word == " OR " and self.chance.random() < 0.6:
            common = self.simple(aliases)
            parts = [f"({common} AND {part})" for part in parts]
        return f"({word.join(parts)})"

    def source(self) -> tuple[str, list[str]]:
        aliases = [self.alias()]
        text = f"{self.chance.choice(list(TABLES))} {aliases[0]}"
        for _ in range(self.chance.choice([0, 0, 1, 1, 2, 3])):
            alias = self.alias()
            kind = self.chance.choice(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN"])
            before = list(aliases)
            aliases.append(alias)
            equal = self.chance.choice(["x", "y", "id"])
            on = f"{alias}.{equal} = {self.chance.choice(before)}.{self.chance.choice(['x', 'y', 'id'])}"
            if self.chance.random() < 0.3:
                on += f" AND {self.simple(aliases)}"
            text += f" {kind} {self.chance.choice(list(TABLES))} {alias} ON {on}"
        return text, aliases

    def next(self) -> tuple[str, str]:
        """A query without condition, and the condition."""
        self.aliases = 0
        source, aliases = self.source()
        columns = ", ".join(f"{alias}.id" for alias in aliases)
        conditions = [self.condition(aliases, 2) for _ in range(self.chance.choice([1, 1, 2, 3]))]
        return f"SELECT {columns} FROM {source}", " AND ".join(conditions)


def rows_of(connection, query: str) -> Counter | str:
    driver = __import__("pymysql")
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return Counter(cursor.fetchall())
    except driver.err.MySQLError as error:
        return f"error {error.args[0] if error.args else ''}: {error}"


def fill(connections: list, chance: random.Random) -> None:
    statements = [f"DROP DATABASE IF EXISTS {DATABASE}", f"CREATE DATABASE {DATABASE}", f"USE {DATABASE}"]
    for name, (definition, rows) in TABLES.items():
        statements.append(definition)
        for number in range(rows):
            def maybe(value):
                return "NULL" if value is None or chance.random() < 0.15 else repr(value)
            y = repr(chance.randint(0, 9)) if name == "c" else maybe(chance.randint(0, 9))
            statements.append(f"INSERT INTO {name} VALUES ({number}, {maybe(chance.randint(0, 9))}, {y}, "
                              f"{maybe(chance.choice(TEXTS))}, {maybe(chance.randint(0, 40) / 4)})")
    for connection in connections:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def complaints(own, other, query: str, condition: str) -> list[str]:
    found = []
    parts = [f"{query} WHERE {condition}", f"{query} WHERE NOT ({condition})",
             f"{query} WHERE ({condition}) IS NULL"]
    answers = [rows_of(own, part) for part in parts]
    errors = [answer for answer in answers if isinstance(answer, str)]
    if errors:
        found.append(errors[0])
    else:
        everything = rows_of(own, query)
        if sum(answers, Counter()) != everything:
            found.append("the parts are not the whole")
    if other is not None and not errors:
        expected = rows_of(other, parts[0])
        if not isinstance(expected, str) and expected != answers[0]:
            found.append(f"{sum(answers[0].values())} rows, MariaDB has {sum(expected.values())}")
    return [f"{why}: {parts[0]}" for why in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mariadb", metavar="SOCKET", help="of a running server, user root")
    parser.add_argument("--address", help="host:port of a running Octavo")
    options = parser.parse_args()
    wanted = venvs.python("current")
    if pathlib.Path(sys.prefix) != wanted.parents[1]:
        os.execv(wanted, [str(wanted), *sys.argv])
    driver = __import__("pymysql")
    server = None if options.address else Server().start()
    try:
        host, port = server.addresses["mysql"] if server else options.address.rsplit(":", 1)
        own = driver.connect(host=host, port=int(port), user="root", autocommit=True, read_timeout=120)
        other = driver.connect(unix_socket=options.mariadb, user="root", autocommit=True) if options.mariadb else None
        chance = random.Random(options.seed)
        fill([own, other] if other else [own], chance)
        queries = Queries(chance)
        wrong = 0
        for _ in range(options.count):
            for complaint in complaints(own, other, *queries.next()):
                wrong += 1
                print(complaint, flush=True)
        print(f"{options.count - wrong} passed, {wrong} failed")
        return int(wrong > 0)
    finally:
        if server:
            server.close()


if __name__ == "__main__":
    sys.exit(main())
