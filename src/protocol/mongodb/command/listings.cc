// listCollections and listDatabases.

#include "protocol/mongodb/command/listings.h"

#include <algorithm>
#include <utility>

#include "catalog/reserved.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/filter.h"
#include "function/family.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/collection_rows.h"
#include "protocol/mongodb/command/cursor.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/profile.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/rights.h"
#include "protocol/mongodb/command/series.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Permission;
using value::Field;
using value::Value;

// A pipeline of the database admin is about all.
constexpr std::string_view kAllDatabases = "admin";

// Those of the rows that match the command's filter.
Result<std::vector<Value>> filtered(CommandCall& call, std::vector<Value> rows) {
  const Value* const filter = call.find("filter");
  if (filter == nullptr || filter->as_object().empty()) return rows;
  TRY(RequestScope scope, RequestScope::make(call, nullptr));
  TRY(const auto matching,
      parse_filter(*filter, {.variables = scope.variables(), .place = FilterPlace::match_stage}));
  std::vector<Value> matched;
  for (Value& row : rows) {
    TRY(const Value holds,
        function::evaluate_lambda(matching, {&row, 1}, call.context().evaluation));
    if (holds.type() == value::Type::boolean && holds.as_boolean()) {
      matched.push_back(std::move(row));
    }
  }
  return matched;
}

Value shown_collection(const catalog::TableDefinition& table, bool name_only) {
  const bool is_series = series_options(table) != nullptr;
  std::vector<Field> fields = {{"name", Value::string(table.name)},
                               {"type", Value::string(is_series ? "timeseries" : "collection")}};
  if (!name_only) {
    const Value& options = options_of(table);
    fields.push_back({"options", options.is_object() ? options : Value::object({})});
    fields.push_back(
        {"info", Value::object({{"readOnly", Value::boolean(false)}, {"uuid", uuid_of(table)}})});
    const bool keys_are_clustered = find_option(table, "clusteredIndex") != nullptr;
    if (!is_series && !keys_are_clustered) fields.push_back({"idIndex", id_index(table)});
  }
  return Value::object(std::move(fields));
}

// Of the collection that the profiler keeps.
Value shown_profile(bool name_only) {
  std::vector<Field> fields = {{"name", Value::string(kProfileCollection)},
                               {"type", Value::string("collection")}};
  if (!name_only) {
    fields.push_back({"options", Value::object({{"capped", Value::boolean(true)},
                                                {"size", Value::int64(kMaxProfileBytes)}})});
    fields.push_back({"info", Value::object({{"readOnly", Value::boolean(false)}})});
  }
  return Value::object(std::move(fields));
}

Value shown_view(const catalog::ViewDefinition& view, bool name_only) {
  std::vector<Field> fields = {{"name", Value::string(view.name)}, {"type", Value::string("view")}};
  if (!name_only) {
    const Value& form = view.forms.of(kProtocolName);
    fields.push_back({"options", form.is_object() ? form : Value::object({})});
    fields.push_back({"info", Value::object({{"readOnly", Value::boolean(true)}})});
  }
  return Value::object(std::move(fields));
}

bool may_read(const CommandCall& call, const CatalogState& state, DatabaseId database,
              std::optional<TableId> table) {
  return state.allows(const_cast<CommandCall&>(call).user(), Permission::read, database, table);
}

bool is_shown(CommandCall& call, const CatalogState& state,
              const catalog::DatabaseDefinition& database) {
  const auto* const built_in = catalog::find_built_in(database.id);
  const bool hidden = built_in != nullptr && (built_in->flags & catalog::kHidden) != 0;
  if (hidden && !call.engine().keyspace_in_use()) return false;
  if (may_read(call, state, database.id, std::nullopt)) return true;
  return std::ranges::any_of(state.tables(database.id), [&](const auto* table) {
    return may_read(call, state, database.id, table->id);
  });
}

// A row of listCollections as one of $listClusterCatalog: beside what it says stands whose it is.
Value of_cluster(const Value& shown, const std::string& database) {
  std::vector<Field> fields = {
      {"db", Value::string(database)},
      {"ns", Value::string(database + "." + std::string(shown.find("name")->as_string()))},
      {"sharded", Value::boolean(false)}};
  for (const Field& field : shown.as_object()) {
    if (field.name != "name") fields.push_back(field);
  }
  return Value::object(std::move(fields));
}

// Those that the user may read, by name.
std::vector<Value> shown_collections(CommandCall& call, const CatalogState& state,
                                     const catalog::DatabaseDefinition& database, bool name_only) {
  std::vector<Value> rows;
  for (const auto* table : state.tables(database.id)) {
    if (table->temporary || !may_read(call, state, database.id, table->id)) continue;
    rows.push_back(shown_collection(*table, name_only));
  }
  for (const auto* view : state.views(database.id)) {
    if (may_read(call, state, database.id, view->id)) rows.push_back(shown_view(*view, name_only));
  }
  return rows;
}

}  // namespace

std::vector<Value> cluster_catalog(CommandCall& call, std::string_view database) {
  const auto state = call.engine().catalog();
  std::vector<Value> rows;
  for (const auto* one : state->databases()) {
    const bool asked = database == kAllDatabases || one->name == database;
    if (!asked || !is_shown(call, *state, *one)) continue;
    for (const Value& shown : shown_collections(call, *state, *one, false)) {
      rows.push_back(of_cluster(shown, one->name));
    }
  }
  return rows;
}

Result<Reply> run_list_collections(CommandCall& call) {
  const auto state = call.engine().catalog();
  const bool name_only = call.flag("nameOnly");
  std::vector<Value> rows;
  if (const auto* const database = state->find_database(call.database())) {
    rows = shown_collections(call, *state, *database, name_only);
  }
  const bool may_see_profile =
      require_on(call, Permission::config, call.database(), kProfileCollection).has_value();
  if (may_see_profile && call.shared().profiler.has_collection(call.database())) {
    rows.push_back(shown_profile(name_only));
  }
  TRY(rows, filtered(call, std::move(rows)));
  TRY(const BatchLimits limits, list_limits(call));
  return open_cursor(
      call, make_list_cursor(call, call.database() + ".$cmd.listCollections", std::move(rows)),
      limits);
}

namespace {

struct ListedDatabase {
  std::string name;
  bool empty = false;
};

// By name. Commands are sent to `admin` whether or not there is something in it, so that it is
// always there.
std::vector<ListedDatabase> listed_databases(CommandCall& call, const CatalogState& state) {
  static constexpr std::string_view kAdmin = "admin";
  std::vector<ListedDatabase> listed;
  for (const auto* database : state.databases()) {
    if (!is_shown(call, state, *database)) continue;
    listed.push_back({.name = database->name, .empty = state.tables(database->id).empty()});
  }
  const bool made = state.find_database(kAdmin) != nullptr;
  if (!made && state.allows(call.user(), Permission::read, std::nullopt, std::nullopt)) {
    listed.push_back({.name = std::string(kAdmin), .empty = true});
    std::ranges::sort(listed, {}, &ListedDatabase::name);
  }
  return listed;
}

}  // namespace

Result<Reply> run_list_databases(CommandCall& call) {
  const auto state = call.engine().catalog();
  const bool name_only = call.flag("nameOnly");
  std::vector<Value> rows;
  for (const ListedDatabase& database : listed_databases(call, *state)) {
    std::vector<Field> fields = {{"name", Value::string(database.name)}};
    if (!name_only) {
      // Sizes of single databases are not known: all rows lie in one store.
      fields.push_back({"sizeOnDisk", Value::int64(0)});
      fields.push_back({"empty", Value::boolean(database.empty)});
    }
    rows.push_back(Value::object(std::move(fields)));
  }
  TRY(rows, filtered(call, std::move(rows)));
  Reply reply;
  reply.add("databases", Value::array(std::move(rows)));
  if (!name_only) {
    reply.add("totalSize", Value::int64(0)).add("totalSizeMb", Value::int64(0));
  }
  return reply;
}

}  // namespace octavo::mongodb
