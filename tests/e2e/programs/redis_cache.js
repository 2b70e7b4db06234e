// node-redis with its cache on the client's side: node redis_cache.js HOST PORT
'use strict';
const assert = require('assert');
const {createClient} = require('redis');
const [host, port] = [process.argv[2], Number(process.argv[3])];
const url = `redis://${host}:${port}`;

async function becomes(read, value) {
  const deadline = Date.now() + 20000;
  while (await read() !== value) {
    assert.ok(Date.now() < deadline, `${await read()} and not ${value}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function main() {
  const cached = createClient({url, RESP: 3, clientSideCache: {ttl: 0, maxEntries: 100}});
  const plain = createClient({url});
  await cached.connect();
  await plain.connect();
  await plain.flushDb();
  await plain.set('k', '1');
  assert.strictEqual(await cached.get('k'), '1');
  for (let i = 0; i < 50; ++i) assert.strictEqual(await cached.get('k'), '1');
  await plain.set('k', '2');
  await becomes(() => cached.get('k'), '2');
  await plain.del('k');
  await becomes(() => cached.get('k'), null);
  await plain.set('k', '3');
  await becomes(() => cached.get('k'), '3');
  await plain.flushDb();
  await becomes(() => cached.get('k'), null);
  cached.destroy();
  plain.destroy();
  console.log('ok');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
