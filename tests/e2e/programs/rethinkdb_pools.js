// rethinkdbdash and rethinkdb-ts, whose queries take their connections from a pool:
// node rethinkdb_pools.js HOST PORT
'use strict';
const assert = require('assert');
const [host, port] = [process.argv[2], Number(process.argv[3])];

async function tour(r, name) {
  if ((await r.dbList().run()).includes(name)) await r.dbDrop(name).run();
  await r.dbCreate(name).run();
  await r.db(name).tableCreate('mytable').run();
  const table = r.db(name).table('mytable');
  await table.insert([{id: 1, a: 1}, {id: 2, a: 2}]).run();
  const answers = await Promise.all(
      Array.from({length: 50}, (_, i) => table.get(i % 2 + 1)('a').run()));
  assert.deepStrictEqual(answers, Array.from({length: 50}, (_, i) => i % 2 + 1));
  assert.deepStrictEqual(await table.orderBy({index: 'id'}).map((row) => row('a')).run(), [1, 2]);
  await r.dbDrop(name).run();
}

async function main() {
  const dash = require('rethinkdbdash')({servers: [{host, port}], silent: true, buffer: 2, max: 5});
  await tour(dash, 'dash');
  await dash.getPoolMaster().drain();
  const {r} = require('rethinkdb-ts');
  await r.connectPool({servers: [{host, port}], silent: true, buffer: 2, max: 5});
  await tour(r, 'typed');
  await r.getPoolMaster().drain();
  console.log('ok');
}
main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
