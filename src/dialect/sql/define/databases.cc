// CREATE, ALTER and DROP DATABASE.

#include <algorithm>
#include <array>

#include "base/uuid.h"
#include "dialect/sql/define/forms.h"
#include "dialect/sql/define/statements.h"
#include "dialect/sql/define/table_options.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

// Databases of a server that are computed: they are there, and stay as they are.
constexpr std::string_view kComputed[] = {"information_schema", "performance_schema", "mysql",
                                          "sys"};

bool is_computed(std::string_view name) {
  return std::ranges::find(kComputed, name) != std::end(kComputed);
}

Status set_options(const CreateDatabase& create, const DefineContext& context,
                   catalog::DatabaseDefinition& database) {
  std::string_view charset;
  std::string_view collation;
  for (const TableOption& option : create.options) {
    const OptionRow* row = find_option(option.name);
    const OptionUse use = row == nullptr ? OptionUse::refused : row->use;
    if (use == OptionUse::charset) {
      charset = option.value;
    } else if (use == OptionUse::collation) {
      collation = option.value;
    } else if (use != OptionUse::off || !is_off(option.value)) {
      return not_supported(option.name);
    }
  }
  if (charset.empty() && collation.empty()) {
    if (create.alter) return {};
    collation = context.server_collation.name;
  }
  TRY(const value::Collation* const chosen, collation_of(charset, collation));
  set_form(database.options, database_form::kCollation, chosen->name);
  return {};
}

}  // namespace

Result<Alteration> define(const CreateDatabase& create, const CatalogState& state,
                          const DefineContext& context) {
  std::string_view name = create.database;
  if (name.empty() && context.session.database) name = *context.session.database;
  if (name.empty()) return error<1046>();
  const auto* there = state.find_database(name);
  Alteration out;
  catalog::DatabaseDefinition database;
  if (create.alter) {
    if (there == nullptr) return error<1049>(name);
    TRY_STATUS(may_change(*there, context));
    database = *there;
  } else if (there != nullptr || is_computed(name)) {
    if (!create.if_not_exists) return error<1007>(name);
    note(context, error<1007>(name));
    return out;
  } else {
    TRY_STATUS(check_new_name<1102>(name));
    database.id = DatabaseId{state.next_id()};
    database.uuid = random_uuid();
    database.name = name;
  }
  TRY_STATUS(set_options(create, context, database));
  out.changes.emplace_back(catalog::PutDatabase{std::move(database)});
  return out;
}

Result<Alteration> define(const DropDatabase& drop, const CatalogState& state,
                          const DefineContext& context) {
  Alteration out;
  const auto* database = state.find_database(drop.database);
  if (database == nullptr) {
    if (!drop.if_exists) return error<1008>(drop.database);
    note(context, error<1008>(drop.database));
    return out;
  }
  TRY_STATUS(may_change(*database, context));
  TRY(out.changes, catalog::drop_database(state, database->id));
  TRY_STATUS(check_not_referenced(out.changes, state, context));
  return out;
}

}  // namespace octavo::sql
