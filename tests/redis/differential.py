#!/usr/bin/env python3
"""Random commands against a real redis-server and against our keyspace: every reply must agree.

    differential.py --pipe build/release/bin/keyspace_pipe [--seed N] [--commands N]

Starts redis-server (7.0, from the PATH) on a free port without persistence. Where Redis leaves
the order open, replies are compared as sets. Exits with 1 at the first disagreement and prints
the seed and the last commands. After every thousand commands the pipe compares itself with a
replica that replayed its log and with a loaded snapshot.
"""

import argparse
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import resp  # noqa: E402
from lib import redis_server  # noqa: E402
from resp import Connection, Error  # noqa: E402

UNORDERED = {"smembers", "sunion", "sinter", "sdiff", "hkeys", "hvals", "keys"}
UNORDERED_PAIRS = {"hgetall"}
SCANS = {"sscan", "hscan", "zscan", "scan"}
# Lexical ranges need equal scores, and the bytes of a HyperLogLog hold a cached count: keys of
# these two kinds are left alone by the others.
KEYS = {kind: ["%s%d" % (kind, i) for i in range(4)] for kind in "slhtzbxgpq"}
ANY = [key for kind, keys in KEYS.items() if kind not in "xp" for key in keys]


class Generator:
    def __init__(self, rng):
        self.rng = rng

    def key(self, kind):
        # Now and then a key of another type, for the WRONGTYPE paths.
        if self.rng.random() < 0.04:
            return self.rng.choice(ANY)
        return self.rng.choice(KEYS[kind])

    def any_key(self):
        return self.rng.choice(ANY)

    def word(self):
        r = self.rng.random()
        if r < 0.35:
            return str(self.rng.randint(-20, 40))
        if r < 0.9:
            return "m%d" % self.rng.randint(0, 30)
        if r < 0.95:
            return "w" * self.rng.randint(40, 300)
        return self.rng.choice(["", "a b", "\xfe\xff", "9223372036854775807", "007", "-0", "1.5"])

    def bulk(self):
        return self.word() if self.rng.random() < 0.97 else "B" * self.rng.randint(3000, 9000)

    def integer(self):
        r = self.rng.random()
        if r < 0.9:
            return str(self.rng.randint(-12, 30))
        return self.rng.choice(["9223372036854775807", "-9223372036854775808", "x", "1.0", "", "100"])

    def number(self):
        r = self.rng.random()
        if r < 0.5:
            return str(self.rng.randint(-10, 10))
        if r < 0.93:
            return "%.3g" % self.rng.uniform(-20, 20)
        return self.rng.choice(["inf", "-inf", "+inf", "nan", "abc", "1e400", "0x10", " 1", "1e-320"])

    def score_bound(self):
        r = self.rng.random()
        if r < 0.3:
            return self.rng.choice(["-inf", "+inf"])
        return self.rng.choice(["", "("]) + self.number()

    def lex_bound(self):
        r = self.rng.random()
        if r < 0.3:
            return self.rng.choice(["-", "+"])
        if r < 0.97:
            return self.rng.choice(["[", "("]) + self.word()
        return "a"

    def many(self, make, low=1, high=4):
        return [make() for _ in range(self.rng.randint(low, high))]

    def some(self, *words):
        """Each optional group with a chance of its own."""
        out = []
        for group in words:
            if self.rng.random() < 0.3:
                out += group() if callable(group) else list(group)
        return out

    def command(self):
        rng, c = self.rng, self.rng.choice
        kind = c("sssllhhttzzzzxbgpqqek")
        return getattr(self, "kind_" + kind)(rng, c)

    def kind_s(self, rng, c):
        k = lambda: self.key("s")
        return c([
            lambda: ["set", k(), self.bulk()],
            lambda: ["set", k(), self.word()] + self.some(["nx"], ["xx"], ["get"], ["keepttl"],
                                                          lambda: ["ex", self.integer()]),
            lambda: ["get", k()],
            lambda: ["getset", k(), self.word()],
            lambda: ["getdel", k()],
            lambda: ["getex", k()] + self.some(["persist"], lambda: ["ex", c(["100", "0", "x"])]),
            lambda: ["append", k(), self.word()],
            lambda: ["strlen", k()],
            lambda: ["incr", k()], lambda: ["decr", k()],
            lambda: ["incrby", k(), self.integer()], lambda: ["decrby", k(), self.integer()],
            lambda: ["incrbyfloat", k(), self.number()],
            lambda: ["getrange", k(), self.integer(), self.integer()],
            lambda: ["substr", k(), self.integer(), self.integer()],
            lambda: ["setrange", k(), c(["0", "1", "5", "40", "-1", "x"]), self.word()],
            lambda: ["mget"] + self.many(self.any_key),
            lambda: ["mset"] + sum([[k(), self.word()] for _ in range(rng.randint(1, 3))], []),
            lambda: ["msetnx"] + sum([[k(), self.word()] for _ in range(rng.randint(1, 3))], []),
            lambda: ["setnx", k(), self.word()],
            lambda: ["setex", k(), c(["100", "0", "-1", "x"]), self.word()],
            lambda: ["psetex", k(), c(["100000", "0", "x"]), self.word()],
            lambda: ["lcs", k(), k()] + self.some(["len"], ["idx"], ["withmatchlen"],
                                                  lambda: ["minmatchlen", self.integer()]),
        ])()

    def kind_b(self, rng, c):
        k = lambda: self.key("b")
        bits = lambda: c(["u1", "u8", "i8", "u16", "i5", "u63", "i64", "i1", "u64", "x"])
        offset = lambda: c(["0", "1", "7", "8", "100", "#1", "#3", "-1", "x"])
        # Not the extremes: there Redis depends on the overflow of its own sums.
        value = lambda: str(rng.randint(-300, 300)) if rng.random() < 0.9 else "x"
        over = lambda: c([[], ["overflow", c(["wrap", "sat", "fail", "foo"])]])
        return c([
            lambda: ["setbit", k(), str(rng.randint(0, 200)), c("0101012")],
            lambda: ["getbit", k(), str(rng.randint(0, 220))],
            lambda: ["bitcount", k()] + c([[], [self.integer(), self.integer()],
                                           [self.integer(), self.integer(), c(["bit", "byte", "x"])],
                                           [self.integer()]]),
            lambda: ["bitpos", k(), c("012")] + c([[], [self.integer()],
                                                  [self.integer(), self.integer()],
                                                  [self.integer(), self.integer(), c(["bit", "byte"])]]),
            lambda: ["bitop", c(["and", "or", "xor", "not", "nop"]), k()] + self.many(k, 1, 3),
            lambda: ["bitfield", k()] + sum([over() + c([
                ["get", bits(), offset()], ["set", bits(), offset(), value()],
                ["incrby", bits(), offset(), value()]]) for _ in range(rng.randint(1, 3))], []),
            lambda: ["bitfield_ro", k(), "get", bits(), offset()],
            lambda: ["get", k()],
        ])()

    def kind_l(self, rng, c):
        k = lambda: self.key("l")
        side = lambda: c(["left", "right", "LEFT", "x"] if rng.random() < 0.1 else ["left", "right"])
        return c([
            lambda: ["lpush", k()] + self.many(self.bulk), lambda: ["rpush", k()] + self.many(self.bulk),
            lambda: ["rpush", k()] + self.many(self.word, 10, 60),
            lambda: ["lpushx", k()] + self.many(self.word), lambda: ["rpushx", k()] + self.many(self.word),
            lambda: ["lpop", k()] + c([[], [self.integer()]]), lambda: ["rpop", k()] + c([[], [self.integer()]]),
            lambda: ["llen", k()],
            lambda: ["lindex", k(), self.integer()],
            lambda: ["lset", k(), self.integer(), self.bulk()],
            lambda: ["lrange", k(), self.integer(), self.integer()],
            lambda: ["lrange", k(), "0", "-1"],
            lambda: ["ltrim", k(), self.integer(), self.integer()],
            lambda: ["lrem", k(), self.integer(), self.word()],
            lambda: ["linsert", k(), c(["before", "after", "x"]), self.word(), self.bulk()],
            lambda: ["lpos", k(), self.word()] + self.some(
                lambda: ["rank", c(["1", "2", "-1", "-2", "0", "x"])],
                lambda: ["count", c(["0", "1", "3", "-1"])],
                lambda: ["maxlen", c(["0", "1", "10", "-1"])]),
            lambda: ["lmove", k(), k(), side(), side()],
            lambda: ["rpoplpush", k(), k()],
            lambda: ["lmpop", c(["1", "2", "0", "x"]), k(), k(), side()] + self.some(
                lambda: ["count", self.integer()]),
            lambda: ["lmpop", "1", k(), side()] + self.some(lambda: ["count", self.integer()]),
        ])()

    def kind_h(self, rng, c):
        k = lambda: self.key("h")
        return c([
            lambda: ["hset", k()] + self.many(self.word, 1, 8),
            lambda: ["hset", k(), self.word(), self.bulk()],
            lambda: ["hset", k()] + sum([["f%d" % rng.randint(0, 300), self.word()] for _ in range(50)], []),
            lambda: ["hmset", k(), self.word(), self.word()],
            lambda: ["hsetnx", k(), self.word(), self.word()],
            lambda: ["hget", k(), self.word()],
            lambda: ["hmget", k()] + self.many(self.word),
            lambda: ["hdel", k()] + self.many(self.word),
            lambda: ["hlen", k()], lambda: ["hstrlen", k(), self.word()],
            lambda: ["hexists", k(), self.word()],
            lambda: ["hincrby", k(), self.word(), self.integer()],
            lambda: ["hincrbyfloat", k(), self.word(), self.number()],
            lambda: ["hgetall", k()], lambda: ["hkeys", k()], lambda: ["hvals", k()],
            lambda: ["hscan", k(), "0", "count", "10000"] + self.some(["match", "m1*"]),
        ])()

    def kind_t(self, rng, c):
        k = lambda: self.key("t")
        number = lambda: c(["1", "2", "3", "0", "x"]) if rng.random() < 0.2 else "2"
        return c([
            lambda: ["sadd", k()] + self.many(self.word),
            lambda: ["sadd", k()] + [str(rng.randint(-100000, 100000)) for _ in range(rng.randint(1, 200))],
            lambda: ["srem", k()] + self.many(self.word),
            lambda: ["sismember", k(), self.word()], lambda: ["smismember", k()] + self.many(self.word),
            lambda: ["scard", k()], lambda: ["smembers", k()],
            lambda: ["smove", k(), k(), self.word()],
            lambda: ["spop", k(), "1000000"],
            lambda: ["sinter"] + self.many(k, 1, 3), lambda: ["sunion"] + self.many(k, 1, 3),
            lambda: ["sdiff"] + self.many(k, 1, 3),
            lambda: ["sinterstore", k()] + self.many(k, 1, 3),
            lambda: ["sunionstore", k()] + self.many(k, 1, 3),
            lambda: ["sdiffstore", k()] + self.many(k, 1, 3),
            lambda: ["sintercard", number(), k(), k()] + self.some(lambda: ["limit", self.integer()]),
            lambda: ["sscan", k(), "0", "count", "100000"] + self.some(["match", "[1-3]*"]),
        ])()

    def kind_z(self, rng, c):
        k = lambda: self.key("z")
        pairs = lambda n: sum([[self.number(), self.word()] for _ in range(rng.randint(1, n))], [])
        scores = lambda: self.some(["withscores"])
        limit = lambda: self.some(lambda: ["limit", self.integer(), self.integer()])
        source = lambda: self.key("z") if rng.random() < 0.8 else self.key("t")
        algebra = lambda: self.some(
            lambda: ["weights", self.number(), self.number()],
            lambda: ["aggregate", c(["sum", "min", "max", "foo"])])
        number = lambda: c(["1", "2", "3", "0", "x"]) if rng.random() < 0.2 else "2"
        return c([
            lambda: ["zadd", k()] + self.some(["nx"], ["xx"], ["gt"], ["lt"], ["ch"], ["incr"]) + pairs(3),
            lambda: ["zadd", k()] + pairs(4), lambda: ["zadd", k()] + pairs(4),
            lambda: ["zadd", k()] + sum([[str(rng.randint(0, 50)), "n%d" % rng.randint(0, 400)] for _ in range(60)], []),
            lambda: ["zincrby", k(), self.number(), self.word()],
            lambda: ["zrem", k()] + self.many(self.word),
            lambda: ["zcard", k()], lambda: ["zscore", k(), self.word()],
            lambda: ["zmscore", k()] + self.many(self.word),
            lambda: ["zrank", k(), self.word()], lambda: ["zrevrank", k(), self.word()],
            lambda: ["zcount", k(), self.score_bound(), self.score_bound()],
            lambda: ["zrange", k(), self.integer(), self.integer()] + self.some(["rev"]) + scores() + limit(),
            lambda: ["zrange", k(), self.score_bound(), self.score_bound(), "byscore"] + self.some(["rev"]) + limit() + scores(),
            lambda: ["zrevrange", k(), self.integer(), self.integer()] + scores(),
            lambda: ["zrangebyscore", k(), self.score_bound(), self.score_bound()] + scores() + limit(),
            lambda: ["zrevrangebyscore", k(), self.score_bound(), self.score_bound()] + scores() + limit(),
            lambda: ["zrangestore", k(), k(), self.integer(), self.integer()] + self.some(["rev"]) + scores(),
            lambda: ["zrangestore", k(), k(), self.score_bound(), self.score_bound(), "byscore"] + limit(),
            lambda: ["zremrangebyrank", k(), self.integer(), self.integer()],
            lambda: ["zremrangebyscore", k(), self.score_bound(), self.score_bound()],
            lambda: ["zpopmin", k()] + c([[], [self.integer()]]),
            lambda: ["zpopmax", k()] + c([[], [self.integer()]]),
            lambda: ["zmpop", number(), k(), k(), c(["min", "max", "x"])] + self.some(lambda: ["count", self.integer()]),
            lambda: ["zunion", number(), source(), source()] + algebra() + scores(),
            lambda: ["zinter", number(), source(), source()] + algebra() + scores(),
            lambda: ["zdiff", number(), source(), source()] + scores(),
            lambda: ["zunionstore", k(), number(), source(), source()] + algebra(),
            lambda: ["zinterstore", k(), number(), source(), source()] + algebra(),
            lambda: ["zdiffstore", k(), number(), source(), source()],
            lambda: ["zintercard", number(), source(), source()] + self.some(lambda: ["limit", self.integer()]),
            lambda: ["zscan", k(), "0", "count", "10000"],
            lambda: ["zrange", k(), "0", "-1", "withscores"],
        ])()

    def kind_x(self, rng, c):
        # Lexical ranges are defined for equal scores only.
        k = lambda: c(KEYS["x"])
        limit = lambda: self.some(lambda: ["limit", self.integer(), self.integer()])
        low, high = self.lex_bound, self.lex_bound
        return c([
            lambda: ["zadd", k()] + sum([["0", self.word()] for _ in range(rng.randint(1, 9))], []),
            lambda: ["zadd", k()] + sum([["0", "n%d" % rng.randint(0, 400)] for _ in range(60)], []),
            lambda: ["zrem", k()] + self.many(self.word),
            lambda: ["zlexcount", k(), low(), high()],
            lambda: ["zrange", k(), low(), high(), "bylex"] + self.some(["rev"], ["withscores"]) + limit(),
            lambda: ["zrangebylex", k(), low(), high()] + limit(),
            lambda: ["zrevrangebylex", k(), low(), high()] + limit(),
            lambda: ["zrangestore", k(), k(), low(), high(), "bylex"] + limit(),
            lambda: ["zremrangebylex", k(), low(), high()],
        ])()

    def kind_q(self, rng, c):
        k = lambda: self.key("q")
        ident = lambda: c(["%d-%d" % (rng.randint(0, 60), rng.randint(0, 2)), str(rng.randint(0, 60)),
                           "%d-*" % rng.randint(0, 60), "0", "x"])
        exact = lambda: "%d-%d" % (rng.randint(0, 60), rng.randint(0, 2))
        bound = lambda: c(["-", "+", exact(), "(" + exact(), str(rng.randint(0, 60))])
        group = lambda: c(["g0", "g1", "g2"])
        consumer = lambda: c(["c0", "c1", "c2"])
        # MINID ~ may remove fewer entries: Redis judges a node by its last entry, deleted or not.
        trim = lambda: c([["maxlen", c(["=", "~"]), str(rng.randint(0, 30))], ["minid", exact()],
                          ["maxlen", str(rng.randint(0, 30))]])
        count = lambda: ["count", self.integer()]
        return c([
            lambda: ["xadd", k()] + self.some(["nomkstream"]) + self.some(trim) + [ident()] + self.many(self.word, 2, 2),
            lambda: ["xadd", k(), "%d-%d" % (rng.randint(0, 70), rng.randint(0, 3)), "f", self.word()],
            lambda: ["xadd", k(), "%d-*" % rng.randint(0, 70), "f", self.word(), "g", self.word()],
            lambda: ["xlen", k()], lambda: ["xdel", k()] + self.many(exact),
            lambda: ["xtrim", k()] + trim() + self.some(lambda: ["limit", str(rng.randint(0, 100))]),
            lambda: ["xrange", k(), bound(), bound()] + self.some(count),
            lambda: ["xrevrange", k(), bound(), bound()] + self.some(count),
            lambda: ["xread"] + self.some(count) + ["streams", k(), k(), exact(), c(["0", "$", exact()])],
            lambda: ["xgroup", "create", k(), group(), c(["0", "$", exact()])] + self.some(["mkstream"], ["entriesread", "3"]),
            lambda: ["xgroup", "setid", k(), group(), c(["0", "$", exact()])],
            lambda: ["xgroup", "destroy", k(), group()] if rng.random() < 0.2 else ["xlen", k()],
            lambda: ["xgroup", c(["createconsumer", "delconsumer"]), k(), group(), consumer()],
            lambda: ["xreadgroup", "group", group(), consumer()] + self.some(count, ["noack"]) + ["streams", k(), c([">", ">", ">", "0", exact()])],
            lambda: ["xack", k(), group()] + self.many(exact),
            lambda: ["xpending", k(), group()],
            lambda: ["xclaim", k(), group(), consumer(), c(["0", "100000"])] + self.many(exact) + self.some(["force"], ["justid"], ["retrycount", "5"]),
            lambda: ["xautoclaim", k(), group(), consumer(), c(["0", "100000"]), bound()] + self.some(["justid"], lambda: ["count", c(["1", "3", "0"])]),
            lambda: ["xinfo", "stream", k()], lambda: ["xinfo", "groups", k()],
            lambda: ["xsetid", k(), exact()] + self.some(["entriesadded", "500"]),
        ])()

    def kind_g(self, rng, c):
        k = lambda: self.key("g")
        lon = lambda: "%.4f" % rng.uniform(-180, 180) if rng.random() < 0.3 else "%.4f" % rng.uniform(10, 16)
        lat = lambda: "%.4f" % rng.uniform(-88, 88) if rng.random() < 0.3 else "%.4f" % rng.uniform(36, 40)
        unit = lambda: c(["m", "km", "ft", "mi", "KM", "x"] if rng.random() < 0.1 else ["m", "km", "mi"])
        member = lambda: "p%d" % rng.randint(0, 40)
        center = lambda: c([["fromlonlat", lon(), lat()], ["frommember", member()]])
        shape = lambda: c([["byradius", str(rng.randint(1, 3000)), unit()],
                           ["bybox", str(rng.randint(1, 3000)), str(rng.randint(1, 3000)), unit()]])
        extra = lambda: self.some(["withdist"], ["withhash"], ["withcoord"], lambda: ["count", c(["1", "3", "100", "0"])])
        return c([
            lambda: ["geoadd", k()] + self.some(["nx"], ["xx"], ["ch"]) + sum([[lon(), lat(), member()] for _ in range(rng.randint(1, 12))], []),
            lambda: ["geopos", k()] + self.many(member),
            lambda: ["geohash", k()] + self.many(member),
            lambda: ["geodist", k(), member(), member()] + self.some(lambda: [unit()]),
            lambda: ["geosearch", k()] + center() + shape() + [c(["asc", "desc"])] + extra(),
            lambda: ["geosearchstore", k(), k()] + center() + shape() + self.some(["storedist"], ["asc"]),
            lambda: ["georadius", k(), lon(), lat(), str(rng.randint(1, 2000)), unit(), c(["asc", "desc"])] + extra(),
            lambda: ["georadiusbymember", k(), member(), str(rng.randint(1, 2000)), unit(), c(["asc", "desc"])] + extra(),
        ])()

    def kind_p(self, rng, c):
        k = lambda: c(KEYS["p"])
        return c([
            lambda: ["pfadd", k()] + self.many(self.word, 0, 30),
            lambda: ["pfadd", k()] + ["e%d" % rng.randint(0, 100000) for _ in range(rng.randint(50, 400))],
            lambda: ["pfcount"] + self.many(k, 1, 3),
            lambda: ["pfmerge"] + self.many(k, 1, 3),
        ])()

    def kind_k(self, rng, c):
        k = self.any_key
        return c([
            lambda: ["del"] + self.many(k, 1, 2), lambda: ["unlink", k()],
            lambda: ["exists"] + self.many(k), lambda: ["touch"] + self.many(k), lambda: ["type", k()],
            lambda: ["rename", k(), k()], lambda: ["renamenx", k(), k()],
            lambda: ["copy", k(), k()] + self.some(["replace"], lambda: ["db", c(["0", "1", "99"])]),
            lambda: ["move", k(), c(["0", "1", "99", "x"])],
            lambda: ["object", "encoding", k()], lambda: ["object", "refcount", "nokey"],
            lambda: ["keys", c(["*", "s*", "?1", "[lz]*", "h[^1]"])],
            lambda: ["dbsize"],
            lambda: ["scan", "0", "count", "100000"] + self.some(["match", "z*"], ["type", "string"]),
            lambda: ["sort", self.key(c("ltx"))] + self.some(["alpha"], ["desc"], lambda: ["limit", self.integer(), self.integer()],
                     lambda: ["get", c(["s*", "#", "h0->*"])], lambda: ["by", c(["nosort", "s*", "h1->*"])]),
            lambda: ["swapdb", "0", "1"] if rng.random() < 0.05 else ["dbsize"],
        ])()

    def kind_e(self, rng, c):
        k = self.any_key
        flag = lambda: self.some(["nx"], ["xx"], ["gt"], ["lt"])
        return c([
            lambda: ["expire", k(), c(["1000", "2000", "-1", "x", "9223372036854775807"])] + flag(),
            lambda: ["pexpire", k(), c(["1000000", "2000000", "-1"])] + flag(),
            lambda: ["expireat", k(), c(["33000000000", "34000000000", "5"])] + flag(),
            lambda: ["pexpireat", k(), c(["33000000000000", "5"])] + flag(),
            lambda: ["ttl", k()], lambda: ["expiretime", k()], lambda: ["pexpiretime", k()],
            lambda: ["persist", k()],
        ])()


def text(reply):
    return resp.text(reply)


def comparable(command, reply):
    name = command[0].lower()
    if isinstance(reply, Error) or reply is None:
        return text(reply)
    if name in UNORDERED or (name == "spop" and isinstance(reply, list)):
        return sorted(text(item) for item in reply)
    if name in UNORDERED_PAIRS:
        return sorted((text(a), text(b)) for a, b in zip(reply[::2], reply[1::2]))
    if name in SCANS:
        items = reply[1]
        if name in ("hscan", "zscan"):
            return sorted((text(a), text(b)) for a, b in zip(items[::2], items[1::2]))
        return sorted(text(item) for item in items)
    # BY with equal weights leaves the order open.
    if name == "sort" and "by" in command and ("alpha" in command or "nosort" in command):
        return len(reply)
    if name == "object" and reply == b"skiplist":  # SORT turns packed zsets into these in Redis
        return '"listpack"'
    if name == "xinfo":  # what a radix tree looks like is nobody's business
        return re.sub(r'"radix-tree-(nodes|keys)", :\d+', "", text(reply))
    # The order of equal distances is open, and the last digits of a distance are libm's.
    if name in ("geosearch", "georadius", "georadiusbymember"):
        return sorted(text(item) for item in reply)
    return text(reply)


def agree(command, expected, actual):
    slack = {"ttl": 1, "expiretime": 1, "pexpiretime": 1500}.get(command[0], 0)
    if slack and type(expected) is int and type(actual) is int:
        return abs(expected - actual) <= slack  # the two were not asked at the same moment
    # Redis 7.0 does not clear errno: once some number was out of range, SORT refuses all of them.
    if command[0] == "sort" and "converted into double" in text(expected):
        return True
    return comparable(command, expected) == comparable(command, actual)


def peer():
    return redis_server.RedisServer(*redis_server.TO_MEMORY, "--maxmemory", "1gb")


def run(options):
    rng = random.Random(options.seed)
    generator = Generator(rng)
    with peer() as server:
        return compare(options, rng, generator, Connection.to_port(server.port))


def compare(options, rng, generator, redis):
    pipe = subprocess.Popen([options.pipe], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ours = Connection(pipe.stdout, pipe.stdin)
    skip = set(options.skip.split(","))
    history = []
    try:
        protocol = str(rng.choice([2, 3]))
        redis.command("hello", protocol)
        ours.command("hello", protocol)
        for count in range(1, options.commands + 1):
            command = generator.command()
            if command[0] in skip:
                continue
            wire = [arg.encode("latin1") for arg in command]
            history.append(command)
            expected, actual = redis.command(*wire), ours.command(*wire)
            if not agree(command, expected, actual):
                print("seed %d, command %d, protocol %s" % (options.seed, count, protocol))
                for old in history[-options.history:]:
                    print("   ", old)
                a, b = comparable(command, expected), comparable(command, actual)
                if isinstance(a, list) and isinstance(b, list):
                    a, b = [x for x in a if x not in b], [x for x in b if x not in a]
                print("redis:", str(a)[:2000])
                print("ours: ", str(b)[:2000])
                return 1
            if count % 1000 == 0:
                verdict = ours.command("pipe.verify")
                if isinstance(verdict, Error):
                    print("seed %d, command %d: %s" % (options.seed, count, verdict))
                    return 1
        print("seed %d: %d commands agree" % (options.seed, options.commands))
        return 0
    finally:
        pipe.terminate()
        pipe.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pipe", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", type=int, default=20000)
    parser.add_argument("--history", type=int, default=10)
    parser.add_argument("--skip", default="")
    options = parser.parse_args()
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
