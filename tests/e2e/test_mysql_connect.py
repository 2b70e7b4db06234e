"""MySQL clients as they are: in plain, through TLS and compressed, without a password and with one."""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
import threading
import time

import MySQLdb
import pymysql
import pytest
from mysql import connector

from lib import node
from lib.mysql_clients import PASSWORD, USER, run_program

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
LONG = "ü€𝄞" * 50_000  # some hundred kilobytes
WAYS = ["plain", "tls", "compressed"]
WHO = [("root", ""), (USER, PASSWORD)]


def with_pymysql(server, way, user, password):
    if way == "compressed":
        pytest.skip("PyMySQL does not compress")
    host, port = server.addresses["mysql"]
    options = {"ssl_ca": server.certificate} if way == "tls" else {"ssl_disabled": True}
    return pymysql.connect(host=host, port=port, user=user, password=password, charset="utf8mb4",
                           **options)


def with_mysqlclient(server, way, user, password):
    host, port = server.addresses["mysql"]
    options = {"ssl_mode": "DISABLED"}
    if way == "tls":
        options = {"ssl_mode": "VERIFY_CA", "ssl": {"ca": server.certificate}}
    if way == "compressed":
        options["compress"] = 1
    return MySQLdb.connect(host=host, port=port, user=user, passwd=password, charset="utf8mb4",
                           **options)


def with_connector(pure):
    def connect(server, way, user, password):
        host, port = server.addresses["mysql"]
        options = {"ssl_disabled": True}
        if way == "tls":
            options = {"ssl_ca": server.certificate, "ssl_verify_cert": True}
        return connector.connect(host=host, port=port, user=user, password=password, use_pure=pure,
                                 charset="utf8mb4", compress=way == "compressed", **options)
    return connect


CLIENTS = {
    "pymysql": with_pymysql,
    "mysqlclient": with_mysqlclient,
    "connector": with_connector(pure=False),
    "connector-pure": with_connector(pure=True),
}


@pytest.fixture(params=CLIENTS)
def connect(request, served):
    """connect(way, user, password), closed at the end."""
    with contextlib.ExitStack() as all_of_them:
        def one(way="plain", user="root", password=""):
            connection = CLIENTS[request.param](served, way, user, password)
            all_of_them.callback(connection.close)
            return connection
        yield one


@pytest.mark.parametrize("user, password", WHO)
@pytest.mark.parametrize("way", WAYS)
def test_rows_and_texts_come_whole(connect, way, user, password):
    cursor = connect(way, user, password).cursor()
    cursor.execute("SELECT 1 + 1, 'x', NULL, CAST(1.50 AS DECIMAL(10,2))")
    row = cursor.fetchone()
    assert row[:3] == (2, "x", None)
    assert str(row[3]) == "1.50"
    cursor.execute("SELECT %s", (LONG,))
    assert cursor.fetchall() in (((LONG,),), [(LONG,)])


@pytest.mark.parametrize("way", ["plain", "tls"])
def test_a_wrong_password_is_told(connect, way):
    with pytest.raises((pymysql.err.OperationalError, MySQLdb.OperationalError,
                        connector.Error)) as told:
        connect(way, USER, "guess")
    number = getattr(told.value, "errno", None) or told.value.args[0]
    # Connector/Python's C library does not show a password but through TLS (2061), and cannot be
    # told to: where a digest is not enough it ends by itself.
    assert number in (1045, 2061), told.value


def test_an_error_leaves_the_connection_usable(connect):
    connection = connect()
    cursor = connection.cursor()
    with pytest.raises(Exception) as told:
        cursor.execute("SELEC 1")
    assert "1064" in str(told.value)
    cursor = connection.cursor()
    cursor.execute("SELECT DATABASE()")
    assert cursor.fetchone()[0] is None
    connection.ping()


def test_a_session_can_be_changed_and_reset(connect):
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("SET @x = 5")
    cursor.execute("SELECT @x, @@autocommit")
    assert cursor.fetchone() == (5, 0)  # what PEP 249 wants of a driver
    cursor.close()
    if hasattr(connection, "cmd_reset_connection"):
        connection.cmd_reset_connection()
        cursor = connection.cursor()
        cursor.execute("SELECT @x")
        assert cursor.fetchone() == (None,)
    if hasattr(connection, "cmd_change_user"):
        connection.cmd_change_user(USER, PASSWORD, "test")
        cursor = connection.cursor()
        cursor.execute("SELECT DATABASE()")
        assert cursor.fetchone() == ("test",)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("pure", [True, False])
def test_prepared_statements_of_the_connector(served, way, pure):
    with contextlib.closing(with_connector(pure)(served, way, "root", "")) as connection:
        cursor = connection.cursor(prepared=True)
        for _ in range(2):
            cursor.execute("SELECT ?, ?, ?, ?", (5, "five", None, 2.5))
            five, text, nothing, real = cursor.fetchone()
            assert (int(five), nothing, float(real)) == (5, None, 2.5)
            assert text in ("five", b"five")


def test_several_statements_have_several_results(served):
    host, port = served.addresses["mysql"]
    with contextlib.closing(pymysql.connect(
            host=host, port=port, user="root", ssl_disabled=True,
            client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1; SET @a = 2; SELECT @a")
        assert cursor.fetchall() == ((1,),)
        assert cursor.nextset()
        assert cursor.nextset()
        assert cursor.fetchall() == ((2,),)
        assert not cursor.nextset()


def test_a_statement_is_killed(served):
    victim = with_pymysql(served, "plain", "root", "")
    killer = with_pymysql(served, "plain", "root", "")
    told = []

    def sleep():
        try:
            cursor = victim.cursor()
            cursor.execute("SELECT SLEEP(100)")
            told.append(cursor.fetchone())
        except pymysql.err.Error as error:
            told.append(error.args[0])

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    cursor = killer.cursor(pymysql.cursors.DictCursor)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        cursor.execute("SHOW PROCESSLIST")
        if any("SLEEP" in (row["Info"] or "") for row in cursor.fetchall()):
            break
    cursor.execute(f"KILL QUERY {victim.thread_id()}")
    sleeper.join(timeout=30)
    assert told in ([1317], [(1,)])  # a SLEEP that is interrupted may return 1, as MySQL's does
    victim.ping(reconnect=False)
    killer.kill(victim.thread_id())
    # The reply tells that it is on its way: a statement that was there before may still be answered.
    with pytest.raises(pymysql.err.Error):
        while time.monotonic() < deadline + 30:
            victim.ping(reconnect=False)
    killer.close()


@pytest.mark.skipif(not node.available(), reason="Node.js is not installed")
@pytest.mark.parametrize("user, password", WHO)
@pytest.mark.parametrize("way", WAYS)
def test_mysql2(served, way, user, password):
    host, port = served.addresses["mysql"]
    options = {"host": host, "port": port, "user": user, "password": password}
    if way == "compressed":
        options["compress"] = True
    authority = served.certificate if way == "tls" else ""
    assert node.run(PROGRAMS / "mysql_tour.js", json.dumps(options), authority).endswith("ok\n")


@pytest.mark.skipif(shutil.which("mariadb") is None, reason="the mariadb program is not installed")
@pytest.mark.parametrize("user, password", WHO)
@pytest.mark.parametrize("way", WAYS)
def test_the_mariadb_program(served, way, user, password):
    options = ("--skip-ssl",)
    if way == "tls":
        options = (f"--ssl-ca={served.certificate}", "--ssl-verify-server-cert")
    if way == "compressed":
        options += ("--compress",)

    def run(program, *arguments, text=None):
        return run_program(served.addresses["mysql"], program, *arguments, text=text,
                           options=options, user=user, password=password).stdout

    assert run("mariadb", "-N", "-e", "SELECT 1 + 1; SELECT 'a', NULL") == "2\na\tNULL\n"
    assert run("mariadb", "-N", text="SELECT VERSION();\nSELECT USER();\n").startswith("8.0.")
    status = run("mariadb", "test", text="status\n")
    assert "Current database:\ttest" in status
    assert "Threads: " in status
    assert ("Cipher in use" in status) == (way == "tls")
    assert run("mariadb-admin", "ping") == "mysqld is alive\n"
    assert "Uptime: " in run("mariadb-admin", "status")
    assert "PROCESSLIST" in run("mariadb-admin", "processlist").upper()
