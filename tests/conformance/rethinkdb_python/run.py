#!/usr/bin/env python3
"""Runs the integration tests of the official Python driver, as its release on PyPI carries them.

The source archive is downloaded into the build tree; nothing of it is in this repository. Its
tests connect to the standard port, so the driver's default port is pointed at the server under
test by a plug-in for pytest.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
KNOWN = HERE / "known_failures.txt"
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

# pylint: disable=wrong-import-position
import known_failures
from lib import venvs
from lib.server import Server

VERSION = "2.4.10.post1"
REQUIREMENTS = ("pytest-trio==0.8.0", "pytest-asyncio==0.21.2", "pytest-tornasync==0.6.0.post2",
                "async-generator==1.10", "mock==5.2.0", "pytest==7.4.4")


def obtain_tests() -> pathlib.Path | None:
    """The unpacked source archive, or None when it cannot be had."""
    folder = venvs.ROOT.parent / "rethinkdb-python"
    tree = folder / f"rethinkdb-{VERSION}"
    if not tree.exists():
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [str(venvs.python("current")), "-m", "pip", "download", "--quiet", "--no-deps",
             "--no-binary", ":all:", f"rethinkdb=={VERSION}", "-d", str(folder)], check=False)
        archives = list(folder.glob("rethinkdb-*.tar.gz"))
        if done.returncode != 0 or not archives:
            return None
        with tarfile.open(archives[0]) as archive:
            archive.extractall(folder, filter="data")
    return tree if (tree / "tests" / "integration").is_dir() else None


def interpreter(tree: pathlib.Path) -> str:
    """An environment of its own: the tests want an older pytest with its asynchronous plug-ins."""
    folder = venvs.ROOT / "rethinkdb_python"
    python = folder / "bin" / "python"
    stamp = folder / "requirements.txt"
    wanted = "\n".join((f"rethinkdb=={VERSION}", "six", "looseversion", "trio<0.23", "tornado<6.3",
                        *REQUIREMENTS))
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet",
                        "--disable-pip-version-check", *wanted.split()], check=True)
        stamp.write_text(wanted, encoding="utf-8")  # not before: half an environment is none
    # The tests import `rethinkdb` from their own tree, whose ql2_pb2 only the built package has.
    generated = tree / "rethinkdb" / "ql2_pb2.py"
    if (tree / "rethinkdb").is_dir() and not generated.exists():
        found = subprocess.run([str(python), "-c", "import rethinkdb.ql2_pb2 as m; print(m.__file__)"],
                               cwd="/", check=True, text=True, capture_output=True).stdout.strip()
        generated.write_bytes(pathlib.Path(found).read_bytes())
    return str(python)


def run(tree: pathlib.Path, host: str, port: int) -> dict[tuple[str, str], str | None]:
    report = tree / "report.xml"
    report.unlink(missing_ok=True)
    environment = {**os.environ, "RETHINKDB_HOST": host, "OCTAVO_RETHINKDB_PORT": str(port),
                   "PYTHONPATH": os.pathsep.join([str(HERE), str(tree)])}
    subprocess.run(
        [interpreter(tree), "-m", "pytest", "-m", "integration", "-p", "point_at_server", "-q",
         "--continue-on-collection-errors", f"--junitxml={report}", "tests"],
        cwd=tree, env=environment, check=False, timeout=1200)
    results: dict[tuple[str, str], str | None] = {}
    if not report.exists():
        return {("tests", "all"): "pytest did not get as far as a report"}
    for case in xml.parse(report).getroot().iter("testcase"):
        if case.find("skipped") is not None:
            continue
        wrong = case.find("failure") if case.find("failure") is not None else case.find("error")
        why = None if wrong is None else (wrong.get("message") or "failed").splitlines()[0]
        results[(case.get("classname"), case.get("name"))] = why
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", help="host:port of a running server")
    parser.add_argument("--update-known", action="store_true")
    parser.add_argument("--minimum", type=float, default=0.0,
                        help="share of cases that must pass, in per cent")
    parser.add_argument("--skip-without-archive", action="store_true",
                        help="no failure when the driver's source archive cannot be had")
    options = parser.parse_args()
    tree = obtain_tests()
    if tree is None:
        print("the driver's source archive cannot be had, or has no tests")
        print("0 passed, 0 failed, 1 skipped" if options.skip_without_archive
              else "0 passed, 1 failed, 0 skipped")
        return 0 if options.skip_without_archive else 1
    if options.address:
        host, _, port = options.address.rpartition(":")
        results = run(tree, host, int(port))
    else:
        with Server() as server:
            results = run(tree, *server.addresses["rethinkdb"])

    known = known_failures.load(KNOWN)
    if options.update_known:
        known_failures.update(KNOWN, known, results)
        known = known_failures.load(KNOWN)
    verdict = known_failures.judge(known, results)
    for file, case, why in verdict.unexpected_failures:
        print(f"UNEXPECTED FAILURE {file}.{case}: {why}")
    for file, case in verdict.unexpected_passes:
        print(f"UNEXPECTED PASS {file}.{case} is listed as a known failure")
    for file, passed, failed in known_failures.summary(results):
        print(f"{file:50} passed {passed:4}  failed {failed:4}")
    passed = sum(why is None for why in results.values())
    share = 100.0 * passed / max(len(results), 1)
    known_count = sum(why is not None and key in known for key, why in results.items())
    print(f"rethinkdb-python: {share:.1f} % of {len(results)} tests pass; listed failures count as "
          "skipped here")
    print(f"{passed} passed, {len(results) - passed - known_count} failed, {known_count} skipped")
    return 0 if verdict.ok and share >= options.minimum else 1


if __name__ == "__main__":
    sys.exit(main())
