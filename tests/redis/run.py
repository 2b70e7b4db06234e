#!/usr/bin/env python3
"""What Redis operators and odd clients rely on, against a server of our own, and random commands
against Debian's redis-server (differential.py).

`python3 tests/redis/run.py [unittest arguments]`
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from lib import server as servers  # noqa: E402

PIPE = servers.DEFAULT_BINARY.parent / "bin" / "keyspace_pipe"
SEEDS = (1, 2, 3)


class Differential(unittest.TestCase):
    @unittest.skipIf(shutil.which("redis-server") is None, "redis-server is not installed")
    def test_random_commands_agree_with_redis(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                run = subprocess.run(
                    [sys.executable, str(HERE / "differential.py"), "--pipe", str(PIPE),
                     "--seed", str(seed), "--commands", "8000"],
                    capture_output=True, text=True, check=False, timeout=300)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


class Tallied(unittest.TextTestRunner):
    def run(self, test):
        result = super().run(test)
        failed = len(result.failures) + len(result.errors)
        skipped = len(result.skipped)
        print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
        return result


def load_tests(loader, own, _pattern):
    suite = unittest.TestSuite(own)
    suite.addTests(loader.discover(str(HERE), pattern="test_*.py"))
    return suite


if __name__ == "__main__":
    unittest.main(testRunner=Tallied, verbosity=2, warnings="ignore")
