#include "dialect/sql/type/names.h"

#include <algorithm>

namespace octavo::sql {
namespace {

using value::Extent;
using value::LogicalType;

struct SizedWord {
  std::uint64_t size;  // bits of an integer; bytes of a large text or bytes
  std::string_view word;
};
constexpr SizedWord kIntegers[] = {
    {8, "tinyint"}, {16, "smallint"}, {24, "mediumint"}, {32, "int"}, {64, "bigint"}};
constexpr SizedWord kTexts[] = {
    {0xff, "tinytext"}, {0xffff, "text"}, {0xff'ffff, "mediumtext"}, {0xffff'ffff, "longtext"}};
constexpr SizedWord kBlobs[] = {
    {0xff, "tinyblob"}, {0xffff, "blob"}, {0xff'ffff, "mediumblob"}, {0xffff'ffff, "longblob"}};

std::string_view word_of_size(std::span<const SizedWord> words, std::uint64_t size) {
  const auto found =
      std::ranges::find_if(words, [size](const SizedWord& row) { return size <= row.size; });
  return found == words.end() ? words.back().word : found->word;
}

std::string_view word_of_text(const LogicalType& type) {
  if (type.extent == Extent::large) return word_of_size(kTexts, type.length);
  return type.extent == Extent::fixed ? "char" : "varchar";
}

std::string_view word_of_bytes(const LogicalType& type) {
  if (type.extent == Extent::large) return word_of_size(kBlobs, type.length);
  return type.extent == Extent::fixed ? "binary" : "varbinary";
}

std::string in_parentheses(std::uint64_t number) { return "(" + std::to_string(number) + ")"; }
std::string in_parentheses(std::uint64_t number, std::uint64_t scale) {
  return "(" + std::to_string(number) + "," + std::to_string(scale) + ")";
}

std::string members_of(const LogicalType& type) {
  std::string text = "(";
  for (const std::string& member : type.members) {
    if (text.size() > 1) text += ',';
    text += '\'';
    for (const char c : member) text.append(c == '\'' ? 2 : 1, c);
    text += '\'';
  }
  return text + ")";
}

std::string details_of(const LogicalType& type) {
  switch (type.kind) {
    case Kind::integer: return type.shown_width == 0 ? "" : in_parentheses(type.shown_width);
    case Kind::boolean: return "(1)";
    case Kind::real: return type.precision == 0 ? "" : in_parentheses(type.precision, type.scale);
    case Kind::decimal: return in_parentheses(type.precision, type.scale);
    case Kind::text:
    case Kind::bytes: return type.extent == Extent::large ? "" : in_parentheses(type.length);
    case Kind::bits: return in_parentheses(type.bits);
    case Kind::time:
    case Kind::datetime:
    case Kind::timestamp: return type.precision == 0 ? "" : in_parentheses(type.precision);
    case Kind::enumeration:
    case Kind::set: return members_of(type);
    default: return "";
  }
}

}  // namespace

std::string_view type_word(const LogicalType& type) {
  switch (type.kind) {
    case Kind::null: return "null";
    case Kind::boolean: return "tinyint";
    case Kind::integer: return word_of_size(kIntegers, type.bits);
    case Kind::real: return type.bits == 32 ? "float" : "double";
    case Kind::decimal: return "decimal";
    case Kind::text: return word_of_text(type);
    case Kind::bytes: return word_of_bytes(type);
    case Kind::bits: return "bit";
    case Kind::date: return "date";
    case Kind::time: return "time";
    case Kind::datetime: return "datetime";
    case Kind::timestamp: return "timestamp";
    case Kind::year: return "year";
    case Kind::enumeration: return "enum";
    case Kind::set: return "set";
    case Kind::json:
    case Kind::array: return "json";
    case Kind::geometry: return "geometry";
    // What MySQL has no type for is shown as a text.
    case Kind::dynamic:
    case Kind::uuid:
    case Kind::object_id:
    case Kind::duration: return "longtext";
  }
  std::unreachable();
}

std::string type_text(const LogicalType& type) {
  std::string text(type_word(type));
  text += details_of(type);
  if (type.is_unsigned) text += " unsigned";
  if (type.zerofill) text += " zerofill";
  return text;
}

}  // namespace octavo::sql
