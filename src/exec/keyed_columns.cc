#include "exec/keyed_columns.h"

#include <algorithm>
#include <utility>

#include "exec/sort_keys.h"
#include "value/order_key.h"

namespace octavo::exec {

using value::Value;

Result<std::unique_ptr<KeyedColumns>> KeyedColumns::make(const algebra::PlanPtr& plan,
                                                         Wanted wanted,
                                                         const OperatorContext& context) {
  FieldScan::Wanted of_scan{.lambdas = {},
                            .columns = std::move(wanted.columns),
                            .documents = false,
                            .row_fields = Need(),
                            .any_rows = true};
  for (const algebra::ExprPtr& key : wanted.keys) {
    of_scan.lambdas.push_back({key, function::Shape::typed});
  }
  TRY(auto scan, FieldScan::make(plan, of_scan, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<KeyedColumns>(std::move(scan), std::move(wanted));
}

Result<bool> KeyedColumns::next() {
  TRY(const bool more, scan_->next());
  if (!more) return false;
  integers_ = wanted_.integers ? find_integers() : nullptr;
  if (integers_ == nullptr) TRY_STATUS(make_keys());
  return true;
}

const function::Operand* KeyedColumns::find_integers() const {
  if (wanted_.key_column || wanted_.keys.size() != 1) return nullptr;
  const function::Operand* const computed = scan_->result(0);
  const bool fits = computed != nullptr && scan_->shape(0) == function::Shape::typed &&
                    computed->form == function::Form::integer;
  if (!fits) return nullptr;
  if (computed->states == nullptr) return computed;
  const bool any_deferred = std::ranges::any_of(scan_->rows(), [&](std::uint16_t row) {
    return computed->states[row] == function::kDeferred;
  });
  return any_deferred ? nullptr : computed;
}

Status KeyedColumns::make_keys() {
  keys_.clear();
  ends_.clear();
  for (const std::uint16_t row : scan_->rows()) {
    TRY(const bool has_key, append_key(row));
    ends_.push_back({keys_.size(), has_key});
  }
  return {};
}

Result<bool> KeyedColumns::append_key(std::uint16_t row) {
  if (wanted_.key_column) {
    const value::Vector& column = scan_->column(*wanted_.key_column);
    if (column.absence(row)) return false;
    TRY(const Value key, column.at(row));
    value::encode_order_key(key, wanted_.order, keys_);
    return true;
  }
  for (std::size_t i = 0; i < wanted_.keys.size(); ++i) {
    TRY(const bool is_there, append_part(i, row));
    if (!is_there) return false;
  }
  return true;
}

Result<bool> KeyedColumns::append_part(std::size_t part, std::uint16_t row) {
  const function::Operand* const computed = scan_->result(part);
  const function::State state = computed == nullptr ? function::kDeferred : computed->state(row);
  if (state == function::kPresent) {
    exec::append_key(wanted_.order, *computed, row, keys_);
    return true;
  }
  if (state != function::kDeferred) return false;
  TRY(const auto value, scan_->value_of(part, row));
  if (!value || value->is_null()) return false;
  value::encode_order_key(*value, wanted_.order, keys_);
  return true;
}

Result<Value> KeyedColumns::key_value(std::size_t i) {
  TRY(auto value, scan_->value_of(0, scan_->rows()[i]));
  return value ? *std::move(value) : Value();
}

bool gives_columns(const algebra::Plan& plan) {
  const algebra::Plan* below = &plan;
  while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
    below = filter->input.get();
  }
  if (const auto* const join = std::get_if<algebra::Join>(&below->node)) {
    return gives_columns(*join->left) || gives_columns(*join->right);
  }
  if (const auto* const join = std::get_if<algebra::LookupJoin>(&below->node)) {
    return gives_columns(*join->outer);
  }
  const auto* const scan = std::get_if<algebra::Scan>(&below->node);
  return scan != nullptr && std::holds_alternative<algebra::KeyRange>(scan->keys);
}

}  // namespace octavo::exec
