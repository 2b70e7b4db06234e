"""Connections by PyMySQL."""

from __future__ import annotations

import pymysql

from lib.server import Server


def connect(server: Server, **options) -> pymysql.Connection:
    host, port = server.addresses["mysql"]
    return pymysql.connect(**{"host": host, "port": port, "user": "root", "password": "",
                              "charset": "utf8mb4", **options})
