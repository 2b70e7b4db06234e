// Columns of a table draft.

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/define/draft.h"
#include "dialect/sql/define/forms.h"
#include "dialect/sql/define/literal_default.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/type/names.h"
#include "function/family.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using value::Kind;
using value::LogicalType;

constexpr std::size_t kMaxColumnComment = 1024;

bool takes_now(const LogicalType& type) {
  return type.kind == Kind::datetime || type.kind == Kind::timestamp;
}

bool takes_literal_default(const LogicalType& type) {
  if (type.kind == Kind::json || type.kind == Kind::geometry) return false;
  return (type.kind != Kind::text && type.kind != Kind::bytes) ||
         type.extent != value::Extent::large;
}

Status check_supported(const ColumnDef& column) {
  if (!column.srid.empty()) return not_supported("SRID");
  return {};
}

bool uses(const Bytes& function, std::string_view field) {
  if (function.empty()) return false;
  ByteReader reader(function);
  const auto opened = function::open_function(reader);
  if (!opened) return true;
  const auto fields = function::fields_read(*opened);
  return !fields || std::ranges::find(*fields, field) != fields->end();
}

}  // namespace

ColumnDefinition* TableDraft::find(std::string_view column) {
  const auto it = std::ranges::find_if(
      table_.columns, [&](const auto& there) { return same_name(there.name, column); });
  return it == table_.columns.end() ? nullptr : &*it;
}

Result<ColumnDefinition> TableDraft::made_of(const ColumnDef& def, ColumnId id) {
  TRY_STATUS(check_new_name<1166>(def.name));
  TRY_STATUS(check_supported(def));
  ColumnDefinition column;
  column.id = id;
  column.name = def.name;
  TRY(LogicalType type, declared_type(def.type, *collation_, def.name));
  column.type = value::make_type(std::move(type));
  const bool primary = def.key == ColumnKey::primary;
  if (primary && def.nullable.value_or(false)) return error<1171>();
  column.nullable = def.nullable.value_or(!primary);
  column.invisible = !def.visible.value_or(true);
  // A collation that goes without saying is only shown when it was said.
  const value::Collation* collation = column.type->collation;
  const bool said_default =
      !def.type.collation.empty() && collation != nullptr && collation->is_default();
  if (!def.type.charset.empty() || said_default) {
    set_form(column.forms, column_form::kCharset, value::Value::boolean(true));
  }
  if (def.comment) {
    if (value::count_code_points(*def.comment) > kMaxColumnComment) {
      return error<1629>(def.name, std::to_string(kMaxColumnComment));
    }
    column.comment = *def.comment;
  }
  if (def.auto_increment) {
    if (column.type->kind != Kind::integer && column.type->kind != Kind::real) {
      return error<1063>(def.name);
    }
    if (def.default_value) return error<1067>(def.name);
    column.auto_increment = true;
    column.nullable = false;
  }
  if (def.generated) {
    column.generated =
        def.generated->stored ? catalog::Generated::stored : catalog::Generated::read;
    pending_.push_back({Pending::Use::generated, id, {}, &def.generated->value});
  } else if (def.default_value) {
    TRY_STATUS(set_default_of(column, &*def.default_value, def.default_in_parentheses));
  }
  if (def.on_update) {
    std::uint32_t precision = 0;
    const bool fits = is_now(*def.on_update, precision) && takes_now(*column.type) &&
                      precision == column.type->precision;
    if (!fits) return error<1294>(def.name);
    column.update_now = true;
  }
  return column;
}

Status TableDraft::set_default_of(ColumnDefinition& column, const Expr* value, bool parenthesised) {
  std::erase_if(pending_, [&](const Pending& other) {
    return other.use == Pending::Use::default_value && other.column == column.id;
  });
  column.default_now = false;
  column.default_value.clear();
  drop_form(column.forms, column_form::kDefault);
  drop_form(column.forms, column_form::kExpression);
  if (value == nullptr) return {};
  std::uint32_t precision = 0;
  if (is_now(*value, precision) && (!parenthesised || takes_now(*column.type))) {
    if (!takes_now(*column.type) || precision != column.type->precision) {
      return error<1067>(column.name);
    }
    column.default_now = true;
    return {};
  }
  if (!is_literal(*value) || (parenthesised && !takes_literal_default(*column.type))) {
    pending_.push_back({Pending::Use::default_value, column.id, {}, value});
    return {};
  }
  TRY(LiteralDefault literal, literal_default(*value, column.type, column.name, context_));
  if (literal.value.is_null()) return column.nullable ? Status() : error<1067>(column.name);
  if (!takes_literal_default(*column.type)) return error<1101>(column.name);
  column.default_value = constant_function(literal.value);
  set_form(column.forms, column_form::kDefault, literal.shown);
  return {};
}

Status TableDraft::insert(ColumnDefinition column, ColumnPlace place) {
  auto at = table_.columns.end();
  if (place.first) {
    at = table_.columns.begin();
  } else if (!place.after.empty()) {
    const ColumnDefinition* after = find(place.after);
    if (after == nullptr) return error<1054>(place.after, table_.name);
    at = table_.columns.begin() + (after - table_.columns.data()) + 1;
  }
  table_.columns.insert(at, std::move(column));
  return {};
}

Status TableDraft::add_keys_of(const ColumnDef& column) {
  if (column.key != ColumnKey::none) {
    const KeyPart part{.column = column.name};
    KeyDef key;
    key.kind = column.key == ColumnKey::primary ? KeyKind::primary : KeyKind::unique;
    key.parts = List<KeyPart>(&part, 1);
    TRY_STATUS(add_key(key));
  }
  for (const CheckDef& check : column.checks) TRY_STATUS(add_check(check));
  return {};
}

Status TableDraft::add_column(const ColumnDef& def, ColumnPlace place) {
  if (find(def.name) != nullptr) return error<1060>(def.name);
  TRY(ColumnDefinition column, made_of(def, ColumnId{table_.next_part}));
  ++table_.next_part;
  TRY_STATUS(insert(std::move(column), place));
  return add_keys_of(def);
}

Status TableDraft::add_selected(ColumnDefinition column) {
  if (const ColumnDefinition* const declared = find(column.name)) {
    ColumnDefinition moved = *declared;
    table_.columns.erase(table_.columns.begin() + (declared - table_.columns.data()));
    table_.columns.push_back(std::move(moved));
    return {};
  }
  TRY_STATUS(check_new_name<1166>(column.name));
  column.id = ColumnId{table_.next_part++};
  table_.columns.push_back(std::move(column));
  return {};
}

// What refers to the column by its name has to be written again first.
Status TableDraft::check_not_used(const ColumnDefinition& column, std::string_view as) const {
  if (as == column.name) return {};
  for (const auto& check : table_.checks) {
    if (uses(check.condition, column.name)) return error<3959>(check.name, column.name);
  }
  for (const ColumnDefinition& other : table_.columns) {
    if (other.id == column.id) continue;
    if (uses(other.generated_value, column.name)) return error<3108>(column.name);
    if (uses(other.default_value, column.name)) return error<3108>(column.name);
  }
  return {};
}

Status TableDraft::change_column(std::string_view name, const ColumnDef& def, ColumnPlace place) {
  ColumnDefinition* old = find(name);
  if (old == nullptr) return error<1054>(name, table_.name);
  const ColumnDefinition* other = find(def.name);
  if (other != nullptr && other != old) return error<1060>(def.name);
  TRY_STATUS(check_not_used(*old, def.name));
  TRY(ColumnDefinition column, made_of(def, old->id));
  const auto is_part = [&](const catalog::IndexPart& part) { return part.column == old->id; };
  if (std::ranges::any_of(primary_, is_part)) {
    if (def.nullable.value_or(false)) return error<1171>();
    column.nullable = false;
  }
  if (place.first || !place.after.empty()) {
    table_.columns.erase(table_.columns.begin() + (old - table_.columns.data()));
    TRY_STATUS(insert(std::move(column), place));
  } else {
    *old = std::move(column);
  }
  return add_keys_of(def);
}

Status TableDraft::rename_column(std::string_view from, std::string_view to) {
  ColumnDefinition* column = find(from);
  if (column == nullptr) return error<1054>(from, table_.name);
  const ColumnDefinition* other = find(to);
  if (other != nullptr && other != column) return error<1060>(to);
  TRY_STATUS(check_new_name<1166>(to));
  TRY_STATUS(check_not_used(*column, to));
  column->name = to;
  return {};
}

Status TableDraft::drop_column(std::string_view name) {
  const ColumnDefinition* column = find(name);
  if (column == nullptr) return error<1091>(name);
  if (table_.columns.size() == 1) return error<1090>();
  // A condition that names no other column goes with it.
  std::erase_if(table_.checks, [&](const catalog::CheckDefinition& check) {
    ByteReader reader(check.condition);
    const auto opened = function::open_function(reader);
    const auto fields = opened ? function::fields_read(*opened) : std::nullopt;
    return fields && std::ranges::all_of(*fields, [&](const auto& f) { return f == column->name; });
  });
  TRY_STATUS(check_not_used(*column, {}));
  const ColumnId id = column->id;
  dropped_columns_.emplace(id, column->name);
  const auto is_part = [&](const catalog::IndexPart& part) { return part.column == id; };
  std::erase_if(table_.indexes, [&](auto& index) {
    return std::erase_if(index.parts, is_part) != 0 && index.parts.empty();
  });
  std::erase_if(primary_, is_part);
  std::erase_if(pending_, [&](const Pending& pending) { return pending.column == id; });
  table_.columns.erase(table_.columns.begin() + (column - table_.columns.data()));
  return {};
}

Status TableDraft::set_default(std::string_view name, const Expr* value, bool parenthesised) {
  ColumnDefinition* column = find(name);
  if (column == nullptr) return error<1054>(name, table_.name);
  return set_default_of(*column, value, parenthesised);
}

Status TableDraft::set_visible_column(std::string_view name, bool visible) {
  ColumnDefinition* column = find(name);
  if (column == nullptr) return error<1054>(name, table_.name);
  column->invisible = !visible;
  return {};
}

}  // namespace octavo::sql
