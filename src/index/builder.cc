#include "index/builder.h"

#include "base/limits.h"
#include "index/maintainer.h"
#include "txn/row_format.h"
#include "txn/row_key.h"

namespace octavo::index {
namespace {

// A slice ends when it has so many of one. Writers wait while it is written: about a millisecond.
constexpr std::size_t kSliceRows = 256;
constexpr std::size_t kSliceEntries = 512;
constexpr std::size_t kSliceBytes = kMiB;

std::unexpected<Error> bad_row() {
  return fail(Code::corrupt, "A row of the table does not decode.");
}

}  // namespace

Status Build::read(kv::Store& engine, const std::function<bool()>& go_on) {
  const kv::SnapshotPointer snapshot = engine.snapshot();
  const auto cursor =
      engine.cursor(kv::Family::rows, {.read = {.snapshot = snapshot.get(), .fill_cache = false},
                                       .lower = next_.empty() ? txn::table_begin(table_) : next_,
                                       .upper = txn::table_end(table_)});
  slice_.clear();
  std::size_t entries = 0;
  std::size_t bytes = 0;
  cursor->seek_to_first();
  for (; cursor->valid(); cursor->next()) {
    const bool full =
        slice_.size() == kSliceRows || entries >= kSliceEntries || bytes >= kSliceBytes || !go_on();
    if (full) break;
    const auto row = txn::parse_row(cursor->value());
    if (!row) return bad_row();
    std::int64_t steps = 0;
    slice_.push_back(
        {Bytes(cursor->key()), row->written,
         index_entries(*index_, row->document, txn::primary_key_of(cursor->key()), steps)});
    entries += slice_.back().entries.size();
    bytes += cursor->value().size();
  }
  last_ = !cursor->valid();
  if (last_) {
    TRY_STATUS(cursor->status());
    after_slice_ = txn::table_end(table_);
  } else {
    after_slice_ = cursor->key();
  }
  return {};
}

Status Build::write(kv::Store& engine, Lsn tip) {
  kv::WriteBatch batch;
  if (!slice_.empty()) {
    const auto now = engine.cursor(
        kv::Family::rows,
        {.read = {.fill_cache = false}, .lower = slice_.front().key, .upper = after_slice_});
    now->seek_to_first();
    for (const Row& row : slice_) {
      while (now->valid() && now->key() < row.key) now->next();
      if (!now->valid()) break;
      if (now->key() != row.key) continue;
      const auto stored = txn::parse_row(now->value());
      if (!stored) return bad_row();
      if (stored->written != row.written) continue;
      for (const Bytes& entry : row.entries) batch.put(kv::Family::index, entry, {});
    }
    if (!now->valid()) TRY_STATUS(now->status());
  }
  if (!batch.empty()) TRY_STATUS(engine.apply(batch, tip));
  next_ = after_slice_;
  rows_done_ += slice_.size();
  slice_.clear();
  done_ = last_;
  return {};
}

}  // namespace octavo::index
