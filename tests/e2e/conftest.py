"""A server as MySQL's clients may ask for it: with TLS, passwords and their files."""

from __future__ import annotations

import pathlib
import subprocess

import pymysql
import pytest

from lib.mysql_clients import PASSWORD, USER
from lib.server import Server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[pathlib.Path, pathlib.Path]:
    folder = tmp_path_factory.mktemp("mysql-tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return key, cert


@pytest.fixture(scope="session")
def served(tmp_path_factory, certificate, r):
    """A server that offers TLS, with a user that has a password."""
    key, cert = certificate
    arguments = ("--tls-cert", str(cert), "--tls-key", str(key), "--rethinkdb-tls", "off",
                 "--mysql-local-infile", "on")
    with Server(tmp_path_factory.mktemp("mysql") / "data", arguments) as running:
        host, port = running.addresses["rethinkdb"]
        connection = r.connect(host=host, port=port)
        r.db("rethinkdb").table("users").insert({"id": USER, "password": PASSWORD}).run(connection)
        r.db("test").grant(USER, {"read": True, "write": True}).run(connection)
        connection.close()
        running.certificate = str(cert)
        # From here on a digest of the password is enough.
        host, port = running.addresses["mysql"]
        pymysql.connect(host=host, port=port, user=USER, password=PASSWORD,
                        ssl_ca=running.certificate).close()
        yield running
