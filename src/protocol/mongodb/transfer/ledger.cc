#include "protocol/mongodb/transfer/ledger.h"

#include <fmt/format.h>

#include <utility>

#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Field;
using value::Value;

constexpr std::string_view kImports = "imports";
constexpr std::string_view kCollections = "collections";

Value concern(bool durable) {
  return document({{"w", Value::int32(1)}, {"j", Value::boolean(durable)}});
}

Value entry_key(const std::string& source, const CollectionName& name) {
  return document({{"source", text(source)},
                   {"database", text(name.database)},
                   {"collection", text(name.collection)}});
}

struct FlagRow {
  std::string_view name;
  bool CollectionEntry::* field;
};
constexpr FlagRow kFlags[] = {{"skipped", &CollectionEntry::skipped},
                              {"made", &CollectionEntry::made},
                              {"copied", &CollectionEntry::copied},
                              {"torn", &CollectionEntry::torn}};

std::unexpected<Error> unreadable() {
  return fail(Code::corrupt, fmt::format("{} in the target has an entry that this version does not "
                                         "know: drop that database, or see mongodb-resume",
                                         kLedgerDatabase));
}

}  // namespace

bool CollectionEntry::is_capped() const {
  const Value* const capped = options.find("capped");
  return capped != nullptr && capped->type() == value::Type::boolean && capped->as_boolean();
}

Value CollectionEntry::to_value(const std::string& source) const {
  std::vector<Field> out{{"_id", entry_key(source, name)},
                         {"view", Value::boolean(kind == CollectionKind::view)},
                         {"uuid", uuid},
                         {"options", options},
                         {"indexes", Value::array(indexes)},
                         {"last", last},
                         {"documents", int64(documents)}};
  for (const FlagRow& row : kFlags) {
    out.push_back({std::string(row.name), Value::boolean(this->*row.field)});
  }
  if (since) out.push_back({"since", Value::log_stamp(since->seconds, since->increment)});
  return Value::object(std::move(out));
}

Result<CollectionEntry> CollectionEntry::from_value(const Value& document) {
  CollectionEntry out;
  const auto field = [&document](std::string_view name, value::Type type) -> const Value* {
    const Value* const found = document.find(name);
    return found != nullptr && found->type() == type ? found : nullptr;
  };
  const Value* const key = field("_id", value::Type::object);
  const Value* const database = key == nullptr ? nullptr : key->find("database");
  const Value* const collection = key == nullptr ? nullptr : key->find("collection");
  const Value* const view = field("view", value::Type::boolean);
  const Value* const options = field("options", value::Type::object);
  const Value* const indexes = field("indexes", value::Type::array);
  const Value* const last = field("last", value::Type::object);
  const Value* const documents = field("documents", value::Type::int64);
  if (database == nullptr || !database->is_string() || collection == nullptr ||
      !collection->is_string() || view == nullptr || options == nullptr || indexes == nullptr ||
      last == nullptr || documents == nullptr) {
    return unreadable();
  }
  out.name = {.database = std::string(database->as_string()),
              .collection = std::string(collection->as_string())};
  out.kind = view->as_boolean() ? CollectionKind::view : CollectionKind::collection;
  if (const Value* const uuid = document.find("uuid")) out.uuid = *uuid;
  out.options = *options;
  out.indexes.assign(indexes->as_array().begin(), indexes->as_array().end());
  out.last = *last;
  out.documents = static_cast<std::uint64_t>(documents->as_int64());
  for (const FlagRow& row : kFlags) {
    const Value* const flag = field(row.name, value::Type::boolean);
    if (flag == nullptr) return unreadable();
    out.*row.field = flag->as_boolean();
  }
  out.since = to_source_time(document.find("since"));
  return out;
}

Result<bool> Ledger::load() {
  collections_.clear();
  TRY(const std::vector<Value> imports,
      rows_of(
          target_, kLedgerDatabase,
          document({{"find", text(kImports)}, {"filter", document({{"_id", text(source_)}})}})));
  if (imports.empty()) return false;
  const Value* const token = imports.front().find("token");
  token_ = token == nullptr ? Value() : *token;
  TRY(const std::vector<Value> rows,
      rows_of(target_, kLedgerDatabase,
              document({{"find", text(kCollections)},
                        {"filter", document({{"_id.source", text(source_)}})}})));
  for (const Value& row : rows) {
    TRY(CollectionEntry entry, CollectionEntry::from_value(row));
    const CollectionName name = entry.name;
    collections_.insert_or_assign(name, std::move(entry));
  }
  return true;
}

Status Ledger::clear() {
  token_ = Value();
  collections_.clear();
  TRY_STATUS(remove(kImports, document({{"_id", text(source_)}})));
  return remove(kCollections, document({{"_id.source", text(source_)}}));
}

Status Ledger::finish() {
  TRY_STATUS(clear());
  TRY(const std::vector<Value> others,
      rows_of(target_, kLedgerDatabase, document({{"find", text(kImports)}})));
  if (!others.empty()) return {};
  TRY([[maybe_unused]] const Value reply,
      target_.run(kLedgerDatabase, document({{"dropDatabase", Value::int32(1)}})));
  return {};
}

Status Ledger::set_token(Value token) {
  token_ = std::move(token);
  return put(kImports, text(source_), document({{"_id", text(source_)}, {"token", token_}}), true);
}

CollectionEntry* Ledger::find(const CollectionName& name) {
  const auto found = collections_.find(name);
  return found == collections_.end() ? nullptr : &found->second;
}

Status Ledger::save(const CollectionEntry& entry) {
  TRY_STATUS(put(kCollections, entry_key(source_, entry.name), entry.to_value(source_), false));
  const CollectionEntry* const kept = find(entry.name);
  if (kept != &entry) collections_.insert_or_assign(entry.name, entry);
  return {};
}

Status Ledger::forget(const CollectionName& name) {
  const Value key = entry_key(source_, name);
  collections_.erase(CollectionName(name));
  return remove(kCollections, document({{"_id", key}}));
}

Status Ledger::put(std::string_view collection, const Value& key, Value document, bool durable) {
  std::vector<Field> statement{{"q", mongodb::document({{"_id", key}})},
                               {"u", std::move(document)},
                               {"upsert", Value::boolean(true)}};
  std::vector<Value> updates;
  updates.push_back(Value::object(std::move(statement)));
  TRY([[maybe_unused]] const Value reply,
      target_.run(kLedgerDatabase, mongodb::document({{"update", text(collection)},
                                                      {"updates", Value::array(std::move(updates))},
                                                      {"writeConcern", concern(durable)}})));
  const Value* const errors = reply.find("writeErrors");
  if (errors == nullptr) return {};
  return fail(Code::internal, fmt::format("{}: the place in the copy cannot be kept in {}",
                                          target_.name(), kLedgerDatabase));
}

Status Ledger::remove(std::string_view collection, const Value& filter) {
  std::vector<Value> deletes;
  deletes.push_back(document({{"q", filter}, {"limit", Value::int32(0)}}));
  TRY([[maybe_unused]] const Value reply,
      target_.run(kLedgerDatabase, document({{"delete", text(collection)},
                                             {"deletes", Value::array(std::move(deletes))}})));
  return {};
}

}  // namespace octavo::mongodb::transfer
