// Foreign keys of a table draft: those that it gets, and what those that are there ask of it.

#include <algorithm>
#include <charconv>
#include <utility>

#include "catalog/references.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/define/draft.h"
#include "dialect/sql/define/forms.h"
#include "dialect/sql/error/error.h"
#include "function/family.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using catalog::ForeignKeyDefinition;
using catalog::IndexDefinition;
using catalog::IndexPart;
using catalog::TableDefinition;

Result<catalog::ReferenceAction> action_of(ReferenceAction action) {
  using Action = catalog::ReferenceAction;
  switch (action) {
    case ReferenceAction::unsaid:
    case ReferenceAction::no_action: return Action::no_action;
    case ReferenceAction::restrict: return Action::restrict;
    case ReferenceAction::cascade: return Action::cascade;
    case ReferenceAction::set_null: return Action::set_null;
    case ReferenceAction::set_default: return error<1215>();
  }
  std::unreachable();
}

// Whether the key finds rows by the first columns of the index.
bool leads(const std::vector<IndexPart>& parts, std::span<const ColumnId> columns) {
  return parts.size() >= columns.size() && std::equal(columns.begin(), columns.end(), parts.begin(),
                                                      [](ColumnId column, const IndexPart& part) {
                                                        return part.column == column &&
                                                               part.prefix == 0;
                                                      });
}

bool leads_visible(const TableDefinition& table, std::span<const ColumnId> columns) {
  const bool primary = table.key_columns.size() >= columns.size() &&
                       std::equal(columns.begin(), columns.end(), table.key_columns.begin());
  return primary || std::ranges::any_of(table.indexes, [&](const IndexDefinition& index) {
           return !index.hidden && leads(index.parts, columns);
         });
}

bool writes_children(const ForeignKeyDefinition& key) {
  using Action = catalog::ReferenceAction;
  return key.on_update == Action::cascade || key.on_update == Action::set_null ||
         key.on_delete == Action::set_null;
}

bool sets_null(const ForeignKeyDefinition& key) {
  using Action = catalog::ReferenceAction;
  return key.on_update == Action::set_null || key.on_delete == Action::set_null;
}

constexpr std::string_view kNumbered = "_ibfk_";

// The number of `t_ibfk_1`; 0: the name is of another form.
unsigned number_in(std::string_view name, std::string_view table) {
  if (!name.starts_with(table) || !name.substr(table.size()).starts_with(kNumbered)) return 0;
  const std::string_view digits = name.substr(table.size() + kNumbered.size());
  unsigned number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? number : 0;
}

}  // namespace

void rename_numbered_keys(TableDefinition& table, std::string_view before) {
  for (ForeignKeyDefinition& key : table.foreign_keys) {
    const unsigned number = number_in(key.name, before);
    if (number == 0) continue;
    key.name = table.name;
    key.name += kNumbered;
    key.name += std::to_string(number);
  }
}

Status TableDraft::add_foreign_key(const ForeignKey& def) {
  pending_foreign_keys_.push_back({{}, &def});
  return {};
}

Status TableDraft::drop_foreign_key(std::string_view name) {
  const auto found = std::ranges::find_if(
      table_.foreign_keys, [&](const auto& key) { return same_name(key.name, name); });
  if (found == table_.foreign_keys.end()) return error<1091>(name);
  table_.foreign_keys.erase(found);
  return {};
}

bool TableDraft::has_foreign_key(std::string_view name) const {
  return std::ranges::any_of(table_.foreign_keys,
                             [&](const auto& key) { return same_name(key.name, name); });
}

Result<std::string> TableDraft::foreign_key_name(Name given) const {
  if (given.empty()) {
    unsigned last = 0;
    for (const auto& key : table_.foreign_keys) {
      last = std::max(last, number_in(key.name, table_.name));
    }
    std::string name = table_.name;
    name += kNumbered;
    return name + std::to_string(last + 1);
  }
  if (value::count_code_points(given) > kMaxNameCharacters) return error<1059>(given);
  bool taken = has_foreign_key(given);
  for (const TableDefinition* other : state_.tables(table_.database)) {
    if (other->id == table_.id) continue;
    taken = taken || std::ranges::any_of(other->foreign_keys, [&](const auto& key) {
              return same_name(key.name, given);
            });
  }
  if (taken) return error<1826>(given);
  return std::string(given);
}

// The end at the child.
Result<ForeignKeyDefinition> TableDraft::made_of(const ForeignKey& def) {
  ForeignKeyDefinition key;
  TRY(key.name, foreign_key_name(def.constraint));
  const References& references = def.references;
  if (def.columns.size() != references.columns.size()) {
    return error<1239>(def.constraint.empty() ? std::string_view("foreign key without name")
                                              : std::string_view(def.constraint),
                       "Key reference and table reference don't match");
  }
  TRY(key.on_delete, action_of(references.on_delete));
  TRY(key.on_update, action_of(references.on_update));
  for (const KeyPart& part : def.columns) {
    const ColumnDefinition* column = part.expr ? nullptr : find(part.column);
    if (column == nullptr) return error<1072>(part.column);
    if (part.prefix != 0) return not_supported("FOREIGN KEY on the first characters of a column");
    if (std::ranges::find(key.columns, column->id) != key.columns.end()) {
      return error<1060>(part.column);
    }
    if (column->generated == catalog::Generated::read) {
      return not_supported("FOREIGN KEY on virtual generated columns");
    }
    if (column->generated == catalog::Generated::stored && writes_children(key)) {
      return error<3104>(sets_null(key) ? "SET NULL" : "ON UPDATE CASCADE");
    }
    key.columns.push_back(column->id);
  }
  key.id = catalog::ForeignKeyId{table_.next_part++};
  return key;
}

Status TableDraft::make_foreign_keys() {
  for (const ForeignKeyDefinition& key : table_.foreign_keys) {
    for (const ColumnId id : key.columns) {
      const auto dropped = dropped_columns_.find(id);
      if (dropped != dropped_columns_.end()) return error<1828>(dropped->second, key.name);
    }
  }
  for (PendingForeignKey& pending : pending_foreign_keys_) {
    TRY(ForeignKeyDefinition key, made_of(*pending.def));
    pending.id = key.id;
    table_.foreign_keys.push_back(std::move(key));
  }
  return index_foreign_keys();
}

bool TableDraft::has_key_led_by(std::span<const ColumnId> columns) const {
  return leads(primary_, columns) || std::ranges::any_of(table_.indexes, [&](const auto& index) {
           return leads(index.parts, columns);
         });
}

// An index that was made for a foreign key goes when somebody makes one that serves as well.
void TableDraft::drop_superfluous_indexes() {
  std::erase_if(table_.indexes, [&](const IndexDefinition& index) {
    if (!form_flag(index.forms, key_form::kOfForeignKey)) return false;
    std::vector<ColumnId> columns;
    for (const IndexPart& part : index.parts) columns.push_back(part.column);
    return leads(primary_, columns) || std::ranges::any_of(table_.indexes, [&](const auto& other) {
             return &other != &index && !form_flag(other.forms, key_form::kOfForeignKey) &&
                    leads(other.parts, columns);
           });
  });
}

Status TableDraft::index_foreign_keys() {
  drop_superfluous_indexes();
  for (const ForeignKeyDefinition& key : table_.foreign_keys) {
    if (has_key_led_by(key.columns)) continue;
    for (const IndexDefinition& dropped : dropped_keys_) {
      if (leads(dropped.parts, key.columns)) return error<1553>(dropped.name);
    }
    const auto pending = std::ranges::find(pending_foreign_keys_, key.id, &PendingForeignKey::id);
    std::string_view base = key.name;
    if (pending != pending_foreign_keys_.end() && pending->def->constraint.empty()) {
      base = pending->def->index.empty() ? std::string_view(pending->def->columns.front().column)
                                         : std::string_view(pending->def->index);
    }
    IndexDefinition index;
    index.kind = catalog::kOrderedIndex;
    index.name = unused_key_name(base);
    for (const ColumnId column : key.columns) {
      const ColumnDefinition& definition = *table_.find_column(column);
      KeyPart part{.column = definition.name};
      TRY(const IndexPart made, part_of(part, KeyKind::plain));
      index.parts.push_back(made);
    }
    set_form(index.forms, key_form::kOfForeignKey, value::Value::boolean(true));
    table_.indexes.push_back(std::move(index));
  }
  if (table_.indexes.size() > kMaxKeys) return error<1069>(std::to_string(kMaxKeys));
  return {};
}

// Rows are found by an index over exactly the columns of a key; one that only begins with them is
// what MySQL asks for, and has a hidden one beside it.
Status TableDraft::add_hidden_indexes() {
  for (const ForeignKeyDefinition& key : table_.foreign_keys) {
    if (catalog::key_over(table_, key.columns)) continue;
    IndexDefinition index;
    index.name = "FOREIGN " + std::to_string(raw(key.id));
    index.kind = catalog::kOrderedIndex;
    index.hidden = true;
    for (const ColumnId column : key.columns) index.parts.push_back({.column = column});
    keep_hidden(index);
    TRY_STATUS(make_function(index));
    table_.indexes.push_back(std::move(index));
  }
  return {};
}

// One that is there stays.
void TableDraft::keep_hidden(IndexDefinition& index) const {
  const auto before = std::ranges::find_if(before_, [&](const IndexDefinition& other) {
    return other.hidden && other.name == index.name;
  });
  if (before == before_.end()) return;
  index.id = before->id;
  index.ready = before->ready;
}

Status TableDraft::find_parent(const ForeignKey& def, ForeignKeyDefinition& key) const {
  const References& references = def.references;
  const std::string_view database_name =
      references.table.size() > 1 ? std::string_view(references.table.front()) : database_;
  const std::string_view table_name = references.table.back();
  const bool itself = database_name == database_ && table_name == table_.name;
  const auto* database = state_.find_database(database_name);
  const TableDefinition* parent = itself ? &table_ : nullptr;
  if (!itself && database != nullptr) parent = state_.find_table(database->id, table_name);
  if (parent == nullptr) {
    if (context_.session.foreign_key_checks) return error<1824>(table_name);
    catalog::AbsentParent absent{std::string(database_name), std::string(table_name), {}};
    for (const KeyPart& part : references.columns) absent.columns.emplace_back(part.column);
    key.absent = std::move(absent);
    return {};
  }
  if (!parent->declared()) return not_supported("FOREIGN KEY to a table without columns");
  key.parent = parent->id;
  for (std::size_t i = 0; i < references.columns.size(); ++i) {
    const std::string_view name = references.columns[i].column;
    const auto column = std::ranges::find_if(parent->columns, [&](const auto& there) {
      return !there.hidden && same_name(there.name, name);
    });
    if (column == parent->columns.end()) return error<3734>(name, key.name, table_name);
    const ColumnDefinition& child = *table_.find_column(key.columns[i]);
    if (!catalog::can_refer(*child.type, *column->type)) {
      return error<3780>(child.name, column->name, key.name);
    }
    key.parent_columns.push_back(column->id);
  }
  if (catalog::key_over(*parent, key.parent_columns)) return {};
  if (leads_visible(*parent, key.parent_columns)) {
    return not_supported("FOREIGN KEY to the first columns of a key");
  }
  return error<1822>(key.name, table_name);
}

Status TableDraft::finish_foreign_keys() {
  TRY_STATUS(add_hidden_indexes());
  for (const PendingForeignKey& pending : pending_foreign_keys_) {
    auto key = std::ranges::find(table_.foreign_keys, pending.id, &ForeignKeyDefinition::id);
    TRY_STATUS(find_parent(*pending.def, *key));
  }
  for (const ForeignKeyDefinition& key : table_.foreign_keys) {
    TRY_STATUS(check_as_child(key));
    TRY_STATUS(check_conditions_beside(key));
  }
  for (const TableDefinition* child : state_.all_tables()) {
    if (child->id == table_.id) continue;
    for (const ForeignKeyDefinition& key : child->foreign_keys) {
      if (key.parent == table_.id) TRY_STATUS(check_as_parent(*child, key));
    }
  }
  for (const ForeignKeyDefinition& key : table_.foreign_keys) {
    if (key.parent == table_.id) TRY_STATUS(check_as_parent(table_, key));
  }
  return {};
}

Status TableDraft::check_as_child(const ForeignKeyDefinition& key) const {
  const TableDefinition* parent = key.parent == table_.id ? &table_ : state_.find_table(key.parent);
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const ColumnDefinition& column = *table_.find_column(key.columns[i]);
    if (!column.nullable && sets_null(key)) return error<1830>(column.name, key.name);
    if (parent == nullptr || !context_.session.foreign_key_checks) continue;
    const ColumnDefinition* to = parent->find_column(key.parent_columns[i]);
    if (to != nullptr && !catalog::can_refer(*column.type, *to->type)) {
      return error<1832>(column.name, key.name);
    }
  }
  return {};
}

Status TableDraft::check_as_parent(const TableDefinition& child,
                                   const ForeignKeyDefinition& key) const {
  for (std::size_t i = 0; i < key.parent_columns.size(); ++i) {
    const ColumnId id = key.parent_columns[i];
    const auto dropped = dropped_columns_.find(id);
    if (dropped != dropped_columns_.end()) {
      return error<1829>(dropped->second, key.name, child.name);
    }
    const ColumnDefinition* column = table_.find_column(id);
    const ColumnDefinition* from = child.find_column(key.columns[i]);
    if (column == nullptr || from == nullptr || !context_.session.foreign_key_checks) continue;
    if (!catalog::can_refer(*from->type, *column->type)) {
      return error<1833>(column->name, key.name, child.name);
    }
  }
  if (catalog::key_over(table_, key.parent_columns)) return {};
  for (const IndexDefinition& dropped : dropped_keys_) {
    if (leads(dropped.parts, key.parent_columns)) return error<1553>(dropped.name);
  }
  return error<1553>("PRIMARY");
}

Status TableDraft::check_conditions_beside(const ForeignKeyDefinition& key) const {
  if (!writes_children(key)) return {};
  for (const catalog::CheckDefinition& check : table_.checks) {
    ByteReader reader(check.condition);
    const auto opened = function::open_function(reader);
    const auto fields = opened ? function::fields_read(*opened) : std::nullopt;
    if (!fields) continue;
    for (const ColumnId id : key.columns) {
      const std::string& name = table_.find_column(id)->name;
      if (std::ranges::find(*fields, name) == fields->end()) continue;
      return error<3823>(name, check.name, key.name);
    }
  }
  return {};
}

}  // namespace octavo::sql
