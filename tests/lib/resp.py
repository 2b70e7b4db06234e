"""A small RESP client: what a test sends is what it says, byte for byte."""

from __future__ import annotations

import socket


class ReplyError(Exception):
    """An error reply; `str` of it is the text without the leading minus."""


class Connection:
    def __init__(self, host: str, port: int, timeout_s: float = 20.0):
        self.socket = socket.create_connection((host, port), timeout=timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, *arguments: bytes | str | int) -> None:
        self.socket.sendall(encode(*arguments))

    def send_raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def call(self, *arguments: bytes | str | int):
        self.send(*arguments)
        return self.read()

    def read(self):
        """The next reply. Errors inside arrays are returned, one on its own is raised."""
        reply = self._read_value()
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def _fill(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed by the server")
        self._buffer += data

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._fill()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count + 2:
            self._fill()
        data, self._buffer = self._buffer[:count], self._buffer[count + 2:]
        return data

    def _read_value(self):
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest
        if kind == b"-":
            return ReplyError(rest.decode("utf-8", "replace"))
        if kind in (b":", b"("):
            return int(rest)
        if kind == b",":
            return float(rest)
        if kind == b"#":
            return rest == b"t"
        if kind == b"_":
            return None
        if kind in (b"$", b"=", b"!"):
            return None if int(rest) < 0 else self._exactly(int(rest))
        if kind in (b"*", b"~", b">"):
            return None if int(rest) < 0 else [self._read_value() for _ in range(int(rest))]
        if kind in (b"%", b"|"):
            pairs = [(self._read_value(), self._read_value()) for _ in range(int(rest))]
            return dict(pairs) if kind == b"%" else self._read_value()
        raise ConnectionError(f"not a reply: {line[:80]!r}")


def encode(*arguments: bytes | str | int) -> bytes:
    parts = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        data = argument if isinstance(argument, bytes) else str(argument).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)
