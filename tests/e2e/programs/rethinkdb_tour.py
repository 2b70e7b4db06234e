"""What a first program with RethinkDB's Python driver does. Runs with every release of it.

rethinkdb_tour.py HOST PORT
"""

import sys
import threading

from rethinkdb import RethinkDB

r = RethinkDB()
HOST, PORT = sys.argv[1], int(sys.argv[2])
DATABASE = "tour"


def expect(found, wanted):
    assert found == wanted, "expected %r, got %r" % (wanted, found)


def connect():
    return r.connect(host=HOST, port=PORT, db=DATABASE)


def make_tables(conn):
    if DATABASE in r.db_list().run(conn):
        r.db_drop(DATABASE).run(conn)
    expect(r.db_create(DATABASE).run(conn)["dbs_created"], 1)
    expect(r.table_create("heroes").run(conn)["tables_created"], 1)
    expect(r.table_list().run(conn), ["heroes"])


def write_and_read(conn):
    heroes = r.table("heroes")
    result = heroes.insert([
        {"id": 1, "name": "Ada", "tags": ["engine"], "born": 1815},
        {"id": 2, "name": "Grace", "tags": ["compiler", "navy"], "born": 1906},
        {"id": 3, "name": "Edsger", "tags": ["paths"], "born": 1930},
    ]).run(conn)
    expect((result["inserted"], result["errors"]), (3, 0))
    expect(len(heroes.insert({"name": "nobody"}).run(conn)["generated_keys"]), 1)
    expect(sorted(row["name"] for row in heroes.run(conn)), ["Ada", "Edsger", "Grace", "nobody"])
    expect(heroes.get(2)["name"].run(conn), "Grace")
    expect(heroes.get(99).run(conn), None)
    expect(heroes.filter(r.row["born"] > 1900).order_by("born").pluck("name").run(conn),
           [{"name": "Grace"}, {"name": "Edsger"}])
    expect(heroes.get(1).update({"name": "Ada Lovelace"}).run(conn)["replaced"], 1)
    expect(heroes.get(1).update({"name": "Ada Lovelace"}).run(conn)["unchanged"], 1)
    expect(heroes.filter(r.row.has_fields("born").not_()).delete().run(conn)["deleted"], 1)
    expect(heroes.insert({"id": 1}).run(conn)["errors"], 1)
    expect(heroes.insert({"id": 1, "name": "A"}, conflict="update", return_changes=True)
           .run(conn)["changes"][0]["new_val"]["born"], 1815)


def use_indexes(conn):
    heroes = r.table("heroes")
    expect(heroes.index_create("born").run(conn), {"created": 1})
    expect(heroes.index_create("tags", multi=True).run(conn), {"created": 1})
    heroes.index_wait().run(conn)
    expect([row["id"] for row in heroes.order_by(index=r.desc("born")).run(conn)], [3, 2, 1])
    expect([row["id"] for row in heroes.between(1900, 1920, index="born").run(conn)], [2])
    expect(heroes.get_all("navy", index="tags").count().run(conn), 1)
    expect(heroes.order_by(index="born").limit(1).nth(0)["id"].run(conn), 1)


def aggregate(conn):
    heroes = r.table("heroes")
    expect(heroes.count().run(conn), 3)
    expect(heroes.sum("born").run(conn), 1815 + 1906 + 1930)
    expect(heroes.max("born")["id"].run(conn), 3)
    expect(heroes.group(lambda row: row["born"] > 1900).count().run(conn), {False: 1, True: 2})
    expect(heroes.map(lambda row: row["tags"].count()).reduce(lambda a, b: a + b).run(conn), 4)
    expect(heroes.concat_map(lambda row: row["tags"]).distinct().run(conn),
           ["compiler", "engine", "navy", "paths"])
    expect(r.expr([{"hero": 1}]).eq_join("hero", heroes).zip()["born"].run(conn), [1815])
    expect(r.branch(heroes.count() > 2, "many", "few").run(conn), "many")
    expect(heroes.get(77)["name"].default("none").run(conn), "none")


def follow(conn):
    """A feed on another connection sees each change once and in order."""
    seen = []
    feed = r.table("heroes").changes().run(conn)

    def listen():
        for change in feed:
            seen.append((change["old_val"] and change["old_val"]["id"],
                         change["new_val"] and change["new_val"]["id"]))
            if len(seen) == 3:
                return

    listener = threading.Thread(target=listen)
    listener.start()
    other = connect()
    r.table("heroes").insert({"id": 10, "n": 0}).run(other)
    r.table("heroes").get(10).update({"n": 1}).run(other)
    r.table("heroes").get(10).delete().run(other)
    listener.join(30)
    assert not listener.is_alive(), "the feed is silent after %r" % seen
    expect(seen, [(None, 10), (10, 10), (10, None)])
    other.close()


def page_through(conn):
    """More rows than one batch holds."""
    r.table_create("numbers").run(conn)
    numbers = r.table("numbers")
    for start in range(0, 5000, 500):
        rows = [{"id": i, "text": "x" * 100} for i in range(start, start + 500)]
        expect(numbers.insert(rows, durability="soft").run(conn)["inserted"], 500)
    expect(sorted(row["id"] for row in numbers.run(conn)), list(range(5000)))
    expect([row["id"] for row in numbers.order_by(index="id").skip(4990).run(conn)],
           list(range(4990, 5000)))
    cursor = numbers.run(conn, max_batch_rows=10)
    next(cursor)
    cursor.close()
    expect(numbers.count().run(conn), 5000)


def make_errors(conn):
    for query, kind in (
            (r.table("nothing"), r.errors.ReqlOpFailedError),
            (r.expr(1) + "a", r.errors.ReqlQueryLogicError),
            (r.expr({})["a"], r.errors.ReqlNonExistenceError),
            (r.error("mine"), r.errors.ReqlUserError)):
        try:
            query.run(conn)
        except kind:
            continue
        raise AssertionError("%s gave no %s" % (query, kind.__name__))
    expect(r.expr(1).run(conn), 1)  # the connection has survived


def noreply(conn):
    for i in range(100, 200):
        r.table("heroes").insert({"id": i}).run(conn, noreply=True)
    conn.noreply_wait()
    expect(r.table("heroes").between(100, 200).count().run(conn), 100)


def main():
    first = r.connect(host=HOST, port=PORT)
    first.use(DATABASE)
    make_tables(first)
    conn = connect()
    for step in (write_and_read, use_indexes, aggregate, page_through, make_errors, noreply):
        step(conn)
    follow(conn)
    assert conn.server()["name"]
    r.db_drop(DATABASE).run(first)
    conn.close()
    first.close()
    print("ok")


main()
