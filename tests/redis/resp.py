"""RESP over a socket or a pair of pipes where every type of reply is told from every other, and a
readable form of those replies."""

import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib.resp import encode, read_value  # noqa: E402


class Error(str):
    pass


class Double(str):
    pass


class Status(str):
    pass


class Map(list):
    pass


class Set(list):
    pass


EXACT = {
    b"+": lambda text: Status(text.decode("latin1")),
    b"-": lambda text: Error(text.decode("latin1")),
    b",": lambda text: Double(text.decode()),
    b"~": Set,
    b"%": Map,
}


class Connection:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    @classmethod
    def to_port(cls, port, host="127.0.0.1"):
        stream = socket.create_connection((host, port)).makefile("rwb")
        connection = cls(stream, stream)
        connection.port = port
        return connection

    def send(self, args):
        self.writer.write(encode(*args))
        self.writer.flush()

    def command(self, *args):
        self.send(args)
        return self.read()

    def read(self):
        return read_value(self._line, self._exactly, EXACT)

    def _line(self):
        line = self.reader.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError("connection closed")
        return line[:-2]

    def _exactly(self, count):
        return self.reader.read(count + 2)[:-2]


def text(reply):
    """One line per reply; every RESP type looks different."""
    if reply is None:
        return "nil"
    if reply is True or reply is False:
        return "#t" if reply else "#f"
    if isinstance(reply, int):
        return ":%d" % reply
    if isinstance(reply, Error):
        return "-" + reply
    if isinstance(reply, Status):
        return "+" + reply
    if isinstance(reply, Double):
        return "," + reply
    if isinstance(reply, bytes):
        return quote(reply)
    marks = {Map: "%{}", Set: "~{}"}.get(type(reply), "[]")
    body = ", ".join(text(item) for item in reply)
    return marks[:-1] + body + marks[-1]


def quote(data):
    out = []
    for byte in data:
        if byte in b'"\\':
            out.append("\\" + chr(byte))
        elif 32 <= byte < 127:
            out.append(chr(byte))
        else:
            out.append("\\x%02x" % byte)
    return '"' + "".join(out) + '"'


def unquote(line):
    """Splits a command line as redis-cli does: bare words, "..." with escapes, '...'."""
    args, i = [], 0
    simple = {"n": 10, "r": 13, "t": 9, "b": 8, "a": 7}
    while True:
        while i < len(line) and line[i].isspace():
            i += 1
        if i >= len(line):
            return args
        current = bytearray()
        while i < len(line) and not line[i].isspace():
            if line[i] == '"':
                i += 1
                while line[i] != '"':
                    if line[i] == "\\":
                        i += 1
                        if line[i] == "x":
                            current.append(int(line[i + 1 : i + 3], 16))
                            i += 3
                            continue
                        current.append(simple.get(line[i], ord(line[i])))
                    else:
                        current.append(ord(line[i]))
                    i += 1
                i += 1
            elif line[i] == "'":
                end = line.index("'", i + 1)
                current += line[i + 1 : end].encode("latin1")
                i = end + 1
            else:
                current.append(ord(line[i]))
                i += 1
        args.append(bytes(current))
