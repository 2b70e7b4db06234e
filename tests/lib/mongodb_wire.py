"""MongoDB's messages by hand, for what no driver sends."""

from __future__ import annotations

import socket
import struct

import bson

OP_REPLY, OP_QUERY, OP_COMPRESSED, OP_MSG = 1, 2004, 2012, 2013
CHECKSUM, MORE_TO_COME, EXHAUST = 1, 2, 1 << 16


def message(body: dict, flags: int = 0, sections: bytes = b"") -> bytes:
    return struct.pack("<I", flags) + b"\0" + bson.encode(body) + sections


def sequence(name: str, documents: list[dict]) -> bytes:
    rest = name.encode() + b"\0" + b"".join(map(bson.encode, documents))
    return b"\1" + struct.pack("<i", 4 + len(rest)) + rest


class Connection:
    def __init__(self, host: str, port: int, timeout_s: float = 30.0):
        self.socket = socket.create_connection((host, port), timeout=timeout_s)
        self.last_id = 0

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_exception) -> None:
        self.socket.close()

    def send(self, body: bytes, opcode: int = OP_MSG) -> int:
        self.last_id += 1
        self.socket.sendall(struct.pack("<iiii", 16 + len(body), self.last_id, 0, opcode) + body)
        return self.last_id

    def _exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            piece = self.socket.recv(size - len(got))
            if not piece:
                raise EOFError(f"{len(got)} of {size} bytes")
            got += piece
        return got

    def receive(self) -> tuple[dict, dict]:
        """A reply: its header with the flags, and the document."""
        length, own, to, opcode = struct.unpack("<iiii", self._exactly(16))
        body = self._exactly(length - 16)
        header = {"id": own, "to": to, "opcode": opcode}
        if opcode == OP_REPLY:
            header["flags"] = struct.unpack_from("<i", body)[0]
            return header, bson.decode(body[20:])
        assert opcode == OP_MSG, opcode
        header["flags"] = struct.unpack_from("<I", body)[0]
        document = body[5:-4] if header["flags"] & CHECKSUM else body[5:]
        return header, bson.decode(document)

    def call(self, command: dict, database: str = "admin", flags: int = 0,
             sections: bytes = b"") -> dict:
        self.send(message({**command, "$db": database}, flags, sections))
        return self.receive()[1]

    def is_closed(self) -> bool:
        """Whether the server ends the connection, after whatever it still says."""
        try:
            while self.socket.recv(4096):
                pass
        except ConnectionError:
            pass
        return True
