"""Who wrote what, and in which order: what a whole history says of each key.

What cannot be, in any order of transactions, is a `Fault` here: numbers that nobody committed, that came
twice, that are gone, lists that disagree.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict

from history import Key, Read, Transaction, Write, is_list, is_register, is_set, name


@dataclasses.dataclass
class Fault:
    kind: str
    what: str
    transactions: list[Transaction] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([f"{self.kind}: {self.what}", *map(str, self.transactions)])


class Versions:
    """`final`: what is in each key at the end, read when everybody was done."""

    def __init__(self, transactions: list[Transaction], final: dict[Key, tuple[int, ...]]):
        self.transactions = transactions
        self.faults: list[Fault] = []
        self.writer: dict[tuple[str, int], tuple[Transaction, Write]] = {}  # by kind and number
        for transaction in transactions:
            for write in transaction.writes:
                self.writer[write.key[0], write.value] = transaction, write
        self.lists: dict[Key, tuple[int, ...]] = {}  # the longest
        self.set_members: dict[Key, list[int]] = defaultdict(list)  # committed
        self.next_value: dict[tuple[Key, int], int] = {}  # of registers
        self.final = final
        self._settle_unknown()
        self._order_lists()
        self._order_registers()
        self._look_at_final()

    def committed(self, kind: str, value: int) -> bool:
        known = self.writer.get((kind, value))
        return known is not None and known[0].committed is True and known[1].lasts

    def _reads(self):
        for transaction in self.transactions:
            for statement in transaction.statements:
                for read in statement.reads:
                    yield transaction, read

    def _settle_unknown(self) -> None:
        """A transaction whose end nobody was told counts as committed when something of it is there at
        the end, or was seen by others."""
        seen = {(key[0], value) for key, found in self.final.items() for value in found}
        for reader, read in self._reads():
            for value in read.found:
                known = self.writer.get((read.key[0], value))
                if known is not None and known[0] is not reader:
                    seen.add((read.key[0], value))
        for transaction in self.transactions:
            if transaction.committed is not None:
                continue
            lasting = [write for write in transaction.writes if write.lasts]
            transaction.committed = any((w.key[0], w.value) in seen for w in lasting)

    def _order_lists(self) -> None:
        for transaction, read in self._reads():
            if not is_list(read.key):
                continue
            others = tuple(v for v in read.found if self.committed(read.key[0], v))
            longest = self.lists.get(read.key, ())
            first, second = sorted((others, longest), key=len)
            if second[:len(first)] != first:
                self.faults.append(Fault(
                    "incompatible order", f"{name(read.key)} is {list(longest)} elsewhere, "
                    f"{list(others)} here", [transaction]))
            self.lists[read.key] = second
            if len(set(read.found)) != len(read.found):
                self.faults.append(Fault("written twice", f"{name(read.key)} is {list(read.found)}",
                                         [transaction]))
        for key, found in self.final.items():
            if not is_list(key):
                continue
            longest = self.lists.get(key, ())
            if found[:len(longest)] != longest:
                self.faults.append(Fault("lost write", f"{name(key)} was {list(longest)}, "
                                         f"and is {list(found)} at the end"))
            if len(set(found)) != len(found):
                self.faults.append(Fault("written twice", f"{name(key)} is {list(found)} at the end"))
            self.lists[key] = found

    def _order_registers(self) -> None:
        for transaction in self.transactions:
            for write in transaction.writes:
                if is_register(write.key) and write.lasts and write.before is not None:
                    self._follows(write.key, write.before, write.value, transaction)
        for transaction, read in self._reads():
            if is_register(read.key) and len(read.found) == 2:
                self._follows(read.key, read.found[1], read.found[0], transaction)
        for key, found in self.final.items():
            if is_register(key) and len(found) == 2:
                self._follows(key, found[1], found[0], None)

    def _follows(self, key: Key, before: int, after: int, teller: Transaction | None) -> None:
        if after == 0 or not self.committed(key[0], after):
            return
        if before != 0 and not self.committed(key[0], before):
            return  # one of the same transaction that was undone, or a dirty read, told elsewhere
        known = self.next_value.setdefault((key, before), after)
        if known != after:
            self.faults.append(Fault(
                "lost write", f"{name(key)}: {known} and {after} both came after {before}",
                [self.writer[key[0], v][0] for v in (known, after)] + ([teller] if teller else [])))

    def _look_at_final(self) -> None:
        """What was committed is there, and nothing else is."""
        for (kind, value), (transaction, write) in self.writer.items():
            there = value in self.final.get(write.key, ())
            if is_set(write.key) and self.committed(kind, value):
                self.set_members[write.key].append(value)
            if is_register(write.key) or self.committed(kind, value) == there:
                continue
            if there:
                self.faults.append(Fault("G1a", f"{value} is in {name(write.key)} at the end",
                                         [transaction]))
            else:
                self.faults.append(Fault(
                    "lost write", f"{value} is not in {name(write.key)} at the end", [transaction]))
        for key, found in self.final.items():
            for value in found:
                if value != 0 and (key[0], value) not in self.writer:
                    self.faults.append(Fault("from nowhere", f"{value} is in {name(key)}"))

    def check_reads(self) -> None:
        """G1a, G1b, and whether each transaction sees what it wrote itself."""
        for transaction in self.transactions:
            for place, statement in enumerate(transaction.statements):
                for read in statement.reads:
                    own = [write.value for before in transaction.statements[:place]
                           for write in before.writes if write.key == read.key
                           and (write.undone_at is None or write.undone_at > place)]
                    self._check_read(transaction, read)
                    self._check_own(transaction, read, own)

    def _check_read(self, reader: Transaction, read: Read) -> None:
        kind = read.key[0]
        values = read.found[:1] if is_register(read.key) else read.found
        for value in values:
            known = self.writer.get((kind, value))
            if is_register(read.key) and value == 0:
                continue
            if known is None:
                self.faults.append(Fault("from nowhere", f"{value} in {name(read.key)}", [reader]))
                continue
            writer, write = known
            if writer is reader:
                continue
            if writer.committed is False or not write.lasts:
                self.faults.append(Fault("G1a", f"{value} in {name(read.key)} was never committed",
                                         [reader, writer]))
        self._check_intermediate(reader, read)

    def _check_intermediate(self, reader: Transaction, read: Read) -> None:
        if is_set(read.key) or not read.found:
            return
        last = read.found[-1] if is_list(read.key) else read.found[0]
        writer, _ = self.writer.get((read.key[0], last), (None, None))
        if writer is None or writer is reader:
            return
        lasting = [w.value for w in writer.writes if w.key == read.key and w.lasts]
        if lasting and last in lasting and last != lasting[-1]:
            self.faults.append(Fault(
                "G1b", f"{name(read.key)} is seen at {last}, on the way to {lasting[-1]}",
                [reader, writer]))

    def _check_own(self, reader: Transaction, read: Read, own: list[int]) -> None:
        kind = read.key[0]
        found = read.found[:1] if is_register(read.key) else read.found
        seen = [v for v in found if self.writer.get((kind, v), (None,))[0] is reader]
        wanted = own[-1:] if is_register(read.key) else own
        good = sorted(seen) == sorted(wanted) if is_set(read.key) else seen == wanted
        if good and is_list(read.key):
            good = not wanted or list(found[-len(wanted):]) == wanted
        if not good:
            self.faults.append(Fault("internal", f"{name(read.key)} is {list(read.found)}, while the "
                                     f"transaction itself has written {wanted}", [reader]))
