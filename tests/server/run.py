"""The program as its operator sees it: command line, settings, signals, health, metrics, check.

`python3 tests/server/run.py [unittest arguments]`
"""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import zlib

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import metrics, reql_wire, resp  # noqa: E402
from lib import server as servers  # noqa: E402
from lib.tally import Tallied  # noqa: E402

STOP_LIMIT_S = servers.STOP_LIMIT_S
WAIT_LIMIT_S = 20.0


def octavo(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([str(servers.binary()), *arguments], capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ, **(env or {})})


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="octavo-server-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def server(self, *arguments: str, **more) -> servers.Server:
        server = servers.Server(self.folder / "data", arguments, **more)
        self.addCleanup(server.close)
        return server


class CommandLine(InFolder):
    def refused(self, run: subprocess.CompletedProcess, *parts: str) -> None:
        self.assertEqual(run.returncode, 2, run.stderr)
        for part in parts:
            self.assertIn(part, run.stderr)

    def test_version_and_help(self):
        run = octavo("version")
        self.assertEqual(run.returncode, 0)
        self.assertRegex(run.stdout, r"^octavo \d+\.\d+\.\d+\n$")
        self.assertEqual(octavo("--version").stdout, run.stdout)
        check = octavo("check", "--help")
        self.assertEqual(check.returncode, 0)
        self.assertNotIn("--redis-port", check.stdout)
        run = octavo("help")
        self.assertEqual(run.returncode, 0)
        for name in ("--data", "--bind", "--config", "--redis-port", "--rethinkdb-port",
                     "--http-port", "--memory", "--tls-cert", "--redis-appendfsync"):
            self.assertIn(name, run.stdout)

    def test_a_wrong_flag_is_named_with_what_is_allowed(self):
        data = str(self.folder / "data")
        self.refused(octavo(), "serve, check, log, import, version")
        self.refused(octavo("sreve"), "sreve: no such command", "did you mean serve?")
        self.refused(octavo("check"), "DIR is missing")
        self.refused(octavo("serve", "--data", data, "--redis-port"),
                     "--redis-port", "0 (picks one) to 65535, or off")
        self.refused(octavo("serve", "--data", data, "--tls-cert", "/nope", "--tls-key", "/nope"),
                     "tls-cert", "/nope", "No such file")
        self.refused(octavo("serve", "--data", data, "--tls-cert", __file__, "--tls-key", __file__),
                     "tls-cert", "tls-key", __file__, "no start line")
        self.refused(octavo("serve", "--data", data, "--redis-tls", "on"), "redis-tls", "tls-cert")
        self.assertFalse((self.folder / "data").exists())
        self.refused(octavo("serve"), "--data", "a path")
        self.refused(octavo("serve", "--data", data, "--redis-port", "70000"),
                     "--redis-port", "'70000'", "0 (picks one) to 65535, or off")
        self.refused(octavo("serve", "--data", data, "--redis-appendfsync", "never"),
                     "--redis-appendfsync", "no, everysec or always")
        self.refused(octavo("serve", "--data", data, "--redis-prot", "1"),
                     "--redis-prot", "did you mean --redis-port?")
        self.refused(octavo("serve", "--data", data, "--bind", "localhost"), "--bind", "127.0.0.1")

    def test_a_wrong_environment_variable_is_named(self):
        self.refused(octavo("serve", "--data", str(self.folder),
                            env={"OCTAVO_LOG_LEVEL": "loud"}),
                     "OCTAVO_LOG_LEVEL", "'loud'", "debug, info, warning, error or off")

    def test_a_wrong_line_of_the_file_is_named(self):
        config = self.folder / "octavo.toml"
        config.write_text('threads = "many"\n', encoding="utf-8")
        self.refused(octavo("serve", "--data", str(self.folder), "--config", str(config)),
                     "octavo.toml: threads", "'many'", "0 to 256")
        config.write_text("redis-prot = 1\n", encoding="utf-8")
        self.refused(octavo("serve", "--data", str(self.folder), "--config", str(config)),
                     "redis-prot", "did you mean redis-port?")
        self.refused(octavo("serve", "--config", str(self.folder / "absent.toml")), "absent.toml")
        self.refused(octavo("serve", "--config", str(self.folder)), str(self.folder), "directory")
        config.write_text("bind = []\n", encoding="utf-8")
        self.refused(octavo("serve", "--data", str(self.folder), "--config", str(config)),
                     "octavo.toml: bind", "an empty list")

    def test_an_environment_variable_that_names_nothing_is_said(self):
        server = self.server(environment={"OCTAVO_REDIS_PROT": "1"}).start()
        self.assertIn("name=OCTAVO_REDIS_PROT did_you_mean=OCTAVO_REDIS_PORT", server.log())

    def test_flag_then_environment_then_file(self):
        config = self.folder / "octavo.toml"
        config.write_text('redis-port = "off"\nlog-level = "debug"\nbind = ["127.0.0.3"]\n'
                          f'data = "{self.folder / "from-file"}"\n', encoding="utf-8")
        server = self.server("--config", str(config),
                             environment={"OCTAVO_LOG_LEVEL": "warning"}).start()
        self.assertEqual(server.addresses["redis"][0], "127.0.0.3")  # the flag's port, the file's bind
        self.assertNotIn("level=info", server.log())             # the environment's level
        self.assertFalse((self.folder / "from-file").exists())   # the flag's folder


class Running(InFolder):
    def get(self, server: servers.Server, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{server.port('http')}{path}"
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def test_announces_each_protocol_and_then_ready(self):
        server = self.server().start()
        self.assertEqual(set(server.addresses), {"rethinkdb", "redis", "mysql", "mongodb", "http"})
        self.assertEqual(server.output[-1], "ready")
        for line in server.output[:-1]:
            self.assertRegex(line, r"^listening (rethinkdb|redis|mysql|mongodb|http) 127\.0\.0\.1:\d+$")

    def test_listens_on_every_address(self):
        server = self.server("--bind", "127.0.0.1", "--bind", "127.0.0.2").start()
        self.assertEqual(sum(line.startswith("listening redis ") for line in server.output), 2)

    def test_health_and_metrics(self):
        server = self.server().start()
        status, body = self.get(server, "/health")
        self.assertEqual((status, json.loads(body)["status"]), (200, "ok"))
        families = self.metrics(server)
        self.assertGreater(families["process_resident_memory_bytes"].value(), 1 << 20)
        self.assertEqual(families["octavo_connections"].value(protocol="http"), 1)
        self.assertGreater(families["octavo_log_records_total"].value(), 0)
        self.assertLess(abs(families["process_start_time_seconds"].value() - time.time()), 60)
        self.assertGreater(families["process_max_fds"].value(),
                           families["process_open_fds"].value())
        self.assertEqual(self.get(server, "/nothing")[0], 404)

    def test_http_as_clients_speak_it(self):
        """Many requests over one connection, with bodies that nobody wants, and compressed."""
        server = self.server().start()
        client = http.client.HTTPConnection("127.0.0.1", server.port("http"), timeout=10)
        self.addCleanup(client.close)
        client.connect()
        connection = client.sock
        for coding in ("gzip", "deflate"):
            client.request("GET", "/metrics", headers={"Accept-Encoding": coding})
            reply = client.getresponse()
            self.assertEqual(reply.headers["Content-Encoding"], coding)
            text = zlib.decompress(reply.read(), wbits=47).decode()
            self.assertGreater(metrics.parse(text)["octavo_connections"].value(protocol="http"), 0)
        client.request("HEAD", "/health")
        reply = client.getresponse()
        self.assertEqual((reply.status, reply.read()), (200, b""))
        self.assertGreater(int(reply.headers["Content-Length"]), 10)
        client.request("POST", "/health", body=iter([b"in ", b"chunks"]), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})
        reply = client.getresponse()
        self.assertEqual((reply.status, reply.headers["Allow"]), (405, "GET, HEAD"))
        reply.read()
        client.request("GET", "/health?pretty")
        reply = client.getresponse()
        self.assertEqual(json.loads(reply.read())["status"], "ok")
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        self.assertIs(client.sock, connection)  # never closed

    def metrics(self, server: servers.Server) -> dict[str, metrics.Family]:
        status, body = self.get(server, "/metrics")
        self.assertEqual(status, 200)
        return metrics.parse(body)

    def test_metrics_count_what_clients_do(self):
        server = self.server().start()
        before = self.metrics(server)
        with resp.Connection(*server.addresses["redis"]) as redis:
            for command in (("SET", "a", "1"), ("SET", "b", "2"), ("GET", "a"), ("GET", "none"),
                            ("SET", "gone", "x", "PX", "1")):
                redis.call(*command)
            while redis.call("DBSIZE") > 2:
                redis.call("EXISTS", "gone")
            during = self.metrics(server)
        self.assertGreaterEqual(during["octavo_commands_total"].value(protocol="redis"), 6)
        self.assertGreater(during["octavo_received_bytes_total"].value(protocol="redis"), 100)
        self.assertGreater(during["octavo_sent_bytes_total"].value(protocol="redis"), 20)
        self.assertEqual(during["octavo_keyspace_keys"].value(), 2)
        self.assertGreater(during["octavo_keyspace_bytes"].value(),
                           before["octavo_keyspace_bytes"].value())
        self.assertGreaterEqual(during["octavo_keyspace_hits_total"].value(), 1)
        self.assertGreaterEqual(during["octavo_keyspace_misses_total"].value(), 1)
        self.assertEqual(during["octavo_keyspace_expired_total"].value(), 1)
        self.assertEqual(during["octavo_keyspace_evicted_total"].value(), 0)
        with reql_wire.Connection(*server.addresses["rethinkdb"]) as connection:
            table = [15, [[14, ["redis"]], "db0"]]
            self.assertEqual(connection.call(1, [1, [43, [table]], {}])["r"], [2])  # count
            connection.send(2, [1, [152, [table]], {}])                             # changes
            self.until(lambda: self.metrics(server)["octavo_feeds"].value() == 1)
            with_feed = self.metrics(server)
            self.assertEqual(with_feed["octavo_commands_total"].value(protocol="rethinkdb"), 2)
            self.assertGreater(with_feed["octavo_queries_total"].value(), 0)
        self.until(lambda: self.metrics(server)["octavo_feeds"].value() == 0)
        after = self.metrics(server)
        for name, family in during.items():  # no counter goes back, whoever hangs up
            if family.kind == "counter":
                for key, value in family.samples.items():
                    self.assertGreaterEqual(after[name].samples[key], value, name)

    def until(self, condition) -> None:
        """For what happens on its own: fails only when it never does."""
        deadline = time.monotonic() + WAIT_LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline)

    def test_the_reader_of_metrics_is_strict(self):
        good = "# HELP a_total A.\n# TYPE a_total counter\n"
        self.assertEqual(metrics.parse(good + 'a_total{x="1"} 2\n')["a_total"].value(x="1"), 2)
        for bad in ("", good, "a_total 1\n", good + "a_total 1", good + "a_total one\n",
                    good + "a_total -1\n", good + "a_total 1\na_total 1\n", good + "b 1\n",
                    good + 'a_total{x="1",x="2"} 1\n', good + 'a_total{x="\\q"} 1\n',
                    good + "a_total 1\n\n", good + "a_total 1\n" + good,
                    good.replace("a_total", "a") + "a 1\n"):
            with self.assertRaises(ValueError, msg=bad):
                metrics.parse(bad)

    def test_sigterm_stops_in_time_whatever_is_connected(self):
        server = self.server().start()
        idle = [socket.create_connection(("127.0.0.1", server.port(protocol)))
                for protocol in ("rethinkdb", "redis", "http") for _ in range(5)]
        self.assertLess(server.stop(), STOP_LIMIT_S)
        for connection in idle:
            connection.close()
        self.assertGreater(server.restart().port("redis"), 0)

    def test_a_signal_right_after_ready_is_not_lost(self):
        """Whoever reads `ready` may stop the server at once: it ends in order, not by the signal."""
        server = self.server()
        for _ in range(20):
            server.start()
            self.assertLess(server.stop(), STOP_LIMIT_S)

    def test_a_port_that_is_taken_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            run = octavo("serve", "--data", str(self.folder / "data"), "--rethinkdb-port", "off",
                         "--mysql-port", "off", "--mongodb-port", "off", "--http-port", "off",
                         "--redis-port", str(port))
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"127.0.0.1:{port}", run.stderr)
        self.assertIn("--redis-port", run.stderr)
        self.assertRegex(run.stderr, r"(?m)^time=\S+Z level=error message=.* reason=\"redis: ")

    def test_one_server_a_folder(self):
        server = self.server().start()
        run = octavo("serve", "--data", str(server.data), "--rethinkdb-port", "0",
                     "--redis-port", "0", "--mysql-port", "0", "--mongodb-port", "0",
                     "--http-port", "0")
        self.assertEqual(run.returncode, 1)
        self.assertIn(str(server.data), run.stderr)

    def test_refuses_strangers_until_the_administrator_has_a_password(self):
        data = self.folder / "data"
        ports = ("--rethinkdb-port", "0", "--redis-port", "0", "--mysql-port", "0",
                 "--mongodb-port", "0", "--http-port", "0")
        run = octavo("serve", "--data", str(data), "--bind", "0.0.0.0", *ports)
        self.assertEqual(run.returncode, 1)
        self.assertIn("0.0.0.0", run.stderr)
        self.assertIn("initial-password", run.stderr)
        server = self.server("--bind", "0.0.0.0",
                             environment={"OCTAVO_INITIAL_PASSWORD": "rosebud"}).start()
        server.stop()
        again = self.server("--bind", "0.0.0.0").start()  # it is in the catalog now
        self.assertEqual(again.addresses["redis"][0], "0.0.0.0")
        again.stop()
        late = self.server(environment={"OCTAVO_INITIAL_PASSWORD": "other"}).start()
        self.assertRegex(late.log(), "level=warning .*setting=initial-password")

    def test_files_are_nobody_elses_to_read(self):
        """Whatever the umask of whoever starts the server."""
        server = self.server(preexec=lambda: os.umask(0)).start()
        with socket.create_connection(("127.0.0.1", server.port("redis"))) as redis:
            redis.sendall(b"SET key value\r\n")
            self.assertEqual(redis.recv(100), b"+OK\r\n")
        server.restart()
        server.stop()
        paths = [server.data, *server.data.rglob("*")]
        self.assertTrue({"log", "rows", "keys"} <= {path.name for path in paths})
        self.assertTrue(any(path.suffix == ".sst" for path in paths))
        for path in paths:
            self.assertEqual(path.stat().st_mode & 0o027, 0, path)

    def test_the_level_debug_tells_more(self):
        for level, told in (("info", False), ("debug", True)):
            server = self.server("--log-level", level).start()
            socket.create_connection(("127.0.0.1", server.port("redis"))).close()
            server.stop()
            line = r'level=debug message="connection closed" protocol=redis peer=127\.0\.0\.1:\d+ '
            self.assertEqual(bool(re.search(line, server.log())), told, server.log())
            server.log_path.unlink()

    def test_tls(self):
        key, certificate = self.folder / "key.pem", self.folder / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", str(key), "-out", str(certificate)],
                       check=True, capture_output=True)
        server = self.server("--tls-cert", str(certificate), "--tls-key", str(key),
                             "--http-tls", "off").start()
        context = ssl.create_default_context(cafile=str(certificate))
        with socket.create_connection(("127.0.0.1", server.port("redis"))) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
                secured.sendall(b"PING\r\n")
                self.assertEqual(secured.recv(100), b"+PONG\r\n")
        self.assertEqual(self.get(server, "/health")[0], 200)
        run = octavo("serve", "--data", str(self.folder / "other"), "--tls-cert", str(certificate))
        self.assertIn("tls-key", run.stderr)


class Limits(InFolder):
    def test_a_client_beyond_the_limit_is_told_in_its_protocol(self):
        refusals = {
            "rethinkdb": b"ERROR: Too many connections, and this one is over the limit.\n\0",
            "redis": b"-ERR max number of clients reached\r\n",
            "mysql": b"\x17\0\0\0\xff\x10\x04Too many connections",
            "http": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
                    b"Connection: close\r\n\r\n",
        }
        server = self.server("--max-connections", "1").start()
        for protocol, refusal in refusals.items():
            with socket.create_connection(server.addresses[protocol]):
                with socket.create_connection(server.addresses[protocol],
                                              timeout=WAIT_LIMIT_S) as second:
                    told = b""
                    while piece := second.recv(4096):
                        told += piece
            self.assertEqual(told, refusal)


class Handshakes(InFolder):
    def test_half_handshakes_are_not_held_for_ever(self):
        server = self.server(environment={"OCTAVO_INITIAL_PASSWORD": "secret"}).start()
        halves = {
            "rethinkdb": [b"", b"\xc3\xbd\xc2\x34", b"\x20\x2d\x0c\x40\xff"],
            "redis": [b"", b"PING\r\n", b"*2\r\n$4\r\nAUTH\r\n"],
            "mysql": [b"", b"\x20", b"\x40\0\0\1\x0d\xa2\x3a"],
            "mongodb": [b"", b"\x40\0\0\0\1", b"\x40\0\0\0" + b"\1\0\0\0" * 4],
        }
        held = []
        for protocol, openings in halves.items():
            for opening in openings:
                connection = socket.create_connection(server.addresses[protocol], timeout=WAIT_LIMIT_S)
                self.addCleanup(connection.close)
                connection.sendall(opening)
                held.append(connection)
        with resp.Connection(*server.addresses["redis"]) as user:
            self.assertEqual(user.call("AUTH", "secret"), b"OK")
            for connection in held:
                try:
                    while connection.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
            self.assertEqual(user.call("PING"), b"PONG")  # who is through stays


class Check(InFolder):
    def write_something(self) -> pathlib.Path:
        server = self.server().start()
        with socket.create_connection(("127.0.0.1", server.port("redis"))) as redis:
            for number in range(100):
                redis.sendall(f"SET key{number} {'x' * 200}\r\n".encode())
                self.assertEqual(redis.recv(100), b"+OK\r\n")
        server.stop()
        return server.data

    def test_a_stopped_server_is_well(self):
        run = octavo("check", str(self.write_something()))
        self.assertEqual((run.returncode, run.stdout.splitlines()[-1]), (0, "ok"), run.stdout)

    def test_a_flipped_bit_is_found_named_and_refused(self):
        data = self.write_something()
        segment = max((data / "log").iterdir(), key=lambda path: path.stat().st_size)
        content = bytearray(segment.read_bytes())
        at = content.index(b"key50")
        content[at] ^= 1
        segment.write_bytes(content)
        run = octavo("check", str(data))
        self.assertEqual(run.returncode, 1, run.stdout)
        self.assertIn(segment.name, run.stdout)

    def test_refuses_a_running_server_and_a_folder_without_data(self):
        server = self.server().start()
        run = octavo("check", str(server.data))
        self.assertEqual(run.returncode, 1)
        self.assertEqual(octavo("check", str(self.folder / "absent")).returncode, 1)


class LogDump(InFolder):
    def write_something(self) -> pathlib.Path:
        server = self.server().start()
        with socket.create_connection(("127.0.0.1", server.port("redis"))) as redis:
            for number in range(3):
                redis.sendall(f"SET key{number} value{number}\r\n".encode())
                self.assertEqual(redis.recv(100), b"+OK\r\n")
        server.stop()
        return server.data

    def records(self, *arguments: str) -> list[str]:
        run = octavo("log", "dump", *arguments)
        self.assertEqual(run.returncode, 0, run.stderr)
        return [line for line in run.stdout.splitlines() if not line.startswith(" ")]

    def test_records_are_shown_with_what_they_did(self):
        data = str(self.write_something())
        run = octavo("log", "dump", "--data", data)
        self.assertEqual(run.returncode, 0, run.stderr)
        first = r"0:0:\d+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (transactions|incarnate) of node"
        self.assertRegex(run.stdout, f"^{first}")
        self.assertIn('    command in database 0: "SET" "key1" "value1"\n', run.stdout)
        self.assertIn('define user "admin"', run.stdout)
        everything = self.records("--data", data)
        place = everything[2].split()[0]
        self.assertEqual(self.records("--data", data, "--from", place, "--count", "2"),
                         everything[2:4])
        self.assertEqual(self.records("--data", data, "--count=0"), [])

    def test_shows_what_is_before_the_damage_and_names_its_place(self):
        data = self.write_something()
        segment = max((data / "log").iterdir(), key=lambda path: path.stat().st_size)
        content = bytearray(segment.read_bytes())
        content[content.index(b"key1")] ^= 1
        segment.write_bytes(content)
        run = octavo("log", "dump", "--data", str(data))
        self.assertEqual(run.returncode, 1)
        self.assertIn('"key0"', run.stdout)
        self.assertNotIn('"key2"', run.stdout)
        self.assertIn(segment.name, run.stderr)
        self.assertRegex(run.stderr, r"damaged at byte \d+")

    def test_refuses_a_running_server_and_a_folder_without_data(self):
        server = self.server().start()
        self.assertEqual(octavo("log", "dump", "--data", str(server.data)).returncode, 1)
        run = octavo("log", "dump", "--data", str(self.folder / "absent"))
        self.assertEqual(run.returncode, 1)
        self.assertIn("there is no log", run.stderr)


if __name__ == "__main__":
    unittest.main(testRunner=Tallied, verbosity=2, warnings="ignore")
