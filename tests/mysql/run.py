#!/usr/bin/env python3
"""What MySQL's clients rely on, against a server of our own: statements and their results as data
(`cases/*.test`), and PyMySQL and SQLAlchemy as they are.

`python3 tests/mysql/run.py [unittest arguments]`
"""

from __future__ import annotations

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from lib.tally import Tallied  # noqa: E402


def load_tests(loader, own, _pattern):
    suite = unittest.TestSuite(own)
    suite.addTests(loader.discover(str(HERE), pattern="test_*.py"))
    return suite


if __name__ == "__main__":
    unittest.main(testRunner=Tallied, verbosity=2, warnings="ignore")
