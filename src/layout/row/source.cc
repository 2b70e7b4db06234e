#include "layout/row/source.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "value/account.h"

namespace octavo::layout {
namespace {

using Table = catalog::TableDefinition;

// About what an open reader takes: iterators over the levels of a table and the blocks they are at.
constexpr std::size_t kReaderBytes = 32 * kKiB;

class ReaderCursor final : public exec::RowCursor {
 public:
  ReaderCursor(value::Charge held, std::unique_ptr<index::RowReader> reader,
               std::shared_ptr<const Table> table)
      : held_(std::move(held)), reader_(std::move(reader)), table_(std::move(table)) {}
  Status next(std::size_t max_rows, exec::Rows& out) override {
    const Status read = reader_->next(max_rows, out);
    return read ? read : fail(of_table(read.error(), *table_));
  }

 private:
  value::Charge held_;  // for the reader
  std::unique_ptr<index::RowReader> reader_;
  std::shared_ptr<const Table> table_;  // for the text of errors
};

kv::ReadTier tier(const exec::QueryContext& query) {
  return query.may_wait ? kv::ReadTier::any : kv::ReadTier::cache_only;
}

std::unexpected<Error> table_gone() {
  return fail(Code::not_found, "The table does not exist any more.");
}

}  // namespace

Error of_table(Error error, const catalog::TableDefinition& table) {
  if (error.code == Code::corrupt)
    error.what = fmt::format("Table `{}`: {}.", table.name, error.what);
  return error;
}

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

Result<std::unique_ptr<exec::RowCursor>> RowSource::open(const algebra::Scan& scan,
                                                         exec::QueryContext& query) const {
  TRY(const auto set, indexes(scan));
  value::Charge held(query.evaluation.account);
  TRY_STATUS(held.add(kReaderBytes));
  TRY(auto reader, reader_.scan(scan, *set, tier(query)));
  return std::make_unique<ReaderCursor>(std::move(held), std::move(reader),
                                        definitions_->share_table(scan.table));
}

Result<std::optional<value::Value>> RowSource::get(TableId table, const value::Value& key,
                                                   exec::QueryContext& query) const {
  const Table* definition = definitions_->find_table(table);
  if (definition == nullptr) return table_gone();
  auto row = reader_.get(table, key, tier(query));
  if (!row) return fail(of_table(std::move(row).error(), *definition));
  return row;
}

Result<std::uint64_t> RowSource::count(const algebra::Scan& scan, exec::QueryContext& query) const {
  if (!query.may_wait) return fail(Code::would_block, "Counting reads many rows.");
  TRY(const auto set, indexes(scan));
  return reader_.count(scan, *set);
}

}  // namespace octavo::layout
