#include "protocol/mongodb/transfer/copy.h"

#include <fmt/format.h>

#include <utility>

#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Value;

Value document_of(std::string_view name, Value value) {
  std::vector<value::Field> fields;
  fields.push_back({std::string(name), std::move(value)});
  return Value::object(std::move(fields));
}

class DocumentCopy {
 public:
  DocumentCopy(const CopyParts& parts, CollectionEntry& entry, CopyProgress& progress,
               bool may_stop)
      : parts_(parts),
        entry_(entry),
        progress_(progress),
        may_stop_(may_stop),
        capped_(entry.is_capped()) {}

  Status run() {
    if (!entry_.since && parts_.follows) TRY_STATUS(note_time());
    if (capped_) TRY_STATUS(begin_again());
    for (;;) {
      const Status read = read_some();
      if (read) break;
      TRY_STATUS(put());
      TRY_STATUS(parts_.patience.wait(read.error()));
      if (capped_) TRY_STATUS(begin_again());
    }
    TRY_STATUS(put());
    TRY_STATUS(look_again());
    entry_.copied = true;
    return parts_.ledger.save(entry_);
  }

 private:
  Status note_time() {
    auto time = parts_.patience.persist([this] { return source_time(parts_.remote); });
    if (!time) return fail(std::move(time).error());
    entry_.since = *time;
    return parts_.ledger.save(entry_);
  }

  // Only of what is in its own order: what is there is in the way.
  Status begin_again() {
    batch_.clear();
    if (entry_.documents == 0 && entry_.last.as_object().empty()) return {};
    SourceCollection same;
    same.name = entry_.name;
    same.options = entry_.options;
    same.uuid = entry_.uuid;
    TRY_STATUS(parts_.definitions.drop(entry_.name));
    entry_.documents = 0;
    entry_.last = Value::object({});
    return parts_.definitions.make(entry_, same);
  }

  // Documents whose keys are behind the last one, of whatever type.
  ReadOptions behind_last() const {
    ReadOptions options;
    options.sort = document_of(capped_ ? "$natural" : "_id", Value::int32(1));
    options.since = entry_.since;
    if (capped_ || entry_.last.as_object().empty()) return options;
    std::vector<Value> operands;
    operands.push_back(text("$_id"));
    operands.push_back(document_of("$literal", entry_.last.as_object().front().value));
    options.filter = document_of("$expr", document_of("$gt", Value::array(std::move(operands))));
    return options;
  }

  // To the end, or to an error that may pass.
  Status read_some() {
    RemoteRows rows =
        parts_.remote.read(entry_.name.database, entry_.name.collection, behind_last());
    for (;;) {
      TRY(const std::optional<BytesView> document, rows.next());
      if (!document) return {};
      parts_.patience.reset();
      batch_.add(*document);
      if (batch_.is_full()) TRY_STATUS(put());
      if (may_stop_ && parts_.stop.requested()) {
        TRY_STATUS(put());
        return fail(Code::cancelled, "stopped");
      }
    }
  }

  Status put() {
    if (batch_.size() == 0) return {};
    TRY_STATUS(insert_documents(parts_.target, entry_.name, batch_));
    TRY(const Bytes last, id_of(batch_[batch_.size() - 1]));
    TRY(entry_.last, read_bson(last));
    entry_.documents += batch_.size();
    TRY_STATUS(parts_.ledger.save(entry_));
    progress_.add(batch_.size(), batch_.bytes());
    batch_.clear();
    return {};
  }

  // A reading of a collection that is dropped or renamed meanwhile ends, and looks complete.
  Status look_again() {
    if (!parts_.follows) return {};
    TRY(const auto now, find_collection(parts_.source, entry_.name));
    entry_.torn = !now || !equal(now->uuid, entry_.uuid);
    return {};
  }

  const CopyParts& parts_;
  CollectionEntry& entry_;
  CopyProgress& progress_;
  const bool may_stop_;
  const bool capped_;
  BsonList batch_;
};

}  // namespace

Status copy_documents(const CopyParts& parts, CollectionEntry& entry, CopyProgress& progress) {
  progress.begin(entry.name.full());
  return DocumentCopy(parts, entry, progress, true).run();
}

Status copy_anew(const CopyParts& parts, const CollectionName& name) {
  TRY_STATUS(parts.definitions.drop(name));
  TRY_STATUS(parts.ledger.forget(name));
  TRY(const auto definition, find_collection(parts.source, name));
  if (!definition || definition->kind != CollectionKind::collection) return {};
  CollectionEntry fresh;
  fresh.name = name;
  TRY_STATUS(parts.definitions.make(fresh, *definition));
  CollectionEntry& entry = *parts.ledger.find(name);
  TRY(const SourceSize size, measure(parts.source, name));
  CopyProgress progress(parts.report, size.documents, size.bytes);
  progress.begin(name.full());
  // A stop in the midst of the changes waits for those that the source has by then.
  TRY_STATUS(DocumentCopy(parts, entry, progress, false).run());
  return parts.definitions.match_indexes(entry, IndexChoice::not_unique);
}

}  // namespace octavo::mongodb::transfer
