"""The model of docs/security.md, written a second time to compare the server with."""

from __future__ import annotations

Grant = tuple[dict, str | None, str | None]  # permissions, database, table
SYSTEM = "rethinkdb"


class Rights:
    """What grants allow: the narrowest scope that says something decides."""

    def __init__(self, grants: list[Grant]):
        self.grants = grants

    def allow(self, permission: str, database: str | None = None, table: str | None = None) -> bool:
        scopes = [(database, table), (database, None)]
        if database != SYSTEM:
            scopes.append((None, None))
        for scope in scopes:
            for permissions, *where in self.grants:
                if tuple(where) == scope and permissions.get(permission) is not None:
                    if not permissions[permission]:
                        return False
                    return permission != "write" or self.allow("read", database, table)
        return False
