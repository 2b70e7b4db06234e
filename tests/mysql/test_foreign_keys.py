"""Foreign keys under writers of both protocols, and as SQLAlchemy's ORM and Django use them."""

from __future__ import annotations

import os
import random
import threading

import pymysql
import pytest
import rethinkdb

from client import connect

ROUNDS = int(os.environ.get("OCTAVO_FOREIGN_KEY_ROUNDS", "400"))


@pytest.fixture(name="cursor")
def cursor_of_test(server, conn):  # pylint: disable=unused-argument
    with connect(server, database="test", autocommit=True) as connection:
        with connection.cursor() as cursor:
            yield cursor
            # Before the other fixtures drop them one by one, in any order.
            cursor.execute("SET foreign_key_checks = 0")
            cursor.execute("SHOW TABLES")
            for (table,) in cursor.fetchall():
                cursor.execute(f"DROP TABLE `{table}`")


def outcome(cursor, statement):
    """The number of the error; 0: there was none."""
    try:
        cursor.execute(statement)
    except pymysql.err.MySQLError as error:
        return error.args[0]
    return 0


def test_what_documents_break_is_their_error(r, conn, cursor):
    cursor.execute("CREATE TABLE doc_p (id INT PRIMARY KEY)")
    cursor.execute("CREATE TABLE doc_c (id INT PRIMARY KEY, p INT, "
                   "CONSTRAINT of_p FOREIGN KEY (p) REFERENCES doc_p (id))")
    r.table("doc_p").insert([{"id": 1}, {"id": 2}]).run(conn)
    done = r.table("doc_c").insert([{"id": 1, "p": 1}, {"id": 2, "p": 9}, {"id": 3}]).run(conn)
    assert (done["inserted"], done["errors"]) == (2, 1)
    assert "Constraint `of_p` of table `doc_c` is violated" in done["first_error"]
    done = r.table("doc_p").delete().run(conn)
    assert (done["deleted"], done["errors"]) == (1, 1)
    assert "Constraint `of_p` of table `doc_c` is violated" in done["first_error"]
    assert r.table("doc_p").map(lambda row: row["id"]).coerce_to("array").run(conn) == [1]
    assert r.table("doc_c").get(1).update({"p": 7}).run(conn)["errors"] == 1
    assert r.table("doc_c").get(1).update({"p": None}).run(conn)["replaced"] == 1
    assert r.table("doc_p").delete().run(conn)["deleted"] == 1
    with pytest.raises(rethinkdb.errors.ReqlError, match="is referenced by the foreign key"):
        r.table_drop("doc_p").run(conn)
    r.table_drop("doc_c").run(conn)
    r.table_drop("doc_p").run(conn)


def test_feeds_tell_of_rows_that_follow(r, conn, server, cursor):
    cursor.execute("CREATE TABLE fed_p (id INT PRIMARY KEY)")
    cursor.execute("CREATE TABLE fed_c (id INT PRIMARY KEY, p INT, "
                   "FOREIGN KEY (p) REFERENCES fed_p (id) ON DELETE CASCADE ON UPDATE CASCADE)")
    cursor.execute("INSERT INTO fed_p VALUES (1)")
    cursor.execute("INSERT INTO fed_c VALUES (1, 1)")
    feed = r.table("fed_c").changes().run(conn)
    cursor.execute("UPDATE fed_p SET id = 2")
    cursor.execute("DELETE FROM fed_p")
    assert feed.next(wait=20) == {"old_val": {"id": 1, "p": 1}, "new_val": {"id": 1, "p": 2}}
    assert feed.next(wait=20) == {"old_val": {"id": 1, "p": 2}, "new_val": None}
    feed.close()


class Model:
    """Parents, children with an action, and grandchildren that hold on to children."""

    def __init__(self, on_delete, on_update):
        self.on_delete, self.on_update = on_delete, on_update
        self.parents: set[int] = set()
        self.children: dict[int, int | None] = {}
        self.leaves: dict[int, int | None] = {}

    def put_parent(self, key):
        if key in self.parents:
            return False
        self.parents.add(key)
        return True

    def put(self, table, above, key, value):
        if key in table or (value is not None and value not in above):
            return False
        table[key] = value
        return True

    def refer(self, table, above, key, value):
        if key not in table:
            return True
        if value is not None and value not in above:
            return False
        table[key] = value
        return True

    def drop_child(self, key):
        if key in self.leaves.values():
            return False
        self.children.pop(key, None)
        return True

    def drop_parent(self, key):
        if key not in self.parents:
            return True
        mine = [child for child, parent in self.children.items() if parent == key]
        if mine and self.on_delete == "RESTRICT":
            return False
        if self.on_delete == "CASCADE" and any(child in self.leaves.values() for child in mine):
            return False
        for child in mine:
            if self.on_delete == "CASCADE":
                del self.children[child]
            else:
                self.children[child] = None
        self.parents.remove(key)
        return True

    def move_parent(self, key, to):
        if key not in self.parents or key == to:
            return True
        if to in self.parents:
            return False
        mine = [child for child, parent in self.children.items() if parent == key]
        if mine and self.on_update == "RESTRICT":
            return False
        for child in mine:
            self.children[child] = to if self.on_update == "CASCADE" else None
        self.parents.remove(key)
        self.parents.add(to)
        return True


@pytest.mark.parametrize("on_delete,on_update,column", [
    ("CASCADE", "CASCADE", "id"), ("SET NULL", "SET NULL", "code"), ("RESTRICT", "CASCADE", "code"),
    ("CASCADE", "RESTRICT", "id"), ("SET NULL", "CASCADE", "id")])
def test_random_writes_of_both_protocols(r, conn, cursor, on_delete, on_update, column):
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    for table in ("model_l", "model_c", "model_p"):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
    # By `code` rows are found by a unique index, by `id` by where they are.
    key = "id INT PRIMARY KEY" if column == "id" else "id INT PRIMARY KEY, code INT UNIQUE"
    cursor.execute(f"CREATE TABLE model_p ({key})")
    cursor.execute(f"CREATE TABLE model_c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES "
                   f"model_p ({column}) ON DELETE {on_delete} ON UPDATE {on_update})")
    cursor.execute("CREATE TABLE model_l (id INT PRIMARY KEY, c INT, "
                   "FOREIGN KEY (c) REFERENCES model_c (id))")
    model = Model(on_delete, on_update)

    def by_documents(query):
        return query.run(conn)["errors"] == 0

    def by_statement(statement):
        return outcome(cursor, statement) == 0

    def parent_document(number):
        return {"id": number} if column == "id" else {"id": number + 100, "code": number}

    def sql(value):
        return "NULL" if value is None else str(value)

    def step():
        number, other = chance.randrange(6), chance.choice([None, *range(6)])
        documents = chance.random() < 0.5
        what = chance.randrange(8)
        if what == 0:
            expected = model.put_parent(number)
            if column != "id":
                number_of_row = chance.randrange(1, 1 << 30)
                row = {"id": number_of_row, "code": number}
            else:
                row = parent_document(number)
            values = ", ".join(str(value) for value in row.values())
            done = (by_documents(r.table("model_p").insert(row)) if documents
                    else by_statement(f"INSERT INTO model_p VALUES ({values})"))
        elif what == 1:
            expected = model.drop_parent(number)
            done = (by_documents(r.table("model_p").filter({column: number}).delete()) if documents
                    else by_statement(f"DELETE FROM model_p WHERE {column} = {number}"))
        elif what == 2:
            to = chance.randrange(6)
            expected = model.move_parent(number, to)
            done = by_statement(f"UPDATE model_p SET {column} = {to} WHERE {column} = {number}")
        elif what in (3, 4):
            table, above, name = ((model.children, model.parents, "c") if what == 3
                                  else (model.leaves, model.children, "l"))
            expected = model.put(table, above, number, other)
            field = "p" if name == "c" else "c"
            done = (by_documents(r.table(f"model_{name}").insert({"id": number, field: other}))
                    if documents else
                    by_statement(f"INSERT INTO model_{name} VALUES ({number}, {sql(other)})"))
        elif what in (5, 6):
            table, above, name = ((model.children, model.parents, "c") if what == 5
                                  else (model.leaves, model.children, "l"))
            expected = model.refer(table, above, number, other)
            field = "p" if name == "c" else "c"
            done = (by_documents(r.table(f"model_{name}").get_all(number).update({field: other}))
                    if documents else
                    by_statement(f"UPDATE model_{name} SET {field} = {sql(other)} "
                                 f"WHERE id = {number}"))
        elif chance.random() < 0.5:
            expected = model.drop_child(number)
            done = (by_documents(r.table("model_c").get_all(number).delete()) if documents
                    else by_statement(f"DELETE FROM model_c WHERE id = {number}"))
        else:
            model.leaves.pop(number, None)
            expected = True
            done = by_statement(f"DELETE FROM model_l WHERE id = {number}")
        return what, number, other, documents, expected, done

    for _ in range(ROUNDS):
        told = step()
        assert told[-1] == told[-2], (seed, told)
        cursor.execute(f"SELECT {column} FROM model_p")
        assert {row[0] for row in cursor.fetchall()} == model.parents, (seed, told)
        cursor.execute("SELECT id, p FROM model_c")
        assert dict(cursor.fetchall()) == model.children, (seed, told)
        cursor.execute("SELECT id, c FROM model_l")
        assert dict(cursor.fetchall()) == model.leaves, (seed, told)


def test_nobody_is_left_without_a_parent(server, cursor):
    cursor.execute("CREATE TABLE race_p (id INT PRIMARY KEY)")
    cursor.execute("CREATE TABLE race_c (id INT PRIMARY KEY AUTO_INCREMENT, p INT, "
                   "FOREIGN KEY (p) REFERENCES race_p (id))")
    unexpected: list[int] = []

    def work(seed):
        chance = random.Random(seed)
        with connect(server, database="test", autocommit=True) as connection:
            with connection.cursor() as own:
                for _ in range(150):
                    number = chance.randrange(3)
                    statement = chance.choice([
                        f"INSERT IGNORE INTO race_p VALUES ({number})",
                        f"DELETE FROM race_p WHERE id = {number}",
                        f"INSERT INTO race_c (p) VALUES ({number})",
                        f"DELETE FROM race_c WHERE p = {number}"])
                    number = outcome(own, statement)
                    if number not in (0, 1451, 1452, 1213):
                        unexpected.append(number)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not unexpected
    cursor.execute("SELECT id FROM race_p")
    parents = {row[0] for row in cursor.fetchall()}
    cursor.execute("SELECT DISTINCT p FROM race_c")
    assert {row[0] for row in cursor.fetchall()} <= parents


def test_sqlalchemy_keeps_related_objects(server, cursor):  # pylint: disable=unused-argument
    sqlalchemy = pytest.importorskip("sqlalchemy", minversion="1.4")
    orm = pytest.importorskip("sqlalchemy.orm")
    base = orm.declarative_base()

    class Author(base):
        __tablename__ = "orm_author"
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        name = sqlalchemy.Column(sqlalchemy.String(30), nullable=False)
        books = orm.relationship("Book", back_populates="author", cascade="all, delete-orphan",
                                 passive_deletes=True)

    class Book(base):
        __tablename__ = "orm_book"
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        title = sqlalchemy.Column(sqlalchemy.String(30))
        author_id = sqlalchemy.Column(
            sqlalchemy.ForeignKey("orm_author.id", ondelete="CASCADE"), nullable=False)
        sequel_of = sqlalchemy.Column(sqlalchemy.ForeignKey("orm_book.id", ondelete="SET NULL"))
        author = orm.relationship(Author, back_populates="books")

    host, port = server.addresses["mysql"]
    engine = sqlalchemy.create_engine(f"mysql+pymysql://root:@{host}:{port}/test")
    base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        first, second = Book(title="one"), Book(title="two")
        session.add(Author(name="ann", books=[first, second]))
        session.flush()
        second.sequel_of = first.id
        session.commit()
        author = session.query(Author).one()
        assert sorted(book.title for book in author.books) == ["one", "two"]
        session.delete(author)
        session.commit()
        assert session.query(Book).count() == 0
        session.add(Book(title="nobody's", author_id=77))
        with pytest.raises(sqlalchemy.exc.IntegrityError):
            session.commit()
    inspector = sqlalchemy.inspect(engine)
    keys = {key["constrained_columns"][0]: key for key in inspector.get_foreign_keys("orm_book")}
    assert keys["author_id"]["referred_table"] == "orm_author"
    assert keys["author_id"]["options"] == {"ondelete": "CASCADE"}
    assert keys["sequel_of"]["referred_columns"] == ["id"]
    base.metadata.drop_all(engine)
    assert not inspector.get_table_names() or "orm_book" not in sqlalchemy.inspect(
        engine).get_table_names()
    engine.dispose()


def test_constraints_as_django_adds_them(cursor):
    cursor.execute("CREATE TABLE `dj_group` (`id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY, "
                   "`name` varchar(150) NOT NULL UNIQUE)")
    cursor.execute("CREATE TABLE `dj_user_groups` (`id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, "
                   "`user_id` integer NOT NULL, `group_id` integer NOT NULL)")
    cursor.execute("CREATE TABLE `dj_user` (`id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY)")
    cursor.execute("ALTER TABLE `dj_user_groups` ADD CONSTRAINT `dj_user_groups_uniq` "
                   "UNIQUE (`user_id`, `group_id`)")
    cursor.execute("ALTER TABLE `dj_user_groups` ADD CONSTRAINT `dj_user_groups_user_id_fk` "
                   "FOREIGN KEY (`user_id`) REFERENCES `dj_user` (`id`)")
    cursor.execute("ALTER TABLE `dj_user_groups` ADD CONSTRAINT `dj_user_groups_group_id_fk` "
                   "FOREIGN KEY (`group_id`) REFERENCES `dj_group` (`id`)")
    cursor.execute("SELECT kc.`constraint_name`, kc.`column_name`, kc.`referenced_table_name`, "
                   "kc.`referenced_column_name` FROM information_schema.key_column_usage AS kc "
                   "WHERE kc.table_schema = DATABASE() AND kc.table_name = 'dj_user_groups' "
                   "AND kc.referenced_table_name IS NOT NULL ORDER BY kc.`ordinal_position`, 1")
    assert sorted(cursor.fetchall()) == [
        ("dj_user_groups_group_id_fk", "group_id", "dj_group", "id"),
        ("dj_user_groups_user_id_fk", "user_id", "dj_user", "id")]
    assert outcome(cursor, "INSERT INTO dj_user_groups (user_id, group_id) VALUES (1, 1)") == 1452
    cursor.execute("INSERT INTO dj_user VALUES (1)")
    cursor.execute("INSERT INTO dj_group VALUES (1, 'all')")
    cursor.execute("INSERT INTO dj_user_groups (user_id, group_id) VALUES (1, 1)")
    assert outcome(cursor, "DELETE FROM dj_user") == 1451
    assert outcome(cursor, "ALTER TABLE dj_user_groups DROP INDEX dj_user_groups_uniq") == 1553
    cursor.execute("ALTER TABLE dj_user_groups DROP FOREIGN KEY dj_user_groups_user_id_fk")
    cursor.execute("ALTER TABLE dj_user_groups DROP INDEX dj_user_groups_uniq")
    assert outcome(cursor, "DELETE FROM dj_user") == 0
    cursor.execute("DROP TABLE dj_user_groups, dj_user, dj_group")
