// Helpers of mongosh: mongosh URI mongosh_tour.js
const assert = require('assert');
db = db.getSiblingDB('mongosh_tour');
db.dropDatabase();
assert.equal(db.runCommand({ping: 1}).ok, 1);
assert.equal(db.hello().isWritablePrimary, true);
assert.match(db.version(), /^\d+\.\d+\.\d+$/);

assert.equal(db.items.insertOne({_id: 1, a: 1}).acknowledged, true);
assert.equal(Object.keys(db.items.insertMany([{_id: 2, a: 2}, {_id: 3, a: 3}]).insertedIds).length, 2);
assert.equal(db.items.updateOne({_id: 1}, {$set: {b: true}}).modifiedCount, 1);
assert.equal(db.items.replaceOne({_id: 4}, {a: 4}, {upsert: true}).upsertedCount, 1);
assert.equal(db.items.deleteOne({_id: 4}).deletedCount, 1);
assert.deepEqual(db.items.find({a: {$gt: 1}}).sort({a: -1}).toArray().map((one) => one._id), [3, 2]);
assert.equal(db.items.findOne({_id: 1}).b, true);
assert.equal(db.items.countDocuments({}), 3);
assert.deepEqual(db.items.distinct('a'), [1, 2, 3]);
assert.equal(db.items.aggregate([{$group: {_id: null, n: {$sum: '$a'}}}]).toArray()[0].n, 6);
assert.equal(db.items.findAndModify({query: {_id: 1}, update: {$inc: {a: 1}}, new: true}).a, 2);
assert.equal(db.items.bulkWrite([{insertOne: {document: {_id: 9}}}, {deleteOne: {filter: {_id: 9}}}]).deletedCount, 1);

assert.equal(db.items.createIndex({a: 1}), 'a_1');
assert.deepEqual(db.items.getIndexes().map((one) => one.name), ['_id_', 'a_1']);
assert.equal(db.items.explain().find({a: 2}).finish().queryPlanner.winningPlan.stage, 'FETCH');
assert.equal(db.items.dropIndex('a_1').ok, 1);
assert.equal(db.createCollection('capped', {capped: true, size: 4096}).ok, 1);
assert.equal(db.capped.isCapped(), true);
assert.equal(db.createView('view', 'items', [{$match: {a: 3}}]).ok, 1);
assert.equal(db.view.countDocuments({}), 1);
assert.deepEqual(db.getCollectionNames().sort(), ['capped', 'items', 'view']);
assert.equal(db.getCollectionInfos({name: 'items'})[0].type, 'collection');
assert.equal(db.items.renameCollection('things').ok, 1);
assert.equal(db.things.stats().count, 3);
assert.equal(db.things.validate().valid, true);
assert.equal(db.stats().db, 'mongosh_tour');

assert(db.adminCommand({listDatabases: 1}).databases.some((one) => one.name === 'mongosh_tour'));
assert.equal(db.serverStatus().ok, 1);
assert.equal(db.hostInfo().ok, 1);
assert.equal(db.currentOp().ok, 1);
assert.equal(rs.status().members.length, 1);
assert.equal(rs.conf().members.length, 1);
assert.equal(db.getUsers().ok, 1);
assert.equal(db.getProfilingStatus().was, 0);

const session = db.getMongo().startSession();
const inside = session.getDatabase('mongosh_tour').things;
session.startTransaction();
inside.deleteMany({});
session.abortTransaction();
assert.equal(db.things.countDocuments({}), 3);
session.startTransaction();
inside.insertOne({_id: 5});
session.commitTransaction();
assert.equal(db.things.countDocuments({}), 4);
session.endSession();

const stream = db.things.watch();
db.things.insertOne({_id: 6});
let event = null;
while (event === null) event = stream.tryNext();
assert.equal(event.operationType, 'insert');
stream.close();
db.dropDatabase();
print('ok');
