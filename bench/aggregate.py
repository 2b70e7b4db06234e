#!/usr/bin/env python3
"""What aggregations of MongoDB cost beside the same queries of SQL, in one server over one table.

    bench/aggregate.py BINARY
    bench/aggregate.py BINARY --documents 1000000 --turns 5
    bench/aggregate.py BINARY --only group      queries with that in their names
    bench/aggregate.py BINARY --loaded-by mongodb

The table has rows of about 150 bytes, put in over MySQL, or as documents over MongoDB; either is read by
both protocols. Each query runs in turns (SQL, MongoDB, SQL, …), and the median of its turns counts:
nanoseconds of the server's CPU (user and system, from /proc/PID/stat) per row of the table, and the ratio
MongoDB / SQL. A query that is `delivered` sends all its rows, which are read here and thrown away.

Ends with 1 when the two give different answers or one of them an error. Figures for people go to the output,
all of them to build/bench/aggregate.json. Needs PyMySQL and pymongo (the environment of the tests:
build/venv/current/bin/python).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import random
import sys
import time
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

# pylint: disable=wrong-import-position
import pymongo
import pymysql
import pymysql.cursors

from lib.server import Server

RESULTS = ROOT / "build" / "bench" / "aggregate.json"
SEED = 8
BATCH = 1000
FEW = 10             # different values of `few`
BUCKETS = 1000       # of `bucket`, and rows of the small table
REGIONS = 5
CPU_OF_A_TURN = 0.5  # seconds: a query is repeated until its turn has taken as much, as ticks are long
REPEATS = 10         # at most
QUIET_S = 60         # how long the server may go on with work in the background before a query
TICKS = os.sysconf("SC_CLK_TCK")

TABLES = (
    "CREATE TABLE big (_id INT PRIMARY KEY, few VARCHAR(20), region VARCHAR(20), bucket INT, score INT, "
    "price DOUBLE, small_id INT, text VARCHAR(60))",
    "CREATE TABLE small (_id INT PRIMARY KEY, code INT, factor INT, KEY (code))",
)
Row = tuple


def sums(**fields: str) -> dict:
    return {name: {"$sum": of} for name, of in fields.items()}


@dataclasses.dataclass(frozen=True)
class Query:
    name: str
    statements: tuple[str, ...]  # several: what one $facet says
    stages: Callable[[int], list[dict]]  # of the number of documents
    columns: tuple[str, ...] = ()  # of MongoDB's documents in the order of SQL's; "a.b": a field in one
    delivered: bool = False


LOOKED_UP = [{"$lookup": {"from": "small", "localField": "small_id", "foreignField": "code", "as": "s"}},
             {"$unwind": "$s"},
             {"$group": {"_id": None, **sums(n=1, factors="$s.factor")}}]
GROUPED = {"$group": {"_id": "$few", "sum": {"$sum": "$score"}, "avg": {"$avg": "$price"}}}
BY_FEW = {"$sort": {"_id": 1}}

QUERIES = (
    Query("match, count", ("SELECT COUNT(*) FROM big WHERE score > {half}",), lambda n: [
        {"$match": {"score": {"$gt": n // 2}}}, {"$count": "n"}], ("n",)),
    Query("match two fields, count", (
        "SELECT COUNT(*) FROM big WHERE score > {half} AND few = 'value 3'",), lambda n: [
            {"$match": {"score": {"$gt": n // 2}, "few": "value 3"}}, {"$count": "n"}], ("n",)),
    Query("match of many values, count", (
        "SELECT COUNT(*) FROM big WHERE bucket IN (3, 14, 15, 92, 653, 589)",), lambda _n: [
            {"$match": {"bucket": {"$in": [3, 14, 15, 92, 653, 589]}}}, {"$count": "n"}], ("n",)),
    Query("group few keys, sum, avg", (
        "SELECT few, SUM(score), AVG(price) FROM big GROUP BY few ORDER BY few",),
          lambda _n: [GROUPED, BY_FEW], ("_id", "sum", "avg")),
    Query("group few keys, min, max", (
        "SELECT few, MIN(score), MAX(price) FROM big GROUP BY few ORDER BY few",), lambda _n: [
            {"$group": {"_id": "$few", "min": {"$min": "$score"}, "max": {"$max": "$price"}}}, BY_FEW],
          ("_id", "min", "max")),
    Query("group all, sum of a product", ("SELECT SUM(price * score) FROM big",), lambda _n: [
        {"$group": {"_id": None, "n": {"$sum": {"$multiply": ["$price", "$score"]}}}}], ("n",)),
    Query("group 1,000 keys, sum, avg", (
        "SELECT bucket, SUM(score), AVG(price) FROM big GROUP BY bucket ORDER BY bucket",), lambda _n: [
            {**GROUPED, "$group": {**GROUPED["$group"], "_id": "$bucket"}}, BY_FEW],
          ("_id", "sum", "avg")),
    Query("group two keys, sum", (
        "SELECT few, region, SUM(score) FROM big GROUP BY few, region ORDER BY few, region",), lambda _n: [
            {"$group": {"_id": {"few": "$few", "region": "$region"}, "sum": {"$sum": "$score"}}}, BY_FEW],
          ("_id.few", "_id.region", "sum")),
    Query("match, group, sort, limit", (
        "SELECT bucket, SUM(score) AS s, COUNT(*) FROM big WHERE few = 'value 3' GROUP BY bucket "
        "ORDER BY s DESC, bucket LIMIT 10",), lambda _n: [
            {"$match": {"few": "value 3"}}, {"$group": {"_id": "$bucket", **sums(s="$score", n=1)}},
            {"$sort": {"s": -1, "_id": 1}}, {"$limit": 10}], ("_id", "s", "n")),
    Query("sort, limit 10", ("SELECT _id, score FROM big ORDER BY score DESC LIMIT 10",), lambda _n: [
        {"$sort": {"score": -1}}, {"$limit": 10}, {"$project": {"score": 1}}], ("_id", "score")),
    Query("sort, limit 10, whole rows", (
        "SELECT * FROM big ORDER BY score DESC LIMIT 10",), lambda _n: [
            {"$sort": {"score": -1}}, {"$limit": 10}],
          ("_id", "few", "region", "bucket", "score", "price", "small_id", "text")),
    Query("lookup by an index", (
        "SELECT COUNT(*), SUM(s.factor) FROM big b JOIN small s ON s.code = b.small_id",),
          lambda _n: LOOKED_UP, ("n", "factors")),
    Query("lookup by an index of a tenth", (
        "SELECT COUNT(*), SUM(s.factor) FROM big b JOIN small s ON s.code = b.small_id "
        "WHERE b.few = 'value 3'",), lambda _n: [{"$match": {"few": "value 3"}}, *LOOKED_UP],
          ("n", "factors")),
    Query("distinct of few", ("SELECT DISTINCT few FROM big ORDER BY few",), lambda _n: [
        {"$group": {"_id": "$few"}}, BY_FEW], ("_id",)),
    Query("count of distinct", ("SELECT COUNT(DISTINCT bucket) FROM big",), lambda _n: [
        {"$group": {"_id": "$bucket"}}, {"$count": "n"}], ("n",)),
    Query("count of distinct, all different", ("SELECT COUNT(DISTINCT score) FROM big",), lambda _n: [
        {"$group": {"_id": "$score"}}, {"$count": "n"}], ("n",)),
    Query("project, delivered", (
        "SELECT _id, score + bucket AS a, price * 2 AS b FROM big",), lambda _n: [
            {"$project": {"a": {"$add": ["$score", "$bucket"]}, "b": {"$multiply": ["$price", 2]}}}],
          delivered=True),
    Query("project of a tenth, delivered", (
        "SELECT _id, score + bucket AS a FROM big WHERE few = 'value 3'",), lambda _n: [
            {"$match": {"few": "value 3"}}, {"$project": {"a": {"$add": ["$score", "$bucket"]}}}],
          delivered=True),
    Query("fields, delivered", ("SELECT _id, few, score FROM big",), lambda _n: [
        {"$project": {"few": 1, "score": 1}}], delivered=True),
    Query("facet, two queries", (
        "SELECT few, SUM(score) FROM big GROUP BY few ORDER BY few",
        "SELECT COUNT(*) FROM big WHERE score > {half}"), lambda n: [
            {"$facet": {"few": [{"$group": {"_id": "$few", "sum": {"$sum": "$score"}}}, BY_FEW],
                        "count": [{"$match": {"score": {"$gt": n // 2}}}, {"$count": "n"}]}}]),
    Query("project, group", (
        "SELECT r, SUM(s) FROM (SELECT region AS r, score + bucket AS s FROM big) t GROUP BY r ORDER BY r",),
          lambda _n: [{"$project": {"r": "$region", "s": {"$add": ["$score", "$bucket"]}}},
                      {"$group": {"_id": "$r", "s": {"$sum": "$s"}}}, BY_FEW], ("_id", "s")),
)


class Sql:
    name = "SQL"

    def __init__(self, server: Server):
        host, port = server.addresses["mysql"]
        self.connection = pymysql.connect(host=host, port=port, user="root", autocommit=True,
                                          cursorclass=pymysql.cursors.SSCursor)

    def run(self, statement: str) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def load(self, documents: int) -> None:
        for table in TABLES:
            self.run(table)
        for name, rows in tables(documents):
            for batch in batches(rows):
                values = ",".join("(" + ",".join(map(repr, row.values())) + ")" for row in batch)
                self.run(f"INSERT INTO {name} VALUES {values}")

    def answer(self, query: Query, documents: int) -> list[list]:
        answers = []
        for statement in query.statements:
            with self.connection.cursor() as cursor:
                cursor.execute(statement.format(half=documents // 2))
                if query.delivered:
                    answers.append([[sum(1 for _ in cursor)]])
                else:
                    answers.append([plain(row[:len(query.columns) or None]) for row in cursor])
        return answers[0] if len(answers) == 1 else [answers]


class MongoDb:
    name = "MongoDB"

    def __init__(self, server: Server):
        host, port = server.addresses["mongodb"]
        client = pymongo.MongoClient(host, port, directConnection=True, retryReads=False)
        self.database = client["bench"]

    def load(self, documents: int) -> None:
        self.database["small"].create_index("code")
        for name, rows in tables(documents):
            for batch in batches(rows):
                self.database[name].insert_many(batch)

    def answer(self, query: Query, documents: int) -> list[list]:
        stages = query.stages(documents)
        if query.delivered:
            raw = self.database["big"].aggregate_raw_batches(stages)
            return [[sum(map(count_documents, raw))]]
        found = list(self.database["big"].aggregate(stages))
        if query.columns:
            return [plain([at(row, column) for column in query.columns]) for row in found]
        return [[[plain(row.values()) for row in part] for part in found[0].values()]]


def count_documents(batch: bytes) -> int:
    """They are not decoded."""
    documents, place = 0, 0
    while place < len(batch):
        place += int.from_bytes(batch[place:place + 4], "little")
        documents += 1
    return documents


def at(row: dict, column: str):
    for name in column.split("."):
        row = row[name]
    return row


def plain(row) -> list:
    """As both protocols give it: sums of doubles differ in their last digits."""
    return [value if isinstance(value, str) else f"{float(value):.9g}" for value in row]


def tables(documents: int) -> Iterator[tuple[str, Iterator[dict]]]:
    numbers = random.Random(SEED)
    yield "small", ({"_id": key, "code": key, "factor": key % 13} for key in range(BUCKETS))
    yield "big", (document(key, documents, numbers) for key in range(documents))


def document(key: int, documents: int, numbers: random.Random) -> dict:
    """No two of them have the same `score`, so that every answer is determined."""
    return {"_id": key, "few": f"value {key % FEW}", "region": f"region {numbers.randrange(REGIONS)}",
            "bucket": numbers.randrange(BUCKETS), "score": key * 7907 % documents,
            "price": numbers.randrange(100_000) / 100 + 0.001, "small_id": numbers.randrange(BUCKETS),
            "text": f"some words of the row {key:08}"}


def batches(rows: Iterator[dict]) -> Iterator[list[dict]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class Bench:
    def __init__(self, program: str, arguments: list[str]):
        self.server = Server(program=pathlib.Path(program), arguments=tuple(arguments)).start()
        self.sql, self.mongodb = Sql(self.server), MongoDb(self.server)

    def load(self, documents: int, loaded_by: str) -> None:
        self.sql.run("CREATE DATABASE bench")
        self.sql.run("USE bench")
        (self.mongodb if loaded_by == "mongodb" else self.sql).load(documents)

    def cpu_s(self) -> float:
        """That all threads of the server have taken so far."""
        stat = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def wait_until_quiet(self) -> None:
        deadline = time.monotonic() + QUIET_S
        while time.monotonic() < deadline:
            before = self.cpu_s()
            time.sleep(0.3)
            if self.cpu_s() - before < 0.03:
                return

    def turn(self, side: Sql | MongoDb, query: Query, documents: int) -> tuple[float, list]:
        """Nanoseconds per document, and the answer."""
        self.wait_until_quiet()
        before, runs = self.cpu_s(), 0
        while True:
            answer = side.answer(query, documents)
            runs += 1
            used = self.cpu_s() - before
            if used >= CPU_OF_A_TURN or runs == REPEATS:
                return used * 1e9 / (runs * documents), answer

    def measure(self, query: Query, documents: int, turns: int) -> dict:
        figures: dict[str, list[float]] = {"SQL": [], "MongoDB": []}
        answers: dict[str, list] = {}
        for _ in range(turns):
            for side in (self.sql, self.mongodb):
                try:
                    taken, answers[side.name] = self.turn(side, query, documents)
                except (pymysql.Error, pymongo.errors.PyMongoError) as error:
                    return {"error": f"{side.name}: {error}"}
                figures[side.name].append(taken)
        result: dict = {name: sorted(of)[len(of) // 2] for name, of in figures.items()}
        result["turns"] = figures
        result["ratio"] = result["MongoDB"] / result["SQL"] if result["SQL"] else None
        if answers["SQL"] != answers["MongoDB"]:
            result["error"] = "answers differ: " + first_difference(answers["SQL"], answers["MongoDB"])
        return result


def first_difference(sql: list, mongodb: list) -> str:
    if len(sql) != len(mongodb):
        return f"{len(sql)} and {len(mongodb)} rows"
    return next(f"{a} and {b}" for a, b in zip(sql, mongodb) if a != b)


def show(name: str, result: dict) -> None:
    text = f"{name:36}"
    for side in ("SQL", "MongoDB"):
        if side in result:
            text += f" {side} {result[side]:>7,.0f} ns"
    if result.get("ratio") is not None:
        text += f"   MongoDB/SQL {result['ratio']:.2f}"
    print(text + (f"   {result['error']}" if "error" in result else ""), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", metavar="BINARY")
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--only", default="", help="part of the names of queries")
    parser.add_argument("--loaded-by", choices=("mysql", "mongodb"), default="mysql")
    parser.add_argument("--server-argument", action="append", default=[], metavar="ARGUMENT",
                        help="given to the server, e.g. --server-argument=--memory=2GiB")
    options = parser.parse_args()
    bench = Bench(options.binary, options.server_argument)
    results: dict = {"documents": options.documents, "loaded_by": options.loaded_by}
    try:
        bench.load(options.documents, options.loaded_by)
        print(f"{options.documents:,} documents; CPU of the server per document, median of {options.turns}",
              flush=True)
        for query in QUERIES:
            if options.only in query.name:
                results[query.name] = bench.measure(query, options.documents, options.turns)
                show(query.name, results[query.name])
    finally:
        bench.server.close()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return int(any("error" in result for result in results.values() if isinstance(result, dict)))


if __name__ == "__main__":
    sys.exit(main())
