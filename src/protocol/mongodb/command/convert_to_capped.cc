// convertToCapped, cloneCollectionAsCapped: the documents of a collection in a capped one of the
// same name, or of another.

#include <memory>
#include <utility>

#include "base/uuid.h"
#include "catalog/edit.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/namespace.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/capped_copy.h"
#include "protocol/mongodb/command/capped_room.h"
#include "protocol/mongodb/command/collection_rows.h"
#include "protocol/mongodb/command/definition_change.h"
#include "protocol/mongodb/command/rights.h"
#include "protocol/mongodb/command/validator.h"

namespace octavo::mongodb {
namespace {

using catalog::Alteration;
using catalog::CatalogState;
using value::Value;

std::unexpected<Error> no_source(CommandCall& call) {
  return error(ErrorCode::namespace_not_found, "source collection {} does not exist", call.ns());
}

// As MongoDB does, without the indexes and the validator.
Result<catalog::TableDefinition> capped_table(const CatalogState& state,
                                              const catalog::TableDefinition& from,
                                              std::string_view name, std::int64_t bytes) {
  catalog::TableDefinition table;
  table.id = TableId{state.next_id()};
  table.database = from.database;
  table.uuid = random_uuid();
  table.name = name;
  table.primary_key = from.primary_key;
  table.durability = from.durability;
  table.options.set(kProtocolName, Value::object(capped_options(bytes, std::nullopt)));
  TRY_STATUS(add_natural_order(table));
  for (auto& index : table.indexes) index.id = IndexId{raw(table.id) + 1};
  return table;
}

Result<std::int64_t> bytes_of(CommandCall& call) {
  const std::int64_t bytes = call.integer("size").value_or(0);
  if (bytes <= 0) {
    return error(ErrorCode::invalid_options, "Capped collection size must be greater than zero");
  }
  if (bytes <= kMostCappedBytes) return bytes;
  return error(ErrorCode::bad_value, "Capped collection maximum size is {} bytes",
               kMostCappedBytes);
}

// The documents of `source` in a new collection; `replaces`: of its name, in its place.
Status make_capped(CommandCall& call, const Collection& source, std::string_view name,
                   std::int64_t bytes, bool replaces) {
  // Rows are numbered in the order in which they are read, again for each attempt; those of a
  // capped collection have their numbers.
  const bool numbered = is_capped(*source.table);
  auto number = std::make_shared<std::int64_t>(0);
  TRY_STATUS(alter(call, [&](const CatalogState& now) -> Result<Alteration> {
    const auto* const from = now.find_table(source.id());
    if (from == nullptr) return no_source(call);
    *number = 0;
    Alteration alteration;
    if (replaces) {
      TRY(alteration.changes, catalog::drop_table(now, from->id));
    } else if (now.has_name(from->database, name)) {
      return fail(Code::already_exists, "There is something of that name.");
    }
    TRY(catalog::TableDefinition table, capped_table(now, *from, name, bytes));
    alteration.rows = {.from = from->id,
                       .to = table.id,
                       .made = [number, numbered](const Value& row) -> Result<Value> {
                         if (numbered) return row;
                         return with_natural_number(row, ++*number);
                       }};
    alteration.changes.emplace_back(catalog::PutTable{std::move(table)});
    return alteration;
  }));
  const auto made = find_collection(*call.engine().catalog(), call.database(), name);
  if (made && is_capped(*made->table)) TRY_STATUS(shrink_to_limits(call, *made));
  return {};
}

}  // namespace

Result<Reply> run_convert_to_capped(CommandCall& call) {
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, call.database(), call.collection()));
  TRY(const std::int64_t bytes, bytes_of(call));
  const auto source = find_collection(*state, call.database(), call.collection());
  if (!source) return no_source(call);
  TRY_STATUS(make_capped(call, *source, call.collection(), bytes, true));
  return Reply();
}

Status may_clone_as_capped(CommandCall& call) {
  TRY_STATUS(require_on(call, catalog::Permission::read, call.database(), call.collection()));
  return require_on(call, catalog::Permission::config, call.database(), call.text("toCollection"));
}

Result<Reply> run_clone_as_capped(CommandCall& call) {
  const auto state = call.engine().catalog();
  const std::string_view to = call.text("toCollection");
  TRY_STATUS(check_collection_name(call.database(), to));
  TRY_STATUS(refuse_view(*state, call.database(), call.collection()));
  TRY(const std::int64_t bytes, bytes_of(call));
  const auto source = find_collection(*state, call.database(), call.collection());
  if (!source) return no_source(call);
  const Status made = make_capped(call, *source, to, bytes, false);
  if (!made && made.error().code == Code::already_exists) {
    return error(ErrorCode::namespace_exists,
                 "cloneCollectionAsCapped failed - destination collection {}.{} already exists. "
                 "source collection: {}",
                 call.database(), to, call.ns());
  }
  TRY_STATUS(made);
  return Reply();
}

}  // namespace octavo::mongodb
