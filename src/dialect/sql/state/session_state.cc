#include "dialect/sql/state/session_state.h"

#include <algorithm>
#include <vector>

#include "dialect/sql/state/words.h"

namespace octavo::sql {

SessionState::SessionState(const GlobalVariables& globals) : globals_(globals) { reset(); }

void SessionState::reset() {
  values_ = globals_.all();
  settings_ = settings_of(values_);
  ++settings_revision_;
  notes_.set_most(settings_.most_notes);
  notes_.clear();
  user_.clear();
  transaction = Transaction();
  next_transaction = NextCharacteristics();
  tracker = TransactionTracker();
  last_insert_id = found_rows = 0;
  row_count = -1;
  fixed_now_ns.reset();
}

value::Value SessionState::get(const VariableRow& row) const {
  return row.live != nullptr ? row.live(*this) : values_.get(row);
}

void SessionState::put(const VariableRow& row, value::Value value) {
  if (row.live != nullptr) return row.set_live(*this, value);
  values_.put(row, std::move(value));
  settings_ = settings_of(values_);
  ++settings_revision_;
  notes_.set_most(settings_.most_notes);
}

const UserValue* SessionState::find_user_variable(std::string_view name) const {
  const auto found = user_.find(lower_case(name));
  return found == user_.end() ? nullptr : &found->second;
}

void SessionState::set_user_variable(std::string_view name, UserValue variable) {
  user_.insert_or_assign(lower_case(name), std::move(variable));
}

std::uint64_t SessionState::error_count() const {
  return static_cast<std::uint64_t>(
      std::ranges::count(notes_.kept(), function::NoteLevel::error, &function::Note::level));
}

void SessionState::clear_notes() { notes_.clear(); }

void SessionState::end_notes() {
  if (settings_.notes) return;
  const std::vector<function::Note> kept(notes_.kept().begin(), notes_.kept().end());
  notes_.clear();
  for (const function::Note& note : kept) {
    if (note.level != function::NoteLevel::note) notes_.add(note.level, note.number, note.text);
  }
}

SessionFacts SessionState::facts() const {
  SessionFacts facts;
  facts.now_ns = now_ns;
  facts.mode = settings_.mode;
  facts.time_zone = settings_.time_zone;
  facts.collation = settings_.connection;
  facts.foreign_key_checks = settings_.foreign_key_checks;
  facts.database = database;
  facts.user = user;
  facts.current_user = current_user;
  facts.connection_id = connection_id;
  facts.locks = locks;
  facts.version = version;
  facts.last_insert_id = last_insert_id;
  facts.found_rows = found_rows;
  facts.row_count = row_count;
  facts.div_precision_increment = settings_.division_digits;
  facts.max_allowed_packet = settings_.max_packet;
  facts.group_concat_max_len = settings_.group_concat_bytes;
  facts.cte_max_recursion_depth = settings_.recursion_steps;
  facts.default_week_format = settings_.week_format;
  return facts;
}

}  // namespace octavo::sql
