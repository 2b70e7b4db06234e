"""SQLAlchemy Core over PyMySQL, as it is."""

from __future__ import annotations

import pytest

sqlalchemy = pytest.importorskip("sqlalchemy")


@pytest.fixture(name="engine")
def engine_of_library(server):
    host, port = server.addresses["mysql"]
    engine = sqlalchemy.create_engine(f"mysql+pymysql://root:@{host}:{port}/")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP DATABASE IF EXISTS library"))
        connection.execute(sqlalchemy.text("CREATE DATABASE library"))
    engine.dispose()
    engine = sqlalchemy.create_engine(f"mysql+pymysql://root:@{host}:{port}/library")
    yield engine
    engine.dispose()


def test_tables_are_made_filled_and_read_back(engine):
    metadata = sqlalchemy.MetaData()
    books = sqlalchemy.Table(
        "books", metadata,
        sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True),
        sqlalchemy.Column("title", sqlalchemy.String(50), nullable=False),
        sqlalchemy.Column("year", sqlalchemy.Integer, index=True))
    metadata.create_all(engine)
    metadata.create_all(engine)  # it is there
    with engine.begin() as connection:
        done = connection.execute(books.insert().values(title="Emma", year=1815))
        assert done.inserted_primary_key == (1,)
        connection.execute(books.insert(), [{"title": "Ulysses", "year": 1922},
                                            {"title": "Orlando", "year": 1928}])
    with engine.connect() as connection:
        later = sqlalchemy.select(books.c.title).where(books.c.year > 1900).order_by(books.c.year)
        assert connection.execute(later).scalars().all() == ["Ulysses", "Orlando"]
        changed = connection.execute(books.update().where(books.c.id == 1).values(year=1816))
        assert changed.rowcount == 1
        connection.commit()
    inspector = sqlalchemy.inspect(engine)
    assert inspector.get_table_names() == ["books"]
    assert [column["name"] for column in inspector.get_columns("books")] == ["id", "title", "year"]
    assert inspector.get_pk_constraint("books")["constrained_columns"] == ["id"]
    assert [index["column_names"] for index in inspector.get_indexes("books")] == [["year"]]
    metadata.drop_all(engine)
    assert sqlalchemy.inspect(engine).get_table_names() == []


@pytest.fixture(name="shelf")
def class_of_shelf(engine):
    orm = pytest.importorskip("sqlalchemy.orm")
    base = orm.declarative_base()

    class Shelf(base):
        __tablename__ = "shelves"
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        name = sqlalchemy.Column(sqlalchemy.String(20), nullable=False, unique=True)

    base.metadata.create_all(engine)
    return Shelf


def names(engine, shelf) -> list[str]:
    with engine.connect() as connection:
        return connection.execute(sqlalchemy.select(shelf.name).order_by(shelf.id)).scalars().all()


def test_sessions_flush_commit_and_roll_back(engine, shelf):
    with sqlalchemy.orm.Session(engine) as session:
        session.add(shelf(name="poems"))
        session.flush()
        assert session.execute(sqlalchemy.select(shelf.name)).scalars().all() == ["poems"]
        assert names(engine, shelf) == []
        session.rollback()
        assert names(engine, shelf) == []
        session.add_all([shelf(name="plays"), shelf(name="novels")])
        session.commit()
    assert names(engine, shelf) == ["plays", "novels"]
    with sqlalchemy.orm.Session(engine) as session, session.begin():
        session.execute(sqlalchemy.select(shelf).where(shelf.name == "plays").with_for_update())
        session.execute(sqlalchemy.update(shelf).where(shelf.name == "plays").values(name="drama"))
    assert names(engine, shelf) == ["drama", "novels"]


def test_nested_transactions_are_savepoints(engine, shelf):
    with sqlalchemy.orm.Session(engine) as session, session.begin():
        session.add(shelf(name="maps"))
        with pytest.raises(sqlalchemy.exc.IntegrityError), session.begin_nested():
            session.add_all([shelf(name="atlases"), shelf(name="maps")])
        with session.begin_nested():
            session.add(shelf(name="globes"))
        with session.begin_nested() as inner:
            session.add(shelf(name="stars"))
            session.flush()
            inner.rollback()
    assert sorted(names(engine, shelf)) == ["globes", "maps"]


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_levels_of_isolation(engine, level):
    with engine.connect().execution_options(isolation_level=level) as connection:
        assert connection.get_isolation_level() == level
        seen = connection.execute(sqlalchemy.text("SELECT @@transaction_isolation")).scalar()
        assert seen == level.replace(" ", "-")
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "REPEATABLE READ"
