"""Libraries for Python that bring scripts: locks, limits, queues of jobs.

redis_scripts.py HOST PORT
"""

import sys
import threading
import time

import celery
import dramatiq
import huey
import limits
import limits.storage
import limits.strategies
import redis
import redis_lock
from dramatiq.brokers.redis import RedisBroker

HOST, PORT = sys.argv[1], int(sys.argv[2])
URL = f"redis://{HOST}:{PORT}"
PATIENCE_S = 60


def expect(found, wanted):
    assert found == wanted, "expected %r, got %r" % (wanted, found)


def registered_scripts(client):
    multiply = client.register_script(
        "return redis.call('incrby', KEYS[1], ARGV[1] * redis.call('get', KEYS[1]) "
        "- redis.call('get', KEYS[1]))")
    client.set("m", 6)
    expect(multiply(keys=["m"], args=[7]), 42)
    client.script_flush()
    expect(multiply(keys=["m"], args=[2]), 84)
    pipe = client.pipeline()
    multiply(keys=["m"], args=[2], client=pipe)
    pipe.get("m")
    expect(pipe.execute(), [168, b"168"])


def functions(client):
    code = "#!lua name=e2e\nredis.register_function('twice', function(k, a) return a[1] * 2 end)"
    expect(client.function_load(code, replace=True), b"e2e")
    expect(client.fcall("twice", 0, 21), 42)
    dump = client.function_dump()
    client.function_flush()
    client.function_restore(dump)
    expect(client.fcall("twice", 0, 4), 8)
    client.function_delete("e2e")


def locks(client):
    held = client.lock("lock", timeout=10)
    assert held.acquire()
    assert not client.lock("lock", timeout=10).acquire(blocking=False)
    held.extend(5)
    held.reacquire()
    held.release()
    counted = []

    def work():
        own = redis.Redis(HOST, PORT)
        for _ in range(5):
            with own.lock("busy", timeout=10, sleep=0.001):
                before = int(own.get("counted") or 0)
                own.set("counted", before + 1)
        counted.append(True)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect((len(counted), client.get("counted")), (4, b"20"))

    with redis_lock.Lock(client, "other", expire=10, auto_renewal=True):
        assert not redis_lock.Lock(client, "other").acquire(blocking=False)
    assert redis_lock.Lock(client, "other").acquire(blocking=False)
    redis_lock.reset_all(client)


def rates():
    storage = limits.storage.storage_from_string(URL)
    for strategy in (limits.strategies.FixedWindowRateLimiter,
                     limits.strategies.MovingWindowRateLimiter,
                     limits.strategies.SlidingWindowCounterRateLimiter):
        limiter = strategy(storage)
        rate = limits.parse("3/hour")
        name = strategy.__name__
        expect([limiter.hit(rate, name) for _ in range(5)], [True] * 3 + [False] * 2)
        expect(limiter.get_window_stats(rate, name).remaining, 0)


def until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def huey_tasks():
    queue = huey.PriorityRedisHuey("e2e", host=HOST, port=PORT)
    done = []

    @queue.task(priority=5)
    def add(a, b):
        done.append(a + b)
        return a + b

    result = add(1, 2)
    later = add.schedule((3, 4), delay=0)
    for _ in range(4):
        task = queue.dequeue()
        if task is None:
            break
        queue.execute(task)
    expect(result.get(), 3)
    assert later is not None
    with queue.lock_task("one"):
        assert queue.is_locked("one")
    queue.flush()


def celery_tasks():
    app = celery.Celery("e2e", broker=URL + "/1", backend=URL + "/2")
    app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)

    @app.task
    def add(a, b):
        return a + b

    from celery.contrib.testing.worker import start_worker

    with start_worker(app, perform_ping_check=False, pool="solo", loglevel="ERROR"):
        expect(add.delay(2, 3).get(timeout=PATIENCE_S), 5)
        expect(celery.group(add.s(i, i) for i in range(5))().get(timeout=PATIENCE_S),
               [0, 2, 4, 6, 8])


def dramatiq_actors():
    broker = RedisBroker(url=URL + "/3")
    dramatiq.set_broker(broker)
    done = []

    @dramatiq.actor(broker=broker, max_retries=0)
    def note(number):
        done.append(number)

    worker = dramatiq.Worker(broker, worker_timeout=50)
    worker.start()
    try:
        for number in range(20):
            note.send(number)
        note.send_with_options(args=(99,), delay=10)
        until(lambda: len(done) == 21)
    finally:
        worker.stop()
        broker.close()
    expect(sorted(done), list(range(20)) + [99])


def main():
    client = redis.Redis(HOST, PORT)
    client.flushall()
    for step in (registered_scripts, functions, locks):
        step(client)
    for step in (rates, huey_tasks, dramatiq_actors, celery_tasks):
        step()
    print("ok")


main()
