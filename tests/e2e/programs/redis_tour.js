// ioredis: node redis_tour.js HOST PORT
'use strict';
const assert = require('assert');
const Redis = require('ioredis');
const [host, port] = [process.argv[2], Number(process.argv[3])];

async function main() {
  const redis = new Redis({host, port});
  await redis.flushdb();
  assert.strictEqual(await redis.set('key', 'value', 'EX', 100), 'OK');
  assert.strictEqual(await redis.get('key'), 'value');
  assert.deepStrictEqual(await redis.mget('key', 'none'), ['value', null]);
  await redis.hset('hash', {a: 1, b: 2});
  assert.deepStrictEqual(await redis.hgetall('hash'), {a: '1', b: '2'});
  await redis.zadd('zset', 1, 'one', 2, 'two');
  assert.deepStrictEqual(await redis.zrange('zset', 0, -1, 'WITHSCORES'), ['one', '1', 'two', '2']);
  assert.deepStrictEqual(await redis.multi().incr('n').incr('n').exec(), [[null, 1], [null, 2]]);
  const pipeline = redis.pipeline();
  for (let i = 0; i < 500; ++i) pipeline.set(`k${i}`, i);
  assert.ok((await pipeline.exec()).every(([error, reply]) => error === null && reply === 'OK'));
  const names = new Set();
  for await (const keys of redis.scanStream({match: 'k*'})) keys.forEach((key) => names.add(key));
  assert.strictEqual(names.size, 501);  // with `key`
  await assert.rejects(redis.lpush('key', 1), /WRONGTYPE/);

  const subscriber = new Redis({host, port});
  const heard = new Promise((resolve) => subscriber.on('message', (...all) => resolve(all)));
  await subscriber.subscribe('news');
  assert.strictEqual(await redis.publish('news', 'hello'), 1);
  assert.deepStrictEqual(await heard, ['news', 'hello']);
  subscriber.disconnect();
  await redis.quit();
  console.log('ok');
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
