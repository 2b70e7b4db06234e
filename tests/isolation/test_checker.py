"""The checker finds what is wrong with histories that are wrong in known ways, and nothing in good ones."""

from __future__ import annotations

import pytest

from graph import check
from history import (LEVELS, READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE, SNAPSHOT, Read, Statement,
                     Transaction, Write)

ALL = (*LEVELS, SNAPSHOT)
X, Y = ("list", 1), ("list", 2)
SET, OTHER_SET = ("set", 1), ("set", 2)
REGISTER, OTHER_REGISTER = ("register", 1), ("register", 2)


class Book:
    """Writes a history down: statements take a second each, in the order in which they are written."""

    def __init__(self):
        self.now = 0.0
        self.transactions: list[Transaction] = []

    def begin(self, level: str) -> Transaction:
        made = Transaction(len(self.transactions) + 1, level, start=self.tick())
        self.transactions.append(made)
        return made

    def tick(self) -> float:
        self.now += 1
        return self.now

    def read(self, transaction, key, *found, locking=False):
        self.statement(transaction, [Read(key, found)], [], locking)

    def write(self, transaction, key, value, before=None, undone_at=None):
        self.statement(transaction, [], [Write(key, value, before, undone_at)], False)

    def statement(self, transaction, reads, writes, locking):
        start = self.tick()
        transaction.statements.append(
            Statement(f"statement {start}", start, start + 0.5, reads, writes, locking))

    def commit(self, transaction, committed: bool | None = True):
        transaction.committed = committed
        transaction.commit_start = self.tick()
        transaction.end = self.now + 0.5 if committed is not None else float("inf")

    def kinds(self, **final) -> set[str]:
        names = {"x": X, "y": Y, "s": SET, "t": OTHER_SET, "r": REGISTER, "q": OTHER_REGISTER}
        found = check(self.transactions, {names[n]: tuple(v) for n, v in final.items()})
        return {fault.kind for fault in found}


@pytest.fixture(name="book")
def an_empty_book():
    return Book()


def two(book, level):
    return book.begin(level), book.begin(level)


@pytest.mark.parametrize("level", ALL)
def test_a_good_history(book, level):
    a = book.begin(level)
    book.read(a, X)
    book.write(a, X, 1)
    book.read(a, X, 1)
    book.write(a, SET, 5)
    book.write(a, REGISTER, 7, before=0)
    book.commit(a)
    b = book.begin(level)
    book.read(b, X, 1)
    book.write(b, X, 2)
    book.read(b, SET, 5)
    book.read(b, REGISTER, 7, 0)
    book.write(b, REGISTER, 8, before=7)
    book.write(b, Y, 9, undone_at=6)
    book.read(b, Y)
    book.commit(b)
    assert book.kinds(x=[1, 2], s=[5], r=[8, 7], y=[]) == set()


@pytest.mark.parametrize("level", ALL)
def test_writes_that_are_mixed(book, level):
    a, b = two(book, level)
    book.write(a, X, 1)
    book.write(b, X, 2)
    book.write(b, Y, 3)
    book.write(a, Y, 4)
    book.commit(a)
    book.commit(b)
    assert book.kinds(x=[1, 2], y=[3, 4]) == {"G0"}


@pytest.mark.parametrize("level", ALL)
def test_registers_that_are_mixed(book, level):
    a, b = two(book, level)
    book.write(a, REGISTER, 1, before=0)
    book.write(b, REGISTER, 2, before=1)
    book.write(b, OTHER_REGISTER, 3, before=0)
    book.write(a, OTHER_REGISTER, 4, before=3)
    book.commit(a)
    book.commit(b)
    assert book.kinds(r=[2, 1], q=[4, 3]) == {"G0"}


@pytest.mark.parametrize("level", ALL)
@pytest.mark.parametrize("key", [X, SET])
def test_what_was_rolled_back_is_read(book, level, key):
    a, b = two(book, level)
    book.write(a, key, 1)
    book.read(b, key, 1)
    book.commit(a, committed=False)
    book.commit(b)
    assert "G1a" in book.kinds(x=[], s=[])


@pytest.mark.parametrize("level", ALL)
def test_what_a_savepoint_took_back_is_read(book, level):
    a, b = two(book, level)
    book.write(a, X, 1, undone_at=1)
    book.write(a, X, 2)
    book.commit(a)
    book.read(b, X, 1, 2)
    book.commit(b)
    assert "G1a" in book.kinds(x=[2])


@pytest.mark.parametrize("level", ALL)
def test_what_was_rolled_back_is_there(book, level):
    a = book.begin(level)
    book.write(a, SET, 1)
    book.commit(a, committed=False)
    assert book.kinds(s=[1]) == {"G1a"}


@pytest.mark.parametrize("level", ALL)
def test_half_of_a_transaction_is_read(book, level):
    a, b = two(book, level)
    book.write(a, X, 1)
    book.read(b, X, 1)
    book.write(a, X, 2)
    book.commit(a)
    book.commit(b)
    assert "G1b" in book.kinds(x=[1, 2])


@pytest.mark.parametrize("level", ALL)
def test_each_reads_what_the_other_writes(book, level):
    a, b = two(book, level)
    book.write(a, X, 1)
    book.write(b, Y, 2)
    book.read(a, Y, 2)
    book.read(b, X, 1)
    book.commit(a)
    book.commit(b)
    assert book.kinds(x=[1], y=[2]) == {"G1c"}


@pytest.mark.parametrize("level", ALL)
def test_a_transaction_vanishes_again(book, level):
    """OTV: it is seen in one row, and then not in another."""
    a, b = two(book, level)
    book.write(a, X, 1)
    book.write(a, Y, 2)
    book.commit(a)
    book.read(b, X, 1)
    book.read(b, Y)
    book.commit(b)
    assert book.kinds(x=[1], y=[2]) == {"G-single"}


@pytest.mark.parametrize("level", ALL)
def test_one_statement_reads_two_states(book, level):
    a, b = two(book, level)
    start = book.tick()
    book.write(a, X, 1)
    book.write(a, SET, 2)
    book.commit(a)
    b.statements.append(Statement("both", start, book.tick(), [Read(X, (1,)), Read(SET, ())]))
    book.commit(b)
    assert book.kinds(x=[1], s=[2]) == {"G-single"}


def skewed_read(book, level):
    a, b = two(book, level)
    book.read(a, X)
    book.write(b, X, 1)
    book.write(b, Y, 2)
    book.commit(b)
    book.read(a, Y, 2)
    book.commit(a)
    return book.kinds(x=[1], y=[2])


def test_reads_are_skewed(book):
    assert skewed_read(book, READ_COMMITTED) == set()


@pytest.mark.parametrize("level", [REPEATABLE_READ, SNAPSHOT, SERIALIZABLE])
def test_reads_are_not_skewed(book, level):
    assert skewed_read(book, level) == {"G-single"}


def lost_update(book, level, locking=False):
    a, b = two(book, level)
    book.read(a, X, locking=locking)
    book.read(b, X, locking=locking)
    book.write(a, X, 1)
    book.commit(a)
    book.write(b, X, 2)
    book.commit(b)
    return book.kinds(x=[1, 2])


@pytest.mark.parametrize("level", [READ_COMMITTED, REPEATABLE_READ])
def test_an_update_may_be_lost(book, level):
    assert lost_update(book, level) == set()


@pytest.mark.parametrize("level", [SNAPSHOT, SERIALIZABLE])
def test_an_update_must_not_be_lost(book, level):
    assert lost_update(book, level) == {"G-single"}


@pytest.mark.parametrize("key", [("array", 1), ("queue", 1)])
def test_an_update_of_a_list_of_another_kind_must_not_be_lost(book, key):
    a, b = two(book, SNAPSHOT)
    book.read(a, key)
    book.write(b, key, 1)
    book.commit(b)
    book.write(a, key, 2)
    book.commit(a)
    assert {fault.kind for fault in check(book.transactions, {key: (1, 2)})} == {"G-single"}


def test_a_hash_must_not_be_set_twice(book):
    key = ("hash", 1)
    a, b = two(book, SERIALIZABLE)
    book.write(a, key, 1, before=0)
    book.write(b, key, 2, before=0)
    book.commit(a)
    book.commit(b)
    assert "lost write" in {fault.kind for fault in check(book.transactions, {key: (2, 0)})}


def test_a_snapshot_writes_what_another_wrote_since(book):
    """Nothing but the writes tells: the first one is before the other's commit, the second after it."""
    a, b = two(book, SNAPSHOT)
    book.write(a, Y, 1)
    book.write(b, X, 2)
    book.commit(b)
    book.write(a, X, 3)
    book.commit(a)
    assert book.kinds(x=[2, 3], y=[1]) == {"G0-realtime"}


def test_a_snapshot_reads_at_one_moment_also_where_it_wrote(book):
    first = book.begin(SNAPSHOT)
    book.write(first, X, 9)
    book.commit(first)
    a, b = two(book, SNAPSHOT)
    book.read(a, X, 9)
    book.write(b, X, 1)
    book.write(b, Y, 2)
    book.commit(b)
    book.read(a, Y, 2)
    book.commit(a)
    assert book.kinds(x=[9, 1], y=[2]) == {"G-single"}


@pytest.mark.parametrize("level", ALL)
def test_an_update_under_a_lock_must_not_be_lost(book, level):
    first = book.begin(level)
    book.write(first, X, 9)
    book.commit(first)
    a, b = two(book, level)
    book.read(a, X, 9, locking=True)
    book.read(b, X, 9, locking=True)
    book.write(a, X, 1)
    book.commit(a)
    book.write(b, X, 2)
    book.commit(b)
    assert book.kinds(x=[9, 1, 2]) == {"G-single"}


def skewed_write(book, level, one, other):
    a, b = two(book, level)
    book.read(a, one)
    book.read(b, other)
    book.write(a, other, 1)
    book.write(b, one, 2)
    book.commit(a)
    book.commit(b)
    final = {"x": [], "y": [], "s": [], "t": []}
    names = {X: "x", Y: "y", SET: "s", OTHER_SET: "t"}
    final[names[other]], final[names[one]] = [1], [2]
    return book.kinds(**final)


@pytest.mark.parametrize("level", [READ_COMMITTED, REPEATABLE_READ, SNAPSHOT])
@pytest.mark.parametrize("keys", [(X, Y), (SET, OTHER_SET)])
def test_writes_may_be_skewed(book, level, keys):
    assert skewed_write(book, level, *keys) == set()


def test_writes_must_not_be_skewed(book):
    assert skewed_write(book, SERIALIZABLE, X, Y) == {"G2-item"}


def test_phantoms(book):
    assert skewed_write(book, SERIALIZABLE, SET, OTHER_SET) == {"G2"}


def test_who_only_reads_may_be_before_what_came_later(book):
    a, b = two(book, SERIALIZABLE)
    book.write(a, Y, 5, undone_at=0)
    book.read(a, X)
    book.write(b, X, 1)
    book.commit(b)
    book.commit(a)
    assert book.kinds(x=[1], y=[]) == set()


@pytest.mark.parametrize("level", [REPEATABLE_READ, SNAPSHOT])
def test_a_snapshot_that_is_older_than_a_commit_before_it(book, level):
    a = book.begin(level)
    book.write(a, X, 1)
    book.commit(a)
    b = book.begin(level)
    book.read(b, X)
    book.commit(b)
    assert book.kinds(x=[1]) == {"G-single-realtime"}


@pytest.mark.parametrize("level", ALL)
def test_own_writes_are_not_seen(book, level):
    a = book.begin(level)
    book.write(a, X, 1)
    book.read(a, X)
    book.commit(a)
    assert "internal" in book.kinds(x=[1])


@pytest.mark.parametrize("level", ALL)
def test_what_was_taken_back_is_still_seen(book, level):
    a = book.begin(level)
    book.write(a, X, 1, undone_at=1)
    book.read(a, SET)
    book.read(a, X, 1)
    book.commit(a)
    assert "internal" in book.kinds(x=[], s=[])


def test_a_commit_is_gone(book):
    a = book.begin(READ_COMMITTED)
    book.write(a, X, 1)
    book.commit(a)
    assert book.kinds(x=[]) == {"lost write"}


def test_a_register_is_overwritten_twice(book):
    a, b = two(book, READ_COMMITTED)
    book.write(a, REGISTER, 1, before=0)
    book.write(b, REGISTER, 2, before=0)
    book.commit(a)
    book.commit(b)
    assert "lost write" in book.kinds(r=[2, 0])


def test_a_write_was_done_twice(book):
    a = book.begin(READ_COMMITTED)
    book.write(a, X, 1)
    book.commit(a)
    assert "written twice" in book.kinds(x=[1, 1])


def test_lists_that_disagree(book):
    a, b, c, d = (book.begin(READ_COMMITTED) for _ in range(4))
    book.write(a, X, 1)
    book.write(b, X, 2)
    book.commit(a)
    book.commit(b)
    book.read(c, X, 1, 2)
    book.read(d, X, 2, 1)
    book.commit(c)
    book.commit(d)
    assert "incompatible order" in book.kinds(x=[1, 2])


def test_a_commit_without_an_answer_is_there_or_not(book):
    a, b = two(book, SERIALIZABLE)
    book.write(a, X, 1)
    book.write(a, Y, 2)
    book.commit(a, committed=None)
    book.write(b, SET, 3)
    book.commit(b, committed=None)
    assert book.kinds(x=[1], y=[2], s=[]) == set()


def test_a_commit_without_an_answer_is_half_there(book):
    a = book.begin(SERIALIZABLE)
    book.write(a, X, 1)
    book.write(a, Y, 2)
    book.commit(a, committed=None)
    assert book.kinds(x=[1], y=[]) == {"lost write"}


def test_a_number_that_nobody_wrote(book):
    a = book.begin(READ_COMMITTED)
    book.read(a, X, 7)
    book.commit(a)
    assert "from nowhere" in book.kinds(x=[7])
