// Keys, documents, JSON and values in memory: the inner loops of every read and write.

#include <benchmark/benchmark.h>

#include "value/collation.h"
#include "value/document.h"
#include "value/field_decoder.h"
#include "value/json.h"
#include "value/key.h"
#include "value/order_key.h"

namespace octavo::value {
namespace {

// A document as the drivers' tutorials insert them: about 150 bytes of JSON.
constexpr std::string_view kSmallJson =
    R"({"id":"d1f3e1a0-7c5e-4a51-9a3e-0d2f8a4c1b6e","name":"Laura Roslin","age":57,"score":0.75,)"
    R"("tags":["president","teacher"],"address":{"city":"Caprica","zip":"12345"},"active":true})";

Value small_document() {
  return parse_json(kSmallJson, {.numbers = JsonParseOptions::Numbers::float64}).value();
}

Value wide_document(int fields) {
  ObjectBuilder builder;
  for (int i = 0; i < fields; ++i) {
    builder.append("field_" + std::to_string(i), Value::int64(i * 1000));
  }
  return std::move(builder).build();
}

Bytes encoded(const Value& value) {
  Bytes bytes;
  (void)encode_document(value, bytes);
  return bytes;
}

void document_encode(benchmark::State& state) {
  const Value value = small_document();
  Bytes out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(encode_document(value, out));
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(document_encode);

void document_decode(benchmark::State& state) {
  const Bytes bytes = encoded(small_document());
  for (auto _ : state) benchmark::DoNotOptimize(decode_document(bytes));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(document_decode);

void document_find(benchmark::State& state) {
  const auto fields = static_cast<int>(state.range(0));
  const Bytes bytes = encoded(fields == 0 ? small_document() : wide_document(fields));
  const std::string name = fields == 0 ? "active" : "field_" + std::to_string(fields - 1);
  for (auto _ : state) benchmark::DoNotOptimize(DocumentView(bytes).find(name));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(document_find)->Arg(0)->Arg(16)->Arg(17)->Arg(200);

// Rows as a table holds them: eight fields, about 250 bytes.
std::vector<Bytes> rows_of_eight_fields() {
  std::vector<Bytes> rows;
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(100'000 + i);
    rows.push_back(encoded(Value::object({
        {"active", Value::boolean(i % 3 == 0)},
        {"age", Value::float64(20 + i % 60)},
        {"city", Value::string("city " + number)},
        {"email", Value::string("a.person.of.that.number." + number + "@example.org")},
        {"group", Value::float64(i % 100)},
        {"id", Value::string("d1f3e1a0-7c5e-4a51-9a3e-0d2f8a" + number)},
        {"notes", Value::string(std::string(60 + static_cast<std::size_t>(i % 30), 'n'))},
        {"score", Value::float64(i * 0.25)},
    })));
  }
  return rows;
}

void field_decode(benchmark::State& state, const std::vector<FieldRequest>& fields) {
  const std::vector<Bytes> rows = rows_of_eight_fields();
  FieldDecoder decoder(fields);
  Batch batch;
  for (auto _ : state) {
    for (const Bytes& row : rows) {
      benchmark::DoNotOptimize(decoder.add(row));
      if (decoder.full()) decoder.finish(batch);
    }
    decoder.finish(batch);
  }
  const auto done = static_cast<double>(state.iterations()) * static_cast<double>(rows.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(done));
  state.counters["row"] =
      benchmark::Counter(done, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
FieldRequest field(std::string_view path, Want want) { return {*Path::parse(path), want}; }
BENCHMARK_CAPTURE(field_decode, one_number, {field("score", Want::number)});
BENCHMARK_CAPTURE(field_decode, two_numbers,
                  {field("age", Want::number), field("score", Want::number)});
BENCHMARK_CAPTURE(field_decode, two_exact,
                  {field("group", Want::exact), field("score", Want::exact)});
BENCHMARK_CAPTURE(field_decode, number_and_text,
                  {field("score", Want::number), field("email", Want::exact)});
BENCHMARK_CAPTURE(field_decode, absent, {field("nowhere", Want::exact)});
BENCHMARK_CAPTURE(field_decode, document, {field("", Want::encoded)});

void value_find(benchmark::State& state) {
  const auto fields = static_cast<int>(state.range(0));
  const Value value = fields == 0 ? small_document() : wide_document(fields);
  const std::string name = fields == 0 ? "active" : "field_" + std::to_string(fields - 1);
  for (auto _ : state) benchmark::DoNotOptimize(value.find(name));
}
BENCHMARK(value_find)->Arg(0)->Arg(16)->Arg(200);

void value_copy_and_release(benchmark::State& state) {
  const Value value = small_document();
  for (auto _ : state) {
    Value copy = value;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(value_copy_and_release);

void key_encode(benchmark::State& state, const Value& value) {
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode_key(value, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK_CAPTURE(key_encode, small_integer, Value::int64(1000));
BENCHMARK_CAPTURE(key_encode, large_integer, Value::int64((1LL << 53) + 1));
BENCHMARK_CAPTURE(key_encode, float64, Value::float64(0.1));
BENCHMARK_CAPTURE(key_encode, uuid_text, Value::string("d1f3e1a0-7c5e-4a51-9a3e-0d2f8a4c1b6e"));
BENCHMARK_CAPTURE(key_encode, compound,
                  Value::array({Value::string("Caprica"), Value::int64(12345)}));

void collation_key(benchmark::State& state, std::string_view name, std::string_view text) {
  const Collation& collation = *find_collation(name);
  Bytes out;
  for (auto _ : state) {
    out.clear();
    collation.key(text, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(out.size());
}
constexpr std::string_view kTwentyOfAscii = "Caprica City, Sector";
constexpr std::string_view kTwentyOfCyrillic =
    "\u0413\u043e\u0440\u043e\u0434 \u041a\u0430\u043f"
    "\u0440\u0438\u043a\u0430, \u0440\u0430\u0439\u043e\u043d\u044b";
BENCHMARK_CAPTURE(collation_key, 0900_ai_ci, "utf8mb4_0900_ai_ci", kTwentyOfAscii);
BENCHMARK_CAPTURE(collation_key, 0900_as_cs, "utf8mb4_0900_as_cs", kTwentyOfAscii);
BENCHMARK_CAPTURE(collation_key, unicode_ci, "utf8mb4_unicode_ci", kTwentyOfAscii);
BENCHMARK_CAPTURE(collation_key, general_ci, "utf8mb4_general_ci", kTwentyOfAscii);
BENCHMARK_CAPTURE(collation_key, bin, "utf8mb4_bin", kTwentyOfAscii);
BENCHMARK_CAPTURE(collation_key, swedish_ci, "latin1_swedish_ci", kTwentyOfAscii);
BENCHMARK_CAPTURE(collation_key, 0900_ai_ci_cyrillic, "utf8mb4_0900_ai_ci", kTwentyOfCyrillic);
BENCHMARK_CAPTURE(collation_key, general_ci_cyrillic, "utf8mb4_general_ci", kTwentyOfCyrillic);

void collation_compare(benchmark::State& state, std::string_view name, std::string_view a,
                       std::string_view b) {
  const Collation& collation = *find_collation(name);
  for (auto _ : state) benchmark::DoNotOptimize(collation.compare(a, b));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(collation_compare, 0900_ai_ci, "utf8mb4_0900_ai_ci", kTwentyOfAscii,
                  "caprica city, sector");
BENCHMARK_CAPTURE(collation_compare, general_ci, "utf8mb4_general_ci", kTwentyOfAscii,
                  "caprica city, sector");

void order_key(benchmark::State& state, const Value& value, Order order) {
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode_order_key(value, order, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK_CAPTURE(order_key, float64_reql, Value::float64(0.1), Order::by_type_name);
BENCHMARK_CAPTURE(order_key, float64_bson, Value::float64(0.1), Order::bson);
BENCHMARK_CAPTURE(order_key, text_reql, Value::string("d1f3e1a0-7c5e-4a51-9a3e-0d2f8a4c1b6e"),
                  Order::by_type_name);
BENCHMARK_CAPTURE(order_key, document_native, small_document(), Order::native);
BENCHMARK_CAPTURE(order_key, document_reql, small_document(), Order::by_type_name);
BENCHMARK_CAPTURE(order_key, document_bson, small_document(), Order::bson);

void key_decode(benchmark::State& state, const Value& value) {
  const Bytes key = encoded_key(value);
  for (auto _ : state) {
    ByteReader reader(key);
    benchmark::DoNotOptimize(decode_key(reader));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(key_decode, small_integer, Value::int64(1000));
BENCHMARK_CAPTURE(key_decode, float64, Value::float64(0.1));
BENCHMARK_CAPTURE(key_decode, uuid_text, Value::string("d1f3e1a0-7c5e-4a51-9a3e-0d2f8a4c1b6e"));
BENCHMARK_CAPTURE(key_decode, compound,
                  Value::array({Value::string("Caprica"), Value::int64(12345)}));

void key_skip(benchmark::State& state) {
  const Bytes key = encoded_key(Value::array({Value::string("Caprica"), Value::int64(12345)}));
  for (auto _ : state) {
    ByteReader reader(key);
    benchmark::DoNotOptimize(skip_key(reader));
  }
}
BENCHMARK(key_skip);

void json_parse(benchmark::State& state) {
  std::string text(kSmallJson);
  if (state.range(0) > 1) {
    text = "[" + text;
    for (std::int64_t i = 1; i < state.range(0); ++i) text.append(",").append(kSmallJson);
    text += "]";
  }
  for (auto _ : state) benchmark::DoNotOptimize(parse_json(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(json_parse)->Arg(1)->Arg(200);

void json_write(benchmark::State& state) {
  const Value value = small_document();
  Bytes out;
  for (auto _ : state) {
    out.clear();
    write_json(value, out, {.doubles = true});
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(json_write);

void compare_documents(benchmark::State& state) {
  const Value a = small_document();
  const Value b = small_document();
  for (auto _ : state) benchmark::DoNotOptimize(compare(a, b, Order::by_type_name));
}
BENCHMARK(compare_documents);

void hash_document(benchmark::State& state) {
  const Value value = small_document();
  for (auto _ : state) benchmark::DoNotOptimize(hash(value));
}
BENCHMARK(hash_document);

}  // namespace
}  // namespace octavo::value

BENCHMARK_MAIN();
