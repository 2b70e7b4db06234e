// createIndexes, listIndexes, dropIndexes.

#include <algorithm>
#include <utility>

#include "algebra/plan.h"
#include "catalog/edit.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/collection_rows.h"
#include "protocol/mongodb/command/cursor.h"
#include "protocol/mongodb/command/definition_change.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/index_build.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/series.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Changes;
using value::Value;

constexpr std::int32_t kMostIndexes = 64;

std::unexpected<Error> no_collection(CommandCall& call, std::string_view text) {
  return error(ErrorCode::namespace_not_found, "{} {}", text, call.ns());
}

Result<std::vector<IndexSpec>> read_specs(CommandCall& call) {
  const auto given = call.elements("indexes");
  if (given.empty()) {
    return error(ErrorCode::bad_value, "Must specify at least one index to create");
  }
  std::vector<IndexSpec> specs;
  for (const Value& one : given) {
    if (!one.is_object()) return wrong_type("createIndexes.indexes", one, field::kObject);
    TRY(IndexSpec spec, parse_index_spec(one, call.ns(), call.flag("ignoreUnknownIndexOptions")));
    specs.push_back(std::move(spec));
  }
  return specs;
}

// 263: in a transaction, a new index of documents that were there before.
Status check_transaction(CommandCall& call, const Collection& collection,
                         const std::vector<IndexSpec>& specs) {
  bool all = true;
  for (const IndexSpec& spec : specs) {
    TRY(const bool there, exists_already(*collection.table, spec));
    all = all && there;
  }
  if (all) return {};
  call.renew_view();
  const auto plan = algebra::make_plan(algebra::Limit{
      .input = algebra::make_plan(algebra::Scan{.table = collection.id()}), .count = 1});
  TRY(const auto query, call.engine().query(plan, call.context()));
  std::vector<Value> rows;
  TRY_STATUS(query->next(1, rows));
  if (rows.empty()) return {};
  return error(ErrorCode::operation_not_supported_in_transaction,
               "Cannot create new indexes on existing collection {} in a multi-document "
               "transaction.",
               call.ns());
}

}  // namespace

Result<Reply> run_create_indexes(CommandCall& call) {
  TRY(auto specs, read_specs(call));
  const bool existed =
      find_collection(*call.engine().catalog(), call.database(), call.collection()).has_value();
  TRY(Collection collection, ensure_collection(call, call.database(), call.collection()));
  TRY(RequestScope scope, RequestScope::make(call, nullptr));
  for (IndexSpec& spec : specs) spec = with_collation_of(*collection.table, std::move(spec));
  const Value before = Value::int32(index_count(*collection.table));
  if (existed && call.in_transaction()) TRY_STATUS(check_transaction(call, collection, specs));
  bool any = false;
  for (const IndexSpec& spec : specs) {
    TRY(const bool there, exists_already(*collection.table, spec));
    if (there) continue;
    if (index_count(*collection.table) >= kMostIndexes) {
      return error(ErrorCode::cannot_create_index,
                   "add index fails, too many indexes for {} key:{}", call.ns(),
                   print(*spec.document.find("key")));
    }
    TRY_STATUS(check_series_index(*collection.table, spec));
    if (spec.document.find("expireAfterSeconds") != nullptr && is_capped(*collection.table)) {
      return error(ErrorCode::cannot_create_index,
                   "Cannot create TTL index on a capped collection");
    }
    TRY(const auto index,
        define_index(spec, collection.primary_key(), scope.variables(), call.engine()));
    auto built = build_index(call, collection, index);
    if (!built) {
      auto refused = std::move(built).error();
      return Reply::failure(std::move(refused.error), std::move(refused.info));
    }
    any = true;
    const auto now = call.engine().catalog()->share_table(collection.id());
    if (now == nullptr) return no_collection(call, "The collection was dropped:");
    collection.table = now;
  }
  if (any) call.renew_view();
  Reply reply;
  reply.add("numIndexesBefore", before)
      .add("numIndexesAfter", Value::int32(index_count(*collection.table)))
      .add("createdCollectionAutomatically", Value::boolean(!existed));
  if (!any) reply.add("note", Value::string("all indexes already exist"));
  return reply;
}

Result<Reply> run_list_indexes(CommandCall& call) {
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, call.database(), call.collection()));
  const auto collection = find_collection(*state, call.database(), call.collection());
  if (!collection) return no_collection(call, "ns does not exist:");
  std::vector<Value> rows = {id_index(*collection->table)};
  for (const auto& index : collection->table->indexes) {
    if (!index.hidden) rows.push_back(shown_index(*collection->table, index));
  }
  TRY(const BatchLimits limits, list_limits(call));
  return open_cursor(call, make_list_cursor(call, call.ns(), std::move(rows)), limits);
}

namespace {

std::unexpected<Error> no_index(const Value& asked) {
  if (asked.is_string()) {
    return error(ErrorCode::index_not_found, "index not found with name [{}]", asked.as_string());
  }
  return error(ErrorCode::index_not_found, "can't find index with key: {}", print(asked));
}

std::unexpected<Error> is_id() {
  return error(ErrorCode::invalid_options, "cannot drop _id index");
}

// The names of what is asked for: a name, a key, an array of names, "*".
Result<std::vector<std::string>> names_asked(const catalog::TableDefinition& table,
                                             const Value& asked) {
  static constexpr std::string_view kAll = "*";
  std::vector<std::string> names;
  if (asked.is_string() && asked.as_string() == kAll) {
    for (const auto& index : table.indexes) {
      if (!index.hidden) names.push_back(index.name);
    }
    return names;
  }
  if (asked.is_object()) {
    if (equal(asked, *id_index().find("key"))) return is_id();
    for (const auto& index : table.indexes) {
      if (!index.hidden && equal(shown_key_pattern(table, index), asked))
        names.push_back(index.name);
    }
    if (names.size() > 1) {
      return error(ErrorCode::ambiguous_index_key_pattern,
                   "{} indexes found for key: {}, identify by name instead", names.size(),
                   print(asked));
    }
    if (names.empty()) return no_index(asked);
    return names;
  }
  const auto given = asked.is_array() ? asked.as_array() : value::ArrayView(&asked, 1);
  for (const Value& name : given) {
    if (!name.is_string()) return wrong_type("dropIndexes.index", name, field::kString);
    if (name.as_string() == kIdIndexName) return is_id();
    const auto* const index = table.find_index(name.as_string());
    if (index == nullptr || index->hidden) return no_index(name);
    names.emplace_back(name.as_string());
  }
  return names;
}

}  // namespace

Result<Reply> run_drop_indexes(CommandCall& call) {
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, call.database(), call.collection()));
  const auto collection = find_collection(*state, call.database(), call.collection());
  if (!collection) return no_collection(call, "ns not found");
  const Value asked = *call.find("index");
  TRY_STATUS(define_alone(call, [&](const CatalogState& now) -> Result<Changes> {
    const auto* const table = now.find_table(collection->id());
    if (table == nullptr) return no_collection(call, "ns not found");
    TRY(const auto names, names_asked(*table, asked));
    if (names.empty()) return Changes();
    return catalog::edit_table(now, table->id, [&](catalog::TableDefinition& edited) -> Status {
      std::erase_if(edited.indexes, [&](const auto& index) {
        return std::ranges::find(names, index.name) != names.end();
      });
      return {};
    });
  }));
  Reply reply;
  reply.add("nIndexesWas", Value::int32(index_count(*collection->table)));
  if (asked.is_string() && asked.as_string() == "*") {
    reply.add("msg", Value::string("non-_id indexes dropped for collection"));
  }
  return reply;
}

}  // namespace octavo::mongodb
