"""The graph of what must have come before what, and its cycles.

Each committed transaction is a node: it happened at one moment, that of its commit. What a level lets happen
at other moments has nodes of its own, so that one rule is left for every level: there is no cycle.

* SERIALIZABLE: all that the transaction read is of the one moment.
* REPEATABLE READ: plain reads are of another moment, the same for all of them. Rows that were read under
  a lock, or written, are of the commit, as nobody could change them until then; what a locking read found
  of a set is of that statement, as rows may come that it would have found.
* READ COMMITTED: the same, but each plain read is of a moment of its own.
* SNAPSHOT: all reads are of one moment, and nobody wrote what the transaction writes between that and its
  commit: `ww` from the version before leads to the view.

So the cycles of a history are what its levels forbid: lost updates and skewed writes of snapshots are none,
those of SERIALIZABLE are. Edges are those of Adya: `ww` to the next version, `wr` to who saw it, `rw` from
who saw the version before; `part` from moment to moment of one transaction, the commit being the last; and
`then`, from what had ended to what began later.
"""

from __future__ import annotations

import bisect
import dataclasses
import heapq
from collections import defaultdict

from history import (REPEATABLE_READ, SERIALIZABLE, SNAPSHOT, Key, Read, Statement, Transaction, is_register,
                     is_set, name)
from versions import Fault, Versions


@dataclasses.dataclass
class Node:
    transaction: Transaction
    what: str
    start: float
    end: float


@dataclasses.dataclass
class Edge:
    kind: str  # ww, wr, rw, part, then
    to: int
    key: Key | None = None
    value: int = 0


class Graph:
    def __init__(self, versions: Versions):
        self.versions = versions
        self.nodes: list[Node | None] = []  # None: a moment between others
        self.edges: dict[int, list[Edge]] = defaultdict(list)
        self.commit_of: dict[int, int] = {}  # number of a transaction → its node
        self.view_of: dict[int, int] = {}  # of SNAPSHOT
        for transaction in versions.transactions:
            if transaction.committed:
                start = transaction.commit_start
                wrote = any(write.lasts for write in transaction.writes)
                if transaction.level == SERIALIZABLE and not wrote:
                    start = transaction.start  # who only reads need not be later than the last read
                self.commit_of[transaction.number] = self._node(transaction, "commit", start,
                                                                transaction.end)
        for transaction in versions.transactions:
            self._add_reads(transaction)
        self._add_writes()
        self._add_times()

    def _node(self, *what) -> int:
        self.nodes.append(Node(*what))
        return len(self.nodes) - 1

    def _edge(self, kind: str, before: int | None, after: int | None, key: Key | None = None,
              value: int = 0) -> None:
        if before is not None and after is not None and before != after:
            self.edges[before].append(Edge(kind, after, key, value))

    def _writer(self, kind: str, value: int) -> int | None:
        known = self.versions.writer.get((kind, value))
        return self.commit_of.get(known[0].number) if known else None

    def _add_writes(self) -> None:
        for key, values in self.versions.lists.items():
            for before, after in zip(values, values[1:]):
                self._add_write(key, before, after)
        for (key, before), after in self.versions.next_value.items():
            self._add_write(key, before, after)

    def _add_write(self, key: Key, before: int, after: int) -> None:
        first, second = self._writer(key[0], before), self._writer(key[0], after)
        if first == second or second is None:
            return
        number = self.nodes[second].transaction.number
        self._edge("ww", first, self.view_of.get(number, second), key, after)

    def _add_reads(self, transaction: Transaction) -> None:
        """A transaction that was rolled back has seen one state at a time all the same, but not at
        SERIALIZABLE, where the commit says whether it did."""
        commit = self.commit_of.get(transaction.number)
        view: int | None = None
        first = len(self.nodes)
        for place, statement in enumerate(transaction.statements):
            here: int | None = None
            if view is None and (transaction.level == SNAPSHOT or (
                    transaction.level == REPEATABLE_READ and statement.reads
                    and not statement.locking)):  # also if it reads what the transaction wrote
                view = self._node(transaction, "view", statement.start, statement.end)
                if transaction.level == SNAPSHOT:
                    self.view_of[transaction.number] = view
            for read in statement.reads:
                if transaction.level == SNAPSHOT:
                    at = view
                elif (transaction.level == SERIALIZABLE or held(statement, read)
                        or has_written(transaction, place, read.key)):
                    at = commit
                elif transaction.level == REPEATABLE_READ and not statement.locking:
                    at = view
                else:
                    if here is None:
                        here = self._node(transaction, statement.text, statement.start, statement.end)
                    at = here
                if at is not None:
                    self._add_read(transaction, read, at)
        moments = [*range(first, len(self.nodes)), commit]
        for before, after in zip(moments, moments[1:]):
            self._edge("part", before, after)

    def _add_read(self, reader: Transaction, read: Read, at: int) -> None:
        kind = read.key[0]

        def is_own(value: int) -> bool:
            known = self.versions.writer.get((kind, value))
            return known is not None and known[0] is reader

        if is_set(read.key):
            for value in read.found:
                if not is_own(value):
                    self._edge("wr", self._writer(kind, value), at, read.key, value)
            for value in self.versions.set_members.get(read.key, ()):
                if value not in read.found and not is_own(value):
                    self._edge("rw", at, self._writer(kind, value), read.key, value)
            return
        if is_register(read.key):
            last = read.found[0] if read.found else 0
            if last != 0 and is_own(last):
                return
            following = self.versions.next_value.get((read.key, last))
        else:
            seen = [value for value in read.found if not is_own(value)]
            last = seen[-1] if seen else 0
            order = self.versions.lists.get(read.key, ())
            following = order[len(seen)] if len(seen) < len(order) else None
        if last:
            self._edge("wr", self._writer(kind, last), at, read.key, last)
        if following is not None and not is_own(following):
            self._edge("rw", at, self._writer(kind, following), read.key, following)

    def _add_times(self) -> None:
        """A chain of moments, one for each end: as many edges as nodes."""
        ends = sorted((node.end, i) for i, node in enumerate(self.nodes)
                      if node is not None and node.end != float("inf"))
        starts = [(node.start, i) for i, node in enumerate(self.nodes) if node is not None]
        first = len(self.nodes)
        times = [end for end, _ in ends]
        for place, (_, i) in enumerate(ends):
            self.nodes.append(None)
            self._edge("then", i, first + place)
            if place > 0:
                self._edge("then", first + place - 1, first + place)
        for start, i in starts:
            place = bisect.bisect_left(times, start)
            if place > 0:
                self._edge("then", first + place - 1, i)

    # --- cycles ---

    def faults(self, most: int = 3) -> list[Fault]:
        """A shortest cycle of each knot of the graph, of the fewest kinds of edges that has any."""
        for kinds in (("ww",), ("ww", "wr", "part"), ("ww", "wr", "rw", "part"), ("ww", "then"),
                      ("ww", "wr", "part", "then"), ("ww", "wr", "rw", "part", "then")):
            knots = self._knots(kinds)
            if knots:
                return [self._fault(self._shortest(knot, kinds)) for knot in knots[:most]]
        return []

    def _knots(self, kinds: tuple[str, ...]) -> list[list[int]]:
        """Strongly connected components of more than one node, by Tarjan, without recursion."""
        index: dict[int, int] = {}
        low: dict[int, int] = {}
        on_stack: set[int] = set()
        stack: list[int] = []
        knots: list[list[int]] = []
        for root in range(len(self.nodes)):
            if root in index:
                continue
            work = [(root, iter(self.edges[root]))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                node, rest = work[-1]
                for edge in rest:
                    if edge.kind not in kinds:
                        continue
                    if edge.to not in index:
                        index[edge.to] = low[edge.to] = len(index)
                        stack.append(edge.to)
                        on_stack.add(edge.to)
                        work.append((edge.to, iter(self.edges[edge.to])))
                        break
                    if edge.to in on_stack:
                        low[node] = min(low[node], index[edge.to])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[node])
                    if low[node] == index[node]:
                        knot = []
                        while not knot or knot[-1] != node:
                            knot.append(stack.pop())
                            on_stack.discard(knot[-1])
                        if len(knot) > 1:
                            knots.append(knot)
        return sorted(knots, key=len)

    def _shortest(self, knot: list[int], kinds: tuple[str, ...]) -> list[tuple[int, Edge]]:
        """Of the fewest `rw`, then of the fewest edges but those between moments."""
        inside = set(knot)
        best: tuple[int, list[tuple[int, Edge]]] | None = None
        for start in [n for n in knot if self.nodes[n] is not None][:150]:
            cost = {start: 0}
            came: dict[int, tuple[int, Edge]] = {}
            queue = [(0, start)]
            found = None
            while queue and found is None:
                so_far, node = heapq.heappop(queue)
                if so_far > cost[node]:
                    continue
                for edge in self.edges[node]:
                    if edge.kind not in kinds or edge.to not in inside:
                        continue
                    step = {"ww": 100, "wr": 100, "rw": 10_000, "part": 20, "then": 30}[edge.kind]
                    if self.nodes[node] is None and self.nodes[edge.to] is None:
                        step = 0
                    if edge.to == start:
                        found = (so_far + step, node, edge)
                        break
                    if so_far + step < cost.get(edge.to, 1 << 60):
                        cost[edge.to] = so_far + step
                        came[edge.to] = node, edge
                        heapq.heappush(queue, (so_far + step, edge.to))
            if found is None or (best is not None and found[0] >= best[0]):
                continue
            total, node, edge = found
            path = [(node, edge)]
            while node != start:
                node, edge = came[node]
                path.append((node, edge))
            best = total, path[::-1]
        assert best is not None
        return best[1]

    def _fault(self, cycle: list[tuple[int, Edge]]) -> Fault:
        steps = [(node, edge) for node, edge in cycle
                 if not (self.nodes[node] is None and edge.kind == "then")]
        lines = []
        for node, edge in steps:
            at = self.nodes[node]
            detail = f" {name(edge.key)} at {edge.value}" if edge.key else ""
            lines.append(f"  T{at.transaction.number} ({at.what}) --{edge.kind}{detail}-->")
        concerned = {}
        for node, _ in steps:
            concerned[self.nodes[node].transaction.number] = self.nodes[node].transaction
        return Fault(kind_of(steps), "a cycle\n" + "\n".join(lines), list(concerned.values()))


def held(statement: Statement, read: Read) -> bool:
    """Whether nobody could change what was read until the transaction ended: rows that a locking read
    found."""
    return statement.locking and not is_set(read.key) and bool(read.found)


def has_written(transaction: Transaction, place: int, key: Key) -> bool:
    """Whether a read of the statement at that place sees a row that the transaction wrote itself."""
    return not is_set(key) and any(
        write.key == key and (write.lasts or write.undone_at > place)
        for statement in transaction.statements[:place] for write in statement.writes)


def kind_of(steps: list[tuple[int, Edge]]) -> str:
    """As Adya calls a cycle; `-realtime` where only the time of its statements makes it one."""
    kinds = [edge.kind for _, edge in steps]
    against = [edge for _, edge in steps if edge.kind == "rw"]
    if not against:
        found = "G0" if "wr" not in kinds else "G1c"
    elif len(against) == 1:
        found = "G-single"
    else:
        found = "G2" if any(is_set(edge.key) for edge in against) else "G2-item"
    return found + ("-realtime" if "then" in kinds else "")


def check(transactions: list[Transaction], final: dict[Key, tuple[int, ...]]) -> list[Fault]:
    """All that the levels of the transactions forbid. Settles what was unknown."""
    versions = Versions(transactions, final)
    versions.check_reads()
    return versions.faults + Graph(versions).faults()
