#include "index/compare.h"

#include <algorithm>

#include "base/progress.h"
#include "index/maintainer.h"
#include "txn/row_format.h"
#include "txn/row_key.h"
#include "value/document.h"

namespace octavo::index {
namespace {

constexpr std::size_t kLookUpAtOnce = 256;

// Entries that rows should have, looked up many at a time.
class Expected {
 public:
  Expected(const kv::Store& engine, const Index& index) : engine_(engine), index_(index) {}

  Status add_row(BytesView key, BytesView document) {
    std::int64_t steps = 0;
    for (Bytes& one : index_entries(index_, document, txn::primary_key_of(key), steps)) {
      entries_.push_back(std::move(one));
    }
    return entries_.size() < kLookUpAtOnce ? Status() : look_up();
  }

  Status look_up() {
    const std::vector<BytesView> wanted(entries_.begin(), entries_.end());
    std::vector<std::optional<Bytes>> found(wanted.size());
    TRY_STATUS(engine_.multi_get(kv::Family::index, wanted, found, {.fill_cache = false}));
    const auto there = static_cast<std::uint64_t>(
        std::ranges::count_if(found, [](const auto& one) { return one.has_value(); }));
    present_ += there;
    missing_ += wanted.size() - there;
    entries_.clear();
    return {};
  }

  std::uint64_t present() const { return present_; }
  std::uint64_t missing() const { return missing_; }

 private:
  const kv::Store& engine_;
  const Index& index_;
  std::vector<Bytes> entries_;
  std::uint64_t present_ = 0;
  std::uint64_t missing_ = 0;
};

}  // namespace

Result<Comparison> compare_with_rows(const kv::Store& engine, TableId table, const Index& index) {
  Comparison out;
  Expected expected(engine, index);
  Progress progress("checking index " + index.definition().name, 0);
  const auto rows = engine.cursor(kv::Family::rows, {.read = {.fill_cache = false},
                                                     .lower = txn::table_begin(table),
                                                     .upper = txn::table_end(table)});
  for (rows->seek_to_first(); rows->valid(); rows->next()) {
    ++out.rows;
    // One that cannot be read has no entries; that it is there, others say.
    const auto row = txn::parse_row(rows->value());
    if (row && value::validate_document(row->document)) {
      TRY_STATUS(expected.add_row(rows->key(), row->document));
    }
    progress.advance(1);
  }
  TRY_STATUS(rows->status());
  TRY_STATUS(expected.look_up());
  out.missing = expected.missing();

  const IndexId id = index.definition().id;
  const auto entries = engine.cursor(
      kv::Family::index,
      {.read = {.fill_cache = false}, .lower = txn::index_begin(id), .upper = txn::index_end(id)});
  for (entries->seek_to_first(); entries->valid(); entries->next()) ++out.entries;
  TRY_STATUS(entries->status());
  // What is there for a row is an entry like any other, so the rest is nobody's.
  out.surplus = out.entries - std::min(out.entries, expected.present());
  progress.finish();
  return out;
}

}  // namespace octavo::index
