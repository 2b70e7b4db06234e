#!/usr/bin/env python3
"""What queries over many rows cost: CPU of the server per document, of one or two binaries.

    bench/analytics.py A [B]               paths of octavo binaries
    bench/analytics.py A B --only order    queries with that in their names
    bench/analytics.py A --documents 100000 --turns 3

Each server is loaded once with the same documents of about 250 bytes. Then each query runs in turns
(A, B, A, B, …), and the median of its turns counts: nanoseconds of the server's CPU (user and
system, from /proc/PID/stat) per document that the query reads, and the ratio B/A. Below 1 means that
B needs less. What a write leaves to be done in the background counts as well. Wall time does not
count, so that a slow client or a busy machine disturbs less; for figures that are published the
machine should be quiet all the same.

A query that is `kept` ends in the server with one row or number; one that is `delivered` sends its
rows, which are read here and thrown away. Figures for people go to the output, all of them to
build/bench/analytics.json. Ends with 1 when A and B give different answers, or one of them an error.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import random
import re
import struct
import sys
import time
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

# pylint: disable=wrong-import-position
from lib import reql_wire
from lib.server import Server

RESULTS = ROOT / "build" / "bench" / "analytics.json"
SEED = 8
BATCH = 1000         # documents in one insert
INSERTS_AHEAD = 8
FEW = 10             # different values of `few`
SMALL = 1000         # rows of the small inner table of joins, and values of `bucket`
CPU_OF_A_TURN = 0.5  # seconds: a read is repeated until its turn has taken as much, as ticks are long
REPEATS = 10         # at most
QUIET_S = 60         # how long the server may go on with work in the background before a query
TICKS = os.sysconf("SC_CLK_TCK")

# Terms by their numbers in the drivers' protocol.
(MAKE_ARRAY, VAR, TABLE, GT, ADD, GET_FIELD, HAS_FIELDS, MAP, FILTER, ORDER_BY, DISTINCT, COUNT,
 NTH, EQ_JOIN, UPDATE, DELETE, INSERT, TABLE_CREATE, FUNC, SKIP, LIMIT, INDEX_CREATE, INDEX_WAIT,
 GROUP, SUM, UNGROUP) = (
     2, 10, 15, 21, 24, 31, 32, 38, 39, 41, 42, 43, 45, 50, 53, 54, 56, 60, 69, 70, 71, 75, 140, 144,
     145, 150)
SUCCESS = (1, 2)  # an atom, the end of a sequence
PARTIAL = 3


def table(name: str = "big") -> list:
    return [TABLE, [name]]


def count(sequence: list) -> list:
    return [COUNT, [sequence]]


def row_function(body: Callable[[list], list]) -> list:
    return [FUNC, [[MAKE_ARRAY, [1]], body([VAR, [1]])]]


def score_above(limit: int) -> list:
    return [FILTER, [table(), row_function(lambda row: [GT, [[GET_FIELD, [row, "score"]], limit]])]]


def two_added() -> list:
    return [MAP, [table(), row_function(
        lambda row: [ADD, [[GET_FIELD, [row, "score"]], [GET_FIELD, [row, "bucket"]]]])]]


def nested_above(limit: int) -> list:
    return [FILTER, [table(), row_function(
        lambda row: [GT, [[GET_FIELD, [[GET_FIELD, [row, "place"]], "x"]], limit]])]]


def grouped(name: str) -> list:
    return [SUM, [[GROUP, [table(), name]], "score"]]


def ordered(*fields: str) -> list:
    return [ORDER_BY, [table(), *(fields or ("score",))]]


def joined(inner: str) -> list:
    return [EQ_JOIN, [table(), f"{inner}_id", table(inner)]]


def distinct(index: str) -> list:
    return [DISTINCT, [table()], {"index": index}]


@dataclasses.dataclass(frozen=True)
class Query:
    name: str
    term: Callable[[int, int], list]  # of the number of documents and the turn
    share: float = 1.0                # of the documents that it reads
    writes: bool = False
    delivered: bool = False
    prepare: Callable[[int], list] | None = None  # what runs before each turn, and is not counted


# Writes last: what is updated is read no more.
QUERIES = (
    Query("filter, count", lambda n, _turn: count(score_above(n // 2))),
    Query("filter by a nested field, count", lambda n, _turn: count(nested_above(n // 2))),
    Query("filter by an object, count", lambda _n, _turn: count(
        [FILTER, [table(), {"few": "value 3"}]])),
    Query("has_fields, count", lambda _n, _turn: count([HAS_FIELDS, [table(), "many"]])),
    Query("filter by an object, delivered", lambda _n, _turn: [FILTER, [table(), {"bucket": 7}]],
          delivered=True),
    Query("filter, delivered", lambda n, _turn: score_above(n * 9 // 10), delivered=True),
    Query("sum", lambda _n, _turn: [SUM, [table(), "score"]]),
    Query("sum of a field's values", lambda _n, _turn: [SUM, [[GET_FIELD, [table(), "score"]]]]),
    Query("map, sum", lambda _n, _turn: [SUM, [two_added()]]),
    Query("map, delivered", lambda _n, _turn: two_added(), delivered=True),
    Query("distinct of a field's values", lambda _n, _turn: [
        DISTINCT, [[GET_FIELD, [table(), "few"]]]]),
    Query(f"group {FEW} keys, sum", lambda _n, _turn: grouped("few")),
    Query(f"group {SMALL} keys, sum, kept", lambda _n, _turn: count([UNGROUP, [grouped("bucket")]])),
    Query(f"group {SMALL} keys, sum, delivered", lambda _n, _turn: grouped("bucket"),
          delivered=True),
    Query("order_by, kept", lambda n, _turn: [SKIP, [ordered(), n - 1]]),
    Query("order_by a text, kept", lambda n, _turn: [SKIP, [ordered("many"), n - 1]]),
    Query("order_by two fields, kept", lambda n, _turn: [SKIP, [ordered("few", "score"), n - 1]]),
    Query("order_by, the last row", lambda _n, _turn: [NTH, [ordered(), -1]]),
    Query("order_by, limit 10", lambda _n, _turn: [LIMIT, [ordered(), 10]]),
    Query("order_by, limit 10,000, kept", lambda _n, _turn: count([LIMIT, [ordered(), 10_000]])),
    Query("order_by, delivered", lambda _n, _turn: ordered(), delivered=True),
    Query(f"eq_join with {SMALL} rows, kept", lambda _n, _turn: count(joined("small"))),
    Query("eq_join with a tenth, kept", lambda _n, _turn: count(joined("tenth"))),
    Query("eq_join with a tenth, delivered", lambda _n, _turn: joined("tenth"), delivered=True),
    Query(f"distinct by index, {FEW} keys", lambda _n, _turn: distinct("few")),
    Query("distinct by index, all different, kept", lambda _n, _turn: count(distinct("many"))),
    Query("distinct by index, all different, delivered", lambda _n, _turn: distinct("many"),
          delivered=True),
    Query("read all, kept", lambda n, _turn: [SKIP, [table(), n - 1]]),
    Query("read all, delivered", lambda _n, _turn: table(), delivered=True),
    Query("insert a tenth of a table", lambda n, _turn: [
        INSERT, [table("copy"), [LIMIT, [table(), n // 10]]], {"durability": "soft"}], share=0.1,
          writes=True, prepare=lambda _n: [DELETE, [table("copy")], {"durability": "soft"}]),
    Query("delete a tenth of a table", lambda _n, _turn: [
        DELETE, [table("copy")], {"durability": "soft"}], share=0.1, writes=True,
          prepare=lambda n: [INSERT, [table("copy"), [LIMIT, [table(), n // 10]]],
                             {"durability": "soft", "conflict": "replace"}]),
    Query("update all", lambda _n, turn: [
        UPDATE, [table(), {"turn": turn}], {"durability": "soft"}], writes=True),
)


class QueryError(Exception):
    """What the server answered."""


class Side:
    """One binary: its server and a connection."""

    def __init__(self, name: str, program: str, arguments: list[str]):
        self.name = name
        self.server = Server(program=pathlib.Path(program), arguments=tuple(arguments)).start()
        self.connection = reql_wire.Connection(*self.server.addresses["rethinkdb"],
                                               timeout_s=3600)
        self.token = 0

    def close(self) -> None:
        self.connection.socket.close()
        self.server.close()

    def cpu_s(self) -> float:
        """That all threads of the server have taken so far."""
        stat = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def wait_until_quiet(self) -> None:
        """What a load or a write has left to do in the background is no part of the next query."""
        deadline = time.monotonic() + QUIET_S
        while time.monotonic() < deadline:
            before = self.cpu_s()
            time.sleep(0.3)
            if self.cpu_s() - before < 0.03:
                return

    def _read(self) -> memoryview:
        _token, size = struct.unpack("<qI", self.connection.read_exactly(12))
        frame = bytearray(size)
        view, at = memoryview(frame), 0
        while at < size:
            got = self.connection.socket.recv_into(view[at:])
            if got == 0:
                raise ConnectionError("the server is gone")
            at += got
        return view

    def run(self, term: list, limit: int, delivered: bool = False):
        """The answer to a query that gives little; of one that is delivered nothing, read to its
        end."""
        self.token += 1
        self.connection.send(self.token, [reql_wire.START, term, {"array_limit": limit}])
        rows: list = []
        while True:
            frame = self._read()
            kind = kind_of(frame)
            if kind not in (*SUCCESS, PARTIAL):
                raise QueryError(json.loads(bytes(frame))["r"][0])
            if not delivered:
                rows += json.loads(bytes(frame))["r"]
            if kind != PARTIAL:
                return rows
            self.connection.send(self.token, [reql_wire.CONTINUE])

    def send_insert(self, text: bytes) -> None:
        self.token += 1
        self.connection.send(self.token, text)

    def read_insert(self) -> None:
        answer = json.loads(bytes(self._read()))
        if answer["t"] not in SUCCESS or answer["r"][0]["errors"]:
            raise QueryError(str(answer["r"])[:500])


def kind_of(frame: memoryview) -> int:
    """Of a response that may be long: its `t` is its first or its last field."""
    found = re.match(rb'\{"t":(\d+)', frame) or re.search(rb'"t":(\d+)\}\s*$', bytes(frame[-64:]))
    return int(found[1]) if found else json.loads(bytes(frame))["t"]


def document(key: int, documents: int, numbers: random.Random) -> str:
    """No two of them have the same `score` or `many`, so that every answer is determined."""
    user = numbers.randrange(100_000_000)
    return (f'{{"id":{key},"name":"user {user:08}","email":"user{user:08}@example.org",'
            f'"score":{key * 7907 % documents},"few":"value {key % FEW}",'
            f'"bucket":{numbers.randrange(SMALL)},"many":"key {key * 7919 % documents:08}",'
            f'"small_id":{numbers.randrange(SMALL)},'
            f'"tenth_id":{numbers.randrange(max(documents // 10, 1))},'
            f'"place":{{"x":{key * 7907 % documents}}},"text":"{"x" * 56}"}}')


def load_table(sides: list[Side], name: str, rows: int, documents: int) -> None:
    numbers = random.Random(SEED)
    ahead = 0
    for first in range(0, rows, BATCH):
        keys = range(first, min(first + BATCH, rows))
        texts = ",".join(document(key, documents, numbers) for key in keys)
        insert = (f'[1,[{INSERT},[[{TABLE},["{name}"]],[{MAKE_ARRAY},[{texts}]]],'
                  f'{{"durability":"soft"}}]]').encode()
        for side in sides:
            side.send_insert(insert)
        ahead += 1
        if ahead == INSERTS_AHEAD:
            for side in sides:
                side.read_insert()
            ahead -= 1
    for side in sides:
        for _ in range(ahead):
            side.read_insert()


def load(sides: list[Side], documents: int) -> None:
    for side in sides:
        for name in ("big", "small", "tenth", "copy"):
            side.run([TABLE_CREATE, [name]], documents)
    load_table(sides, "small", SMALL, documents)
    load_table(sides, "tenth", documents // 10, documents)
    load_table(sides, "big", documents, documents)
    for side in sides:
        for index in ("few", "many"):
            side.run([INDEX_CREATE, [table(), index]], documents)
        side.run([INDEX_WAIT, [table()]], documents)


def turn(side: Side, query: Query, documents: int, number: int) -> tuple[float, list]:
    """Nanoseconds per document, and the answer."""
    limit = 2 * documents
    if query.prepare:
        side.run(query.prepare(documents), limit)
    side.wait_until_quiet()
    before, runs = side.cpu_s(), 0
    while True:
        answer = side.run(query.term(documents, number), limit, query.delivered)
        runs += 1
        if query.writes:
            side.wait_until_quiet()
        used = side.cpu_s() - before
        if query.writes or used >= CPU_OF_A_TURN or runs == REPEATS:
            return used * 1e9 / (runs * documents * query.share), answer


def median(figures: list[float]) -> float:
    return sorted(figures)[len(figures) // 2]


def measure(sides: list[Side], query: Query, documents: int, turns: int) -> dict:
    figures: dict[str, list[float]] = {side.name: [] for side in sides}
    answers: dict[str, str] = {}
    for number in range(turns):
        for side in sides:
            try:
                taken, answer = turn(side, query, documents, number)
            except QueryError as error:
                return {"error": f"{side.name}: {error}"}
            figures[side.name].append(taken)
            answers[side.name] = json.dumps(answer, sort_keys=True)
    result: dict = {name: median(all_turns) for name, all_turns in figures.items()}
    result["turns"] = figures
    if "B" in figures:
        result["ratio"] = result["B"] / result["A"] if result["A"] else None
        if answers["A"] != answers["B"]:
            result["error"] = f"answers differ: {answers['A'][:200]} and {answers['B'][:200]}"
    return result


def show(name: str, result: dict) -> None:
    text = f"{name:46}"
    for side in ("A", "B"):
        if side in result:
            text += f" {side} {result[side]:>9,.0f} ns"
    if result.get("ratio") is not None:
        text += f"   B/A {result['ratio']:.3f}"
    print(text + (f"   {result['error']}" if "error" in result else ""), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", nargs="+", metavar="BINARY", help="one or two")
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--only", default="", help="part of the names of queries")
    parser.add_argument("--server-argument", action="append", default=[], metavar="ARGUMENT",
                        help="given to both servers, e.g. --server-argument=--memory=2GiB")
    options = parser.parse_args()
    if len(options.binaries) > 2:
        parser.error("one binary or two")
    sides: list[Side] = []
    results: dict = {"documents": options.documents, "binaries": options.binaries}
    try:
        for name, program in zip("AB", options.binaries):
            sides.append(Side(name, program, options.server_argument))
        started = time.monotonic()
        load(sides, options.documents)
        print(f"{options.documents:,} documents, loaded in {time.monotonic() - started:.0f} s; "
              f"CPU of the server per document, median of {options.turns}", flush=True)
        for query in QUERIES:
            if options.only in query.name:
                results[query.name] = measure(sides, query, options.documents, options.turns)
                show(query.name, results[query.name])
    finally:
        for side in sides:
            side.close()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return int(any("error" in result for result in results.values() if isinstance(result, dict)))


if __name__ == "__main__":
    sys.exit(main())
