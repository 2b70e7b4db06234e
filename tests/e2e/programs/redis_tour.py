"""What programs with redis-py do. Runs with every release of it since 4.0.

redis_tour.py HOST PORT
"""

import sys
import threading

import redis

HOST, PORT = sys.argv[1], int(sys.argv[2])


def expect(found, wanted):
    assert found == wanted, "expected %r, got %r" % (wanted, found)


def strings(client):
    client.flushdb()
    expect(client.set("foo", "bar"), True)
    expect(client.get("foo"), b"bar")
    expect(client.get("nothing"), None)
    expect(client.set("foo", "x", nx=True), None)
    expect(client.incr("n"), 1)
    expect(client.incrby("n", 41), 42)
    expect(client.mset({"a": 1, "b": 2}), True)
    expect(client.mget("a", "b", "c"), [b"1", b"2", None])
    expect(client.append("foo", "baz"), 6)
    expect(client.strlen("foo"), 6)
    expect(client.set("short", "v", ex=100), True)
    assert 0 < client.ttl("short") <= 100
    expect(client.persist("short"), True)
    expect(client.ttl("short"), -1)
    expect(client.exists("foo", "a", "zzz"), 2)
    expect(client.type("foo"), b"string")
    expect(client.delete("foo", "a"), 2)
    binary = bytes(range(256))
    client.set(binary, binary)
    expect(client.get(binary), binary)


def collections(client):
    client.flushdb()
    expect(client.rpush("list", "a", "b", "c"), 3)
    expect(client.lpush("list", "z"), 4)
    expect(client.lrange("list", 0, -1), [b"z", b"a", b"b", b"c"])
    expect(client.lpop("list"), b"z")
    expect(client.llen("list"), 3)
    expect(client.hset("hash", mapping={"k": "v", "n": 1}), 2)
    expect(client.hget("hash", "k"), b"v")
    expect(client.hgetall("hash"), {b"k": b"v", b"n": b"1"})
    expect(client.hincrby("hash", "n", 2), 3)
    expect(client.sadd("set", "x", "y", "x"), 2)
    expect(client.smembers("set"), {b"x", b"y"})
    expect(client.sismember("set", "x"), 1)
    expect(client.zadd("zset", {"one": 1, "two": 2, "three": 3}), 3)
    expect([(name, float(score)) for name, score in client.zrange("zset", 0, -1, withscores=True)],
           [(b"one", 1.0), (b"two", 2.0), (b"three", 3.0)])
    expect(client.zrank("zset", "three"), 2)
    expect(client.zincrby("zset", 5, "one"), 6.0)
    expect(client.zrevrange("zset", 0, 0), [b"one"])
    expect(sorted(client.scan_iter()), [b"hash", b"list", b"set", b"zset"])


def transactions(client):
    client.flushdb()
    with client.pipeline() as pipe:
        expect(pipe.set("a", 1).incr("a").get("a").execute(), [True, 2, b"2"])
    with client.pipeline() as pipe:
        pipe.watch("a")
        value = int(pipe.get("a"))
        client.set("a", 100)  # somebody else
        pipe.multi()
        pipe.set("a", value + 1)
        try:
            pipe.execute()
            raise AssertionError("a watched key changed and the transaction went through")
        except redis.WatchError:
            pass
    expect(client.get("a"), b"100")
    pipe = client.pipeline(transaction=False)
    for i in range(1000):
        pipe.set("key:%d" % i, i)
    expect(pipe.execute(), [True] * 1000)
    expect(client.dbsize(), 1001)


def publish(client):
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe("news")
    pubsub.psubscribe("n*")
    heard = []

    def listen():
        for message in pubsub.listen():
            heard.append((message["type"], message["data"]))
            if len(heard) == 4:
                return

    listener = threading.Thread(target=listen)
    listener.start()
    while client.publish("probe", "x") or client.pubsub_numsub("news")[0][1] < 1:
        pass
    expect(client.publish("news", "one"), 2)
    expect(client.publish("news", "two"), 2)
    listener.join(30)
    assert not listener.is_alive(), heard
    expect(sorted(heard), [("message", b"one"), ("message", b"two"),
                           ("pmessage", b"one"), ("pmessage", b"two")])
    pubsub.close()


def errors(client):
    client.flushdb()
    client.set("text", "abc")
    for wrong in (lambda: client.incr("text"), lambda: client.lpush("text", 1),
                  lambda: client.execute_command("NOSUCHCOMMAND"),
                  lambda: client.execute_command("GET")):
        try:
            wrong()
            raise AssertionError("no error")
        except redis.ResponseError:
            pass
    expect(client.ping(), True)


def blocking(client):
    client.flushdb()
    result = []
    waiter = threading.Thread(target=lambda: result.append(client.blpop("queue", timeout=20)))
    waiter.start()
    database = client.connection_pool.connection_kwargs.get("db") or 0
    other = redis.Redis(host=HOST, port=PORT, db=database)
    while int(other.info("clients")["blocked_clients"]) < 1:
        pass
    other.rpush("queue", "job")
    waiter.join(20)
    assert [tuple(one) for one in result] == [(b"queue", b"job")], result


def main():
    steps = (strings, collections, transactions, publish, errors, blocking)
    clients = [redis.Redis(host=HOST, port=PORT), redis.StrictRedis(host=HOST, port=PORT)]
    pool = redis.ConnectionPool(host=HOST, port=PORT, db=3)
    clients.append(redis.Redis(connection_pool=pool))
    if int(redis.__version__.split(".")[0]) >= 5:
        clients.append(redis.Redis(host=HOST, port=PORT, protocol=3))
        clients.append(redis.Redis(host=HOST, port=PORT, protocol=2))
    for client in clients:
        for step in steps:
            step(client)
    assert "redis_version" in clients[0].info()
    expect(clients[0].config_get("save").keys() >= set(), True)
    print("ok")


main()
