"""Statements that are deep, or many times as much work as text, end with an error and hold up nobody."""

from __future__ import annotations

import pymysql
import pytest

from client import connect


@pytest.fixture(name="cursor")
def cursor_of_test(server):
    with connect(server, database="test", autocommit=True) as connection:
        with connection.cursor() as cursor:
            yield cursor


def chain(count: int) -> str:
    tables = ["c0 AS (SELECT 1 x)"]
    tables += [f"c{i} AS (SELECT * FROM c{i - 1})" for i in range(1, count)]
    return f"WITH {', '.join(tables)} SELECT * FROM c{count - 1}"


def test_common_tables_of_common_tables(cursor):
    cursor.execute(chain(150))
    assert cursor.fetchone() == (1,)
    for count in (300, 1300, 4000):
        with pytest.raises(pymysql.err.MySQLError) as refused:
            cursor.execute(chain(count))
        assert refused.value.args[0] == 1473


def test_derived_tables_within_each_other(cursor):
    for depth, number in ((100, None), (1000, 1473)):
        text = "SELECT 1 x"
        for level in range(depth):
            text = f"SELECT * FROM ({text}) t{level}"
        if number is None:
            cursor.execute(text)
            assert cursor.fetchone() == (1,)
        else:
            with pytest.raises(pymysql.err.MySQLError) as refused:
                cursor.execute(text)
            assert refused.value.args[0] in (number, 1436)


def test_many_different_windows(cursor):
    windows = ", ".join(f"SUM(x) OVER (ORDER BY x + {i})" for i in range(120))
    cursor.execute(f"SELECT {windows} FROM (SELECT 1 x UNION ALL SELECT 2) t")
    assert cursor.fetchall() == ((1,) * 120, (3,) * 120)


def test_a_join_of_few_rows_runs_beside_others(server, cursor):
    """2^24 pairs: others of the same thread are served meanwhile, and it can be ended."""
    tables = ", ".join(["(SELECT 1 x UNION ALL SELECT 2) a0"] +
                       [f"(SELECT 1 x UNION ALL SELECT 2) a{i}" for i in range(1, 40)])
    with connect(server, autocommit=True) as other:
        place = other.thread_id()
        other._execute_command(3, f"SELECT COUNT(*) FROM {tables}")  # pylint: disable=protected-access
        for _ in range(8):  # one of them is on its thread
            with connect(server) as third, third.cursor() as asking:
                asking.execute("SELECT 1")
                assert asking.fetchone() == (1,)
        cursor.execute(f"KILL QUERY {place}")
        with pytest.raises(pymysql.err.OperationalError) as ended:
            other._read_query_result()  # pylint: disable=protected-access
        assert ended.value.args[0] == 1317
