#pragma once

// Virtual tables of a protocol as constexpr rows of functions over what its service holds.

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "catalog/reserved.h"
#include "engine/virtual_tables.h"

namespace octavo::protocol {

// What a table is computed from.
template <class State>
struct VirtualRead {
  State& service;
  const catalog::CatalogState& definitions;
  const exec::QueryContext& query;
  unsigned form = 0;  // of those that the ids have
};

template <class State>
struct VirtualTable {
  unsigned number = 0;  // its place in the ids, which grants store
  std::string_view name;
  // In any order.
  std::vector<value::Value> (*rows)(const VirtualRead<State>& read) = nullptr;
  // As engine::VirtualTables::change. Null: nobody writes it (`unsupported`).
  Result<std::vector<catalog::Change>> (*change)(State& service,
                                                 const catalog::CatalogState& definitions,
                                                 const value::Value& before,
                                                 const value::Value& after) = nullptr;
  std::string_view primary_key = "id";
  bool open = false;  // no grant is needed: `rows` shows what the user may see
};

template <class State>
class VirtualTableSet final : public engine::VirtualTables {
 public:
  using Row = VirtualTable<State>;

  VirtualTableSet(const catalog::ReservedTables& ids, std::span<const Row> rows, State& service)
      : ids_(ids), rows_(rows), service_(service) {}

  const catalog::ReservedTables& ids() const override { return ids_; }
  bool has(TableId table) const override { return find(table) != nullptr; }
  std::string_view primary_key(TableId table) const override { return find(table)->primary_key; }
  std::optional<TableId> opened_by(TableId table) const override {
    if (find(table)->open) return std::nullopt;
    return catalog::granted_as(table);
  }
  Result<std::vector<value::Value>> rows(TableId table, const catalog::CatalogState& definitions,
                                         const exec::QueryContext& query) const override {
    return find(table)->rows({service_, definitions, query, ids_.form_of(table)});
  }
  Result<std::vector<catalog::Change>> change(TableId table,
                                              const catalog::CatalogState& definitions,
                                              const value::Value& before,
                                              const value::Value& after) const override {
    const Row& row = *find(table);
    if (row.change != nullptr) return row.change(service_, definitions, before, after);
    return fail(Code::unsupported, "`" + std::string(ids_.owner) + "." + std::string(row.name) +
                                       "` is a virtual table that cannot be written.");
  }

 private:
  const Row* find(TableId table) const {
    const auto found = std::ranges::find(rows_, ids_.number_of(table), &Row::number);
    return found == rows_.end() ? nullptr : &*found;
  }

  const catalog::ReservedTables& ids_;
  std::span<const Row> rows_;
  State& service_;
};

}  // namespace octavo::protocol
