#pragma once

// A catalog with some tables, and everything that binding asks for, for tests.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "catalog/model.h"
#include "dialect/sql/ast/statement.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/context.h"
#include "function/notes.h"

namespace octavo::sql {

// Database `d`: `t`, `o` and `p` declare columns, `users` and `blank` do not; `few`, `named` and
// `counts` are views, `broken` and `ring` views of which nothing comes; `info.words` is computed.
// Of subqueries the literal rows are given, whatever filters are above; others are refused. Rows
// that are locked are written down, and there are none of them.
class BindingBench final : public Tables, public Variables, public Subqueries, public RowLocks {
 public:
  BindingBench();

  // Columns and plan, `ERROR number: text`, and behind them the locks and the notes.
  std::string bound_text(const Statement& statement);

  SessionFacts facts;
  std::vector<Constant> parameters;
  // As it is bound to be run with other parameters, and then with these: `NOT REUSED` where it is
  // not, whatever else comes of it.
  bool for_reuse = false;
  // Of `t`, `o` and `p` it is known what their columns have.
  bool has_statistics = false;

  Status may(TableUse /*use*/, const catalog::TableDefinition& /*table*/,
             const std::string* /*as*/) override {
    return {};
  }
  Status may(TableUse /*use*/, const catalog::ViewDefinition& /*view*/,
             const std::string* /*as*/) override {
    return {};
  }
  Result<InferredColumns> inferred(const catalog::TableDefinition& table) override;
  Result<std::optional<ComputedTable>> computed(std::string_view database,
                                                std::string_view table) override;
  std::optional<std::uint64_t> estimated_rows(const catalog::TableDefinition& table) override;
  statistics::TablePointer statistics(const catalog::TableDefinition& table) override;
  Result<Constant> user(std::string_view name) override;
  Result<Constant> system(const SystemVariable& variable) override;
  Result<std::vector<value::Value>> rows(const algebra::PlanPtr& plan) override;
  bool of_plain_reads() const override { return false; }
  Result<std::vector<value::Value>> read(const algebra::PlanPtr& plan,
                                         std::span<const LockedTable> tables,
                                         std::uint64_t most) override;

 private:
  std::string bound_text(const Query& query, BindContext& context);
  std::string bound_text(const Insert& insert, BindContext& context);
  static std::string text_of(const BoundEdit& edit);
  std::string text_of(Result<BoundEdit> edit) const;
  static std::string text_of(const Result<BoundJoinedEdit>& edit);

  catalog::CatalogPtr definitions_;
  function::Notes notes_;
  function::EvalContext constants_;
  std::string locked_;
};

}  // namespace octavo::sql
