#include "dialect/reql/keys.h"

#include <fmt/format.h>

#include "dialect/reql/error.h"
#include "dialect/reql/host.h"
#include "dialect/reql/text/time_text.h"

namespace octavo::reql {
namespace {

constexpr std::size_t kQuotedBytes = 20;  // of a string that is not a legal key, in the message

// "N", 16 hexadecimal digits, "#" and the number as text.
std::size_t number_length(double value) {
  return 1 + 16 + 1 + print_number(value == 0 ? 0.0 : value).size();
}

std::unexpected<Error> null_byte(std::string_view text, std::size_t offset) {
  std::string quoted;
  for (const char c : text.substr(0, kQuotedBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (byte < 0x20 || byte >= 0x7f) {
      quoted.append(fmt::format("\\x{:02x}", byte));
    } else {
      quoted.push_back(c);
    }
  }
  return fail_logic(fmt::format(
      "String \"{}\" (truncated) contains NULL byte at offset {} in index key.", quoted, offset));
}

Result<std::size_t> key_length(const Value& key);

Result<std::size_t> array_length(const Value& key) {
  std::size_t length = 1;
  for (const Value& element : key.as_array()) {
    if (element.is_null() || element.is_object()) {
      return fail(element.is_null() ? Code::missing_value : Code::invalid_argument,
                  fmt::format("Array keys can only contain numbers, strings, bools,  pseudotypes, "
                              "or arrays (got {} of type {}).",
                              print(element), type_name(element)));
    }
    TRY(const std::size_t inner, key_length(element));
    length += inner + 1;
  }
  return length;
}

// The bytes that RethinkDB's text form of `key` takes; keys of other kinds are errors.
Result<std::size_t> key_length(const Value& key) {
  switch (key.type()) {
    case Type::min_key:
    case Type::max_key: return 2;
    case Type::boolean: return 2;
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal:
    case Type::time_of_day:
    case Type::duration:
      return number_length(key.is_number() ? key.to_double()
                                           : static_cast<double>(key.as_nanoseconds()));
    case Type::string: {
      const std::size_t zero = key.as_string().find('\0');
      if (zero != std::string_view::npos) return null_byte(key.as_string(), zero);
      return 1 + key.as_string().size();
    }
    case Type::bytes: {
      std::size_t length = std::string_view("PBINARY:").size();
      for (const char c : key.as_bytes()) length += c == '\0' || c == '\1' ? 2 : 1;
      return length;
    }
    case Type::timestamp:
      return std::string_view("PTIME:").size() + number_length(epoch_seconds(key.as_timestamp()));
    case Type::array: return array_length(key);
    case Type::geometry:
      return fail_logic(
          "Cannot use a geometry value as a key value in a primary or "
          "non-geospatial secondary index.");
    case Type::date:
    case Type::log_stamp:
    case Type::uuid:
    case Type::object_id:
    case Type::symbol: return 32;
    case Type::null:
    case Type::undefined:
    case Type::object:
    case Type::regex:
    case Type::javascript: break;
  }
  return fail(key.is_null() ? Code::missing_value : Code::invalid_argument,
              fmt::format("Primary keys must be either a number, string, bool, pseudotype or "
                          "array (got type {}):\n{}",
                          type_name(key), print_short(key)));
}

}  // namespace

Status check_primary_key(const TableInfo& table, const Value& key) {
  if (key.type() == Type::float64) return {};  // the common case, never too long
  const bool text = key.is_string() || key.type() == Type::bytes;
  if (text && table.any_text_is_key) return {};
  TRY(const std::size_t length, key_length(key));
  if (length > kMaxPrimaryKeyBytes + 1) {
    return fail_logic(fmt::format("Primary key too long (max {} characters): {}",
                                  kMaxPrimaryKeyBytes, print(key)));
  }
  return {};
}

Status check_index_key(const Value& key) {
  if (key.is_null() || key.is_object()) {
    return fail(key.is_null() ? Code::missing_value : Code::invalid_argument,
                fmt::format("Secondary keys must be a number, string, bool, pseudotype, or array "
                            "(got type {}):\n{}",
                            type_name(key), print_short(key)));
  }
  if (key.is_array()) {
    for (const Value& element : key.as_array()) {
      if (element.is_null() || element.is_object()) {
        TRY_STATUS(array_length(key));
      }
    }
  }
  if (key.type() == Type::geometry) TRY_STATUS(key_length(key));
  return {};
}

}  // namespace octavo::reql
