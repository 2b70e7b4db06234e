"""Who may call what: each call of permissions.txt by users with each grant, and what becomes of
what a user has going on when the right to it is taken away."""

from __future__ import annotations

import pathlib
import shlex

from lib import reql, resp
from lib.rights import Rights
from protocol_test import ProtocolTest

HERE = pathlib.Path(__file__).resolve().parent
SECURITY_PAGE = HERE.parents[1] / "docs" / "security.md"
DATABASES = 16
# Calls after which a connection is not what it was.
DIALOGUE = {"QUIT", "RESET", "MULTI", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "AUTH",
            "HELLO", "SELECT", "SYNC", "PSYNC"}
# Commands that hold others are named with them.
CONTAINERS = {"ACL", "CLIENT", "CONFIG", "FUNCTION"}

ALL = {"read": True, "write": True, "config": True}


def calls() -> list[tuple[str, list[str]]]:
    """(needs, arguments) of each example."""
    out, needs = [], ""
    for line in (HERE / "permissions.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            needs = line[3:]
        elif line and not line.startswith("#"):
            out.append((needs, shlex.split(line)))
    return out


def shown_name(call: list[str]) -> str:
    return " ".join(call[:2]) if call[0] in CONTAINERS else call[0]


def covered(rights: Rights, needs: str) -> bool:
    return all(_covered(rights, *need.split()) for need in needs.split(", "))


def _covered(rights: Rights, permission: str, where: str = "0") -> bool:
    if permission in ("nothing", "administrator"):
        return permission == "nothing"
    if permission == "config":
        return rights.allow("config")
    numbers = range(DATABASES) if where in ("all", "any") else [int(where)]
    found = [rights.allow(permission, "redis", f"db{number}") for number in numbers]
    return any(found) if where == "any" else all(found)


def users() -> dict[str, list]:
    out: dict[str, list] = {"nobody": [], "connects": [({"connect": True}, None, None)]}
    for scope, where in (("all", (None, None)), ("redis", ("redis", None)), ("db0", ("redis", "db0"))):
        for permission in ("read", "write", "config"):
            out[f"{permission}-{scope}"] = [({permission: True}, *where)]
        out[f"writer-{scope}"] = [({"read": True, "write": True}, *where)]
        out[f"everything-{scope}"] = [(ALL, *where)]
    out["operator"] = [({"read": True, "config": True}, None, None)]
    out["two"] = [(ALL, "redis", "db0"), ({"read": True, "write": True}, "redis", "db1")]
    out["reads-second"] = [(ALL, "redis", "db0"), ({"read": True}, "redis", "db1")]
    out["not-second"] = [(ALL, None, None), ({"read": False}, "redis", "db1")]
    out["not-redis"] = [(ALL, None, None), ({"write": False, "config": False}, "redis", None)]
    return out


class Permissions(ProtocolTest):
    ports = {"http": "off"}

    def setUp(self):
        super().setUp()
        self.admin = reql.Administrator(*self.server.addresses["rethinkdb"])
        self.addCleanup(self.admin.close)

    def make(self, name: str, grants: list) -> None:
        self.admin.put_user(name, "secret")
        self.addCleanup(self.admin.drop_user, name)
        for permissions, database, table in grants:
            self.admin.grant(name, permissions, database, table)

    def login(self, name: str) -> resp.Connection:
        connection = self.connect()
        connection.call("AUTH", name, "secret")
        return connection

    @staticmethod
    def refused(connection: resp.Connection, *call: str) -> bool:
        try:
            connection.call(*call)
        except resp.ReplyError as error:
            return str(error).startswith("NOPERM")
        return False


class Matrix(Permissions):
    def test_every_command_has_an_example(self):
        examples = {call[0].lower() for _, call in calls()}
        known = {name.decode() for name in self.redis.call("COMMAND", "LIST") if b"|" not in name}
        self.assertEqual(known - examples, set(), "have no example in permissions.txt")
        self.assertEqual(examples - known, set(), "are in permissions.txt but no commands")

    def test_every_subcommand_has_an_example(self):
        for container in sorted(CONTAINERS):
            examples = {call[1] for _, call in calls() if call[0] == container}
            lines = [line.decode() for line in self.redis.call(container, "HELP")]
            known = {line.split()[0] for line in lines[1:] if not line.startswith(" ")}
            self.assertEqual(examples, known - {"HELP"}, container)

    def test_users_may_what_their_grants_say(self):
        wrong = []
        for user, grants in users().items():
            self.make(user, grants)
            rights = Rights(grants)
            usual = self.login(user)
            for needs, call in calls():
                connection = self.login(user) if call[0] in DIALOGUE else usual
                refused = self.refused(connection, *call)
                if refused == covered(rights, needs):
                    wrong.append(f"{user}: {' '.join(call)} {'refused' if refused else 'allowed'}")
                if connection is not usual:
                    connection.close()
        self.assertEqual(wrong, [])

    def test_the_administrator_may_everything(self):
        for _, call in calls():
            self.assertFalse(self.refused(self.connect(), *call), call)

    def test_the_page_says_the_same(self):
        table: dict[str, set[str]] = {}
        page = SECURITY_PAGE.read_text(encoding="utf-8")
        start = page.index("| needs | Redis commands |")
        for line in page[start:].splitlines()[2:]:
            if not line.startswith("|"):
                break
            needs, names = (cell.strip() for cell in line.strip("|").split("|"))
            table[needs] = set(names.strip("`").split("`, `"))
        examples: dict[str, set[str]] = {}
        for needs, call in calls():
            name = shown_name(call)
            if "DB" in call:
                name += " … DB 1" if "1" in call else ""
            examples.setdefault(needs, set()).add(name)
        differences = [
            f"{SECURITY_PAGE.name}, row `{needs}`: {what} {', '.join(sorted(names))}"
            for needs in sorted(table.keys() | examples.keys())
            for what, names in (
                ("add", examples.get(needs, set()) - table.get(needs, set())),
                ("remove, or add an example to permissions.txt:",
                 table.get(needs, set()) - examples.get(needs, set())))
            if names]
        self.assertEqual(differences, [])


class Transactions(Permissions):
    def test_what_may_not_be_queued_ends_the_transaction(self):
        self.make("u", [({"read": True, "write": True}, "redis", "db0")])
        user = self.login("u")
        user.call("MULTI")
        self.assertEqual(user.call("SET", "k", "v"), b"QUEUED")
        self.assertTrue(self.refused(user, "COPY", "k", "k", "DB", "1"))
        with self.assertRaisesRegex(resp.ReplyError, "EXECABORT"):
            user.call("EXEC")
        self.assertEqual(self.redis.call("EXISTS", "k"), 0)

    def test_a_queued_select_decides_about_the_calls_behind_it(self):
        self.make("u", [({"read": True, "write": True}, "redis", "db0")])
        user = self.login("u")
        user.call("MULTI")
        self.assertEqual(user.call("SELECT", "1"), b"QUEUED")
        self.assertTrue(self.refused(user, "SET", "k", "v"))

    def test_exec_asks_again(self):
        self.make("u", [({"read": True, "write": True}, "redis", "db0")])
        user = self.login("u")
        user.call("SET", "k", "v")
        user.call("MULTI")
        for call in (("SET", "k", "changed"), ("GET", "k"), ("INCR", "n")):
            self.assertEqual(user.call(*call), b"QUEUED")
        self.admin.grant("u", {"write": False}, "redis", "db0")
        first, second, third = user.call("EXEC")
        self.assertTrue(str(first).startswith("NOPERM"))
        self.assertEqual(second, b"v")
        self.assertTrue(str(third).startswith("NOPERM"))
        self.assertEqual(self.redis.call("GET", "k"), b"v")
        self.assertEqual(self.redis.call("EXISTS", "n"), 0)


class Revocation(Permissions):
    """The end of what goes on, by the change of the grants alone: nobody writes or asks."""

    GRANTS = [({"read": True, "write": True}, "redis", "db0")]

    def revoke(self):
        self.admin.grant("u", {"read": False}, "redis", "db0")

    def waiter(self, *call: str) -> resp.Connection:
        user = self.login("u")
        user.send(*call)
        self.until(lambda: b"blocked_clients:1\r\n" in self.redis.call("INFO", "clients"),
                   "the client waits")
        return user

    def test_waits_for_keys_end(self):
        self.make("u", self.GRANTS)
        self.redis.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
        for call in (("BLPOP", "k", "0"), ("BLMOVE", "k", "k2", "LEFT", "LEFT", "0"),
                     ("BZPOPMIN", "k", "0"), ("XREAD", "BLOCK", "0", "STREAMS", "s", "$"),
                     ("XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">")):
            self.admin.grant("u", {"read": True}, "redis", "db0")
            user = self.waiter(*call)
            self.revoke()
            with self.assertRaisesRegex(resp.ReplyError, "^NOPERM"):
                user.read()
            self.assertEqual(user.call("PING"), b"PONG")

    def test_a_change_for_others_ends_nothing(self):
        self.make("u", self.GRANTS)
        user = self.waiter("BLPOP", "k", "0")
        self.make("other", self.GRANTS)
        self.admin.grant("u", {"config": True}, "redis", "db0")
        self.redis.call("RPUSH", "k", "v")
        self.assertEqual(user.read(), [b"k", b"v"])

    def assert_closed(self, connection: resp.Connection):
        with self.assertRaises(ConnectionError):
            connection.read()

    def test_subscriptions_end(self):
        self.make("u", self.GRANTS)
        for call in (("SUBSCRIBE", "c"), ("PSUBSCRIBE", "*"), ("SSUBSCRIBE", "c")):
            self.admin.grant("u", {"read": True}, "redis", "db0")
            user = self.login("u")
            user.call(*call)
            self.revoke()
            self.assert_closed(user)

    def test_events_are_told_to_those_who_may_read(self):
        self.config("notify-keyspace-events", "KEA")
        self.make("u", [({"read": True}, "redis", "db1")])
        user = self.login("u")
        user.call("PSUBSCRIBE", "__key*__:*")
        self.redis.call("SET", "secret", "v")
        self.redis.call("SELECT", "1")
        self.redis.call("SET", "told", "v")
        self.assertEqual(user.read()[2:], [b"__keyspace@1__:told", b"set"])
        self.assertEqual(user.read()[2:], [b"__keyevent@1__:set", b"told"])
        self.admin.grant("u", {"read": True}, "redis", "db2")
        self.admin.grant("u", {"read": False}, "redis", "db1")
        self.redis.call("SET", "untold", "v")
        self.redis.call("SELECT", "2")
        self.redis.call("SET", "told", "v")
        self.assertEqual(user.read()[2:], [b"__keyspace@2__:told", b"set"])

    def test_monitors_end(self):
        self.make("u", [({"read": True, "config": True}, None, None)])
        user = self.login("u")
        user.call("MONITOR")
        self.admin.grant("u", {"config": False})
        self.assert_closed(user)

    def test_a_user_who_is_gone_has_no_connections(self):
        self.admin.put_user("u", "secret")
        self.admin.grant("u", ALL)
        idle = self.login("u")
        subscriber = self.login("u")
        subscriber.call("SUBSCRIBE", "c")
        blocked = self.waiter("BLPOP", "k", "0")
        self.admin.drop_user("u")
        for connection in (idle, subscriber, blocked):
            self.assert_closed(connection)

    def test_what_exec_refuses_is_in_the_log_of_denials(self):
        self.make("u", self.GRANTS)
        user = self.login("u")
        user.call("MULTI")
        user.call("GET", "k")
        self.redis.call("ACL", "LOG", "RESET")
        self.revoke()
        self.assertTrue(str(user.call("EXEC")[0]).startswith("NOPERM"))
        entry = self.redis.call("ACL", "LOG")[0]
        shown = dict(zip(entry[::2], entry[1::2]))
        self.assertEqual([shown[name] for name in (b"reason", b"context", b"object", b"username")],
                         [b"command", b"multi", b"get", b"u"])

    def test_what_waits_for_the_end_of_a_pause_is_asked_again(self):
        self.make("u", self.GRANTS)
        user = self.login("u")
        number = user.call("CLIENT", "ID")
        self.redis.call("CLIENT", "PAUSE", "600000", "WRITE")
        user.send("SET", "k", "v")
        self.until(lambda: b" cmd=set " in self.redis.call("CLIENT", "LIST", "ID", number),
                   "the call waits")
        self.revoke()
        self.redis.call("CLIENT", "UNPAUSE")
        with self.assertRaisesRegex(resp.ReplyError, "^NOPERM"):
            user.read()
        self.assertEqual(self.redis.call("EXISTS", "k"), 0)


class Others(Permissions):
    def test_connections_of_others_are_not_there(self):
        self.make("u", [(ALL, "redis", None)])
        user, twin = self.login("u"), self.login("u")
        listed = user.call("CLIENT", "LIST").decode().splitlines()
        self.assertEqual({line.split(" user=")[1].split()[0] for line in listed}, {"u"})
        own, foreign = twin.call("CLIENT", "ID"), self.redis.call("CLIENT", "ID")
        self.assertEqual(user.call("CLIENT", "KILL", "ID", foreign), 0)
        self.assertEqual(user.call("CLIENT", "KILL", "SKIPME", "no", "TYPE", "pubsub"), 0)
        self.assertEqual(self.redis.call("PING"), b"PONG")
        self.assertEqual(user.call("CLIENT", "KILL", "ID", own), 1)
        with self.assertRaises(ConnectionError):
            twin.read()

    def test_others_cannot_be_unblocked(self):
        self.make("u", [(ALL, "redis", None)])
        blocked = self.connect()
        number = blocked.call("CLIENT", "ID")
        blocked.send("BLPOP", "k", "0")
        self.until(lambda: b"blocked_clients:1\r\n" in self.redis.call("INFO", "clients"),
                   "the client waits")
        self.assertEqual(self.login("u").call("CLIENT", "UNBLOCK", number), 0)
        self.assertEqual(self.redis.call("CLIENT", "UNBLOCK", number), 1)

    def test_sizes_of_unreadable_databases_are_not_told(self):
        self.make("u", [({"read": True}, "redis", "db0")])
        self.redis.call("SET", "k", "v")
        self.redis.call("SELECT", "1")
        self.redis.call("SET", "k", "v")
        text = self.login("u").call("INFO", "keyspace")
        self.assertIn(b"db0:", text)
        self.assertNotIn(b"db1:", text)

    def test_the_password_of_the_administrator_is_not_shown(self):
        self.make("u", [(ALL, None, None)])
        shown = self.login("u").call("CONFIG", "GET", "*")
        self.assertIn(b"maxmemory", shown)
        self.assertNotIn(b"requirepass", shown)
