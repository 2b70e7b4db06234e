// MongoDB's own driver: node mongodb_tour.js URI
'use strict';
const assert = require('assert');
const {MongoClient, ObjectId, Decimal128, Long, GridFSBucket} = require('mongodb');

async function documents(database) {
  const people = database.collection('people');
  const made = await people.insertMany([
    {name: 'Ada', age: 36, big: Long.fromString('9007199254740993'), price: Decimal128.fromString('1.10')},
    {name: 'Bob', age: 20, tags: ['a', 'b']},
    {name: 'Cy', age: 50},
  ]);
  assert.strictEqual(made.insertedCount, 3);
  assert(made.insertedIds[0] instanceof ObjectId);
  const ada = await people.findOne({name: 'Ada'}, {promoteLongs: false});
  assert.strictEqual(ada.big.toString(), '9007199254740993');
  assert.strictEqual(ada.price.toString(), '1.10');
  const names = await people.find({age: {$gt: 30}}).sort({age: -1}).map((one) => one.name).toArray();
  assert.deepStrictEqual(names, ['Cy', 'Ada']);
  assert.strictEqual((await people.updateOne({name: 'Bob'}, {$push: {tags: 'c'}})).modifiedCount, 1);
  assert.strictEqual((await people.updateMany({}, {$inc: {age: 1}})).modifiedCount, 3);
  const upserted = await people.replaceOne({name: 'Dee'}, {name: 'Dee', age: 1}, {upsert: true});
  assert.strictEqual(upserted.upsertedCount, 1);
  const found = await people.findOneAndUpdate({name: 'Dee'}, {$set: {age: 2}}, {returnDocument: 'after'});
  assert.strictEqual(found.age, 2);
  assert.deepStrictEqual((await people.distinct('tags')).sort(), ['a', 'b', 'c']);
  const bulk = await people.bulkWrite([
    {insertOne: {document: {name: 'Eve'}}},
    {updateOne: {filter: {name: 'Eve'}, update: {$set: {age: 7}}}},
    {deleteOne: {filter: {name: 'Dee'}}},
  ]);
  assert.deepStrictEqual([bulk.insertedCount, bulk.modifiedCount, bulk.deletedCount], [1, 1, 1]);
  assert.strictEqual(await people.countDocuments(), 4);
  assert.strictEqual(await people.estimatedDocumentCount(), 4);
  const [sum] = await people.aggregate([{$group: {_id: null, total: {$sum: '$age'}}}]).toArray();
  assert.strictEqual(sum.total, 37 + 21 + 51 + 7);
  let read = 0;
  await people.insertMany(Array.from({length: 500}, (_, i) => ({i})));
  for await (const one of people.find({i: {$exists: true}}).batchSize(50)) read += one.i >= 0 ? 1 : 0;
  assert.strictEqual(read, 500);
}

async function indexes(database) {
  const users = database.collection('users');
  assert.strictEqual(await users.createIndex({email: 1}, {unique: true}), 'email_1');
  await users.insertOne({email: 'a@x'});
  await assert.rejects(users.insertOne({email: 'a@x'}), {code: 11000});
  assert.deepStrictEqual((await users.indexes()).map((one) => one.name), ['_id_', 'email_1']);
  await users.dropIndex('email_1');
  await database.createCollection('checked', {validator: {$jsonSchema: {required: ['n']}}});
  await assert.rejects(database.collection('checked').insertOne({}), {code: 121});
  const listed = await database.listCollections({}, {nameOnly: true}).toArray();
  assert(listed.some((one) => one.name === 'checked'));
}

async function transactions(client, database) {
  const accounts = database.collection('accounts');
  const history = database.collection('history');
  await accounts.insertMany([{_id: 1, n: 10}, {_id: 2, n: 0}]);
  await client.withSession((session) => session.withTransaction(async () => {
    await accounts.updateOne({_id: 1}, {$inc: {n: -3}}, {session});
    await accounts.updateOne({_id: 2}, {$inc: {n: 3}}, {session});
    await history.insertOne({moved: 3}, {session});
  }));
  assert.deepStrictEqual((await accounts.find().sort({_id: 1}).toArray()).map((one) => one.n), [7, 3]);
  const session = client.startSession();
  session.startTransaction();
  await accounts.deleteMany({}, {session});
  assert.strictEqual(await accounts.countDocuments({}, {session}), 0);
  await session.abortTransaction();
  await session.endSession();
  assert.strictEqual(await accounts.countDocuments(), 2);
  assert.strictEqual(await history.countDocuments(), 1);
}

async function changes(database) {
  const watched = database.collection('watched');
  await database.createCollection('watched');
  const stream = watched.watch([], {fullDocument: 'updateLookup'});
  const events = [];
  const told = (async () => {
    for await (const event of stream) {
      events.push(event);
      if (events.length === 3) break;
    }
  })();
  // The cursor is open once its resume token is there.
  while (!stream.resumeToken) await new Promise((resolve) => setTimeout(resolve, 5));
  await watched.insertOne({_id: 1, n: 1});
  await watched.updateOne({_id: 1}, {$set: {n: 2}});
  await watched.deleteOne({_id: 1});
  await told;
  await stream.close();
  assert.deepStrictEqual(events.map((one) => one.operationType), ['insert', 'update', 'delete']);
  assert.deepStrictEqual(events[1].updateDescription.updatedFields, {n: 2});
  const again = watched.watch([], {resumeAfter: events[1]._id});
  assert.strictEqual((await again.next()).operationType, 'delete');
  await again.close();
}

async function files(database) {
  const bucket = new GridFSBucket(database, {chunkSizeBytes: 1024});
  const content = Buffer.alloc(5000, 'x');
  await new Promise((resolve, reject) => {
    bucket.openUploadStream('f').on('finish', resolve).on('error', reject).end(content);
  });
  const chunks = [];
  for await (const chunk of bucket.openDownloadStreamByName('f')) chunks.push(chunk);
  assert(Buffer.concat(chunks).equals(content));
}

async function main() {
  const client = new MongoClient(process.argv[2]);
  await client.connect();
  const database = client.db('node_tour');
  await database.dropDatabase();
  assert.strictEqual((await client.db('admin').command({ping: 1})).ok, 1);
  await documents(database);
  await indexes(database);
  await transactions(client, database);
  await changes(database);
  await files(database);
  await database.dropDatabase();
  await client.close();
  console.log('ok');
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
