"""Random commands against Debian's redis-server."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import unittest

import event_difference
from lib.server import DEFAULT_BINARY

HERE = pathlib.Path(__file__).resolve().parent
PIPE = DEFAULT_BINARY.parent / "bin" / "keyspace_pipe"
SEEDS = (1, 2, 3)


class Differential(unittest.TestCase):
    def test_replies_agree(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                run = subprocess.run(
                    [sys.executable, str(HERE / "differential.py"), "--pipe", str(PIPE),
                     "--seed", str(seed), "--commands", "8000"],
                    capture_output=True, text=True, check=False, timeout=300)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_notifications_agree(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                self.assertEqual(event_difference.difference(seed, 4000), "")
