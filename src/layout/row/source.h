#pragma once

#include "exec/index_keys.h"
#include "exec/keyed_tables.h"
#include "exec/source.h"
#include "index/table_reader.h"
#include "layout/row/parted_options.h"

namespace octavo::layout {

// Damage that reading a table met, in a sentence that names the table; other errors as they are.
Error of_table(Error error, const catalog::TableDefinition& table);

// Tables of row layout in one view of the store, by definitions of that moment. Or by newer ones,
// and then `older` is what was defined at that moment: what has become of a table since cannot be
// read, `conflict`.
class RowSource final : public exec::Source, public exec::KeyedTables, public exec::HasIndexKeys {
 public:
  RowSource(index::TableReader reader, catalog::CatalogPtr definitions, index::IndexSets& sets,
            catalog::CatalogPtr older = nullptr, const PartedOptions& parting = {})
      : reader_(std::move(reader)),
        definitions_(std::move(definitions)),
        older_(std::move(older)),
        sets_(sets),
        parting_(parting) {}

  Result<std::unique_ptr<exec::RowCursor>> open(const algebra::Scan& scan,
                                                exec::QueryContext& query) const override;
  Result<std::unique_ptr<exec::FieldCursor>> open_fields(
      const algebra::Scan& scan, std::span<const value::FieldRequest> fields,
      exec::QueryContext& query) const override;
  Result<std::unique_ptr<exec::RowCursor>> open_some(const algebra::Scan& scan,
                                                     const exec::SomeFields& fields,
                                                     exec::QueryContext& query) const override;
  Result<std::optional<exec::KeyOfRow>> key_of_rows(TableId table,
                                                    std::optional<IndexId> index) const override;
  std::optional<algebra::Scan> scan_of_values(TableId table, std::string_view field,
                                              std::vector<value::Value> values) const override;
  std::size_t most_values(TableId table) const override;
  Result<std::unique_ptr<exec::RowCursor>> open_index_keys(
      const algebra::Scan& scan, exec::QueryContext& query) const override;
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          exec::QueryContext& query) const override;
  Result<std::uint64_t> count(const algebra::Scan& scan, exec::QueryContext& query) const override;

 private:
  Result<std::unique_ptr<index::RowReader>> open_reader(const algebra::Scan& scan,
                                                        exec::QueryContext& query,
                                                        value::Charge& held,
                                                        bool of_keys = false) const;
  bool is_key_of_entries(const algebra::Scan& scan, std::string_view field) const;
  Result<std::shared_ptr<const index::IndexSet>> indexes(const algebra::Scan& scan,
                                                         exec::QueryContext& query) const;
  Status there_then(TableId table, std::optional<IndexId> index, exec::QueryContext& query) const;

  index::TableReader reader_;
  catalog::CatalogPtr definitions_;
  catalog::CatalogPtr older_;  // null: as `definitions_`
  index::IndexSets& sets_;
  PartedOptions parting_;  // how idle threads help to read
};

}  // namespace octavo::layout
