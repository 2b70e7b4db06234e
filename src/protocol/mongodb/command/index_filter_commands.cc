#include "protocol/mongodb/command/index_filter_commands.h"

#include <string>
#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/query_shape.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

std::unexpected<Error> malformed(std::string_view text) {
  return error(ErrorCode::bad_value, "{}", text);
}

// An array is a document whose names are numbers.
Value document_of(const Value& given) {
  if (!given.is_array()) return given;
  std::vector<Field> fields;
  for (const Value& element : given.as_array()) {
    fields.push_back({std::to_string(fields.size()), element});
  }
  return Value::object(std::move(fields));
}

Result<Value> optional_document(CommandCall& call, std::string_view name) {
  const Value* const given = call.body().find(name);
  if (given == nullptr) return Value::object({});
  if (given->is_object() || given->is_array()) return document_of(*given);
  return error(ErrorCode::bad_value, "optional field {} must be an object", name);
}

// What is checked of a shape is what is checked of a query.
struct GivenShape {
  IndexFilter filter;
  std::string shape;
};
Result<GivenShape> read_shape(CommandCall& call) {
  GivenShape given;
  const Value* const query = call.body().find("query");
  if (query == nullptr) return malformed("required field query missing");
  if (!query->is_object() && !query->is_array()) {
    return malformed("required field query must be an object");
  }
  given.filter.query = document_of(*query);
  TRY(given.filter.sort, optional_document(call, "sort"));
  TRY(given.filter.projection, optional_document(call, "projection"));
  const Value* const collation = call.body().find("collation");
  if (collation != nullptr) {
    if (!collation->is_object()) return malformed("optional field collation must be an object");
    if (collation->as_object().empty()) {
      return malformed("optional field collation cannot be an empty object");
    }
    TRY(auto full, read_collation("collation", *collation));
    if (full) given.filter.collation = *std::move(full);
  }
  TRY(const std::string name, operation_collation(call, collation));
  TRY(const RequestScope scope, RequestScope::make(call, nullptr, name));
  TRY_STATUS(parse_query(call, given.filter.query, scope.variables()));
  given.shape = query_shape({.query = &given.filter.query,
                             .sort = &given.filter.sort,
                             .projection = &given.filter.projection,
                             .collation = name});
  return given;
}

Result<std::vector<Value>> read_indexes(CommandCall& call) {
  const Value* const given = call.body().find("indexes");
  if (given == nullptr) return malformed("required field indexes missing");
  if (!given->is_array()) return malformed("required field indexes must be an array");
  if (given->as_array().empty()) {
    return malformed("required field indexes must contain at least one index");
  }
  std::vector<Value> indexes;
  for (const Value& index : given->as_array()) {
    if (!index.is_object() && !index.is_string()) {
      return malformed("each item in indexes must be an object or string");
    }
    const bool empty = index.is_object() ? index.as_object().empty() : index.as_string().empty();
    if (empty) return malformed("index specification cannot be empty");
    indexes.push_back(index);
  }
  return indexes;
}

// Nothing: there is no such collection.
Result<std::optional<Collection>> collection_of(CommandCall& call) {
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, call.database(), call.collection()));
  return find_collection(*state, call.database(), call.collection());
}

Value shown(const IndexFilter& filter) {
  std::vector<Field> fields{
      {"query", filter.query}, {"sort", filter.sort}, {"projection", filter.projection}};
  if (!filter.collation.is_null()) fields.push_back({"collation", filter.collation});
  fields.push_back({"indexes", Value::array(filter.indexes)});
  return Value::object(std::move(fields));
}

}  // namespace

Result<Reply> run_set_index_filter(CommandCall& call) {
  TRY(const auto collection, collection_of(call));
  if (!collection) return malformed("no such collection");
  TRY(std::vector<Value> indexes, read_indexes(call));
  TRY(GivenShape given, read_shape(call));
  given.filter.indexes = std::move(indexes);
  IndexFilters& filters = call.shared().index_filters;
  const auto state = call.engine().catalog();
  filters.keep_if([&](TableId table) { return state->find_table(table) != nullptr; });
  if (!filters.set(collection->id(), std::move(given.shape), std::move(given.filter))) {
    return error(ErrorCode::bad_value, "There are {} index filters, which is the most",
                 IndexFilters::kMost);
  }
  return Reply();
}

Result<Reply> run_list_index_filters(CommandCall& call) {
  TRY(const auto collection, collection_of(call));
  std::vector<Value> filters;
  if (collection) {
    for (const IndexFilter& filter : call.shared().index_filters.of(collection->id())) {
      filters.push_back(shown(filter));
    }
  }
  Reply reply;
  reply.add("filters", Value::array(std::move(filters)));
  return reply;
}

Result<Reply> run_clear_index_filters(CommandCall& call) {
  TRY(const auto collection, collection_of(call));
  if (!collection) return Reply();
  IndexFilters& filters = call.shared().index_filters;
  if (call.body().find("query") != nullptr) {
    TRY(const GivenShape given, read_shape(call));
    filters.clear(collection->id(), given.shape);
    return Reply();
  }
  for (const std::string_view name : {"sort", "projection", "collation"}) {
    if (call.body().find(name) != nullptr) {
      return malformed("sort, projection, or collation provided without query");
    }
  }
  filters.clear(collection->id());
  return Reply();
}

}  // namespace octavo::mongodb
