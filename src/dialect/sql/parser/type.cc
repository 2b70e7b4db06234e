// Types of columns and of CAST. A type is a row by its first words; flags of its kind (ast/type.h)
// say what may follow.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct TypeWordRow {
  Terminal word;
  TypeKind kind;
  Terminal second = {};
  bool second_may_miss = false;
  std::uint32_t length = 0;  // that the words imply
};

// Where two rows begin alike, the one with more words comes first.
constexpr TypeWordRow kTypeWords[] = {
    {"TINYINT", TypeKind::tiny_integer},
    {"INT1", TypeKind::tiny_integer},
    {"BOOL", TypeKind::tiny_integer, {}, false, 1},
    {"BOOLEAN", TypeKind::tiny_integer, {}, false, 1},
    {"SMALLINT", TypeKind::small_integer},
    {"INT2", TypeKind::small_integer},
    {"MEDIUMINT", TypeKind::medium_integer},
    {"INT3", TypeKind::medium_integer},
    {"MIDDLEINT", TypeKind::medium_integer},
    {"INT", TypeKind::integer},
    {"INTEGER", TypeKind::integer},
    {"INT4", TypeKind::integer},
    {"BIGINT", TypeKind::big_integer},
    {"INT8", TypeKind::big_integer},
    {"DECIMAL", TypeKind::decimal},
    {"DEC", TypeKind::decimal},
    {"NUMERIC", TypeKind::decimal},
    {"FIXED", TypeKind::decimal},
    {"FLOAT", TypeKind::single_float},
    {"FLOAT4", TypeKind::single_float},
    {"DOUBLE", TypeKind::double_float, "PRECISION", true},
    {"FLOAT8", TypeKind::double_float},
    {"REAL", TypeKind::double_float},
    {"BIT", TypeKind::bit},
    {"DATE", TypeKind::date},
    {"TIME", TypeKind::time},
    {"DATETIME", TypeKind::datetime},
    {"TIMESTAMP", TypeKind::timestamp},
    {"YEAR", TypeKind::year},
    {"NATIONAL", TypeKind::varchar, "VARCHAR"},
    {"NATIONAL", TypeKind::varchar, "VARCHARACTER"},
    {"NATIONAL", TypeKind::character, "CHARACTER"},
    {"NATIONAL", TypeKind::character, "CHAR"},
    {"NCHAR", TypeKind::varchar, "VARCHAR"},
    {"NCHAR", TypeKind::varchar, "VARCHARACTER"},
    {"NCHAR", TypeKind::character},
    {"NVARCHAR", TypeKind::varchar},
    {"CHAR", TypeKind::varchar, "VARYING"},
    {"CHAR", TypeKind::character},
    {"CHARACTER", TypeKind::varchar, "VARYING"},
    {"CHARACTER", TypeKind::character},
    {"VARCHAR", TypeKind::varchar},
    {"VARCHARACTER", TypeKind::varchar},
    {"BINARY", TypeKind::binary},
    {"VARBINARY", TypeKind::varbinary},
    {"TINYBLOB", TypeKind::tiny_blob},
    {"BLOB", TypeKind::blob},
    {"MEDIUMBLOB", TypeKind::medium_blob},
    {"LONGBLOB", TypeKind::long_blob},
    {"TINYTEXT", TypeKind::tiny_text},
    {"TEXT", TypeKind::text},
    {"MEDIUMTEXT", TypeKind::medium_text},
    {"LONGTEXT", TypeKind::long_text},
    {"LONG", TypeKind::medium_blob, "VARBINARY"},
    {"LONG", TypeKind::medium_text, "VARCHARACTER", true},
    {"LONG", TypeKind::medium_text, "VARCHAR", true},
    {"LONG", TypeKind::medium_text, "CHARACTER", true},
    {"LONG", TypeKind::medium_text, "CHAR", true},
    {"JSON", TypeKind::json},
    {"ENUM", TypeKind::enumeration},
    {"SET", TypeKind::set},
    {"GEOMETRY", TypeKind::geometry},
    {"POINT", TypeKind::point},
    {"LINESTRING", TypeKind::line_string},
    {"POLYGON", TypeKind::polygon},
    {"MULTIPOINT", TypeKind::multi_point},
    {"MULTILINESTRING", TypeKind::multi_line_string},
    {"MULTIPOLYGON", TypeKind::multi_polygon},
    {"GEOMETRYCOLLECTION", TypeKind::geometry_collection},
    {"GEOMCOLLECTION", TypeKind::geometry_collection},
    {"SIGNED", TypeKind::signed_integer, "INTEGER", true},
    {"SIGNED", TypeKind::signed_integer, "INT", true},
    {"UNSIGNED", TypeKind::unsigned_integer, "INTEGER", true},
    {"UNSIGNED", TypeKind::unsigned_integer, "INT", true},
};

const TypeWordRow* find_type(Parser& parser) {
  const TypeWordRow* alone = nullptr;
  for (const TypeWordRow& row : kTypeWords) {
    if (!parser.at(row.word)) continue;
    if (row.second && parser.at(row.word, row.second)) return &row;
    if (alone == nullptr && (!row.second || row.second_may_miss)) alone = &row;
  }
  return alone;
}

Checked parse_sizes(Parser& parser, DataType& type, std::uint8_t parts) {
  if ((parts & type_part::kMembers) != 0) {
    TRY(type.members, parser.list_in_parentheses<std::string_view>(
                          [](Parser& inner) { return inner.text_or_bytes(); }));
    return {};
  }
  if ((parts & (type_part::kLength | type_part::kScale)) == 0 || !parser.take("(")) {
    return (parts & type_part::kNeedsLength) != 0 ? Checked(parser.unexpected()) : Checked();
  }
  TRY(type.length, parser.number());
  if ((parts & type_part::kScale) != 0 && parser.at(",")) {
    parser.advance();
    TRY(type.scale, parser.number());
  } else if ((parts & type_part::kLength) == 0) {
    return parser.unexpected();  // DOUBLE(5)
  }
  return parser.expect(")");
}

void parse_sign(Parser& parser, DataType& type) {
  for (;;) {
    if (parser.take("UNSIGNED")) {
      type.is_unsigned = true;
    } else if (parser.take("ZEROFILL")) {
      type.zerofill = type.is_unsigned = true;
    } else if (!parser.take("SIGNED")) {
      return;
    }
  }
}

struct CharsetWordRow {
  Terminal word;
  Name charset;
};
constexpr CharsetWordRow kCharsetWords[] = {
    {"ASCII", "latin1"}, {"UNICODE", "ucs2"}, {"BYTE", "binary"}};

// CHARACTER SET x, ASCII, UNICODE, BYTE, each with BINARY before or behind.
Checked parse_charset_of(Parser& parser, DataType& type) {
  type.binary = parser.take("BINARY");
  if (take_charset_words(parser)) {
    TRY(type.charset, parse_charset_name(parser));
  } else {
    for (const CharsetWordRow& row : kCharsetWords) {
      if (!parser.take(row.word)) continue;
      type.charset = row.charset;
      break;
    }
  }
  if (!type.binary) type.binary = parser.take("BINARY");
  return {};
}

Parsed<DataType> parse_type(Parser& parser, bool of_cast) {
  const TypeWordRow* const row = find_type(parser);
  if (row == nullptr) return parser.unexpected();
  const std::uint8_t parts = row_of(kTypes, row->kind).parts;
  if ((parts & (of_cast ? type_part::kOfCast : type_part::kOnlyCast)) !=
      (of_cast ? type_part::kOfCast : 0)) {
    return parser.unexpected();
  }
  const bool national = parser.at("NATIONAL") || parser.at("NCHAR") || parser.at("NVARCHAR");
  const bool real = parser.at("REAL") && parser.mode(mode::kRealAsFloat);
  DataType type{.kind = real ? TypeKind::single_float : row->kind};
  const bool both = row->second && parser.at(row->word, row->second);
  parser.advance();
  if (both) parser.advance();
  // LONG CHAR VARYING, NATIONAL CHAR VARYING
  if (both && type.kind == TypeKind::medium_text) parser.take("VARYING");
  if (type.kind == TypeKind::character && parser.take("VARYING")) type.kind = TypeKind::varchar;
  if (row->length != 0) {
    type.length = row->length;
    return type;
  }
  TRY_STATUS(parse_sizes(parser, type, row_of(kTypes, type.kind).parts));
  if ((parts & type_part::kSign) != 0 && !of_cast) parse_sign(parser, type);
  if (national) {
    type.charset = "utf8mb3";
    type.binary = parser.take("BINARY");
  } else if ((parts & type_part::kCharset) != 0) {
    TRY_STATUS(parse_charset_of(parser, type));
  }
  // A text of bytes is a type of its own: CHAR(3) BYTE is BINARY(3).
  return type;
}

}  // namespace

bool take_charset_words(Parser& parser) {
  return parser.take("CHARACTER", "SET") || parser.take("CHAR", "SET") || parser.take("CHARSET");
}

Parsed<Name> parse_charset_name(Parser& parser) {
  if (parser.take("BINARY")) return Name("binary");
  TRY(const Name name, parser.name_or_text());
  return parser.lower(name);
}

Parsed<Name> parse_collation_name(Parser& parser) { return parse_charset_name(parser); }

Parsed<DataType> parse_column_type(Parser& parser) { return parse_type(parser, false); }

Parsed<DataType> parse_cast_type(Parser& parser) { return parse_type(parser, true); }

}  // namespace octavo::sql
