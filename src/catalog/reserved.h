#pragma once

// Ids below `kFirstFreeId`: databases and tables that are always there, and tables that protocols
// compute and the catalog does not hold. The one place that names their owners, as data: a row is
// appended for what is new, and none is changed, for grants store these ids.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/durability.h"
#include "base/id.h"
#include "catalog/model.h"

namespace octavo::catalog {

// Ids that follow each other. A table may have several, for as many forms in which it is shown;
// grants name the first of them.
struct ReservedTables {
  TableId first{};
  std::uint16_t count = 0;
  std::uint16_t forms = 1;
  std::string_view owner = {};  // a protocol's name; empty: nobody's alone

  constexpr std::uint64_t end() const { return raw(first) + count; }
  constexpr bool holds(TableId table) const { return table >= first && raw(table) < end(); }
  constexpr TableId at(unsigned number, unsigned form = 0) const {
    return TableId{raw(first) + std::uint64_t{number} * forms + form};
  }
  // Of a table that it holds.
  constexpr unsigned number_of(TableId table) const {
    return static_cast<unsigned>((raw(table) - raw(first)) / forms);
  }
  constexpr unsigned form_of(TableId table) const {
    return static_cast<unsigned>((raw(table) - raw(first)) % forms);
  }
};

constexpr std::uint8_t kHidden = 1;  // not listed while all its tables are empty

// A database that is always there, with tables whose names are a prefix and a number from 0.
struct BuiltIn {
  DatabaseId database{};
  std::string_view name;
  ReservedTables tables;
  std::string_view table_prefix;
  Layout layout = Layout::row;
  Durability durability = Durability::disk;
  std::uint8_t flags = 0;
};

inline constexpr auto kBuiltIn = std::to_array<BuiltIn>({
    {DatabaseId{1}, "redis", {TableId{1}, 16}, "db", Layout::keyspace, Durability::os, kHidden},
});

// What the server says about itself. Not in the catalog, but grants name it and its tables.
constexpr DatabaseId kSystemDatabase{2};

// Tables of that database, which are computed when they are read (engine/virtual_tables.h). More
// ids than are in use: a table that is new takes the next number.
inline constexpr auto kVirtualTables = std::to_array<ReservedTables>({
    {TableId{256}, 128, 2, "rethinkdb"},
});

// Whose `write` changes of users and of grants need.
constexpr TableId kGrants{266};
constexpr TableId kUsers{278};

constexpr bool is_built_in(DatabaseId database) { return raw(database) < kFirstFreeId; }
constexpr bool is_built_in(TableId table) { return raw(table) < kFirstFreeId; }

// Null: the id is not of this kind.
constexpr const BuiltIn* find_built_in(DatabaseId database) {
  for (const BuiltIn& row : kBuiltIn) {
    if (row.database == database) return &row;
  }
  return nullptr;
}
constexpr const ReservedTables* find_virtual(TableId table) {
  for (const ReservedTables& row : kVirtualTables) {
    if (row.holds(table)) return &row;
  }
  return nullptr;
}
constexpr bool is_virtual(TableId table) { return find_virtual(table) != nullptr; }

// The id by which grants name a table.
constexpr TableId granted_as(TableId table) {
  const ReservedTables* reserved = find_virtual(table);
  return reserved == nullptr ? table : reserved->at(reserved->number_of(table));
}

// The built-in database whose tables are the numbered parts of the keyspace.
constexpr const BuiltIn& keyspace_database() {
  for (const BuiltIn& row : kBuiltIn) {
    if (row.layout == Layout::keyspace) return row;
  }
  return kBuiltIn.front();
}
inline constexpr const BuiltIn& kKeyspace = keyspace_database();

constexpr std::optional<unsigned> keyspace_number(TableId table) {
  if (!kKeyspace.tables.holds(table)) return std::nullopt;
  return kKeyspace.tables.number_of(table);
}

// Whether no id is of two, all are of those that are reserved, and each range holds whole tables.
consteval bool reserved_ids_are_apart() {
  std::array<ReservedTables, kBuiltIn.size() + kVirtualTables.size()> all{};
  std::size_t count = 0;
  for (const BuiltIn& row : kBuiltIn) {
    if (row.database == kSystemDatabase || !is_built_in(row.database)) return false;
    if (find_built_in(row.database) != &row) return false;
    all[count++] = row.tables;
  }
  for (const ReservedTables& row : kVirtualTables) all[count++] = row;
  for (std::size_t i = 0; i < count; ++i) {
    if (all[i].end() > kFirstFreeId || all[i].count % all[i].forms != 0) return false;
    for (std::size_t k = 0; k < i; ++k) {
      if (raw(all[i].first) < all[k].end() && raw(all[k].first) < all[i].end()) return false;
    }
  }
  return true;
}
static_assert(reserved_ids_are_apart());
static_assert(kKeyspace.layout == Layout::keyspace);
static_assert(is_virtual(kGrants) && granted_as(kGrants) == kGrants);
static_assert(is_virtual(kUsers) && granted_as(kUsers) == kUsers);

}  // namespace octavo::catalog
