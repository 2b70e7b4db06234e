#include "dialect/mongodb/type/bson_form.h"

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

constexpr std::size_t kLengthBytes = 4;
constexpr std::uint8_t kOldBinary = 2;  // has its length twice

std::size_t text_size(std::string_view text) { return kLengthBytes + text.size() + 1; }

std::size_t digits_of(std::size_t index) {
  std::size_t digits = 1;
  for (; index >= 10; index /= 10) ++digits;
  return digits;
}

// Type, name and value.
std::size_t element_size(std::size_t name, const Value& value) {
  return 1 + name + 1 + bson_size(value);
}

std::size_t binary_size(const Value& value) {
  const std::size_t more = value.bytes_subtype() == kOldBinary ? kLengthBytes : 0;
  return kLengthBytes + 1 + more + value.as_bytes().size();
}

std::size_t javascript_size(const Value& value) {
  const std::size_t code = text_size(value.javascript_code());
  const Value* scope = value.javascript_scope();
  return scope == nullptr ? code : kLengthBytes + code + bson_size(*scope);
}

// The input of the hash.
class HashInput {
 public:
  HashInput() { add_number(std::int32_t{0}); }  // the seed

  void add(const Value& value) {
    add_number(canonical_type(value));
    add_content(value);
  }

  std::int64_t result() const {
    const Bytes digest = hash_of(HashKind::md5, bytes_);
    std::uint64_t number = 0;
    for (std::size_t i = 8; i-- > 0;) {
      number = (number << 8U) | static_cast<unsigned char>(digest[i]);
    }
    return static_cast<std::int64_t>(number);
  }

 private:
  // The places of types in their order.
  static std::int32_t canonical_type(const Value& value) {
    switch (bson_type(value)) {
      case BsonType::min_key: return -1;
      case BsonType::missing:
      case BsonType::undefined: return 0;
      case BsonType::null: return 5;
      case BsonType::number_double:
      case BsonType::number_int:
      case BsonType::number_long:
      case BsonType::number_decimal: return 10;
      case BsonType::string:
      case BsonType::symbol: return 15;
      case BsonType::object: return 20;
      case BsonType::array: return 25;
      case BsonType::binary: return 30;
      case BsonType::object_id: return 35;
      case BsonType::boolean: return 40;
      case BsonType::date: return 45;
      case BsonType::timestamp: return 47;
      case BsonType::regex: return 50;
      case BsonType::db_pointer: return 55;
      case BsonType::javascript: return 60;
      case BsonType::javascript_with_scope: return 65;
      case BsonType::max_key: return 127;
    }
    return 0;
  }

  template <class Number>
  void add_number(Number number) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      bytes_.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i)));
    }
  }
  void add_text(std::string_view text) {
    bytes_.append(text);
    bytes_.push_back('\0');
  }
  void add_sized_text(std::string_view text) {
    add_number(static_cast<std::int32_t>(text.size() + 1));
    add_text(text);
  }

  void add_content(const Value& value) {
    switch (value.type()) {
      case Type::int64:
      case Type::uint64:
      case Type::float64:
      case Type::decimal: add_integral_part(value); return;
      case Type::string:
      case Type::symbol: add_sized_text(value.as_string()); return;
      case Type::boolean: add_number(static_cast<std::int8_t>(value.as_boolean() ? 1 : 0)); return;
      case Type::timestamp: add_number(date_millis(value.as_timestamp())); return;
      case Type::log_stamp:
        add_number(value.log_stamp_increment());
        add_number(value.log_stamp_seconds());
        return;
      case Type::object_id: bytes_.append(value.as_bytes()); return;
      case Type::bytes:
      case Type::uuid: add_binary(value); return;
      case Type::regex:
        add_text(value.regex_pattern());
        add_text(value.regex_options());
        return;
      case Type::javascript: add_javascript(value); return;
      case Type::array: add_elements(value.as_array()); return;
      case Type::object:
      case Type::geometry: add_fields(value.as_object()); return;
      case Type::date:
      case Type::time_of_day:
      case Type::duration: add_content(as_bson(value)); return;
      case Type::null:
      case Type::undefined:
      case Type::min_key:
      case Type::max_key: return;
    }
  }

  void add_integral_part(const Value& number) {
    const auto cut = round(number, 0, RoundTo::zero);
    add_number(saturated_int64(cut.value_or(number)));
  }
  void add_binary(const Value& value) {
    add_number(static_cast<std::int32_t>(value.as_bytes().size()));
    add_number(static_cast<std::int8_t>(value.bytes_subtype()));
    bytes_.append(value.as_bytes());
  }
  void add_javascript(const Value& value) {
    if (value.javascript_scope() == nullptr) {
      add_sized_text(value.javascript_code());
      return;
    }
    add_text(value.javascript_code());
    add_fields(value.javascript_scope()->as_object());
  }
  // The end of a document is an element of no type.
  void add_elements(value::ArrayView elements) {
    std::size_t index = 0;
    for (const Value& element : elements) add_named(std::to_string(index++), element);
    add_number(std::int32_t{0});
  }
  void add_fields(value::ObjectView fields) {
    for (const value::Field& field : fields) add_named(field.name, field.value);
    add_number(std::int32_t{0});
  }
  void add_named(std::string_view name, const Value& value) {
    add_number(canonical_type(value));
    add_text(name);
    add_content(value);
  }

  Bytes bytes_;
};

}  // namespace

std::size_t bson_size(const Value& value) {
  switch (value.type()) {
    case Type::null:
    case Type::undefined:
    case Type::min_key:
    case Type::max_key: return 0;
    case Type::boolean: return 1;
    case Type::int64: return value.is_int32() ? 4 : 8;
    case Type::float64:
    case Type::timestamp:
    case Type::log_stamp:
    case Type::date: return 8;
    case Type::object_id: return 12;
    case Type::decimal:
    case Type::uint64: return 16;
    case Type::string:
    case Type::symbol: return text_size(value.as_string());
    case Type::bytes:
    case Type::uuid: return binary_size(value);
    case Type::regex: return value.regex_pattern().size() + value.regex_options().size() + 2;
    case Type::javascript: return javascript_size(value);
    case Type::time_of_day:
    case Type::duration: return bson_size(as_bson(value));
    case Type::array: {
      std::size_t size = kLengthBytes + 1;
      std::size_t index = 0;
      for (const Value& element : value.as_array()) {
        size += element_size(digits_of(index++), element);
      }
      return size;
    }
    case Type::object:
    case Type::geometry: {
      std::size_t size = kLengthBytes + 1;
      for (const value::Field& field : value.as_object()) {
        size += element_size(field.name.size(), field.value);
      }
      return size;
    }
  }
  return 0;
}

std::int64_t bson_hash(const Value& value) {
  HashInput input;
  input.add(value);
  return input.result();
}

}  // namespace octavo::mongodb
