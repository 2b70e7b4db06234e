"""EXPLAIN FORMAT=JSON: a document of what the rows of EXPLAIN say."""

from __future__ import annotations

import json

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
