"""A small RESP client: what a test sends is what it says, byte for byte."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Mapping

from lib.patience import patient


class ReplyError(Exception):
    """An error reply; `str` of it is the text without the leading minus."""


class Connection:
    def __init__(self, host: str, port: int, timeout_s: float = 20.0, source: str = ""):
        self.socket = socket.create_connection(
            (host, port), timeout=patient(timeout_s), source_address=(source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()  # cheap to append to and to take from its front

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
        reply = read_value(self._line, self._exactly, PLAIN)
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def ended(self) -> bool:
        """Whether the server has closed it; what it sent before is thrown away."""
        try:
            while select.select([self.socket], [], [], 0)[0]:
                if not self.socket.recv(1 << 20):
                    return True
        except ConnectionError:
            return True
        return False

    def _fill(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed by the server")
        self._buffer += data

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            self._fill()
        return self._take(end)

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count + 2:
            self._fill()
        return self._take(count)

    def _take(self, count: int) -> bytes:
        """So many bytes, and the two that end them."""
        with memoryview(self._buffer) as view:
            data = bytes(view[:count])
        del self._buffer[:count + 2]
        return data


# How a reply of each kind that is not a number, a bulk string or an array is shown.
Shapes = Mapping[bytes, Callable]
PLAIN: Shapes = {
    b"+": bytes,
    b"-": lambda text: ReplyError(text.decode("utf-8", "replace")),
    b",": float,
    b"~": list,
    b"%": lambda items: dict(zip(items[::2], items[1::2])),
}


def read_value(line: Callable[[], bytes], exactly: Callable[[int], bytes], shapes: Shapes):
    """One reply. `line` yields a line without its end, `exactly` so many bytes and drops the two
    that end them."""
    header = line()
    kind, rest = header[:1], header[1:]
    if kind in (b"+", b"-", b","):
        return shapes[kind](rest)
    if kind in (b":", b"("):
        return int(rest)
    if kind == b"#":
        return rest == b"t"
    if kind == b"_":
        return None
    if kind in (b"$", b"=", b"!"):
        return None if int(rest) < 0 else exactly(int(rest))
    if kind in (b"*", b"~", b">"):
        if int(rest) < 0:
            return None
        items = [read_value(line, exactly, shapes) for _ in range(int(rest))]
        return shapes[kind](items) if kind == b"~" else items
    if kind in (b"%", b"|"):
        items = [read_value(line, exactly, shapes) for _ in range(2 * int(rest))]
        # Attributes come before the reply that they are about, and nobody asks for them.
        return shapes[b"%"](items) if kind == b"%" else read_value(line, exactly, shapes)
    raise ConnectionError(f"not a reply: {header[:80]!r}")


def encode(*arguments: bytes | str | int) -> bytes:
    parts = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        data = argument if isinstance(argument, bytes) else str(argument).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)
