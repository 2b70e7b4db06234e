#include "protocol/mysql/language/kept_plan.h"

#include <algorithm>

#include "dialect/sql/bind/reuse.h"
#include "engine/table_statistics.h"
#include "protocol/mysql/language/execution.h"
#include "protocol/mysql/language/query_rows.h"

namespace octavo::mysql {
namespace {

constexpr std::int64_t kQuarterNs = 15LL * 60 * 1'000'000'000;
constexpr std::uint64_t kLongestPause = 1'024;

// A text is of any length (sql::reusable).
bool fit(const std::vector<sql::Type>& types, std::span<const sql::Constant> parameters) {
  return std::ranges::equal(types, parameters, sql::is_same_form, {}, &sql::Constant::type);
}

}  // namespace

KeptPlan::Conditions KeptPlan::conditions_of(Execution& execution) {
  const sql::SessionState& state = execution.state();
  const engine::TableStatistics& statistics = engine::statistics_of(execution.engine());
  Conditions out{.definitions = execution.engine().catalog()->version(),
                 .statistics = &statistics,
                 .statistics_revision = statistics.revision(),
                 .temporary = execution.session().temporary().revision(),
                 .locked = execution.session().locked_tables().revision(),
                 .settings = state.settings_revision(),
                 .database = state.database,
                 .quarter = state.now_ns / kQuarterNs,
                 .fixed_now = state.fixed_now_ns};
  out.parameters.reserve(execution.parameters().size());
  for (const sql::Constant& each : execution.parameters()) out.parameters.push_back(each.type);
  return out;
}

bool KeptPlan::holds_for(Execution& execution) {
  ++executions_;
  if (std::holds_alternative<std::monostate>(bound_)) return false;
  const sql::SessionState& state = execution.state();
  const Conditions& made = made_for_;
  const bool holds = made.settings == state.settings_revision() &&
                     made.temporary == execution.session().temporary().revision() &&
                     made.locked == execution.session().locked_tables().revision() &&
                     made.quarter == state.now_ns / kQuarterNs &&
                     made.fixed_now == state.fixed_now_ns && made.database == state.database &&
                     fit(made.parameters, execution.parameters()) &&
                     made.definitions == execution.engine().catalog()->version() &&
                     made.statistics_revision == made.statistics->revision() &&
                     // Its plain reads lock rows, when they are bound.
                     execution.session().transaction().characteristics().isolation !=
                         sql::IsolationLevel::serializable;
  if (holds) pause_ = 1;
  return holds;
}

bool KeptPlan::wants(Execution& execution) {
  if (executions_ < next_try_) return false;
  next_try_ = executions_ + pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
  return execution.session().transaction().characteristics().isolation !=
         sql::IsolationLevel::serializable;
}

}  // namespace octavo::mysql
