#include "value/document.h"

#include <algorithm>
#include <cstring>

#include "base/limits.h"
#include "value/decimal.h"
#include "value/document_layout.h"
#include "value/maker.h"

namespace octavo::value {
namespace document {

std::optional<Container> Container::open(BytesView bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto tag = static_cast<unsigned char>(bytes[0]);
  if (tag < kArray || tag > kGeometry + 2 || (tag & 3) == 3) return std::nullopt;
  Container result;
  result.is_array_ = tag < kObject;
  result.width_ = std::size_t{1} << (tag & 3);
  if (bytes.size() < 1 + result.width_) return std::nullopt;
  result.count_ = load_width(bytes.data() + 1, result.width_);
  const std::size_t column = result.count_ * result.width_;
  const std::size_t columns = result.is_array_ ? 1 : result.indexed() ? 3 : 2;
  const std::size_t tables = 1 + result.width_ + columns * column;
  if (bytes.size() < tables) return std::nullopt;
  const char* first = bytes.data() + 1 + result.width_;
  const BytesView rest = bytes.substr(tables);
  if (result.is_array_) {
    result.value_ends_ = first;
    result.values_ = rest;
    return result;
  }
  result.name_ends_ = first;
  result.value_ends_ = first + column;
  result.by_name_ = first + 2 * column;
  const std::size_t names = result.count_ == 0 ? 0 : result.name_end(result.count_ - 1);
  if (names > rest.size()) return std::nullopt;
  result.names_ = rest.substr(0, names);
  result.values_ = rest.substr(names);
  return result;
}

std::optional<std::size_t> Container::find(std::string_view wanted) const {
  if (is_array_) return std::nullopt;
  if (!indexed()) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::size_t end = name_end(i);
      if (end - begin == wanted.size() && end <= names_.size() &&
          std::memcmp(names_.data() + begin, wanted.data(), wanted.size()) == 0) {
        return i;
      }
      begin = end;
    }
    return std::nullopt;
  }
  std::size_t low = 0;
  std::size_t high = count_;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const std::size_t position = by_name(middle);
    if (position >= count_) return std::nullopt;
    const auto candidate = name(position);
    if (!candidate) return std::nullopt;
    const int order = candidate->compare(wanted);
    if (order == 0) return position;
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

}  // namespace document

namespace {

using namespace document;

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Code::corrupt, "malformed document: " + std::string(what));
}

Result<Value> decode(BytesView bytes, std::size_t depth);

Result<Value> decode_decimal(BytesView body) {
  if (body.size() < 3 || body.size() > 3 + 32) return corrupt("decimal of the wrong size");
  const auto flags = static_cast<unsigned char>(body[0]);
  const bool negative = (flags & 1) != 0;
  const int scale = static_cast<std::int16_t>(load_le<std::uint16_t>(body.data() + 1));
  char bytes[32] = {};
  std::memcpy(bytes, body.data() + 3, body.size() - 3);
  Uint256 coefficient;
  for (std::size_t i = 0; i < 4; ++i) coefficient.limbs[i] = load_le<std::uint64_t>(bytes + 8 * i);
  switch (flags >> 1) {
    case static_cast<int>(Decimal::Kind::finite): {
      const auto made = Decimal::make(negative, coefficient, scale);
      if (!made) return corrupt("decimal out of range");
      return Value::decimal(*made);
    }
    case static_cast<int>(Decimal::Kind::infinity):
      return Value::decimal(Decimal::infinity(negative));
    case static_cast<int>(Decimal::Kind::nan): return Value::decimal(Decimal::nan());
    default: return corrupt("unknown kind of decimal");
  }
}

Result<Value> decode_log_stamp(BytesView body) {
  if (body.size() != 8) return corrupt("log stamp of the wrong size");
  return Value::log_stamp(load_le<std::uint32_t>(body.data()),
                          load_le<std::uint32_t>(body.data() + 4));
}

Result<Value> decode_javascript(BytesView body, std::size_t depth) {
  ByteReader reader(body);
  const auto code = reader.get_length_prefixed();
  if (!code) return corrupt("code ends early");
  if (reader.empty()) return Value::javascript(*code, std::nullopt);
  TRY(Value scope, decode(reader.rest(), depth + 1));
  return Value::javascript(*code, std::move(scope));
}

Result<Value> decode_array(BytesView bytes, std::size_t depth) {
  const auto container = Container::open(bytes);
  if (!container) return corrupt("array shorter than its table");
  ArrayMaker maker(container->count());
  std::size_t begin = 0;
  for (std::size_t i = 0; i < container->count(); ++i) {
    const std::size_t end = container->value_end(i);
    if (begin > end || end > container->values().size()) return corrupt("element out of bounds");
    TRY(Value element, decode(container->values().substr(begin, end - begin), depth + 1));
    maker.append(std::move(element));
    begin = end;
  }
  if (begin != container->values().size()) return corrupt("stray bytes after an array");
  return std::move(maker).finish();
}

Result<Value> decode_object(BytesView bytes, std::size_t depth) {
  const auto container = Container::open(bytes);
  if (!container) return corrupt("object shorter than its tables");
  ObjectMaker maker(container->count());
  std::size_t begin = 0;
  for (std::size_t i = 0; i < container->count(); ++i) {
    const auto name = container->name(i);
    const std::size_t end = container->value_end(i);
    if (!name || begin > end || end > container->values().size()) {
      return corrupt("field out of bounds");
    }
    TRY(Value value, decode(container->values().substr(begin, end - begin), depth + 1));
    maker.append(*name, std::move(value));
    begin = end;
  }
  if (begin != container->values().size()) return corrupt("stray bytes after an object");
  if (!container->indexed()) return std::move(maker).finish();
  std::vector<std::uint32_t> by_name(container->count());
  for (std::size_t i = 0; i < by_name.size(); ++i) {
    by_name[i] = static_cast<std::uint32_t>(container->by_name(i));
  }
  return std::move(maker).finish(by_name);
}

Result<Value> decode(BytesView bytes, std::size_t depth) {
  if (bytes.empty()) return corrupt("empty value");
  if (depth > kMaxNestingDepth) return corrupt("nested too deeply");
  const auto tag = static_cast<unsigned char>(bytes[0]);
  const auto type = type_of_tag(tag);
  if (!type) return corrupt("unknown tag");
  const BytesView body = bytes.substr(1);
  switch (*type) {
    case Type::null:
    case Type::boolean:
    case Type::undefined:
    case Type::min_key:
    case Type::max_key:
      if (!body.empty()) return corrupt("stray bytes");
      switch (tag) {
        case kNull: return Value::null();
        case kUndefined: return Value::undefined();
        case kMinKey: return Value::min_key();
        case kMaxKey: return Value::max_key();
        default: return Value::boolean(tag == kTrue);
      }
    case Type::int64: {
      const auto integer = read_int64(tag, body);
      if (!integer) return corrupt("integer of the wrong size");
      if (is_narrow(tag)) return Value::int32(static_cast<std::int32_t>(*integer));
      return Value::int64(*integer);
    }
    case Type::uint64:
      if (body.size() != 8) return corrupt("integer of the wrong size");
      return Value::uint64(load_le<std::uint64_t>(body.data()));
    case Type::float64: {
      const auto real = read_float64(tag, body);
      if (!real) return corrupt("number of the wrong size");
      return Value::float64(*real);
    }
    case Type::decimal: return decode_decimal(body);
    case Type::string: return Value::string(body);
    case Type::symbol: return Value::symbol(body);
    case Type::bytes:
      if (tag == kBytes) return Value::bytes(body);
      if (body.empty() || body[0] == '\0') return corrupt("bytes without a subtype");
      return Value::bytes(body.substr(1), static_cast<std::uint8_t>(body[0]));
    case Type::uuid:
      if (body.size() != 16) return corrupt("uuid of the wrong size");
      return Value::uuid(body);
    case Type::object_id:
      if (body.size() != 12) return corrupt("object id of the wrong size");
      return Value::object_id(body);
    case Type::timestamp: {
      const auto time = read_timestamp(body);
      if (!time) return corrupt("timestamp of the wrong size, or nanoseconds out of range");
      return Value::timestamp(*time);
    }
    case Type::date:
      if (body.size() != 4) return corrupt("date of the wrong size");
      return Value::date(static_cast<std::int32_t>(load_le<std::uint32_t>(body.data())));
    case Type::time_of_day:
    case Type::duration: {
      const auto nanoseconds = read_integer(body, 8);
      if (!nanoseconds) return corrupt("time or duration of the wrong size");
      return *type == Type::duration ? Value::duration(*nanoseconds)
                                     : Value::time_of_day(*nanoseconds);
    }
    case Type::log_stamp: return decode_log_stamp(body);
    case Type::regex: {
      ByteReader reader(body);
      const auto pattern = reader.get_length_prefixed();
      if (!pattern) return corrupt("pattern ends early");
      return Value::regex(*pattern, reader.rest());
    }
    case Type::javascript: return decode_javascript(body, depth);
    case Type::array: return decode_array(bytes, depth);
    case Type::object: return decode_object(bytes, depth);
    case Type::geometry: {
      TRY(const Value fields, decode_object(bytes, depth));
      return Value::geometry({fields.as_object().begin(), fields.as_object().end()});
    }
  }
  return corrupt("unknown tag");
}

}  // namespace

Result<Value> decode_document(BytesView document) { return decode(document, 0); }

std::optional<Type> DocumentView::type() const {
  if (bytes_.empty()) return std::nullopt;
  return type_of_tag(static_cast<unsigned char>(bytes_[0]));
}

std::size_t DocumentView::size() const {
  const auto container = Container::open(bytes_);
  return container ? container->count() : 0;
}

std::optional<DocumentView> DocumentView::element(std::size_t index) const {
  const auto container = Container::open(bytes_);
  if (!container || !container->is_array() || index >= container->count()) return std::nullopt;
  const auto value = container->value(index);
  if (!value) return std::nullopt;
  return DocumentView(*value);
}

std::optional<std::pair<std::string_view, DocumentView>> DocumentView::field(
    std::size_t index) const {
  const auto container = Container::open(bytes_);
  if (!container || container->is_array() || index >= container->count()) return std::nullopt;
  const auto name = container->name(index);
  const auto value = container->value(index);
  if (!name || !value) return std::nullopt;
  return std::pair(*name, DocumentView(*value));
}

std::optional<DocumentView> DocumentView::find(std::string_view name) const {
  const auto container = Container::open(bytes_);
  if (!container) return std::nullopt;
  const auto position = container->find(name);
  if (!position) return std::nullopt;
  const auto value = container->value(*position);
  if (!value) return std::nullopt;
  return DocumentView(*value);
}

std::optional<std::string_view> DocumentView::as_string() const {
  if (type() != Type::string) return std::nullopt;
  return bytes_.substr(1);
}

}  // namespace octavo::value
