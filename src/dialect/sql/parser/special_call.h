#pragma once

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {

namespace special {
enum Flag : std::uint8_t {
  kBare = 1 << 0,         // the parentheses may be left out: CURRENT_DATE
  kWindow = 1 << 1,       // OVER may follow
  kNeedsWindow = 1 << 2,  // and must
  kNulls = 1 << 3,        // RESPECT NULLS, IGNORE NULLS
  kFromLast = 1 << 4,     // FROM FIRST, FROM LAST
};
}  // namespace special

// A function whose call is not its name and a list of arguments.
struct SpecialCallRow {
  Terminal word;
  std::string_view name;  // in the tree; synonyms share it
  std::uint8_t flags = 0;
  // What stands in the parentheses. Null: a list of arguments.
  Checked (*parse)(Parser& parser, Call& call) = nullptr;
  // Likewise, for what becomes another node.
  Parsed<Expr> (*rewrite)(Parser& parser) = nullptr;
};

// Null when the word begins none.
const SpecialCallRow* find_special_call(std::uint16_t terminal);

// conversion_call.cc: CAST, CONVERT, and what else has a type or character set inside.
Parsed<Expr> parse_cast(Parser& parser);
Parsed<Expr> parse_convert(Parser& parser);
Checked parse_char(Parser& parser, Call& call);
Checked parse_weight_string(Parser& parser, Call& call);
Checked parse_json_value(Parser& parser, Call& call);

// aggregate_call.cc
Checked parse_aggregate(Parser& parser, Call& call);           // of one argument
Checked parse_distinct_aggregate(Parser& parser, Call& call);  // likewise, and DISTINCT may be said
Checked parse_count(Parser& parser, Call& call);
Checked parse_group_concat(Parser& parser, Call& call);

}  // namespace octavo::sql
