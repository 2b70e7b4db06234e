// The official JavaScript driver: node rethinkdb_tour.js HOST PORT
'use strict';
const assert = require('assert');
const r = require('rethinkdb');
const [host, port] = [process.argv[2], Number(process.argv[3])];

async function main() {
  const conn = await r.connect({host, port});
  if ((await r.dbList().run(conn)).includes('mydb')) await r.dbDrop('mydb').run(conn);
  assert.strictEqual((await r.dbCreate('mydb').run(conn)).dbs_created, 1);
  conn.use('mydb');
  assert.strictEqual((await r.tableCreate('mytable').run(conn)).tables_created, 1);
  const table = r.table('mytable');
  const inserted = await table.insert({a: 1, b: 2}).run(conn);
  assert.strictEqual(inserted.inserted, 1);
  const key = inserted.generated_keys[0];
  assert.deepStrictEqual(await table.get(key).run(conn), {id: key, a: 1, b: 2});
  assert.strictEqual(await table.get(1).run(conn), null);

  const rows = Array.from({length: 300}, (_, i) => ({id: i, at: new Date(i * 1000)}));
  assert.strictEqual((await table.insert(rows).run(conn)).inserted, 300);
  assert.strictEqual(await table.count().run(conn), 301);
  const row = await table.get(7).run(conn);
  assert.strictEqual(row.at.getTime(), 7000);
  const cursor = await table.between(0, 10).orderBy({index: 'id'}).run(conn);
  assert.deepStrictEqual((await cursor.toArray()).map((one) => one.id), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const last = await table.between(296, r.maxval)
      .filter((one) => one('id').typeOf().eq('NUMBER')).orderBy('id')('id').run(conn);
  assert.deepStrictEqual([...last], [296, 297, 298, 299]);  // the driver's array has methods of its own

  // The feed first, then the change that it must show.
  const feed = await table.get(5).changes().run(conn);
  const first = feed.next();
  const other = await r.connect({host, port, db: 'mydb'});
  await table.get(5).update({x: 1}).run(other);
  const change = await first;
  assert.strictEqual(change.new_val.x, 1);
  await feed.close();

  await assert.rejects(r.table('nothing').run(conn), {name: 'ReqlOpFailedError'});
  await assert.rejects(r.expr(1).add('a').run(conn), {name: 'ReqlQueryLogicError'});
  await r.dbDrop('mydb').run(conn);
  await other.close();
  await conn.close();
  console.log('ok');
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
