"""Clients of the server under test."""

from __future__ import annotations

import pymongo


def uri(server, database: str = "", options: str = "") -> str:
    host, port = server.addresses["mongodb"]
    return f"mongodb://{host}:{port}/{database}?{options}"


def connect(server, **options) -> pymongo.MongoClient:
    return pymongo.MongoClient(uri(server), **options)
