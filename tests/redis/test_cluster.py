"""The cluster that one process shows with `--redis-cluster on`."""

from __future__ import annotations

from lib import resp
from protocol_test import ProtocolTest

SLOTS = 16384


class Cluster(ProtocolTest):
    arguments = ("--redis-cluster", "on")

    def setUp(self):
        lines = [line.split() for line in self.server.output]
        self.ports = [int(words[2].rpartition(":")[2]) for words in lines
                      if words[:2] == ["listening", "redis"]]
        self.host = self.server.addresses["redis"][0]
        self.nodes = [self.node(number) for number in range(6)]
        self.redis = self.nodes[0]
        self.redis.call("FLUSHALL")

    def node(self, number: int) -> resp.Connection:
        connection = resp.Connection(self.host, self.ports[number])
        self.addCleanup(connection.close)
        return connection

    def owner(self, key: str) -> int:
        slot = self.redis.call("CLUSTER", "KEYSLOT", key)
        return 0 if slot <= 5460 else 1 if slot <= 10922 else 2

    def test_six_ports(self):
        self.assertEqual(len(set(self.ports)), 6)

    def test_slots_of_keys(self):
        # Those of Redis Cluster's specification.
        for key, slot in {"123456789": 12739, "foo": 12182, "{user1000}.following": 3443,
                          "{user1000}.followers": 3443, "foo{}{bar}": 8363, "foo{{bar}}zap": 4015,
                          "foo{bar}{zap}": 5061, "": 0}.items():
            with self.subTest(key):
                self.assertEqual(self.redis.call("CLUSTER", "KEYSLOT", key), slot)

    def test_shards_and_slots_cover_everything(self):
        covered = []
        for first, last, *nodes in self.redis.call("CLUSTER", "SLOTS"):
            covered += range(first, last + 1)
            self.assertEqual([node[1] in self.ports for node in nodes], [True, True])
        self.assertEqual(covered, list(range(SLOTS)))
        self.assertEqual(len(self.redis.call("CLUSTER", "SHARDS")), 3)
        info = self.redis.call("CLUSTER", "INFO").decode()
        self.assertIn("cluster_state:ok\r\n", info)
        self.assertIn("cluster_enabled:1\r\n", self.redis.call("INFO", "cluster").decode())

    def test_each_port_is_a_node(self):
        ids = [node.call("CLUSTER", "MYID") for node in self.nodes]
        self.assertEqual(len(set(ids)), 6)
        for number, node in enumerate(self.nodes):
            lines = node.call("CLUSTER", "NODES").decode().splitlines()
            own = [line for line in lines if "myself," in line]
            self.assertEqual([line.split()[0].encode() for line in own], [ids[number]])
            self.assertIn("slave" if number >= 3 else "master", own[0])

    def test_moved(self):
        for key in ("a", "b", "c", "foo", "bar"):
            owner = self.owner(key)
            for number in range(3):
                if number == owner:
                    self.assertEqual(self.nodes[number].call("SET", key, "1"), b"OK")
                    continue
                with self.assertRaises(resp.ReplyError) as caught:
                    self.nodes[number].call("SET", key, "1")
                slot = self.redis.call("CLUSTER", "KEYSLOT", key)
                self.assertEqual(str(caught.exception),
                                 f"MOVED {slot} {self.host}:{self.ports[owner]}")

    def test_replicas_answer_reads_when_told(self):
        owner = self.owner("k")
        self.nodes[owner].call("SET", "k", "1")
        replica = self.nodes[owner + 3]
        for call in (("GET", "k"), ("SET", "k", "2")):
            with self.assertRaisesRegex(resp.ReplyError, "^MOVED"):
                replica.call(*call)
        replica.call("READONLY")
        self.assertEqual(replica.call("GET", "k"), b"1")
        with self.assertRaisesRegex(resp.ReplyError, "^MOVED"):
            replica.call("SET", "k", "2")
        replica.call("READWRITE")
        with self.assertRaisesRegex(resp.ReplyError, "^MOVED"):
            replica.call("GET", "k")

    def test_keys_of_several_slots(self):
        node = self.nodes[self.owner("{x}")]
        self.assertEqual(node.call("MSET", "{x}1", "1", "{x}2", "2"), b"OK")
        with self.assertRaisesRegex(resp.ReplyError, "^CROSSSLOT"):
            node.call("MGET", "{x}1", "other")
        node.call("MULTI")
        node.call("GET", "{x}1")
        with self.assertRaisesRegex(resp.ReplyError, "^CROSSSLOT"):
            node.call("GET", "y" if self.owner("y") == self.owner("{x}") else "a")
        with self.assertRaisesRegex(resp.ReplyError, "^EXECABORT"):
            node.call("EXEC")
        self.assertEqual(node.call("GET", "{x}2"), b"2")

    def test_keys_in_slots_follow_every_change(self):
        node = self.nodes[self.owner("k")]
        slot = node.call("CLUSTER", "KEYSLOT", "k")

        def keys() -> list:
            count = node.call("CLUSTER", "COUNTKEYSINSLOT", slot)
            found = sorted(node.call("CLUSTER", "GETKEYSINSLOT", slot, 100))
            self.assertEqual(len(found), count)
            return found

        node.call("SET", "k", "1")
        node.call("RPUSH", "{k}list", "1")
        self.assertEqual(keys(), [b"k", b"{k}list"])
        node.call("LPOP", "{k}list")
        self.assertEqual(keys(), [b"k"])
        node.call("RENAME", "k", "{k}2")
        self.assertEqual(keys(), [b"{k}2"])
        node.call("PEXPIRE", "{k}2", "1")
        self.until(lambda: keys() == [], "the key has expired")
        node.call("SET", "k", "1")
        node.call("FLUSHALL")
        self.assertEqual(keys(), [])

    def test_each_node_shows_its_part(self):
        names = [f"key:{i}" for i in range(300)]
        for name in names:
            self.nodes[self.owner(name)].call("SET", name, "1")
        self.assertEqual(sum(node.call("DBSIZE") for node in self.nodes[:3]), 300)
        listed = [key.decode() for node in self.nodes[:3] for key in node.call("KEYS", "key:*")]
        self.assertEqual(sorted(listed), sorted(names))
        scanned = []
        for node in self.nodes[:3]:
            cursor = b"0"
            while True:
                cursor, found = node.call("SCAN", cursor, "COUNT", "7")
                scanned += [key.decode() for key in found]
                if cursor == b"0":
                    break
        self.assertEqual(sorted(scanned), sorted(names))
        self.assertIn(self.nodes[1].call("RANDOMKEY").decode(), names)

    def test_one_database(self):
        self.assertEqual(self.redis.call("SELECT", "0"), b"OK")
        self.assertIn("SELECT is not allowed in cluster mode", self.error_of("SELECT", "1"))

    def refused(self, node: resp.Connection, *call) -> str:
        with self.assertRaises(resp.ReplyError) as caught:
            node.call(*call)
        return str(caught.exception)

    def test_commands_that_reach_other_databases_or_keys(self):
        node = self.nodes[self.owner("{k}")]
        node.call("RPUSH", "{k}", "1", "2")
        for call, why in {
            ("SWAPDB", "0", "1"): "SWAPDB is not allowed in cluster mode",
            ("MOVE", "{k}", "1"): "MOVE is not allowed in cluster mode",
            ("COPY", "{k}", "{k}2", "DB", "1"):
                "Copying to another database is not allowed in cluster mode",
            ("SORT", "{k}", "BY", "w*"): "BY option of SORT denied in Cluster mode.",
            ("SORT_RO", "{k}", "GET", "#"): "GET option of SORT denied in Cluster mode.",
        }.items():
            with self.subTest(call[0]):
                self.assertEqual(self.refused(node, *call), "ERR " + why)
                script = "return redis.pcall(unpack(ARGV))"
                self.assertEqual(self.refused(node, "EVAL", script, "0", *call), "ERR " + why)
        self.assertEqual(self.refused(node, "EVAL", "return redis.pcall('SELECT', '1')", "0"),
                         "ERR SELECT is not allowed in cluster mode")
        self.assertEqual(node.call("COPY", "{k}", "{k}2", "DB", "0"), 1)
        self.assertEqual(node.call("SORT", "{k}", "BY", "nosort"), [b"1", b"2"])

    def of_node(self, number: int, count: int) -> list[str]:
        """Names of so many slots of one node."""
        found = [f"key:{i}" for i in range(100) if self.owner(f"key:{i}") == number]
        return found[:count]

    def test_shard_channels_have_a_slot(self):
        owner = self.owner("channel")
        other = self.nodes[(owner + 1) % 3]
        for call in (("SSUBSCRIBE", "channel"), ("SPUBLISH", "channel", "x"),
                     ("SUNSUBSCRIBE", "channel")):
            self.assertRegex(self.refused(other, *call), "^MOVED ")
        one, two = self.of_node(0, 2)
        self.assertRegex(self.refused(self.nodes[0], "SSUBSCRIBE", one, two), "^CROSSSLOT ")
        replica = self.nodes[owner + 3]
        replica.send("SSUBSCRIBE", "channel")
        self.assertEqual(replica.read(), [b"ssubscribe", b"channel", 1])
        self.assertEqual(self.nodes[owner].call("SPUBLISH", "channel", "x"), 1)
        self.assertEqual(replica.read(), [b"smessage", b"channel", b"x"])

    def test_scripts_stay_in_their_slot(self):
        one, two = self.of_node(0, 2)
        elsewhere = self.of_node(1, 1)[0]
        node = self.nodes[0]
        get = "return redis.call('GET', ARGV[1])"
        self.assertRegex(self.refused(node, "EVAL", get, "2", one, two), "^CROSSSLOT ")
        self.assertRegex(self.refused(node, "EVAL", get, "1", elsewhere), "^MOVED ")
        self.assertRegex(self.refused(node, "EVAL", get, "1", one, elsewhere),
                         "Script attempted to access a non local key in a cluster node")
        self.assertRegex(
            self.refused(node, "EVAL", "return redis.call('MGET', ARGV[1], ARGV[2])", "0", one, two),
            "Script attempted to access a non local key in a cluster node")
        # As in Redis, what says nothing may do as before.
        self.assertIsNone(node.call("EVAL", get, "1", one, two))
        self.assertRegex(self.refused(node, "EVAL", "#!lua\n" + get, "1", one, two),
                         "Script attempted to access keys that do not hash to the same slot")
        both = "redis.call('GET', ARGV[1]) return redis.call('GET', ARGV[2])"
        self.assertRegex(self.refused(node, "EVAL", "#!lua\n" + both, "0", one, two),
                         "Script attempted to access keys that do not hash to the same slot")
        self.assertIsNone(node.call("EVAL", "#!lua flags=allow-cross-slot-keys\n" + both, "0",
                                    one, two))
        self.assertEqual(self.refused(node, "EVAL", "#!lua flags=no-cluster\nreturn 1", "0"),
                         "ERR Can not run script on cluster, 'no-cluster' flag is set.")

    def test_replicas_say_so_and_write_nothing(self):
        for number, node in enumerate(self.nodes):
            info = dict(line.split(":", 1) for line in
                        node.call("INFO", "replication").decode().split("\r\n") if ":" in line)
            role = node.call("ROLE")
            if number < 3:
                self.assertEqual((info["role"], info["connected_slaves"], role[0]),
                                 ("master", "1", b"master"))
                self.assertIn(f"port={self.ports[number + 3]},state=online", info["slave0"])
                self.assertEqual(role[2][0][:2],
                                 [self.host.encode(), str(self.ports[number + 3]).encode()])
                continue
            self.assertEqual((info["role"], info["master_host"], info["master_port"]),
                             ("slave", self.host, str(self.ports[number - 3])))
            self.assertEqual(role[:4], [b"slave", self.host.encode(), self.ports[number - 3],
                                        b"connected"])
            self.assertRegex(self.refused(node, "FLUSHALL"), "^READONLY ")
            node.call("READONLY")
            key = self.of_node(number - 3, 1)[0]
            self.assertIsNone(node.call("EVAL", "return redis.call('GET', KEYS[1])", "1", key))
            self.assertRegex(
                self.refused(node, "EVAL", "return redis.call('SET', KEYS[1], 'x')", "1", key),
                "^READONLY ")

    def test_slots_do_not_move(self):
        for call in (("SETSLOT", "1", "STABLE"), ("RESET",), ("MEET", "127.0.0.1", "7000"),
                     ("FAILOVER",), ("ADDSLOTS", "1")):
            self.assertIn("slots of this cluster do not move", self.error_of("CLUSTER", *call))
        self.assertEqual(self.redis.call("ASKING"), b"OK")


class NoCluster(ProtocolTest):
    def test_it_is_off(self):
        for call in (("CLUSTER", "INFO"), ("READONLY",), ("READWRITE",), ("ASKING",)):
            self.assertEqual(self.error_of(*call),
                             "ERR This instance has cluster support disabled")


class OneNode(ProtocolTest):
    """With `--redis-cluster single`."""

    arguments = ("--redis-cluster", "single")

    def test_it_has_all_slots(self):
        port = self.server.addresses["redis"][1]
        (first, last, *nodes), = self.redis.call("CLUSTER", "SLOTS")
        self.assertEqual((first, last, [node[1] for node in nodes]), (0, SLOTS - 1, [port]))
        (shard,) = self.redis.call("CLUSTER", "SHARDS")
        self.assertEqual((shard[1], len(shard[3])), ([0, SLOTS - 1], 1))
        (line,) = self.redis.call("CLUSTER", "NODES").decode().splitlines()
        self.assertTrue(line.endswith(f"connected 0-{SLOTS - 1}"), line)
        info = self.redis.call("CLUSTER", "INFO").decode()
        for text in ("cluster_known_nodes:1\r\n", "cluster_size:1\r\n", "cluster_state:ok\r\n"):
            self.assertIn(text, info)
        self.assertIn(b"octavo_cluster:1 nodes", self.redis.call("INFO", "cluster"))
        self.assertIn(b"connected_slaves:0", self.redis.call("INFO", "replication"))
        self.assertEqual(self.redis.call("ROLE")[2], [])
        own = self.redis.call("CLUSTER", "MYID")
        self.assertEqual(self.redis.call("CLUSTER", "REPLICAS", own), [])
        # A client that has asked for replicas stays here.
        self.redis.call("READONLY")
        self.assertIsNone(self.redis.call("GET", "k"))

    def test_keys_of_all_slots_are_here_and_calls_keep_to_one(self):
        keys = {f"k{number}" for number in range(100)}
        for key in keys:
            self.redis.call("SET", key, "v")
        self.assertEqual(self.redis.call("DBSIZE"), 100)
        self.assertEqual({key.decode() for key in self.redis.call("KEYS", "*")}, keys)
        self.assertIn("CROSSSLOT", self.error_of("MGET", "k1", "k2"))
        self.assertIn("not allowed in cluster mode", self.error_of("SELECT", "1"))
        self.assertEqual(self.redis.call("EVAL", "return redis.call('get', KEYS[1])", 1, "k1"), b"v")
