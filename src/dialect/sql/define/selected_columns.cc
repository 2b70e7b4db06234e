#include "dialect/sql/define/selected_columns.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/define/forms.h"
#include "dialect/sql/define/literal_default.h"
#include "dialect/sql/define/value_text.h"
#include "dialect/sql/function/store.h"
#include "value/collation.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using value::LogicalType;

// Texts of more characters than this become one of TEXT's kinds, and bytes of BLOB's.
constexpr std::uint32_t kMostCharacters = 512;
constexpr std::uint32_t kLargeLengths[] = {65'535, 16'777'215, 4'294'967'295};
// Integers that are shown with fewer digits fit in four bytes.
constexpr std::uint32_t kDigitsOfFourBytes = 10;

LogicalType large(LogicalType type, std::uint64_t bytes) {
  type.extent = value::Extent::large;
  type.length = *std::ranges::find_if(
      kLargeLengths, [&](std::uint32_t most) { return bytes <= most || most == kLargeLengths[2]; });
  return type;
}

LogicalType any_text() {
  return large({.kind = Kind::text, .collation = value::find_collation("utf8mb4_0900_bin")},
               kLargeLengths[2]);
}

LogicalType string_type(const Type& type) {
  LogicalType logical = *type.logical;
  if (logical.extent == value::Extent::large || type.has(type_flag::kFromColumn)) return logical;
  logical.extent = value::Extent::varying;
  const std::uint32_t characters = logical.kind == Kind::bytes ? logical.length : type.width;
  logical.length = characters;
  if (characters <= kMostCharacters) return logical;
  const std::uint64_t most_bytes =
      logical.kind == Kind::bytes ? 1 : value::charset_of(type.collation().charset).most_bytes;
  return large(std::move(logical), characters * most_bytes);
}

}  // namespace

LogicalType stored_type(const Type& type) {
  const LogicalType& logical = *type.logical;
  switch (type.kind()) {
    case Kind::null: return {.kind = Kind::bytes, .extent = value::Extent::fixed, .length = 0};
    case Kind::boolean: return {.kind = Kind::integer, .bits = 32};
    case Kind::integer: {
      if (type.has(type_flag::kFromColumn) || logical.bits != 64) return logical;
      const bool small = type.width != 0 && type.width < kDigitsOfFourBytes;
      return {.kind = Kind::integer,
              .bits = static_cast<std::uint8_t>(small ? 32 : 64),
              .is_unsigned = logical.is_unsigned};
    }
    case Kind::text:
    case Kind::bytes: return string_type(type);
    case Kind::array: return {.kind = Kind::json};
    case Kind::dynamic:
    case Kind::uuid:
    case Kind::object_id:
    case Kind::duration:
    case Kind::geometry: return any_text();
    case Kind::real:
    case Kind::decimal:
    case Kind::bits:
    case Kind::date:
    case Kind::time:
    case Kind::datetime:
    case Kind::timestamp:
    case Kind::year:
    case Kind::enumeration:
    case Kind::set:
    case Kind::json: return logical;
  }
  return logical;
}

namespace {

const ColumnDefinition* find_column(const OutputColumn& column,
                                    const catalog::CatalogState& state) {
  const auto* const home = state.find_database(column.database);
  const auto* const table =
      home == nullptr ? nullptr : state.find_table(home->id, column.original_table);
  return table == nullptr ? nullptr : table->find_column(column.original_name);
}

bool has_implicit_default(const LogicalType& type) {
  const bool is_short = type.extent != value::Extent::large;
  return type.kind == Kind::integer || type.kind == Kind::real || type.kind == Kind::decimal ||
         ((type.kind == Kind::text || type.kind == Kind::bytes) && is_short);
}

void set_implicit_default(ColumnDefinition& made, const CallContext& calls) {
  if (made.nullable || !has_implicit_default(*made.type)) return;
  const value::Value value = implicit_default(*made.type);
  made.default_value = constant_function(value);
  set_form(made.forms, column_form::kDefault, value_text(value, made.type, calls));
}

ColumnDefinition column_made_of(const OutputColumn& column, const catalog::CatalogState& state,
                                const CallContext& calls) {
  ColumnDefinition made;
  made.name = column.name;
  made.nullable = column.type.nullable;
  const ColumnDefinition* const source = find_column(column, state);
  if (source == nullptr) {
    made.type = value::make_type(stored_type(column.type));
    set_implicit_default(made, calls);
    return made;
  }
  made.type = source->type;
  made.comment = source->comment;
  if (source->auto_increment) {
    set_implicit_default(made, calls);
    return made;
  }
  if (source->generated != catalog::Generated::no) return made;
  made.forms = source->forms;
  made.default_now = source->default_now;
  made.update_now = source->update_now;
  // What is computed of other columns, these may not be there.
  if (has_form(source->forms, column_form::kExpression)) {
    drop_form(made.forms, column_form::kExpression);
  } else {
    made.default_value = source->default_value;
  }
  return made;
}

}  // namespace

std::vector<ColumnDefinition> selected_columns(std::span<const OutputColumn> columns,
                                               const catalog::CatalogState& state,
                                               const CallContext& calls) {
  std::vector<ColumnDefinition> made;
  for (const OutputColumn& column : columns) made.push_back(column_made_of(column, state, calls));
  return made;
}

}  // namespace octavo::sql
