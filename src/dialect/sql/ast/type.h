#pragma once

// Types as declared. Synonyms are resolved by the parser: INTEGER is int, BOOL is tinyint(1).

#include <array>
#include <cstdint>
#include <optional>

#include "base/rows.h"
#include "dialect/sql/ast/node.h"

namespace octavo::sql {

enum class TypeKind : std::uint8_t {
  tiny_integer,
  small_integer,
  medium_integer,
  integer,
  big_integer,
  decimal,
  single_float,
  double_float,
  bit,
  date,
  time,
  datetime,
  timestamp,
  year,
  character,
  varchar,
  binary,
  varbinary,
  tiny_blob,
  blob,
  medium_blob,
  long_blob,
  tiny_text,
  text,
  medium_text,
  long_text,
  json,
  enumeration,
  set,
  geometry,
  point,
  line_string,
  polygon,
  multi_point,
  multi_line_string,
  multi_polygon,
  geometry_collection,
  signed_integer,    // of CAST
  unsigned_integer,  // likewise
};

struct TypeRow {
  TypeKind kind;
  std::string_view text;
  std::uint8_t parts;  // of type_part
};

// What may follow a type's name.
namespace type_part {
enum Bit : std::uint8_t {
  kLength = 1 << 0,  // (n)
  kScale = 1 << 1,   // (n, m)
  kSign = 1 << 2,    // UNSIGNED, ZEROFILL
  kCharset = 1 << 3,
  kMembers = 1 << 4,  // ('a', 'b')
  kNeedsLength = 1 << 5,
  kOfCast = 1 << 6,    // CAST may name it
  kOnlyCast = 1 << 7,  // and a column may not
};

inline constexpr std::array kRows = std::to_array<TypeRow>({
    {TypeKind::tiny_integer, "tinyint", kLength | kSign},
    {TypeKind::small_integer, "smallint", kLength | kSign},
    {TypeKind::medium_integer, "mediumint", kLength | kSign},
    {TypeKind::integer, "int", kLength | kSign},
    {TypeKind::big_integer, "bigint", kLength | kSign},
    {TypeKind::decimal, "decimal", kLength | kScale | kSign | kOfCast},
    {TypeKind::single_float, "float", kLength | kScale | kSign | kOfCast},
    {TypeKind::double_float, "double", kScale | kSign | kOfCast},
    {TypeKind::bit, "bit", kLength},
    {TypeKind::date, "date", kOfCast},
    {TypeKind::time, "time", kLength | kOfCast},
    {TypeKind::datetime, "datetime", kLength | kOfCast},
    {TypeKind::timestamp, "timestamp", kLength},
    {TypeKind::year, "year", kLength | kSign | kOfCast},
    {TypeKind::character, "char", kLength | kCharset | kOfCast},
    {TypeKind::varchar, "varchar", kLength | kCharset | kNeedsLength},
    {TypeKind::binary, "binary", kLength | kOfCast},
    {TypeKind::varbinary, "varbinary", kLength | kNeedsLength},
    {TypeKind::tiny_blob, "tinyblob", 0},
    {TypeKind::blob, "blob", kLength},
    {TypeKind::medium_blob, "mediumblob", 0},
    {TypeKind::long_blob, "longblob", 0},
    {TypeKind::tiny_text, "tinytext", kCharset},
    {TypeKind::text, "text", kLength | kCharset},
    {TypeKind::medium_text, "mediumtext", kCharset},
    {TypeKind::long_text, "longtext", kCharset},
    {TypeKind::json, "json", kOfCast},
    {TypeKind::enumeration, "enum", kMembers | kCharset},
    {TypeKind::set, "set", kMembers | kCharset},
    {TypeKind::geometry, "geometry", 0},
    {TypeKind::point, "point", kOfCast},
    {TypeKind::line_string, "linestring", kOfCast},
    {TypeKind::polygon, "polygon", kOfCast},
    {TypeKind::multi_point, "multipoint", kOfCast},
    {TypeKind::multi_line_string, "multilinestring", kOfCast},
    {TypeKind::multi_polygon, "multipolygon", kOfCast},
    {TypeKind::geometry_collection, "geomcollection", kOfCast},
    {TypeKind::signed_integer, "signed", kOfCast | kOnlyCast},
    {TypeKind::unsigned_integer, "unsigned", kOfCast | kOnlyCast},
});
}  // namespace type_part

inline constexpr const auto& kTypes = type_part::kRows;
static_assert(rows_in_place(kTypes, &TypeRow::kind, TypeKind::unsigned_integer));

struct DataType {
  TypeKind kind = TypeKind::integer;
  std::optional<std::uint32_t> length;  // or precision
  std::optional<std::uint32_t> scale;
  List<std::string_view> members;  // of ENUM and SET
  bool is_unsigned = false;
  bool zerofill = false;
  bool binary = false;  // the collation by bytes of the character set
  Name charset;         // empty: of the table
  Name collation;       // empty: of the character set

  friend bool operator==(const DataType&, const DataType&) = default;
};

}  // namespace octavo::sql
