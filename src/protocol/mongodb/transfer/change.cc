#include "protocol/mongodb/transfer/change.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/transfer/source.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Field;
using value::Value;

constexpr std::size_t kMostPending = 2000;
constexpr std::size_t kMostPendingBytes = 8 * kMiB;

struct KindRow {
  std::string_view operation;
  ChangeKind kind;
};
// Others (create, createIndexes, modify, …) are about definitions, which are compared as a whole.
constexpr std::array kKinds{KindRow{"insert", ChangeKind::put},
                            KindRow{"update", ChangeKind::put},
                            KindRow{"replace", ChangeKind::put},
                            KindRow{"delete", ChangeKind::erase},
                            KindRow{"drop", ChangeKind::drop},
                            KindRow{"rename", ChangeKind::rename},
                            KindRow{"dropDatabase", ChangeKind::drop_database}};

CollectionName read_name(const Value* ns) {
  CollectionName out;
  if (ns == nullptr || !ns->is_object()) return out;
  const Value* const database = ns->find("db");
  const Value* const collection = ns->find("coll");
  if (database != nullptr && database->is_string()) out.database = database->as_string();
  if (collection != nullptr && collection->is_string()) out.collection = collection->as_string();
  return out;
}

Value key_document(const Value& id) {
  std::vector<Field> fields;
  fields.push_back({"_id", id});
  return Value::object(std::move(fields));
}

Bytes bytes_of(const Value& document) {
  Bytes out;
  write_bson(document, out);
  return out;
}

// {_id: {$eq: …}}: a key that looks like an operator is none.
Value filter_of(const Bytes& key) {
  const auto read = read_bson(key);
  const Value id = read ? read->as_object().front().value : Value();
  return key_document(document({{"$eq", id}}));
}

}  // namespace

Result<Change> read_change(const Value& event) {
  Change out;
  const Value* const operation = event.find("operationType");
  if (operation == nullptr || !operation->is_string()) {
    return fail(Code::corrupt, "an event of the change stream says no operationType");
  }
  const auto row = std::ranges::find(kKinds, operation->as_string(), &KindRow::operation);
  if (row != kKinds.end()) out.kind = row->kind;
  out.name = read_name(event.find("ns"));
  out.to = read_name(event.find("to"));
  out.time = to_source_time(event.find("clusterTime"));
  if (out.kind != ChangeKind::put && out.kind != ChangeKind::erase) return out;
  // The key of a sharded collection has more fields.
  const Value* const key = event.find("documentKey");
  const Value* const id = key == nullptr ? nullptr : key->find("_id");
  if (id == nullptr) return fail(Code::corrupt, "an event of the change stream has no documentKey");
  out.key = key_document(*id);
  if (out.kind == ChangeKind::erase) return out;
  const Value* const full = event.find("fullDocument");
  if (full == nullptr || !full->is_object()) {
    out.kind = ChangeKind::nothing;
  } else {
    out.document = *full;
  }
  return out;
}

void PendingWrites::add(const Change& change) {
  add(change.name, bytes_of(change.key),
      change.kind == ChangeKind::put ? std::optional(change.document) : std::nullopt);
}

void PendingWrites::add(const CollectionName& name, const Bytes& key,
                        std::optional<Value> document) {
  Documents& documents = collections_[name];
  bytes_ += key.size() + (document ? document->memory_bytes() : 0);
  count_ += documents.contains(key) ? 0 : 1;
  documents.insert_or_assign(key, std::move(document));
}

void PendingWrites::forget(const CollectionName& name) {
  const auto found = collections_.find(name);
  if (found == collections_.end()) return;
  count_ -= found->second.size();
  collections_.erase(found);
}

void PendingWrites::clear() { *this = PendingWrites(); }

bool PendingWrites::is_full() const {
  return count_ >= kMostPending || bytes_ >= kMostPendingBytes;
}

std::vector<Statements> statements_of(const PendingWrites::Documents& documents) {
  std::vector<Statements> out(1);
  for (const auto& [key, content] : documents) {
    Statements* all = &out.back();
    if (all->deletes.is_full() || all->updates.is_full()) all = &out.emplace_back();
    if (!content) {
      all->deletes.add(bytes_of(document({{"q", filter_of(key)}, {"limit", Value::int32(1)}})));
      continue;
    }
    all->updates.add(bytes_of(
        document({{"q", filter_of(key)}, {"u", *content}, {"upsert", Value::boolean(true)}})));
    all->keys.push_back(key);
  }
  return out;
}

}  // namespace octavo::mongodb::transfer
