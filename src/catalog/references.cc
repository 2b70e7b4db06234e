#include "catalog/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace octavo::catalog {
namespace {

bool is_over(const IndexDefinition& index, std::span<const ColumnId> columns) {
  return std::ranges::equal(index.parts, columns, [](const IndexPart& part, ColumnId column) {
    return part.column == column && part.prefix == 0;
  });
}

// Whether the key finds rows of this parent.
bool fits(const TableDefinition& child, const ForeignKeyDefinition& key,
          const TableDefinition& parent) {
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const ColumnDefinition* from = child.find_column(key.columns[i]);
    const ColumnDefinition* to = parent.find_column(key.parent_columns[i]);
    if (from == nullptr || to == nullptr || !can_refer(*from->type, *to->type)) return false;
  }
  return key_over(parent, key.parent_columns).has_value();
}

class Settling {
 public:
  Settling(const CatalogState& before, Changes& changes, bool checked)
      : before_(before), changes_(changes), checked_(checked) {}

  Status run() {
    CatalogEditor editor(before_);
    for (const Change& change : changes_) editor.apply(change);
    after_ = std::move(editor).publish();
    if (!concerns_any()) return {};
    find_replaced();
    std::map<TableId, std::set<TableId>> children;
    for (const TableDefinition* table : after_->all_tables()) {
      if (!table->foreign_keys.empty()) TRY_STATUS(settle(*table));
      for (const ForeignKeyDefinition& key : now(table->id).foreign_keys) {
        if (key.parent != TableId{}) children[key.parent].insert(table->id);
      }
    }
    for (const TableDefinition* table : after_->all_tables()) {
      const auto& found = children[table->id];
      if (!std::ranges::equal(found, table->referenced_by)) {
        edit(table->id).referenced_by.assign(found.begin(), found.end());
      }
    }
    put_edited();
    return {};
  }

 private:
  bool concerns_any() const {
    const auto is_concerned = [](const TableDefinition* table) {
      return !table->foreign_keys.empty() || !table->referenced_by.empty();
    };
    return std::ranges::any_of(after_->all_tables(), is_concerned);
  }

  void find_replaced() {
    std::map<std::string_view, TableId> put;
    for (const Change& change : changes_) {
      if (const auto* c = std::get_if<PutTable>(&change)) put[c->table.uuid] = c->table.id;
    }
    for (const Change& change : changes_) {
      const auto* drop = std::get_if<DropTable>(&change);
      const TableDefinition* was = drop == nullptr ? nullptr : before_.find_table(drop->id);
      if (was == nullptr) continue;
      const auto found = put.find(was->uuid);
      if (found != put.end()) replaced_[was->id] = found->second;
    }
  }

  Status settle(const TableDefinition& table) {
    for (std::size_t i = 0; i < table.foreign_keys.size(); ++i) {
      ForeignKeyDefinition key = table.foreign_keys[i];
      if (!key_over(table, key.columns)) {
        return fail(Code::invalid_argument,
                    fmt::format("The foreign key `{}` of table `{}` needs an index over its "
                                "columns.",
                                key.name, table.name));
      }
      if (key.parent != TableId{}) {
        TRY_STATUS(follow(table, key));
      } else {
        find_parent(table, key);
      }
      if (key != table.foreign_keys[i]) edit(table.id).foreign_keys[i] = std::move(key);
    }
    return {};
  }

  Status follow(const TableDefinition& table, ForeignKeyDefinition& key) const {
    const TableId was = key.parent;
    if (const auto found = replaced_.find(was); found != replaced_.end())
      key.parent = found->second;
    const TableDefinition* parent = after_->find_table(key.parent);
    if (parent != nullptr && fits(table, key, *parent)) return {};
    const TableDefinition* known = before_.find_table(was);
    if (known == nullptr) known = parent;
    if (checked_) {
      return fail(Code::invalid_argument,
                  fmt::format("Table `{}` is referenced by the foreign key `{}` of table `{}`.",
                              known == nullptr ? std::string_view("?") : known->name, key.name,
                              table.name));
    }
    if (known != nullptr) lose_parent(key, *known);
    return {};
  }

  void lose_parent(ForeignKeyDefinition& key, const TableDefinition& parent) const {
    AbsentParent absent;
    const DatabaseDefinition* database = before_.find_database(parent.database);
    if (database == nullptr) database = after_->find_database(parent.database);
    if (database != nullptr) absent.database = database->name;
    absent.table = parent.name;
    for (const ColumnId id : key.parent_columns) {
      const ColumnDefinition* column = parent.find_column(id);
      absent.columns.push_back(column == nullptr ? std::string() : column->name);
    }
    key.parent = TableId{};
    key.parent_columns.clear();
    key.absent = std::move(absent);
  }

  void find_parent(const TableDefinition& table, ForeignKeyDefinition& key) const {
    if (!key.absent) return;
    const DatabaseDefinition* database = after_->find_database(key.absent->database);
    if (database == nullptr) return;
    const TableDefinition* parent = after_->find_table(database->id, key.absent->table);
    if (parent == nullptr) return;
    ForeignKeyDefinition found = key;
    found.absent.reset();
    found.parent = parent->id;
    for (const std::string& name : key.absent->columns) {
      const ColumnDefinition* column = parent->find_column(name);
      if (column == nullptr) return;
      found.parent_columns.push_back(column->id);
    }
    if (fits(table, found, *parent)) key = std::move(found);
  }

  const TableDefinition& now(TableId id) const {
    const auto found = edited_.find(id);
    return found == edited_.end() ? *after_->find_table(id) : found->second;
  }
  TableDefinition& edit(TableId id) {
    return edited_.try_emplace(id, *after_->find_table(id)).first->second;
  }

  void put_edited() {
    for (Change& change : changes_) {
      auto* put = std::get_if<PutTable>(&change);
      if (put == nullptr) continue;
      const auto found = edited_.find(put->table.id);
      if (found == edited_.end()) continue;
      put->table = std::move(found->second);
      edited_.erase(found);
    }
    for (auto& [id, table] : edited_) changes_.emplace_back(PutTable{std::move(table)});
  }

  const CatalogState& before_;
  Changes& changes_;
  const bool checked_;
  CatalogPtr after_;
  std::map<TableId, TableId> replaced_;
  std::map<TableId, TableDefinition> edited_;
};

}  // namespace

std::optional<KeyOver> key_over(const TableDefinition& table, std::span<const ColumnId> columns) {
  const IndexDefinition* found = nullptr;
  for (const IndexDefinition& index : table.indexes) {
    if (!is_over(index, columns)) continue;
    // A hidden one that is unique is there because the primary key compares bytes.
    if (index.unique && index.hidden) return KeyOver{&index};
    if (found == nullptr || (index.unique && !found->unique)) found = &index;
  }
  if (std::ranges::equal(table.key_columns, columns)) return KeyOver{};
  return found == nullptr ? std::nullopt : std::optional(KeyOver{found});
}

bool can_refer(const value::LogicalType& child, const value::LogicalType& parent) {
  if (child.kind != parent.kind) return false;
  value::LogicalType same = child;
  same.shown_width = parent.shown_width;
  same.zerofill = parent.zerofill;
  if (child.kind == value::Kind::text || child.kind == value::Kind::bytes) {
    same.length = parent.length;
    same.extent = parent.extent;
  }
  if (child.kind == value::Kind::enumeration) same.members = parent.members;
  return same == parent;
}

const ForeignKeyDefinition* find_foreign_key(const TableDefinition& table, ForeignKeyId id) {
  const auto found = std::ranges::find(table.foreign_keys, id, &ForeignKeyDefinition::id);
  return found == table.foreign_keys.end() ? nullptr : &*found;
}

std::vector<Reference> references_to(const CatalogState& state, const TableDefinition& parent) {
  std::vector<Reference> out;
  for (const TableId id : parent.referenced_by) {
    const TableDefinition* child = state.find_table(id);
    if (child == nullptr) continue;
    for (const ForeignKeyDefinition& key : child->foreign_keys) {
      if (key.parent == parent.id) out.push_back({child, &key});
    }
  }
  return out;
}

Status settle_references(const CatalogState& before, Changes& changes, bool checked) {
  return Settling(before, changes, checked).run();
}

}  // namespace octavo::catalog
