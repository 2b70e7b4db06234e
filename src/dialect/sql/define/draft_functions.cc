// What keys of a table draft come to: the functions of indexes, and what stands for a primary key
// that is none of one column.

#include <algorithm>

#include "dialect/sql/define/draft.h"
#include "dialect/sql/define/expressions.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/call_binder.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using catalog::IndexDefinition;
using catalog::IndexPart;
using value::Kind;
using value::LogicalType;
using value::Value;

constexpr std::string_view kRowNumber = "_rowid";
constexpr std::string_view kWholeKey = "_key";

// Bytes that a part of a key takes at most, as MySQL counts them.
std::size_t key_bytes(const LogicalType& type, std::uint32_t prefix) {
  switch (type.kind) {
    case Kind::text:
      return std::size_t{prefix == 0 ? type.length : prefix} *
             value::charset_of(type.collation->charset).most_bytes;
    case Kind::bytes: return prefix == 0 ? type.length : prefix;
    default: return 8;
  }
}

// The first `prefix` characters or bytes.
Result<Typed> first_of(Typed operand, std::uint32_t prefix, const CallContext& calls) {
  const NameRow* left = find_function("LEFT");
  if (left == nullptr) return not_supported("keys on the first characters of a column");
  std::vector<CallArgument> arguments;
  arguments.push_back({.value = std::move(operand)});
  arguments.push_back({.value = typed_constant(Value::int64(prefix), big_integer())});
  return bind_call(*left, std::move(arguments), calls);
}

algebra::ExprPtr one_or_array(std::vector<algebra::ExprPtr> parts) {
  return parts.size() == 1 ? std::move(parts.front()) : algebra::make_array(std::move(parts));
}

Value options_of(const IndexDefinition& index) {
  value::ObjectBuilder options;
  options.set("multi", Value::boolean(false));
  // Nulls are never the same, so a unique index has no place for them.
  if (!index.unique) options.set("nulls", Value::boolean(true));
  return std::move(options).build();
}

}  // namespace

Status TableDraft::check_key_length(const std::vector<IndexPart>& parts) const {
  std::size_t bytes = 0;
  for (const IndexPart& part : parts) {
    const ColumnDefinition* column = table_.find_column(part.column);
    if (column != nullptr) bytes += key_bytes(*column->type, part.prefix);
  }
  return bytes <= kMaxKeyBytes ? Status() : error<1071>(std::to_string(kMaxKeyBytes));
}

Result<algebra::ExprPtr> TableDraft::part_expression(const IndexDefinition& index,
                                                     std::size_t i) const {
  const CallContext calls = context_.calls();
  const IndexPart& part = index.parts[i];
  if (const ColumnDefinition* column = table_.find_column(part.column)) {
    Typed field = column_of_row(*column);
    if (part.prefix != 0) {
      TRY(field, first_of(std::move(field), part.prefix, calls));
    }
    return comparison_key(field, calls);
  }
  for (const PendingPart& pending : pending_parts_) {
    if (pending.index != index.name || pending.part != i) continue;
    TRY(const Typed bound,
        bind_over_row(*pending.expr, {table_, database_}, Volatile::refused, context_));
    return comparison_key(bound, calls);
  }
  return fail(Code::internal, "a part of a key is neither a column nor an expression");
}

// An index that is there and means the same stays as it is.
Status TableDraft::make_function(IndexDefinition& index) const {
  const auto before = std::ranges::find(before_, index.id, &IndexDefinition::id);
  const bool is_there = before != before_.end() && raw(index.id) != 0;
  if (index.parts.empty()) return {};  // of another protocol
  const bool of_expressions =
      std::ranges::any_of(index.parts, [](const IndexPart& part) { return raw(part.column) == 0; });
  if (is_there && of_expressions) return {};
  TRY_STATUS(check_key_length(index.parts));
  std::vector<algebra::ExprPtr> parts;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    TRY(algebra::ExprPtr part, part_expression(index, i));
    parts.push_back(std::move(part));
  }
  TRY(index.function, row_function(one_or_array(std::move(parts))));
  index.options = options_of(index);
  if (is_there && before->function == index.function) return {};
  index.id = IndexId{};
  index.ready = false;
  return {};
}

std::string TableDraft::unused_column_name(std::string_view base) {
  std::string name(base);
  while (find(name) != nullptr) name += '_';
  return name;
}

// Whether equal texts are equal bytes, and the other way round.
bool TableDraft::is_kept_unique_by_bytes() const {
  return std::ranges::all_of(primary_, [&](const IndexPart& part) {
    const ColumnDefinition* column = table_.find_column(part.column);
    return column->type->kind != Kind::text || compares_as_it_is(column_type(column->type, false));
  });
}

Status TableDraft::make_keys() {
  TRY_STATUS(check_key_length(primary_));
  for (IndexDefinition& index : table_.indexes) TRY_STATUS(make_function(index));
  table_.key_columns.clear();
  for (const IndexPart& part : primary_) table_.key_columns.push_back(part.column);
  if (primary_.size() == 1) {
    table_.primary_key = table_.find_column(primary_.front().column)->name;
  } else {
    TRY_STATUS(add_hidden_key());
  }
  if (is_kept_unique_by_bytes()) return {};
  IndexDefinition unique;
  unique.name = "PRIMARY";
  unique.kind = catalog::kOrderedIndex;
  unique.unique = true;
  unique.hidden = true;
  unique.parts = primary_;
  keep_hidden(unique);
  TRY_STATUS(make_function(unique));
  table_.indexes.push_back(std::move(unique));
  return {};
}

// A number for the rows of a table without primary key; of several columns an array of them.
Status TableDraft::add_hidden_key() {
  ColumnDefinition key;
  key.hidden = true;
  key.nullable = false;
  if (primary_.empty()) {
    key.name = unused_column_name(kRowNumber);
    key.type = big_integer(true).logical;
    key.auto_increment = true;
  } else {
    key.name = unused_column_name(kWholeKey);
    key.type = value::make_type({.kind = Kind::array});
    key.generated = catalog::Generated::stored;
    std::vector<algebra::ExprPtr> parts;
    for (const IndexPart& part : primary_) {
      parts.push_back(column_of_row(*table_.find_column(part.column)).expression);
    }
    TRY(key.generated_value, row_function(algebra::make_array(std::move(parts))));
  }
  key.id = hidden_key_ != ColumnId{} ? hidden_key_ : ColumnId{table_.next_part++};
  if (primary_.empty()) table_.key_columns.push_back(key.id);
  table_.primary_key = key.name;
  table_.columns.push_back(std::move(key));
  return {};
}

}  // namespace octavo::sql
