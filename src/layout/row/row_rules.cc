#include "layout/row/row_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "layout/row/fit.h"
#include "value/account.h"
#include "value/maker.h"

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
    case Kind::no_parent: return "the row that it refers to is not there";
    case Kind::has_children: return "other rows refer to it";
    case Kind::too_deep: return "too many rows refer to each other";
    case Kind::taken_by_child: return "a row that refers to it would get a key that another has";
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

// A row on its way. Nothing is copied for one that is as it has to be.
class RowRules::Draft {
 public:
  explicit Draft(Value row) : row_(std::move(row)) {}

  // Rows have their columns in order in most cases: the field behind the last one found is tried.
  const Value* find(std::string_view name) const {
    if (builder_) return builder_->find(name);
    if (!row_.is_object()) return row_.find(name);
    const value::ObjectView fields = row_.as_object();
    if (next_ < fields.size() && fields[next_].name == name) return &fields[next_++].value;
    return row_.find(name);
  }
  void set(std::string_view name, Value value) {
    if (!builder_) builder_.emplace(row_);
    builder_->set(name, std::move(value));
  }
  void erase(std::string_view name) {
    if (find(name) == nullptr) return;
    if (!builder_) builder_.emplace(row_);
    builder_->erase(name);
  }
  // What is computed comes when all else is there: in most cases behind it.
  void set_computed(std::string_view name, Value value) {
    if (builder_ || find(name) != nullptr) return set(name, std::move(value));
    const value::ObjectView fields = row_.as_object();
    value::ObjectMaker maker(fields.size() + 1);
    for (const value::Field& field : fields) maker.append(field.name, field.value);
    maker.append(name, std::move(value));
    row_ = std::move(maker).finish();
  }
  const Value& value() {
    if (builder_) row_ = std::move(*builder_).build();
    builder_.reset();
    return row_;
  }

 private:
  Value row_;
  mutable std::size_t next_ = 0;  // of the fields of `row_`
  std::optional<value::ObjectBuilder> builder_;
};

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
  const std::vector<ColumnDefinition>& columns = table_->columns;
  std::size_t next = 0;  // the column that the field is of where rows have them in order
  for (const value::Field& field : row.as_object()) {
    if (next < columns.size() && columns[next].name == field.name) {
      ++next;
      continue;
    }
    const ColumnDefinition* const column = table_->find_column(field.name);
    if (column != nullptr) {
      next = static_cast<std::size_t>(column - columns.data()) + 1;
      continue;
    }
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

std::optional<Broken> RowRules::check_conditions(const Value& row, function::EvalContext& context,
                                                 std::string_view waived) const {
  for (const CheckRule& rule : checks_) {
    if (!waived.empty() && rule.check->name == waived) continue;
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

std::optional<Broken> RowRules::fill_and_fit(const ColumnRule& rule, Draft& row,
                                             function::EvalContext& context,
                                             Numbers* numbers) const {
  const ColumnDefinition& column = *rule.column;
  const Value* given = row.find(column.name);
  if (given != nullptr && !given->is_null() && value::conforms(*column.type, *given)) {
    return pass_number(rule, *given, numbers);
  }
  const bool was_given = given != nullptr;
  auto value =
      was_given ? Expected<Value, Broken>(*given) : filled(rule, row.value(), context, numbers);
  if (value) value = fitting(rule, *std::move(value));
  if (!value) return std::move(value).error();
  if (was_given && !value->is_null()) {
    if (auto lost = pass_number(rule, *value, numbers)) return lost;
  }
  row.set(column.name, *std::move(value));
  return std::nullopt;
}

std::optional<Broken> RowRules::compute(const ColumnRule& rule, Draft& row,
                                        function::EvalContext& context) const {
  const ColumnDefinition& column = *rule.column;
  if (column.generated == Generated::read) {
    row.erase(column.name);
    return std::nullopt;
  }
  auto value = evaluate(rule.generated, row.value(), context);
  if (value) value = fitting(rule, *std::move(value));
  if (!value) return std::move(value).error();
  row.set_computed(column.name, *std::move(value));
  return std::nullopt;
}

// A time that was written itself stays.
void RowRules::note_time(const ColumnRule& rule, const Value& before, Draft& row,
                         const function::EvalContext& context) const {
  const ColumnDefinition& column = *rule.column;
  const Value* was = before.find(column.name);
  const Value* is = row.find(column.name);
  if (was == nullptr || is == nullptr || !(*was == *is)) return;
  if (!differs(before, row.value(), column)) return;
  row.set(column.name, time_of_statement(*column.type, context.now_ns));
}

Expected<Value, Broken> RowRules::apply(const Value* before, Value after,
                                        function::EvalContext& context, Numbers* numbers,
                                        std::string_view waived) const {
  if (auto unknown = check_names(after)) return std::unexpected(*std::move(unknown));
  Draft row(std::move(after));
  for (const ColumnRule& rule : columns_) {
    if (rule.column->generated != Generated::no) continue;
    if (auto broken = fill_and_fit(rule, row, context, numbers)) {
      return std::unexpected(*std::move(broken));
    }
  }
  for (const ColumnRule& rule : columns_) {
    if (rule.column->update_now && before != nullptr) note_time(rule, *before, row, context);
  }
  for (const ColumnRule& rule : columns_) {
    if (rule.column->generated == Generated::no) continue;
    if (auto broken = compute(rule, row, context)) return std::unexpected(*std::move(broken));
  }
  if (auto unmet = check_conditions(row.value(), context, waived)) {
    return std::unexpected(*std::move(unmet));
  }
  return row.value();
}

bool has_rules(const catalog::TableDefinition& table) {
  return table.declared() || !table.checks.empty() ||
         std::ranges::any_of(table.indexes, &catalog::IndexDefinition::unique);
}

Result<std::shared_ptr<const RowRules>> RuleSets::of(const TableDefinitionPtr& table) {
  if (!has_rules(*table)) return std::shared_ptr<const RowRules>();
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
