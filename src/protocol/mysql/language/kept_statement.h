#pragma once

// Statements that were read once and run many times: PREPARE, in both its forms. They are bound
// each time, but for what may be kept (kept_plan.h).

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dialect/sql/ast/tree.h"
#include "dialect/sql/bind/context.h"
#include "dialect/sql/state/settings.h"
#include "protocol/mysql/language/kept_plan.h"
#include "protocol/mysql/service_counts.h"
#include "protocol/mysql/statements.h"
#include "value/account.h"

namespace octavo::mysql {

class SqlSession;

struct KeptStatement {
  KeptStatement(value::Account pays, std::string written)
      : account(std::move(pays)), text(std::move(written)) {}

  value::Account account;  // of the tree
  const std::string text;
  std::optional<sql::Tree> tree;
  std::size_t command = 0;  // its number (command_counts.h)
  mutable KeptPlan plan;    // of its executions, which are its session's
};
using KeptStatementPtr = std::shared_ptr<const KeptStatement>;

// Of PREPARE in a text.
struct NamedStatement {
  KeptStatementPtr statement;
  PreparedPlace place;
};

// A parameter of a client as the binder takes it: what it says of its type is what it is.
sql::Constant constant_of(const Parameter& parameter, const sql::Settings& settings);

class PreparedText final : public PreparedStatement {
 public:
  // 1295, 1390, and what binding it has to say.
  static io::Task<Result<std::unique_ptr<PreparedStatement>>> make(SqlSession& session,
                                                                   KeptStatementPtr statement);
  PreparedText(SqlSession& session, KeptStatementPtr statement, std::vector<Column> parameters,
               std::vector<Column> columns);

  std::span<const Column> parameters() const override { return parameters_; }
  std::span<const Column> columns() const override { return columns_; }
  io::Task<Result<Answer>> execute(std::vector<Parameter> parameters) override;

 private:
  SqlSession& session_;
  const KeptStatementPtr statement_;
  const std::vector<Column> parameters_;
  const std::vector<Column> columns_;
};

}  // namespace octavo::mysql
