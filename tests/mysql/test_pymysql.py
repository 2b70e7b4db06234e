"""PyMySQL as it is: connections, cursors, parameters, transactions."""

from __future__ import annotations

import threading
import time
import unittest

import pymysql
import pymysql.cursors

from client import connect, start


class PyMysqlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = start()
        with connect(cls.server) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE shop")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.connection = connect(self.server, database="shop")
        self.addCleanup(self.connection.close)
        self.cursor = self.connection.cursor()
        self.cursor.execute("DROP TABLE IF EXISTS books")
        self.cursor.execute("CREATE TABLE books (id INT AUTO_INCREMENT PRIMARY KEY, "
                            "title VARCHAR(100) NOT NULL, price DECIMAL(8,2), sold DATE)")

    def test_values_of_each_kind_come_back(self):
        import datetime
        import decimal
        row = ("Emma", decimal.Decimal("12.50"), datetime.date(1815, 12, 23))
        self.cursor.execute("INSERT INTO books (title, price, sold) VALUES (%s, %s, %s)", row)
        self.assertEqual(self.cursor.lastrowid, 1)
        self.connection.commit()
        self.cursor.execute("SELECT title, price, sold FROM books")
        self.assertEqual(self.cursor.fetchall(), (row,))

    def test_many_rows_in_one_statement(self):
        rows = [(f"book {i}", i) for i in range(500)]
        count = self.cursor.executemany("INSERT INTO books (title, price) VALUES (%s, %s)", rows)
        self.assertEqual(count, 500)
        self.cursor.execute("SELECT COUNT(*), SUM(price) FROM books")
        self.assertEqual([int(cell) for cell in self.cursor.fetchone()], [500, sum(range(500))])

    def test_dictionaries_and_fetching_by_parts(self):
        self.cursor.executemany("INSERT INTO books (title) VALUES (%s)", ["a", "b", "c"])
        with self.connection.cursor(pymysql.cursors.DictCursor) as cursor:
            cursor.execute("SELECT id, title FROM books ORDER BY id")
            self.assertEqual(cursor.fetchone(), {"id": 1, "title": "a"})
            self.assertEqual(cursor.fetchmany(1), [{"id": 2, "title": "b"}])
            self.assertEqual(cursor.fetchall(), [{"id": 3, "title": "c"}])

    def test_unbuffered_rows(self):
        rows = [(f"book {i}",) for i in range(5000)]
        self.cursor.executemany("INSERT INTO books (title) VALUES (%s)", rows)
        with self.connection.cursor(pymysql.cursors.SSCursor) as cursor:
            cursor.execute("SELECT title FROM books ORDER BY id")
            self.assertEqual(list(cursor), rows)

    def test_errors_are_of_their_classes(self):
        self.cursor.execute("INSERT INTO books (id, title) VALUES (5, 'a')")
        for statement, kind, number in (
                ("INSERT INTO books (id, title) VALUES (5, 'b')", pymysql.err.IntegrityError, 1062),
                ("INSERT INTO books (title) VALUES (NULL)", pymysql.err.IntegrityError, 1048),
                ("SELECT * FROM nothing", pymysql.err.ProgrammingError, 1146),
                ("SELEC 1", pymysql.err.ProgrammingError, 1064),
                ("SELECT nothing FROM books", pymysql.err.OperationalError, 1054)):
            with self.subTest(statement), self.assertRaises(kind) as caught:
                self.cursor.execute(statement)
            self.assertEqual(caught.exception.args[0], number)

    def test_transactions_are_told_what_holds(self):
        """autocommit is off by default; each statement commits by itself all the same."""
        self.cursor.execute("INSERT INTO books (title) VALUES ('a')")
        self.connection.rollback()
        with connect(self.server, database="shop") as other, other.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM books")
            self.assertEqual(cursor.fetchone(), (1,))
        self.connection.begin()
        self.connection.commit()

    def test_a_statement_is_killed(self):
        self.cursor.executemany("INSERT INTO books (title) VALUES (%s)",
                                [("x" * 50,)] * 2000)
        errors = []

        def run():
            try:
                self.cursor.execute("SELECT SLEEP(60)")
                errors.append(None)
            except pymysql.err.MySQLError as error:
                errors.append(error.args[0])

        thread = threading.Thread(target=run)
        thread.start()
        with connect(self.server) as other, other.cursor() as cursor:
            deadline = time.monotonic() + 30
            while thread.is_alive() and time.monotonic() < deadline:
                cursor.execute("SELECT COUNT(*) FROM information_schema.processlist "
                               "WHERE id = %s AND info LIKE '%%SLEEP%%'",
                               (self.connection.thread_id(),))
                if cursor.fetchone()[0]:
                    cursor.execute(f"KILL QUERY {self.connection.thread_id()}")
                    break
        thread.join(30)
        self.assertEqual(errors, [1317])

    def test_several_statements_in_one_text(self):
        flag = pymysql.constants.CLIENT.MULTI_STATEMENTS
        with connect(self.server, database="shop", client_flag=flag) as connection:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO books (title) VALUES ('a'); SELECT COUNT(*) FROM books; "
                               "SELECT 'é;' AS x")
                self.assertTrue(cursor.nextset())
                self.assertEqual(cursor.fetchall(), ((1,),))
                self.assertTrue(cursor.nextset())
                self.assertEqual(cursor.fetchall(), (("é;",),))
                self.assertFalse(cursor.nextset())


if __name__ == "__main__":
    unittest.main()
