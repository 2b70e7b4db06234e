"""Ordinary clients beside hostile ones at `memory` 512 MiB: the ordinary ones find what they wrote, the
process stays within its memory, and it is not much slower for them than in the quiet times between.

Quiet and hostile times take turns, so that both are measured under the same conditions.
`OCTAVO_LOAD_SECONDS` makes it longer (by hand: 3600). Times are printed and decide nothing.
With `OCTAVO_LOAD_ELSEWHERE` there are times as well in which the hostile clients attack a second server of
the same machine: what the ordinary ones wait for then is the machine's doing and not their server's.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import threading
import time

import pytest

from lib import hostile, resp
from lib.server import Server

SECONDS = float(os.environ.get("OCTAVO_LOAD_SECONDS", "25"))
ONLY = os.environ.get("OCTAVO_LOAD_ONLY", "").split()  # of the hostile clients
ELSEWHERE = bool(os.environ.get("OCTAVO_LOAD_ELSEWHERE"))
MEMORY_MIB = 512
BEYOND_MIB = 224  # what the process may have besides: docs/notes/0009-memory.md
# Of the time: nobody attacks, a second server is attacked, the server is.
SHARES = {"quiet": 0.2, "elsewhere": 0.2 if ELSEWHERE else 0.0, "hostile": 0.6 if ELSEWHERE else 0.8}
PASSWORD = "secret"
PAUSE_S = 0.005  # of an ordinary client between operations
PATIENCE_S = 60
KEYS = 200
MP = multiprocessing.get_context("fork")


class Shared:
    def __init__(self, addresses):
        self.addresses = addresses
        self.attacks = {name: MP.Event() for name in ("elsewhere", "hostile")}  # such times
        self.end = MP.Event()
        self.reports = MP.Queue()


class Timed:
    """Durations in milliseconds, by what was going on."""

    def __init__(self, shared):
        self.shared = shared
        self.of = {name: [] for name in SHARES}

    def __call__(self, work, *arguments):
        going_on = [name for name, event in self.shared.attacks.items() if event.is_set()]
        started = time.perf_counter()
        result = work(*arguments)
        self.of[going_on[0] if going_on else "quiet"].append((time.perf_counter() - started) * 1000)
        time.sleep(PAUSE_S)
        return result


def redis_reads_and_writes(shared, timed):
    rng = random.Random("redis")
    model = {}
    with resp.Connection(*shared.addresses["redis"], timeout_s=PATIENCE_S) as redis:
        redis.call("AUTH", PASSWORD)
        while not shared.end.is_set():
            key = f"ordinary:{rng.randrange(KEYS)}"
            if rng.random() < 0.5:
                model[key] = rng.randbytes(100)
                assert timed(redis.call, "SET", key, model[key]) == b"OK"
            else:
                assert timed(redis.call, "GET", key) == model.get(key)


def redis_queue(shared, timed):
    """A job queue: what is pushed comes out once, in order."""
    count = 0
    with resp.Connection(*shared.addresses["redis"], timeout_s=PATIENCE_S) as redis:
        redis.call("AUTH", PASSWORD)
        while not shared.end.is_set():
            assert timed(redis.call, "RPUSH", "ordinary:queue", count) == 1
            assert timed(redis.call, "BLPOP", "ordinary:queue", 1)[1] == str(count).encode()
            count += 1


def reql_reads_and_writes(shared, timed):
    rng = random.Random("reql")
    model = {}
    r, conn = driver(shared)
    table = r.table("ordinary")
    while not shared.end.is_set():
        key = rng.randrange(KEYS)
        if rng.random() < 0.5:
            model[key] = {"id": key, "n": rng.randrange(1000), "text": "o" * 200}
            query = table.insert(model[key], conflict="replace", durability="soft")
            assert timed(query.run, conn)["errors"] == 0
        else:
            assert timed(table.get(key).run, conn) == model.get(key)


def reql_ranges(shared, timed):
    """A query that scans, and so takes a worker."""
    r, conn = driver(shared)
    rows = [{"id": i, "n": i % 10} for i in range(1000)]
    r.table("ranges").insert(rows).run(conn)
    query = r.table("ranges").filter({"n": 3}).count()
    while not shared.end.is_set():
        assert timed(query.run, conn) == 100


def feed(shared, timed):
    """From the write to the news of it. The writer waits until it has heard."""
    r, conn = driver(shared)
    _, listening = driver(shared)
    changes = iter(r.table("followed").changes().run(listening))

    def write_and_hear(n):
        row = {"id": 0, "n": n}  # not what the disk takes, which large values keep busy
        r.table("followed").insert(row, conflict="replace", durability="soft").run(conn)
        assert next(changes)["new_val"]["n"] == n

    n = 0
    while not shared.end.is_set():
        timed(write_and_hear, n)
        n += 1


def go_first() -> None:
    """An ordinary client stands for one on another machine: what it waits for a core is not measured."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


ORDINARY = (redis_reads_and_writes, redis_queue, reql_reads_and_writes, reql_ranges, feed)


def driver(shared):
    from rethinkdb import RethinkDB  # only in the environment of the clients
    r = RethinkDB()
    host, port = shared.addresses["rethinkdb"]
    return r, r.connect(host=host, port=port, password=PASSWORD, timeout=PATIENCE_S)


def run_ordinary(shared, work):
    go_first()
    timed = Timed(shared)
    try:
        work(shared, timed)
        shared.reports.put((work.__name__, timed.of, None))
    except BaseException as error:  # pylint: disable=broad-except
        shared.reports.put((work.__name__, {}, f"{type(error).__name__}: {error}"))
        shared.end.set()


class Resident(threading.Thread):
    """The largest anonymous memory of a process, in MiB: mapped log segments and the program are the
    system's."""

    def __init__(self, server: Server):
        super().__init__(daemon=True)
        self.server = server
        self.highest = 0.0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.2):
            self.highest = max(self.highest, self.server.anonymous_bytes() / (1 << 20))


def start(folder) -> Server:
    return Server(folder, arguments=("--memory", f"{MEMORY_MIB}MiB"),
                  environment={"OCTAVO_INITIAL_PASSWORD": PASSWORD})


@pytest.mark.timeout(SECONDS + 5 * PATIENCE_S)
def test_hostile_clients_do_not_hurt_ordinary_ones(tmp_path):
    with start(tmp_path / "data") as server, contextlib.ExitStack() as others:
        attacked = {"hostile": server}
        if ELSEWHERE:
            attacked["elsewhere"] = others.enter_context(start(tmp_path / "elsewhere"))
        shared = Shared(server.addresses)
        r, conn = driver(shared)
        for name in ("ordinary", "ranges", "followed"):
            r.table_create(name).run(conn)
        manager = MP.Manager()
        rounds, elsewhere = manager.dict(), manager.dict()
        names = [name for name in hostile.CLIENTS if not ONLY or name in ONLY]
        enemies = [MP.Process(target=hostile.run, daemon=True,
                              args=(name, victim.addresses, PASSWORD, shared.attacks[when], shared.end,
                                    rounds if victim is server else elsewhere))
                   for name in names for when, victim in attacked.items()]
        ordinary = [MP.Process(target=run_ordinary, args=(shared, work), daemon=True)
                    for work in ORDINARY]
        resident = Resident(server)
        for job in (*enemies, *ordinary, resident):
            job.start()
        cycles = max(1, round(SECONDS / 300))
        for _ in range(cycles):
            for going_on, share in SHARES.items():
                if share == 0:
                    continue
                for name, event in shared.attacks.items():
                    (event.set if name == going_on else event.clear)()
                if shared.end.wait(SECONDS / cycles * share):
                    break
            assert server.alive(), server.log()
            print(f"resident at most {resident.highest:.0f} MiB", flush=True)
        for event in shared.attacks.values():
            event.clear()
        shared.end.set()
        reports = [shared.reports.get(timeout=PATIENCE_S) for _ in ordinary]
        resident.ended.set()
        for enemy in enemies:
            enemy.kill()
        failures = [f"{name}: {error}" for name, _, error in reports if error]
        print_rounds(dict(rounds))
        for name, times, _ in reports:
            print_times(name, times)
        print(pools(server))
        assert server.alive(), server.log()
        assert not failures, f"{failures}\n{server.log()}"
        idle = [name for name in names if not rounds.get(name)]
        assert not idle, f"without a single round: {idle}"
        assert resident.highest <= MEMORY_MIB + BEYOND_MIB


def print_rounds(rounds):
    for name in sorted(rounds):
        print(f"{name}: {rounds[name]}")


def print_times(name, times_of):
    def row(times):
        times = sorted(times) or [0.0]
        at = [times[min(len(times) - 1, int(len(times) * q))] for q in (0.5, 0.99, 0.999)]
        return f"{len(times)} p50 {at[0]:.2f} p99 {at[1]:.2f} p99.9 {at[2]:.2f} max {times[-1]:.1f} ms"
    print(f"{name}: " + "; ".join(f"{when} {row(times)}" for when, times in times_of.items() if times))


def pools(server) -> str:
    """What the pools of memory have of their limits."""
    families = server.metrics()
    return "\n".join(f"{name}{sorted(labels)} {value:g}"
                     for family in server.metrics().values()
                     for (name, labels), value in family.samples.items()
                     if name.startswith("octavo_memory"))
