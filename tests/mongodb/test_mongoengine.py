"""What applications do with MongoEngine."""

from __future__ import annotations

import mongoengine
import pytest

from client import uri


class User(mongoengine.Document):
    name = mongoengine.StringField(required=True)
    email = mongoengine.StringField(unique=True)
    age = mongoengine.IntField()
    tags = mongoengine.ListField(mongoengine.StringField())
    meta = {"collection": "users"}


@pytest.fixture(autouse=True)
def connected(server):
    client = mongoengine.connect("engine", host=uri(server, "engine", "replicaSet=rs0"))
    client.drop_database("engine")
    User.ensure_indexes()
    yield client
    client.drop_database("engine")
    mongoengine.disconnect()


def test_documents():
    User(name="Ada", email="ada@x", age=36, tags=["a"]).save()
    User(name="Abe", email="abe@x", age=20).save()
    assert [u.name for u in User.objects(age__gt=30, name__startswith="A")] == ["Ada"]
    User.objects(name="Ada").update_one(inc__age=1, push__tags="b")
    ada = User.objects.get(name="Ada")
    assert (ada.age, ada.tags) == (37, ["a", "b"])
    with pytest.raises(mongoengine.NotUniqueError):
        User(name="Eve", email="ada@x").save()
    assert User.objects.order_by("-age").first().name == "Ada"
    assert User.objects.sum("age") == 57
    ada.delete()
    assert User.objects.count() == 1
