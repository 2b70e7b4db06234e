#include "index/builder.h"

#include "index/maintainer.h"
#include "txn/row_format.h"
#include "txn/row_key.h"
#include "value/document.h"

namespace octavo::index {

Result<bool> Build::step(kv::Engine& engine, Lsn tip, std::size_t max_rows) {
  const auto cursor =
      engine.cursor(kv::Family::rows, {.read = {.fill_cache = false},
                                       .lower = next_.empty() ? txn::table_begin(table_) : next_,
                                       .upper = txn::table_end(table_)});
  kv::WriteBatch batch;
  cursor->seek_to_first();
  std::size_t rows = 0;
  for (; rows < max_rows && cursor->valid(); ++rows, cursor->next()) {
    const auto row = txn::parse_row(cursor->value());
    if (!row) return fail(Code::corrupt, "A row of the table does not decode.");
    TRY(const auto document, value::decode_document(row->document));
    for (const Bytes& entry :
         index_entries(*index_, document, txn::primary_key_of(cursor->key()))) {
      batch.put(kv::Family::index, entry, {});
    }
  }
  const bool last = !cursor->valid();
  if (last) TRY_STATUS(cursor->status());
  if (!batch.empty()) TRY_STATUS(engine.apply(batch, tip));
  if (!last) next_ = cursor->key();
  rows_done_ += rows;
  return last;
}

}  // namespace octavo::index
