#pragma once

// A function for each statement of definitions.

#include "catalog/alteration.h"
#include "dialect/sql/ast/account.h"
#include "dialect/sql/ast/define.h"
#include "dialect/sql/define/context.h"

namespace octavo::sql {

using catalog::Alteration;
using catalog::CatalogState;

Result<Alteration> define(const CreateDatabase& create, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const DropProgram& drop, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const DropDatabase& drop, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const CreateTable& create, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const DropTables& drop, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const TruncateTable& truncate, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const RenameTables& rename, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const AlterTable& alter, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const CreateIndex& create, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const DropIndex& drop, const CatalogState& state,
                          const DefineContext& context);

Result<Alteration> define(const CreateView& create, const CatalogState& state,
                          const DefineContext& context);

Result<Alteration> define(const CreateUser& create, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const DropUser& drop, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const CreateRole& create, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const RenameUser& rename, const CatalogState& state,
                          const DefineContext& context);
Result<Alteration> define(const Grant& grant, const CatalogState& state,
                          const DefineContext& context);
// What DROP leaves nobody without: 3730, for a table that others refer to which stay.
Status check_not_referenced(const catalog::Changes& changes, const CatalogState& state,
                            const DefineContext& context);

}  // namespace octavo::sql
