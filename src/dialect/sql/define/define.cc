#include "dialect/sql/define/define.h"

#include "dialect/sql/define/statements.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

template <class Node>
concept Definition = requires(const Node& node, const CatalogState& state,
                              const DefineContext& context) { define(*node, state, context); };

}  // namespace

Result<Alteration> define(const Statement& statement, const CatalogState& state,
                          const DefineContext& context) {
  return std::visit(
      [&]<class Node>(const Node& node) -> Result<Alteration> {
        if constexpr (Definition<Node>) {
          TRY(Alteration out, define(*node, state, context));
          out.checks_references = context.session.foreign_key_checks;
          return out;
        } else {
          return not_supported("the statement");
        }
      },
      statement.node);
}

}  // namespace octavo::sql
