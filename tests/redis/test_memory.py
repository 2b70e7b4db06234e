"""maxmemory: refusing, and giving keys up."""

from __future__ import annotations

from lib import resp
from protocol_test import ProtocolTest

VALUE = "x" * 1000


class Memory(ProtocolTest):
    def fill(self, count: int, *more: str) -> None:
        for i in range(count):
            self.redis.call("SET", f"k{i}", VALUE, *more)

    def test_without_a_policy_writes_are_refused_and_reads_go_on(self):
        self.fill(100)
        self.config("maxmemory", "50000")
        self.assertTrue(self.error_of("SET", "more", VALUE).startswith("OOM "))
        self.assertEqual(self.redis.call("GET", "k0"), VALUE.encode())
        self.assertEqual(self.redis.call("DEL", *(f"k{i}" for i in range(100))), 100)
        # What an earlier test flushed may still be on its way back to the allocator.
        self.until(lambda: self.redis.call("MEMORY", "STATS")[3] < 50000, "memory below the limit")
        self.assertEqual(self.redis.call("SET", "more", VALUE), b"OK")

    def test_keys_are_given_up_to_make_room(self):
        self.fill(50)
        self.config("maxmemory-policy", "allkeys-lru")
        self.config("maxmemory", "200000")
        self.fill(1000)
        self.assertIn(self.redis.call("DBSIZE"), range(50, 250))
        stats = self.redis.call("INFO", "stats").decode()
        evicted = int(stats.split("evicted_keys:")[1].split("\r")[0])
        self.assertGreater(evicted, 500)

    def test_a_transaction_is_refused_when_the_limit_is_reached_meanwhile(self):
        self.fill(20)
        other = self.connect()
        other.call("MULTI")
        other.call("SET", "x", VALUE)
        self.config("maxmemory", "10000")
        with self.assertRaises(resp.ReplyError) as refused:
            other.call("EXEC")
        self.assertEqual(str(refused.exception),
                         "EXECABORT Transaction discarded because of: "
                         "OOM command not allowed when used memory > 'maxmemory'.")
        # One that makes nothing larger is not, though queueing it takes memory.
        other.call("MULTI")
        with self.assertRaises(resp.ReplyError):
            other.call("DEL", "k0")
        with self.assertRaises(resp.ReplyError) as refused:
            other.call("EXEC")
        self.assertTrue(str(refused.exception).startswith("EXECABORT "))
        self.config("maxmemory", "0")
        self.assertEqual(self.redis.call("DBSIZE"), 20)

    def test_a_lower_limit_gives_keys_up_at_once(self):
        self.fill(100)
        self.config("maxmemory-policy", "allkeys-lru")
        self.config("maxmemory", "1")
        self.assertEqual(self.redis.call("DBSIZE"), 0)

    def test_what_a_write_has_made_too_large_shrinks_behind_its_answer(self):
        self.config("maxmemory-policy", "volatile-random")
        self.redis.call("SETEX", "mortal", "1000", VALUE)
        self.config("maxmemory", str(self.redis.call("MEMORY", "STATS")[3] + 50000))
        # Few bytes of arguments, so that it was not looked for room before.
        self.assertEqual(self.redis.call("SETBIT", "large", "80000000", "0"), 0)
        self.until(lambda: self.redis.call("EXISTS", "mortal") == 0, "it is given up")
        self.assertEqual(self.redis.call("EXISTS", "large"), 1)

    def test_no_more_is_given_up_than_is_in_the_way(self):
        self.config("maxmemory-policy", "allkeys-lru")
        large = "x" * 1_000_000
        self.config("maxmemory", "5500000")
        for i in range(20):
            self.redis.call("SET", f"large{i}", large)
        self.assertIn(self.redis.call("DBSIZE"), range(4, 6))

    def test_restore_and_copy_obey_the_limit(self):
        self.fill(20)
        dump = self.redis.call("DUMP", "k0")
        self.config("maxmemory", "10000")
        self.assertTrue(self.error_of("RESTORE", "again", "0", dump).startswith("OOM "))
        self.assertTrue(self.error_of("COPY", "k0", "again").startswith("OOM "))

    def test_volatile_policies_spare_keys_without_a_time_to_live(self):
        self.fill(100)
        self.config("maxmemory-policy", "volatile-ttl")
        self.config("maxmemory", "50000")
        self.assertTrue(self.error_of("SET", "more", VALUE).startswith("OOM "))
        self.assertEqual(self.redis.call("DBSIZE"), 100)

    def test_frequency_is_shown_with_its_policy_only(self):
        self.fill(1)
        self.assertIn("LFU maxmemory policy is not selected",
                      self.error_of("OBJECT", "FREQ", "k0"))
        self.config("maxmemory-policy", "allkeys-lfu")
        self.redis.call("SET", "new", VALUE)
        self.assertEqual(self.redis.call("OBJECT", "FREQ", "new"), 5)

    def test_memory_describes_itself(self):
        self.redis.call("SET", "k", "x" * 100000)
        self.assertGreater(self.redis.call("MEMORY", "USAGE", "k"), 100000)
        self.assertIsNone(self.redis.call("MEMORY", "USAGE", "absent"))
        stats = self.redis.call("MEMORY", "STATS")
        stats = dict(zip(stats[::2], stats[1::2]))
        self.assertEqual(stats[b"keys.count"], 1)
        self.assertGreaterEqual(stats[b"peak.allocated"], stats[b"total.allocated"])
        self.assertGreater(stats[b"total.allocated"], 100000)
        self.assertTrue(self.redis.call("MEMORY", "DOCTOR"))
        self.assertIn(b"in use", self.redis.call("MEMORY", "MALLOC-STATS"))
        allocator = self.redis.call("INFO", "memory").decode().split("mem_allocator:")[1].split()[0]
        self.assertIn(f"allocator: {allocator}\n".encode(),
                      self.redis.call("MEMORY", "MALLOC-STATS"))
        self.assertEqual(self.redis.call("MEMORY", "PURGE"), b"OK")

    def test_packed_forms_end_where_the_settings_say(self):
        self.config("hash-max-ziplist-entries", "2")
        self.assertEqual(self.redis.call("CONFIG", "GET", "hash-max-listpack-entries"),
                         [b"hash-max-listpack-entries", b"2"])
        self.redis.call("HSET", "h", "a", "1", "b", "2")
        self.assertEqual(self.redis.call("OBJECT", "ENCODING", "h"), b"listpack")
        self.redis.call("HSET", "h", "c", "3")
        self.assertEqual(self.redis.call("OBJECT", "ENCODING", "h"), b"hashtable")
        with self.assertRaises(resp.ReplyError):
            self.redis.call("CONFIG", "SET", "hash-max-listpack-entries", "many")
