// ioredis and node-redis as clients of a cluster: node redis_cluster.js HOST PORT
'use strict';
const assert = require('assert');
const Redis = require('ioredis');
const {createCluster} = require('redis');
const [host, port] = [process.argv[2], Number(process.argv[3])];

async function withIoredis() {
  const cluster = new Redis.Cluster([{host, port}], {scaleReads: 'slave'});
  for (let i = 0; i < 100; ++i) assert.strictEqual(await cluster.set(`io:${i}`, i), 'OK');
  for (let i = 0; i < 100; ++i) assert.strictEqual(await cluster.get(`io:${i}`), String(i));
  assert.strictEqual(cluster.nodes('master').length, 3);
  const sizes = await Promise.all(cluster.nodes('master').map((node) => node.dbsize()));
  assert.ok(sizes.reduce((a, b) => a + b) >= 100);
  const replies = await cluster.pipeline().set('{p}1', 'x').get('{p}1').exec();
  assert.deepStrictEqual(replies[0], [null, 'OK']);
  cluster.disconnect();
}

async function withNodeRedis() {
  const cluster = createCluster({rootNodes: [{url: `redis://${host}:${port}`}]});
  await cluster.connect();
  for (let i = 0; i < 100; ++i) assert.strictEqual(await cluster.set(`nr:${i}`, String(i)), 'OK');
  for (let i = 0; i < 100; ++i) assert.strictEqual(await cluster.get(`nr:${i}`), String(i));
  assert.strictEqual(cluster.masters.length, 3);
  const done = await cluster.multi().set('{t}a', '1').get('{t}a').exec();
  assert.deepStrictEqual(done, ['OK', '1']);
  await cluster.close();
}

withIoredis().then(withNodeRedis).then(
    () => console.log('ok'),
    (error) => {
      console.error(error);
      process.exit(1);
    });
