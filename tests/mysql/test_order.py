"""ORDER BY by the order of an index gives what sorting does: the same queries with indexes and without."""

from __future__ import annotations

import random

import pytest

from client import connect

DATABASE = "orders"
COLUMNS = ("id", "a", "b", "c", "d")
DEFINITION = "id INT PRIMARY KEY, a INT, b VARCHAR(10), c DECIMAL(5,2) NOT NULL, d DATETIME"
INDEXES = "KEY (a), KEY (b), KEY (c, a), KEY (a, b, d)"
ROWS = 400


@pytest.fixture(name="cursor", scope="module")
def cursor_of_tables(server):
    rng = random.Random(5)
    rows = []
    for number in range(ROWS):
        rows.append((number,
                     rng.choice([None, *range(-3, 8)]),
                     rng.choice([None, "a", "A", "ä", "b", "", "zz", "Z"]),
                     rng.choice(["0.00", "1.50", "-2.25", "10.00"]),
                     rng.choice([None, "2020-01-01", "2021-02-03 04:05:06"])))
    with connect(server, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
        cursor.execute(f"USE {DATABASE}")
        cursor.execute(f"CREATE TABLE plain ({DEFINITION})")
        cursor.execute(f"CREATE TABLE keyed ({DEFINITION}, {INDEXES})")
        for table in ("plain", "keyed"):
            cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s, %s, %s, %s)", rows)
        yield cursor


def random_query(rng: random.Random) -> str:
    # `id` comes last: no two rows are equal, and there is one right answer.
    columns = rng.sample(COLUMNS[1:], rng.randint(0, 3)) + ["id"]
    direction = rng.choice(["", " DESC"])
    order = [name + (direction if rng.random() < 0.8 else rng.choice(["", " DESC"]))
             for name in columns]
    conditions = []
    if rng.random() < 0.5:
        conditions.append(rng.choice(["a = 3", "a > 2", "a IS NULL", "a <= 4", "a IN (1, 5)"]))
    if rng.random() < 0.3:
        conditions.append(rng.choice(["b = 'a'", "b > 'a'", "b LIKE 'z%'"]))
    if rng.random() < 0.3:
        conditions.append(rng.choice(["c = 1.5", "c > 0", "d IS NOT NULL", "id > 50"]))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    limit = rng.choice(["", " LIMIT 1", " LIMIT 5", " LIMIT 3, 4", " LIMIT 90"])
    return f"SELECT {rng.choice(['id', '*', 'b, id'])} FROM {{}}{where} ORDER BY {', '.join(order)}{limit}"


def test_the_order_of_an_index_is_that_of_its_columns(cursor):
    rng = random.Random(11)
    by_index = 0
    for _ in range(400):
        query = random_query(rng)
        cursor.execute(query.format("plain"))
        sorted_rows = cursor.fetchall()
        cursor.execute(query.format("keyed"))
        assert cursor.fetchall() == sorted_rows, query
        cursor.execute("EXPLAIN FORMAT=TREE " + query.format("keyed"))
        plan = cursor.fetchone()[0]
        by_index += "Index " in plan and "using PRIMARY" not in plan and "Sort:" not in plan
    assert by_index > 25, "few of the queries went by an index"


def test_the_first_rows_are_written_in_the_order_of_an_index(cursor):
    for table in ("plain", "keyed"):
        cursor.execute(f"UPDATE {table} SET c = 99 ORDER BY c DESC, a DESC, id DESC LIMIT 3")
        assert cursor.rowcount == 3
        cursor.execute(f"DELETE FROM {table} ORDER BY a, id LIMIT 2")
    cursor.execute("SELECT COUNT(*) FROM plain JOIN keyed USING (id, c)")
    assert cursor.fetchone() == (ROWS - 2,)
