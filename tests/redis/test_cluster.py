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
