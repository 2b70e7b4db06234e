"""A plug-in for pytest: the driver's default port is that of the server under test."""

import os

from rethinkdb import net

net.DEFAULT_PORT = int(os.environ["OCTAVO_RETHINKDB_PORT"])
