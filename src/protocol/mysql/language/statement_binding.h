#pragma once

// What binding a statement asks of its session and of the server.

#include <optional>
#include <span>
#include <string>

#include "dialect/sql/bind/context.h"
#include "dialect/sql/bind/reuse.h"
#include "dialect/sql/state/session_state.h"
#include "protocol/mysql/language/row_locker.h"
#include "protocol/mysql/language/running.h"
#include "protocol/mysql/language/schema_tables.h"
#include "statistics/table.h"

namespace octavo::mysql {

class Execution;
class SqlSession;

class StatementBinding final : public sql::Tables, public sql::Variables, public sql::Subqueries {
 public:
  StatementBinding(Execution& execution, SchemaScope scope,
                   std::span<const sql::Constant> parameters, sql::Reuse* reuse = nullptr);

  sql::BindContext& context() { return context_; }
  // Something had to wait and could not, where the context says so.
  const bool& refused() const { return refused_; }

  Status may(sql::TableUse use, const catalog::TableDefinition& table,
             const std::string* as) override;
  Status may(sql::TableUse use, const catalog::ViewDefinition& view,
             const std::string* as) override;
  Result<sql::InferredColumns> inferred(const catalog::TableDefinition& table) override;
  Result<std::optional<sql::ComputedTable>> computed(std::string_view database,
                                                     std::string_view table) override;
  std::optional<std::uint64_t> estimated_rows(const catalog::TableDefinition& table) override;
  statistics::TablePointer statistics(const catalog::TableDefinition& table) override;
  Result<sql::Constant> user(std::string_view name) override;
  Result<sql::Constant> system(const sql::SystemVariable& variable) override;
  Result<std::vector<value::Value>> rows(const algebra::PlanPtr& plan) override;

 private:
  // What is bound holds for this execution alone.
  void hold_for_this() {
    if (context_.reuse != nullptr) context_.reuse->refuse();
  }

  Execution& execution_;
  SqlSession& session_;
  Running& running_;
  SchemaScope scope_;              // of the first computed table: what the query itself is over
  const catalog::CatalogPtr all_;  // what everybody may see
  const catalog::CatalogPtr definitions_;  // and its own temporary tables
  const sql::SessionFacts facts_;
  bool refused_ = false;
  bool describes_ = false;  // rows are made that tell of tables
  RowLocker locker_;
  sql::BindContext context_;
};

}  // namespace octavo::mysql
