#include "protocol/mysql/language/edit_joined.h"

#include <set>
#include <utility>

namespace octavo::mysql {
namespace {

using value::Value;

constexpr std::size_t kEntryBytes = 64;  // of the set, beside what the key holds

struct KeyOrder {
  bool operator()(const Value& a, const Value& b) const { return value::compare(a, b) < 0; }
};

// The rows of one table, in the order in which the join gave them.
struct Found {
  std::set<Value, KeyOrder> seen;
  std::vector<Value> keys;
  std::vector<Value> joined;
};

Result<std::vector<Found>> find_rows(const sql::BoundJoinedEdit& edit, engine::Engine& engine,
                                     exec::QueryContext& context) {
  std::vector<Found> found(edit.tables.size());
  exec::MemoryCharge memory(context);
  TRY(const auto query, engine.query(edit.rows, context));
  for (exec::Rows rows;; rows.clear()) {
    TRY_STATUS(query->next(exec::kBatchRows, rows));
    if (rows.empty()) return found;
    for (const Value& row : rows) {
      const value::ArrayView parts = row.as_array();
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (parts[i].is_null() || !found[i].seen.insert(parts[i]).second) continue;
        TRY_STATUS(memory.add(kEntryBytes));
        found[i].keys.push_back(parts[i]);
        found[i].joined.push_back(parts.back());
      }
    }
  }
}

}  // namespace

Result<EditCounts> edit_joined(
    Execution& execution, const sql::BoundJoinedEdit& edit,
    const std::vector<std::shared_ptr<const catalog::TableDefinition>>& tables) {
  TRY(std::vector<Found> found, find_rows(edit, execution.engine(), execution.running().context()));
  EditCounts counts;
  for (std::size_t i = 0; i < found.size(); ++i) {
    Editor editor(execution, edit.tables[i], *tables[i]);
    TRY(const EditCounts of_table,
        editor.run(std::move(found[i].keys), std::move(found[i].joined)));
    counts.matched += of_table.matched;
    counts.changed += of_table.changed;
  }
  return counts;
}

}  // namespace octavo::mysql
