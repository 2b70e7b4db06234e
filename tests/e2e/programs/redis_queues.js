// Libraries for Node that bring scripts: queues of jobs, locks, limits. node redis_queues.js HOST PORT
'use strict';
const assert = require('assert');
const Redis = require('ioredis');
const {Queue, Worker, QueueEvents, FlowProducer} = require('bullmq');
const Bull = require('bull');
const BeeQueue = require('bee-queue');
const Redlock = require('redlock');
const {RateLimiterRedis} = require('rate-limiter-flexible');
const [host, port] = [process.argv[2], Number(process.argv[3])];
const connection = {host, port, maxRetriesPerRequest: null};

async function bullmq() {
  const events = new QueueEvents('jobs', {connection});
  await events.waitUntilReady();
  const queue = new Queue('jobs', {connection});
  let failures = 0;
  const worker = new Worker('jobs', async (job) => {
    if (job.name === 'fails' && job.attemptsMade < 1) {
      ++failures;
      throw new Error('once more');
    }
    await job.updateProgress(50);
    return job.data.n * 2;
  }, {connection, concurrency: 4});
  const added = await queue.addBulk(
      Array.from({length: 40}, (_, n) => ({name: 'double', data: {n}})));
  const results = await Promise.all(added.map((job) => job.waitUntilFinished(events)));
  assert.deepStrictEqual(results, added.map((job) => job.data.n * 2));
  const late = await queue.add('late', {n: 21}, {delay: 50});
  assert.strictEqual(await late.waitUntilFinished(events), 42);
  const again = await queue.add('fails', {n: 5}, {attempts: 3, backoff: {type: 'fixed', delay: 20}});
  assert.strictEqual(await again.waitUntilFinished(events), 10);
  assert.strictEqual(failures, 1);
  const first = await queue.add('first', {n: 1}, {priority: 1});
  assert.strictEqual(await first.waitUntilFinished(events), 2);
  const flow = new FlowProducer({connection});
  const tree = await flow.add({
    name: 'parent', queueName: 'jobs', data: {n: 3},
    children: [{name: 'child', queueName: 'jobs', data: {n: 4}}],
  });
  assert.strictEqual(await tree.job.waitUntilFinished(events), 6);
  const counts = await queue.getJobCounts('completed', 'failed', 'wait');
  assert.deepStrictEqual([counts.failed, counts.wait], [0, 0]);
  assert.ok(counts.completed >= 45);
  await queue.clean(0, 1000, 'completed');
  await worker.close();
  await queue.obliterate({force: true});
  await Promise.all([queue.close(), events.close(), flow.close()]);
}

async function bull() {
  const queue = new Bull('old', {redis: {host, port}});
  queue.process(2, async (job) => job.data.n + 1);
  const jobs = await Promise.all([1, 2, 3].map((n) => queue.add({n})));
  assert.deepStrictEqual(await Promise.all(jobs.map((job) => job.finished())), [2, 3, 4]);
  const late = await queue.add({n: 9}, {delay: 30});
  assert.strictEqual(await late.finished(), 10);
  await queue.close();
}

async function bee() {
  const queue = new BeeQueue('bees', {redis: {host, port}, activateDelayedJobs: true});
  queue.process(async (job) => job.data.n * 3);
  const done = await Promise.all([1, 2, 3].map(async (n) => {
    const job = queue.createJob({n});
    const result = new Promise((resolve) => job.on('succeeded', resolve));
    await job.save();
    return result;
  }));
  assert.deepStrictEqual(done, [3, 6, 9]);
  await queue.close(1000);
}

async function locks(redis) {
  const redlock = new Redlock([redis], {retryCount: 0});
  const lock = await redlock.acquire(['resource'], 5000);
  await assert.rejects(redlock.acquire(['resource'], 5000));
  const longer = await lock.extend(5000);
  await longer.unlock();
  await (await redlock.acquire(['resource'], 5000)).unlock();
}

async function rates(redis) {
  const limiter = new RateLimiterRedis({storeClient: redis, points: 3, duration: 60, keyPrefix: 'r'});
  for (let i = 0; i < 3; ++i) await limiter.consume('client');
  await assert.rejects(limiter.consume('client'), (refused) => refused.remainingPoints === 0);
}

async function main() {
  const redis = new Redis(connection);
  await redis.flushall();
  redis.defineCommand('twice', {numberOfKeys: 1, lua: "return redis.call('incrby', KEYS[1], 2)"});
  assert.strictEqual(await redis.twice('n'), 2);
  const answers = await redis.pipeline().twice('n').twice('n').get('n').exec();
  assert.deepStrictEqual(answers.map(([, reply]) => reply), [4, 6, '6']);
  await locks(redis);
  await rates(redis);
  await bullmq();
  await bull();
  await bee();
  redis.disconnect();
  console.log('ok');
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
