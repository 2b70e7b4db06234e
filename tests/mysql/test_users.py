"""CREATE USER, GRANT and the rest, onto the one store of users; docs/security.md."""

from __future__ import annotations

import pymysql
import pytest

from client import connect


@pytest.fixture(name="admin")
def administrator(server, r, conn):  # pylint: disable=unused-argument
    with connect(server, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop")
        cursor.execute("CREATE TABLE shop.t (id INT PRIMARY KEY, v INT)")
        cursor.execute("INSERT INTO shop.t VALUES (1, 1)")
        yield cursor
        cursor.execute("DROP USER IF EXISTS ann, bob, carl")


def refusal(cursor, statement: str) -> int:
    with pytest.raises(pymysql.err.MySQLError) as caught:
        cursor.execute(statement)
    return caught.value.args[0]


def test_a_user_logs_in_with_the_password_it_was_given(server, admin):
    admin.execute("CREATE USER ann IDENTIFIED BY 'secret'")
    with connect(server, user="ann", password="secret") as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT CURRENT_USER()")
            assert cursor.fetchone() == ("ann@%",)
    admin.execute("SET PASSWORD FOR ann = 'other'")
    with pytest.raises(pymysql.err.MySQLError) as caught:
        connect(server, user="ann", password="secret")
    assert caught.value.args[0] == 1045
    connect(server, user="ann", password="other").close()
    admin.execute("ALTER USER 'ann'@'%' IDENTIFIED BY 'third' REPLACE 'other'")
    admin.execute("RENAME USER ann TO bob")
    connect(server, user="bob", password="third").close()
    admin.execute("DROP USER bob")
    with pytest.raises(pymysql.err.MySQLError):
        connect(server, user="bob", password="third")


def test_grants_are_those_of_the_store(server, admin, r, conn):
    admin.execute("CREATE USER ann")
    with connect(server, user="ann", autocommit=True) as connection:
        cursor = connection.cursor()
        assert refusal(cursor, "SELECT * FROM shop.t") == 1142
        admin.execute("GRANT SELECT ON shop.* TO ann")
        cursor.execute("SELECT * FROM shop.t")
        assert refusal(cursor, "INSERT INTO shop.t VALUES (2, 2)") == 1142
        admin.execute("GRANT INSERT, UPDATE, DELETE ON shop.t TO ann")
        cursor.execute("INSERT INTO shop.t VALUES (2, 2)")
        cursor.execute("SHOW GRANTS")
        assert [row[0] for row in cursor.fetchall()] == [
            "GRANT USAGE ON *.* TO `ann`@`%`",
            "GRANT SELECT ON `shop`.* TO `ann`@`%`",
            "GRANT INSERT, UPDATE, DELETE ON `shop`.`t` TO `ann`@`%`",
        ]
        cursor.execute("SELECT table_schema, privilege_type FROM information_schema.schema_privileges")
        assert cursor.fetchall() == (("shop", "SELECT"),)
        cursor.execute("SELECT grantee, table_name, privilege_type "
                       "FROM information_schema.table_privileges ORDER BY privilege_type")
        assert [row[2] for row in cursor.fetchall()] == ["DELETE", "INSERT", "UPDATE"]
        found = r.db("rethinkdb").table("permissions").filter({"user": "ann"}).count().run(conn)
        assert found == 2
        r.db("shop").grant("ann", {"read": False}).run(conn)
        cursor.execute("SHOW GRANTS")
        assert cursor.fetchall()[-1] == ("REVOKE SELECT ON `shop`.* FROM `ann`@`%`",)
        assert refusal(cursor, "SELECT * FROM shop.t") == 1142
        admin.execute("GRANT SELECT ON shop.* TO ann")
        cursor.execute("SELECT * FROM shop.t")
        admin.execute("REVOKE ALL PRIVILEGES, GRANT OPTION FROM ann")
        assert refusal(cursor, "SELECT * FROM shop.t") == 1142


def test_who_may_change_users(server, admin):
    admin.execute("CREATE USER ann")
    admin.execute("GRANT ALL ON shop.* TO ann")
    with connect(server, user="ann", autocommit=True) as connection:
        cursor = connection.cursor()
        for statement, number in (
                ("CREATE USER carl", 1227), ("DROP USER nobody", 1227),
                ("ALTER USER root IDENTIFIED BY 'x'", 1227), ("SET PASSWORD = 'x'", 1227),
                ("RENAME USER ann TO root2", 1227), ("GRANT SELECT ON shop.* TO nobody", 1044),
                ("GRANT ALL ON shop.t TO ann", 1142), ("GRANT ALL ON *.* TO ann", 1045),
                ("REVOKE ALL, GRANT OPTION FROM nobody", 1045),
                ("SHOW GRANTS FOR root", 1044), ("USE mysql", 1044),
                ("SELECT * FROM mysql.user", 1142), ("DESCRIBE mysql.user", 1142)):
            assert refusal(cursor, statement) == number, statement
        admin.execute("GRANT ALL ON *.* TO ann")
        cursor.execute("CREATE USER carl")
        assert refusal(cursor, "GRANT SELECT ON shop.* TO carl") == 1044
        admin.execute("GRANT ALL ON *.* TO ann WITH GRANT OPTION")
        cursor.execute("GRANT SELECT ON shop.* TO carl")
        cursor.execute("SELECT user FROM mysql.user WHERE user IN ('ann', 'carl') ORDER BY user")
        assert cursor.fetchall() == (("ann",), ("carl",))


def test_the_administrator(admin):
    assert refusal(admin, "DROP USER root") == 1396
    assert refusal(admin, "CREATE USER root") == 1396
    assert refusal(admin, "SHOW GRANTS FOR nobody") == 1141
    admin.execute("ALTER USER 'root'@'localhost' IDENTIFIED BY ''")
    admin.execute("SELECT user, host, select_priv, grant_priv, plugin, authentication_string "
                  "FROM mysql.user WHERE user = 'root'")
    assert admin.fetchall() == (("root", "%", "Y", "Y", "caching_sha2_password", ""),)
    assert refusal(admin, "DELETE FROM mysql.user") == 1288
    admin.execute("USE mysql")
    admin.execute("SHOW TABLES")
    assert admin.fetchall() == (("user",),)
