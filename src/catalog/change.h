#pragma once

// Definition changes as data: what a DDL operation in the log says, entry by entry. Applying them
// is deterministic; deciding them (names, ids, uuids, salts) happened before the log.
// Format: docs/formats/catalog.md.

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "catalog/model.h"

namespace octavo::catalog {

struct PutDatabase {
  DatabaseDefinition database;
};
struct DropDatabase {  // its tables are dropped by changes of their own
  DatabaseId id{};
};
struct PutTable {
  TableDefinition table;
};
struct DropTable {
  TableId id{};
};
struct PutView {
  ViewDefinition view;
};
struct DropView {
  TableId id{};
};
struct PutUser {
  User user;
};
struct DropUser {
  std::string name;
};
struct PutRole {
  Role role;
};
struct DropRole {  // of those who have it, it is taken by changes of their own
  RoleId id{};
};
using Change = std::variant<PutDatabase, DropDatabase, PutTable, DropTable, PutUser, DropUser,
                            PutView, DropView, PutRole, DropRole>;

Bytes encode_changes(std::span<const Change> changes);
Result<std::vector<Change>> decode_changes(BytesView bytes);

// What a change leaves in storage: a meta key and, unless the entry is dropped, its new bytes.
struct StoredEntry {
  Bytes key;
  std::optional<Bytes> entry;
};
StoredEntry stored_form(const Change& change);

// All stored keys start with this; `kNextIdKey` (u64 LE) is there besides the entries.
constexpr std::string_view kStoredPrefix = "catalog/";
constexpr std::string_view kNextIdKey = "catalog/next_id";
Result<Change> decode_stored(BytesView key, BytesView entry);

// Makes the successor of a state. The result is published as a new immutable CatalogState.
class CatalogEditor {
 public:
  explicit CatalogEditor(const CatalogState& base) : state_(base) {}
  void apply(const Change& change);
  // Gives a temporary table its name, over what else has it: in the state that its client sees.
  void show(TableId temporary);
  void set_version(Lsn lsn) { state_.version_ = lsn; }
  void set_next_id(std::uint64_t id) { state_.next_id_ = id; }
  CatalogPtr publish() && { return std::make_shared<const CatalogState>(std::move(state_)); }

 private:
  void put(const DatabaseDefinition& database);
  void put(const TableDefinition& table);
  void put(const ViewDefinition& view);
  void use_id(std::uint64_t id);

  CatalogState state_;
};

}  // namespace octavo::catalog
