#include "protocol/mongodb/command/collection.h"

#include <utility>
#include <vector>

#include "base/uuid.h"
#include "catalog/edit.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/profiler.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/rights.h"
#include "protocol/mongodb/command/validator.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Changes;
using value::Value;

// Definitions are changed on workers.
Status may_define(CommandCall& call) {
  if (call.context().may_wait) return {};
  return fail(Code::would_block, "Definitions are changed on worker threads.");
}

}  // namespace

const Value& options_of(const catalog::TableDefinition& table) {
  return table.options.of(kProtocolName);
}

const Value* find_option(const catalog::TableDefinition& table, std::string_view name) {
  const Value* const found = options_of(table).find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

bool Collection::is_plain() const { return primary_key() == kIdField && !is_capped(*table); }

Value Collection::shown(const Value& row) const {
  Value document = primary_key() == kIdField ? row : with_id(row, primary_key());
  return is_capped(*table) ? without_natural_number(document) : document;
}

Value Collection::stored(const Value& document) const {
  if (primary_key() == kIdField) return document;
  const Value* const id = document.find(kIdField);
  value::ObjectBuilder builder(document);
  if (id != nullptr) builder.set(primary_key(), *id);
  builder.erase(kIdField);
  return std::move(builder).build();
}

std::optional<Collection> find_collection(const CatalogState& state, std::string_view database,
                                          std::string_view name) {
  const auto* const found = state.find_database(database);
  if (found == nullptr) return std::nullopt;
  const auto* const table = state.find_table(found->id, name);
  if (table == nullptr) return std::nullopt;
  return Collection{state.share_table(table->id)};
}

const catalog::ViewDefinition* find_view(const CatalogState& state, std::string_view database,
                                         std::string_view name) {
  const auto* const found = state.find_database(database);
  return found == nullptr ? nullptr : state.find_view(found->id, name);
}

Status refuse_view(const CatalogState& state, std::string_view database, std::string_view name) {
  if (find_view(state, database, name) == nullptr) return {};
  return error(ErrorCode::command_not_supported_on_view,
               "Namespace {}.{} is a view, not a collection", database, name);
}

Value uuid_of(const catalog::TableDefinition& table) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < table.uuid.size();) {
    if (table.uuid[i] == '-') {
      ++i;
      continue;
    }
    const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
    bytes.push_back(static_cast<char>(digit(table.uuid[i]) * 16 + digit(table.uuid[i + 1])));
    i += 2;
  }
  constexpr std::size_t kUuidBytes = 16;
  return bytes.size() == kUuidBytes ? Value::uuid(bytes) : Value::null();
}

Status ensure_database(CommandCall& call, std::string_view database, std::string_view collection) {
  if (call.engine().catalog()->find_database(database) != nullptr) return {};
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    if (state.find_database(database) != nullptr) return Changes();
    TRY_STATUS(may_make_collection(call, state, database, collection));
    return Changes{catalog::PutDatabase{
        {DatabaseId{state.next_id()}, random_uuid(), std::string(database), {}}}};
  };
  TRY(const Lsn lsn, call.engine().define(catalog::kAdminName, decide));
  call.wrote(lsn, Durability::disk);
  return {};
}

Result<Collection> create_collection(CommandCall& call, std::string_view database,
                                     std::string_view name, const Value& options,
                                     const Bytes& validator) {
  if (name == kProfileCollection) {
    return error(ErrorCode::invalid_namespace, "cannot write to '{}.{}'", database, name);
  }
  TRY_STATUS(may_define(call));
  TRY_STATUS(ensure_database(call, database, name));
  std::vector<catalog::IndexDefinition> indexes;
  if (const Value* const collation = options.find("collation")) {
    TRY(RequestScope scope, RequestScope::make(call, nullptr));
    TRY(auto index, define_id_index(*collation, scope.variables(), call.engine()));
    indexes.push_back(std::move(index));
  }
  const auto decide = [&](const CatalogState& state) -> Result<Changes> {
    const auto* const found = state.find_database(database);
    if (found == nullptr) {
      return fail(Code::conflict, "The database was dropped meanwhile.");
    }
    TRY_STATUS(may_make_collection(call, state, database, name));
    catalog::TableDefinition table;
    table.database = found->id;
    table.name = name;
    table.primary_key = kIdField;
    table.options.set(kProtocolName, options);
    table.indexes = indexes;
    set_validator(table, validator);
    if (is_capped(table)) TRY_STATUS(add_natural_order(table));
    return catalog::create_table(state, std::move(table));
  };
  TRY(const Lsn lsn, call.engine().define(catalog::kAdminName, decide));
  call.wrote(lsn, Durability::disk);
  auto made = find_collection(*call.engine().catalog(), database, name);
  if (!made) return fail(Code::conflict, "The collection was dropped meanwhile.");
  call.renew_view();
  return *std::move(made);
}

Result<Collection> ensure_collection(CommandCall& call, std::string_view database,
                                     std::string_view name) {
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, database, name));
  auto found = find_collection(*state, database, name);
  if (found) return *std::move(found);
  auto made = create_collection(call, database, name, Value::object({}));
  if (made || made.error().code != Code::already_exists) return made;
  // Another client was first.
  found = find_collection(*call.engine().catalog(), database, name);
  if (!found) return std::unexpected(std::move(made).error());
  return *std::move(found);
}

}  // namespace octavo::mongodb
