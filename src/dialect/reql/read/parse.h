#pragma once

// Queries as drivers send them, JSON to expressions: `[type, term, {global options}]`, where a term
// is `[number, [arguments], {options}]`, an object, or a scalar.
//
// Constant arrays and objects become one constant each. Variables are checked to be in scope,
// r.row becomes the variable it stands for, arity and option names are checked, and writes inside
// functions that run per row are refused: all with the messages that clients know.

#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

#include "algebra/expr.h"
#include "base/bytes.h"
#include "dialect/reql/error.h"
#include "value/account.h"

namespace octavo::reql {

enum class QueryType : std::uint8_t {
  start = 1,
  continue_stream = 2,
  stop = 3,
  noreply_wait = 4,
  server_info = 5,
};

struct Query {
  QueryType type = QueryType::start;
  algebra::ExprPtr term;                 // start only
  std::vector<algebra::Option> options;  // the global ones, `noreply` and `profile` among them
  std::size_t largest_array = 0;         // of the constants; may be above the query's array limit
  bool writes = false;                   // some term changes rows or metadata
  bool noreply = false;
  bool profile = false;
  std::shared_ptr<value::Charge> terms;  // what they take, shared by copies of the query
};

// Values and terms are charged to `account` as long as the query is held: they take several times
// the bytes of the text.
Expected<Query, ReqlError> parse_query(BytesView json, value::Account* account = nullptr);

}  // namespace octavo::reql
