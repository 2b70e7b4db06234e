// mysql2 for Node.js, one case a property of `cases`: node mysql2_cases.js OPTIONS
// Prints a line of JSON for each: its name, and what was wrong with it or null.
'use strict';
const assert = require('assert');
const fs = require('fs');
const {Readable} = require('stream');
const mysql = require('mysql2');
const promises = require('mysql2/promise');
const {host, port, certificate, user, password} = JSON.parse(process.argv[2]);
const ROOT = {host, port, user: 'root', database: 'mysql2'};
const cases = {};

async function connected(options, body) {
  const connection = await promises.createConnection({...ROOT, ...options});
  try {
    return await body(connection);
  } finally {
    connection.destroy();
  }
}

async function rowsOf(connection, sql, parameters) {
  const [rows] = await connection.query(sql, parameters);
  return rows.map((row) => ({...row}));
}

async function until(condition) {
  for (const end = Date.now() + 30000; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not come to be in 30 s');
}

const EVERY_TYPE = `
    CREATE TABLE every_type (id INT PRIMARY KEY, tiny TINYINT, small SMALLINT UNSIGNED, medium MEDIUMINT,
      big BIGINT, huge BIGINT UNSIGNED, real4 FLOAT, real8 DOUBLE, exact DECIMAL(20,4), bits BIT(9),
      word VARCHAR(50), fixed CHAR(5), body TEXT, raw VARBINARY(20), blobs BLOB, day DATE,
      moment DATETIME(6), stamp TIMESTAMP(3) NULL, clock TIME(2), year4 YEAR, colour ENUM('red','blue'),
      flags SET('a','b','c'), doc JSON)`;
const MOMENT = new Date('2024-02-29T13:14:15.678Z');
const ROW = [
  7, -128, 65535, -8388608, '-9223372036854775808', '18446744073709551615', 0.5, 1e300,
  '-1234567890123456.7891', Buffer.from([1, 255]), 'naïve 𝄞', 'abc', 'x'.repeat(60000),
  Buffer.from([0, 39, 92, 255]), Buffer.from([0]), '2024-02-29', MOMENT, MOMENT, '-838:59:58.25', 2024,
  'blue', 'a,c', '{"a": [1, "é", null]}',
];
const EXPECTED = {
  id: 7, tiny: -128, small: 65535, medium: -8388608, big: '-9223372036854775808',
  huge: '18446744073709551615', real4: 0.5, real8: 1e300, exact: '-1234567890123456.7891',
  bits: Buffer.from([1, 255]), word: 'naïve 𝄞', fixed: 'abc', body: 'x'.repeat(60000),
  raw: Buffer.from([0, 39, 92, 255]), blobs: Buffer.from([0]), day: new Date('2024-02-29T00:00:00Z'),
  moment: MOMENT, stamp: MOMENT, clock: '-838:59:58.25', year4: 2024, colour: 'blue', flags: 'a,c',
  doc: {a: [1, 'é', null]},
};
const EXACT = {timezone: 'Z', supportBigNumbers: true};

cases.values_of_every_type_are_the_same_in_text_and_binary = () => connected(EXACT, async (connection) => {
  await connection.query(EVERY_TYPE);
  const places = ROW.map(() => '?').join();
  await connection.execute(`INSERT INTO every_type VALUES (${places})`, ROW);
  for (const way of ['query', 'execute']) {
    const [[row]] = await connection[way]('SELECT * FROM every_type WHERE id = ?', [7]);
    // The binary form of a TIME has what its column says of parts of a second, or six digits.
    row.clock = row.clock.replace(/(\.25)0*$/, '$1');
    assert.deepStrictEqual({...row}, EXPECTED, way);
  }
  const nothing = ROW.map((_, i) => (i === 0 ? 8 : null));
  await connection.query(`INSERT INTO every_type VALUES (${places})`, nothing);
  for (const way of ['query', 'execute']) {
    const [[row]] = await connection[way]('SELECT * FROM every_type WHERE id = ?', [8]);
    assert.deepStrictEqual(Object.values(row), nothing, way);
  }
});

cases.parameters_of_javascript_types = () => connected(EXACT, async (connection) => {
  const parameters = [true, -1.5, 'a\'b\\c', Buffer.from('é'), MOMENT, 12345678901234567890n, null,
                      {a: [1]}];
  await connection.query(`CREATE TABLE parameters (yes TINYINT, number DOUBLE, text VARCHAR(9), bytes
                          VARBINARY(9), moment DATETIME(3), big BIGINT UNSIGNED, nothing INT, doc JSON)`);
  await connection.execute('INSERT INTO parameters VALUES (?,?,?,?,?,?,?,?)', parameters);
  const [row] = await rowsOf(connection, 'SELECT * FROM parameters');
  assert.deepStrictEqual(Object.values(row), [1, -1.5, 'a\'b\\c', Buffer.from('é'), MOMENT,
                                              '12345678901234567890', null, {a: [1]}]);
  const found = await connection.execute(
      'SELECT COUNT(*) AS n FROM parameters WHERE moment = ? AND number = ? AND bytes = ? AND yes = ?',
      [MOMENT, -1.5, Buffer.from('é'), true]);
  assert.strictEqual(found[0][0].n, 1);
});

cases.prepared_statements_are_kept_and_closed = () => connected({maxPreparedStatements: 3}, async (c) => {
  // Of six texts three are kept: the others are closed as new ones come, and prepared again.
  for (let i = 0; i < 30; ++i) {
    const [[row]] = await c.execute(`SELECT ? + ${i % 6} AS sum`, [i]);
    assert.strictEqual(Number(row.sum), i + i % 6);
  }
  c.unprepare('SELECT ? + 5 AS sum');
  assert.strictEqual(Number((await c.execute('SELECT ? + 5 AS sum', [1]))[0][0].sum), 6);
  const statement = await c.prepare('SELECT ? AS a, ? AS b');
  for (const [a, b] of [['x', 'y'], ['z', null]]) {
    const [[row]] = await statement.execute([a, b]);
    assert.deepStrictEqual({...row}, {a, b});
  }
  await statement.close();
  await assert.rejects(c.prepare('SELECT ? FROM'), {code: 'ER_PARSE_ERROR'});
});

cases.a_statement_follows_its_table = () => connected({}, async (connection) => {
  await connection.query('CREATE TABLE follows (a INT)');
  await connection.query('INSERT INTO follows VALUES (1)');
  const sql = 'SELECT * FROM follows WHERE a = ?';
  assert.deepStrictEqual((await connection.execute(sql, [1]))[0].map((row) => ({...row})), [{a: 1}]);
  await connection.query('ALTER TABLE follows ADD COLUMN b VARCHAR(5) DEFAULT \'new\'');
  assert.deepStrictEqual((await connection.execute(sql, [1]))[0].map((row) => ({...row})),
                         [{a: 1, b: 'new'}]);
  await connection.query('DROP TABLE follows');
  await assert.rejects(connection.execute(sql, [1]), {code: 'ER_NO_SUCH_TABLE'});
});

cases.callbacks_and_events = async () => {
  const connection = mysql.createConnection(ROOT);
  const told = await new Promise((resolve, reject) => {
    const events = [];
    connection.query('SELECT 1 AS a UNION ALL SELECT 2')
        .on('error', reject)
        .on('fields', (fields) => events.push(fields.map((field) => field.name)))
        .on('result', (row) => events.push({...row}))
        .on('end', () => resolve(events));
  });
  assert.deepStrictEqual(told, [['a'], {a: 1}, {a: 2}]);
  // What is asked at once is answered in order, and an error is of its own statement.
  const answers = await Promise.all(['SELECT 1 AS n', 'SELECT nothing', 'SELECT 3 AS n'].map(
      (sql) => new Promise((resolve) => {
        connection.query(sql, (error, rows) => resolve(error ? error.code : rows[0].n));
      })));
  assert.deepStrictEqual(answers, [1, 'ER_BAD_FIELD_ERROR', 3]);
  await new Promise((resolve, reject) => connection.end((error) => (error ? reject(error) : resolve())));
};

cases.definitions_of_columns = () => connected({}, async (connection) => {
  await connection.query(`CREATE TABLE defined (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
                          name VARCHAR(20) NOT NULL UNIQUE, price DECIMAL(8,2))`);
  for (const way of ['query', 'execute']) {
    const [, fields] = await connection[way]('SELECT id, d.name AS title, price, 1 + 1 AS two FROM defined d');
    const told = fields.map((f) => [f.name, f.orgName, f.table, f.orgTable, f.schema, f.decimals]);
    assert.deepStrictEqual(told, [
      ['id', 'id', 'd', 'defined', 'mysql2', 0], ['title', 'name', 'd', 'defined', 'mysql2', 0],
      ['price', 'price', 'd', 'defined', 'mysql2', 2], ['two', '', '', '', '', 0],
    ], way);
    const {NOT_NULL, PRI_KEY, UNIQUE_KEY, UNSIGNED, AUTO_INCREMENT} = {
      NOT_NULL: 1, PRI_KEY: 2, UNIQUE_KEY: 4, UNSIGNED: 32, AUTO_INCREMENT: 512};
    assert.strictEqual(fields[0].flags & (NOT_NULL | PRI_KEY | UNSIGNED | AUTO_INCREMENT),
                       NOT_NULL | PRI_KEY | UNSIGNED | AUTO_INCREMENT);
    assert.strictEqual(fields[1].flags & (NOT_NULL | UNIQUE_KEY), NOT_NULL | UNIQUE_KEY);
    assert.strictEqual(fields[2].flags & NOT_NULL, 0);
    assert.deepStrictEqual(fields.map((f) => f.type), [8, 253, 246, 8]);
  }
});

cases.shapes_of_rows = () => connected({namedPlaceholders: true}, async (connection) => {
  await connection.query('CREATE TABLE `odd name` (`a b` INT, c INT)');
  await connection.query('INSERT INTO ?? SET ?', ['odd name', {'a b': 1, 'c': 2}]);
  await connection.query('INSERT INTO `odd name` VALUES ?', [[[3, 4], [5, 6]]]);
  let [rows] = await connection.query({sql: 'SELECT * FROM `odd name` ORDER BY c', rowsAsArray: true});
  assert.deepStrictEqual(rows, [[1, 2], [3, 4], [5, 6]]);
  [rows] = await connection.query({
    sql: 'SELECT x.c, y.c FROM `odd name` x JOIN `odd name` y ON y.c = x.c + 2 ORDER BY 1 LIMIT 1',
    nestTables: true});
  assert.deepStrictEqual([rows[0].x.c, rows[0].y.c], [2, 4]);
  [rows] = await connection.execute('SELECT c FROM `odd name` WHERE c > :low AND c <= :high AND c <> :low',
                                    {low: 2, high: 4});
  assert.deepStrictEqual(rows.map((row) => row.c), [4]);
});

cases.streams = () => connected({}, async (connection) => {
  await connection.query('CREATE TABLE streamed (id INT PRIMARY KEY, pad VARCHAR(200))');
  await connection.query(`INSERT INTO streamed WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
                          SELECT i + 1 FROM n WHERE i < 900) SELECT i, REPEAT('x', 200) FROM n`);
  for (const way of ['query', 'execute']) {
    const raw = connection.connection;
    let sum = 0;
    let count = 0;
    const all = 'SELECT a.id FROM streamed a, streamed b WHERE b.id <= 20 ORDER BY b.id, a.id';
    for await (const row of raw[way](all).stream({highWaterMark: 5})) {
      sum += row.id;
      if (++count % 5000 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.deepStrictEqual([count, sum], [18000, 20 * 900 * 901 / 2], way);
    // An error comes through the stream, and the connection goes on.
    await assert.rejects(async () => {
      for await (const row of raw[way]('SELECT * FROM not_there').stream()) assert.fail(row);
    }, {code: 'ER_NO_SUCH_TABLE'});
    assert.deepStrictEqual(await rowsOf(connection, 'SELECT 1 AS n'), [{n: 1}]);
  }
});

cases.type_casts = () => connected({}, async (connection) => {
  await connection.query('CREATE TABLE casts (yes TINYINT(1), at TIME, g BIT(1), t VARCHAR(5), d JSON)');
  await connection.query('INSERT INTO casts VALUES (1, \'10:11:12\', b\'1\', \'é\', \'{}\')');
  const sql = 'SELECT * FROM casts';
  const seen = [];
  const typeCast = (field, next) => {
    seen.push([field.type, field.length, field.table, field.name]);
    if (field.type === 'TINY' && field.length === 1) return field.string() === '1';
    if (field.type === 'BIT') return field.buffer()[0] === 1;
    return next();
  };
  for (const way of ['query', 'execute']) {
    seen.length = 0;
    const [rows] = await connection[way]({sql, typeCast});
    if (way === 'query') {
      assert.deepStrictEqual({...rows[0]}, {yes: true, at: '10:11:12', g: true, t: 'é', d: {}});
    }
    assert.deepStrictEqual(seen.map(([type, , table, name]) => [type, table, name]), [
      ['TINY', 'casts', 'yes'], ['TIME', 'casts', 'at'], ['BIT', 'casts', 'g'],
      ['VAR_STRING', 'casts', 't'], ['JSON', 'casts', 'd'],
    ], way);
  }
  const [rows] = await connection.query({sql, typeCast: false});
  assert.deepStrictEqual({...rows[0]}, {yes: Buffer.from('1'), at: Buffer.from('10:11:12'),
                                        g: Buffer.from([1]), t: Buffer.from('é'), d: Buffer.from('{}')});
});

cases.json = async () => {
  const doc = {a: [1, 2.5, 'é𝄞', null, {b: true}], z: {}, big: 12345678901};
  await connected({}, async (connection) => {
    await connection.query('CREATE TABLE docs (id INT PRIMARY KEY, d JSON)');
    await connection.execute('INSERT INTO docs VALUES (1, ?), (2, ?)',
                             [JSON.stringify(doc), JSON.stringify('text')]);
    for (const way of ['query', 'execute']) {
      const [rows] = await connection[way]('SELECT d FROM docs ORDER BY id');
      assert.deepStrictEqual(rows.map((row) => row.d), [doc, 'text'], way);
    }
    const [[found]] = await connection.execute(
        'SELECT id, JSON_EXTRACT(d, ?) AS b, d->>\'$.a[2]\' AS text FROM docs WHERE d->\'$.a[0]\' = ?',
        ['$.a[4].b', 1]);
    assert.deepStrictEqual({...found}, {id: 1, b: true, text: 'é𝄞'});
    await assert.rejects(connection.query('INSERT INTO docs VALUES (3, \'{\')'),
                         {code: 'ER_INVALID_JSON_TEXT'});
  });
  await connected({jsonStrings: true}, async (connection) => {
    assert.deepStrictEqual(await rowsOf(connection, 'SELECT d FROM docs WHERE id = 2'), [{d: '"text"'}]);
  });
};

cases.large_and_exact_numbers = async () => {
  const sql = `SELECT CAST(18446744073709551615 AS UNSIGNED) AS huge, 9007199254740993 AS odd, 12 AS small,
               CAST('123456789012345678901234567890.123' AS DECIMAL(40,3)) AS exact`;
  const ways = {
    text: [{supportBigNumbers: true}, ['18446744073709551615', '9007199254740993', 12,
                                       '123456789012345678901234567890.123']],
    all_text: [{supportBigNumbers: true, bigNumberStrings: true},
               ['18446744073709551615', '9007199254740993', '12', '123456789012345678901234567890.123']],
    numbers: [{decimalNumbers: true}, [18446744073709552000, 9007199254740992, 12, 1.2345678901234568e29]],
  };
  for (const [name, [options, expected]] of Object.entries(ways)) {
    await connected(options, async (connection) => {
      for (const way of ['query', 'execute']) {
        const [[row]] = await connection[way](sql);
        assert.deepStrictEqual(Object.values(row), expected, `${name} ${way}`);
      }
    });
  }
  await connected({supportBigNumbers: true}, async (connection) => {
    await connection.query('CREATE TABLE ids (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, n INT)');
    await connection.query('INSERT INTO ids VALUES (9007199254740995, 1)');
    const [told] = await connection.query('INSERT INTO ids (n) VALUES (2)');
    assert.strictEqual(String(told.insertId), '9007199254740996');
  });
};

cases.dates_and_time_zones = async () => {
  await connected({timezone: 'Z'}, async (connection) => {
    await connection.query('CREATE TABLE dates (id INT PRIMARY KEY, d DATE, m DATETIME(3), s TIMESTAMP(3) NULL)');
    await connection.query('SET time_zone = \'+00:00\'');
    await connection.execute('INSERT INTO dates VALUES (1, ?, ?, ?)', [MOMENT, MOMENT, MOMENT]);
  });
  await connected({timezone: '+05:30'}, async (connection) => {
    await connection.query('SET time_zone = \'+05:30\'');
    for (const way of ['query', 'execute']) {
      const [[row]] = await connection[way]('SELECT s FROM dates WHERE s = ?', [MOMENT]);
      assert.deepStrictEqual(row.s, MOMENT, way);
    }
  });
  await connected({dateStrings: true}, async (connection) => {
    await connection.query('SET time_zone = \'Asia/Kolkata\'');
    for (const way of ['query', 'execute']) {
      const [[row]] = await connection[way]('SELECT d, m, s FROM dates WHERE id = ?', [1]);
      assert.deepStrictEqual({...row}, {d: '2024-02-29', m: '2024-02-29 13:14:15.678',
                                        s: '2024-02-29 18:44:15.678'}, way);
    }
  });
  await connected({dateStrings: ['DATE'], timezone: 'Z'}, async (connection) => {
    const [row] = await rowsOf(connection, 'SELECT d, m FROM dates');
    assert.deepStrictEqual(row, {d: '2024-02-29', m: MOMENT});
    await connection.query('SET sql_mode = \'\'');
    await connection.query('INSERT INTO dates VALUES (2, \'0000-00-00\', \'0000-00-00\', NULL)');
    for (const way of ['query', 'execute']) {
      const [[zero]] = await connection[way]('SELECT d, m FROM dates WHERE id = ?', [2]);
      assert.strictEqual(zero.d, '0000-00-00', way);
      assert.ok(Number.isNaN(zero.m.getTime()), way);
    }
  });
};

cases.several_statements = async () => {
  await connected({multipleStatements: true}, async (connection) => {
    await connection.query('CREATE TABLE several (id INT PRIMARY KEY)');
    let [results, fields] = await connection.query(
        'INSERT INTO several VALUES (1), (2); SELECT id FROM several WHERE id = ?; SET @x = 5; SELECT @x', [2]);
    assert.strictEqual(results.length, 4);
    assert.strictEqual(results[0].affectedRows, 2);
    assert.deepStrictEqual({...results[1][0]}, {id: 2});
    assert.strictEqual(results[3][0]['@x'], 5);
    assert.strictEqual(fields[0], undefined);
    // What stands behind an error does not run.
    await assert.rejects(connection.query('INSERT INTO several VALUES (3); INSERT INTO several VALUES (3); '
                                          + 'INSERT INTO several VALUES (4)'), {code: 'ER_DUP_ENTRY'});
    assert.deepStrictEqual(await rowsOf(connection, 'SELECT MAX(id) AS m FROM several'), [{m: 3}]);
    await assert.rejects(connection.execute('SELECT 1; SELECT 2'), {code: 'ER_PARSE_ERROR'});
  });
  await connected({}, async (connection) => {
    await assert.rejects(connection.query('SELECT 1; SELECT 2'), {code: 'ER_PARSE_ERROR'});
  });
};

cases.what_a_write_tells = () => connected({}, async (connection) => {
  await connection.query('CREATE TABLE told (id INT AUTO_INCREMENT PRIMARY KEY, a TINYINT, b INT UNIQUE)');
  let [told] = await connection.query('INSERT INTO told (a, b) VALUES (1, 1), (2, 2), (3, 3)');
  assert.deepStrictEqual([told.affectedRows, told.insertId, told.info],
                         [3, 1, 'Records: 3  Duplicates: 0  Warnings: 0']);
  [told] = await connection.query('UPDATE told SET a = 2');
  assert.deepStrictEqual([told.affectedRows, told.changedRows, told.info],
                         [3, 2, 'Rows matched: 3  Changed: 2  Warnings: 0']);
  [told] = await connection.execute('INSERT INTO told (a, b) VALUES (?, ?) ON DUPLICATE KEY UPDATE a = 9', [1, 3]);
  assert.deepStrictEqual([told.affectedRows, told.insertId], [2, 3]);
  await connection.query('SET sql_mode = \'\'');
  [told] = await connection.query('INSERT INTO told (a, b) VALUES (1000, 10)');
  assert.strictEqual(told.warningStatus, 1);
  assert.deepStrictEqual((await rowsOf(connection, 'SHOW WARNINGS'))[0].Code, 1264);
  await assert.rejects(connection.query('INSERT INTO told (id, b) VALUES (1, 11)'),
                       {code: 'ER_DUP_ENTRY', errno: 1062, sqlState: '23000',
                        sqlMessage: 'Duplicate entry \'1\' for key \'told.PRIMARY\''});
  await connected({flags: ['-FOUND_ROWS']}, async (changed) => {
    [told] = await changed.query('UPDATE told SET a = 2 WHERE b < 3');
    assert.strictEqual(told.affectedRows, 0);
  });
});

cases.transactions = () => connected({}, (one) => connected({}, async (two) => {
  await one.query('CREATE TABLE money (id INT PRIMARY KEY, n INT)');
  await one.query('INSERT INTO money VALUES (1, 10), (2, 10)');
  const sum = async (c) => (await rowsOf(c, 'SELECT GROUP_CONCAT(n ORDER BY id) AS s FROM money'))[0].s;
  await one.beginTransaction();
  await one.execute('UPDATE money SET n = n - 5 WHERE id = ?', [1]);
  await one.query('SAVEPOINT half');
  await one.execute('UPDATE money SET n = n + 5 WHERE id = ?', [2]);
  assert.deepStrictEqual([await sum(one), await sum(two)], ['5,15', '10,10']);
  await one.query('ROLLBACK TO half');
  assert.strictEqual(await sum(one), '5,10');
  await one.rollback();
  assert.strictEqual(await sum(one), '10,10');

  // Each waits for a row of the other: one of them is told so, the other goes on.
  await one.beginTransaction();
  await two.beginTransaction();
  await one.query('UPDATE money SET n = 1 WHERE id = 1');
  await two.query('UPDATE money SET n = 2 WHERE id = 2');
  const ends = await Promise.allSettled([one.query('UPDATE money SET n = 1 WHERE id = 2'),
                                         two.query('UPDATE money SET n = 2 WHERE id = 1')]);
  const lost = ends.filter((end) => end.status === 'rejected');
  assert.deepStrictEqual(lost.map((end) => end.reason.code), ['ER_LOCK_DEADLOCK']);
  await one.commit();
  await two.commit();
  assert.ok(['1,1', '2,2'].includes(await sum(one)));

  await two.query('SET innodb_lock_wait_timeout = 1');
  await one.beginTransaction();
  await one.query('SELECT * FROM money WHERE id = 1 FOR UPDATE');
  await assert.rejects(two.query('DELETE FROM money WHERE id = 1'), {code: 'ER_LOCK_WAIT_TIMEOUT'});
  await assert.rejects(two.query('SELECT * FROM money WHERE id = 1 FOR UPDATE NOWAIT'), {errno: 3572});
}));

cases.what_the_session_tracks = () => connected({}, async (connection) => {
  await connection.query('CREATE DATABASE IF NOT EXISTS tracked');
  let [told] = await connection.query('USE tracked');
  assert.strictEqual(told.stateChanges.schema, 'tracked');
  [told] = await connection.query('SET time_zone = \'+01:00\', autocommit = 0');
  assert.deepStrictEqual({...told.stateChanges.systemVariables}, {time_zone: '+01:00', autocommit: 'OFF'});
  [told] = await connection.query('SET NAMES utf8mb4');
  assert.strictEqual(told.stateChanges.systemVariables.character_set_results, 'utf8mb4');
  await connection.query('DROP DATABASE tracked');
});

cases.a_pool = async () => {
  const pool = promises.createPool({...ROOT, connectionLimit: 3, queueLimit: 100});
  await pool.query('CREATE TABLE pooled (id INT PRIMARY KEY, by_whom BIGINT)');
  await Promise.all(Array.from({length: 60}, (_, i) =>
      pool.execute('INSERT INTO pooled VALUES (?, CONNECTION_ID())', [i])));
  const [[row]] = await pool.query('SELECT COUNT(*) AS n, COUNT(DISTINCT by_whom) AS c FROM pooled');
  assert.deepStrictEqual({...row}, {n: 60, c: 3});
  // A connection that the server ended is replaced.
  const victim = await pool.getConnection();
  const id = victim.threadId;
  const gone = new Promise((resolve) => victim.connection.stream.once('close', resolve));
  victim.release();
  await connected({}, (killer) => killer.query(`KILL ${id}`));
  await gone;
  for (let i = 0; i < 9; ++i) {
    const connection = await pool.getConnection();
    await connection.beginTransaction();
    await connection.query('INSERT INTO pooled VALUES (?, 0)', [100 + i]);
    await connection[i % 2 ? 'commit' : 'rollback']();
    connection.release();
  }
  const [[after]] = await pool.query('SELECT COUNT(*) AS n FROM pooled WHERE id >= 100');
  assert.strictEqual(after.n, 4);
  await pool.end();
  const small = promises.createPool({...ROOT, connectionLimit: 1, waitForConnections: false});
  const only = await small.getConnection();
  await assert.rejects(small.query('SELECT 1'), /No connections available/);
  only.release();
  await small.end();
};

cases.a_session_is_changed_and_reset = () => connected({}, async (connection) => {
  await connection.query('SET @x = 5, time_zone = \'+01:00\'');
  await connection.query('CREATE TEMPORARY TABLE mine (a INT)');
  await connection.beginTransaction();
  await connection.query('CREATE TEMPORARY TABLE mine_too (a INT)');
  await connection.execute('SELECT ?', [1]);
  await connection.changeUser({user, password, database: 'mysql2'});
  const [row] = await rowsOf(connection, `SELECT @x AS x, @@time_zone AS zone, CURRENT_USER() AS who,
                                          DATABASE() AS name`);
  assert.deepStrictEqual(row, {x: null, zone: 'SYSTEM', who: `${user}@%`, name: 'mysql2'});
  await assert.rejects(connection.query('SELECT * FROM mine'), {code: 'ER_NO_SUCH_TABLE'});
  const [[again]] = await connection.execute('SELECT ? AS n', [1]);
  assert.strictEqual(Number(again.n), 1);
  await assert.rejects(connection.changeUser({user, password: 'guess'}), {code: 'ER_ACCESS_DENIED_ERROR'});
  if (connection.reset) {
    await connected({}, async (other) => {
      await other.query('SET @x = 5');
      await other.reset();
      assert.deepStrictEqual(await rowsOf(other, 'SELECT @x AS x, DATABASE() AS name'),
                             [{x: null, name: 'mysql2'}]);
    });
  }
});

cases.statements_are_ended = () => connected({}, async (connection) => {
  await connected({}, async (killer) => {
    const sleeping = connection.query('SELECT * FROM (SELECT SLEEP(100)) s, (SELECT 1) t');
    await until(async () => (await rowsOf(killer, 'SHOW PROCESSLIST'))
        .some((one) => one.Id === connection.threadId && /SLEEP/.test(one.Info)));
    await killer.query(`KILL QUERY ${connection.threadId}`);
    await sleeping.then(([[row]]) => assert.strictEqual(Object.values(row)[0], 1),
                        (error) => assert.strictEqual(error.code, 'ER_QUERY_INTERRUPTED'));
    assert.deepStrictEqual(await rowsOf(connection, 'SELECT 1 AS n'), [{n: 1}]);
    await assert.rejects(connection.query({sql: 'SELECT SLEEP(100)', timeout: 100}),
                         {code: 'PROTOCOL_SEQUENCE_TIMEOUT'});
    // The client is gone, and what ran for it ends.
    const id = connection.threadId;
    connection.destroy();
    await until(async () => !(await rowsOf(killer, 'SHOW PROCESSLIST')).some((one) => one.Id === id));
  });
  await connected({}, async (connection) => {
    await connection.query('SET max_execution_time = 50');
    await assert.rejects(connection.query('SELECT COUNT(*) FROM streamed a, streamed b, streamed c'),
                         {errno: 3024});
  });
});

cases.packets_of_more_than_16_MiB = async () => {
  const long = 'abcdefgh'.repeat((2 << 20) + 1);
  for (const [way, compress] of [['query', false], ['execute', true]]) {
    await connected({compress}, async (connection) => {
      const [[row]] = await connection[way]('SELECT ? AS long_one, 1 AS n', [long]);
      assert.ok(row.long_one === long, way);
      assert.strictEqual(row.n, 1);
    });
  }
};

cases.tls = async () => {
  const cipher = 'SHOW STATUS LIKE \'Ssl_cipher\'';
  const ca = fs.readFileSync(certificate);
  for (const compress of [false, true]) {
    await connected({ssl: {ca}, compress}, async (connection) => {
      assert.notStrictEqual((await rowsOf(connection, cipher))[0].Value, '');
      const long = 'é'.repeat(1 << 20);
      const [[row]] = await connection.execute('SELECT ? AS text', [long]);
      assert.ok(row.text === long);
    });
  }
  await connected({ssl: {ca, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2'}}, async (connection) => {
    assert.strictEqual(connection.connection.stream.getProtocol(), 'TLSv1.2');
    assert.notStrictEqual((await rowsOf(connection, cipher))[0].Value, '');
  });
  await connected({}, async (connection) => {
    assert.strictEqual((await rowsOf(connection, cipher))[0].Value, '');
  });
  await assert.rejects(connected({ssl: {}}, () => assert.fail('an unknown certificate')),
                       {code: /CERT|HANDSHAKE/});
};

cases.logins = async () => {
  await connected({}, async (root) => {
    await root.query('CREATE USER mysql2_sha2 IDENTIFIED WITH caching_sha2_password BY \'sésame\'');
    await root.query('CREATE USER mysql2_none');
  });
  const who = 'SELECT CURRENT_USER() AS who';
  const ca = fs.readFileSync(certificate);
  for (const options of [{}, {ssl: {ca}}, {}]) {  // by RSA or a digest, through TLS, again
    await connected({user: 'mysql2_sha2', password: 'sésame', database: undefined, ...options}, async (c) => {
      assert.deepStrictEqual(await rowsOf(c, who), [{who: 'mysql2_sha2@%'}]);
    });
  }
  await connected({user: 'mysql2_none', database: undefined}, async (c) => {
    assert.deepStrictEqual(await rowsOf(c, who), [{who: 'mysql2_none@%'}]);
    await assert.rejects(c.query('CREATE DATABASE no_right'), {code: 'ER_DBACCESS_DENIED_ERROR'});
  });
  for (const wrong of [{user: 'mysql2_sha2', password: 'sesame'}, {user: 'mysql2_sha2'}, {user: 'nobody', password: 'x'},
                       {user: 'mysql2_none', password: 'x'}]) {
    await assert.rejects(connected({database: undefined, ...wrong}, () => assert.fail('came in')),
                         {code: 'ER_ACCESS_DENIED_ERROR', errno: 1045, sqlState: '28000'});
  }
  await assert.rejects(connected({database: 'not_there'}, () => assert.fail('came in')),
                       {code: 'ER_BAD_DB_ERROR'});
  await connected({}, (root) => root.query('DROP USER mysql2_sha2, mysql2_none'));
};

cases.load_data_from_a_stream = () => connected({}, async (connection) => {
  await connection.query('CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(20))');
  const lines = function* () {
    for (let i = 0; i < 5000; i += 100) {
      yield Buffer.from(Array.from({length: 100}, (_, j) => `${i + j}\tnäme ${i + j}\n`).join(''));
    }
  };
  const load = (factory, options) => connection.query({
    sql: 'LOAD DATA LOCAL INFILE \'a stream\' INTO TABLE loaded', infileStreamFactory: factory, ...options});
  let asked;
  const [told] = await load((path) => {
    asked = path;
    return Readable.from(lines());
  });
  assert.strictEqual(asked, 'a stream');
  assert.strictEqual(told.affectedRows, 5000);
  assert.match(told.info, /^Records: 5000 {2}Deleted: 0 {2}Skipped: 0 {2}Warnings: 0$/);
  assert.deepStrictEqual(await rowsOf(connection, 'SELECT name FROM loaded WHERE id = 4999'),
                         [{name: 'näme 4999'}]);
  // LOCAL takes IGNORE: rows that are there stay, each with a warning.
  const [again] = await load(() => Readable.from([Buffer.from('5\tfive\n5001\tnew\n')]));
  assert.deepStrictEqual([again.affectedRows, again.warningStatus], [1, 1]);
  // A stream that fails, and one that nobody makes: nothing is loaded, the connection goes on.
  await assert.rejects(load(() => new Readable({read() { this.destroy(new Error('torn')); }})), /torn/);
  await assert.rejects(connection.query('LOAD DATA LOCAL INFILE \'x\' INTO TABLE loaded'));
  assert.deepStrictEqual(await rowsOf(connection, 'SELECT COUNT(*) AS n FROM loaded'), [{n: 5001}]);
});

cases.changes_come_through_a_stream = () => connected({}, (writer) => connected({}, async (reader) => {
  await writer.query('CREATE TABLE followed (id INT PRIMARY KEY, v INT)');
  await writer.query('INSERT INTO followed VALUES (1, 10)');
  const seen = [];
  for await (const row of reader.connection.query('SUBSCRIBE SELECT id, v FROM followed').stream()) {
    seen.push([row._change, row.id, row.v]);
    if (row._change === 'ready') await writer.query('UPDATE followed SET v = 11');
    if (row._change === 'update') await writer.query('DELETE FROM followed');
    if (row._change === 'delete') break;
  }
  assert.deepStrictEqual(seen, [['initial', 1, 10], ['ready', null, null], ['update', 1, 11],
                                ['delete', 1, 11]]);
}));

async function main() {
  await connected({database: undefined}, async (root) => {
    await root.query('DROP DATABASE IF EXISTS mysql2');
    await root.query('CREATE DATABASE mysql2');
    await root.query('CREATE USER IF NOT EXISTS ?? IDENTIFIED BY ?', [user, password]);
    await root.query('GRANT SELECT ON mysql2.* TO ??', [user]);
  });
  const wanted = process.argv.slice(3);
  for (const [name, one] of Object.entries(cases)) {
    if (wanted.length && !wanted.includes(name)) continue;
    let wrong = null;
    const started = Date.now();
    try {
      await one();
    } catch (error) {
      wrong = error.stack.slice(0, 4000);
    }
    if (process.env.TIMES) console.error(name, Date.now() - started);
    console.log(JSON.stringify({name, wrong}));
  }
  process.exit(0);
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
