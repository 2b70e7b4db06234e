#include "protocol/mongodb/transfer/source.h"

#include <algorithm>
#include <utility>

#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Value;

std::uint64_t number_of(const Value& document, std::string_view name) {
  const Value* const found = document.find(name);
  if (found == nullptr || !found->is_number()) return 0;
  return static_cast<std::uint64_t>(std::max(found->to_double(), 0.0));
}

SourceCollection read_collection(const std::string& database, const Value& row) {
  SourceCollection out;
  out.name = {.database = database, .collection = text_of(row, "name")};
  out.kind_name = text_of(row, "type");
  out.kind = kind_of(out.kind_name);
  out.options = usable_options(row.find("options"));
  const Value* const info = row.find("info");
  const Value* const uuid = info == nullptr ? nullptr : info->find("uuid");
  if (uuid != nullptr) out.uuid = *uuid;
  return out;
}

Value command_of(std::string_view name, std::string_view argument) {
  return document({{std::string(name), text(argument)}});
}

Result<std::vector<SourceCollection>> list_database(Commands& source, const std::string& database,
                                                    const Value& filter) {
  TRY(const std::vector<Value> rows,
      rows_of(source, database,
              document({{"listCollections", Value::int32(1)}, {"filter", filter}})));
  std::vector<SourceCollection> out;
  for (const Value& row : rows) out.push_back(read_collection(database, row));
  return out;
}

}  // namespace

Result<SourceServer> describe(Commands& source) {
  SourceServer out;
  TRY(const Value build, source.run("admin", document({{"buildInfo", Value::int32(1)}})));
  out.version = text_of(build, "version");
  TRY(const Value hello, source.run("admin", document({{"isMaster", Value::int32(1)}})));
  out.has_changes = !text_of(hello, "setName").empty() || text_of(hello, "msg") == "isdbgrid";
  const Value* const topology = hello.find("topologyVersion");
  const Value* const process = topology == nullptr ? nullptr : topology->find("processId");
  if (process != nullptr) out.process = *process;
  return out;
}

Result<std::vector<SourceCollection>> list_collections(Commands& source, const Selection& taken) {
  TRY(const Value listed, source.run("admin", document({{"listDatabases", Value::int32(1)},
                                                        {"nameOnly", Value::boolean(true)}})));
  std::vector<SourceCollection> out;
  const Value* const databases = listed.find("databases");
  if (databases == nullptr || !databases->is_array()) return out;
  for (const Value& row : databases->as_array()) {
    const std::string database = text_of(row, "name");
    if (!taken.takes_some_of(database)) continue;
    TRY(std::vector<SourceCollection> found, list_database(source, database, Value::object({})));
    for (SourceCollection& collection : found) {
      if (taken.takes(collection.name)) out.push_back(std::move(collection));
    }
  }
  std::ranges::sort(out, {}, &SourceCollection::name);
  return out;
}

Result<std::optional<SourceCollection>> find_collection(Commands& source,
                                                        const CollectionName& name) {
  TRY(std::vector<SourceCollection> found,
      list_database(source, name.database, command_of("name", name.collection)));
  if (found.empty()) return std::nullopt;
  return std::optional(std::move(found.front()));
}

Result<std::vector<Value>> list_indexes(Commands& source, const CollectionName& name) {
  auto rows = rows_of(source, name.database, command_of("listIndexes", name.collection));
  if (!rows && rows.error().number == kNamespaceNotFound) return std::vector<Value>();
  if (!rows) return fail(std::move(rows).error());
  return usable_indexes(Value::array(*std::move(rows)));
}

Result<std::uint64_t> count_documents(Commands& server, const CollectionName& name) {
  TRY(const Value reply, server.run(name.database, command_of("count", name.collection)));
  return number_of(reply, "n");
}

Result<SourceSize> measure(Commands& source, const CollectionName& name) {
  SourceSize out;
  TRY(out.documents, count_documents(source, name));
  const auto stats = source.run(name.database, command_of("collStats", name.collection));
  if (stats) out.bytes = number_of(*stats, "size");
  return out;
}

std::optional<SourceTime> to_source_time(const Value* stamp) {
  if (stamp == nullptr || stamp->type() != value::Type::log_stamp) return std::nullopt;
  return SourceTime{stamp->log_stamp_seconds(), stamp->log_stamp_increment()};
}

Result<std::optional<SourceTime>> source_time(Commands& source) {
  TRY(const Value reply, source.run("admin", document({{"ping", Value::int32(1)}})));
  return to_source_time(reply.find("operationTime"));
}

}  // namespace octavo::mongodb::transfer
