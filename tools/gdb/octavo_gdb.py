"""gdb shows Octavo's values as people write them.

    gdb -x tools/gdb/octavo_gdb.py build/gdb/octavo

`print row` then says {"id": 1, "tags": ["a"]} of a value::Value, 0:0:4096 of an Lsn, TableId 300 of
an id, the bytes of Bytes whatever they are, and of a Result the value or the error. What is shown is
read from memory: no function of the program is called, so that it works on core files as well.

The presets build line tables only, which is enough for stack traces; the preset `gdb` has
everything. `tools/gdb/octavo_gdb_test.py` shows each printer what it must print.
"""

from __future__ import annotations

import datetime
import struct
import uuid

import gdb

SHOWN = 100   # elements, fields and bytes of one value
TEXT = 1000   # bytes of a string
DEPTH = 8     # levels of arrays and objects
HEADER = struct.Struct("<IIII")  # references, size, account, depth: value/heap.h
IDS = ("DatabaseId", "TableId", "IndexId", "TransactionId")


def quoted(content: bytes) -> str:
    """As gdb itself writes strings."""
    text = "".join("\\" + chr(byte) if byte in b'"\\' else chr(byte) if 32 <= byte < 127
                   else f"\\{byte:03o}" for byte in content[:SHOWN])
    return f'"{text}"' + ("…" if len(content) > SHOWN else "")


def utf8(content: bytes) -> str:
    text = content[:TEXT].decode("utf-8", "replace").replace('"', '\\"')
    return f'"{text}"' + ("…" if len(content) > TEXT else "")


def read(address: int, size: int) -> bytes:
    return gdb.selected_inferior().read_memory(address, size).tobytes() if size else b""


def text_of(string: gdb.Value) -> bytes:
    """Of a std::string or std::string_view of libstdc++."""
    if string.type.strip_typedefs().name.startswith("std::basic_string_view"):
        return read(int(string["_M_str"]), int(string["_M_len"]))
    return read(int(string["_M_dataplus"]["_M_p"]), int(string["_M_string_length"]))


class Heap:
    """A block that a value shares with its copies."""

    def __init__(self, pointer: gdb.Value):
        self.payload = int(pointer) + HEADER.size
        self.size = HEADER.unpack(read(int(pointer), HEADER.size))[1]

    def bytes(self, after: int = 0) -> bytes:
        return read(self.payload + after, self.size)

    def items(self, item_type: gdb.Type) -> list[gdb.Value]:
        first = gdb.Value(self.payload).cast(item_type.pointer())
        return [(first + i).dereference() for i in range(min(self.size, SHOWN))]

    def rest(self) -> list[str]:
        return [f"… ({self.size - SHOWN} more)"] if self.size > SHOWN else []


def show_array(value: gdb.Value, depth: int) -> str:
    heap = Heap(value["bits_"]["heap"])
    if depth == 0:
        return f"[… {heap.size}]"
    return "[" + ", ".join([show(item, depth - 1) for item in heap.items(value.type)]
                           + heap.rest()) + "]"


def show_object(value: gdb.Value, depth: int) -> str:
    heap = Heap(value["bits_"]["heap"])
    if depth == 0:
        return f"{{… {heap.size}}}"
    fields = heap.items(gdb.lookup_type("octavo::value::Field"))
    return "{" + ", ".join([f'{utf8(text_of(field["name"]))}: {show(field["value"], depth - 1)}'
                            for field in fields] + heap.rest()) + "}"


def show_timestamp(value: gdb.Value) -> str:
    seconds, minutes = int(value["bits_"]["integer"]), int(value["zone_"])
    day = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds, minutes=minutes)
    sign, minutes = "-" if minutes < 0 else "+", abs(minutes)
    return (f"{day.isoformat()}.{int(value['aux_']):09}"
            f"{sign}{minutes // 60:02}:{minutes % 60:02}")


def show_date(value: gdb.Value) -> str:
    days = int(value["bits_"]["integer"])
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=days)).isoformat()


def show_javascript(value: gdb.Value) -> str:
    return f"javascript {utf8(Heap(value['bits_']['heap']).bytes(value.type.sizeof))}"


# By the name of value::Type; what is missing is shown by that name.
SHOW = {
    "null": lambda value, depth: "null",
    "boolean": lambda value, depth: "true" if int(value["bits_"]["integer"]) else "false",
    "int64": lambda value, depth: str(int(value["bits_"]["integer"])),
    "uint64": lambda value, depth: str(int(value["bits_"]["natural"])),
    "float64": lambda value, depth: repr(float(value["bits_"]["real"])),
    "string": lambda value, depth: utf8(Heap(value["bits_"]["heap"]).bytes()),
    "symbol": lambda value, depth: f"symbol {utf8(Heap(value['bits_']['heap']).bytes())}",
    "bytes": lambda value, depth: f"bytes {quoted(Heap(value['bits_']['heap']).bytes())}",
    "uuid": lambda value, depth: f"uuid {uuid.UUID(bytes=Heap(value['bits_']['heap']).bytes())}",
    "object_id": lambda value, depth: f"object_id {Heap(value['bits_']['heap']).bytes().hex()}",
    "timestamp": lambda value, depth: show_timestamp(value),
    "date": lambda value, depth: show_date(value),
    "time_of_day": lambda value, depth: f"time_of_day {int(value['bits_']['integer'])} ns",
    "duration": lambda value, depth: f"duration {int(value['bits_']['integer'])} ns",
    "array": show_array,
    "object": show_object,
    "geometry": lambda value, depth: f"geometry {show_object(value, depth)}",
    "regex": lambda value, depth: f"regex {utf8(Heap(value['bits_']['heap']).bytes(4))}",
    "javascript": lambda value, depth: show_javascript(value),
    "log_stamp": lambda value, depth: f"log_stamp {int(value['bits_']['natural'])} "
                                      f"{int(value['aux_'])}",
}


def show(value: gdb.Value, depth: int = DEPTH) -> str:
    kind = str(value["type_"]).rpartition("::")[2]
    return SHOW[kind](value, depth) if kind in SHOW else f"<{kind}>"


def show_lsn(lsn: gdb.Value) -> str:
    order = int(lsn["order_"])  # base/lsn_parts.h
    return f"{int(lsn['partition_'])}:{order >> 48}:{order & ((1 << 48) - 1)}"


def show_error(error: gdb.Value) -> str:
    return f"{str(error['code']).rpartition('::')[2]}: {utf8(text_of(error['what']))}"


class Printer:
    def __init__(self, text: str):
        self._text = text

    def to_string(self) -> str:
        return self._text


class ResultPrinter:
    """The value as its own printer shows it, or the error."""

    def __init__(self, result: gdb.Value):
        self._expected = result.cast(result.type.strip_typedefs().fields()[0].type)
        self._good = bool(self._expected["_M_has_value"])
        self._void = not any(field.name is None and any(
            member.name == "_M_val" for member in field.type.fields())
            for field in self._expected.type.strip_typedefs().fields())

    def to_string(self) -> str:
        if not self._good:
            error = self._expected["_M_unex"]
            named = error.type.strip_typedefs().name
            return f"error {show_error(error)}" if named == "octavo::Error" else "error"
        return "ok" if self._void else "value"

    def children(self):
        if self._good and not self._void:
            yield "value", self._expected["_M_val"]


# By the name of a type, as it is written where something is declared or without its aliases.
# libstdc++ has a printer of its own for what Bytes are, and where gdb has loaded it, it goes first.
PRINTERS = {
    "octavo::value::Value": lambda value: Printer(show(value)),
    "octavo::Lsn": lambda value: Printer(show_lsn(value)),
    "octavo::Error": lambda value: Printer(show_error(value)),
    "octavo::Bytes": lambda value: Printer(quoted(text_of(value))),
    "octavo::BytesView": lambda value: Printer(quoted(text_of(value))),
    **{f"octavo::{name}": lambda value, name=name: Printer(f"{name} {int(value)}") for name in IDS},
}


def find_printer(value: gdb.Value):
    for candidate in (value.type.unqualified(), value.type.strip_typedefs().unqualified()):
        if candidate.name in PRINTERS:
            return PRINTERS[candidate.name](value)
        if (candidate.name or "").startswith("octavo::Expected<"):
            return ResultPrinter(value)
    return None


find_printer.name = "octavo"
gdb.pretty_printers.insert(0, find_printer)
