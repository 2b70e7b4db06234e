#include "protocol/mongodb/command/index_duplicates.h"

#include <set>
#include <utility>
#include <vector>

#include "algebra/plan.h"
#include "function/family.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/index_checks.h"
#include "protocol/mongodb/command/index_definition.h"
#include "value/account.h"
#include "value/key.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::size_t kRowsAtOnce = 256;

// Of an index over values: its function gives them, and the executor groups them.
Result<std::optional<Value>> find_equal_values(CommandCall& call, TableId table,
                                               const catalog::IndexDefinition& index) {
  ByteReader reader(index.function);
  TRY(const auto function, function::open_function(reader));
  constexpr algebra::VarId kEntry{1};
  algebra::PlanPtr plan = algebra::make_plan(algebra::Scan{.table = table});
  plan = algebra::make_plan(algebra::Unwind{.input = std::move(plan), .function = function});
  plan = algebra::make_plan(
      algebra::Group{.input = std::move(plan),
                     .keys = {algebra::lambda({kEntry}, algebra::variable(kEntry))},
                     .aggregates = {algebra::Aggregate{.kind = algebra::AggregateKind::count}}});
  call.context().leave_version();
  TRY(const auto query, call.engine().query(plan, call.context()));
  std::vector<Value> rows;
  do {
    rows.clear();
    TRY_STATUS(query->next(kRowsAtOnce, rows));
    for (const Value& row : rows) {
      const Value* const count = row.find("reduction");
      const Value* const key = row.find("group");
      if (count == nullptr || key == nullptr || !count->is_number()) continue;
      if (count->to_double() > 1) return std::optional(*key);
    }
  } while (!rows.empty());
  return std::optional<Value>();
}

// Of an index over places, which makes its keys itself: cells, of which a shape has several.
Result<std::optional<Value>> find_shared_cell(CommandCall& call, TableId table,
                                              const catalog::IndexDefinition& index) {
  TRY(const auto opened, open_index(call.engine(), index));
  call.context().leave_version();
  TRY(const auto query,
      call.engine().query(algebra::make_plan(algebra::Scan{.table = table}), call.context()));
  constexpr std::size_t kBytesOfKey = 96;  // with its place in the set
  value::Charge held(call.context().evaluation.account);
  std::set<Bytes> seen;
  std::vector<Value> rows;
  std::vector<Bytes> keys;
  do {
    rows.clear();
    TRY_STATUS(query->next(kRowsAtOnce, rows));
    for (const Value& row : rows) {
      keys.clear();
      opened->keys_of(row, keys);
      TRY_STATUS(held.add(keys.size() * kBytesOfKey));
      for (Bytes& key : keys) {
        const auto [at, fresh] = seen.insert(std::move(key));
        if (fresh) continue;
        ByteReader reader(*at);
        TRY(Value shared, value::decode_key(reader));
        return std::optional(std::move(shared));
      }
    }
  } while (!rows.empty());
  return std::optional<Value>();
}

}  // namespace

Result<std::optional<Value>> find_duplicate(CommandCall& call, TableId table,
                                            const catalog::IndexDefinition& index) {
  return special_index(index) ? find_shared_cell(call, table, index)
                              : find_equal_values(call, table, index);
}

}  // namespace octavo::mongodb
