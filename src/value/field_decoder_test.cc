#include "value/field_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "value/account.h"
#include "value/decimal.h"
#include "value/document.h"
#include "value/random_value.h"

namespace octavo::value {
namespace {

Bytes encoded(const Value& value) {
  Bytes bytes;
  EXPECT_TRUE(encode_document(value, bytes).has_value());
  return bytes;
}

FieldRequest request(std::string_view path, Want want = Want::exact) {
  return {*Path::parse(path), want};
}

// What is at a path through objects, or why there is nothing.
std::variant<const Value*, Absence> at_path(const Value& document, const Path& path) {
  const Value* at = &document;
  for (const Path::Segment& segment : path.segments()) {
    if (at->is_null()) return Absence::missing;
    if (!at->is_object()) return Absence::other;
    at = at->find(segment.name);
    if (at == nullptr) return Absence::missing;
  }
  if (at->is_null()) return Absence::null;
  return at;
}

// A column of integers does not keep the mark of an int32.
Value without_mark(const Value& value) {
  return value.is_int32() ? Value::int64(value.as_int64()) : value;
}

// What a row of a column is to be for the value at its path in the document.
void expect_column(const Vector& column, std::size_t row, Want want, const Value& document,
                   const Path& path) {
  const auto found = at_path(document, path);
  if (const auto* absence = std::get_if<Absence>(&found)) {
    EXPECT_EQ(column.absence(row), *absence) << row;
    return;
  }
  const Value* const expected = std::get<const Value*>(found);
  if (want == Want::number) {
    const auto integer = expected->type() == Type::int64 ? expected->to_int64() : std::nullopt;
    const bool exact = integer && *integer >= -(1LL << 53) && *integer <= 1LL << 53;
    if (expected->type() != Type::float64 && !exact) {
      EXPECT_EQ(column.absence(row), Absence::other) << row;
      return;
    }
  }
  ASSERT_EQ(column.absence(row), std::nullopt) << row;
  const auto value = column.at(row);
  ASSERT_TRUE(value.has_value());
  if (want == Want::number) {
    ASSERT_EQ(value->type(), Type::float64);
    EXPECT_EQ(*value, *expected);
  } else {
    EXPECT_EQ(encoded(without_mark(*value)), encoded(without_mark(*expected))) << row;
  }
}

// Decodes documents in batches of up to `batch_rows` and compares every row.
void expect_decoded(const std::vector<FieldRequest>& requests, const std::vector<Value>& documents,
                    std::size_t batch_rows) {
  FieldDecoder decoder(requests);
  Batch batch;
  std::size_t first = 0;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    ASSERT_TRUE(decoder.add(encoded(documents[i])).has_value()) << i;
    if (i + 1 != documents.size() && decoder.rows() < batch_rows && !decoder.full()) continue;
    decoder.finish(batch);
    ASSERT_EQ(batch.rows(), i + 1 - first);
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      for (std::size_t column = 0; column < requests.size(); ++column) {
        SCOPED_TRACE(requests[column].path.to_string());
        expect_column(batch.column(column), row, requests[column].want, documents[first + row],
                      requests[column].path);
      }
    }
    first = i + 1;
  }
}

const std::vector<FieldRequest>& many_requests() {
  static const std::vector<FieldRequest> kRequests = {
      request("a"),
      request("b", Want::number),
      request("a", Want::encoded),
      request("c.a"),
      request("c.b.a", Want::number),
      request("c"),
      request("aa", Want::number),
      request("$reql_type$"),
      request("field7"),
      request("field7.a"),
      request("", Want::encoded),
      request("nowhere"),
  };
  return kRequests;
}

Value random_document(Random& random) {
  return random.below(8) == 0 ? random_value(random, 4) : random_of_type(random, Type::object, 4);
}

TEST(FieldDecoder, GivesWhatDecodingTheWholeDocumentGives) {
  Random random(31);
  for (const std::size_t batch_rows : {std::size_t{1}, std::size_t{65}, kBatchRows}) {
    std::vector<Value> documents;
    for (int i = 0; i < 3000; ++i) documents.push_back(random_document(random));
    expect_decoded(many_requests(), documents, batch_rows);
  }
}

TEST(FieldDecoder, EveryTypeInOneBatch) {
  Random random(32);
  std::vector<FieldRequest> requests = {request("v"), request("v", Want::number),
                                        request("v", Want::encoded)};
  for (std::size_t type = 0; type < kTypeCount; ++type) {
    std::vector<Value> documents;
    for (int i = 0; i < 200; ++i) {
      const Value value =
          random.below(5) == 0 ? Value() : random_of_type(random, static_cast<Type>(type), 2);
      documents.push_back(random.below(5) == 0 ? Value::object({{"w", value}})
                                               : Value::object({{"v", value}}));
    }
    expect_decoded(requests, documents, 50);
  }
}

TEST(FieldDecoder, ColumnsHaveTheTypeOfTheirValues) {
  FieldDecoder decoder({request("v")});
  EXPECT_TRUE(decoder.schema()->columns()[0].type.is_dynamic());
  EXPECT_EQ(decoder.schema()->columns()[0].name, "v");
  Batch batch;
  const auto type_after = [&](std::initializer_list<Value> values) {
    EXPECT_TRUE(decoder.add(encoded(Value::object({}))).has_value());
    for (const Value& value : values) {
      EXPECT_TRUE(decoder.add(encoded(Value::object({{"v", value}}))).has_value());
    }
    decoder.finish(batch);
    return batch.column(0).type();
  };
  const Value one = Value::int64(1);
  const Value half = Value::float64(0.5);
  const Value text = Value::string("a text that is not short");
  EXPECT_EQ(type_after({one, Value(), one}), ColumnType::of(Type::int64, Physical::int64));
  EXPECT_EQ(type_after({half}), ColumnType::of(Type::float64, Physical::float64));
  EXPECT_EQ(type_after({half, text}), ColumnType::dynamic(Physical::encoded));
  EXPECT_EQ(*batch.column(0).at(1), half);
  EXPECT_EQ(*batch.column(0).at(2), text);
  EXPECT_EQ(type_after({text}), ColumnType::of(Type::string, Physical::text));
  EXPECT_EQ(type_after({Value::array({one}), one}), ColumnType::dynamic(Physical::encoded));
  EXPECT_EQ(type_after({Value::timestamp({1, 2, 60})}),
            ColumnType::of(Type::timestamp, Physical::instant));
  const auto decimal = [](std::string_view number) {
    return Value::decimal(*Decimal::parse(number));
  };
  EXPECT_EQ(type_after({decimal("1.5"), Value(), decimal("-2.0"), decimal("0.0")}),
            ColumnType::decimal(18, 1));
  EXPECT_EQ(batch.column(0).at(3)->as_decimal().to_string(), "-2.0");
  EXPECT_EQ(type_after({decimal("1.50"), decimal("9999999999999999.99")}),
            ColumnType::decimal(18, 2));
  EXPECT_EQ(*batch.column(0).at(2), decimal("9999999999999999.99"));
  // Of other digits behind the point, too many digits, and zero with a sign.
  for (const Value& other : {decimal("1.5"), decimal("10000000000000000.00"), decimal("-0.00"),
                             decimal("1e3"), decimal("Infinity")}) {
    EXPECT_EQ(type_after({decimal("1.25"), other}), ColumnType::dynamic(Physical::encoded));
    EXPECT_EQ(*batch.column(0).at(1), decimal("1.25"));
    EXPECT_EQ(*batch.column(0).at(2), other);
    EXPECT_EQ(type_after({other, decimal("1.25")}), ColumnType::dynamic(Physical::encoded));
  }
  EXPECT_TRUE(FieldDecoder({request("", Want::encoded)}).schema()->is_documents());
}

TEST(FieldDecoder, NumbersAtTheEdgeOfExactness) {
  const std::int64_t edge = 1LL << 53;
  std::vector<Value> documents;
  for (const std::int64_t number : {edge, edge + 1, -edge, -edge - 1, std::int64_t{0}}) {
    documents.push_back(Value::object({{"v", Value::int64(number)}}));
  }
  documents.push_back(Value::object({{"v", Value::float64(-0.0)}}));
  documents.push_back(Value::object({{"v", Value::uint64(1ULL << 63)}}));
  expect_decoded({request("v", Want::number)}, documents, 100);
}

// More shapes than are kept, in turns and at random; fields in every order.
TEST(FieldDecoder, ObjectsOfManyShapes) {
  Random random(33);
  std::vector<std::vector<std::string>> shapes;
  for (int i = 0; i < 12; ++i) {
    std::vector<std::string> names = {"a", "b", "c"};
    for (int j = 0; j < i % 4; ++j) names.push_back(std::string(1, static_cast<char>('d' + i)));
    names.resize(3 + (i % 4 == 0 ? 0 : 1));
    std::swap(names[0], names[random.below(names.size())]);
    if (i % 3 == 0) names.erase(names.begin());
    shapes.push_back(std::move(names));
  }
  for (const std::size_t used : {std::size_t{4}, std::size_t{5}, std::size_t{12}}) {
    std::vector<Value> documents;
    for (std::size_t i = 0; i < 400; ++i) {
      ObjectBuilder builder;
      const std::size_t shape = i < 100 ? i % used : random.below(used);
      for (const std::string& name : shapes[shape]) {
        const Value inner = random_of_type(random, Type::object, 2);
        builder.set(name, random.below(2) == 0 ? inner : Value::int64(static_cast<int>(i)));
      }
      documents.push_back(std::move(builder).build());
    }
    expect_decoded({request("a"), request("b.a"), request("c", Want::number)}, documents, 64);
  }
}

// Widths of tables of 1, 2 and 4 bytes; up to 16 fields are not indexed; many names are not kept.
TEST(FieldDecoder, ObjectsOfEverySize) {
  std::vector<Value> documents;
  for (const int fields : {0, 1, 15, 16, 17, 40, 300, 5000}) {
    for (const std::size_t text : {std::size_t{0}, std::size_t{300}, std::size_t{70'000}}) {
      for (int again = 0; again < 2; ++again) {
        ObjectBuilder builder;
        for (int i = fields; i-- > 0;) {
          builder.append("field" + std::to_string(i),
                         i % 7 == 1 ? Value::string(std::string(text, 'x')) : Value::int64(i));
          if (text * static_cast<std::size_t>(fields) > 10'000'000 && i > 40) i -= 40;
        }
        documents.push_back(std::move(builder).build());
      }
    }
  }
  expect_decoded({request("field0"), request("field1"), request("field14", Want::number),
                  request("field16"), request("field299"), request("field"), request("")},
                 documents, 7);
}

TEST(FieldDecoder, ABatchIsFullOfRowsOrOfBytes) {
  FieldDecoder numbers({request("v")});
  FieldDecoder texts({request("v")});
  FieldDecoder none({});
  const Bytes number = encoded(Value::object({{"v", Value::int64(1)}}));
  const Bytes text = encoded(Value::object({{"v", Value::string(std::string(1000, 'x'))}}));
  std::size_t rows = 0;
  for (; !numbers.full(); ++rows) {
    ASSERT_TRUE(numbers.add(number).has_value());
    ASSERT_TRUE(none.add(number).has_value());
  }
  EXPECT_EQ(rows, kBatchRows);
  EXPECT_TRUE(none.full());
  for (rows = 0; !texts.full(); ++rows) ASSERT_TRUE(texts.add(text).has_value());
  EXPECT_EQ(rows, (kBatchBytes + 999) / 1000);
  Batch batch;
  none.finish(batch);
  EXPECT_EQ(batch.rows(), kBatchRows);
  none.finish(batch);
  EXPECT_EQ(batch.rows(), 0U);
}

TEST(FieldDecoder, UsesTheMemoryOfABatchThatNobodyElseHolds) {
  FieldDecoder decoder({request("v")});
  const Bytes text = encoded(Value::object({{"v", Value::string(std::string(100, 'x'))}}));
  Batch batch;
  std::vector<const StringRef*> memory;
  std::optional<Vector> kept;
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(decoder.add(text).has_value());
    decoder.finish(batch);
    memory.push_back(batch.column(0).view<StringRef>().values);
    if (round == 3) kept = batch.column(0);
    EXPECT_EQ(batch.column(0).at(99)->as_string().size(), 100U);
  }
  EXPECT_EQ(memory[2], memory[0]);
  EXPECT_EQ(memory[3], memory[1]);
  EXPECT_NE(memory[5], memory[3]);
  EXPECT_EQ(kept->at(0)->as_string().size(), 100U);
}

// A cut or changed document is an error, or gives what can still be read; what passes the check of
// all bytes gives what decoding gives. Nothing is read outside of it (the sanitizers look).
TEST(FieldDecoder, DamagedDocuments) {
  Random random(34);
  FieldDecoder warm(many_requests());
  Batch batch;
  for (int i = 0; i < 300; ++i) {
    const Bytes whole = encoded(random_of_type(random, Type::object, 4));
    ASSERT_TRUE(warm.add(whole).has_value());
    std::vector<Bytes> damaged;
    for (std::size_t size = 0; size < whole.size(); size += 1 + size / 20) {
      damaged.push_back(whole.substr(0, size));
    }
    for (int flips = 0; flips < 40; ++flips) {
      Bytes changed = whole;
      const std::size_t at = random.below(changed.size());
      changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
      damaged.push_back(std::move(changed));
    }
    for (const Bytes& bytes : damaged) {
      FieldDecoder decoder(many_requests());
      // So that the shape is known, or not.
      if (random.below(2) == 0) ASSERT_TRUE(decoder.add(whole).has_value());
      const std::size_t row = decoder.rows();
      const auto exact = std::string(bytes);  // of its own size, for the sanitizers
      const Status added = decoder.add(exact);
      const auto value = decode_document(exact);
      const bool valid = validate_document(exact).has_value();
      if (valid) {
        ASSERT_TRUE(value.has_value() && added.has_value());
      }
      if (!added) {
        EXPECT_EQ(added.error().code, Code::corrupt);
        EXPECT_FALSE(value.has_value());
        continue;
      }
      decoder.finish(batch);
      for (std::size_t column = 0; column < many_requests().size(); ++column) {
        const FieldRequest& wanted = many_requests()[column];
        if (valid) {
          expect_column(batch.column(column), row, wanted.want, *value, wanted.path);
        } else if (const auto any = batch.column(column).at(row); !any) {
          EXPECT_EQ(any.error().code, Code::corrupt);
        }
      }
    }
    if (warm.full()) warm.finish(batch);
  }
}

TEST(FieldDecoder, ACutDocumentIsCorruptWhateverIsAskedFor) {
  const Bytes whole = encoded(Value::object(
      {{"a", Value::int64(1)}, {"b", Value::string("text at the end of the document")}}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    FieldDecoder decoder({request("a")});
    ASSERT_TRUE(decoder.add(whole).has_value());
    EXPECT_EQ(decoder.add(whole.substr(0, size)).error().code, Code::corrupt) << size;
    FieldDecoder fresh({request("nowhere")});
    EXPECT_EQ(fresh.add(whole.substr(0, size)).error().code, Code::corrupt) << size;
  }
}

TEST(FieldDecoder, EveryAllocationMayBeRefused) {
  MemoryPool pool("The pool", 64 * kMiB);
  Random random(35);
  std::vector<Bytes> documents;
  for (int i = 0; i < 150; ++i) {
    documents.push_back(encoded(random_of_type(random, Type::object, 3)));
  }
  std::size_t refusals = 0;
  for (std::size_t limit = 0;; limit += 100) {
    Account account(pool, limit);
    bool done = false;
    {
      const Account::Use use(&account);
      try {
        FieldDecoder decoder(many_requests());
        Batch batch;
        for (const Bytes& document : documents) ASSERT_TRUE(decoder.add(document).has_value());
        decoder.finish(batch);
        EXPECT_EQ(batch.rows(), documents.size());
        done = true;
      } catch (const OutOfMemory&) {
        ++refusals;
      }
    }
    ASSERT_EQ(account.used(), 0U) << limit;
    if (done) break;
  }
  EXPECT_GT(refusals, 100U);
}

}  // namespace
}  // namespace octavo::value
