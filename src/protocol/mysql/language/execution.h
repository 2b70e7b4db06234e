#pragma once

// One statement from its tree to its answer: what those who run statements (statement_rows.h) have
// in hand.

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/sql/ast/tree.h"
#include "dialect/sql/bind/context.h"
#include "dialect/sql/bind/reuse.h"
#include "protocol/common/dispatch.h"
#include "protocol/mysql/language/kept_plan.h"
#include "protocol/mysql/language/language_state.h"
#include "protocol/mysql/language/running.h"
#include "protocol/mysql/language/sql_session.h"
#include "protocol/mysql/language/statement_binding.h"
#include "protocol/mysql/statements.h"

namespace octavo::mysql {

class Execution {
 public:
  // What is referred to outlives it. `text` is shown to those who ask what the server does.
  Execution(SqlSession& session, std::string_view text, std::span<const sql::Constant> parameters);

  SqlSession& session() { return session_; }
  sql::SessionState& state() { return session_.state(); }
  LanguageState& shared() { return session_.shared(); }
  engine::Engine& engine() { return shared().service.engine; }
  Running& running() { return *running_; }
  std::string_view text() const { return text_; }
  std::span<const sql::Constant> parameters() const { return parameters_; }

  // Its form alone is asked for: it does not run.
  void only_describe() { runs_ = false; }
  bool runs() const { return runs_; }
  // It writes to tables: in a transaction it is about the newest rows, whatever that sees.
  void set_writes();
  bool writes() const { return writes_; }
  // Which rows it writes, and what, may depend on other tables.
  void set_edits() { edits_ = true; }
  bool edits() const { return edits_; }
  // It is about what is committed, and goes on when others write: no transaction begins with it.
  void only_committed() { in_transaction_ = false; }
  bool in_transaction() const { return in_transaction_; }
  // Before the transaction ends.
  void leave_transaction() {
    if (running_ != nullptr) running_->leave_transaction();
  }
  // Rows were written: committed by themselves, or with the transaction.
  void wrote(const catalog::TableDefinition& table, const Lsn& lsn, Durability durability);

  // What of it may be kept for its next executions; null: it has none.
  void keep_in(KeptPlan& plan) { kept_ = &plan; }
  KeptPlan* kept() { return kept_; }
  // Where the types of parameters are put that have no values (PREPARE); null: nobody asks.
  void describe_parameters(std::vector<sql::Type>& types) { parameter_types_ = &types; }
  std::vector<sql::Type>* parameter_types() const { return parameter_types_; }

  // What it asks of tables about tables, where it is known before it is bound.
  void narrow(SchemaScope scope) { scope_ = std::move(scope); }

  // Those of LOCK TABLES.
  void unlock_tables();
  // For rows that are read when this is gone.
  std::unique_ptr<Running> take_running() { return std::move(running_); }
  Error told(Error error) const {
    return running_ == nullptr ? sql::with_number(std::move(error))
                               : running_->told(std::move(error));
  }

  // What `work`, which returns a Result, gives on a worker.
  template <class Work>
  io::Task<std::invoke_result_t<Work&>> on_worker(
      Work work, protocol::Weight weight = protocol::Weight::usual) {
    running_->list(text_);
    auto job = [this, &work] { return running_->paid(work); };
    auto done = co_await session_.dispatch().run(weight, std::move(job));
    co_return done;
  }

  // The same, here where it need not wait (`may_be_here`: it ends soon). Nothing: it would have had
  // to, which it says by `would_block` before anything has happened; it is to begin anew.
  template <class Work>
  std::optional<std::invoke_result_t<Work&>> tried_here(bool may_be_here, Work& work) {
    if (!may_be_here || state().notes().count() > 0) return std::nullopt;
    bool refused = false;
    const auto here = [&] {
      auto done = running_->paid(work);
      refused = !done && done.error().code == Code::would_block;
      return done;
    };
    auto done = protocol::Dispatch::try_here(running_->context(), refused, here);
    if (!done) state().notes().clear();  // it is told again
    return done;
  }

  template <class Work>
  io::Task<std::invoke_result_t<Work&>> here_or_on_worker(
      bool may_be_here, Work work, protocol::Weight weight = protocol::Weight::usual) {
    if (auto here = tried_here(may_be_here, work)) co_return *std::move(here);
    auto done = co_await on_worker(std::move(work), weight);
    co_return done;
  }

  // What `bind(BindContext&)` gives: here, unless the text is long or something has to be looked
  // at that is not in memory.
  template <class Bind>
  io::Task<std::invoke_result_t<Bind&, sql::BindContext&>> bind(Bind bind) {
    if (text_.size() <= protocol::kMaxInlineRequestBytes) {
      StatementBinding binding(*this, scope_, parameters_);
      const auto work = [&] { return running_->paid([&] { return bind(binding.context()); }); };
      auto here = protocol::Dispatch::try_here(running_->context(), binding.refused(), work);
      if (here) co_return *std::move(here);
      state().notes().clear();  // it is told again
    }
    auto job = [this, &bind] {
      StatementBinding binding(*this, scope_, parameters_);
      return bind(binding.context());
    };
    auto bound = co_await on_worker(std::move(job));
    co_return bound;
  }

  // The same, here, with parameters that stay variables where that can be (sql::Reuse). Nothing:
  // it cannot, or something is told; nothing has happened.
  template <class Bind>
  auto bind_for_reuse(Bind bind)
      -> std::optional<typename std::invoke_result_t<Bind&, sql::BindContext&>::value_type> {
    if (text_.size() > protocol::kMaxInlineRequestBytes || state().notes().count() > 0) return {};
    sql::Reuse reuse;
    const std::vector<sql::Constant> parameters = sql::reusable(parameters_);
    StatementBinding binding(*this, {}, parameters, &reuse);
    const auto work = [&] { return running_->paid([&] { return bind(binding.context()); }); };
    auto here = protocol::Dispatch::try_here(running_->context(), binding.refused(), work);
    const bool is_silent = state().notes().count() == 0;
    state().notes().clear();
    if (!is_silent || reuse.refused() || !here || !*here) return {};
    return **std::move(here);
  }

 private:
  SqlSession& session_;
  const std::string_view text_;
  const std::span<const sql::Constant> parameters_;
  SchemaScope scope_;
  std::unique_ptr<Running> running_;
  bool runs_ = true;
  bool writes_ = false;
  bool edits_ = false;
  bool in_transaction_ = true;
  KeptPlan* kept_ = nullptr;
  std::vector<sql::Type>* parameter_types_ = nullptr;
};

}  // namespace octavo::mysql
