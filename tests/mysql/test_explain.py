"""EXPLAIN FORMAT=JSON: a document of what the rows of EXPLAIN say; EXPLAIN ANALYZE: what ran."""

from __future__ import annotations

import json
import re

import pymysql
import pytest

from client import connect


@pytest.fixture(name="cursor")
def cursor_over_tables(server):
    with connect(server, database="test", autocommit=True) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE explained (id INT PRIMARY KEY, n INT, KEY (n))")
        yield cursor
        cursor.execute("DROP TABLE explained")


def block(cursor, query):
    cursor.execute("EXPLAIN FORMAT=json " + query)
    assert [column[0] for column in cursor.description] == ["EXPLAIN"]
    ((text,),) = cursor.fetchall()
    assert text.startswith('{\n  "query_block": {\n    "select_id": 1,\n')
    return json.loads(text)["query_block"]


def test_no_table(cursor):
    assert block(cursor, "SELECT 1") == {"select_id": 1, "message": "No tables used"}


def test_a_table(cursor):
    read = block(cursor, "SELECT * FROM explained WHERE id = 1")["table"]
    assert read == {"table_name": "explained", "access_type": "const", "possible_keys": ["PRIMARY"],
                    "key": "PRIMARY", "rows_examined_per_scan": 1, "filtered": "100.00"}


def test_an_order(cursor):
    ordered = block(cursor, "SELECT * FROM explained ORDER BY n + 1")["ordering_operation"]
    assert ordered["using_filesort"] is True
    assert ordered["table"]["access_type"] == "ALL"


def test_several_tables(cursor):
    loop = block(cursor, "SELECT n FROM explained UNION ALL SELECT id FROM explained")["nested_loop"]
    assert [each["table"]["table_name"] for each in loop] == ["explained", "explained"]


def test_a_delete(cursor):
    read = block(cursor, "DELETE FROM explained WHERE n > 1")["table"]
    assert (read["access_type"], read["key"]) == ("range", "n")


# --- EXPLAIN ANALYZE ---

TIMED = re.compile(r"\(actual time=(\d+\.\d{3})\.\.(\d+\.\d{3}) ")


def analyzed(cursor, query):
    """The lines of the tree, without their times, which are checked by themselves."""
    cursor.execute("EXPLAIN ANALYZE " + query)
    assert [column[0] for column in cursor.description] == ["EXPLAIN"]
    ((text,),) = cursor.fetchall()
    for first, total in TIMED.findall(text):
        assert 0 <= float(first) <= float(total)
    return [line.strip() for line in TIMED.sub("(actual ", text).split("\n")]


@pytest.fixture(name="filled")
def cursor_over_rows(cursor):
    cursor.execute("INSERT INTO explained VALUES (1, 10), (2, 20), (3, 20), (4, 30)")
    cursor.execute("CREATE TABLE parts (id INT PRIMARY KEY, part_of INT, KEY (part_of))")
    cursor.execute("INSERT INTO parts VALUES (1, 1), (2, 1), (3, 2), (4, 9)")
    cursor.execute("ANALYZE TABLE explained, parts")
    yield cursor
    cursor.execute("DROP TABLE parts")


def counts(line):
    return re.search(r"\(actual (rows=\d+ loops=\d+)\)", line)[1]


def test_what_operators_did(filled):
    lines = analyzed(filled, "SELECT id FROM explained WHERE n + 0 = 20 ORDER BY n + 1 LIMIT 1")
    assert [line.split(":")[0].split(" on ")[0] for line in lines] == [
        "-> Limit", "-> Sort", "-> Filter", "-> Table scan"]
    assert [counts(line) for line in lines] == [
        "rows=1 loops=1", "rows=1 loops=1", "rows=2 loops=1", "rows=4 loops=1"]


def test_lookups_are_averages(filled):
    lines = analyzed(filled, "SELECT STRAIGHT_JOIN * FROM explained JOIN parts ON parts.part_of = explained.id"
                             " WHERE explained.n < 30")
    assert counts(lines[0]) == "rows=3 loops=1"


def test_lookups_of_many_rows_are_counted_while_they_run(filled):
    rows = ", ".join(f"({i}, {i % 7})" for i in range(10, 3000))
    filled.execute(f"INSERT INTO explained VALUES {rows}")
    filled.execute("INSERT INTO parts SELECT id, id + n FROM explained WHERE id >= 10")
    filled.execute("ANALYZE TABLE explained, parts")
    lines = analyzed(filled, "SELECT STRAIGHT_JOIN explained.n, COUNT(*), SUM(parts.id) FROM explained"
                             " JOIN parts ON parts.part_of = explained.id AND explained.id < 60 GROUP BY explained.n")
    assert counts(lines[0]) == "rows=9 loops=1"
    assert "lookup" in "".join(lines[1:]), lines[1:]


def test_lookups_that_find_more_than_is_held(filled):
    """Nine keys of 3,000 rows each: eight of them at once are more than 16,384."""
    filled.execute("DELETE FROM explained")
    filled.execute("DELETE FROM parts")
    filled.execute("INSERT INTO explained VALUES " + ", ".join(f"({i}, {i})" for i in range(1, 10)))
    for first in range(0, 27_000, 9_000):
        filled.execute("INSERT INTO parts VALUES " + ", ".join(f"({i}, {i % 9 + 1})" for i in range(first, first + 9_000)))
    query = ("SELECT STRAIGHT_JOIN explained.n, COUNT(*), MIN(parts.id), MAX(parts.id), SUM(parts.id) FROM explained"
             " JOIN parts FORCE INDEX (part_of) ON parts.part_of = explained.id GROUP BY explained.n")
    assert "lookup" in "".join(analyzed(filled, query))
    filled.execute(query)
    expected = [range(n - 1, 27_000, 9) for n in range(1, 10)]
    assert [tuple(map(int, row)) for row in filled.fetchall()] == [
        (n, 3000, of[0], of[-1], sum(of)) for n, of in enumerate(expected, 1)]


def test_a_dependent_query_has_its_loops(filled):
    lines = analyzed(filled, "SELECT id, (SELECT COUNT(*) FROM parts WHERE part_of = explained.id AND n > RAND())"
                             " FROM explained")
    counted = [line for line in lines if line.startswith("-> Aggregate")]
    assert [counts(line) for line in counted] == ["rows=1 loops=4"]


def test_what_did_not_run(filled):
    lines = analyzed(filled, "SELECT id, (SELECT MAX(id) FROM parts WHERE part_of = explained.id) FROM explained"
                             " WHERE n = 11")
    assert [line for line in lines if line.endswith("(never executed)")]


def test_a_recursive_step(filled):
    lines = analyzed(filled, "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5)"
                             " SELECT n FROM r")
    filters = [line for line in lines if line.startswith("-> Filter")]
    assert [counts(line) for line in filters] == ["rows=1 loops=5"]


def test_only_queries_as_a_tree(filled):
    for statement in ("UPDATE explained SET n = 1", "INSERT INTO explained VALUES (9, 9)"):
        with pytest.raises(pymysql.err.MySQLError) as refused:
            filled.execute("EXPLAIN ANALYZE " + statement)
        assert refused.value.args[0] == 1235
    with pytest.raises(pymysql.err.MySQLError) as refused:
        filled.execute("EXPLAIN ANALYZE FORMAT=JSON SELECT 1")
    assert refused.value.args[0] == 1235
    filled.execute("SELECT COUNT(*) FROM explained")
    assert filled.fetchone() == (4,)
