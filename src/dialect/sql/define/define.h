#pragma once

// Statements that make, change and drop what is defined: from the tree to changes of the catalog.
// Pure, so that they can be decided again when another definition came in between.
//
//   engine.alter([&](const auto& state) -> Result<catalog::Alteration> {
//     notes.clear();
//     return sql::define(statement, state, context);
//   }, …);

#include "catalog/alteration.h"
#include "dialect/sql/ast/statement.h"
#include "dialect/sql/define/context.h"

namespace octavo::sql {

// What a statement about databases, tables, indexes or users comes to on `state`; no changes: there
// is nothing to do (IF EXISTS). MySQL's errors; 1235 for what there is not.
Result<catalog::Alteration> define(const Statement& statement, const catalog::CatalogState& state,
                                   const DefineContext& context);

}  // namespace octavo::sql
