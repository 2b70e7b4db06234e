#include "engine/open_transaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace octavo::engine {

OpenTransaction::OpenTransaction(Parts parts, TransactionOptions options)
    : parts_(std::move(parts)),
      options_(options),
      rows_(parts_.locks, parts_.memory.queries, parts_.memory.shares.query) {
  if (options_.view_now) view_ = parts_.now();
}

OpenTransaction::~OpenTransaction() { end(); }

void OpenTransaction::end() {
  ended_ = true;
  view_.reset();
  statement_.reset();
  savepoints_.clear();
  rows_.clear();
}

Status OpenTransaction::may_read() const {
  if (!ended_) return {};
  return fail(Code::invalid_argument, "The transaction has ended.");
}

Status OpenTransaction::may_write() const {
  TRY_STATUS(may_read());
  if (!options_.read_only) return {};
  return fail(Code::invalid_argument, "The transaction was begun as one that only reads.");
}

OpenTransaction::Moment OpenTransaction::view_of(const exec::QueryContext& context) {
  if (context.read_newest) return parts_.now();
  if (options_.isolation == Isolation::read_committed && !in_statements_) return parts_.now();
  if (!view_) view_ = parts_.now();
  return *view_;
}

void OpenTransaction::begin_statement() {
  if (ended_) return;
  in_statements_ = true;
  if (options_.isolation == Isolation::read_committed) view_.reset();
  if (statement_) rows_.release(*statement_);
  statement_ = rows_.mark();
}

void OpenTransaction::undo_statement() {
  if (statement_) rows_.undo_to(*statement_);
}

Result<OpenTransaction::Savepoints::iterator> OpenTransaction::find(std::string_view name) {
  TRY_STATUS(may_read());
  const auto at = std::ranges::find(savepoints_, name, &Savepoint::name);
  if (at != savepoints_.end()) return at;
  return fail(Code::not_found, fmt::format("The savepoint `{}` does not exist.", name));
}

void OpenTransaction::forget_from(Savepoints::iterator first) {
  for (auto at = first; at != savepoints_.end(); ++at) rows_.release(at->mark);
  savepoints_.erase(first, savepoints_.end());
}

Status OpenTransaction::savepoint(std::string_view name) {
  TRY_STATUS(may_read());
  const auto old = std::ranges::find(savepoints_, name, &Savepoint::name);
  if (old != savepoints_.end()) {
    rows_.release(old->mark);
    savepoints_.erase(old);
  }
  savepoints_.push_back({std::string(name), rows_.mark()});
  return {};
}

Status OpenTransaction::rollback_to(std::string_view name) {
  TRY(const auto at, find(name));
  rows_.undo_to(at->mark);
  forget_from(at + 1);
  return {};
}

Status OpenTransaction::release(std::string_view name) {
  TRY(const auto at, find(name));
  forget_from(at);
  return {};
}

Result<Lsn> OpenTransaction::commit(exec::QueryContext& context) {
  TRY_STATUS(may_read());
  if (!context.may_wait) return fail(Code::would_block, "A commit waits for its verdict.");
  const auto committed = rows_.commit(parts_.commit_to, context);
  end();
  if (!committed) return fail(committed.error());
  return committed->value_or(parts_.commit_to.sequencer.tip());
}

void OpenTransaction::rollback() { end(); }

}  // namespace octavo::engine
