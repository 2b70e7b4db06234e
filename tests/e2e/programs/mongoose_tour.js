// Mongoose: node mongoose_tour.js URI
'use strict';
const assert = require('assert');
const mongoose = require('mongoose');
const {Schema} = mongoose;

const authorSchema = new Schema({
  name: {type: String, required: true, index: true},
  email: {type: String, unique: true},
  born: Date,
  links: Map,
}, {timestamps: true});
authorSchema.virtual('label').get(function label() { return `<${this.name}>`; });
authorSchema.statics.byName = function byName(name) { return this.findOne({name}); };

const bookSchema = new Schema({
  title: String,
  price: {type: mongoose.Types.Decimal128, default: '0'},
  pages: {type: Number, min: 1},
  tags: [String],
  notes: [{text: String, stars: Number}],
  author: {type: Schema.Types.ObjectId, ref: 'Author'},
});
bookSchema.pre('save', function before() { this.title = this.title.trim(); });

async function main() {
  await mongoose.connect(process.argv[2], {dbName: 'mongoose_tour'});
  await mongoose.connection.dropDatabase();
  const Author = mongoose.model('Author', authorSchema);
  const Book = mongoose.model('Book', bookSchema);
  await Author.init();
  await Book.init();

  const ada = await Author.create({name: 'Ada', email: 'a@x', born: new Date(0), links: {web: 'x'}});
  assert(ada.createdAt instanceof Date);
  assert.strictEqual((await Author.byName('Ada')).label, '<Ada>');
  assert.strictEqual((await Author.byName('Ada')).links.get('web'), 'x');
  await assert.rejects(Author.create({name: 'Eve', email: 'a@x'}), {code: 11000});
  await assert.rejects(Author.create({email: 'b@x'}), {name: 'ValidationError'});

  const book = await Book.create({title: ' One ', price: '9.90', pages: 10, author: ada._id});
  await Book.insertMany([{title: 'Two', pages: 20, tags: ['x'], author: ada._id}, {title: 'Three', pages: 30}]);
  assert.strictEqual(book.title, 'One');
  const populated = await Book.findOne({title: 'One'}).populate('author');
  assert.strictEqual(populated.author.name, 'Ada');
  assert.strictEqual(populated.price.toString(), '9.90');
  book.tags.push('new');
  book.notes.push({text: 'good', stars: 5});
  await book.save();
  book.notes[0].stars = 4;
  await book.save();
  assert.strictEqual((await Book.findById(book._id).lean()).notes[0].stars, 4);
  assert.deepStrictEqual((await Book.find({pages: {$gte: 20}}).sort('-pages').select('title').lean())
      .map((one) => one.title), ['Three', 'Two']);
  const changed = await Book.findOneAndUpdate({title: 'Two'}, {$inc: {pages: 5}}, {new: true});
  assert.strictEqual(changed.pages, 25);
  assert.strictEqual((await Book.updateMany({}, {$addToSet: {tags: 'all'}})).modifiedCount, 3);
  assert.strictEqual(await Book.countDocuments({tags: 'all'}), 3);
  assert.deepStrictEqual((await Book.distinct('tags')).sort(), ['all', 'new', 'x']);
  const totals = await Book.aggregate([{$match: {author: ada._id}}, {$group: {_id: '$author', pages: {$sum: '$pages'}}}]);
  assert.strictEqual(totals[0].pages, 35);
  // Two that have read the same version.
  const [one, other] = [await Book.findById(book._id), await Book.findById(book._id)];
  one.notes = [];
  await one.save();
  other.notes[0].stars = 1;
  await assert.rejects(other.save(), {name: 'VersionError'});

  await mongoose.connection.transaction(async (session) => {
    await Author.create([{name: 'Tom', email: 't@x'}], {session});
    await Book.deleteOne({title: 'Three'}, {session});
  });
  assert.strictEqual(await Author.countDocuments(), 2);
  await assert.rejects(mongoose.connection.transaction(async (session) => {
    await Author.deleteMany({}, {session});
    throw new Error('no');
  }), /no/);
  assert.strictEqual(await Author.countDocuments(), 2);

  const stream = Author.watch();
  const next = new Promise((resolve) => stream.once('change', resolve));
  // It is open once its resume token is there.
  while (!stream.driverChangeStream?.resumeToken) await new Promise((resolve) => setTimeout(resolve, 5));
  await Author.deleteOne({name: 'Tom'});
  assert.strictEqual((await next).operationType, 'delete');
  await stream.close();

  let walked = 0;
  for await (const each of Book.find().cursor({batchSize: 1})) walked += each.title ? 1 : 0;
  assert.strictEqual(walked, 2);
  await mongoose.connection.dropDatabase();
  await mongoose.disconnect();
  console.log('ok');
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
