"""How long tests wait for what should come: `OCTAVO_PATIENCE` times as long, for servers that a sanitizer
slows down."""

from __future__ import annotations

import os

FACTOR = float(os.environ.get("OCTAVO_PATIENCE", "1"))


def patient(seconds: float) -> float:
    return seconds * FACTOR
