#include "dialect/sql/parser/special_call.h"

#include <array>

namespace octavo::sql {
namespace {

Checked add_argument(Parser& parser, ListBuilder<Argument>& arguments, std::string_view before) {
  TRY(const Expr value, parse_expr(parser));
  arguments.add({.before = before, .value = value});
  return {};
}

Expr word_at(Parser& parser, Name word, std::uint32_t begin) {
  return {.place = parser.place_from(begin), .node = Word{word}};
}

// EXTRACT(unit FROM x)
Checked parse_extract(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  const std::uint32_t begin = parser.begin();
  TRY(const Name unit, parse_unit(parser));
  arguments.add({.value = word_at(parser, unit, begin)});
  TRY_STATUS(parser.expect("FROM"));
  TRY_STATUS(add_argument(parser, arguments, "from"));
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// TRIM([[LEADING | TRAILING | BOTH] [x] FROM] y)
Checked parse_trim(Parser& parser, Call& call) {
  struct Row {
    Terminal word;
    std::string_view side;
    std::string_view side_alone;
  };
  static constexpr Row kSides[] = {{"LEADING", "leading", "leading from"},
                                   {"TRAILING", "trailing", "trailing from"},
                                   {"BOTH", "both", "both from"}};
  auto arguments = parser.list<Argument>();
  const Row* side = nullptr;
  for (const Row& row : kSides) {
    if (side == nullptr && parser.take(row.word)) side = &row;
  }
  if (side != nullptr && parser.take("FROM")) {
    TRY_STATUS(add_argument(parser, arguments, side->side_alone));
  } else {
    TRY_STATUS(add_argument(parser, arguments, side == nullptr ? "" : side->side));
    if (side != nullptr || parser.at("FROM")) {
      TRY_STATUS(parser.expect("FROM"));
      TRY_STATUS(add_argument(parser, arguments, "from"));
    }
  }
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// SUBSTRING(x, from [, size]), SUBSTRING(x FROM from [FOR size])
Checked parse_substring(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  TRY_STATUS(add_argument(parser, arguments, {}));
  const bool words = parser.take("FROM");
  if (!words) TRY_STATUS(parser.expect(","));
  TRY_STATUS(add_argument(parser, arguments, {}));
  if (words ? parser.take("FOR") : parser.take(",")) {
    TRY_STATUS(add_argument(parser, arguments, {}));
  }
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// POSITION(x IN y)
Checked parse_position(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  TRY(const Expr part, parse_operand(parser, Level::bit_or));
  arguments.add({.value = part});
  TRY_STATUS(parser.expect("IN"));
  TRY_STATUS(add_argument(parser, arguments, {}));
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// DATE_ADD(x, INTERVAL 1 DAY)
Checked parse_date_add(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  TRY_STATUS(add_argument(parser, arguments, {}));
  TRY_STATUS(parser.expect(","));
  if (!parser.at("INTERVAL")) return parser.unexpected();
  TRY(const Expr interval, parse_interval(parser));
  if (!std::holds_alternative<Interval>(interval.node)) return parser.unexpected();
  arguments.add({.value = interval});
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// ADDDATE(x, INTERVAL 1 DAY), ADDDATE(x, 1)
Checked parse_add_days(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  TRY_STATUS(add_argument(parser, arguments, {}));
  TRY_STATUS(parser.expect(","));
  if (parser.at("INTERVAL")) {
    TRY(Expr interval, parse_interval(parser));
    if (!std::holds_alternative<Interval>(interval.node)) {
      TRY(interval, parse_infixes(parser, interval, Level::disjunction));
    }
    arguments.add({.value = interval});
  } else {
    TRY_STATUS(add_argument(parser, arguments, {}));
  }
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// TIMESTAMPADD(unit, x, y), with units of one part
Checked parse_with_unit(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  const Token first = parser.token();
  TRY(const Name unit, parse_unit(parser));
  if (!is_simple_unit(unit)) return std::unexpected(SyntaxFault{FaultKind::syntax, first.begin});
  arguments.add({.value = word_at(parser, unit, first.begin)});
  for (int i = 0; i < 2; ++i) {
    TRY_STATUS(parser.expect(","));
    TRY_STATUS(add_argument(parser, arguments, {}));
  }
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// GET_FORMAT(DATE, 'EUR')
Checked parse_get_format(Parser& parser, Call& call) {
  static constexpr Terminal kTypes[] = {"DATE", "TIME", "DATETIME", "TIMESTAMP"};
  auto arguments = parser.list<Argument>();
  const std::uint32_t begin = parser.begin();
  Name type;
  for (const Terminal word : kTypes) {
    if (type.empty() && parser.take(word)) type = terminal_text(word.number());
  }
  if (type.empty()) return parser.unexpected();
  // TIMESTAMP has the formats of DATETIME.
  if (type == "TIMESTAMP") type = "DATETIME";
  arguments.add({.value = word_at(parser, type, begin)});
  TRY_STATUS(parser.expect(","));
  TRY_STATUS(add_argument(parser, arguments, {}));
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// VALUES(column)
Checked parse_values_of(Parser& parser, Call& call) {
  const std::uint32_t begin = parser.begin();
  TRY(const Path column, parse_column_name(parser));
  auto arguments = parser.list<Argument>();
  arguments.add({.value = {.place = parser.place_from(begin), .node = ColumnName{column}}});
  call.arguments = arguments.finish(parser.arena());
  return {};
}

Checked parse_nothing(Parser& /*parser*/, Call& /*call*/) { return {}; }

// NOW(), NOW(6)
Checked parse_precision(Parser& parser, Call& call) {
  if (parser.kind() != TokenKind::integer) return {};
  TRY(const Expr digits, parse_literal(parser));
  auto arguments = parser.list<Argument>();
  arguments.add({.value = digits});
  call.arguments = arguments.finish(parser.arena());
  return {};
}

// JSON_OBJECTAGG(key, value)
Checked parse_pair(Parser& parser, Call& call) {
  auto arguments = parser.list<Argument>();
  TRY_STATUS(add_argument(parser, arguments, {}));
  TRY_STATUS(parser.expect(","));
  TRY_STATUS(add_argument(parser, arguments, {}));
  call.arguments = arguments.finish(parser.arena());
  return {};
}

using namespace special;
constexpr std::uint8_t kRanking = kWindow | kNeedsWindow;

constexpr SpecialCallRow kSpecialCalls[] = {
    {"ADDDATE", "adddate", 0, parse_add_days},
    {"AVG", "avg", kWindow, parse_distinct_aggregate},
    {"BIT_AND", "bit_and", kWindow, parse_aggregate},
    {"BIT_OR", "bit_or", kWindow, parse_aggregate},
    {"BIT_XOR", "bit_xor", kWindow, parse_aggregate},
    {"CAST", "cast", 0, nullptr, parse_cast},
    {"CHAR", "char", 0, parse_char},
    {"CONVERT", "convert", 0, nullptr, parse_convert},
    {"COUNT", "count", kWindow, parse_count},
    {"CUME_DIST", "cume_dist", kRanking},
    {"CURDATE", "curdate", 0, parse_nothing},
    {"CURRENT_DATE", "curdate", kBare, parse_nothing},
    {"CURRENT_TIME", "curtime", kBare, parse_precision},
    {"CURRENT_TIMESTAMP", "now", kBare, parse_precision},
    {"CURRENT_USER", "current_user", kBare, parse_nothing},
    {"CURTIME", "curtime", 0, parse_precision},
    {"DATE_ADD", "date_add", 0, parse_date_add},
    {"DATE_SUB", "date_sub", 0, parse_date_add},
    {"DENSE_RANK", "dense_rank", kRanking},
    {"EXTRACT", "extract", 0, parse_extract},
    {"FIRST_VALUE", "first_value", kRanking | kNulls},
    {"GET_FORMAT", "get_format", 0, parse_get_format},
    {"GROUP_CONCAT", "group_concat", kWindow, parse_group_concat},
    {"JSON_ARRAYAGG", "json_arrayagg", kWindow, parse_aggregate},
    {"JSON_OBJECTAGG", "json_objectagg", kWindow, parse_pair},
    {"JSON_VALUE", "json_value", 0, parse_json_value},
    {"LAG", "lag", kRanking | kNulls},
    {"LAST_VALUE", "last_value", kRanking | kNulls},
    {"LEAD", "lead", kRanking | kNulls},
    {"LOCALTIME", "now", kBare, parse_precision},
    {"LOCALTIMESTAMP", "now", kBare, parse_precision},
    {"MAX", "max", kWindow, parse_distinct_aggregate},
    {"MID", "substr", 0, parse_substring},
    {"MIN", "min", kWindow, parse_distinct_aggregate},
    {"NOW", "now", 0, parse_precision},
    {"NTH_VALUE", "nth_value", kRanking | kNulls | kFromLast},
    {"NTILE", "ntile", kRanking},
    {"PERCENT_RANK", "percent_rank", kRanking},
    {"POSITION", "locate", 0, parse_position},
    {"RANK", "rank", kRanking},
    {"ROW_NUMBER", "row_number", kRanking},
    {"SCHEMA", "database", 0, parse_nothing},
    {"SESSION_USER", "user", 0, parse_nothing},
    {"STD", "std", kWindow, parse_aggregate},
    {"STDDEV", "std", kWindow, parse_aggregate},
    {"STDDEV_POP", "std", kWindow, parse_aggregate},
    {"STDDEV_SAMP", "stddev_samp", kWindow, parse_aggregate},
    {"ST_COLLECT", "st_collect", kWindow, parse_aggregate},
    {"SUBDATE", "subdate", 0, parse_add_days},
    {"SUBSTR", "substr", 0, parse_substring},
    {"SUBSTRING", "substr", 0, parse_substring},
    {"SUM", "sum", kWindow, parse_distinct_aggregate},
    {"SYSDATE", "sysdate", 0, parse_precision},
    {"SYSTEM_USER", "user", 0, parse_nothing},
    {"TIMESTAMPADD", "timestampadd", 0, parse_with_unit},
    {"TIMESTAMPDIFF", "timestampdiff", 0, parse_with_unit},
    {"TRIM", "trim", 0, parse_trim},
    {"UTC_DATE", "utc_date", kBare, parse_nothing},
    {"UTC_TIME", "utc_time", kBare, parse_precision},
    {"UTC_TIMESTAMP", "utc_timestamp", kBare, parse_precision},
    {"VALUES", "values", 0, parse_values_of},
    {"VARIANCE", "variance", kWindow, parse_aggregate},
    {"VAR_POP", "variance", kWindow, parse_aggregate},
    {"VAR_SAMP", "var_samp", kWindow, parse_aggregate},
    {"WEIGHT_STRING", "weight_string", 0, parse_weight_string},
};

// A row + 1 for each terminal.
constexpr auto kRowOfTerminal = [] {
  std::array<std::uint8_t, kSymbols.size() + kWords.size() + 1> rows{};
  for (std::size_t i = 0; i < std::size(kSpecialCalls); ++i) {
    rows[kSpecialCalls[i].word.number()] = static_cast<std::uint8_t>(i + 1);
  }
  return rows;
}();

}  // namespace

const SpecialCallRow* find_special_call(std::uint16_t terminal) {
  const std::uint8_t row = kRowOfTerminal[terminal];
  return row == 0 ? nullptr : &kSpecialCalls[row - 1];
}

}  // namespace octavo::sql
