"""The command line of MariaDB's client package: its forms of output, dumps and their restores, imports,
and what an administrator asks."""

from __future__ import annotations

import pathlib
import re
import shutil
import threading
import xml.etree.ElementTree as xml

import pytest

from lib import mariadb_server
from lib.mysql_clients import run_program

pytestmark = pytest.mark.skipif(shutil.which("mariadb-dump") is None,
                                reason="MariaDB's client programs are not installed")

SHOP = r"""
CREATE TABLE kinds (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE)
  COMMENT 'what there is; of all';
DELIMITER //
CREATE TABLE things (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, kind INT, name VARCHAR(50) NOT NULL DEFAULT 'none',
  price DECIMAL(8,2), weight DOUBLE, raw VARBINARY(20), body LONGTEXT, day DATE, moment DATETIME(6),
  stamp TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3), clock TIME, colour ENUM('red','blue'),
  flags SET('a','b'), bits BIT(9), doc JSON,
  PRIMARY KEY (id), KEY by_kind (kind), UNIQUE KEY by_name (name, day), CONSTRAINT dear CHECK (price < 10000),
  CONSTRAINT of_kind FOREIGN KEY (kind) REFERENCES kinds (id) ON DELETE SET NULL
)//
DELIMITER ;
-- A comment; with a semicolon.
INSERT INTO kinds VALUES (1, 'tool'), (2, 'to;y'), (7, 'nothing');
INSERT INTO things VALUES
  (1, 1, 'hämmer ''\\"', 12.50, 1.5e-10, x'00275cff0a', REPEAT('long\ttext\n', 5000), '2024-02-29',
   '2024-02-29 13:14:15.678901', '2024-02-29 13:14:15.678', '-838:59:59', 'red', 'a,b', b'101010101',
   '{"a": [1, "é", null]}'),
  (2, 2, 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (9, NULL, '𝄞', -0.01, 1e300, '', '', '1000-01-01', '9999-12-31 23:59:59.999999', '2038-01-01', '00:00:00',
   'blue', '', b'0', '"text"');
CREATE TABLE `odd name` (a INT, `b ``c` TEXT);
INSERT INTO `odd name` VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
CREATE SQL SECURITY INVOKER VIEW dear_things AS
  SELECT t.id, t.name, k.name AS kind FROM things t JOIN kinds k ON k.id = t.kind WHERE price > 5;
"""
QUIET = ("--skip-comments",)


@pytest.fixture(name="address")
def of_the_server(served):
    return served.addresses["mysql"]


@pytest.fixture(name="shop")
def with_tables(address):
    empty(address, "shop")
    run_program(address, "mariadb", "shop", "--default-character-set=utf8mb4", text=SHOP)
    return address


def empty(address, database, **user):
    run_program(address, "mariadb", "-e", f"DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database} "
                "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", **user)


def said(address, database, text, *options, **user):
    return run_program(address, "mariadb", database, "--default-character-set=utf8mb4", *options,
                       "-e", text, **user).stdout


def everything(address, database, **user):
    return said(address, database, "SELECT *, HEX(raw), HEX(bits), LENGTH(body), MD5(body) FROM things; "
                "SELECT * FROM kinds ORDER BY id; SELECT * FROM dear_things; SELECT * FROM `odd name`; "
                "SELECT TABLE_NAME, CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS "
                f"WHERE CONSTRAINT_SCHEMA = '{database}' AND CONSTRAINT_NAME NOT IN "
                "('doc', 'things_chk_1') "  # MariaDB's, of JSON
                "ORDER BY 1, 2", **user)


def test_forms_of_output(shop):
    text = "SELECT id, name, day FROM things WHERE id < 3"
    assert said(shop, "shop", text) == ('id\tname\tday\n1\thämmer \'\\\\"\t2024-02-29\n2\tx\tNULL\n')
    assert said(shop, "shop", text, "-N", "--raw") == "1\thämmer '\\\"\t2024-02-29\n2\tx\tNULL\n"
    assert said(shop, "shop", "SELECT id, name, NULL AS nothing FROM kinds WHERE id < 3 ORDER BY id", "-t") == (
        "+----+------+---------+\n| id | name | nothing |\n+----+------+---------+\n"
        "|  1 | tool |    NULL |\n|  2 | to;y |    NULL |\n+----+------+---------+\n")
    assert said(shop, "shop", text, "-E").splitlines()[-3:] == ["  id: 2", "name: x", " day: NULL"]
    rows = xml.fromstring(said(shop, "shop", text, "--xml")).findall("row")
    assert [[field.text for field in row] for row in rows] == [["1", "hämmer '\\\"", "2024-02-29"],
                                                              ["2", "x", None]]
    assert "<TD>hämmer '\\&quot;</TD>" in said(shop, "shop", text, "-H")
    assert said(shop, "shop", "SELECT REPEAT('x', 3000000)", "-N", "--quick") == "x" * 3_000_000 + "\n"
    verbose = said(shop, "shop", "DELETE FROM `odd name` WHERE a = 1; SELECT 1/0", "-vvv", "--show-warnings")
    assert "Query OK, 2 rows affected" in verbose
    assert "Warning (Code 1365): Division by 0" in verbose


def test_errors_end_a_script_or_not(shop):
    script = "SELECT 1;\nSELECT nothing;\nSELECT 2;\n"
    stops = run_program(shop, "mariadb", "-N", text=script, check=False)
    assert (stops.returncode, stops.stdout) == (1, "1\n")
    assert "ERROR 1054 (42S22) at line 2" in stops.stderr
    forced = run_program(shop, "mariadb", "-N", "--force", text=script, check=False)
    assert forced.stdout == "1\n2\n"


@pytest.mark.parametrize("options", [
    (), ("--skip-extended-insert", "--complete-insert", "--hex-blob"),
    ("--order-by-primary", "--compact", "--compress"), ("--replace", "--tz-utc", "--quick"),
    ("--single-transaction", "--skip-add-locks"),
], ids=" ".join)
def test_a_dump_comes_back(shop, options):
    before = everything(shop, "shop")
    dump = run_program(shop, "mariadb-dump", *QUIET, *options, "shop").stdout
    empty(shop, "shop")
    run_program(shop, "mariadb", "shop", text="SET foreign_key_checks = 0;\n" + dump)
    assert everything(shop, "shop") == before
    assert run_program(shop, "mariadb-dump", *QUIET, *options, "shop").stdout == dump
    assert said(shop, "shop", "INSERT INTO kinds (name) VALUES ('new'); SELECT LAST_INSERT_ID()", "-N") == "8\n"


def test_dumps_of_some_of_it(shop):
    def dump(*arguments):
        return run_program(shop, "mariadb-dump", *QUIET, *arguments).stdout

    some = dump("--no-create-info", "--where=id < 3", "shop", "things")
    assert "CREATE" not in some
    assert "(2,2,'x'," in some and "1e300" not in some
    assert "INSERT" not in dump("--no-data", "shop")
    document = xml.fromstring(dump("--xml", "shop", "kinds", "dear_things"))
    names = [field.text for field in document.findall(".//table_data[@name='kinds']/row/field[@name='name']")]
    assert names == ["tool", "to;y", "nothing"]
    databases = dump("--databases", "shop", "--add-drop-database", "--routines", "--events", "--triggers")
    run_program(shop, "mariadb", text=databases)
    assert said(shop, "shop", "SELECT COUNT(*) FROM things", "-N") == "3\n"


@pytest.mark.skipif(not mariadb_server.installed(), reason="mariadbd is not installed")
def test_dumps_go_to_mariadb_and_come_back(shop):
    before = everything(shop, "shop")
    dump = run_program(shop, "mariadb-dump", *QUIET, "shop").stdout
    user = {"user": mariadb_server.USER}
    with mariadb_server.MariadbServer() as other:
        there = (other.host, other.port)
        empty(there, "shop", **user)
        run_program(there, "mariadb", "shop", text=dump, **user)
        assert everything(there, "shop", **user) == before
        back = run_program(there, "mariadb-dump", *QUIET, "shop", **user).stdout
    empty(shop, "shop")
    run_program(shop, "mariadb", "shop", text=back)
    assert everything(shop, "shop") == before


def test_imports(shop, tmp_path: pathlib.Path):
    def load(name, text, *options):
        file = tmp_path / f"{name}.csv"
        file.write_text(text, encoding="utf-8")
        return run_program(shop, "mariadb-import", "--local", *options, "shop", str(file), check=False)

    told = load("kinds", "8\tnew\n1\tother\n")
    assert told.stdout == "shop.kinds: Records: 2  Deleted: 0  Skipped: 1  Warnings: 1\n"
    told = load("kinds", 'name;id\n"se;ven";7\n', "--replace", "--columns=name,id", "--ignore-lines=1",
                "--fields-terminated-by=;", "--fields-optionally-enclosed-by=\"")
    assert told.stdout == "shop.kinds: Records: 1  Deleted: 1  Skipped: 0  Warnings: 0\n"
    assert said(shop, "shop", "SELECT * FROM kinds ORDER BY id", "-N") == (
        "1\ttool\n2\tto;y\n7\tse;ven\n8\tnew\n")
    assert load("things", "5\t1\tonly\n", "--delete", "--columns=id,kind,name").returncode == 0
    assert said(shop, "shop", "SELECT id, kind, name FROM things", "-N") == "5\t1\tonly\n"
    missing = load("nothing", "1\n")
    assert missing.returncode != 0
    assert "1146" in missing.stderr


def test_what_an_administrator_asks(shop):
    def admin(*words, check=True):
        return run_program(shop, "mariadb-admin", *words, check=check).stdout

    assert admin("ping") == "mysqld is alive\n"
    assert re.search(r"Uptime: \d+ +Threads: \d+ +Questions: \d+", admin("status"))
    assert re.search(r"Server version\t+8\.0\.\d+", admin("version"))
    assert "| Threads_connected" in admin("extended-status")
    assert re.search(r"\| max_allowed_packet +\| 67108864 ", admin("variables"))
    admin("create", "made_by_admin")
    assert "made_by_admin" in said(shop, "", "SHOW DATABASES")
    assert admin("-f", "drop", "made_by_admin") == 'Database "made_by_admin" dropped\n'
    for what in ("flush-tables", "flush-privileges", "flush-status", "flush-logs", "reload"):
        admin(what)

    ended = []
    victim = threading.Thread(target=lambda: ended.append(
        run_program(shop, "mariadb", "-e", "SELECT SLEEP(100) /* victim */", check=False)))
    victim.start()
    line = None
    while line is None and victim.is_alive():
        line = re.search(r"^\| (\d+) .*\| SELECT SLEEP\(100\)", admin("--verbose", "processlist"), re.M)
    admin("kill", line[1])
    victim.join(timeout=60)
    assert ended[0].returncode == 1
    assert "ERROR 2013 (HY000)" in ended[0].stderr or "ERROR 1317 (70100)" in ended[0].stderr
    told = run_program(shop, "mariadb-admin", "kill", "4000000000", check=False)
    assert "Unknown thread id: 4000000000" in told.stderr


def test_tables_are_analyzed_optimized_and_shown(shop):
    for option in ("--analyze", "--optimize"):
        told = run_program(shop, "mariadb-check", option, "shop").stdout
        assert [line.split()[0] + line.split()[-1] for line in told.splitlines() if line.startswith("shop.")
                and "odd" not in line] == ["shop.kindsOK", "shop.thingsOK"]
    refused = run_program(shop, "mariadb-check", "shop", check=False)  # what there is nothing to check for
    assert refused.returncode != 0
    assert "1235" in refused.stderr
    shown = run_program(shop, "mariadb-show", "--keys", "shop", "things").stdout
    assert re.search(r"\| id +\| bigint unsigned +\|", shown)
    assert re.search(r"\| things \| 0 +\| by_name +\| 2 +\| day ", shown)
    assert re.search(r"\| kinds +\| InnoDB ", run_program(shop, "mariadb-show", "-i", "shop").stdout)
