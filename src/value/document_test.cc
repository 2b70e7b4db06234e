#include "value/document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "base/limits.h"
#include "base/text.h"
#include "value/decimal.h"
#include "value/random_value.h"

namespace octavo::value {
namespace {

Bytes encoded(const Value& value) {
  Bytes bytes;
  EXPECT_TRUE(encode_document(value, bytes).has_value());
  return bytes;
}
std::string hex(const Value& value) { return format_hex(encoded(value)); }

// Same type, same bits, same field order: stricter than equality.
bool identical(const Value& a, const Value& b) {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::float64:
      return std::bit_cast<std::uint64_t>(a.as_float64()) ==
             std::bit_cast<std::uint64_t>(b.as_float64());
    case Type::decimal: return a.as_decimal().to_string() == b.as_decimal().to_string();
    case Type::timestamp: return a.as_timestamp() == b.as_timestamp();
    case Type::array: return std::ranges::equal(a.as_array(), b.as_array(), identical);
    case Type::object:
    case Type::geometry:
      return std::ranges::equal(a.as_object(), b.as_object(), [](const Field& x, const Field& y) {
        return x.name == y.name && identical(x.value, y.value);
      });
    case Type::int64: return a.is_int32() == b.is_int32() && a == b;
    case Type::bytes: return a.bytes_subtype() == b.bytes_subtype() && a == b;
    default: return a == b;
  }
}

// The format is on disks: these bytes never change (docs/formats/document.md).
TEST(Document, GoldenBytes) {
  const struct {
    Value value;
    std::string_view bytes;
  } cases[] = {
      {Value::null(), "00"},
      {Value::boolean(false), "01"},
      {Value::boolean(true), "02"},
      {Value::undefined(), "03"},
      {Value::min_key(), "04"},
      {Value::max_key(), "05"},
      {Value::int64(5), "45"},
      {Value::int64(-1), "08ff"},
      {Value::int64(1000), "09e803"},
      {Value::int64(100'000), "0aa0860100"},
      {Value::int64(1LL << 40), "0b0000000000010000"},
      {Value::float64(5), "85"},
      {Value::float64(-2), "0cfe"},
      {Value::float64(1000), "0de803"},
      {Value::float64(100'000), "0ea0860100"},
      {Value::float64(0.5), "0f0000003f"},
      {Value::float64(0.1), "109a9999999999b93f"},
      {Value::float64(-0.0), "0f00000080"},
      {Value::uint64(~0ULL), "11ffffffffffffffff"},
      {Value::decimal(*Decimal::parse("-1.50")), "1201020096"},
      {Value::string("hi"), "136869"},
      {Value::symbol("hi"), "146869"},
      {Value::bytes("\x01\x02"), "150102"},
      {Value::bytes("\x01\x02", 5), "1f050102"},
      {Value::int32(5), "2c05"},
      {Value::int32(-1000), "2d18fc"},
      {Value::int32(100'000), "2ea0860100"},
      {Value::timestamp({1, 2, -60}), "18010000000000000002000000c4ff"},
      {Value::date(-1), "19ffffffff"},
      {Value::time_of_day(1), "1a0100000000000000"},
      {Value::duration(1), "1b0100000000000000"},
      {Value::log_stamp(1, 2), "1c0100000002000000"},
      {Value::regex("a", "i"), "1d016169"},
      {Value::javascript("f", std::nullopt), "1e0166"},
      {Value::array({}), "2000"},
      {Value::array({Value::int64(1), Value::string("a")}),
       "200201034113"
       "61"},
      {Value::object({{"id", Value::int64(1)}, {"b", Value::string("xy")}}),
       "2402"
       "0203"
       "0104"
       "696462"
       "41"
       "137879"},
      {Value::geometry({}), "2800"},
  };
  for (const auto& [value, bytes] : cases) {
    EXPECT_EQ(hex(value), bytes) << type_name(value.type());
  }
}

TEST(Document, RoundTripsEveryType) {
  Random random(21);
  for (int i = 0; i < 20'000; ++i) {
    const Value value = random_value(random);
    const Bytes bytes = encoded(value);
    const auto decoded = decode_document(bytes);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().what;
    ASSERT_TRUE(identical(*decoded, value)) << format_hex(bytes);
    const Status valid = validate_document(bytes);
    ASSERT_TRUE(valid.has_value()) << valid.error().what << format_hex(bytes);
    EXPECT_EQ(encoded(*decoded), bytes);
  }
}

TEST(Document, RoundTripsEveryWidth) {
  for (const std::size_t count : {0UL, 1UL, 16UL, 17UL, 255UL, 256UL, 70'000UL}) {
    for (const std::size_t text_size : {0UL, 1UL, 300UL}) {
      if (count * text_size > 1'000'000) continue;
      std::vector<Value> elements;
      std::vector<Field> fields;
      for (std::size_t i = 0; i < count; ++i) {
        elements.push_back(Value::string(std::string(text_size, 'x')));
        fields.push_back({"name" + std::to_string(i), elements.back()});
      }
      const Value both = Value::array({Value::array(elements), Value::object(fields)});
      const Bytes bytes = encoded(both);
      ASSERT_TRUE(validate_document(bytes).has_value()) << count << ' ' << text_size;
      EXPECT_EQ(decode_document(bytes).value(), both);
      const auto object = DocumentView(bytes).element(1);
      ASSERT_TRUE(object.has_value());
      EXPECT_EQ(object->size(), count);
      if (count > 0) {
        const auto last = object->find("name" + std::to_string(count - 1));
        ASSERT_TRUE(last.has_value());
        EXPECT_EQ(last->as_string()->size(), text_size);
      }
      EXPECT_FALSE(object->find("name").has_value());
    }
  }
}

TEST(Document, ViewFindsWithoutDecoding) {
  const Bytes bytes =
      encoded(Value::object({{"id", Value::int64(7)},
                             {"tags", Value::array({Value::string("a"), Value::string("b")})},
                             {"", Value::null()}}));
  const DocumentView view(bytes);
  EXPECT_EQ(view.type(), Type::object);
  EXPECT_EQ(view.size(), 3U);
  EXPECT_EQ(view.find("id")->to_value().value(), Value::int64(7));
  EXPECT_EQ(view.find("tags")->element(1)->as_string(), "b");
  EXPECT_FALSE(view.find("tags")->element(2).has_value());
  EXPECT_EQ(view.find("")->type(), Type::null);
  EXPECT_FALSE(view.find("ids").has_value());
  EXPECT_FALSE(view.find("id")->find("x").has_value());
  EXPECT_EQ(view.field(0)->first, "id");
  EXPECT_FALSE(view.field(3).has_value());
  EXPECT_FALSE(DocumentView("").type().has_value());
}

TEST(Document, RefusesWhatIsTooDeep) {
  Value value = Value::int64(1);
  for (std::size_t i = 0; i < kMaxNestingDepth; ++i) value = Value::array({value});
  const Bytes deepest = encoded(value);
  EXPECT_TRUE(validate_document(deepest).has_value());
  Bytes out = "kept";
  const Status refused = encode_document(Value::array({value}), out);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::out_of_range);
  EXPECT_EQ(out, "kept");
}

TEST(Document, RefusesWhatIsTooLargeWrittenOut) {
  Value shared = Value::string("twice as much at each level");
  for (int level = 0; level < 100; ++level) shared = Value::array({shared, shared});
  Bytes out = "before";
  const Status encoded = encode_document(shared, out);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().code, Code::out_of_range);
  EXPECT_EQ(out, "before");
}

TEST(Document, BytesAreChargedAsTheyAreWritten) {
  MemoryPool pool("The pool", 64 * kMiB);
  Account account(pool, 8 * kMiB);
  Bytes bytes = "before";
  {
    Charge charge(&account);
    ASSERT_TRUE(encode_document(Value::string(std::string(2 * kMiB, 'x')), bytes, &charge));
    EXPECT_EQ(account.used(), bytes.size() - 6);
    const Value one = Value::string(std::string(kMiB, 'x'));
    const Value shared = Value::array(std::vector<Value>(100, one));
    const std::size_t before = bytes.size();
    const Status refused = encode_document(shared, bytes, &charge);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::resource_exhausted);
    EXPECT_EQ(bytes.size(), before);
    EXPECT_LT(bytes.capacity(), 20 * kMiB);  // it was not written to its end
  }
  EXPECT_EQ(account.used(), 0U);
}

TEST(Document, FlippedAndCutBytesAreSafe) {
  Random random(22);
  for (int i = 0; i < 3000; ++i) {
    Bytes bytes = encoded(random_value(random));
    const std::size_t at = random.below(bytes.size());
    if (i % 2 == 0) {
      bytes[at] = static_cast<char>(random.below(256));
    } else {
      bytes.resize(at);
    }
    const auto decoded = decode_document(bytes);
    if (!decoded) {
      EXPECT_EQ(decoded.error().code, Code::corrupt);
      EXPECT_FALSE(validate_document(bytes).has_value());
    }
    const DocumentView view(bytes);
    (void)view.find("a");
    for (std::size_t k = 0; k < std::min<std::size_t>(view.size(), 20); ++k) {
      (void)view.field(k);
      (void)view.element(k);
    }
  }
}

TEST(Document, ValidationFindsWhatDecodingTolerates) {
  EXPECT_FALSE(validate_document(*parse_hex("13ff")).has_value());                  // not UTF-8
  EXPECT_FALSE(validate_document(*parse_hex("24020102010261610000")).has_value());  // name twice
  EXPECT_FALSE(validate_document(*parse_hex("210000")).has_value());  // wider than need be
}

}  // namespace
}  // namespace octavo::value
