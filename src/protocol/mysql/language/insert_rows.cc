#include "protocol/mysql/language/insert_rows.h"

#include <algorithm>
#include <utility>

#include "algebra/children.h"
#include "base/uuid.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/type/sql_mode.h"
#include "protocol/mysql/language/violations.h"
#include "value/maker.h"

namespace octavo::mysql {
namespace {

using exec::RowEdit;
using value::Value;

std::uint64_t number_of(const Value& value) {
  if (value.type() == value::Type::uint64) return value.as_uint64();
  // A negative one is told as MySQL tells it: in two's complement.
  return static_cast<std::uint64_t>(value.to_int64().value_or(0));
}

Value with_field(const Value& document, std::string_view name, Value value) {
  value::ObjectBuilder builder(document);
  builder.set(name, std::move(value));
  return std::move(builder).build();
}

std::unexpected<Error> takes_numbers() {
  return fail(Code::would_block, "Numbers are taken on worker threads.");
}

}  // namespace

Value document_of(std::span<const std::string> names, std::span<const Value> values) {
  value::ObjectMaker maker(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) maker.append(names[i], values[i]);
  return std::move(maker).finish();
}

Inserter::Inserter(Execution& execution, const sql::BoundInsert& insert,
                   const catalog::TableDefinition& table, TakenNumbers* taken)
    : execution_(execution), insert_(insert), table_(table), taken_(taken) {}

void Inserter::note(Error error) {
  execution_.state().notes().add(function::NoteLevel::warning, error.number, std::move(error.what));
}

Result<std::vector<Value>> Inserter::documents() {
  // What makes rows of a query's is applied here: warnings and errors of it name the row.
  const auto* made = std::get_if<algebra::Map>(&insert_.rows->node);
  const algebra::PlanPtr& plan = made == nullptr ? insert_.rows : made->input;
  exec::QueryContext& context = execution_.running().context();
  std::vector<Value> out;
  const auto add = [&](Value row) -> Status {
    TRY_STATUS(context.check());
    if (made != nullptr) {
      context.evaluation.row_number = out.size() + 1;
      TRY(row, function::evaluate_lambda(made->function, std::span(&row, 1), context.evaluation));
    }
    out.push_back(document_of(insert_.fields, row.as_array()));
    return {};
  };
  // Those that the statement itself has need no query, but where queries within it do.
  const bool has_query = (made != nullptr && algebra::has_subplan(made->function)) ||
                         (insert_.merge != nullptr && algebra::has_subplan(insert_.merge));
  const auto* const given = std::get_if<algebra::Values>(&plan->node);
  if (given != nullptr && !has_query) {
    out.reserve(given->rows.size());
    for (const Value& row : given->rows) TRY_STATUS(add(row));
    return out;
  }
  TRY(const auto query, execution_.engine().query(plan, context));
  for (exec::Rows rows;; rows.clear()) {
    TRY_STATUS(query->next(exec::kBatchRows, rows));
    if (rows.empty()) return out;
    for (Value& row : rows) TRY_STATUS(add(std::move(row)));
  }
}

bool Inserter::wants_number(const catalog::ColumnDefinition& column, const Value& document) const {
  const Value* given = document.find(column.name);
  if (given == nullptr || given->is_null()) return true;
  const bool zero = given->is_number() && given->to_double() == 0;
  return zero && (execution_.state().settings().mode & sql::sql_mode::kNoAutoValueOnZero) == 0;
}

// Numbers that follow each other, above those that rows before have.
Status Inserter::number(const catalog::ColumnDefinition& column) {
  auto left = static_cast<std::uint64_t>(std::ranges::count_if(
      documents_, [&](const Value& row) { return wants_number(column, row); }));
  const bool may_wait = execution_.running().context().may_wait;
  std::uint64_t next = 0;
  std::uint64_t taken_to = 0;  // behind the last that was taken
  std::uint64_t above = 0;     // the greatest that a row had
  for (std::size_t number_of_row = 0; number_of_row < documents_.size(); ++number_of_row) {
    Value& document = documents_[number_of_row];
    if (!wants_number(column, document)) {
      const Value& given = *document.find(column.name);
      // Numbers up to it would be taken when the row is written.
      if (!may_wait && number_of(given) >= execution_.engine().next_number(table_.id)) {
        return takes_numbers();
      }
      if (given.to_double() > 0) above = std::max(above, number_of(given));
      continue;
    }
    next = std::max(next, above + 1);
    if (next >= taken_to) {
      engine::Engine& engine = execution_.engine();
      const std::uint64_t would_be = column.hidden ? above + 1 : engine.next_number(table_.id);
      const std::uint64_t skipped = above >= would_be ? above + 1 - would_be : 0;
      const auto first = take_numbers(column, skipped + left);
      if (!first) {
        if (first.error().code == Code::out_of_range) return sql::error<1467>();
        return std::unexpected(first.error());
      }
      taken_to = *first + skipped + left;
      next = std::max(*first, above + 1);
    }
    if (!column.hidden) generated_[number_of_row] = true;
    document = with_field(document, column.name, Value::uint64(next));
    ++next;
    --left;
  }
  return {};
}

// Those of a try before that came to nothing, where they are as many.
Result<std::uint64_t> Inserter::take_numbers(const catalog::ColumnDefinition& column,
                                             std::uint64_t count) {
  if (taken_ != nullptr && taken_->count == count) {
    return std::exchange(*taken_, TakenNumbers()).first;
  }
  TRY(const std::uint64_t first, execution_.engine().take_numbers(table_.id, column.id, count,
                                                                  execution_.running().context()));
  if (taken_ != nullptr) *taken_ = {.first = first, .count = count};
  return first;
}

Result<Value> Inserter::with_default(Value document, const catalog::ColumnDefinition& column) {
  if (document.find(column.name) != nullptr) return document;
  if (column.default_value.empty()) return sql::error<1364>(column.name);
  ByteReader encoded(column.default_value);
  TRY(const auto lambda, function::open_function(encoded));
  TRY(Value value, function::evaluate_lambda(lambda, std::span(&document, 1),
                                             execution_.running().context().evaluation));
  return with_field(document, column.name, std::move(value));
}

// Who writes a row has to know its key; all else that is missing is filled in by the engine.
Result<Value> Inserter::with_key(Value document) {
  if (!table_.declared()) {
    if (document.find(table_.primary_key) != nullptr) return document;
    return with_field(document, table_.primary_key, Value::string(random_uuid()));
  }
  for (const ColumnId id : table_.key_columns) {
    TRY(document, with_default(std::move(document), *table_.find_column(id)));
  }
  return document;
}

Result<RowEdit> Inserter::merged(const Value& current, const Value& document, Outcome& outcome) {
  const Value both[] = {current, document};
  TRY(const Value values,
      function::evaluate_lambda(insert_.merge, both, execution_.running().context().evaluation));
  value::ObjectBuilder builder(current);
  for (std::size_t i = 0; i < insert_.merged_fields.size(); ++i) {
    builder.set(insert_.merged_fields[i], values.as_array()[i]);
  }
  Value row = std::move(builder).build();
  if (row == current) {
    outcome.affected = execution_.session().counts_found_rows() ? 1 : 0;
    return RowEdit();
  }
  outcome.affected = 2;
  outcome.changed = row;
  return RowEdit{.action = RowEdit::Action::put, .row = std::move(row)};
}

WriteEntry Inserter::entry_for(std::size_t row) {
  WriteEntry entry;
  entry.row = row;
  entry.key = key_of(table_, documents_[row]);
  entry.decide = [this, row](const Value* current, Outcome& outcome) -> Result<RowEdit> {
    const Value& document = documents_[row];
    RowEdit put{.action = RowEdit::Action::put, .row = document};
    outcome.affected = 1;
    if (current == nullptr) return put;
    outcome.in_the_way = true;
    switch (insert_.on_conflict) {
      case sql::OnConflict::replace: outcome.affected = 2; return put;
      case sql::OnConflict::update: return merged(*current, document, outcome);
      case sql::OnConflict::skip:
      case sql::OnConflict::fail: break;
    }
    outcome.affected = 0;
    return std::unexpected(duplicate_key(table_, key_of(table_, document)));
  };
  return entry;
}

WriteEntry Inserter::erasing_entry(std::size_t row, const Value& key) {
  WriteEntry erase;
  erase.row = row;
  erase.key = key;
  erase.decide = [](const Value* current, Outcome& outcome) -> Result<RowEdit> {
    if (current == nullptr) return RowEdit();
    outcome.affected = 1;
    return RowEdit{.action = RowEdit::Action::erase, .row = {}};
  };
  return erase;
}

bool Inserter::step_aside(const WriteReport& report) {
  using Kind = catalog::Violation::Kind;
  if (!report.violation || report.violation->kind != Kind::duplicate) return false;
  if (report.violation->other.is_null()) return false;
  const Value other = report.violation->other;
  if (insert_.on_conflict == sql::OnConflict::update) {
    // It is the other row that changes.
    if (entries_[report.failed].key == other) return false;
    entries_[report.failed].key = other;
    return true;
  }
  if (insert_.on_conflict != sql::OnConflict::replace) return false;
  WriteEntry erase = erasing_entry(entries_[report.failed].row, other);
  entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(report.failed), std::move(erase));
  return true;
}

Result<InsertCounts> Inserter::run() {
  if (!is_given_) {
    TRY(documents_, documents());
  }
  counts_.records = documents_.size();
  generated_.assign(documents_.size(), false);
  for (const catalog::ColumnDefinition& column : table_.columns) {
    if (column.auto_increment) TRY_STATUS(number(column));
  }
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    auto document = with_key(documents_[i]);
    if (!document && insert_.ignore) {
      note(std::move(document).error());
      continue;
    }
    if (!document) return std::unexpected(std::move(document).error());
    documents_[i] = *std::move(document);
    WriteEntry entry = entry_for(i);
    if (entry.key.is_null()) {
      const catalog::ColumnDefinition* column =
          table_.key_columns.empty() ? nullptr : table_.find_column(table_.key_columns.front());
      Error error = sql::error<1048>(column == nullptr ? table_.primary_key : column->name).error();
      if (!insert_.ignore) return std::unexpected(std::move(error));
      note(std::move(error));
      continue;
    }
    // Rows that refer to one that is replaced are told that it goes, not that it changes.
    const bool goes_first =
        insert_.on_conflict == sql::OnConflict::replace && !table_.referenced_by.empty();
    if (goes_first) entries_.push_back(erasing_entry(i, entry.key));
    entries_.push_back(std::move(entry));
  }
  WriteReport report;
  // Each time a row steps aside, which no row can do for ever.
  for (std::size_t attempts = 0;; ++attempts) {
    TRY(report,
        write_entries(execution_.engine(), table_, entries_, insert_.ignore, execution_.running()));
    const bool again = report.error && attempts <= 2 * documents_.size() && step_aside(report);
    if (!again) break;
  }
  if (report.changed) execution_.wrote(table_, report.lsn, report.durability);
  if (report.error) return std::unexpected(*std::move(report.error));
  const catalog::ColumnDefinition* numbered = table_.auto_increment();
  for (const WriteEntry& entry : entries_) {
    counts_.affected += entry.outcome.affected;
    if (entry.outcome.in_the_way) ++counts_.duplicates;
    if (numbered == nullptr || entry.outcome.affected == 0) continue;
    const bool was_there = !entry.outcome.changed.is_null();
    const Value& row = was_there ? entry.outcome.changed : documents_[entry.row];
    const Value* given = row.find(numbered->name);
    if (given == nullptr) continue;
    counts_.last_given = number_of(*given);
    const bool generated = !was_there && generated_[entry.row];
    if (generated && counts_.first_generated == 0) counts_.first_generated = counts_.last_given;
  }
  return counts_;
}

}  // namespace octavo::mysql
