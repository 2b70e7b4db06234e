#include "index/key_scan.h"

#include <utility>

#include "function/family.h"
#include "txn/row_format.h"
#include "txn/row_key.h"
#include "value/document.h"
#include "value/key.h"
#include "value/maker.h"

namespace octavo::index {
namespace {

// Such a document as the family `rows` would have it.
Status make_row(BytesView primary, const std::string& field, Bytes& stored) {
  ByteReader reader(primary);
  TRY(value::Value key, value::decode_key(reader));
  value::ObjectMaker row(1);
  row.append(field, std::move(key));
  stored.clear();
  txn::put_row_header(stored, Lsn::zero());
  return value::encode_document(std::move(row).finish(), stored);
}

class KeyScan final : public RowReader {
 public:
  KeyScan(TableId table, kv::View view, EntryWalker walker, std::string field)
      : table_(table),
        view_(std::move(view)),
        walker_(std::move(walker)),
        field_(std::move(field)) {}

  Status read(std::size_t max_rows, RowSink& sink) override {
    std::size_t bytes = 0;
    for (std::size_t n = 0; n < max_rows && bytes < function::kBatchBytes;) {
      TRY(const bool more, walker_.next());
      if (!more) return {};
      TRY(const BytesView primary, primary_key_in(walker_.key()));
      if (is_outdated(view_, table_, walker_.key(), primary)) continue;
      TRY_STATUS(make_row(primary, field_, stored_));
      bytes += stored_.size();
      TRY_STATUS(sink.add(txn::row_key(table_, primary), stored_));
      ++n;
    }
    return {};
  }

 private:
  TableId table_;
  kv::View view_;
  EntryWalker walker_;
  const std::string field_;
  Bytes stored_;
};

}  // namespace

std::unique_ptr<RowReader> make_key_scan(TableId table, kv::View view, EntryWalker walker,
                                         std::string field) {
  return std::make_unique<KeyScan>(table, std::move(view), std::move(walker), std::move(field));
}

TellRow tell_key(std::string field) {
  return [field = std::move(field)](BytesView row_key, BytesView, RowSink& sink) -> Status {
    Bytes stored;
    TRY_STATUS(make_row(txn::primary_key_of(row_key), field, stored));
    return sink.add(row_key, stored);
  };
}

}  // namespace octavo::index
