#include "dialect/sql/bind/stored_index.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "algebra/expr.h"
#include "dialect/sql/bind/comparison.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/lambda.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operators.h"
#include "function/family.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using catalog::IndexDefinition;
using catalog::TableDefinition;

constexpr algebra::FunctionId kCollationKey{kFamily, op::kCollationKey};

const ScopeColumn* find_column(const Scope& scope, std::string_view field) {
  for (const ScopeColumn& column : scope.columns()) {
    if (column.original_name == field) return &column;
  }
  return nullptr;
}

// A column whose values compare as keys do.
std::optional<KeyPart> part_of_field(const Scope& scope, std::string_view field) {
  const ScopeColumn* const column = find_column(scope, field);
  if (column == nullptr || !compares_as_it_is(column->typed.type)) return std::nullopt;
  return KeyPart{.column = column};
}

std::optional<std::string_view> own_field_of_row(const algebra::Call& call, algebra::VarId row) {
  const auto access = sql::field_of(call);
  if (!access) return std::nullopt;
  const algebra::Var* const variable = variable_of(access->object);
  if (variable == nullptr || variable->id != row) return std::nullopt;
  return access->name;
}

// The field of `row` that an expression of any dialect is.
std::optional<std::string_view> field_of_row(const ExprPtr& expression, algebra::VarId row) {
  const auto* const call = std::get_if<algebra::Call>(&expression->node);
  if (call == nullptr) return std::nullopt;
  if (call->function.family == kFamily) return own_field_of_row(*call, row);
  const function::Family* const family = function::find_family(call->function.family);
  if (family == nullptr || family->field_of == nullptr) return std::nullopt;
  const auto access = family->field_of(*call);
  if (!access) return std::nullopt;
  const algebra::Var* const variable = variable_of(access->object);
  if (variable == nullptr || variable->id != row) return std::nullopt;
  return access->name;
}

class IndexReader {
 public:
  explicit IndexReader(const Scope& scope) : scope_(scope) {}

  std::optional<StoredKey> read(const IndexDefinition& index) const {
    if (!index.ready || index.kind != catalog::kOrderedIndex || has_option(index, "multi"))
      return std::nullopt;
    ByteReader reader(index.function);
    const auto function = algebra::decode(reader);
    if (!function) return std::nullopt;
    const auto* const lambda = std::get_if<algebra::Lambda>(&(*function)->node);
    if (lambda == nullptr || lambda->params.size() != 1) return std::nullopt;
    StoredKey key{.index = index.id, .unique = index.unique};
    std::vector<ExprPtr> parts{lambda->body};
    if (const auto* array = std::get_if<algebra::MakeArray>(&lambda->body->node)) {
      parts = array->elements;
    }
    for (const ExprPtr& part : parts) {
      auto read = read_part(part, lambda->params.front());
      if (!read) break;
      key.parts.push_back(*read);
    }
    // A key of several parts may be asked for by its first ones.
    if (key.parts.empty()) return std::nullopt;
    key.count = parts.size();
    key.misses_nulls = !has_option(index, "nulls") && !are_never_null(key);
    return key;
  }

 private:
  static bool has_option(const IndexDefinition& index, std::string_view name) {
    const value::Value* const option = index.options.find(name);
    return option != nullptr && *option == value::Value::boolean(true);
  }
  static bool are_never_null(const StoredKey& key) {
    return key.parts.size() == key.count &&
           std::ranges::none_of(
               key.parts, [](const KeyPart& part) { return part.column->typed.type.nullable; });
  }

  std::optional<KeyPart> read_part(const ExprPtr& part, algebra::VarId row) const {
    if (const auto field = field_of_row(part, row)) return part_of_field(scope_, *field);
    const auto* const call = std::get_if<algebra::Call>(&part->node);
    if (call == nullptr || call->function != kCollationKey || call->args.size() != 2) {
      return std::nullopt;
    }
    const auto field = field_of_row(call->args[0], row);
    const ScopeColumn* const column = field ? find_column(scope_, *field) : nullptr;
    if (column == nullptr || !is_collation_of(call->args[1], *column)) return std::nullopt;
    return KeyPart{.column = column, .by_comparison = true};
  }

  const Scope& scope_;
};

std::optional<StoredKey> primary_key(const TableDefinition& table, const Scope& scope) {
  StoredKey key{.unique = true};
  if (table.key_columns.size() > 1) {
    for (const ColumnId id : table.key_columns) {
      const catalog::ColumnDefinition* const column = table.find_column(id);
      auto part = column == nullptr ? std::nullopt : part_of_field(scope, column->name);
      if (!part) break;
      key.parts.push_back(*part);
    }
    key.count = table.key_columns.size();
  } else {
    key.count = 1;
    if (const auto part = part_of_field(scope, table.primary_key)) key.parts.push_back(*part);
  }
  if (key.parts.empty()) return std::nullopt;
  return key;
}

}  // namespace

Result<value::Value> KeyPart::key_of(const value::Value& value, const CallContext& calls) const {
  if (!by_comparison) return value;
  TRY(const ExprPtr key, comparison_key(typed_constant(value, column->typed.type), calls));
  return compute(key, calls);
}

bool is_unique_key(const catalog::TableDefinition* table, std::optional<IndexId> index) {
  if (!index) return true;
  const catalog::IndexDefinition* const found =
      table == nullptr ? nullptr : table->find_index(*index);
  return found != nullptr && found->unique;
}

std::vector<std::string> key_columns_of(const TableDefinition& table,
                                        std::optional<IndexId> index) {
  std::vector<ColumnId> ids;
  if (index) {
    const IndexDefinition* const found = table.find_index(*index);
    if (found == nullptr) return {};
    for (const catalog::IndexPart& part : found->parts) ids.push_back(part.column);
  } else if (table.key_columns.size() > 1) {
    ids = table.key_columns;
  } else {
    return {table.primary_key};
  }
  std::vector<std::string> names;
  for (const ColumnId id : ids) {
    const catalog::ColumnDefinition* const column = table.find_column(id);
    if (column == nullptr) return {};
    names.push_back(column->name);
  }
  return names;
}

std::vector<StoredKey> keys_of(const TableDefinition& table, const Scope& scope) {
  std::vector<StoredKey> keys;
  if (auto primary = primary_key(table, scope)) keys.push_back(*std::move(primary));
  const IndexReader reader(scope);
  for (const IndexDefinition& index : table.indexes) {
    if (auto key = reader.read(index)) keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace octavo::sql
