#include "protocol/rethinkdb/cheap.h"

#include <algorithm>

#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "protocol/rethinkdb/service_state.h"

namespace octavo::rethinkdb {
namespace {

constexpr std::size_t kMaxNodes = 64;

bool is_system_database(const algebra::ExprPtr& expression) {
  const auto* call = std::get_if<algebra::Call>(&expression->node);
  if (call == nullptr || call->function.number != reql::term::kDb || call->args.size() != 1) {
    return false;
  }
  const auto* name = std::get_if<algebra::Const>(&call->args.front()->node);
  return name != nullptr && name->value.is_string() &&
         name->value.as_string() == kSystemDatabaseName;
}

}  // namespace

bool is_cheap(const reql::Query& query) {
  return !query.writes && query.term != nullptr && reql::is_cheap(query.term, kMaxNodes);
}

bool is_urgent(const reql::Query& query) {
  // The table that a chain of terms begins with: r.db(…).table(…).filter(…)…
  const algebra::ExprPtr* at = &query.term;
  while (*at != nullptr) {
    const auto* call = std::get_if<algebra::Call>(&(*at)->node);
    if (call == nullptr || call->args.empty()) return false;
    if (call->function.number == reql::term::kTable) {
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
