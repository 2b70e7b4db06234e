"""Feeds under writers: each listener hears of each change of a row once and in order, whatever the
number of I/O threads. `OCTAVO_FEED_SECONDS` makes it longer (by hand: 300)."""

from __future__ import annotations

import collections
import multiprocessing
import os
import queue
import random
import time

import pytest

from lib import reql_wire
from lib.server import Server

SECONDS = float(os.environ.get("OCTAVO_FEED_SECONDS", "4"))
WRITERS, LISTENERS, KEYS = 3, 4, 100  # keys of each writer
BURST = 50  # writes that are sent without waiting for replies
AHEAD = 20_000  # changes that writers may be ahead of a listener: the test is not about overflow
END = {"id": "end"}
PARTIAL = 3  # type of a response after which more may come
PATIENCE_S = 60
MP = multiprocessing.get_context("fork")


class Shared:
    """What the processes of one run share. Each counter has one writer."""

    def __init__(self, address):
        self.address = address
        self.written = MP.Array("Q", WRITERS, lock=False)
        self.heard = MP.Array("Q", LISTENERS, lock=False)
        self.stop = MP.Event()
        self.reports = MP.Queue()

    def connect(self, r):
        host, port = self.address
        return r.connect(host=host, port=port, timeout=PATIENCE_S)


def run_and_report(name, shared, work):
    try:
        shared.reports.put((name, work(), None))
    except BaseException as error:  # pylint: disable=broad-except
        shared.reports.put((name, None, f"{type(error).__name__}: {error}"))


def write(r, shared, writer):
    """Puts and takes rows that no other writer touches, numbered by key; how often for each."""
    rng = random.Random(writer)
    conn = shared.connect(r)
    table = r.table("t")
    names = [f"{writer}/{n}" for n in range(KEYS)]
    counts = collections.Counter()

    def put(keys, **options):
        counts.update(keys)
        rows = [{"id": key, "n": counts[key]} for key in keys]
        return table.insert(rows, conflict="replace", durability="soft").run(conn, **options)

    while not shared.stop.is_set():
        if sum(shared.written) - min(shared.heard) > AHEAD:
            time.sleep(0.001)
            continue
        key = rng.choice(names)
        burst = rng.sample(names, BURST)  # of different rows, as they may pass each other
        for one in burst:
            put([one], noreply=True)
        conn.noreply_wait()
        taken = table.get(key).delete(durability="soft").run(conn)["deleted"]
        counts[key] += taken
        many = rng.sample(names, 20)
        assert put(many)["errors"] == 0
        shared.written[writer] += len(burst) + taken + len(many)
    conn.close()
    return counts


class Follower:
    """Rows as a feed tells them; fails on the first change that does not follow from the last."""

    def __init__(self):
        self.rows, self.counts = {}, collections.Counter()

    def apply(self, change):
        old, new = change["old_val"], change["new_val"]
        key = (old or new)["id"]
        self.counts[key] += 1
        assert old == self.rows.get(key), (change, self.rows.get(key), self.counts[key])
        assert new is None or new["n"] == self.counts[key], (change, self.counts[key])
        self.rows[key] = new


def listen(shared, listener, ready):
    """Until the row that ends it. By hand, as a driver would spend its time on each change."""
    table, changes = [15, ["t"]], 152
    follower = Follower()
    with reql_wire.Connection(*shared.address, timeout_s=PATIENCE_S) as connection:
        connection.send(1, [reql_wire.START, [changes, [table], {"changefeed_queue_size": 10**6}]])
        while True:
            token, response = connection.read()
            assert token == 1 and response["t"] == PARTIAL, response
            connection.send(1, [reql_wire.CONTINUE])
            if not response["r"]:
                ready.release()
            for change in response["r"]:
                if change["new_val"] == END:
                    return follower.counts
                follower.apply(change)
            shared.heard[listener] += len(response["r"])


def pass_by(r, shared):
    """Listens for a while, again and again, from the present rows on."""
    conn = shared.connect(r)
    visits = 0
    while not shared.stop.is_set():
        feed = r.table("t").changes(include_initial=True, include_states=True).run(conn)
        rows, live, heard = {}, False, 0
        while heard < 100 and not shared.stop.is_set():
            try:
                item = feed.next(wait=1)
            except r.errors.ReqlTimeoutError:
                continue
            heard += 1
            if "state" in item:
                live = item["state"] == "ready"
            elif not live:
                rows[item["new_val"]["id"]] = item["new_val"]
            else:
                key = (item["old_val"] or item["new_val"])["id"]
                assert item["old_val"] == rows.get(key), (item, rows.get(key))
                rows[key] = item["new_val"]
        feed.close()
        visits += 1
    conn.close(noreply_wait=False)
    return visits


def start(shared, name, work, *arguments):
    job = MP.Process(target=run_and_report, args=(name, shared, lambda: work(*arguments)))
    job.start()
    return job


@pytest.mark.timeout(SECONDS + 3 * PATIENCE_S)
@pytest.mark.parametrize("threads", [1, 4])
def test_each_listener_hears_of_each_change_once(r, tmp_path, threads):
    with Server(tmp_path / "data", arguments=("--threads", str(threads))) as server:
        shared = Shared(server.addresses["rethinkdb"])
        with shared.connect(r) as conn:
            r.table_create("t").run(conn)
        ready = MP.Semaphore(0)
        jobs = [start(shared, f"listener {i}", listen, shared, i, ready)
                for i in range(LISTENERS)]
        for _ in range(LISTENERS):
            assert ready.acquire(timeout=PATIENCE_S)
        jobs += [start(shared, f"writer {i}", write, r, shared, i) for i in range(WRITERS)]
        jobs.append(start(shared, "passer-by", pass_by, r, shared))
        reports = {}
        try:
            reports = gather(r, shared, len(jobs), server)
        finally:
            shared.stop.set()
            for job in jobs:
                job.join(timeout=1 if len(reports) < len(jobs) else PATIENCE_S)
                job.kill()
        written = sum((reports[f"writer {i}"] for i in range(WRITERS)), collections.Counter())
        for i in range(LISTENERS):
            assert reports[f"listener {i}"] == written
        assert reports["passer-by"] > 0
        print(f"{threads} threads: {written.total()} changes, {reports['passer-by']} visits")


def is_writer(name):
    return name.startswith("writer")


def gather(r, shared, count, server):
    """The reports of all, once time is up; fails with the first that failed."""
    reports = {}
    end = time.monotonic() + SECONDS
    while len(reports) < count:
        left = end - time.monotonic()
        if left <= 0:
            shared.stop.set()
        assert left > -PATIENCE_S, f"only {sorted(reports)} are done"
        assert server.alive(), server.log()
        try:
            name, result, error = shared.reports.get(timeout=0.5)
        except queue.Empty:
            continue
        assert error is None, f"{name}: {error}\n{server.log()}"
        reports[name] = result
        if is_writer(name) and sum(map(is_writer, reports)) == WRITERS:
            with shared.connect(r) as conn:
                r.table("t").insert(END).run(conn)
    return reports
