#include "value/value.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "value/account_state.h"
#include "value/heap.h"
#include "value/maker.h"
#include "value/type_table.h"

namespace octavo::value {
namespace {

using Heap = Value::Heap;

// Empty strings and the like point here and are not counted.
constinit const Heap kEmptyHeap;

Heap* allocate(std::size_t size, std::size_t payload_bytes) {
  check_count(size);
  Heap* heap = allocate_heap(payload_bytes);
  heap->size = static_cast<std::uint32_t>(size);
  return heap;
}

// Destroying a deep value must not use the stack in proportion to its depth: beyond some levels
// the rest is queued for the outermost call.
constexpr int kDirectReleases = 64;
thread_local int release_level = 0;
thread_local std::vector<std::pair<Type, const Heap*>> postponed;

void destroy(Type type, const Heap* heap) {
  char* payload = const_cast<char*>(heap->payload());
  std::size_t bytes = heap->size;  // of most payloads
  switch (type) {
    case Type::array:
      std::destroy_n(reinterpret_cast<Value*>(payload), heap->size);
      bytes = heap->size * sizeof(Value);
      break;
    case Type::object:
    case Type::geometry:
      if (heap->account != 0) {
        for (const Field& field : heap->fields()) {
          const std::size_t name = name_bytes(field.name);
          if (name != 0) discharge(heap->account, name);
        }
      }
      std::destroy_n(reinterpret_cast<Field*>(payload), heap->size);
      bytes = object_payload_bytes(heap->size);
      break;
    case Type::javascript:
      std::destroy_at(reinterpret_cast<Value*>(payload));
      bytes += sizeof(Value);
      break;
    case Type::regex: bytes += sizeof(std::uint32_t); break;
    case Type::decimal: bytes = sizeof(Decimal); break;
    default: break;
  }
  free_heap(heap, bytes);
}

}  // namespace

void check_count(std::size_t count) {
  if (count <= std::numeric_limits<std::uint32_t>::max()) return;
  throw OutOfMemory({Code::resource_exhausted, "A value is larger than 4 GiB."});
}

Value::Heap* allocate_heap(std::size_t payload_bytes) {
  const std::size_t bytes = sizeof(Heap) + payload_bytes;
  Account::State* const account = account_in_use;
  if (account == nullptr) return new (::operator new(bytes)) Heap;
  account->charge(bytes);
  void* const memory = ::operator new(bytes, std::nothrow);
  if (memory == nullptr) {
    account->discharge(bytes);
    throw std::bad_alloc();
  }
  Heap* const heap = new (memory) Heap;
  heap->account = account->id;
  return heap;
}

void free_heap(const Value::Heap* heap, std::size_t payload_bytes) {
  const std::size_t bytes = sizeof(Heap) + payload_bytes;
  if (heap->account != 0) discharge(heap->account, bytes);
  heap->~Heap();
  ::operator delete(const_cast<Heap*>(heap), bytes);
}

std::string_view type_name(Type type) { return row_of(type).name; }

void Value::retain_shared() const noexcept {
  bits_.heap->references.fetch_add(1, std::memory_order_relaxed);
}

void Value::release_shared() noexcept {
  const Heap* heap = bits_.heap;
  // A count of one cannot grow under us: nobody else holds a reference to copy from.
  if (heap->references.load(std::memory_order_acquire) != 1 &&
      heap->references.fetch_sub(1, std::memory_order_acq_rel) != 1) {
    return;
  }
  if (heap->depth < kDirectReleases) return destroy(type_, heap);
  if (release_level >= kDirectReleases) {
    postponed.emplace_back(type_, heap);
    return;
  }
  ++release_level;
  destroy(type_, heap);
  if (release_level == 1) {
    while (!postponed.empty()) {
      const auto [type, next] = postponed.back();
      postponed.pop_back();
      destroy(type, next);
    }
  }
  --release_level;
}

Value Value::adopt(Type type, const Heap* heap) noexcept {
  Value value;
  value.bits_.heap = heap;
  value.type_ = type;
  value.shared_ = heap != &kEmptyHeap;
  return value;
}

Value Value::text(Type type, std::string_view content) {
  if (content.empty()) return adopt(type, &kEmptyHeap);
  Heap* heap = allocate(content.size(), content.size());
  std::memcpy(heap->payload(), content.data(), content.size());
  return adopt(type, heap);
}

Value Value::decimal(const Decimal& value) {
  Heap* heap = allocate(1, sizeof(Decimal));
  new (heap->payload()) Decimal(value);
  static_assert(std::is_trivially_destructible_v<Decimal>);
  return adopt(Type::decimal, heap);
}

Value Value::string(std::string_view utf8) { return text(Type::string, utf8); }
Value Value::bytes(BytesView bytes) { return text(Type::bytes, bytes); }
Value Value::bytes(BytesView bytes, std::uint8_t subtype) {
  Value value = text(Type::bytes, bytes);
  value.aux_ = subtype;
  return value;
}
Value Value::symbol(std::string_view content) { return text(Type::symbol, content); }

Value Value::uuid(BytesView sixteen_bytes) {
  ASSERT(sixteen_bytes.size() == 16);
  return text(Type::uuid, sixteen_bytes);
}

Value Value::object_id(BytesView twelve_bytes) {
  ASSERT(twelve_bytes.size() == 12);
  return text(Type::object_id, twelve_bytes);
}

Value Value::timestamp(const Timestamp& value) {
  ASSERT(value.nanoseconds < 1'000'000'000);
  Value result;
  result.bits_.integer = value.seconds;
  result.aux_ = value.nanoseconds;
  result.zone_ = value.zone_minutes;
  result.type_ = Type::timestamp;
  return result;
}

Value Value::date(std::int32_t days) {
  Value result = int64(days);
  result.type_ = Type::date;
  return result;
}

Value Value::time_of_day(std::int64_t nanoseconds) {
  Value result = int64(nanoseconds);
  result.type_ = Type::time_of_day;
  return result;
}

Value Value::duration(std::int64_t nanoseconds) {
  Value result = int64(nanoseconds);
  result.type_ = Type::duration;
  return result;
}

Value Value::array(std::vector<Value> elements) {
  ArrayMaker maker(elements.size());
  for (Value& element : elements) maker.append(std::move(element));
  return std::move(maker).finish();
}

Value Value::object(std::vector<Field> fields) {
  ObjectMaker maker(fields.size());
  for (Field& field : fields) maker.append(std::move(field.name), std::move(field.value));
  return std::move(maker).finish();
}

Value Value::geometry(std::vector<Field> geojson) {
  Value result = object(std::move(geojson));
  result.type_ = Type::geometry;
  return result;
}

Value Value::min_key() {
  Value result;
  result.type_ = Type::min_key;
  return result;
}

Value Value::max_key() {
  Value result;
  result.type_ = Type::max_key;
  return result;
}

Value Value::undefined() {
  Value result;
  result.type_ = Type::undefined;
  return result;
}

Value Value::regex(std::string_view pattern, std::string_view options) {
  const std::size_t size = pattern.size() + options.size();
  Heap* heap = allocate(size, sizeof(std::uint32_t) + size);
  new (heap->payload()) std::uint32_t(static_cast<std::uint32_t>(pattern.size()));
  char* const text = heap->payload() + sizeof(std::uint32_t);
  char* end = std::copy(pattern.begin(), pattern.end(), text);
  std::copy(options.begin(), options.end(), end);
  return adopt(Type::regex, heap);
}

Value Value::javascript(std::string_view code, std::optional<Value> scope) {
  Heap* heap = allocate(code.size(), sizeof(Value) + code.size());
  heap->depth = static_cast<std::uint32_t>(scope ? scope->depth() + 1 : 0);
  new (heap->payload()) Value(scope ? *std::move(scope) : Value());
  std::copy(code.begin(), code.end(), heap->payload() + sizeof(Value));
  return adopt(Type::javascript, heap);
}

Value Value::log_stamp(std::uint32_t seconds, std::uint32_t increment) {
  Value result = int64(seconds);
  result.aux_ = increment;
  result.type_ = Type::log_stamp;
  return result;
}

const Decimal& Value::as_decimal() const {
  ASSERT(type_ == Type::decimal);
  return bits_.heap->decimal();
}

std::string_view Value::as_string() const {
  ASSERT(type_ == Type::string || type_ == Type::symbol);
  return bits_.heap->text();
}

BytesView Value::as_bytes() const {
  ASSERT(type_ == Type::bytes || type_ == Type::uuid || type_ == Type::object_id);
  return bits_.heap->text();
}

std::uint8_t Value::bytes_subtype() const {
  ASSERT(type_ == Type::bytes || type_ == Type::uuid);
  return type_ == Type::uuid ? 4 : static_cast<std::uint8_t>(aux_);
}

Timestamp Value::as_timestamp() const {
  ASSERT(type_ == Type::timestamp);
  return {bits_.integer, aux_, zone_};
}

std::int32_t Value::as_date() const {
  ASSERT(type_ == Type::date);
  return static_cast<std::int32_t>(bits_.integer);
}

std::int64_t Value::as_nanoseconds() const {
  ASSERT(type_ == Type::time_of_day || type_ == Type::duration);
  return bits_.integer;
}

ArrayView Value::as_array() const {
  ASSERT(type_ == Type::array);
  return bits_.heap->elements();
}

ObjectView Value::as_object() const {
  ASSERT(type_ == Type::object || type_ == Type::geometry);
  return bits_.heap->fields();
}

std::string_view Value::regex_pattern() const {
  ASSERT(type_ == Type::regex);
  return bits_.heap->pattern_and_options().substr(0, bits_.heap->pattern_size());
}

std::string_view Value::regex_options() const {
  ASSERT(type_ == Type::regex);
  return bits_.heap->pattern_and_options().substr(bits_.heap->pattern_size());
}

std::string_view Value::javascript_code() const {
  ASSERT(type_ == Type::javascript);
  return bits_.heap->code();
}

const Value* Value::javascript_scope() const {
  ASSERT(type_ == Type::javascript);
  return bits_.heap->depth != 0 ? &bits_.heap->scope() : nullptr;
}

std::uint32_t Value::log_stamp_seconds() const {
  ASSERT(type_ == Type::log_stamp);
  return static_cast<std::uint32_t>(bits_.integer);
}

std::uint32_t Value::log_stamp_increment() const {
  ASSERT(type_ == Type::log_stamp);
  return aux_;
}

double Value::to_double() const {
  switch (type_) {
    case Type::int64: return static_cast<double>(bits_.integer);
    case Type::uint64: return static_cast<double>(bits_.natural);
    case Type::float64: return bits_.real;
    default: return as_decimal().to_double();
  }
}

std::optional<std::int64_t> Value::to_int64() const {
  switch (type_) {
    case Type::int64: return bits_.integer;
    case Type::float64: {
      const double real = bits_.real;
      if (!(real >= -0x1p63 && real < 0x1p63)) return std::nullopt;
      const auto whole = static_cast<std::int64_t>(real);
      if (static_cast<double>(whole) != real) return std::nullopt;
      return whole;
    }
    case Type::decimal: return as_decimal().to_int64();
    default: return std::nullopt;
  }
}

const Value* Value::find(std::string_view name) const {
  if (type_ != Type::object && type_ != Type::geometry) return nullptr;
  const ObjectView fields = bits_.heap->fields();
  const auto by_name = bits_.heap->by_name();
  if (by_name.empty()) {
    for (const Field& field : fields) {
      if (field.name == name) return &field.value;
    }
    return nullptr;
  }
  const auto at = std::lower_bound(by_name.begin(), by_name.end(), name,
                                   [&](std::uint32_t position, std::string_view wanted) {
                                     return fields[position].name < wanted;
                                   });
  if (at == by_name.end() || fields[*at].name != name) return nullptr;
  return &fields[*at].value;
}

std::size_t Value::depth() const {
  switch (type_) {
    case Type::array:
    case Type::object:
    case Type::geometry:
    case Type::javascript: return bits_.heap->depth;
    default: return 0;
  }
}

std::size_t Value::memory_bytes(std::size_t enough) const {
  if (!shared_) return sizeof(Value);
  std::size_t bytes = sizeof(Value) + sizeof(Heap);
  const auto left = [&] { return enough - std::min(enough, bytes); };
  switch (type_) {
    case Type::array:
      for (const Value& element : as_array()) {
        if (bytes >= enough) break;
        bytes += element.memory_bytes(left());
      }
      return bytes;
    case Type::object:
    case Type::geometry:
      for (const Field& field : as_object()) {
        if (bytes >= enough) break;
        bytes += sizeof(Field) - sizeof(Value) + name_bytes(field.name);
        bytes += field.value.memory_bytes(left());
      }
      return bytes + bits_.heap->by_name().size_bytes();
    case Type::javascript:
      return bytes + bits_.heap->size + bits_.heap->scope().memory_bytes(left());
    case Type::decimal: return bytes + sizeof(Decimal);
    default: return bytes + bits_.heap->size;
  }
}

}  // namespace octavo::value
