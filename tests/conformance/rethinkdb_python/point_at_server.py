"""A plug-in for pytest: the driver's default port is that of the server under test."""

import asyncio
import os
import types

from rethinkdb import net

net.DEFAULT_PORT = int(os.environ["OCTAVO_RETHINKDB_PORT"])

# One test still uses this decorator, which Python 3.11 dropped.
if not hasattr(asyncio, "coroutine"):
    asyncio.coroutine = types.coroutine
