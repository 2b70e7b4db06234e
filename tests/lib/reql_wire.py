"""The RethinkDB protocol by hand, for input that no driver would send."""

from __future__ import annotations

import json
import socket
import struct

from lib.patience import patient

V0_4 = 0x400C2D20
V1_0 = 0x34C2BDC3
JSON_PROTOCOL = 0x7E6970C7
START, CONTINUE, STOP, NOREPLY_WAIT, SERVER_INFO = 1, 2, 3, 4, 5
CLIENT_ERROR, COMPILE_ERROR, RUNTIME_ERROR = 16, 17, 18


class Connection:
    """A socket that can speak frames; `handshake` logs in as admin without a password."""

    def __init__(self, host: str, port: int, handshake: bool = True, timeout_s: float = 20.0):
        self.socket = socket.create_connection((host, port), timeout=patient(timeout_s))
        if handshake:
            self.send_raw(struct.pack("<III", V0_4, 0, JSON_PROTOCOL))
            greeting = self.read_exactly(8)
            if greeting != b"SUCCESS\0":
                raise ConnectionError(repr(greeting))

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_exception) -> None:
        self.socket.close()

    def send_raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send(self, token: int, query: bytes | list) -> None:
        text = query if isinstance(query, bytes) else json.dumps(query).encode()
        self.send_raw(struct.pack("<qI", token, len(text)) + text)

    def read_exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise ConnectionError(f"closed by the server after {data!r}")
            data += more
        return data

    def read_to_end(self) -> bytes:
        data = b""
        while more := self.socket.recv(65536):
            data += more
        return data

    def read(self) -> tuple[int, dict]:
        token, size = struct.unpack("<qI", self.read_exactly(12))
        return token, json.loads(self.read_exactly(size))

    def call(self, token: int, query: bytes | list) -> dict:
        self.send(token, query)
        answered, response = self.read()
        assert answered == token, (answered, response)
        return response
