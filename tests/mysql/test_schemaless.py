"""Tables that RethinkDB's clients made, and keys of Redis, in SQL."""

from __future__ import annotations

import unittest

from client import connect, start
from lib import reql, resp


class SchemalessTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = start()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def test_rows_of_documents_have_columns(self):
        r, rethink = reql.connect(self.server)
        r.table_create("people").run(rethink)
        r.table("people").insert([
            {"id": 1, "name": "ann", "age": 31, "tags": ["a"], "on": True},
            {"id": 2, "name": "bob", "age": 40},
            {"id": 3, "name": "cid", "age": 40.5, "odd": 1},
        ]).run(rethink)
        with connect(self.server, database="test") as connection, connection.cursor() as cursor:
            cursor.execute("DESCRIBE people")
            self.assertEqual([row[0] for row in cursor.fetchall()],
                             ["id", "age", "name", "odd", "on", "tags"])
            cursor.execute("SELECT name FROM people WHERE age > 30 ORDER BY age, name")
            self.assertEqual(cursor.fetchall(), (("ann",), ("bob",), ("cid",)))
            cursor.execute("SELECT COUNT(*), MAX(age) FROM people")
            self.assertEqual(cursor.fetchone(), (3, 40.5))
            cursor.execute("INSERT INTO people (id, name, age) VALUES (4, 'dan', 50)")
            cursor.execute("UPDATE people SET age = 51 WHERE id = 4")
        self.assertEqual(r.table("people").get(4).run(rethink),
                         {"id": 4, "name": "dan", "age": 51})

    def test_a_declared_table_is_a_table_for_everyone(self):
        r, rethink = reql.connect(self.server)
        with connect(self.server, database="test") as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE dues (id INT PRIMARY KEY, owed INT NOT NULL)")
            cursor.execute("INSERT INTO dues VALUES (1, 5)")
            self.assertEqual(r.table("dues").get(1).run(rethink), {"id": 1, "owed": 5})
            r.table("dues").insert({"id": 2, "owed": 7}).run(rethink)
            refused = r.table("dues").insert({"id": 3}).run(rethink)
            self.assertEqual(refused["errors"], 1)
            cursor.execute("SELECT SUM(owed) FROM dues")
            self.assertEqual(int(cursor.fetchone()[0]), 12)

    def test_keys_are_rows(self):
        host, port = self.server.addresses["redis"]
        with resp.Connection(host, port) as redis:
            redis.call("SET", "greeting", "hello")
        with connect(self.server) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id, type, value FROM redis.db0 WHERE id = 'greeting'")
            self.assertEqual(cursor.fetchone(), ("greeting", "string", "hello"))


if __name__ == "__main__":
    unittest.main()
