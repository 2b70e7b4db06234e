#pragma once

// The keywords of $jsonSchema, as rows of tables, one for each file.

#include <cstdint>
#include <span>
#include <string_view>

#include "dialect/mongodb/match/parse.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {

struct Keyword {
  std::string_view name;
  const value::Value& operand;
  const value::Value& schema;  // whose keyword it is
  const Place& place;

  const value::Value* beside(std::string_view other) const { return schema.find(other); }
  // A test of the value that the schema is about.
  algebra::ExprPtr on_value(std::uint16_t number, value::Value wanted) const;
  // The rule, for values of the types alone.
  algebra::ExprPtr if_type(const TypeSet& types, algebra::ExprPtr rule) const;
};

struct KeywordRow {
  std::string_view name;
  Result<algebra::ExprPtr> (*parse)(const Keyword& keyword);
};

std::span<const KeywordRow> value_keywords();        // types, numbers, strings
std::span<const KeywordRow> part_keywords();         // fields and elements
std::span<const KeywordRow> combination_keywords();  // other schemas, and words

// type_mismatch: "$jsonSchema keyword 'x' must be …".
std::unexpected<Error> wrong_type(const Keyword& keyword, std::string_view wanted);
// failed_to_parse: "$jsonSchema keyword 'x' …".
std::unexpected<Error> wrong_value(const Keyword& keyword, std::string_view wanted);

// A size or a count: failed_to_parse for what is none.
Result<algebra::ExprPtr> parse_count(std::uint16_t number, const Keyword& keyword);
// An array of names, without repetition and not empty.
Result<value::Value> different_names(const Keyword& keyword, const value::Value& given);

}  // namespace octavo::mongodb
