#include "engine/open_transaction.h"

#include <fmt/format.h>

#include <utility>

namespace octavo::engine {
namespace {

// About what two maps and a mark take for a savepoint, beside its name.
constexpr std::size_t kSavepointBytes = 256;

}  // namespace

OpenTransaction::OpenTransaction(Parts parts, TransactionOptions options)
    : parts_(std::move(parts)),
      options_(options),
      rows_(parts_.locks, parts_.memory.queries, parts_.memory.shares.query) {
  txn::Sequencer& sequencer = parts_.commit_to.sequencer;
  const bool watches = options_.isolation == Isolation::serializable &&
                       sequencer.authority() == txn::Authority::sole;
  if (watches) rows_.watch_reads(sequencer);
  if (options_.view_now) view_ = parts_.now();
}

OpenTransaction::~OpenTransaction() {
  if (!ended_) end();
}

void OpenTransaction::end() {
  ended_ = true;
  view_.reset();
  statement_.reset();
  in_order_.clear();
  savepoints_.clear();
  rows_.clear();
}

Status OpenTransaction::may_run() const {
  if (!ended_) return {};
  return fail(Code::invalid_argument, "The transaction has ended.");
}

OpenTransaction::Moment OpenTransaction::view_of(const exec::QueryContext& context) {
  if (context.read_newest) return parts_.now();
  if (options_.isolation != Isolation::repeatable_read && !in_statements_) return parts_.now();
  if (!view_) view_ = parts_.now();
  return *view_;
}

Status OpenTransaction::reads_tables(std::span<const TableId> tables) {
  if (options_.isolation != Isolation::serializable || rows_.watch() != nullptr) return {};
  const Lsn at = in_statements_ ? statement_began_ : parts_.commit_to.sequencer.read_point();
  for (const TableId table : tables) TRY_STATUS(rows_.reads_table(table, at));
  return {};
}

bool OpenTransaction::has_to_commit() const {
  return has_written() || (!ended_ && options_.isolation == Isolation::serializable);
}

void OpenTransaction::begin_reading() {
  if (auto* const watch = rows_.watch()) watch->begin_pass();
}

void OpenTransaction::end_reading() {
  if (auto* const watch = rows_.watch()) watch->end_passes();
}

void OpenTransaction::begin_statement() {
  if (ended_) return;
  in_statements_ = true;
  statement_began_ = parts_.commit_to.sequencer.read_point();
  if (options_.isolation != Isolation::repeatable_read) view_.reset();
  if (statement_ && rows_.is_untouched()) return;  // where the one before began
  if (statement_) rows_.release(*statement_);
  statement_ = rows_.mark();
}

void OpenTransaction::undo_statement() {
  if (statement_) rows_.undo_to(*statement_);
}

Result<OpenTransaction::Savepoints::iterator> OpenTransaction::find(std::string_view name) {
  TRY_STATUS(may_run());
  const auto at = savepoints_.find(name);
  if (at != savepoints_.end()) return at;
  return fail(Code::not_found, fmt::format("The savepoint `{}` does not exist.", name));
}

void OpenTransaction::forget(Savepoints::iterator at) {
  rows_.release(at->second.mark);
  rows_.give_back(kSavepointBytes + at->first.size());
  in_order_.erase(at->second.number);
  savepoints_.erase(at);
}

void OpenTransaction::forget_from(std::uint64_t number) {
  while (!in_order_.empty() && in_order_.rbegin()->first >= number) {
    forget(in_order_.rbegin()->second);
  }
}

Status OpenTransaction::savepoint(std::string_view name) {
  TRY_STATUS(may_run());
  auto at = savepoints_.find(name);
  if (at == savepoints_.end()) {
    TRY_STATUS(rows_.charge(kSavepointBytes + name.size()));
    at = savepoints_.emplace(name, Savepoint()).first;
  } else {
    rows_.release(at->second.mark);
    in_order_.erase(at->second.number);
  }
  at->second = {next_number_++, rows_.mark()};
  in_order_.emplace(at->second.number, at);
  return {};
}

Status OpenTransaction::rollback_to(std::string_view name) {
  TRY(const auto at, find(name));
  rows_.undo_to(at->second.mark);
  forget_from(at->second.number + 1);
  return {};
}

Status OpenTransaction::release(std::string_view name) {
  TRY(const auto at, find(name));
  forget_from(at->second.number);
  return {};
}

Result<Lsn> OpenTransaction::commit(exec::QueryContext& context) {
  TRY_STATUS(may_run());
  const auto committed = rows_.commit(parts_.commit_to, context);
  const bool is_refused = !committed && committed.error().code == Code::would_block;
  if (is_refused && !context.may_wait) return fail(committed.error());
  end();
  if (!committed) return fail(committed.error());
  return committed->value_or(parts_.commit_to.sequencer.tip());
}

void OpenTransaction::rollback() { end(); }

}  // namespace octavo::engine
