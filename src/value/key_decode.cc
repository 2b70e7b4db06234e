#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "value/decimal.h"
#include "value/key.h"
#include "value/key_bytes.h"
#include "value/number.h"
#include "value/type_table.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

// Type by first byte; nullopt for bytes that no key starts with. Numbers map to float64.
constexpr auto kTypeByTag = [] {
  std::array<std::optional<Type>, 256> types{};
  for (const TypeRow& row : kTypeTable) types[row.key_tag] = row.type;
  types[row_of(Type::boolean).key_tag + 1] = Type::boolean;
  types[kNumberTag] = Type::float64;
  return types;
}();

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Code::corrupt, "malformed key: " + std::string(what));
}

// Reads one value. `mask` is 0xff for descending keys. With `build` false it only moves past the
// bytes: strings are not copied and arrays not collected.
class KeyReader {
 public:
  KeyReader(BytesView input, KeyOrder order, bool build)
      : rest_(input), mask_(order == KeyOrder::descending ? 0xff : 0), build_(build) {}

  BytesView rest() const { return rest_; }

  Result<Value> read(std::size_t depth) {
    if (depth > kMaxNestingDepth) return corrupt("nested too deeply");
    const auto tag = byte();
    if (!tag) return corrupt("ends early");
    const auto type = kTypeByTag[*tag];
    if (!type) return corrupt("unknown tag");
    switch (*type) {
      case Type::null: return Value::null();
      case Type::min_key: return Value::min_key();
      case Type::max_key: return Value::max_key();
      case Type::undefined: return Value::undefined();
      case Type::boolean: return Value::boolean(*tag != row_of(Type::boolean).key_tag);
      case Type::int64:
      case Type::uint64:
      case Type::float64:
      case Type::decimal: return number();
      case Type::string:
      case Type::symbol:
      case Type::bytes: return text_value(*type);
      case Type::uuid:
      case Type::object_id: return fixed_bytes(*type);
      case Type::timestamp: return timestamp();
      case Type::date: {
        TRY(const std::int64_t days, flipped());
        if (days != static_cast<std::int32_t>(days)) return corrupt("date out of range");
        return Value::date(static_cast<std::int32_t>(days));
      }
      case Type::time_of_day: {
        TRY(const std::int64_t ns, flipped());
        return Value::time_of_day(ns);
      }
      case Type::duration: {
        TRY(const std::int64_t ns, flipped());
        return Value::duration(ns);
      }
      case Type::array: return array(depth);
      case Type::object: return object(depth);
      case Type::geometry: {
        TRY(const Value read, object(depth));
        const ObjectView fields = read.as_object();
        return Value::geometry({fields.begin(), fields.end()});
      }
      case Type::regex: {
        TRY(const Bytes pattern, text());
        TRY(const Bytes options, text());
        return Value::regex(pattern, options);
      }
      case Type::javascript: return javascript(depth);
      case Type::log_stamp: {
        TRY(const auto seconds, big_endian<std::uint32_t>());
        TRY(const auto increment, big_endian<std::uint32_t>());
        return Value::log_stamp(seconds, increment);
      }
    }
    return corrupt("unknown tag");
  }

 private:
  std::optional<unsigned char> byte() {
    if (rest_.empty()) return std::nullopt;
    const auto value = static_cast<unsigned char>(static_cast<unsigned char>(rest_[0]) ^ mask_);
    rest_.remove_prefix(1);
    return value;
  }

  template <class T>
  Result<T> big_endian() {
    if (rest_.size() < sizeof(T)) return corrupt("ends early");
    T value = load_be<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return mask_ != 0 ? static_cast<T>(~value) : value;
  }

  Result<std::int64_t> flipped() {
    TRY(const auto raw, big_endian<std::uint64_t>());
    return static_cast<std::int64_t>(raw ^ key_bytes::kSignBit);
  }

  // Appends bytes as they were before a descending component was inverted.
  void append(Bytes& out, BytesView raw) const {
    if (!build_) return;
    const std::size_t start = out.size();
    out.append(raw);
    if (mask_ != 0) key_bytes::invert(out, start);
  }

  Result<Bytes> text() {
    Bytes out;
    const int zero = mask_;  // what 0x00 looks like here
    for (;;) {
      const void* found = rest_.empty() ? nullptr : std::memchr(rest_.data(), zero, rest_.size());
      if (found == nullptr) return corrupt("unterminated text");
      const auto run = static_cast<std::size_t>(static_cast<const char*>(found) - rest_.data());
      append(out, rest_.substr(0, run));
      rest_.remove_prefix(run + 1);
      const auto next = byte();
      if (next == static_cast<unsigned char>(key_bytes::kEndOfText)) return out;
      if (next != static_cast<unsigned char>(key_bytes::kEscapedZero)) return corrupt("bad escape");
      if (build_) out.push_back(0);
    }
  }

  Result<Value> text_value(Type type) {
    TRY(const Bytes content, text());
    if (!build_) return Value();
    if (type == Type::bytes) return Value::bytes(content);
    if (find_invalid_utf8(content)) return corrupt("text is not UTF-8");
    return type == Type::string ? Value::string(content) : Value::symbol(content);
  }

  Result<Value> fixed_bytes(Type type) {
    const std::size_t size = type == Type::uuid ? 16 : 12;
    if (rest_.size() < size) return corrupt("ends early");
    Bytes content(rest_.substr(0, size));
    rest_.remove_prefix(size);
    if (mask_ != 0) key_bytes::invert(content, 0);
    return type == Type::uuid ? Value::uuid(content) : Value::object_id(content);
  }

  Result<Value> timestamp() {
    TRY(const std::int64_t seconds, flipped());
    TRY(const auto nanoseconds, big_endian<std::uint32_t>());
    if (nanoseconds >= 1'000'000'000) return corrupt("nanoseconds out of range");
    return Value::timestamp({seconds, nanoseconds, 0});
  }

  Result<Value> array(std::size_t depth) {
    std::vector<Value> elements;
    for (;;) {
      if (rest_.empty()) return corrupt("unterminated array");
      if (peek() == static_cast<unsigned char>(key_bytes::kEnd)) break;
      TRY(Value element, read(depth + 1));
      if (build_) elements.push_back(std::move(element));
    }
    byte();
    return Value::array(std::move(elements));
  }

  Result<Value> object(std::size_t depth) {
    std::vector<Field> fields;
    for (;;) {
      const auto marker = byte();
      if (marker == static_cast<unsigned char>(key_bytes::kEnd)) break;
      if (marker != static_cast<unsigned char>(key_bytes::kField)) return corrupt("bad field");
      TRY(Bytes name, text());
      if (find_invalid_utf8(name)) return corrupt("field name is not UTF-8");
      TRY(Value value, read(depth + 1));
      if (build_) fields.push_back({std::move(name), std::move(value)});
    }
    Value result = Value::object(std::move(fields));
    if (has_repeated_name(result)) return corrupt("field name repeated");
    return result;
  }

  static bool has_repeated_name(const Value& object) {
    // `find` delivers one field per name; a repeated one is not the field it is found as.
    for (const Field& field : object.as_object()) {
      if (object.find(field.name) != &field.value) return true;
    }
    return false;
  }

  Result<Value> javascript(std::size_t depth) {
    TRY(const Bytes code, text());
    const auto marker = byte();
    if (marker == static_cast<unsigned char>(key_bytes::kEnd)) {
      return Value::javascript(code, std::nullopt);
    }
    if (marker != static_cast<unsigned char>(key_bytes::kField)) return corrupt("bad scope");
    TRY(Value scope, read(depth + 1));
    return Value::javascript(code, std::move(scope));
  }

  unsigned char peek() const {
    return static_cast<unsigned char>(static_cast<unsigned char>(rest_[0]) ^ mask_);
  }

  Result<Value> number() {
    std::uint64_t bits = 0;
    bool more = true;
    for (std::size_t i = 0; more && i < key_bytes::kMaxNumberGroups; ++i) {
      const auto group = byte();
      if (!group) return corrupt("ends early");
      more = (*group & 1) != 0;
      const std::uint64_t payload = *group >> 1;
      if (i + 1 < key_bytes::kMaxNumberGroups) {
        bits |= payload << (57 - 7 * i);
      } else {
        if ((payload & 63) != 0) return corrupt("number has stray bits");
        bits |= payload >> 6;
      }
      if (!more && payload == 0 && i > 0) return corrupt("number is not in its shortest form");
    }
    TRY(const double floor, double_of(bits));
    if (!more && !build_) return Value();
    return more ? exact_digits(floor) : canonical(floor);
  }

  static Result<double> double_of(std::uint64_t bits) {
    if (bits == 0) return std::numeric_limits<double>::quiet_NaN();
    const bool negative = bits < key_bytes::kSignBit;
    const std::uint64_t magnitude =
        negative ? key_bytes::kSignBit - bits : bits - key_bytes::kSignBit;
    const double value = std::bit_cast<double>(magnitude);
    if (std::isnan(value)) return corrupt("number out of range");
    return negative ? -value : value;
  }

  static Value canonical(double real) {
    Value value = Value::float64(real);
    if (const auto integer = value.to_int64()) return Value::int64(*integer);
    if (real >= 0x1p63 && real < 0x1p64) return Value::uint64(static_cast<std::uint64_t>(real));
    return value;
  }

  Result<Value> exact_digits(double floor) {
    const bool negative = std::signbit(floor);
    const auto flip = static_cast<unsigned char>(negative ? 0xff : 0);
    TRY(const auto raw_exponent, big_endian<std::uint16_t>());
    const std::uint16_t exponent =
        negative ? static_cast<std::uint16_t>(~raw_exponent) : raw_exponent;
    Uint256 coefficient;
    int digits = 0;
    int last_pair = 0;
    for (;;) {
      const auto raw = byte();
      if (!raw) return corrupt("ends early");
      const int pair = static_cast<unsigned char>(*raw ^ flip) - 1;
      if (pair < 0) break;
      if (pair > 99 || (digits == 0 && pair < 10)) return corrupt("bad digits");
      digits += 2;
      if (digits > kMaxDecimalDigits + 1) return corrupt("too many digits");
      if (!coefficient.multiply_add(100, static_cast<std::uint64_t>(pair))) {
        return corrupt("too many digits");
      }
      last_pair = pair;
    }
    if (digits == 0 || last_pair == 0) return corrupt("bad digits");
    if (last_pair % 10 == 0) {
      coefficient.divide_small(10);
      --digits;
    }
    const int scale = digits - 1 - (int{exponent} - key_bytes::kExponentBias);
    const auto decimal = Decimal::make(negative, coefficient, scale);
    if (!decimal) return corrupt("number out of range");
    Value value = Value::decimal(*decimal);
    // Only the one canonical form is a key: the digits must belong to the double before them.
    const FloorDouble expected = floor_double(value);
    if (expected.exact || expected.value != floor) return corrupt("digits do not match");
    if (const auto integer = decimal->to_int64()) return Value::int64(*integer);
    if (const auto natural = decimal->to_uint64()) return Value::uint64(*natural);
    return value;
  }

  BytesView rest_;
  unsigned char mask_;
  bool build_;
};

}  // namespace

Result<Value> decode_key(ByteReader& reader, KeyOrder order) {
  KeyReader keys(reader.rest(), order, true);
  TRY(Value value, keys.read(0));
  reader = ByteReader(keys.rest());
  return value;
}

Result<BytesView> skip_key(ByteReader& reader, KeyOrder order) {
  KeyReader keys(reader.rest(), order, false);
  TRY([[maybe_unused]] const Value ignored, keys.read(0));
  const BytesView passed = reader.rest().substr(0, reader.rest().size() - keys.rest().size());
  reader = ByteReader(keys.rest());
  return passed;
}

}  // namespace octavo::value
