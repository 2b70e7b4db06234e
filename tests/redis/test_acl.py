"""ACL: users with rules for commands, keys and channels."""

from __future__ import annotations

from lib import resp
from protocol_test import ProtocolTest


class Acl(ProtocolTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.drop_users)

    def drop_users(self):
        names = [name for name in self.redis.call("ACL", "USERS") if name != b"default"]
        if names:
            self.redis.call("ACL", "DELUSER", *names)
        self.redis.call("ACL", "SETUSER", "default", "reset", "on", "nopass", "~*", "&*", "+@all")
        self.redis.close()

    def make(self, name: str, *rules: str) -> None:
        self.assertEqual(self.redis.call("ACL", "SETUSER", name, *rules), b"OK")

    def log_in(self, name: str, password: str = "pw") -> resp.Connection:
        connection = self.connect()
        self.assertEqual(connection.call("AUTH", name, password), b"OK")
        return connection

    def refused(self, connection: resp.Connection, *call: str) -> str:
        with self.assertRaises(resp.ReplyError) as caught:
            connection.call(*call)
        self.assertTrue(str(caught.exception).startswith("NOPERM"), str(caught.exception))
        return str(caught.exception)

    def user(self, name: str) -> dict:
        words = self.redis.call("ACL", "GETUSER", name)
        return dict(zip([word.decode() for word in words[::2]], words[1::2]))

    def test_a_new_user_may_do_nothing(self):
        self.make("new")
        self.assertEqual(self.user("new")["commands"], b"-@all")
        with self.assertRaisesRegex(resp.ReplyError, "^WRONGPASS"):
            self.connect().call("AUTH", "new", "")
        self.make("new", "on", ">pw")
        new = self.log_in("new")
        self.refused(new, "GET", "k")
        self.refused(new, "PING")

    def test_keys(self):
        self.make("app", "on", ">pw", "+@all", "~app:*", "%R~shared:*")
        app = self.log_in("app")
        self.assertEqual(app.call("SET", "app:1", "x"), b"OK")
        self.assertIsNone(app.call("GET", "shared:1"))
        self.assertIn("keys used as arguments", self.refused(app, "SET", "shared:1", "x"))
        self.refused(app, "GET", "other")
        self.refused(app, "MSET", "app:1", "x", "other", "x")
        self.assertEqual(app.call("COPY", "shared:1", "app:2"), 0)
        self.refused(app, "COPY", "app:1", "shared:2")

    def test_commands_and_categories(self):
        self.make("reader", "on", ">pw", "~*", "-@all", "+@read", "-keys", "+client|setname")
        reader = self.log_in("reader")
        self.assertIsNone(reader.call("GET", "k"))
        self.refused(reader, "SET", "k", "x")
        self.refused(reader, "KEYS", "*")
        self.assertEqual(reader.call("CLIENT", "SETNAME", "r"), b"OK")
        self.assertIn("'client|id'", self.refused(reader, "CLIENT", "ID"))

    def test_channels(self):
        self.make("listener", "on", ">pw", "+@pubsub", "+@connection", "resetchannels", "&news:*")
        listener = self.log_in("listener")
        self.assertEqual(listener.call("PUBLISH", "news:1", "x"), 0)
        self.refused(listener, "PUBLISH", "other", "x")
        self.refused(listener, "SUBSCRIBE", "news:1", "other")
        self.refused(listener, "PSUBSCRIBE", "news:1*")
        self.assertEqual(listener.call("PSUBSCRIBE", "news:*")[0], b"psubscribe")
        self.make("listener", "resetchannels")
        self.until(listener.ended, "the subscriber is closed")

    def test_selectors(self):
        self.make("two", "on", ">pw", "(+get ~r:*)", "(+set ~w:*)")
        two = self.log_in("two")
        self.assertEqual(two.call("SET", "w:1", "x"), b"OK")
        self.assertIsNone(two.call("GET", "r:1"))
        self.refused(two, "GET", "w:1")
        self.assertEqual(len(self.user("two")["selectors"]), 2)

    def test_passwords(self):
        self.make("p", "on", ">one", ">two", "+@all", "~*")
        self.log_in("p", "one")
        self.log_in("p", "two")
        self.make("p", "<one")
        with self.assertRaisesRegex(resp.ReplyError, "^WRONGPASS"):
            self.connect().call("AUTH", "p", "one")
        hashes = self.user("p")["passwords"]
        self.assertEqual([len(one) for one in hashes], [64])
        self.make("p", "!" + hashes[0].decode())
        with self.assertRaisesRegex(resp.ReplyError, "^WRONGPASS"):
            self.connect().call("AUTH", "p", "two")
        self.make("p", "nopass")
        self.log_in("p", "whatever")
        self.make("p", "off")
        with self.assertRaisesRegex(resp.ReplyError, "^WRONGPASS"):
            self.connect().call("AUTH", "p", "whatever")

    def test_rules_that_are_wrong_change_nothing(self):
        for rule, why in {"+nothing": "Unknown command or category name in ACL",
                          "+@nothing": "Unknown command or category name in ACL",
                          "maybe": "Syntax error",
                          "#12": "The password hash must be exactly 64 characters",
                          "<no": "The password you are trying to remove",
                          "%X~a": "Syntax error"}.items():
            with self.subTest(rule):
                error = self.error_of("ACL", "SETUSER", "wrong", "on", rule)
                self.assertIn(f"Error in ACL SETUSER modifier '{rule}': {why}", error)
        self.assertIn("Unmatched parenthesis", self.error_of("ACL", "SETUSER", "wrong", "(+get"))
        self.assertNotIn(b"wrong", self.redis.call("ACL", "USERS"))

    def test_what_is_going_on_ends_with_the_right_to_it(self):
        self.make("w", "on", ">pw", "+@all", "~*", "&*")
        waiting, queued = self.log_in("w"), self.log_in("w")
        waiting.send("BLPOP", "list", "0")
        queued.call("MULTI")
        queued.call("SET", "k", "x")
        queued.call("GET", "k")
        self.make("w", "-blpop", "-set")
        with self.assertRaisesRegex(resp.ReplyError, "^NOPERM"):
            waiting.read()
        replies = queued.call("EXEC")
        self.assertIsInstance(replies[0], resp.ReplyError)
        self.assertIsNone(replies[1])
        self.redis.call("ACL", "DELUSER", "w")
        self.until(queued.ended, "the connection of the deleted user is closed")

    def test_who_deletes_itself_is_told(self):
        self.make("self", "on", ">pw", "+@all", "~*")
        own = self.log_in("self")
        self.assertEqual(own.call("ACL", "DELUSER", "self"), 1)
        self.until(own.ended, "the connection of the deleted user is closed")

    def test_scripts_may_do_what_their_user_may(self):
        self.make("s", "on", ">pw", "+@all", "-flushdb", "~app:*", "resetchannels", "&news")
        user = self.log_in("s")
        self.assertEqual(user.call("EVAL", "return redis.call('set', KEYS[1], 'x')", 1, "app:1"),
                         b"OK")
        for script, why in {
            "return redis.call('get', 'other')": "can't access at least one of the keys",
            "return redis.call('flushdb')": "can't run this command or subcommand",
            "return redis.call('publish', 'other', 'x')": "can't publish to the channel",
        }.items():
            with self.subTest(script), self.assertRaisesRegex(resp.ReplyError, why):
                user.call("EVAL", script, 0)
        self.refused(user, "EVAL", "return 1", "1", "other")
        self.assertIsNone(user.call("EVAL", "return redis.acl_check_cmd('get', 'other')", 0))

    def test_users_may_be_lent_the_right_to_change_users(self):
        self.make("boss", "on", ">pw", "+@all", "~*", "&*")
        boss = self.log_in("boss")
        self.assertEqual(boss.call("ACL", "SETUSER", "made", "on", ">pw", "+get", "~*"), b"OK")
        self.make("small", "on", ">pw", "+@all", "-acl", "~*")
        self.refused(self.log_in("small"), "ACL", "SETUSER", "small", "+acl")

    def test_the_administrator_has_rules_as_well(self):
        self.redis.call("ACL", "SETUSER", "default", "-flushall")
        other = self.connect()
        self.refused(other, "FLUSHALL")
        self.redis.call("ACL", "SETUSER", "default", ">secret")
        locked = self.connect()
        with self.assertRaisesRegex(resp.ReplyError, "^NOAUTH"):
            locked.call("PING")
        self.assertEqual(locked.call("AUTH", "secret"), b"OK")

    def test_dry_run_and_log(self):
        self.make("d", "on", ">pw", "+get", "~a")
        self.assertEqual(self.redis.call("ACL", "DRYRUN", "d", "GET", "a"), b"OK")
        self.assertEqual(self.redis.call("ACL", "DRYRUN", "d", "GET", "b"),
                         b"This user has no permissions to access the 'b' key")
        self.assertEqual(self.redis.call("ACL", "DRYRUN", "d", "SET", "a", "1"),
                         b"This user has no permissions to run the 'set' command")
        self.redis.call("ACL", "LOG", "RESET")
        self.refused(self.log_in("d"), "GET", "b")
        entry = self.redis.call("ACL", "LOG")[0]
        fields = dict(zip(entry[::2], entry[1::2]))
        self.assertEqual((fields[b"reason"], fields[b"object"]), (b"key", b"b"))

    def test_rules_survive_a_restart(self):
        self.make("kept", "on", ">pw", "-@all", "+get", "~a*", "resetchannels", "&c",
                  "(+set ~b*)")
        before = self.redis.call("ACL", "LIST")
        self.server.restart()
        self.redis = resp.Connection(*self.server.addresses["redis"])  # closed by `drop_users`
        self.assertEqual(self.redis.call("ACL", "LIST"), before)
        kept = self.log_in("kept")
        self.assertIsNone(kept.call("GET", "a1"))
        self.refused(kept, "GET", "b1")
