#include "layout/row/row_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "layout/row/fit.h"
#include "value/account.h"

namespace octavo::layout {
namespace {

using catalog::ColumnDefinition;
using catalog::Generated;
using value::Value;
using Kind = catalog::Violation::Kind;

Result<algebra::ExprPtr> opened(const Bytes& encoded) {
  if (encoded.empty()) return algebra::ExprPtr();
  ByteReader reader(encoded);
  return function::open_function(reader);
}

Expected<Value, Broken> evaluate(const algebra::ExprPtr& lambda, const Value& row,
                                 function::EvalContext& context) {
  auto value = function::evaluate_lambda(lambda, {&row, 1}, context);
  if (!value) return std::unexpected(Broken{std::move(value).error(), std::nullopt});
  return *std::move(value);
}

std::string_view why(Kind kind) {
  switch (kind) {
    case Kind::not_null: return "it takes no null";
    case Kind::no_default: return "it was left out, and nothing fills it";
    case Kind::wrong_type: return "it is of another type";
    case Kind::out_of_range: return "the value is out of its range";
    case Kind::too_long: return "the value is too long";
    case Kind::no_column: return "the table has no such column";
    case Kind::no_number_left: return "there are no numbers left";
    case Kind::duplicate: return "another row has the same key";
    case Kind::check: return "its condition is false";
  }
  return "";
}

// Whether a condition lets a row pass: what is unknown does.
bool holds(const Value& truth) {
  switch (truth.type()) {
    case value::Type::boolean: return truth.as_boolean();
    case value::Type::int64: return truth.as_int64() != 0;
    case value::Type::uint64:
    case value::Type::float64:
    case value::Type::decimal: return truth.to_double() != 0;
    default: return true;
  }
}

}  // namespace

Result<std::shared_ptr<const RowRules>> RowRules::make(TableDefinitionPtr table) {
  const value::Account::Use nobody(nullptr);  // kept for everyone
  std::shared_ptr<RowRules> rules(new RowRules(std::move(table)));
  for (const ColumnDefinition& column : rules->table_->columns) {
    ColumnRule rule{.column = &column, .fallback = {}, .generated = {}};
    TRY(rule.fallback, opened(column.default_value));
    TRY(rule.generated, opened(column.generated_value));
    rules->columns_.push_back(std::move(rule));
  }
  for (const catalog::CheckDefinition& check : rules->table_->checks) {
    if (!check.enforced) continue;
    TRY(auto condition, opened(check.condition));
    rules->checks_.push_back({&check, std::move(condition)});
  }
  return std::shared_ptr<const RowRules>(std::move(rules));
}

std::unexpected<Broken> RowRules::broken(const ColumnDefinition& column, Kind kind,
                                         Value given) const {
  catalog::Violation violation;
  violation.kind = kind;
  violation.table = table_->id;
  violation.column = column.id;
  violation.value = std::move(given);
  const Code code = kind == Kind::no_number_left ? Code::out_of_range : Code::invalid_argument;
  return std::unexpected(Broken{{code, fmt::format("Constraint `{}` of table `{}` is violated: {}.",
                                                   column.name, table_->name, why(kind))},
                                std::move(violation)});
}

Expected<Value, Broken> RowRules::filled(const ColumnRule& rule, const Value& row,
                                         function::EvalContext& context, Numbers* numbers) const {
  const ColumnDefinition& column = *rule.column;
  if (column.default_now) return time_of_statement(*column.type, context.now_ns);
  if (rule.fallback != nullptr) return evaluate(rule.fallback, row, context);
  if (column.auto_increment && numbers != nullptr) {
    const auto number = numbers->take(*table_, column, 1);
    if (number) return Value::uint64(*number);
    if (number.error().code != Code::out_of_range) {
      return std::unexpected(Broken{number.error(), std::nullopt});
    }
    return broken(column, Kind::no_number_left, {});
  }
  if (column.nullable) return Value::null();
  return broken(column, Kind::no_default, {});
}

Expected<Value, Broken> RowRules::fitting(const ColumnRule& rule, Value given) const {
  const ColumnDefinition& column = *rule.column;
  if (given.is_null()) {
    if (column.nullable) return given;
    return broken(column, Kind::not_null, {});
  }
  if (value::conforms(*column.type, given)) return given;
  given = fit(*column.type, std::move(given));
  if (value::conforms(*column.type, given)) return given;
  const Kind kind = why_not(*column.type, given);
  return broken(column, kind, std::move(given));
}

std::optional<Broken> RowRules::pass_number(const ColumnRule& rule, const Value& given,
                                            Numbers* numbers) const {
  if (!rule.column->auto_increment || numbers == nullptr || !given.is_number()) return std::nullopt;
  const auto number =
      given.type() == value::Type::uint64
          ? given.as_uint64()
          : static_cast<std::uint64_t>(std::max<std::int64_t>(given.to_int64().value_or(0), 0));
  Status passed = numbers->passed(*table_, *rule.column, number);
  if (passed) return std::nullopt;
  return Broken{std::move(passed).error(), std::nullopt};
}

std::optional<Broken> RowRules::check_names(const Value& row) const {
  if (table_->open) return std::nullopt;
  for (const value::Field& field : row.as_object()) {
    if (table_->find_column(field.name) != nullptr) continue;
    catalog::Violation violation;
    violation.kind = Kind::no_column;
    violation.table = table_->id;
    violation.value = Value::string(field.name);
    return Broken{{Code::invalid_argument,
                   fmt::format("Constraint `{}` of table `{}` is violated: {}.",
                               std::string_view(field.name), table_->name, why(Kind::no_column))},
                  std::move(violation)};
  }
  return std::nullopt;
}

std::optional<Broken> RowRules::check_conditions(const Value& row,
                                                 function::EvalContext& context) const {
  for (const CheckRule& rule : checks_) {
    auto truth = evaluate(rule.condition, row, context);
    if (!truth) return std::move(truth).error();
    if (holds(*truth)) continue;
    catalog::Violation violation;
    violation.kind = Kind::check;
    violation.table = table_->id;
    violation.check = rule.check->id;
    return Broken{
        {Code::invalid_argument, fmt::format("Constraint `{}` of table `{}` is violated: {}.",
                                             rule.check->name, table_->name, why(Kind::check))},
        std::move(violation)};
  }
  return std::nullopt;
}

bool RowRules::differs(const Value& before, const Value& after, const ColumnDefinition& but) const {
  return std::ranges::any_of(columns_, [&](const ColumnRule& rule) {
    if (rule.column == &but) return false;
    const Value* was = before.find(rule.column->name);
    const Value* is = after.find(rule.column->name);
    return was == nullptr || is == nullptr ? was != is : !(*was == *is);
  });
}

Expected<Value, Broken> RowRules::apply(const Value* before, Value after,
                                        function::EvalContext& context, Numbers* numbers) const {
  if (auto unknown = check_names(after)) return std::unexpected(*std::move(unknown));
  // Nothing is copied for a row that is as it has to be.
  const auto put = [&](const ColumnRule& rule, Value value) {
    const Value* is = after.find(rule.column->name);
    if (is != nullptr && is->type() == value.type() && *is == value) return;
    value::ObjectBuilder builder(after);
    builder.set(rule.column->name, std::move(value));
    after = std::move(builder).build();
  };
  for (const ColumnRule& rule : columns_) {
    if (rule.column->generated != Generated::no) continue;
    const Value* given = after.find(rule.column->name);
    TRY(Value value,
        given != nullptr ? Expected<Value, Broken>(*given) : filled(rule, after, context, numbers));
    TRY(value, fitting(rule, std::move(value)));
    if (given != nullptr) {
      if (auto lost = pass_number(rule, value, numbers)) return std::unexpected(*std::move(lost));
    }
    put(rule, std::move(value));
  }
  for (const ColumnRule& rule : columns_) {
    if (!rule.column->update_now || before == nullptr) continue;
    const Value* was = before->find(rule.column->name);
    const Value* is = after.find(rule.column->name);
    const bool written = was == nullptr || is == nullptr || !(*was == *is);
    if (written || !differs(*before, after, *rule.column)) continue;
    put(rule, time_of_statement(*rule.column->type, context.now_ns));
  }
  for (const ColumnRule& rule : columns_) {
    if (rule.column->generated != Generated::stored) continue;
    TRY(Value value, evaluate(rule.generated, after, context));
    TRY(value, fitting(rule, std::move(value)));
    put(rule, std::move(value));
  }
  if (auto unmet = check_conditions(after, context)) return std::unexpected(*std::move(unmet));
  return after;
}

Result<std::shared_ptr<const RowRules>> RuleSets::of(const TableDefinitionPtr& table) {
  if (!table->declared()) return std::shared_ptr<const RowRules>();
  const MutexLock lock(mutex_);
  auto& made = made_[raw(table->id)];
  if (made == nullptr || made->table() != table) {
    TRY(made, RowRules::make(table));
  }
  return made;
}

const Value* key_of(const catalog::TableDefinition& table, const Value& row) {
  const Value* key = row.find(table.primary_key);
  return key == nullptr || key->is_null() ? nullptr : key;
}

}  // namespace octavo::layout
