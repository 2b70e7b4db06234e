"""Connections to a server that are cut now and then: before a request has come, in the midst of it, or before its
answer. For clients that are told nothing of what became of what they asked for."""

from __future__ import annotations

import random
import socket
import struct
import threading


class CuttingProxy:
    """Each piece that passes is cut off with `probability`. `address` is where clients go."""

    def __init__(self, target: tuple[str, int], probability: float, seed: int):
        self.target = target
        self.probability = probability
        self.random = random.Random(seed)
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.listener.getsockname()

    def __enter__(self) -> "CuttingProxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exception) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # it is enough
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(1 << 16):
                if self.random.random() < self.probability:
                    self.cuts += 1
                    sink.sendall(data[:self.random.randrange(len(data))])
                    for one in (source, sink):  # a reset, as of a network that has gone
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
