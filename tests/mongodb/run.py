#!/usr/bin/env python3
"""Sets up the clients and runs the tests of this folder; arguments go to pytest."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from lib import suite  # pylint: disable=wrong-import-position

if __name__ == "__main__":
    sys.exit(suite.main(HERE))
