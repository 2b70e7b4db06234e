#include "dialect/mongodb/match/whole_filter.h"

#include <cstdint>

#include "algebra/children.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/tree.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;

struct Counts {
  std::size_t all = 0;
  std::size_t must_hold = 0;  // those that are no part of a disjunction or a negation
  std::size_t negated = 0;
};

struct Around {
  bool must_hold = true;
  bool negated = false;
};

Counts count_calls(const ExprPtr& expression, std::uint16_t number, const Around& around = {}) {
  Counts counts;
  if (call_of(expression, number) != nullptr) {
    counts = {
        .all = 1, .must_hold = around.must_hold ? 1U : 0U, .negated = around.negated ? 1U : 0U};
  }
  const Around within{.must_hold = around.must_hold && call_of(expression, op::kAllOf) != nullptr,
                      .negated = around.negated || call_of(expression, op::kNot) != nullptr};
  algebra::any_child(*expression, [&](const ExprPtr& part) {
    const Counts below = count_calls(part, number, within);
    counts.all += below.all;
    counts.must_hold += below.must_hold;
    counts.negated += below.negated;
    return false;
  });
  return counts;
}

}  // namespace

Status check_whole_filter(const ExprPtr& body) {
  const Counts nears = count_calls(body, op::kNear);
  if (nears.all > 1) return error(ErrorCode::bad_value, "Too many geoNear expressions");
  if (nears.all != nears.must_hold) {
    return error(ErrorCode::bad_value, "geoNear must be top-level expr");
  }
  const Counts texts = count_calls(body, op::kText);
  if (texts.all > 1) return error(ErrorCode::bad_value, "Too many text expressions");
  if (texts.all != 0 && nears.all != 0) {
    return error(ErrorCode::bad_value, "text and geoNear not allowed in same query");
  }
  if (texts.negated != 0) {
    return error(ErrorCode::bad_value, "text expression not allowed in $nor");
  }
  // Without the index nobody knows what is found by the other branches of a disjunction.
  if (texts.all != texts.must_hold) {
    return error(ErrorCode::no_query_execution_plans,
                 "error processing query: Failed to produce a solution for TEXT under OR - other "
                 "non-TEXT clauses under OR have to be indexed as well.");
  }
  return {};
}

}  // namespace octavo::mongodb
