#include "protocol/mongodb/transfer/apply.h"

#include <fmt/format.h>

#include <utility>

#include "base/limits.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Value;

constexpr std::size_t kMostWaiting = 100'000;
constexpr std::size_t kMostWaitingBytes = 256 * kMiB;
// Of quiet rounds, after which a document that still waits is no matter of order.
constexpr int kMostRounds = 20;

bool is_contained(const std::optional<SourceTime>& time, const CollectionEntry* entry) {
  return time && entry != nullptr && entry->since && *time <= *entry->since;
}

}  // namespace

Status Applier::apply(const Change& change) {
  ++applied_;
  switch (change.kind) {
    case ChangeKind::nothing: return {};
    case ChangeKind::put:
    case ChangeKind::erase: {
      TRY(const bool has, has_place(change));
      if (has) pending_.add(change);
      return is_full() ? flush() : Status();
    }
    case ChangeKind::drop: TRY_STATUS(flush()); return drop(change.name);
    case ChangeKind::rename: TRY_STATUS(flush()); return rename(change);
    case ChangeKind::drop_database: TRY_STATUS(flush()); return drop_database(change.name.database);
  }
  return {};
}

// Whether the document's collection is one of the target's.
Result<bool> Applier::has_place(const Change& change) {
  if (!taken_.takes(change.name)) return false;
  const CollectionEntry* entry = parts_.ledger.find(change.name);
  if (entry == nullptr) {
    bool there = false;
    TRY_STATUS(ensure(change.name, there));
    if (!there) return false;
    entry = parts_.ledger.find(change.name);
  }
  if (entry->skipped || entry->kind != CollectionKind::collection) return false;
  // What was there when it was read may have been pushed out since, and would come last again.
  return !entry->is_capped() || !is_contained(change.time, entry);
}

// A collection that is new here: what the source has of it by now is copied, for it may have come
// by another way than its events. Where the source has none any more, it gets its name and its
// events, for it may be one that is renamed.
Status Applier::ensure(const CollectionName& name, bool& there) {
  TRY_STATUS(flush());
  TRY(const auto in_the_way, find_collection(parts_.target, name));
  if (in_the_way && existing_ == protocol::Existing::refuse) {
    return fail(Code::already_exists,
                fmt::format("{}: is new on the source, and there already on the target (see "
                            "--existing)",
                            name.full()));
  }
  CollectionEntry entry;
  entry.name = name;
  if (in_the_way && existing_ == protocol::Existing::skip) {
    entry.skipped = true;
    return parts_.ledger.save(entry);
  }
  TRY_STATUS(copy_anew(parts_, name));
  there = true;
  if (parts_.ledger.find(name) != nullptr) return {};
  entry.copied = true;
  SourceCollection plain;
  plain.name = name;
  plain.options = Value::object({});
  return parts_.definitions.make(entry, plain);
}

// The event may be older than the collection of that name that the target has, whose documents the
// events before it were mixed with: then it is read again.
Status Applier::drop(const CollectionName& name) {
  waiting_.forget(name);
  const CollectionEntry* const entry = parts_.ledger.find(name);
  if (entry == nullptr || entry->skipped) return {};
  TRY(const auto now, find_collection(parts_.source, name));
  if (now && !now->uuid.is_null() && equal(now->uuid, entry->uuid)) return copy_anew(parts_, name);
  return remove(name);
}

Status Applier::drop_database(const std::string& database) {
  std::vector<CollectionName> names;
  for (const auto& [name, entry] : parts_.ledger.collections()) {
    if (name.database == database) names.push_back(name);
  }
  for (const CollectionName& name : names) TRY_STATUS(drop(name));
  return {};
}

Status Applier::rename(const Change& change) {
  const CollectionEntry* const from = parts_.ledger.find(change.name);
  const CollectionEntry* const to = parts_.ledger.find(change.to);
  const bool has_from = from != nullptr && from->made && !from->skipped;
  const bool half_moved = to != nullptr && to->torn;
  // The reading of `to`, or this event once before, came after the change: it is there already.
  const bool done = to != nullptr && !half_moved && is_contained(change.time, to);
  if (done || !taken_.takes(change.to) || (to != nullptr && to->skipped)) {
    return has_from && !is_contained(change.time, from) ? remove(change.name) : Status();
  }
  waiting_.forget(change.name);
  waiting_.forget(change.to);
  if (has_from && !from->torn && !half_moved) return move(change);
  // What there is of it is not all, or was never taken.
  if (has_from) TRY_STATUS(remove(change.name));
  return copy_anew(parts_, change.to);
}

Status Applier::remove(const CollectionName& name) {
  TRY_STATUS(parts_.definitions.drop(name));
  return parts_.ledger.forget(name);
}

// In between the entry of the new name says that it is not to be trusted: an import that breaks off
// there meets the event again.
Status Applier::move(const Change& change) {
  CollectionEntry entry = *parts_.ledger.find(change.name);
  entry.name = change.to;
  entry.torn = true;
  TRY_STATUS(parts_.ledger.save(entry));
  const auto moved =
      parts_.target.run("admin", document({{"renameCollection", text(change.name.full())},
                                           {"to", text(change.to.full())},
                                           {"dropTarget", Value::boolean(true)}}));
  if (!moved) {
    Error error = moved.error();
    error.what =
        fmt::format("{}: renaming it to {}: {}", change.name.full(), change.to.full(), error.what);
    return fail(std::move(error));
  }
  entry.torn = false;
  if (change.time) entry.since = change.time;
  TRY_STATUS(parts_.ledger.save(entry));
  return parts_.ledger.forget(change.name);
}

Status Applier::write(const CollectionName& name, const PendingWrites::Documents& documents) {
  for (const Statements& statements : statements_of(documents)) {
    if (statements.deletes.size() > 0) {
      TRY(const auto failures, delete_documents(parts_.target, name, statements.deletes));
      if (!failures.empty()) return fail(about_document(name, Value(), failures.front().error));
    }
    if (statements.updates.size() == 0) continue;
    TRY(const auto failures, update_documents(parts_.target, name, statements.updates));
    for (const WriteFailure& failure : failures) {
      if (failure.index >= statements.keys.size()) return fail(failure.error);
      const Bytes& key = statements.keys[failure.index];
      if (failure.error.number != kDuplicateKey) {
        TRY(const Value id, read_bson(key));
        return fail(about_document(name, id, failure.error));
      }
      waiting_.add(name, key, documents.at(key));
    }
  }
  return {};
}

Status Applier::write_all() {
  PendingWrites writes = std::exchange(pending_, PendingWrites());
  for (const auto& [name, documents] : writes.collections()) {
    TRY_STATUS(write(name, documents));
  }
  if (waiting_.size() > kMostWaiting || waiting_.bytes() > kMostWaitingBytes) {
    return fail(Code::resource_exhausted,
                "too many documents have values of unique indexes that others have");
  }
  return {};
}

// Those that wait come before what is new: it may be about the same documents.
Status Applier::flush() {
  if (pending_.empty()) return {};
  rounds_ = 0;
  TRY_STATUS(retry_waiting());
  return write_all();
}

Status Applier::retry_waiting() {
  PendingWrites again = std::exchange(waiting_, PendingWrites());
  for (const auto& [name, documents] : again.collections()) {
    PendingWrites::Documents still = documents;
    const auto newer = pending_.collections().find(name);
    if (newer != pending_.collections().end()) {
      for (const auto& [key, content] : newer->second) still.erase(key);
    }
    TRY_STATUS(write(name, still));
  }
  return {};
}

// As they are on the source now.
Status Applier::refresh_waiting() {
  PendingWrites fresh;
  for (const auto& [name, documents] : waiting_.collections()) {
    for (const auto& [key, content] : documents) {
      TRY(const Value id, read_bson(key));
      TRY(const std::vector<Value> rows, rows_of(parts_.source, name.database,
                                                 document({{"find", text(name.collection)},
                                                           {"filter", id},
                                                           {"limit", Value::int32(1)}})));
      fresh.add(name, key, rows.empty() ? std::nullopt : std::optional(rows.front()));
    }
  }
  waiting_ = std::move(fresh);
  return {};
}

Status Applier::settle() {
  TRY_STATUS(flush());
  if (waiting_.empty()) return {};
  TRY_STATUS(refresh_waiting());
  TRY_STATUS(retry_waiting());
  if (waiting_.empty() || ++rounds_ < kMostRounds) return {};
  const auto& [name, documents] = *waiting_.collections().begin();
  TRY(const Value id, read_bson(documents.begin()->first));
  return fail(about_document(
      name, id, {.code = Code::conflict, .what = "a unique index has its value for another one"}));
}

}  // namespace octavo::mongodb::transfer
