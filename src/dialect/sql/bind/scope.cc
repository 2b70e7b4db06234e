#include "dialect/sql/bind/scope.h"

#include <utility>

#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {

Status Scope::add(ScopeTable table, std::vector<ScopeColumn> columns) {
  for (const ScopeTable& other : tables_) {
    if (other.alias == table.alias && other.database == table.database) {
      return error<1066>(table.alias);
    }
  }
  for (ScopeColumn& column : columns) {
    column.table = tables_.size();
    columns_.push_back(std::move(column));
  }
  tables_.push_back(std::move(table));
  return {};
}

std::vector<std::size_t> Scope::shown() const {
  if (shown_) return *shown_;
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].hidden) all.push_back(i);
  }
  return all;
}

std::vector<std::string> Scope::full_name(const ScopeColumn& column) const {
  const ScopeTable& table = tables_[column.table];
  std::vector<std::string> parts;
  if (!table.database.empty() && table.alias == table.name) parts.push_back(table.database);
  if (!table.alias.empty()) parts.push_back(table.alias);
  parts.push_back(column.name);
  return parts;
}

// Whether what stands before the column in `path` is that table.
bool Scope::names(const Path& path, std::size_t table) const {
  const ScopeTable& row = tables_[table];
  const std::size_t parts = path.size();
  if (parts > 1 && path[parts - 2] != row.alias) return false;
  return parts < 3 || path[parts - 3] == row.database;
}

std::optional<std::size_t> Scope::find_table(const Path& path) const {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const bool same = path.back() == tables_[i].alias;
    if (same && (path.size() == 1 || path.front() == tables_[i].database)) return i;
  }
  return std::nullopt;
}

const ScopeColumn* Scope::find_in(std::size_t table, std::string_view name) const {
  const ScopeColumn* found = nullptr;
  for (const ScopeColumn& column : columns_) {
    if (column.table != table || !same_name(column.name, name)) continue;
    // Fields of a document may differ in case alone.
    if (found == nullptr || column.name == name) found = &column;
  }
  return found;
}

Result<const ScopeColumn*> Scope::find(const Path& path, Clause clause) const {
  const ScopeColumn* found = nullptr;
  for (std::size_t table = 0; table < tables_.size(); ++table) {
    if (!names(path, table)) continue;
    const ScopeColumn* const column = find_in(table, path.back());
    if (column == nullptr || (column->merged && path.size() == 1)) continue;
    if (found != nullptr) return error<1052>(dotted(path), words_of(clause));
    found = column;
  }
  return found;
}

const ScopeColumn* Scope::add_field(const Path& path) {
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    if (tables_[i].document == nullptr || !names(path, i)) continue;
    if (open) return nullptr;
    open = i;
  }
  if (!open) return nullptr;
  ScopeColumn column{.name = std::string(path.back()),
                     .typed = bind_field(tables_[*open].document, path.back(), any_type()),
                     .table = *open,
                     .original_name = std::string(path.back()),
                     .hidden = true};
  columns_.push_back(std::move(column));
  return &columns_.back();
}

}  // namespace octavo::sql
