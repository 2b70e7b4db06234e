#pragma once

// A statement of definitions on its way: decided on the newest state of the catalog that the
// session sees, and committed for its user.

#include <optional>
#include <string_view>
#include <vector>

#include "catalog/alteration.h"
#include "dialect/sql/ast/statement.h"
#include "dialect/sql/define/context.h"
#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {

// What goes with a statement whose query was bound (sql::DefineContext).
struct BoundDefinition {
  const sql::ViewForms* view = nullptr;
  const std::vector<catalog::ColumnDefinition>* selected = nullptr;
};

class Definer {
 public:
  // What is referred to outlives it.
  Definer(Execution& execution, const sql::Statement& statement, const BoundDefinition& bound);

  // On a worker. Where it was committed; nothing: there was nothing to do.
  Result<std::optional<Lsn>> run();

  // What it would be.
  Result<catalog::Alteration> look() { return decide(*execution_.engine().catalog()); }

  std::uint64_t affected() const { return affected_; }
  // What it has made.
  const catalog::Changes& changes() const { return last_.changes; }

 private:
  Result<catalog::Alteration> decide(const catalog::CatalogState& state);
  bool sees_temporary() const;
  Status check_locks(const catalog::CatalogState& state, const catalog::Changes& changes) const;
  bool may_write(TableId system_table) const;
  Status may_try() const;
  std::unexpected<Error> may_not_grant(const sql::Grant& grant) const;
  Status may_know(const catalog::CatalogState& state) const;
  std::unexpected<Error> denied() const;
  std::unexpected<Error> broken(const catalog::Violation& violation) const;

  Execution& execution_;
  const sql::Statement& statement_;
  const sql::SessionFacts facts_;
  sql::DefineContext context_;
  catalog::Alteration last_;
  std::uint64_t affected_ = 0;
};

}  // namespace octavo::mysql
