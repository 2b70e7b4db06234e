"""One commit, seen over both protocols: row, index, feed, cursor, restart, resume."""

from __future__ import annotations

import threading
import time

import pytest

from lib import resp
from lib.patience import patient
from lib.server import Server


def reql(r, server: Server):
    host, port = server.addresses["rethinkdb"]
    return r.connect(host=host, port=port, timeout=30)


def keys(r):
    return r.db("redis").table("db0")


def test_redis_writes_are_documents(r, conn, redis):
    redis.call("SET", "text", "hello")
    redis.call("RPUSH", "list", "a", "b")
    redis.call("HSET", "hash", "k", "v")
    redis.call("SADD", "set", "only")
    redis.call("ZADD", "zset", "1.5", "member")
    redis.call("SET", "mortal", "x", "EX", "1000")
    rows = {row["id"]: row for row in keys(r).run(conn)}
    assert set(rows) == {"text", "list", "hash", "set", "zset", "mortal"}
    assert rows["text"] == {"id": "text", "type": "string", "value": "hello", "ttl": None}
    assert (rows["list"]["type"], rows["list"]["value"]) == ("list", ["a", "b"])
    assert (rows["hash"]["type"], rows["hash"]["value"]) == ("hash", {"k": "v"})
    assert (rows["set"]["type"], rows["set"]["value"]) == ("set", ["only"])
    assert rows["zset"]["type"] == "zset"
    assert rows["mortal"]["ttl"] > 0


def test_every_term_reads_keys(r, conn, redis):
    for i in range(300):
        redis.call("SET", f"user:{i:03}", str(i))
    table = keys(r)
    assert table.count().run(conn) == 300
    assert table.get("user:007")["value"].run(conn) == "7"
    assert table.get("nobody").run(conn) is None
    assert table.between("user:010", "user:020").count().run(conn) == 10
    assert table.filter(lambda row: row["value"].coerce_to("number") >= 290).count().run(conn) == 10
    ordered = table.order_by(index="id").limit(3)["id"].run(conn)
    assert list(ordered) == ["user:000", "user:001", "user:002"]
    assert table.group("type").count().run(conn) == {"string": 300}
    assert table.map(lambda row: row["value"].coerce_to("number")).sum().run(conn) == 44850


def test_a_long_redis_command_is_a_job_that_reql_ends(r, conn, redis, server):
    chunk = [str(i) for i in range(10_000)]
    for _ in range(100):
        redis.call("RPUSH", "long", *chunk)
    jobs = r.db("rethinkdb").table("jobs").filter(r.row["info"]["protocol"] == "redis")
    outcome = []

    def sort():
        with resp.Connection(*server.addresses["redis"], timeout_s=patient(60)) as other:
            try:
                outcome.append(len(other.call("SORT", "long", "ALPHA", "LIMIT", "0", "1")))
            except ConnectionError as error:
                outcome.append(error)

    sorter = threading.Thread(target=sort)
    sorter.start()
    seen = []
    until = time.monotonic() + patient(30)
    while not seen and not outcome and time.monotonic() < until:
        seen = list(jobs.run(conn))
    assert seen, outcome
    assert seen[0]["info"]["query"] == "SORT long ALPHA LIMIT 0 1"
    assert seen[0]["info"]["user"] == "admin"
    assert r.db("rethinkdb").table("jobs").get(seen[0]["id"]).delete().run(conn)["deleted"] == 1
    sorter.join(patient(30))
    assert isinstance(outcome[0], ConnectionError), outcome
    while time.monotonic() < until and list(jobs.run(conn)):  # the command is told at its next step
        pass
    assert not list(jobs.run(conn))
    assert redis.call("LLEN", "long") == 1_000_000


def test_rethinkdb_writes_are_keys(r, conn, redis):
    table = keys(r)
    assert table.insert({"id": "made", "type": "string", "value": "here"}).run(conn)["inserted"] == 1
    assert redis.call("GET", "made") == b"here"
    assert table.insert({"id": "l", "type": "list", "value": ["x", "y"]}).run(conn)["inserted"] == 1
    assert redis.call("LRANGE", "l", "0", "-1") == [b"x", b"y"]
    assert table.get("made").update({"value": "changed"}).run(conn)["replaced"] == 1
    assert redis.call("GET", "made") == b"changed"
    assert table.get("made").delete().run(conn)["deleted"] == 1
    assert redis.call("EXISTS", "made") == 0


def test_feed_on_redis_writes(r, conn, redis):
    feed = keys(r).changes().run(conn)
    redis.call("SET", "a", "1")
    redis.call("INCR", "a")
    redis.call("RPUSH", "queue", "job")
    redis.call("DEL", "a")
    events = [feed.next(wait=20) for _ in range(4)]
    seen = [(event["old_val"] and event["old_val"]["value"],
             event["new_val"] and event["new_val"]["value"]) for event in events]
    assert seen == [(None, "1"), ("1", "2"), (None, ["job"]), ("2", None)]
    feed.close()


def test_a_transaction_is_one_commit_on_the_feed(r, conn, redis):
    feed = keys(r).changes().run(conn)
    redis.call("MULTI")
    redis.call("SET", "x", "1")
    redis.call("SET", "y", "2")
    assert redis.call("EXEC") == [b"OK", b"OK"]
    assert sorted(feed.next(wait=20)["new_val"]["id"] for _ in range(2)) == ["x", "y"]
    feed.close()


def drain(feed, count: int) -> list[dict]:
    return [feed.next(wait=20) for _ in range(count)]


@pytest.mark.parametrize("protocol", ["rethinkdb", "redis"])
def test_resume_after_restart(r, own_server, protocol):
    """A feed's cursor outlives the server: what was written while nobody listened is delivered
    once, in order."""
    conn = reql(r, own_server)
    redis = resp.Connection(*own_server.addresses["redis"])
    if protocol == "rethinkdb":
        r.table_create("t").run(conn)
        table = r.table("t")

        def write(i: int) -> None:
            table.insert({"id": f"k{i}", "value": str(i)}).run(conn)
    else:
        table = keys(r)

        def write(i: int) -> None:
            redis.call("SET", f"k{i}", str(i))

    feed = table.changes(include_cursor=True).run(conn)
    for i in range(3):
        write(i)
    first = drain(feed, 2)
    assert [event["new_val"]["id"] for event in first] == ["k0", "k1"]
    cursor = first[-1]["cursor"]
    feed.close()
    for i in range(3, 6):
        write(i)
    conn.close()
    redis.close()

    own_server.restart()
    conn = reql(r, own_server)
    redis = resp.Connection(*own_server.addresses["redis"])
    feed = table.changes(include_cursor=True, resume_after=cursor).run(conn)
    assert [event["new_val"]["id"] for event in drain(feed, 4)] == ["k2", "k3", "k4", "k5"]
    write(6)
    assert feed.next(wait=20)["new_val"]["id"] == "k6"
    conn.close()
    redis.close()


def test_the_first_rows_resume_as_a_difference(r, own_server):
    """A feed of the first n rows that resumes tells what became of the rows it had told of."""
    conn = reql(r, own_server)
    r.table_create("scores").run(conn)
    scores = r.table("scores")
    scores.index_create("points").run(conn)
    scores.index_wait().run(conn)
    scores.insert([{"id": i, "points": i * 10} for i in range(10)]).run(conn)
    best = scores.order_by(index=r.desc("points")).limit(3)
    feed = best.changes(include_cursor=True, include_initial=True).run(conn)
    told = {event["new_val"]["id"] for event in drain(feed, 3)}
    assert told == {9, 8, 7}
    scores.get(0).update({"points": 95}).run(conn)
    event = feed.next(wait=20)
    told = told - {event["old_val"]["id"]} | {event["new_val"]["id"]}
    assert told == {9, 0, 8}
    feed.close()
    scores.get(9).delete().run(conn)
    scores.get(1).update({"points": 200}).run(conn)
    scores.get(8).update({"points": 5}).run(conn)
    conn.close()

    own_server.restart()
    conn = reql(r, own_server)
    scores = r.table("scores")
    best = scores.order_by(index=r.desc("points")).limit(3)
    feed = best.changes(include_cursor=True, resume_after=event["cursor"]).run(conn)
    for event in drain(feed, 2):
        told = told - {event["old_val"]["id"]} | {event["new_val"]["id"]}
    assert told == {1, 0, 7}
    assert [row["id"] for row in best.run(conn)] == [1, 0, 7]
    scores.get(7).delete().run(conn)
    event = feed.next(wait=20)
    assert (event["old_val"]["id"], event["new_val"]["id"]) == (7, 6)
    conn.close()


def test_one_commit_everywhere(r, own_server):
    """Row, index, feed and cursor agree before and after a restart, over both protocols."""
    conn = reql(r, own_server)
    r.table_create("people").run(conn)
    people = r.table("people")
    people.index_create("age").run(conn)
    people.index_wait().run(conn)
    feed = people.changes(include_cursor=True).run(reql(r, own_server))
    people.insert([{"id": i, "age": i % 10} for i in range(100)]).run(conn)
    people.filter({"age": 3}).update({"age": 33}).run(conn)
    people.get_all(4, index="age").delete().run(conn)
    events = drain(feed, 120)
    state: dict = {}
    for event in events:
        if event["new_val"] is None:
            del state[event["old_val"]["id"]]
        else:
            state[event["new_val"]["id"]] = event["new_val"]
    with resp.Connection(*own_server.addresses["redis"]) as redis:
        redis.call("SET", "beside", "it")

    def check(connection):
        rows = {row["id"]: row for row in people.run(connection)}
        assert rows == state
        assert people.get_all(33, index="age").count().run(connection) == 10
        assert people.get_all(4, index="age").count().run(connection) == 0
        assert sorted(row["id"] for row in people.between(
            r.minval, r.maxval, index="age").run(connection)) == sorted(state)
        assert keys(r).get("beside")["value"].run(connection) == "it"

    check(conn)
    own_server.restart()
    conn = reql(r, own_server)
    check(conn)
    feed = people.changes(resume_after=events[99]["cursor"]).run(conn)
    assert [(event["old_val"], event["new_val"]) for event in drain(feed, 20)] == [
        (event["old_val"], event["new_val"]) for event in events[100:]]
