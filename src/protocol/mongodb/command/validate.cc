// validate: reads all documents of a collection, and what its ordered indexes find.

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/collection_rows.h"
#include "protocol/mongodb/command/collection_sizes.h"
#include "protocol/mongodb/command/index_definition.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

struct Asked {
  bool metadata = false;  // definitions alone
  bool repair = false;
  bool adjust = false;  // fixMultikey
};

// Of any type, as MongoDB takes them.
bool is_on(const CommandCall& call, std::string_view option) {
  const Value* const given = call.find(option);
  return given != nullptr && is_truthy(*given);
}

// Two options that exclude each other.
struct Exclusion {
  std::string_view one;
  std::string_view other;
};
constexpr Exclusion kExclusions[] = {
    {"background", "full"},
    {"background", "repair"},
    {"metadata", "full"},
    {"metadata", "background"},
    {"metadata", "repair"},
    {"metadata", "fixMultikey"},
    {"metadata", "checkBSONConformance"},
    {"checkBSONConformance", "repair"},
};

Result<Asked> read_asked(const CommandCall& call) {
  for (const Exclusion& pair : kExclusions) {
    if (!is_on(call, pair.one) || !is_on(call, pair.other)) continue;
    return error(ErrorCode::invalid_options,
                 "Running the validate command with both {{ {}: true }} and {{ {}: true }} is not "
                 "supported.",
                 pair.one, pair.other);
  }
  return Asked{.metadata = is_on(call, "metadata"),
               .repair = is_on(call, "repair"),
               .adjust = is_on(call, "fixMultikey")};
}

// What the indexes are, and how many documents those that can be read as a whole find.
struct IndexesFound {
  std::vector<Field> keys;
  std::vector<Field> details;
};

Result<std::int64_t> count_found(CommandCall& call, const Collection& collection, IndexId index) {
  constexpr std::size_t kRowsAtOnce = 256;
  const auto plan = algebra::make_plan(algebra::Scan{.table = collection.id(), .index = index});
  TRY(const auto query, call.engine().query(plan, call.context()));
  std::int64_t count = 0;
  std::vector<Value> rows;
  do {
    rows.clear();
    TRY_STATUS(query->next(kRowsAtOnce, rows));
    count += static_cast<std::int64_t>(rows.size());
  } while (!rows.empty());
  return count;
}

Result<IndexesFound> look_at_indexes(CommandCall& call, const Collection& collection,
                                     std::int64_t documents, bool counts) {
  IndexesFound found;
  const auto detail = [&](Value spec) {
    const std::string name(spec.find("name")->as_string());
    found.details.push_back(
        {name, Value::object({{"valid", Value::boolean(true)}, {"spec", std::move(spec)}})});
    return name;
  };
  const std::string id = detail(id_index(*collection.table));
  if (counts) found.keys.push_back({id, Value::int64(documents)});
  for (const auto& index : collection.table->indexes) {
    const Value* const spec = given_spec(index);
    if (spec == nullptr || !index.ready) continue;
    const std::string name = detail(shown_index(*collection.table, index));
    if (!counts || special_index(index)) continue;
    TRY(const std::int64_t count, count_found(call, collection, index.id));
    found.keys.push_back({name, Value::int64(count)});
  }
  return found;
}

}  // namespace

Result<Reply> run_validate(CommandCall& call) {
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, call.database(), call.collection()));
  TRY(const Asked asked, read_asked(call));
  const auto collection = find_collection(*state, call.database(), call.collection());
  if (!collection) {
    return error(ErrorCode::namespace_not_found, "Collection '{}' does not exist to validate.",
                 call.ns());
  }
  // A document that cannot be read ends the scan.
  Result<CollectionSizes> sizes;
  if (!asked.metadata) sizes = measure(call, *collection);
  const bool valid = sizes.has_value() || sizes.error().code != Code::corrupt;
  if (!sizes && valid) return std::unexpected(std::move(sizes).error());
  std::vector<Value> errors;
  if (!valid) errors.push_back(Value::string(sizes.error().what));
  const bool counts = !asked.metadata && valid;
  TRY(auto indexes, look_at_indexes(call, *collection, counts ? sizes->count : 0, counts));
  Reply reply;
  reply.add("ns", Value::string(call.ns())).add("uuid", uuid_of(*collection->table));
  if (!asked.metadata) {
    reply.add("nInvalidDocuments", Value::int32(valid ? 0 : 1))
        .add("nNonCompliantDocuments", Value::int32(0))
        .add("nrecords", Value::int64(valid ? sizes->count : 0));
  }
  const std::string_view mode = asked.repair   ? "FixErrors"
                                : asked.adjust ? "AdjustMultikey"
                                               : "None";
  reply.add("nIndexes", Value::int32(index_count(*collection->table)))
      .add("keysPerIndex", Value::object(std::move(indexes.keys)))
      .add("indexDetails", Value::object(std::move(indexes.details)))
      .add("valid", Value::boolean(valid))
      .add("repaired", Value::boolean(false))
      .add("repairMode", Value::string(mode))
      .add("warnings", Value::array({}))
      .add("errors", Value::array(std::move(errors)))
      .add("extraIndexEntries", Value::array({}))
      .add("missingIndexEntries", Value::array({}))
      .add("corruptRecords", Value::array({}));
  return reply;
}

}  // namespace octavo::mongodb
