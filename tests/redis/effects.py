"""What each command is to do to the keys that it names, beside its reply: one row for each way in
which it can end. `setup; setup | command`; words are split at spaces, `''` is the empty one, and
`<dump k>` stands for what DUMP answers. Keys are named a, b and d."""

from __future__ import annotations

KEYS = ("a", "b", "d")

# Streams with a group that has something pending, entry 2-0 being deleted since.
PENDING = ("XADD a 1-0 f v; XADD a 2-0 f v; XADD a 3-0 f v; XGROUP CREATE a g 0; "
           "XREADGROUP GROUP g c COUNT 2 STREAMS a >; XDEL a 2-0")

WRITES = f"""
# strings
SET a 1 | SET a 1
| SET a 1
SET a 1 | SET a 2 NX
SET a 1 | SET a 2 GET
| SET a 2 XX
SET a 1 | SET a 2 KEEPTTL
LPUSH a x | SET a 2 GET
SET a 1 | SETNX a 2
| SETNX a 2
SET a 1 | SETEX a 100 1
SET a 1 | PSETEX a 100000 1
SET a 1 | GETSET a 1
| GETSET a 1
SET a 1 | GETDEL a
| GETDEL a
SET a 1 | GETEX a
SET a 1 | GETEX a PERSIST
SET a 1 EX 100 | GETEX a PERSIST
SET a 1 | GETEX a EX 100
SET a 1 EX 100 | GETEX a EXAT 33000000000
| GETEX a EX 100
SET a 1 | APPEND a ''
SET a 1 | APPEND a 2
| APPEND a ''
| APPEND a x
SET a abc | SETRANGE a 1 b
SET a abc | SETRANGE a 1 ''
| SETRANGE a 0 ''
| SETRANGE a 2 x
SET a 1 | INCR a
SET a x | INCR a
SET a 1 | INCRBY a 0
SET a 1 | DECR a
SET a 1 | DECRBY a 0
SET a 1 | INCRBYFLOAT a 0
SET a x | INCRBYFLOAT a 0
SET a 1; SET b 1 | MSET a 1 d 1
SET a 1 | MSETNX a 1 d 1
| MSETNX a 1 d 1
# bits
SET a a | SETBIT a 0 0
SET a a | SETBIT a 0 1
| SETBIT a 0 0
SET a a | BITFIELD a SET u8 0 97
SET a a | BITFIELD a SET u8 0 98
SET a a | BITFIELD a GET u8 0
SET a a | BITFIELD a SET u8 8 0
SET a a | BITFIELD a OVERFLOW FAIL INCRBY u8 0 255
| BITFIELD a GET u8 0
| BITFIELD a SET u8 0 0
SET a a; SET b b | BITOP AND d a b
SET d x | BITOP AND d a b
SET a a | BITOP NOT a a
| BITOP AND d a b
# counters of distinct elements
PFADD a x | PFADD a x
PFADD a x | PFADD a y
| PFADD a
PFADD a x | PFADD a
PFADD a x; PFADD d x | PFMERGE d a
PFADD a x | PFMERGE a
| PFMERGE d a
PFADD a x | PFDEBUG ENCODING a
# lists
RPUSH a x | LPUSH a y
RPUSH a x | RPUSH a y
RPUSH a x | LPUSHX a y
| LPUSHX a y
RPUSH a x | RPUSHX a y
| RPUSHX a y
RPUSH a x | LPOP a
RPUSH a x y | LPOP a
RPUSH a x | LPOP a 0
| LPOP a
RPUSH a x y | RPOP a 1
| RPOP a
RPUSH a x | LSET a 0 x
RPUSH a x | LSET a 5 x
RPUSH a x | LINSERT a BEFORE x y
RPUSH a x | LINSERT a BEFORE z y
| LINSERT a BEFORE z y
RPUSH a x | LREM a 0 x
RPUSH a x | LREM a 0 y
| LREM a 0 y
RPUSH a x y | LTRIM a 0 -1
RPUSH a x y | LTRIM a 0 0
RPUSH a x y | LTRIM a 5 6
| LTRIM a 0 -1
RPUSH a x | RPOPLPUSH a a
RPUSH a x y | RPOPLPUSH a d
| RPOPLPUSH a d
RPUSH a x; SET d 1 | RPOPLPUSH a d
RPUSH a x | LMOVE a a LEFT LEFT
RPUSH a x y | LMOVE a d LEFT RIGHT
| LMOVE a d LEFT RIGHT
RPUSH a x | LMPOP 2 d a LEFT
RPUSH a x y; RPUSH d x | LMPOP 2 b a LEFT COUNT 1
| LMPOP 1 a LEFT
RPUSH a x | BLPOP a 1
RPUSH b x y | BLPOP a b 1
RPUSH a x y | BRPOP a 1
RPUSH a x y | BLMOVE a d LEFT LEFT 1
RPUSH a x | BLMOVE a a LEFT LEFT 1
RPUSH a x y | BRPOPLPUSH a d 1
RPUSH a x y | BLMPOP 1 2 d a LEFT
# hashes
HSET a f v | HSET a f v
HSET a f v | HSET a f w
| HSET a f v
HSET a f v | HMSET a f v
HSET a f v | HSETNX a f w
HSET a f v | HSETNX a g w
HSET a f v | HDEL a f
HSET a f v g v | HDEL a f
HSET a f v | HDEL a g
| HDEL a g
HSET a f 1 | HINCRBY a f 0
HSET a f x | HINCRBY a f 0
HSET a f 1 | HINCRBYFLOAT a f 0
HSET a f x | HINCRBYFLOAT a f 0
| HINCRBY a f 1
# sets
SADD a x | SADD a x
SADD a x | SADD a y
| SADD a y
SADD a x | SREM a x
SADD a x y | SREM a x
SADD a x | SREM a y
| SREM a y
SADD a x; SADD d x | SMOVE a d x
SADD a x y; SADD d x | SMOVE a d x
SADD a x y; SADD d z | SMOVE a d x
SADD a x y | SMOVE a d x
SADD a x | SMOVE a a x
SADD a y; SADD d x | SMOVE a d x
| SMOVE a d x
SADD a x | SPOP a
SADD a x y | SPOP a
SADD a x y | SPOP a 1
SADD a x y | SPOP a 5
SADD a x | SPOP a 0
| SPOP a
SADD a x; SADD b x | SINTERSTORE d a b
SADD a x; SADD d y | SINTERSTORE d a b
SADD a x | SINTERSTORE d a b
SADD a x; SADD d x | SUNIONSTORE d a b
| SUNIONSTORE d a b
SADD a x; SADD d x | SDIFFSTORE d a b
SADD a x; SADD b x | SDIFFSTORE d a b
SADD a x; SADD b x; SADD d x | SDIFFSTORE d a b
# sorted sets
ZADD a 1 x | ZADD a 1 x
ZADD a 1 x | ZADD a 2 x
ZADD a 1 x | ZADD a NX 2 x
ZADD a 1 x | ZADD a GT CH 0 x
| ZADD a XX 1 x
| ZADD a 1 x
ZADD a 1 x | ZADD a INCR 0 x
ZADD a 1 x | ZADD a NX INCR 1 x
ZADD a 1 x | ZINCRBY a 0 x
ZADD a 1 x | ZINCRBY a 1 x
| ZINCRBY a 0 x
ZADD a 1 x | ZREM a x
ZADD a 1 x 2 y | ZREM a x
ZADD a 1 x | ZREM a y
| ZREM a y
ZADD a 1 x | ZREMRANGEBYSCORE a 2 3
ZADD a 1 x 2 y | ZREMRANGEBYSCORE a 2 3
ZADD a 1 x | ZREMRANGEBYSCORE a 1 3
| ZREMRANGEBYSCORE a 1 3
ZADD a 1 x | ZREMRANGEBYRANK a 5 6
ZADD a 1 x 2 y | ZREMRANGEBYRANK a 0 0
ZADD a 1 x | ZREMRANGEBYLEX a [y [z
ZADD a 1 x 1 y | ZREMRANGEBYLEX a [y [z
ZADD a 1 x | ZPOPMIN a
ZADD a 1 x 2 y | ZPOPMAX a
ZADD a 1 x | ZPOPMIN a 0
| ZPOPMIN a
| ZPOPMAX a
ZADD a 1 x 2 y | ZMPOP 2 d a MIN
ZADD a 1 x | ZMPOP 1 a MIN
| ZMPOP 2 d a MIN
ZADD a 1 x 2 y | BZPOPMIN a 1
ZADD a 1 x 2 y | BZPOPMAX a 1
ZADD a 1 x | BZMPOP 1 2 d a MIN
ZADD a 1 x; ZADD d 1 x | ZUNIONSTORE d 1 a
| ZUNIONSTORE d 1 a
ZADD d 1 x | ZUNIONSTORE d 1 a
ZADD a 1 x; ZADD b 1 x | ZINTERSTORE d 2 a b
ZADD a 1 x; ZADD b 1 y; ZADD d 1 x | ZINTERSTORE d 2 a b
ZADD a 1 x; ZADD b 1 y | ZDIFFSTORE d 2 a b
ZADD a 1 x; ZADD b 1 x | ZDIFFSTORE d 2 a b
ZADD a 1 x; ZADD d 1 x | ZRANGESTORE d a 0 -1
ZADD a 1 x; ZADD d 1 x | ZRANGESTORE d a 5 6
| ZRANGESTORE d a 5 6
# places
GEOADD a 1 1 x | GEOADD a 1 1 x
GEOADD a 1 1 x | GEOADD a 2 2 x
GEOADD a 1 1 x | GEOADD a NX 2 2 x
GEOADD a 1 1 x | GEOSEARCHSTORE d a FROMMEMBER x BYRADIUS 1 m
GEOADD a 1 1 x; SET d 1 | GEOSEARCHSTORE d a FROMLONLAT 9 9 BYRADIUS 1 m
GEOADD a 1 1 x; SET d 1 | GEORADIUS a 9 9 1 m STORE d
GEOADD a 1 1 x | GEORADIUS a 1 1 1 m STORE d
GEOADD a 1 1 x | GEORADIUS a 1 1 1 m
GEOADD a 1 1 x | GEORADIUSBYMEMBER a x 1 m STORE d
GEOADD a 1 1 x | GEORADIUSBYMEMBER a x 1 m
| GEORADIUS a 9 9 1 m STORE d
# streams
XADD a 1-0 f v | XADD a 2-0 f v
XADD a 1-0 f v | XADD a 1-0 f v
| XADD a NOMKSTREAM 1-0 f v
XADD a 1-0 f v | XDEL a 1-0
XADD a 1-0 f v | XDEL a 2-0
| XDEL a 2-0
XADD a 1-0 f v | XTRIM a MAXLEN 5
XADD a 1-0 f v | XTRIM a MAXLEN 0
| XTRIM a MAXLEN 0
XADD a 1-0 f v | XSETID a 1-0
XADD a 1-0 f v | XSETID a 9-0
XADD a 1-0 f v | XSETID a 9-0 ENTRIESADDED 5 MAXDELETEDID 1-0
| XSETID a 9-0
XADD a 1-0 f v | XGROUP CREATE a g 0
XADD a 1-0 f v | XGROUP CREATE a g $
XADD a 1-0 f v; XGROUP CREATE a g 0 | XGROUP CREATE a g 0
| XGROUP CREATE a g 0 MKSTREAM
| XGROUP CREATE a g 0
{PENDING} | XGROUP SETID a g 0
{PENDING} | XGROUP SETID a g 2-0
{PENDING} | XGROUP SETID a g - ENTRIESREAD 1
{PENDING} | XGROUP SETID a g +
{PENDING} | XGROUP SETID a h 0
{PENDING} | XGROUP DESTROY a g
{PENDING} | XGROUP DESTROY a h
{PENDING} | XGROUP CREATECONSUMER a g c
{PENDING} | XGROUP CREATECONSUMER a g e
{PENDING} | XGROUP DELCONSUMER a g c
{PENDING} | XGROUP DELCONSUMER a g e
{PENDING} | XACK a g 1-0
{PENDING} | XACK a g 9-0
| XACK a g 9-0
{PENDING} | XCLAIM a g c 0 1-0
{PENDING} | XCLAIM a g e 0 1-0
{PENDING} | XCLAIM a g e 0 2-0
{PENDING} | XCLAIM a g e 100000 1-0
{PENDING} | XCLAIM a g e 0 3-0
{PENDING} | XCLAIM a g e 0 3-0 FORCE
{PENDING} | XCLAIM a g e 0 1-0 LASTID 9-0
{PENDING} | XCLAIM a g e 0 9-0 JUSTID
{PENDING} | XCLAIM a h e 0 1-0
{PENDING} | XAUTOCLAIM a g c 0 0
{PENDING} | XAUTOCLAIM a g e 0 0
{PENDING} | XAUTOCLAIM a g e 100000 0
{PENDING} | XAUTOCLAIM a g e 0 9-0
{PENDING} | XREADGROUP GROUP g c STREAMS a >
{PENDING} | XREADGROUP GROUP g e STREAMS a >
{PENDING} | XREADGROUP GROUP g e STREAMS a 0
{PENDING} | XREADGROUP GROUP g c STREAMS a 0
{PENDING} | XREADGROUP GROUP g c NOACK STREAMS a >
# any kind
SET a 1 | DEL a
SET a 1 | DEL b
SET a 1 | UNLINK a b
SET a 1 | EXPIRE a 100
SET a 1 EX 100 | EXPIRE a 100 NX
SET a 1 EXAT 33000000000 | EXPIREAT a 33000000000
SET a 1 | EXPIRE a -1
SET a 1 | PEXPIRE a 100000
SET a 1 | PEXPIREAT a 33000000000000
| EXPIRE a 100
SET a 1 | PERSIST a
SET a 1 EX 100 | PERSIST a
| PERSIST a
SET a 1 | RENAME a a
SET a 1 | RENAME a d
SET a 1; SET d 1 | RENAME a d
| RENAME a d
SET a 1; SET d 1 | RENAMENX a d
SET a 1 | RENAMENX a d
SET a 1 | RENAMENX a a
SET a 1 | MOVE a 1
| MOVE a 1
SET a 1 | COPY a d
SET a 1; SET d 1 | COPY a d
SET a 1; SET d 1 | COPY a d REPLACE
SET a 1 | COPY a d DB 1
| COPY a d
SET a 1 | RESTORE d 0 <dump a>
SET a 1 | RESTORE a 0 <dump a>
SET a 1 | RESTORE a 0 <dump a> REPLACE
SET a 1 | RESTORE a 5 <dump a> REPLACE ABSTTL
RPUSH a 2 1 | SORT a
RPUSH a 2 1 | SORT a STORE d
RPUSH a 2 1 | SORT a STORE a
SET d 1 | SORT a STORE d
| SORT a STORE d
SET a 1 | FLUSHDB
| FLUSHDB
SET a 1 | FLUSHALL
SET a 1 | SWAPDB 0 1
| SWAPDB 0 1
SET a 1 | SWAPDB 0 0
"""

# Rows in which we differ on purpose.
OWN_WAY = {
    "PFADD a x | PFCOUNT a",  # a count that Redis stores in the value is not stored here
}

# Here a lookup is counted once; Redis counts each of several that it makes for one key.
COUNTED_TWICE = ("XREAD", "SCAN")

READS = f"""
SET a 1 | GET a
SET a 1 | MGET a b
SET a 1 | STRLEN a
SET a 1 | GETRANGE a 0 1
SET a 1 | SUBSTR a 0 1
SET a 1; SET b 1 | LCS a b
LPUSH a 1 | GET a
SET a 1 | GETBIT a 0
SET a 1 | BITCOUNT a
SET a 1 | BITPOS a 1
SET a 1 | BITFIELD_RO a GET u8 0
PFADD a x | PFCOUNT a
PFADD a x; PFADD b x | PFCOUNT a b
RPUSH a x | LRANGE a 0 -1
RPUSH a x | LLEN a
RPUSH a x | LINDEX a 0
RPUSH a x | LPOS a x
HSET a f v | HGET a f
HSET a f v | HMGET a f
HSET a f v | HGETALL a
HSET a f v | HKEYS a
HSET a f v | HVALS a
HSET a f v | HLEN a
HSET a f v | HSTRLEN a f
HSET a f v | HEXISTS a f
HSET a f v | HSCAN a 0
HSET a f v | HRANDFIELD a
SADD a x | SMEMBERS a
SADD a x | SISMEMBER a x
SADD a x | SMISMEMBER a x y
SADD a x | SCARD a
SADD a x | SSCAN a 0
SADD a x | SRANDMEMBER a
SADD a x; SADD b x | SINTER a b
SADD a x; SADD b x | SUNION a b
SADD a x; SADD b x | SDIFF a b
SADD a x; SADD b x | SINTERCARD 2 a b
ZADD a 1 x | ZRANGE a 0 -1
ZADD a 1 x | ZREVRANGE a 0 -1
ZADD a 1 x | ZRANGEBYSCORE a 0 1
ZADD a 1 x | ZREVRANGEBYSCORE a 1 0
ZADD a 1 x | ZRANGEBYLEX a - +
ZADD a 1 x | ZREVRANGEBYLEX a + -
ZADD a 1 x | ZCOUNT a 0 1
ZADD a 1 x | ZLEXCOUNT a - +
ZADD a 1 x | ZCARD a
ZADD a 1 x | ZSCORE a x
ZADD a 1 x | ZMSCORE a x y
ZADD a 1 x | ZRANK a x
ZADD a 1 x | ZREVRANK a x
ZADD a 1 x | ZSCAN a 0
ZADD a 1 x | ZRANDMEMBER a
ZADD a 1 x; ZADD b 1 x | ZUNION 2 a b
ZADD a 1 x; ZADD b 1 x | ZINTER 2 a b
ZADD a 1 x; ZADD b 1 x | ZDIFF 2 a b
ZADD a 1 x; ZADD b 1 x | ZINTERCARD 2 a b
GEOADD a 1 1 x | GEOPOS a x
GEOADD a 1 1 x | GEODIST a x x
GEOADD a 1 1 x | GEOHASH a x
GEOADD a 1 1 x | GEOSEARCH a FROMMEMBER x BYRADIUS 1 m
GEOADD a 1 1 x | GEORADIUS_RO a 1 1 1 m
GEOADD a 1 1 x | GEORADIUSBYMEMBER_RO a x 1 m
{PENDING} | XLEN a
{PENDING} | XRANGE a - +
{PENDING} | XREVRANGE a + -
{PENDING} | XREAD STREAMS a 0
{PENDING} | XREAD STREAMS a $
{PENDING} | XPENDING a g
{PENDING} | XPENDING a g - + 10
{PENDING} | XINFO STREAM a
{PENDING} | XINFO GROUPS a
{PENDING} | XINFO CONSUMERS a g
SET a 1 | EXISTS a b
SET a 1 | TOUCH a b
SET a 1 | TYPE a
SET a 1 EX 100 | TTL a
SET a 1 EX 100 | PTTL a
SET a 1 EX 100 | EXPIRETIME a
SET a 1 EX 100 | PEXPIRETIME a
SET a 1 | OBJECT ENCODING a
SET a 1 | OBJECT REFCOUNT a
SET a 1 | OBJECT IDLETIME a
SET a 1 | MEMORY USAGE a
SET a 1 | DUMP a
SET a 1 | KEYS *
SET a 1 | SCAN 0
SET a 1 | SCAN 0 TYPE string
SET a 1 | RANDOMKEY
SET a 1 | DBSIZE
SET a 1 | LOLWUT
RPUSH a 2 1 | SORT_RO a
RPUSH a 2 1; SET b1 1 | SORT_RO a BY b* GET b*
"""


def rows(text: str) -> list[tuple[list[list[str]], list[str]]]:
    """(setup, command) of each row."""
    out = []
    for line in text.strip().splitlines():
        if not line or line.startswith("#"):
            continue
        setup, _, command = line.rpartition("|")
        out.append(([words(part) for part in setup.split(";") if part.strip()], words(command)))
    return out


def words(text: str) -> list[str]:
    return ["" if word == "''" else word for word in text.replace("<dump a>", "<dump").split()]


def title(setup: list[list[str]], command: list[str]) -> str:
    return "; ".join(" ".join(part) for part in setup) + " | " + " ".join(command)
