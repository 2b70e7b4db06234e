#include "protocol/mysql/language/edit_rows.h"

#include <span>
#include <utility>

#include "algebra/children.h"
#include "protocol/mysql/language/row_locker.h"
#include "protocol/mysql/language/violations.h"

namespace octavo::mysql {
namespace {

using exec::RowEdit;
using value::Value;

// A row that is to move may have changed between being read and being written.
constexpr int kMaxAttempts = 20;

}  // namespace

bool has_known_keys(const sql::BoundEdit& edit) {
  const auto has_query = [](const algebra::ExprPtr& function) {
    return function != nullptr && algebra::has_subplan(function);
  };
  return edit.keys != nullptr && std::holds_alternative<algebra::Values>(edit.keys->node) &&
         !has_query(edit.condition) && !has_query(edit.edit);
}

Result<std::vector<Value>> Editor::keys() {
  // Those that the statement itself has need no query, but where queries within it do.
  if (has_known_keys(edit_)) return std::get<algebra::Values>(edit_.keys->node).rows;
  return locked_keys(execution_.engine(), table_.id, edit_.keys, execution_.running().context());
}

Result<Value> Editor::evaluate(const algebra::ExprPtr& function, std::size_t number,
                               const Value& row) {
  function::EvalContext& context = execution_.running().context().evaluation;
  if (joined_.empty()) return function::evaluate_lambda(function, std::span(&row, 1), context);
  const Value both[] = {row, joined_[number]};
  return function::evaluate_lambda(function, both, context);
}

Result<bool> Editor::is_meant(std::size_t number, const Value& row) {
  if (edit_.condition == nullptr) return true;
  TRY(const Value truth, evaluate(edit_.condition, number, row));
  return truth.type() == value::Type::boolean && truth.as_boolean();
}

Result<Value> Editor::edited(std::size_t number, const Value& row) {
  TRY(const Value values, evaluate(edit_.edit, number, row));
  value::ObjectBuilder builder(row);
  for (std::size_t i = 0; i < edit_.fields.size(); ++i) {
    builder.set(edit_.fields[i], values.as_array()[i]);
  }
  return std::move(builder).build();
}

WriteEntry Editor::entry_for(std::size_t row, const Value& key) {
  WriteEntry entry;
  entry.row = row;
  entry.key = key;
  entry.decide = [this, row](const Value* current, Outcome& outcome) -> Result<RowEdit> {
    if (current == nullptr) return RowEdit();
    execution_.running().context().evaluation.row_number = row + 1;
    TRY(const bool meant, is_meant(row, *current));
    if (!meant) return RowEdit();
    outcome.found = true;
    if (edit_.edit == nullptr) {
      outcome.affected = 1;
      return RowEdit{.action = RowEdit::Action::erase, .row = {}};
    }
    TRY(Value after, edited(row, *current));
    if (after == *current) return RowEdit();
    outcome.affected = 1;
    return RowEdit{.action = RowEdit::Action::put, .row = std::move(after)};
  };
  return entry;
}

Result<bool> Editor::add_move(std::size_t row, const Value& key) {
  TRY(const auto before, execution_.engine().get(table_.id, key, execution_.running().context()));
  if (!before) return false;
  TRY(const bool meant, is_meant(row, *before));
  if (!meant) return false;
  TRY(const Value after, edited(row, *before));
  const Value new_key = key_of(table_, after);
  if (new_key == key) return false;
  WriteEntry erase;
  erase.row = row;
  erase.key = key;
  erase.decide = [was = *before](const Value* current, Outcome& outcome) -> Result<RowEdit> {
    if (current == nullptr || !(*current == was)) {
      return fail(Code::conflict, "The row has changed meanwhile.");
    }
    outcome.found = true;
    return RowEdit{.action = RowEdit::Action::erase, .row = {}};
  };
  erase.moves = true;
  WriteEntry put;
  put.row = row;
  put.key = new_key;
  put.decide = [this, after, new_key](const Value* current, Outcome& outcome) -> Result<RowEdit> {
    if (current != nullptr) return std::unexpected(duplicate_key(table_, new_key));
    outcome.affected = 1;
    return RowEdit{.action = RowEdit::Action::put, .row = after};
  };
  entries_.push_back(std::move(erase));
  entries_.push_back(std::move(put));
  return true;
}

Result<WriteReport> Editor::write(const std::vector<Value>& keys) {
  entries_.clear();
  entries_.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (edit_.changes_key) {
      TRY(const bool moves, add_move(i, keys[i]));
      if (moves) continue;
    }
    entries_.push_back(entry_for(i, keys[i]));
  }
  return write_entries(execution_.engine(), table_, entries_, edit_.ignore, execution_.running());
}

Result<EditCounts> Editor::run() {
  TRY(const auto keys, this->keys());
  return run(keys);
}

Result<EditCounts> Editor::run(std::vector<Value> keys, std::vector<Value> joined) {
  joined_ = std::move(joined);
  return run(keys);
}

Result<EditCounts> Editor::run(const std::vector<Value>& keys) {
  WriteReport report;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TRY(report, write(keys));
    const bool raced = edit_.changes_key && report.error && report.error->code == Code::conflict;
    if (!raced) break;
  }
  if (report.changed) execution_.wrote(table_, report.lsn, report.durability);
  if (report.error) return std::unexpected(*std::move(report.error));
  EditCounts counts;
  for (const WriteEntry& entry : entries_) {
    counts.matched += entry.outcome.found ? 1 : 0;
    counts.changed += entry.outcome.affected;
  }
  return counts;
}

}  // namespace octavo::mysql
