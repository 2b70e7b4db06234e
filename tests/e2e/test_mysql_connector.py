"""Connector/Python, its C extension and its pure form, as programs use it."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import pathlib
import threading
import time

import pytest
from mysql import connector
from mysql.connector import errorcode, pooling

from lib.mysql_clients import PASSWORD, USER
from lib.patience import patient

MOMENT = datetime.datetime(2024, 2, 29, 13, 14, 15, 678901)


@pytest.fixture(name="options", params=[True, False], ids=["pure", "extension"])
def of_a_database(request, served):
    """How to connect to a database that is new."""
    host, port = served.addresses["mysql"]
    options = {"host": host, "port": port, "user": "root", "password": "", "use_pure": request.param,
               "charset": "utf8mb4", "ssl_disabled": True}
    with contextlib.closing(connector.connect(**options)) as connection:
        cursor = connection.cursor()
        cursor.execute("DROP DATABASE IF EXISTS connector")
        cursor.execute("CREATE DATABASE connector")
    return {**options, "database": "connector"}


@pytest.fixture(name="connect")
def that_closes(options):
    """connect(**more), closed at the end."""
    with contextlib.ExitStack() as all_of_them:
        def one(**more):
            connection = connector.connect(**{**options, **more})
            all_of_them.callback(connection.close)
            return connection
        yield one


def rows(connection, text, parameters=(), **kind):
    with contextlib.closing(connection.cursor(**kind)) as cursor:
        cursor.execute(text, parameters)
        return cursor.fetchall()


def table_of_numbers(connection, count):
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE numbers (id INT PRIMARY KEY, word VARCHAR(20))")
    cursor.executemany("INSERT INTO numbers VALUES (%s, %s)", [(i, f"wörd {i}") for i in range(count)])
    connection.commit()
    return cursor


COLUMNS = {  # a column, and what goes in and comes out
    "tiny TINYINT": -128,
    "huge BIGINT UNSIGNED": 2 ** 64 - 1,
    "small BIGINT": -2 ** 63,
    "real4 FLOAT": 0.5,
    "real8 DOUBLE": 1e300,
    "exact DECIMAL(20,4)": decimal.Decimal("-1234567890123456.7891"),
    "word VARCHAR(50)": "naïve 𝄞 '\\\"",
    "body LONGTEXT": "xé" * 40_000,
    "raw VARBINARY(20)": b"\x00'\\\xff",
    "day DATE": MOMENT.date(),
    "moment DATETIME(6)": MOMENT,
    "stamp TIMESTAMP(6) NULL": MOMENT,
    "clock TIME(6)": datetime.timedelta(hours=-838, minutes=-59, seconds=-58, microseconds=-250_000),
    "calendar YEAR": 2024,
    "colour ENUM('red', 'blue')": "blue",
    "chosen SET('a', 'b', 'c')": {"a", "c"},
    "doc JSON": '{"a": [1, "é", null]}',
}


# What the driver writes or reads wrongly in the binary form, whichever server it speaks to.
WRONG_IN_BINARY = {True: ("clock TIME(6)", "calendar YEAR"),
                   False: ("clock TIME(6)", "huge BIGINT UNSIGNED", "real8 DOUBLE")}


@pytest.mark.parametrize("prepared", [False, True], ids=["text", "prepared"])
def test_values_of_every_type(connect, options, prepared):
    left_out = WRONG_IN_BINARY[options["use_pure"]] if prepared else ()
    columns = {column: value for column, value in COLUMNS.items() if column not in left_out}
    connection = connect()
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE every_type (id INT PRIMARY KEY, {', '.join(columns)})")
    cursor = connection.cursor(prepared=prepared)
    given = [",".join(sorted(value)) if isinstance(value, set) else value for value in columns.values()]
    insert = f"INSERT INTO every_type VALUES (%s, {', '.join(['%s'] * len(columns))})"
    cursor.execute(insert, (1, *given))
    cursor.execute(insert, (2, *[None] * len(columns)))
    cursor.execute("SELECT * FROM every_type WHERE id <= %s ORDER BY id", (2,))
    first, second = cursor.fetchall()

    def plain(value, expected):
        if isinstance(value, (bytes, bytearray)):  # the binary form has no texts of JSON
            value = bytes(value) if isinstance(expected, bytes) else value.decode()
        if isinstance(expected, set) and isinstance(value, str):  # nor sets
            value = set(value.split(","))
        return value

    assert [plain(*both) for both in zip(first[1:], columns.values())] == list(columns.values())
    assert second[1:] == (None,) * len(columns)


def test_kinds_of_cursors(connect):
    connection = connect()
    table_of_numbers(connection, 5)
    text = "SELECT id, word FROM numbers WHERE id BETWEEN %s AND %s ORDER BY id"
    both = [(1, "wörd 1"), (2, "wörd 2")]
    for buffered in (False, True):
        assert rows(connection, text, (1, 2), buffered=buffered) == both
        assert rows(connection, text, (1, 2), dictionary=True, buffered=buffered) == [
            {"id": 1, "word": "wörd 1"}, {"id": 2, "word": "wörd 2"}]
        named = rows(connection, text, (1, 2), named_tuple=True, buffered=buffered)
        assert [(row.id, row.word) for row in named] == both
    raw = rows(connection, text, (1, 2), raw=True)
    assert [tuple(map(bytes, row)) for row in raw] == [(b"1", b"w\xc3\xb6rd 1"), (b"2", b"w\xc3\xb6rd 2")]
    assert rows(connection, "SELECT %(b)s - %(a)s", {"a": 1, "b": 5}) == [(4,)]
    for kind in ({"dictionary": True}, {"named_tuple": True}, {}):
        with contextlib.closing(connection.cursor(prepared=True, **kind)) as cursor:
            for low in (1, 3):
                cursor.execute(text, (low, low))
                row = cursor.fetchone()
                row = tuple(row.values()) if isinstance(row, dict) else tuple(row)
                assert row == (low, f"wörd {low}")
                assert cursor.fetchone() is None


def test_rows_are_fetched_by_parts(connect):
    connection = connect()
    table_of_numbers(connection, 3000)
    cursor = connection.cursor()
    cursor.execute("SELECT a.id FROM numbers a, numbers b WHERE b.id < 5 ORDER BY b.id, a.id")
    assert cursor.fetchmany(2) == [(0,), (1,)]
    assert cursor.fetchone() == (2,)
    with pytest.raises(connector.Error, match="Unread result found"):
        connection.cursor().execute("SELECT 1")
    assert len(cursor.fetchall()) == 5 * 3000 - 3
    assert cursor.rowcount == 5 * 3000
    connection = connect(consume_results=True)
    connection.cursor().execute("SELECT id FROM numbers")
    assert rows(connection, "SELECT 1") == [(1,)]
    described = connection.cursor(buffered=True)
    described.execute("SELECT id, word AS w, 1.5 FROM numbers LIMIT 1")
    assert [(name, bool(null)) for name, *_, null, _flags, _charset in described.description] == [
        ("id", False), ("w", True), ("1.5", False)]


def test_many_rows_become_one_statement(connect):
    connection = connect()
    cursor = table_of_numbers(connection, 500)
    assert cursor.rowcount == 500
    assert cursor.statement.count("wörd") == 500  # the driver put them into one INSERT
    cursor.executemany("INSERT INTO numbers VALUES (%(id)s, %(word)s) "
                       "ON DUPLICATE KEY UPDATE word = VALUES(word)",
                       [{"id": 1, "word": "a"}, {"id": 900, "word": None}])
    assert cursor.rowcount == 3  # a row that is changed counts as two
    cursor.executemany("UPDATE numbers SET word = %s WHERE id < %s", [("x", 10), ("y", 5)])
    assert cursor.rowcount == 15
    cursor.executemany("DELETE FROM numbers WHERE id = %s", [(1,), (900,), (901,)])
    assert cursor.rowcount == 2
    prepared = connection.cursor(prepared=True)
    prepared.executemany("INSERT INTO numbers VALUES (?, ?)", [(1000 + i, str(i)) for i in range(5)])
    assert rows(connection, "SELECT COUNT(*) FROM numbers WHERE id >= 1000") == [(5,)]
    cursor.execute("CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, n INT)")
    cursor.execute("INSERT INTO counted (n) VALUES (%s)", (5,))
    assert cursor.lastrowid == 1
    cursor.executemany("INSERT INTO counted (n) VALUES (%s)", [(6,), (7,)])
    assert cursor.lastrowid == 2  # of the first one


def test_several_results(connect):
    connection = connect()
    cursor = table_of_numbers(connection, 3)
    text = "SELECT 1; INSERT INTO numbers VALUES (5, ';'), (6, NULL); SELECT word FROM numbers WHERE id = 5"
    told = []
    for result in cursor.execute(text, multi=True):
        told.append(result.fetchall() if result.with_rows else result.rowcount)
    assert told == [[(1,)], 2, [(";",)]]
    told = []
    with pytest.raises(Exception, match="Duplicate entry '5'"):
        for result in cursor.execute("DELETE FROM numbers WHERE id = 6; INSERT INTO numbers VALUES (5, 1); "
                                     "DELETE FROM numbers", multi=True):
            told.append(result.rowcount)
    assert told == [1]
    assert rows(connect(autocommit=True), "SELECT COUNT(*) FROM numbers") == [(3,)]


def test_warnings(connect):
    connection = connect(get_warnings=True)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE warned (a TINYINT, b VARCHAR(2))")
    cursor.execute("SET sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'")
    cursor.execute("INSERT INTO warned VALUES (1000, 'abc')")
    assert cursor.warning_count == 2
    assert [(level, number) for level, number, _ in cursor.warnings] == [("Warning", 1264), ("Warning", 1265)]
    cursor.execute("SELECT 1/0, CAST('5x' AS SIGNED)")
    cursor.fetchall()
    assert [number for _, number, _ in cursor.warnings] == [1365, 1292]
    cursor.execute("DROP TABLE IF EXISTS not_there")
    assert cursor.warnings == [("Note", 1051, "Unknown table 'connector.not_there'")]
    connection.raise_on_warnings = True
    with pytest.raises(connector.Error) as told:
        cursor.execute("INSERT INTO warned VALUES (1000, 'a')")
    assert told.value.errno == 1264


@pytest.mark.parametrize("text, kind, number", [
    ("INSERT INTO numbers VALUES (1, 'x')", connector.IntegrityError, errorcode.ER_DUP_ENTRY),
    ("SELECT * FROM nothing", connector.ProgrammingError, errorcode.ER_NO_SUCH_TABLE),
    ("SELECT nothing FROM numbers", connector.ProgrammingError, errorcode.ER_BAD_FIELD_ERROR),
    ("SELEC 1", connector.ProgrammingError, errorcode.ER_PARSE_ERROR),
    ("INSERT INTO numbers VALUES (9, REPEAT('x', 21))", connector.DataError, errorcode.ER_DATA_TOO_LONG),
    ("USE nowhere", connector.ProgrammingError, errorcode.ER_BAD_DB_ERROR),
    ("KILL 4000000000", connector.Error, errorcode.ER_NO_SUCH_THREAD),
])
def test_errors_are_of_their_classes(connect, text, kind, number):
    connection = connect()
    cursor = table_of_numbers(connection, 3)
    with pytest.raises(kind) as told:
        connection.cursor().execute(text)
    assert told.value.errno == number
    cursor.execute("SELECT COUNT(*) FROM numbers")
    assert cursor.fetchone() == (3,)


def test_procedures_are_refused_by_their_name(connect):
    connection = connect()
    with pytest.raises(connector.Error) as told:
        connection.cursor().callproc("add_up", (1, 2, 0))
    assert told.value.errno in (errorcode.ER_NOT_SUPPORTED_YET, errorcode.ER_SP_DOES_NOT_EXIST)
    assert rows(connection, "SELECT 1") == [(1,)]


def test_transactions(connect):
    connection, other = connect(), connect(autocommit=True)
    cursor = table_of_numbers(connection, 3)
    count = "SELECT COUNT(*) FROM numbers"
    assert not connection.in_transaction
    cursor.execute("DELETE FROM numbers WHERE id = 1")
    assert connection.in_transaction
    assert rows(other, count) == [(3,)]
    connection.rollback()
    assert rows(connection, count) == [(3,)]
    connection.rollback()
    connection.start_transaction(consistent_snapshot=True, isolation_level="REPEATABLE READ")
    rows(other, "DELETE FROM numbers WHERE id = 2")
    assert rows(connection, count) == [(3,)]
    connection.commit()
    connection.start_transaction(isolation_level="READ COMMITTED", readonly=True)
    assert rows(connection, count) == [(2,)]
    with pytest.raises(connector.Error) as told:
        cursor.execute("DELETE FROM numbers")
    assert told.value.errno == errorcode.ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
    connection.rollback()
    with pytest.raises(connector.ProgrammingError, match="Transaction already in progress"):
        connection.start_transaction()
        connection.start_transaction()
    connection.rollback()
    connection.autocommit = True
    cursor.execute("DELETE FROM numbers WHERE id = 0")
    assert rows(other, count) == [(1,)]


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "compressed"])
def test_files_of_the_client(connect, tmp_path, compress):
    connection = connect(allow_local_infile=True, compress=compress)
    cursor = table_of_numbers(connection, 3)
    file = tmp_path / "numbers.csv"
    file.write_text("".join(f'{i},"wörd, {i}"\n' for i in range(2, 3000)), encoding="utf-8")
    load = (f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE numbers CHARACTER SET utf8mb4 "
            "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"'")
    cursor.execute(load)
    assert (cursor.rowcount, cursor.warning_count) == (2997, 1)
    assert rows(connection, "SELECT word FROM numbers WHERE id IN (2, 2999)") == [("wörd 2",), ("wörd, 2999",)]
    connection.commit()
    within = connect(allow_local_infile_in_path=str(tmp_path))
    within.cursor().execute(load)
    with pytest.raises(connector.Error):  # a file that is not in the folder
        within.cursor().execute(load.replace(str(file), str(pathlib.Path(__file__))))
    with pytest.raises(connector.Error) as told:
        connect().cursor().execute(load)
    assert told.value.errno in (-1, 2000, 2068, 3948)  # of the driver, or the server's
    assert rows(connection, "SELECT 1") == [(1,)]


def test_a_pool_resets_its_sessions(options):
    pool = pooling.MySQLConnectionPool(pool_name="two", pool_size=2, pool_reset_session=True, **options)
    first, second = pool.get_connection(), pool.get_connection()
    with pytest.raises(connector.PoolError):
        pool.get_connection()
    ids = {first.connection_id, second.connection_id}
    table_of_numbers(first, 3)
    for text in ("SET @x = 5", "SET time_zone = '+01:00'", "CREATE TEMPORARY TABLE mine (a INT)",
                 "DELETE FROM numbers"):
        first.cursor().execute(text)
    first.close()  # back to the pool, and what was not committed is taken back
    again = pool.get_connection()
    assert again.connection_id in ids
    assert rows(again, "SELECT @x, @@time_zone, DATABASE(), (SELECT COUNT(*) FROM numbers)") == [
        (None, "SYSTEM", "connector", 3)]
    with pytest.raises(connector.ProgrammingError):
        rows(again, "SELECT * FROM mine")
    again.close()
    second.close()

    def work(mistakes):
        try:
            for _ in range(10):
                with contextlib.closing(pool.get_connection()) as connection:
                    mistakes += [] if rows(connection, "SELECT @x") == [(None,)] else ["left"]
                    connection.cursor().execute("SET @x = 5")
        except connector.Error as error:
            mistakes.append(error)
    told: list = []
    workers = [threading.Thread(target=work, args=(told,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert told == []
    for _ in range(2):
        pool.get_connection()._cnx.close()  # pylint: disable=protected-access


def test_sessions_are_reset_and_given_to_others(connect):
    connection = connect()
    cursor = table_of_numbers(connection, 1)
    cursor.execute(f"GRANT SELECT ON connector.* TO {USER}")
    cursor.execute("SET @x = 5")
    prepared = connection.cursor(prepared=True)
    prepared.execute("SELECT %s", (1,))
    prepared.fetchall()
    prepared.close()
    connection.reset_session(user_variables={"y": 6}, session_variables={"time_zone": "+02:00"})
    assert rows(connection, "SELECT @x, @y, @@time_zone, DATABASE()") == [(None, 6, "+02:00", "connector")]
    connection.cmd_change_user(USER, PASSWORD, "connector")
    assert rows(connection, "SELECT CURRENT_USER(), @y, @@time_zone, COUNT(*) FROM numbers") == [
        (f"{USER}@%", None, "SYSTEM", 1)]
    with pytest.raises(connector.Error) as told:
        rows(connection, "DELETE FROM numbers")
    assert told.value.errno == errorcode.ER_TABLEACCESS_DENIED_ERROR


def test_logins(served, connect):
    root = connect()
    cursor = root.cursor()
    cursor.execute("DROP USER IF EXISTS by_tls, by_none")
    cursor.execute("CREATE USER by_tls IDENTIFIED WITH caching_sha2_password BY 'sésame'")
    cursor.execute("CREATE USER by_none")
    tls = {"ssl_disabled": False, "ssl_ca": served.certificate, "ssl_verify_cert": True,
           "ssl_verify_identity": True, "host": "localhost", "database": None}
    who = "SELECT CURRENT_USER()"
    for options in (tls, {"ssl_disabled": True, "database": None},  # which the digest is enough for
                    {**tls, "auth_plugin": "caching_sha2_password"},
                    {**tls, "compress": True}):
        connection = connect(user="by_tls", password="sésame", **options)
        assert rows(connection, who) == [("by_tls@%",)]
    assert rows(connect(user="by_none", database=None), who) == [("by_none@%",)]
    for wrong in ({"user": "by_tls", "password": "sesame"}, {"user": "by_none", "password": "x"},
                  {"user": "nobody", "password": "x"}):
        with pytest.raises(connector.Error) as told:
            connect(**{**tls, **wrong})
        assert told.value.errno == errorcode.ER_ACCESS_DENIED_ERROR
    with pytest.raises(connector.Error) as told:
        connect(user="by_none", database="nowhere")
    assert told.value.errno in (errorcode.ER_BAD_DB_ERROR, errorcode.ER_DBACCESS_DENIED_ERROR)
    cursor.execute("DROP USER by_tls, by_none")


def test_what_the_connection_knows(connect, options):
    connection = connect(conn_attrs={"program": "tests"}, time_zone="+03:00", sql_mode="ANSI_QUOTES",
                         init_command="SET @begun = 1")
    assert connection.get_server_version() >= (8, 0, 0)
    assert rows(connection, 'SELECT @@time_zone, @@sql_mode, @begun, 5 AS "five"') == [
        ("+03:00", "ANSI_QUOTES", 1, 5)]
    connection.database = "test"
    assert rows(connection, "SELECT DATABASE(), CONNECTION_ID()") == [("test", connection.connection_id)]
    if options["use_pure"]:  # the extension says SET NAMES without it behind this
        connection.set_charset_collation("utf8mb4", "utf8mb4_bin")
        assert rows(connection, "SELECT COLLATION('x')") == [("utf8mb4_bin",)]
    connection.ping()
    assert connection.is_connected()
    other = connect()
    other.cmd_process_kill(connection.connection_id)
    deadline = time.monotonic() + patient(30)
    while connection.is_connected() and time.monotonic() < deadline:
        pass
    assert not connection.is_connected()
    connection.reconnect()
    assert rows(connection, "SELECT @@time_zone") == [("+03:00",)]
