"""What a folder of unittest files closes its output with, for tools/test.py to count."""

from __future__ import annotations

import unittest


class Tallied(unittest.TextTestRunner):
    def run(self, test):
        result = super().run(test)
        failed = len(result.failures) + len(result.errors)
        skipped = len(result.skipped)
        print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
        return result
