#!/usr/bin/env python3
"""Fills in the replies of golden files from a real redis-server 7.0.

    record_golden.py tests/redis/golden/*.txt

A file holds commands (`> SET k v`; `~> SMEMBERS s` where the order of the reply is open), each
followed by its reply as one line, and `!protocol 2|3`, `!sleep MS`, blank lines and comments.
Replies that are there are replaced.
"""

import sys
import time

import differential
from resp import Connection, Map, Set, text, unquote


def reply_text(reply, ordered):
    if not ordered and isinstance(reply, list):
        reply = type(reply)(reply)
        kind = {Map: "%{}", Set: "~{}"}.get(type(reply), "[]")
        return kind[:-1] + ", ".join(sorted(text(item) for item in reply)) + kind[-1]
    return text(reply)


def record(path, redis):
    redis.command("hello", "2")
    redis.command("select", "0")
    redis.command("flushall")
    out = []
    with open(path) as file:
        lines = file.read().splitlines()
    for line in lines:
        if line == "" or line.startswith("#"):
            out.append(line)
        elif line.startswith("!"):
            out.append(line)
            word, value = line[1:].split()
            if word == "protocol":
                redis.command("hello", value)
            elif word == "sleep":
                time.sleep(int(value) / 1000)
        elif line.startswith("> ") or line.startswith("~> "):
            out.append(line)
            ordered = line.startswith("> ")
            reply = redis.command(*unquote(line.split("> ", 1)[1]))
            out.append(reply_text(reply, ordered))
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


def main():
    with differential.peer() as server:
        for path in sys.argv[1:]:
            record(path, Connection.to_port(server.port))


if __name__ == "__main__":
    main()
