#pragma once

// The one value type. Every protocol reads and writes these; none has values of its own.
//
// A Value is 16 bytes, immutable and cheap to copy: scalars are inline, strings, bytes, decimals,
// uuids, arrays, objects and geometries are shared, reference counted (atomically, so values may
// cross threads). A default-constructed Value is null.
//
// Presentation of types that a protocol lacks: docs/formats/value.md.

#include <compare>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"

namespace octavo::value {

enum class Type : std::uint8_t {
  null,
  boolean,
  int64,
  uint64,  // only for numbers above the int64 range; smaller ones are int64
  float64,
  decimal,  // exact, up to 76 digits
  string,   // UTF-8
  bytes,
  timestamp,    // an instant: seconds and nanoseconds since 1970, and a zone offset for display
  date,         // days since 1970-01-01, proleptic Gregorian
  time_of_day,  // nanoseconds since midnight; may be negative or above a day (SQL TIME)
  duration,     // nanoseconds
  uuid,         // 16 bytes
  object_id,    // 12 bytes (BSON)
  array,
  object,      // fields in order; names are unique
  geometry,    // a GeoJSON object (RFC 7946) that was checked
  min_key,     // below every value
  max_key,     // above every value
  undefined,   // BSON's deprecated singleton
  regex,       // pattern and options
  javascript,  // code, with an optional scope object
  symbol,      // BSON's deprecated string
  log_stamp,   // BSON's internal timestamp: u32 seconds, u32 increment
};
constexpr std::size_t kTypeCount = 24;

std::string_view type_name(Type type);

class Value;
struct Field;
class Decimal;  // value/decimal.h

using ArrayView = std::span<const Value>;
using ObjectView = std::span<const Field>;

struct Timestamp {
  std::int64_t seconds = 0;       // since 1970-01-01T00:00:00Z, may be negative
  std::uint32_t nanoseconds = 0;  // 0 .. 999'999'999, always added
  std::int16_t zone_minutes = 0;  // east of UTC; for display, equal instants are equal

  friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

class Value {
 public:
  Value() noexcept : bits_{.integer = 0} {}
  Value(const Value& other) noexcept { copy_from(other); }
  Value(Value&& other) noexcept { steal_from(other); }
  // Through a temporary: `other` may live inside what this value holds (`v = v.as_array()[0]`).
  Value& operator=(const Value& other) noexcept {
    Value copy(other);
    swap(copy);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    Value taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~Value() { release(); }

  static Value null() { return {}; }
  static Value boolean(bool value);
  static Value int64(std::int64_t value);
  // BSON's 32-bit integer: an int64 in everything but how BSON writes it.
  static Value int32(std::int32_t value);
  static Value uint64(std::uint64_t value);  // becomes int64 where it fits
  static Value float64(double value);
  static Value decimal(const Decimal& value);
  static Value string(std::string_view utf8);  // the caller has checked the encoding
  static Value bytes(BytesView bytes);
  // BSON's binary data of a subtype; the bytes above are of subtype 0. Only `Order::bson` and BSON
  // tell subtypes apart.
  static Value bytes(BytesView bytes, std::uint8_t subtype);
  static Value timestamp(const Timestamp& value);
  static Value date(std::int32_t days);
  static Value time_of_day(std::int64_t nanoseconds);
  static Value duration(std::int64_t nanoseconds);
  static Value uuid(BytesView sixteen_bytes);
  static Value object_id(BytesView twelve_bytes);
  static Value array(std::vector<Value> elements);
  static Value object(std::vector<Field> fields);  // names must be unique
  static Value geometry(std::vector<Field> geojson);
  static Value min_key();
  static Value max_key();
  static Value undefined();
  static Value regex(std::string_view pattern, std::string_view options);
  static Value javascript(std::string_view code, std::optional<Value> scope);
  static Value symbol(std::string_view text);
  static Value log_stamp(std::uint32_t seconds, std::uint32_t increment);

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::null; }
  bool is_number() const {
    return type_ == Type::int64 || type_ == Type::float64 || type_ == Type::uint64 ||
           type_ == Type::decimal;
  }
  bool is_string() const { return type_ == Type::string; }
  bool is_array() const { return type_ == Type::array; }
  bool is_object() const { return type_ == Type::object; }

  // Each accessor asserts the type it names.
  bool as_boolean() const;
  std::int64_t as_int64() const;
  bool is_int32() const { return type_ == Type::int64 && aux_ != 0; }
  std::uint64_t as_uint64() const;
  double as_float64() const;
  const Decimal& as_decimal() const;
  std::string_view as_string() const;  // string and symbol
  BytesView as_bytes() const;          // bytes, uuid and object_id
  std::uint8_t bytes_subtype() const;  // of bytes and uuid, which has 4
  Timestamp as_timestamp() const;
  std::int32_t as_date() const;
  std::int64_t as_nanoseconds() const;  // time_of_day and duration
  ArrayView as_array() const;
  ObjectView as_object() const;  // object and geometry
  std::string_view regex_pattern() const;
  std::string_view regex_options() const;
  std::string_view javascript_code() const;
  const Value* javascript_scope() const;  // null when there is none
  std::uint32_t log_stamp_seconds() const;
  std::uint32_t log_stamp_increment() const;

  // Any number as the nearest double; asserts is_number().
  double to_double() const;
  // Any number as an int64 when it is integral and fits.
  std::optional<std::int64_t> to_int64() const;

  void swap(Value& other) noexcept {
    std::swap(bits_, other.bits_);
    std::swap(aux_, other.aux_);
    std::swap(zone_, other.zone_);
    std::swap(type_, other.type_);
    std::swap(shared_, other.shared_);
  }

  // The field of an object or geometry, or nullptr (also for other types).
  const Value* find(std::string_view name) const;

  // Levels of arrays and objects: 0 for a scalar, 1 for `[]`. Constant time; builders of values
  // check it against kMaxNestingDepth, recursion over a value relies on that.
  std::size_t depth() const;

  // Approximate bytes held. A part that is shared counts wherever it is found, which for values
  // made of copies of each other is exponential: the count stops once there are `enough`.
  std::size_t memory_bytes(std::size_t enough = kMaxCountedBytes) const;
  static constexpr std::size_t kMaxCountedBytes = 1ULL << 30U;

  struct Heap;  // value/heap.h, for the folder's own use

 private:
  friend class ArrayMaker;  // value/maker.h
  friend class ObjectMaker;
  static Value adopt(Type type, const Heap* heap) noexcept;
  static Value text(Type type, std::string_view content);
  void copy_from(const Value& other) noexcept {
    bits_ = other.bits_;
    aux_ = other.aux_;
    zone_ = other.zone_;
    type_ = other.type_;
    shared_ = other.shared_;
    if (shared_) retain_shared();
  }
  void steal_from(Value& other) noexcept {
    bits_ = other.bits_;
    aux_ = other.aux_;
    zone_ = other.zone_;
    type_ = other.type_;
    shared_ = other.shared_;
    other.type_ = Type::null;
    other.shared_ = false;
  }
  void release() noexcept {
    if (shared_) release_shared();
  }
  void retain_shared() const noexcept;
  void release_shared() noexcept;

  union {
    std::int64_t integer;
    std::uint64_t natural;
    double real;
    const Heap* heap;
  } bits_;
  // Nanoseconds of a timestamp, increment of a log_stamp, subtype of bytes, 1 for an int32.
  std::uint32_t aux_ = 0;
  std::int16_t zone_ = 0;  // timestamp zone minutes
  Type type_ = Type::null;
  bool shared_ = false;  // bits_.heap is a counted reference
};
static_assert(sizeof(Value) == 16);

inline Value Value::boolean(bool value) {
  Value result;
  result.bits_.integer = value ? 1 : 0;
  result.type_ = Type::boolean;
  return result;
}

inline Value Value::int64(std::int64_t value) {
  Value result;
  result.bits_.integer = value;
  result.type_ = Type::int64;
  return result;
}

inline Value Value::int32(std::int32_t value) {
  Value result = int64(value);
  result.aux_ = 1;
  return result;
}

inline Value Value::uint64(std::uint64_t value) {
  Value result;
  result.bits_.natural = value;
  result.type_ = value >> 63 != 0 ? Type::uint64 : Type::int64;
  return result;
}

inline Value Value::float64(double value) {
  Value result;
  result.bits_.real = value;
  result.type_ = Type::float64;
  return result;
}

inline bool Value::as_boolean() const {
  ASSERT(type_ == Type::boolean);
  return bits_.integer != 0;
}

inline std::int64_t Value::as_int64() const {
  ASSERT(type_ == Type::int64);
  return bits_.integer;
}

inline std::uint64_t Value::as_uint64() const {
  ASSERT(type_ == Type::uint64);
  return bits_.natural;
}

inline double Value::as_float64() const {
  ASSERT(type_ == Type::float64);
  return bits_.real;
}

struct Field {
  std::string name;
  Value value;
};

// Collects the fields of an object; `set` replaces a field that is there, keeping its place. Names
// are looked up by a scan while there are few, by hash above that.
class ObjectBuilder {
 public:
  ObjectBuilder() = default;
  explicit ObjectBuilder(const Value& object);  // starts with the fields of an object
  ObjectBuilder& set(std::string_view name, Value value);
  ObjectBuilder& append(std::string name, Value value);  // the caller knows the name is new
  bool erase(std::string_view name);
  const Value* find(std::string_view name) const;
  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  Value build() &&;

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const;
  };
  std::optional<std::size_t> position(std::string_view name) const;

  std::vector<Field> fields_;
  // Name to position; covers the first `positions_.size()` fields, and is empty for few.
  mutable std::unordered_map<std::string, std::size_t, NameHash, std::equal_to<>> positions_;
};

// The orders between types that the dialects disagree about. Within a type they agree: numbers
// compare exactly whatever their kind, strings and bytes bytewise, timestamps by instant, arrays
// element by element. Objects: `native` compares (name, value) pairs in field order, `by_type_name`
// the same in name order, `bson` (type of value, name, value) in field order.
enum class Order : std::uint8_t {
  native,        // that of encoded keys, by Type bracket; between types it refines the next one
  by_type_name,  // ARRAY BOOL NULL NUMBER OBJECT PTYPE<BINARY> PTYPE<TIME> STRING
  bson,          // MongoDB's comparison order
};

std::strong_ordering compare(const Value& a, const Value& b, Order order = Order::native);
// Equality under `Order::native`: 1 == 1.0, and field order does not matter inside objects.
bool operator==(const Value& a, const Value& b);
std::uint64_t hash(const Value& value);  // agrees with operator==

}  // namespace octavo::value
