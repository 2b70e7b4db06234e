#include "protocol/rethinkdb/cheap.h"

#include <algorithm>
#include <array>

#include "protocol/rethinkdb/service_state.h"

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

constexpr std::uint16_t kDbTerm = 14;
constexpr std::uint16_t kTableTerm = 15;

bool is_system_database(const algebra::ExprPtr& expression) {
  const auto* call = std::get_if<algebra::Call>(&expression->node);
  if (call == nullptr || call->function.number != kDbTerm || call->args.size() != 1) return false;
  const auto* name = std::get_if<algebra::Const>(&call->args.front()->node);
  return name != nullptr && name->value.is_string() &&
         name->value.as_string() == kSystemDatabaseName;
}

}  // namespace

bool is_cheap(const reql::Query& query) {
  std::size_t nodes = kMaxNodes;
  return !query.writes && query.term != nullptr && cheap(query.term, nodes);
}

bool is_urgent(const reql::Query& query) {
  // The table that a chain of terms begins with: r.db(…).table(…).filter(…)…
  const algebra::ExprPtr* at = &query.term;
  while (*at != nullptr) {
    const auto* call = std::get_if<algebra::Call>(&(*at)->node);
    if (call == nullptr || call->args.empty()) return false;
    if (call->function.number == kTableTerm) {
      if (call->args.size() == 2) return is_system_database(call->args.front());
      return std::ranges::any_of(query.options, [](const algebra::Option& option) {
        return option.name == "db" && is_system_database(option.value);
      });
    }
    at = &call->args.front();
  }
  return false;
}

}  // namespace octavo::rethinkdb
