// `octavo import --mongodb-archive`: what mongodump has written. The whole archive is read once,
// with its checksums, before anything is put into the target.

#include <fmt/format.h>

#include <map>
#include <memory>
#include <utility>

#include "protocol/common/settings.h"
#include "protocol/mongodb/transfer/archive.h"
#include "protocol/mongodb/transfer/definitions.h"
#include "protocol/mongodb/transfer/ledger.h"
#include "protocol/mongodb/transfer/local.h"
#include "protocol/mongodb/transfer/patience.h"
#include "protocol/mongodb/transfer/settings.h"
#include "protocol/mongodb/transfer/writes.h"

namespace octavo::mongodb::transfer {
namespace {

using protocol::Existing;
using protocol::ServerImport;
using value::Value;

class Restore {
 public:
  Restore(const ServerImport& import, io::File& file, Commands& target, Selection taken)
      : existing_(import.existing),
        file_(file),
        taken_(std::move(taken)),
        patience_(std::nullopt, report_, stop_),
        target_(target, patience_),
        ledger_(target_, file.path()),
        definitions_(target_, target_, ledger_, report_) {}

  Result<std::string> run() {
    TRY_STATUS(check());
    TRY(reader_, ArchiveReader::open(file_));
    TRY_STATUS(prepare());
    TRY_STATUS(put_all());
    TRY_STATUS(define_rest());
    std::string told =
        fmt::format("{} (MongoDB {}): {} collections, {} views, {} documents", file_.path(),
                    reader_->server_version(), collections_, views_, documents_);
    if (skipped_ > 0) told += fmt::format("; {} were there already", skipped_);
    TRY_STATUS(ledger_.finish());
    return told;
  }

 private:
  Status check();
  Status prepare();
  Status prepare_one(const ArchivedCollection& collection);
  Status put_all();
  Status put(const CollectionName& name);
  Status define_rest();
  Status go_on();

  const Existing existing_;
  io::File& file_;
  const Selection taken_;
  const StopRequest stop_;
  Report report_;
  Patience patience_;
  Persistent target_;
  Ledger ledger_;
  Definitions definitions_;
  std::unique_ptr<ArchiveReader> reader_;
  std::map<CollectionName, BsonList> batches_;
  std::uint64_t collections_ = 0;
  std::uint64_t views_ = 0;
  std::uint64_t documents_ = 0;
  std::uint64_t skipped_ = 0;
};

Status Restore::go_on() {
  const std::uint64_t size = std::max<std::uint64_t>(reader_->size(), 1);
  constexpr std::uint64_t kWhole = 100;
  report_.status(fmt::format("{}: {} documents, {} %", file_.path(), grouped(documents_),
                             kWhole * reader_->position() / size));
  if (!stop_.requested()) return {};
  return fail(Code::cancelled, "stopped; what was put so far stays (see --existing)");
}

Status Restore::check() {
  TRY(reader_, ArchiveReader::open(file_));
  report_.say(fmt::format("reading {} with its checksums", file_.path()));
  for (;;) {
    TRY(const auto piece, reader_->next());
    if (!piece) return {};
    if (!piece->document) TRY_STATUS(go_on());
  }
}

Status Restore::prepare() {
  TRY_STATUS(ledger_.clear());
  for (const ArchivedCollection& collection : reader_->collections()) {
    const SourceCollection& definition = collection.definition;
    if (!taken_.takes(definition.name)) continue;
    if (definition.kind == CollectionKind::other) {
      return fail(Code::unsupported,
                  fmt::format("{} is of a kind that is not supported ({}); leave it out with "
                              "--mongodb-exclude",
                              definition.name.full(), definition.kind_name));
    }
    TRY(const auto there, find_collection(target_, definition.name));
    if (there && existing_ == Existing::refuse) {
      return fail(Code::already_exists,
                  fmt::format("{}: is there already; nothing was put (see --existing)",
                              definition.name.full()));
    }
  }
  for (const ArchivedCollection& collection : reader_->collections()) {
    if (taken_.takes(collection.definition.name)) TRY_STATUS(prepare_one(collection));
  }
  return {};
}

Status Restore::prepare_one(const ArchivedCollection& collection) {
  const SourceCollection& definition = collection.definition;
  CollectionEntry entry;
  entry.name = definition.name;
  entry.kind = definition.kind;
  TRY(const auto there, find_collection(target_, entry.name));
  entry.skipped = there && existing_ == Existing::skip;
  if (entry.skipped) {
    ++skipped_;
    return ledger_.save(entry);
  }
  if (there) TRY_STATUS(definitions_.drop(entry.name));
  if (definition.kind == CollectionKind::view) return {};
  ++collections_;
  return definitions_.make(entry, definition);
}

Status Restore::put(const CollectionName& name) {
  const auto batch = batches_.find(name);
  if (batch == batches_.end()) return {};
  TRY_STATUS(insert_documents(target_, name, batch->second));
  documents_ += batch->second.size();
  batches_.erase(batch);
  return go_on();
}

// Those of a collection that the prelude does not name (the oplog) are passed over.
Status Restore::put_all() {
  for (;;) {
    TRY(const auto piece, reader_->next());
    if (!piece) return {};
    const CollectionEntry* const entry = ledger_.find(piece->name);
    if (entry == nullptr || entry->skipped) continue;
    if (!piece->document) {
      TRY_STATUS(put(piece->name));
      continue;
    }
    BsonList& batch = batches_[piece->name];
    batch.add(*piece->document);
    if (batch.is_full()) TRY_STATUS(put(piece->name));
  }
}

Status Restore::define_rest() {
  for (const ArchivedCollection& collection : reader_->collections()) {
    CollectionEntry* const entry = ledger_.find(collection.definition.name);
    if (entry == nullptr || entry->skipped) continue;
    TRY_STATUS(definitions_.match_indexes(*entry, collection.indexes, IndexChoice::all));
  }
  for (const ArchivedCollection& collection : reader_->collections()) {
    const SourceCollection& definition = collection.definition;
    const bool is_done = ledger_.find(definition.name) != nullptr;
    if (definition.kind != CollectionKind::view || is_done || !taken_.takes(definition.name)) {
      continue;
    }
    CollectionEntry view;
    view.name = definition.name;
    TRY_STATUS(definitions_.make(view, definition));
    ++views_;
  }
  return {};
}

}  // namespace

Result<std::string> import_archive(const ServerImport& import) {
  TRY(Selection taken,
      Selection::parse(import.settings.text(kInclude), import.settings.text(kExclude)));
  TRY(const auto file,
      io::posix_file_system().open(import.settings.text(kArchive), io::OpenMode::read));
  TRY(const std::unique_ptr<Commands> target, open_target(import));
  return Restore(import, *file, *target, std::move(taken)).run();
}

}  // namespace octavo::mongodb::transfer
