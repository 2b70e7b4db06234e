#!/usr/bin/env python3
"""Loads over the wire, each beside its peer in the same run where a peer installs by package.

    bench/run.py [filter]        part of a group's or operation's name
    bench/run.py --seconds 10    longer measurements
    bench/run.py --before BUILD  beside an earlier build of the server (a file `octavo`) instead of the peers

Octavo and the peer get the same load from the same generator, in turns, so that what else the
machine does meets both. A ratio above 1 means that Octavo is faster. Figures for people go to the
output; build/bench/wire.json has them all.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

# pylint: disable=wrong-import-position
from lib import mongodb_peer, redis_server, reql_wire
from lib.redis_server import RedisServer
from lib.server import Server

LOAD = ROOT / "build" / "release" / "bin" / "octavo_load"
RESULTS = ROOT / "build" / "bench" / "wire.json"
REDIS_OPERATIONS = ("set", "get", "incr", "lpush", "hset", "zadd")
REDIS_MIXES = ("get:9,set:1",)  # nine reads to a write
TURNS = 3  # Octavo, peer, Octavo, peer, …; the median of each counts


# As Redis's own documentation advises for data that matters.
DURABLE = ("--save", "", "--appendonly", "yes", "--appendfsync", "everysec")


def drive(protocol: str, operation: str, port: int, seconds: float, *options: str) -> dict:
    command = [str(LOAD), protocol, operation, "--port", str(port), "--seconds", str(seconds), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    report = json.loads(done.stdout)
    if report["errors"]:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return report


def redis_benchmark(operation: str, port: int, requests: int, pipeline: int) -> dict:
    done = subprocess.run(
        ["redis-benchmark", "-p", str(port), "-c", "50", "-n", str(requests), "-P", str(pipeline),
         "-r", "100000", "-t", operation, "--csv"],
        check=True, capture_output=True, text=True, timeout=300)
    row = [cell.strip('"') for cell in done.stdout.strip().splitlines()[-1].split(",")]
    return {"per_second": float(row[1]), "p50_us": float(row[4]) * 1000,
            "p95_us": float(row[5]) * 1000, "p99_us": float(row[6]) * 1000}


def median(reports: list[dict]) -> dict:
    return sorted(reports, key=lambda report: report["per_second"])[len(reports) // 2]


def line(name: str, ours: dict, theirs: dict | None = None) -> None:
    text = (f"{name:44} {ours['per_second']:>11,.0f}/s  p50 {ours['p50_us']:>7,.0f} us"
            f"  p99 {ours['p99_us']:>7,.0f} us")
    if theirs:
        text += f"   peer {theirs['per_second']:>11,.0f}/s"
        text += f"   ratio {ours['per_second'] / theirs['per_second']:.2f}"
    print(text, flush=True)


def earlier(program: pathlib.Path) -> Server:
    """A server of the protocols that every build has; flags of later ones are unknown to it."""
    return Server(program=program, ports={"mysql": None, "mongodb": None})


def redis_group(results: dict, wanted: str, options: argparse.Namespace) -> None:
    """Both sides fsync once a second."""
    seconds = options.seconds
    if not options.before and not redis_server.installed():
        print("redis: redis-server is not installed, so there is no peer")
        return
    with Server() as server, \
            (earlier(options.before) if options.before else RedisServer(*DURABLE)) as peer:
        port = server.addresses["redis"][1]
        peer_port = peer.port("redis") if options.before else peer.port
        for pipeline, requests in ((1, 200_000), (16, 2_000_000)):
            for operation in REDIS_OPERATIONS:
                if wanted not in f"redis-benchmark {operation}":
                    continue
                ours, theirs = [], []
                for _ in range(TURNS):
                    ours.append(redis_benchmark(operation, port, requests, pipeline))
                    theirs.append(redis_benchmark(operation, peer_port, requests, pipeline))
                name = f"redis-benchmark {operation} -c 50 -P {pipeline}"
                results[name] = {"octavo": median(ours), "peer": median(theirs)}
                line(name, median(ours), median(theirs))
        for pipeline in (1, 16):
            for operation in (*REDIS_OPERATIONS, *REDIS_MIXES):
                if wanted not in f"redis {operation}":
                    continue
                load = ("--pipeline", str(pipeline), "--connections", "50")
                ours, theirs = [], []
                for _ in range(TURNS):
                    ours.append(drive("redis", operation, port, seconds, *load))
                    theirs.append(drive("redis", operation, peer_port, seconds, *load))
                name = f"redis {operation} 50 connections, pipeline {pipeline}"
                results[name] = {"octavo": median(ours), "peer": median(theirs)}
                line(name, median(ours), median(theirs))


# RethinkDB is in none of the registries, so these lines stand alone.
RETHINKDB = (
    ("insert soft, 8 connections", "insert", ("--connections", "8")),
    ("insert hard, 8 connections", "insert", ("--connections", "8", "--hard")),
    ("insert soft, batches of 200", "insert", ("--connections", "8", "--batch", "200")),
    ("insert hard, batches of 200", "insert", ("--connections", "8", "--batch", "200", "--hard")),
    ("get, 8 connections", "get", ("--connections", "8")),
    ("get:9,update:1 soft, 8 connections", "get:9,update:1", ("--connections", "8")),
)
FEEDS = (  # one writer that waits for every listener, then one that does not wait
    ("feed latency, 1 listener", ("--listeners", "1", "--lockstep")),
    ("feed latency, 100 listeners", ("--listeners", "100", "--lockstep")),
    ("insert soft, 1 connection, no listener", ()),
    ("insert soft, 1 connection, 100 listeners", ("--listeners", "100")),
    ("insert soft, 1 connection, 1000 listeners", ("--listeners", "1000")),
)


def rethinkdb_group(results: dict, wanted: str, options: argparse.Namespace) -> None:
    loads = [(name, operation, load) for name, operation, load in RETHINKDB]
    loads += [(name, "insert", ("--connections", "1", *load)) for name, load in FEEDS]
    with contextlib.ExitStack() as servers:
        ports = [servers.enter_context(Server()).port("rethinkdb")]
        if options.before:
            ports.append(servers.enter_context(earlier(options.before)).port("rethinkdb"))
        for name, operation, load in loads:
            if wanted not in f"rethinkdb {name}":
                continue
            reports: list[list[dict]] = [[] for _ in ports]
            for _ in range(TURNS):
                for of_server, port in zip(reports, ports):
                    of_server.append(drive("rethinkdb", operation, port, options.seconds, *load))
            medians = [median(of_server) for of_server in reports]
            results[f"rethinkdb {name}"] = dict(zip(("octavo", "peer"), medians))
            line(f"rethinkdb {name}", *medians)
            for report in medians:
                feed_line(report)


def feed_line(report: dict) -> None:
    if report["listeners"]:
        print(f"{'':44} delivered {report['delivered_per_second']:,.0f}/s, latency p50 "
              f"{report['feed_p50_us'] / 1000:.2f} ms, p95 {report['feed_p95_us'] / 1000:.2f} ms")


# Of YCSB; the read-modify-write of F is a read and an update that follow each other.
YCSB = {
    "A": "ycsb_read:50,ycsb_update:50",
    "B": "ycsb_read:95,ycsb_update:5",
    "C": "ycsb_read",
    "D": "ycsb_read_latest:95,ycsb_insert:5",
    "E": "ycsb_scan:95,ycsb_insert:5",
    "F": "ycsb_read:2,ycsb_update:1",
}
YCSB_CLIENTS = (1, 8, 64)
YCSB_ROWS = 100_000
# Protocols in turns. SQL's commits are on the disk before they are answered: it has no soft ones.
YCSB_PROTOCOLS = {"soft": ("mongodb", "rethinkdb"), "hard": ("mongodb", "rethinkdb", "mysql")}


def ycsb_group(results: dict, wanted: str, options: argparse.Namespace) -> None:
    """The same work by each protocol; the ratio is MongoDB's to the best of the others."""
    if options.before:
        return
    seconds = options.seconds
    with Server() as server, contextlib.ExitStack() as peers:
        ports = {name: server.addresses[name][1] for name in ("mongodb", "rethinkdb", "mysql")}
        peer = mongodb_peer.start(peers)
        for durability, protocols in YCSB_PROTOCOLS.items():
            for workload, mix in YCSB.items():
                for clients in YCSB_CLIENTS:
                    name = f"ycsb {workload} {durability}, {clients} clients"
                    if wanted not in name:
                        continue
                    load = ["--connections", str(clients), "--keys", str(YCSB_ROWS)]
                    load += ["--hard"] if durability == "hard" else []
                    reports = {protocol: drive(protocol, mix, ports[protocol], seconds, *load)
                               for protocol in protocols}
                    if peer:
                        reports[peer.name] = drive("mongodb", mix, peer.port, seconds, *load)
                    results[name] = reports
                    ycsb_line(name, reports)


def ycsb_line(name: str, reports: dict) -> None:
    rates = {who: report["per_second"] for who, report in reports.items()}
    best = max(rate for who, rate in rates.items() if who in ("rethinkdb", "mysql"))
    text = "   ".join(f"{who} {rate:>9,.0f}/s" for who, rate in rates.items())
    print(f"{name:28} {text}   ratio {rates['mongodb'] / best:.2f}"
          f"   p99 {reports['mongodb']['p99_us']:,.0f} us", flush=True)


def resident_kib(pid: int) -> int:
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def memory_group(results: dict, wanted: str, options: argparse.Namespace) -> None:
    """Resident memory of an empty server, and what each of 200 more tables adds."""
    if wanted not in "memory":
        return
    results["memory"] = memory_of(Server())
    if options.before:
        results["memory, before"] = memory_of(earlier(options.before))


def memory_of(server: Server) -> dict:
    with server, reql_wire.Connection(*server.addresses["rethinkdb"]) as connection:
        empty = resident_kib(server.pid)
        tables = 200
        for number in range(tables):
            connection.call(number + 1, [1, [60, [[14, ["test"]], f"memory_{number}"]]])
        each = (resident_kib(server.pid) - empty) / tables
    print(f"memory: an empty server {empty / 1024:.1f} MiB, a table {each:.1f} KiB")
    return {"empty_mib": empty / 1024, "table_kib": each}


def machine() -> str:
    cpu = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} x {cpu[1] if cpu else platform.machine()}, Linux {platform.release()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="?", default="")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--before", type=pathlib.Path, metavar="BUILD")
    options = parser.parse_args()
    print(machine())
    results: dict = {"machine": machine()}
    for group in (redis_group, rethinkdb_group, ycsb_group, memory_group):
        group(results, options.filter, options)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
