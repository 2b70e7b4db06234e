#include "exec/row_source.h"

namespace octavo::exec {
namespace {

class ReaderCursor final : public RowCursor {
 public:
  explicit ReaderCursor(std::unique_ptr<index::RowReader> reader) : reader_(std::move(reader)) {}
  Status next(std::size_t max_rows, Rows& out) override { return reader_->next(max_rows, out); }

 private:
  std::unique_ptr<index::RowReader> reader_;
};

kv::ReadTier tier(const QueryContext& query) {
  return query.may_wait ? kv::ReadTier::any : kv::ReadTier::cache_only;
}

std::unexpected<Error> table_gone() {
  return fail(Code::not_found, "The table does not exist any more.");
}

}  // namespace

Result<std::shared_ptr<const index::IndexSet>> RowSource::indexes(const algebra::Scan& scan) const {
  const auto table = definitions_->share_table(scan.table);
  if (table == nullptr) return table_gone();
  if (scan.index) {
    const auto* index = table->find_index(*scan.index);
    if (index == nullptr) return fail(Code::not_found, "The index does not exist any more.");
    if (!index->ready) return fail(Code::unavailable, "The index is still being built.");
  }
  return sets_.of(table);
}

Result<std::unique_ptr<RowCursor>> RowSource::open(const algebra::Scan& scan,
                                                   QueryContext& query) const {
  TRY(const auto set, indexes(scan));
  TRY(auto reader, reader_.scan(scan, *set, tier(query)));
  return std::make_unique<ReaderCursor>(std::move(reader));
}

Result<std::optional<value::Value>> RowSource::get(TableId table, const value::Value& key,
                                                   QueryContext& query) const {
  if (definitions_->find_table(table) == nullptr) return table_gone();
  return reader_.get(table, key, tier(query));
}

Result<std::uint64_t> RowSource::count(const algebra::Scan& scan, QueryContext& query) const {
  if (!query.may_wait) return fail(Code::would_block, "Counting reads many rows.");
  TRY(const auto set, indexes(scan));
  return reader_.count(scan, *set);
}

}  // namespace octavo::exec
