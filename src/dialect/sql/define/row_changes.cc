#include "dialect/sql/define/row_changes.h"

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "dialect/sql/define/expressions.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/store.h"
#include "function/family.h"

namespace octavo::sql {
namespace {

using catalog::CheckDefinition;
using catalog::ColumnDefinition;
using catalog::Generated;
using catalog::IndexDefinition;
using catalog::TableDefinition;
using value::Kind;
using value::LogicalType;
using value::Value;

// Whether every value of `before` is one of `after`, in the same form.
bool is_wider(const LogicalType& before, const LogicalType& after) {
  LogicalType same = after;
  switch (before.kind) {
    case Kind::text:
    case Kind::bytes:
      if (after.extent == value::Extent::fixed && before.length != after.length) return false;
      if (before.extent != after.extent || before.length > after.length) return false;
      same.length = before.length;
      break;
    case Kind::integer:
      if (before.bits > after.bits) return false;
      same.bits = before.bits;
      same.shown_width = before.shown_width;
      same.zerofill = before.zerofill;
      break;
    case Kind::enumeration:
      if (before.members.size() > after.members.size() ||
          !std::equal(before.members.begin(), before.members.end(), after.members.begin())) {
        return false;
      }
      same.members = before.members;
      break;
    default: break;
  }
  return before == same;
}

bool is_filled(const ColumnDefinition& column) {
  return !column.nullable || column.default_now || !column.default_value.empty() ||
         column.generated == Generated::stored;
}

bool concerns_rows(const ColumnDefinition& before, const ColumnDefinition& after) {
  return before.name != after.name || (before.nullable && !after.nullable) ||
         before.generated != after.generated ||
         (after.generated == Generated::stored &&
          before.generated_value != after.generated_value) ||
         !is_wider(*before.type, *after.type);
}

bool is_new_condition(const TableDefinition& before, const CheckDefinition& check) {
  const auto old = std::ranges::find(before.checks, check.id, &CheckDefinition::id);
  return check.enforced && (old == before.checks.end() || !old->enforced);
}

bool is_new_unique(const TableDefinition& before, const IndexDefinition& index) {
  return index.unique && before.find_index(index.id) == nullptr;
}

// A field of the new row, and how it comes from the old one.
struct Conversion {
  std::string from, to;       // `from` empty: from no field
  algebra::ExprPtr function;  // row → value; null: the value as it is
  bool nullable = true;
};

// Whether rows that are there need a value that nobody gives: the column is new, takes no null and
// has no default.
bool is_filled_implicitly(const ColumnDefinition& column) {
  return !column.nullable && !column.hidden && !column.auto_increment && !column.default_now &&
         column.default_value.empty() && column.generated == Generated::no;
}

// What it has in such rows. That a day of zeros is none is an error of the row, where the mode says
// so, and none of a table without rows.
Result<algebra::ExprPtr> implicit_value(const ColumnDefinition& column,
                                        const DefineContext& context) {
  const Kind kind = column.type->kind;
  algebra::ExprPtr value = algebra::constant(implicit_default(*column.type));
  if (kind == Kind::date || kind == Kind::datetime || kind == Kind::timestamp) {
    const Type type = column_type(column.type, false);
    const std::string_view zeros = kind == Kind::date ? "0000-00-00" : "0000-00-00 00:00:00";
    const Type text =
        text_type(*context.session.collation, static_cast<std::uint32_t>(zeros.size()));
    TRY(const Typed stored,
        bind_store(typed_constant(Value::string(zeros), text), type, column.name,
                   store_rule(context.session, false), context.calls()));
    value = stored.expression;
  }
  return algebra::lambda({kRowVariable}, std::move(value));
}

Value made(const std::vector<Conversion>& conversions, const Value& row,
           function::EvalContext& context, Status& failed) {
  value::ObjectBuilder out;
  for (const Conversion& conversion : conversions) {
    const bool fills = conversion.from.empty();
    const Value* field = fills ? nullptr : row.find(conversion.from);
    if (field == nullptr && !fills) continue;
    Value value = fills ? Value() : *field;
    if (conversion.function != nullptr && (fills || !value.is_null())) {
      auto converted = function::evaluate_lambda(conversion.function, {&row, 1}, context);
      if (!converted) {
        failed = fail(std::move(converted).error());
        return {};
      }
      value = *std::move(converted);
    }
    if (value.is_null() && !conversion.nullable) {
      failed = error<1138>();
      return {};
    }
    out.append(conversion.to, std::move(value));
  }
  return std::move(out).build();
}

}  // namespace

bool concerns_rows(const TableDefinition& before, const TableDefinition& after) {
  if (before.primary_key != after.primary_key || before.key_columns != after.key_columns) {
    return true;
  }
  for (const ColumnDefinition& column : before.columns) {
    const ColumnDefinition* now = after.find_column(column.id);
    if (now == nullptr ? column.generated != Generated::read : concerns_rows(column, *now)) {
      return true;
    }
  }
  return std::ranges::any_of(after.columns,
                             [&](const ColumnDefinition& column) {
                               return before.find_column(column.id) == nullptr && is_filled(column);
                             }) ||
         std::ranges::any_of(after.checks,
                             [&](const auto& check) { return is_new_condition(before, check); }) ||
         std::ranges::any_of(after.indexes,
                             [&](const auto& index) { return is_new_unique(before, index); });
}

Result<catalog::RowsMoved> row_changes(const TableDefinition& before, const TableDefinition& after,
                                       const DefineContext& context) {
  auto conversions = std::make_shared<std::vector<Conversion>>();
  for (const ColumnDefinition& column : after.columns) {
    const ColumnDefinition* old = before.find_column(column.id);
    if (old == nullptr && is_filled_implicitly(column)) {
      TRY(algebra::ExprPtr function, implicit_value(column, context));
      conversions->push_back({.from = {}, .to = column.name, .function = std::move(function)});
      continue;
    }
    // What is computed is computed again.
    if (old == nullptr || column.generated != Generated::no || old->generated == Generated::read ||
        old->hidden != column.hidden) {
      continue;
    }
    Conversion conversion{
        .from = old->name, .to = column.name, .function = {}, .nullable = column.nullable};
    if (!is_wider(*old->type, *column.type)) {
      TRY(const Typed stored,
          bind_store(column_of_row(*old), column_type(column.type, true), column.name,
                     store_rule(context.session, false), context.calls()));
      conversion.function = algebra::lambda({kRowVariable}, stored.expression);
    }
    conversions->push_back(std::move(conversion));
  }
  catalog::RowsMoved moved{.from = before.id, .to = after.id, .made = {}};
  moved.made = [conversions, evaluation = &context.constants](const Value& row) -> Result<Value> {
    Status failed;
    Value value = made(*conversions, row, *evaluation, failed);
    if (!failed) return fail(std::move(failed).error());
    return value;
  };
  return moved;
}

}  // namespace octavo::sql
