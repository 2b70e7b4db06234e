#!/usr/bin/env python3
"""Runs the Redis compatibility cases (tests/conformance/data/redis/cts.json).

    run.py                              against a server of its own (build/release/octavo)
    run.py --address 127.0.0.1:6379     against a server that runs; its data is erased
    run.py --redis-server               against Debian's redis-server, which checks the runner

Every case starts from an empty keyspace, sends its lines in order and compares each reply. Cases
are numbered from 1 in the order of the file.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "redis" / "cts.json"
KNOWN = HERE / "known_failures.txt"
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

# pylint: disable=wrong-import-position
import known_failures
from lib import resp
from lib.redis_server import TO_MEMORY, RedisServer
from lib.server import Server

VERSION = (7, 0)  # the Redis that we compare ourselves with
_ESCAPES = {"n": 10, "r": 13, "t": 9, "b": 8, "a": 7}


def split_line(line: str, escapes_everywhere: bool) -> list[bytes]:
    """A command line as redis-cli reads it. In `command_binary` cases words that are not quoted
    carry escapes as well."""
    words, word, quote, at, started = [], bytearray(), "", 0, False
    while at < len(line):
        char = line[at]
        if char == "\\" and at + 1 < len(line) and (quote == '"' or (not quote and escapes_everywhere)):
            following = line[at + 1]
            started = True
            if following == "x":
                word.append(int(line[at + 2:at + 4], 16))
                at += 4
                continue
            word.extend([_ESCAPES[following]] if following in _ESCAPES else following.encode())
            at += 2
            continue
        if quote:
            if char == quote:
                quote = ""
            else:
                word.extend(char.encode())
        elif char in "\"'":
            quote, started = char, True
        elif char == " ":
            if started:
                words.append(bytes(word))
            word, started = bytearray(), False
        else:
            word.extend(char.encode())
            started = True
        at += 1
    if started:
        words.append(bytes(word))
    return words


def plain(reply):
    """Replies as JSON has them."""
    if isinstance(reply, bytes):
        return reply.decode("utf-8", "backslashreplace")
    if isinstance(reply, list):
        return [plain(one) for one in reply]
    if isinstance(reply, resp.ReplyError):
        return f"-{reply}"
    return reply


def in_order(value):
    """Free order: lists sorted, at every depth."""
    if isinstance(value, list):
        return sorted((in_order(one) for one in value), key=lambda one: json.dumps(one))
    return value


def run_case(case: dict, connection: resp.Connection) -> str | None:
    connection.call("FLUSHALL")
    sort = case.get("sort_result", False)
    for line, expected in zip(case["command"], case["result"]):
        words = split_line(line, case.get("command_binary", False))
        try:
            reply = plain(connection.call(*words))
        except resp.ReplyError as error:
            reply = f"-{error}"
        if sort:
            reply, expected = in_order(reply), in_order(expected)
        if reply != expected:
            return f"`{line}`: expected {json.dumps(expected)}, got {json.dumps(reply)}"
    return None


def is_skipped(case: dict) -> bool:
    since = tuple(int(part) for part in case["since"].split("."))
    return bool(case.get("skipped")) or since[:2] > VERSION


def run(host: str, port: int) -> tuple[dict, int]:
    results: dict[tuple[str, str], str | None] = {}
    skipped = 0
    for number, case in enumerate(json.loads(DATA.read_text(encoding="utf-8")), start=1):
        if is_skipped(case):
            skipped += 1
            continue
        key = (DATA.name, str(number))
        try:
            # One each: a case may leave its connection subscribed.
            with resp.Connection(host, port) as connection:
                why = run_case(case, connection)
        except (OSError, ValueError) as error:
            why = f"connection: {error}"
        except resp.ReplyError as error:
            why = f"FLUSHALL: {error}"
        results[key] = None if why is None else f"{case['name']}: {why}"
    return results, skipped


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", help="host:port of a running server")
    parser.add_argument("--redis-server", action="store_true")
    parser.add_argument("--update-known", action="store_true")
    parser.add_argument("--minimum", type=float, default=0.0,
                        help="share of cases that must pass, in per cent")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every failure")
    options = parser.parse_args()
    if options.redis_server:
        with RedisServer(*TO_MEMORY) as peer:
            results, skipped = run(peer.host, peer.port)
    elif options.address:
        host, _, port = options.address.rpartition(":")
        results, skipped = run(host, int(port))
    else:
        with Server() as server:
            results, skipped = run(*server.addresses["redis"])

    known = {} if options.redis_server else known_failures.load(KNOWN)
    if options.update_known:
        known_failures.update(KNOWN, known, results)
        known = known_failures.load(KNOWN)
    verdict = known_failures.judge(known, results)
    if options.verbose:
        for (_, case), why in results.items():
            if why is not None:
                print(f"  {case}: {why}")
    for _, case, why in verdict.unexpected_failures:
        print(f"UNEXPECTED FAILURE {case}: {why}")
    for _, case in verdict.unexpected_passes:
        print(f"UNEXPECTED PASS {case} is listed as a known failure")
    passed = sum(why is None for why in results.values())
    share = 100.0 * passed / max(len(results), 1)
    known_count = sum(why is not None and key in known for key, why in results.items())
    print(f"redis compatibility: {share:.1f} % of {len(results)} cases pass, {skipped} are for "
          "later versions; listed failures count as skipped here")
    print(f"{passed} passed, {len(results) - passed - known_count} failed, "
          f"{known_count + skipped} skipped")
    return 0 if verdict.ok and share >= options.minimum else 1


if __name__ == "__main__":
    sys.exit(main())
