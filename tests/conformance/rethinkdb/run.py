#!/usr/bin/env python3
"""Runs the polyglot ReQL test files with the official Python driver.

    run.py [file ...]                   against servers of its own (build/release/octavo)
    run.py --address 127.0.0.1:28015    against a server that runs; give several for parallelism

Files are named as in tests/conformance/data/rethinkdb, with or without `.yaml`. Each worker has a
server to itself, because many files look at the list of all databases or at all jobs.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import queue
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parents[1]
DATA = HERE.parent / "data" / "rethinkdb"
KNOWN = HERE / "known_failures.txt"
sys.path[:0] = [str(TESTS), str(HERE.parent)]

# pylint: disable=wrong-import-position
import known_failures
import polyglot
from lib import venvs
from lib.server import Server, StartError

try:
    from rethinkdb import RethinkDB
except ImportError:
    interpreter = str(venvs.python("current"))
    os.execv(interpreter, [interpreter, *sys.argv])

NOT_RUN = "not run: the file did not get this far"


class Target:
    """The server that one worker talks to: one of ours, or one that somebody else runs."""

    def __init__(self, address: str | None):
        self.address = address
        self.server: Server | None = None

    def endpoint(self) -> tuple[str, int]:
        if self.address:
            host, _, port = self.address.rpartition(":")
            return host, int(port)
        if self.server is None or not self.server.alive():
            if self.server is not None:
                print(f"the server ended by itself\n{self.server.log()}", flush=True)
                self.server.kill()
                self.server.close()
            self.server = Server().start()
        return self.server.addresses["rethinkdb"]

    def replace(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None

    def close(self) -> None:
        self.replace()


def reset(host: str, port: int) -> None:
    """An empty server as the files expect it: database `test`, user `test_user` with every right."""
    r = RethinkDB()
    conn = r.connect(host=host, port=port, timeout=20)
    for database in r.db_list().run(conn):
        if database not in ("rethinkdb", "test"):
            r.db_drop(database).run(conn)
    if "test" not in r.db_list().run(conn):
        r.db_create("test").run(conn)
    for table in r.db("test").table_list().run(conn):
        r.db("test").table_drop(table).run(conn)
    users = r.db("rethinkdb").table("users")
    users.filter(r.row["id"] != "admin").delete().run(conn)
    users.insert({"id": "test_user", "password": False}).run(conn)
    r.grant("test_user", {"read": True, "write": True, "config": True, "connect": True}).run(conn)
    conn.close(noreply_wait=False)


def run_file(path: pathlib.Path, target: Target, options) -> dict[str, str | None]:
    """What is wrong with each case of the file, or None."""
    results: dict[str, str | None] = {step.name: NOT_RUN for step in polyglot.load(path).cases}
    try:
        host, port = target.endpoint()
        try:
            reset(host, port)
        except Exception as error:  # users or grants may be what is missing: run what can be run
            print(f"cannot clean the server before {path.name}: {error}", flush=True)
    except StartError as error:
        return {name: f"the server does not start: {error}" for name in results}
    command = [sys.executable, str(HERE / "run_file.py"), str(path), "--host", host,
               "--port", str(port), "--case-timeout", str(options.case_timeout)]
    output = ""
    try:
        child = subprocess.run(command, timeout=options.file_timeout, text=True, check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        output, errors, ending = child.stdout, child.stderr, f"code {child.returncode}"
        broken = child.returncode != 0
    except subprocess.TimeoutExpired as expired:
        output = (expired.stdout or b"").decode("utf-8", "replace")
        errors, ending, broken = "", f"time-out of {options.file_timeout} s", True
    for line in output.splitlines():
        record = json.loads(line)
        if "case" in record:
            results[record["case"]] = record["failure"]
    if broken:
        print(f"{path.name}: ended with {ending}: {errors.strip().splitlines()[-1:]}", flush=True)
        target.replace()
    return results


def work(files: queue.Queue, target: Target, options, results: dict, lock: threading.Lock) -> None:
    while True:
        try:
            path = files.get_nowait()
        except queue.Empty:
            return
        name = path.relative_to(DATA).as_posix()
        started = time.monotonic()
        outcome = run_file(path, target, options)
        with lock:
            for case, why in outcome.items():
                results[(name, case)] = why
                if why is not None and options.verbose:
                    print(f"  {name}:{case}: {why}")
            failed = sum(why is not None for why in outcome.values())
            print(f"{name:40} passed {len(outcome) - failed:4}  failed {failed:4}  "
                  f"{time.monotonic() - started:5.1f} s", flush=True)


def select_files(names: list[str]) -> list[pathlib.Path]:
    files = [path for path in sorted(DATA.rglob("*.yaml")) if polyglot.applies_to(path)]
    if not names:
        return files
    wanted = [name.removesuffix(".yaml") for name in names]
    chosen = [path for path in files
              if any(path.relative_to(DATA).as_posix().split(".")[0].startswith(name)
                     for name in wanted)]
    if not chosen:
        sys.exit(f"no file is called {names}")
    return chosen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--address", action="append", help="host:port of a running server")
    parser.add_argument("--workers", type=int, default=2, help="servers of its own (default 2)")
    parser.add_argument("--file-timeout", type=int, default=180)
    parser.add_argument("--case-timeout", type=int, default=20)
    parser.add_argument("--json", type=pathlib.Path, help="write every result here")
    parser.add_argument("--update-known", action="store_true")
    parser.add_argument("--minimum", type=float, default=0.0,
                        help="share of cases that must pass, in per cent")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every failure")
    options = parser.parse_args()

    paths = select_files(options.files)
    # The longest files first, so that the workers end together.
    paths.sort(key=lambda path: -len(polyglot.load(path).cases))
    files: queue.Queue = queue.Queue()
    for path in paths:
        files.put(path)
    targets = [Target(address) for address in options.address or [None] * options.workers]
    results: dict[tuple[str, str], str | None] = {}
    lock = threading.Lock()
    threads = [threading.Thread(target=work, args=(files, target, options, results, lock))
               for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for target in targets:
        target.close()
    return finish(options, results)


def finish(options, results: dict) -> int:
    known = known_failures.load(KNOWN)
    if options.update_known:
        known_failures.update(KNOWN, known, results)
        known = known_failures.load(KNOWN)
    if options.json:
        options.json.write_text(json.dumps([
            {"file": file, "case": case, "failure": why} for (file, case), why in results.items()
        ], indent=1), encoding="utf-8")
    passed = sum(why is None for why in results.values())
    share = 100.0 * passed / max(len(results), 1)
    verdict = known_failures.judge(known, results)
    for file, case, why in sorted(verdict.unexpected_failures):
        print(f"UNEXPECTED FAILURE {file}:{case}: {why}")
    for file, case in sorted(verdict.unexpected_passes):
        print(f"UNEXPECTED PASS {file}:{case} is listed as a known failure")
    known_count = sum(why is not None and key in known for key, why in results.items())
    print(f"rethinkdb polyglot: {share:.1f} % of {len(results)} cases pass; listed failures count "
          "as skipped here")
    print(f"{passed} passed, {len(results) - passed - known_count} failed, {known_count} skipped")
    return 0 if verdict.ok and share >= options.minimum else 1


if __name__ == "__main__":
    sys.exit(main())
