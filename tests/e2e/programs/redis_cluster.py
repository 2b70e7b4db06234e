"""redis-py's RedisCluster: python redis_cluster.py HOST PORT"""

import sys

import redis
from redis.cluster import RedisCluster

host, port = sys.argv[1], int(sys.argv[2])
cluster = RedisCluster(host=host, port=port, decode_responses=True)
cluster.flushall(target_nodes=RedisCluster.PRIMARIES)
assert len(cluster.get_primaries()) == 3 and len(cluster.get_replicas()) == 3

for i in range(200):
    assert cluster.set(f"key:{i}", i)
assert [cluster.get(f"key:{i}") for i in range(200)] == [str(i) for i in range(200)]
primaries = cluster.get_primaries()
assert sum(cluster.dbsize(target_nodes=node) for node in primaries) == 200
assert sorted(cluster.scan_iter("key:*", count=50)) == sorted(f"key:{i}" for i in range(200))
found = [key for node in primaries for key in cluster.keys("key:1?", target_nodes=node)]
assert sorted(found) == [f"key:1{i}" for i in range(10)]
assert cluster.mset_nonatomic({"a": "1", "b": "2", "c": "3"})
assert cluster.mget_nonatomic("a", "b", "c") == ["1", "2", "3"]

pipeline = cluster.pipeline()
for i in range(50):
    pipeline.incr(f"{{n}}:{i}")
assert pipeline.execute() == [1] * 50

cluster.lpush("{list}1", "x", "y")
assert cluster.lmove("{list}1", "{list}2") == "y"
try:
    cluster.execute_command("MGET", "a", "b")
except redis.exceptions.RedisClusterException:
    pass
else:
    raise AssertionError("keys of several slots were read at once")

reader = RedisCluster(host=host, port=port, decode_responses=True, read_from_replicas=True)
assert all(reader.get(f"key:{i}") == str(i) for i in range(100))
assert cluster.delete(*[f"key:{i}" for i in range(200)]) == 200
print("ok")
