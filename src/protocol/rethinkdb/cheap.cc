#include "protocol/rethinkdb/cheap.h"

#include <algorithm>
#include <array>

namespace octavo::rethinkdb {
namespace {

// DB, TABLE, GET, GET_FIELD, HAS_FIELDS, PLUCK, WITHOUT, DEFAULT, BRACKET, and scalars of a few
// operations.
constexpr std::array<std::uint16_t, 24> kCheapTerms = {14, 15, 16, 17, 18, 19, 20, 21,
                                                       22, 23, 24, 25, 26, 27, 28, 31,
                                                       32, 33, 34, 52, 66, 67, 92, 170};
constexpr std::size_t kMaxNodes = 64;

// Counts down the nodes that may still be looked at.
bool cheap(const algebra::ExprPtr& expression, std::size_t& nodes) {
  if (nodes == 0) return false;
  --nodes;
  if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
    if (std::ranges::find(kCheapTerms, call->function.number) == kCheapTerms.end()) return false;
    return std::ranges::all_of(call->args, [&](const auto& arg) { return cheap(arg, nodes); }) &&
           std::ranges::all_of(call->options,
                               [&](const auto& option) { return cheap(option.value, nodes); });
  }
  return std::holds_alternative<algebra::Const>(expression->node);
}

}  // namespace

bool is_cheap(const function::reql::Query& query) {
  std::size_t nodes = kMaxNodes;
  return !query.writes && query.term != nullptr && cheap(query.term, nodes);
}

}  // namespace octavo::rethinkdb
