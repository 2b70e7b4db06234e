// mysql2: node mysql_tour.js OPTIONS [CERTIFICATE]
'use strict';
const assert = require('assert');
const fs = require('fs');
const mysql = require('mysql2/promise');
const options = JSON.parse(process.argv[2]);
const certificate = process.argv[3];
if (certificate) options.ssl = {ca: fs.readFileSync(certificate)};

async function main() {
  const connection = await mysql.createConnection(options);
  let [rows] = await connection.query('SELECT 1 + 1 AS two, ? AS text, NULL AS nothing', ['x']);
  assert.deepStrictEqual({...rows[0]}, {two: 2, text: 'x', nothing: null});
  const long = 'ü€𝄞'.repeat(50000);
  [rows] = await connection.query('SELECT ? AS text', [long]);
  assert.strictEqual(rows[0].text, long);
  for (let i = 0; i < 3; ++i) {
    [rows] = await connection.execute('SELECT ? AS number, ? AS text, ? AS nothing',
                                      [5 + i, long, null]);
    assert.strictEqual(Number(rows[0].number), 5 + i);
    assert.strictEqual(rows[0].text, long);
    assert.strictEqual(rows[0].nothing, null);
  }
  await assert.rejects(connection.query('SELEC 1'), {errno: 1064, sqlState: '42000'});
  await connection.changeUser({database: 'test'});
  [rows] = await connection.query('SELECT DATABASE() AS name');
  assert.strictEqual(rows[0].name, 'test');
  await connection.ping();
  await connection.end();

  const pool = mysql.createPool({...options, connectionLimit: 4});
  const all = await Promise.all(
      Array.from({length: 20}, (_, i) => pool.execute('SELECT ? AS i', [i])));
  assert.deepStrictEqual(all.map(([one]) => Number(one[0].i)), Array.from({length: 20}, (_, i) => i));
  await pool.end();
  console.log('ok');
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
