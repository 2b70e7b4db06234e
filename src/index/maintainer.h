#pragma once

#include <functional>

#include "index/index_set.h"
#include "txn/hooks.h"

namespace octavo::index {

// Keeps the entries of all indexes in step with their rows, in the batch that writes the row.
class Maintainer final : public txn::RowHook {
 public:
  // `current` gives the definitions in force at the log position that is being applied.
  Maintainer(IndexSets& sets, std::function<catalog::CatalogPtr()> current)
      : sets_(sets), current_(std::move(current)) {}

  void on_change(const txn::RowChange& change, Lsn lsn, kv::WriteBatch& batch) override;

 private:
  IndexSets& sets_;
  std::function<catalog::CatalogPtr()> current_;
};

// The entries that a row has in an index, sorted.
std::vector<Bytes> index_entries(const Index& index, const value::Value& document,
                                 BytesView primary_key);

}  // namespace octavo::index
