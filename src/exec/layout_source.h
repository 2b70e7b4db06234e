#pragma once

// Every table, whatever its layout: hands each request to the source of the table's layout.

#include "exec/keyspace_source.h"
#include "exec/row_source.h"

namespace octavo::exec {

class LayoutSource final : public Source {
 public:
  LayoutSource(RowSource rows, KeyspaceSource keys, catalog::CatalogPtr definitions)
      : rows_(std::move(rows)), keys_(std::move(keys)), definitions_(std::move(definitions)) {}

  Result<std::unique_ptr<RowCursor>> open(const algebra::Scan& scan,
                                          QueryContext& query) const override {
    return of(scan.table).open(scan, query);
  }
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          QueryContext& query) const override {
    return of(table).get(table, key, query);
  }
  Result<std::uint64_t> count(const algebra::Scan& scan, QueryContext& query) const override {
    return of(scan.table).count(scan, query);
  }

 private:
  // A table that is gone is refused by the source of rows.
  const Source& of(TableId table) const {
    const auto* definition = definitions_->find_table(table);
    if (definition == nullptr) return rows_;
    switch (definition->layout) {
      case catalog::Layout::row: return rows_;
      case catalog::Layout::keyspace: return keys_;
    }
    return rows_;
  }

  RowSource rows_;
  KeyspaceSource keys_;
  catalog::CatalogPtr definitions_;
};

}  // namespace octavo::exec
