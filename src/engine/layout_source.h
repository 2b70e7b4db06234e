#pragma once

// Every table, whatever its layout: hands each request to the source of the table's layout, or of
// virtual tables. For one query: one thread at a time.

#include <optional>

#include "engine/virtual_tables.h"
#include "layout/keyspace/source.h"
#include "layout/row/source.h"

namespace octavo::engine {

class LayoutSource final : public exec::Source,
                           public exec::KeyedTables,
                           public exec::HasIndexKeys {
 public:
  LayoutSource(layout::RowSource rows, layout::KeyspaceSource keys,
               const VirtualTableSets& virtual_tables, catalog::CatalogPtr definitions)
      : rows_(std::move(rows)),
        keys_(std::move(keys)),
        virtual_tables_(virtual_tables),
        definitions_(std::move(definitions)) {}

  Result<std::unique_ptr<exec::RowCursor>> open(const algebra::Scan& scan,
                                                exec::QueryContext& query) const override {
    return of(scan.table).open(scan, query);
  }
  Result<std::unique_ptr<exec::FieldCursor>> open_fields(
      const algebra::Scan& scan, std::span<const value::FieldRequest> fields,
      exec::QueryContext& query) const override {
    return of(scan.table).open_fields(scan, fields, query);
  }
  Result<std::unique_ptr<exec::RowCursor>> open_some(const algebra::Scan& scan,
                                                     const exec::SomeFields& fields,
                                                     exec::QueryContext& query) const override {
    return of(scan.table).open_some(scan, fields, query);
  }
  Result<std::optional<exec::KeyOfRow>> key_of_rows(TableId table,
                                                    std::optional<IndexId> index) const override {
    return of(table).key_of_rows(table, index);
  }
  std::optional<algebra::Scan> scan_of_values(TableId table, std::string_view field,
                                              std::vector<value::Value> values) const override {
    if (&of(table) != &rows_) return std::nullopt;
    return rows_.scan_of_values(table, field, std::move(values));
  }
  std::size_t most_values(TableId table) const override {
    return &of(table) == &rows_ ? rows_.most_values(table) : 0;
  }
  Result<std::unique_ptr<exec::RowCursor>> open_index_keys(
      const algebra::Scan& scan, exec::QueryContext& query) const override {
    const auto* const source = dynamic_cast<const exec::HasIndexKeys*>(&of(scan.table));
    if (source == nullptr) return nullptr;
    return source->open_index_keys(scan, query);
  }
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          exec::QueryContext& query) const override {
    return of(table).get(table, key, query);
  }
  Result<std::uint64_t> count(const algebra::Scan& scan, exec::QueryContext& query) const override {
    return of(scan.table).count(scan, query);
  }

 private:
  // A table that is gone is refused by the source of rows.
  const exec::Source& of(TableId table) const {
    const auto* definition = definitions_->find_table(table);
    if (definition == nullptr) return catalog::is_virtual(table) ? computed() : rows_;
    switch (definition->layout) {
      case catalog::Layout::row: return rows_;
      case catalog::Layout::keyspace: return keys_;
    }
    return rows_;
  }

  // Made when it is needed: most queries read what is stored.
  const exec::Source& computed() const {
    if (!computed_) computed_.emplace(virtual_tables_, definitions_);
    return *computed_;
  }

  layout::RowSource rows_;
  layout::KeyspaceSource keys_;
  const VirtualTableSets& virtual_tables_;
  mutable std::optional<VirtualSource> computed_;
  catalog::CatalogPtr definitions_;
};

}  // namespace octavo::engine
