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
