#pragma once

// Rows of row-layout tables, by primary key or through an index, in one view of the store. A row
// that lies over the store (kv/overlay.h) is as it is there, and so are its entries: none that the
// store has for it counts.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "algebra/plan.h"
#include "index/index_set.h"
#include "index/scan_rest.h"
#include "kv/view.h"

namespace octavo::index {

// Why a row cannot be given out, with its key; `corrupt`.
Error unreadable_row(BytesView primary_key, std::string_view why);

// The document in what the family `rows` holds for a row; `unreadable_row` where it is of no known
// format.
Result<BytesView> document_of(BytesView row_key, BytesView stored);
// What the family `rows` holds for a row, decoded; `unreadable_row` if it is no document.
Result<value::Value> decode_row(BytesView row_key, BytesView stored);

// Takes rows as they are read. Keys and stored bytes are those of the family `rows`, good during
// the call.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual Status add(BytesView row_key, BytesView stored) = 0;
  // A row that had to be decoded on the way.
  virtual Status add_decoded(BytesView row_key, BytesView stored, value::Value /*row*/) {
    return add(row_key, stored);
  }
};

// Delivers rows in batches.
class RowReader {
 public:
  virtual ~RowReader() = default;
  // Up to `max_rows`, fewer when they are large; none means the end.
  virtual Status read(std::size_t max_rows, RowSink& sink) = 0;
  // The same, decoded and appended.
  Status next(std::size_t max_rows, std::vector<value::Value>& out);

  // How many keys or ranges are left, where several threads may read them; else 0. Asked before the
  // first `read` or after one that succeeded.
  virtual std::size_t pieces() const { return 0; }
  // What is left, where there are pieces. Nothing is read here after that.
  virtual ScanRest rest() { return {}; }
};

struct StoredRow {
  Bytes document;  // encoded, or what is there instead
  Lsn written;
};

class KeyReader;  // index/distinct_keys.h

class TableReader {
 public:
  explicit TableReader(kv::View view) : view_(std::move(view)) {}
  const kv::View& view() const { return view_; }

  Result<std::unique_ptr<RowReader>> scan(const algebra::Scan& scan, const IndexSet& indexes,
                                          kv::ReadTier tier) const;
  // The rows whose encoded primary keys are in the ranges, one range after the other unless an
  // order is asked for.
  std::unique_ptr<RowReader> scan_ranges(TableId table, std::vector<EntryRange> ranges,
                                         std::optional<algebra::Direction> order,
                                         kv::ReadTier tier) const;
  // As `scan`, but rows are documents of `field` alone, which is the primary key, without any of
  // them being read (index/key_scan.h). Null where the scan's keys do not say it.
  Result<std::unique_ptr<RowReader>> scan_keys(const algebra::Scan& scan, const IndexSet& indexes,
                                               kv::ReadTier tier, std::string_view field) const;
  // The keys of the scan's index that its rows have, each once, in the scan's order. Null where the
  // index may have several of a row, or equal keys do not follow each other.
  Result<std::unique_ptr<KeyReader>> distinct_keys(const algebra::Scan& scan,
                                                   const IndexSet& indexes,
                                                   kv::ReadTier tier) const;
  // What another reader of this view has left, or a part of it. From any thread; a reader belongs
  // to one at a time.
  std::unique_ptr<RowReader> read_rest(ScanRest rest) const;
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          kv::ReadTier tier) const;
  // The stored rows of encoded primary keys; unset where there is none.
  Result<std::vector<std::optional<StoredRow>>> stored(TableId table,
                                                       std::span<const Bytes> primary_keys,
                                                       kv::ReadTier tier) const;
  // The rows of keys that a reader of this view gave, in their order.
  Status read_rows(std::span<const BytesView> row_keys, kv::ReadTier tier, RowSink& sink) const;
  // The same, decoded and appended.
  Status read_rows(std::span<const BytesView> row_keys, kv::ReadTier tier,
                   std::vector<value::Value>& out) const;
  // How many entries a scan reads, counted without decoding rows.
  Result<std::uint64_t> count(const algebra::Scan& scan, const IndexSet& indexes) const;

 private:
  Result<std::uint64_t> count_rows(const algebra::Scan& scan, const IndexSet& indexes) const;

  kv::View view_;
};

// The encoded primary key in a key of the family `index`.
Result<BytesView> primary_key_in(BytesView entry);
// Whether an entry that a view has is none: it is the store's, and its row lies over the store.
bool is_outdated(const kv::View& view, TableId table, BytesView entry, BytesView primary_key);

}  // namespace octavo::index
