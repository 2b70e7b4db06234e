#include "exec/read_by_values.h"

#include <algorithm>
#include <string>
#include <utility>

#include "exec/keyed_tables.h"
#include "exec/plain_fields.h"

namespace octavo::exec {
namespace {

using algebra::JoinKind;

// Of a value that is looked up: itself, and the ends of its range.
constexpr std::size_t kValueBytes = 128;

// Filters over rows of a table, which go over a scan of other rows of it.
const algebra::Plan& below_filters(const algebra::PlanPtr& plan) {
  const algebra::Plan* below = plan.get();
  while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
    below = filter->input.get();
  }
  return *below;
}
algebra::PlanPtr with_scan(const algebra::PlanPtr& plan, algebra::Scan scan) {
  const auto* const filter = std::get_if<algebra::Filter>(&plan->node);
  if (filter == nullptr) return algebra::make_plan(std::move(scan));
  return algebra::make_plan(algebra::Filter{.input = with_scan(filter->input, std::move(scan)),
                                            .predicate = filter->predicate});
}

// The whole of a table in any order; null: something else.
const algebra::Scan* scan_of_all(const algebra::Plan& plan) {
  const auto* const scan = std::get_if<algebra::Scan>(&plan.node);
  const auto* const range = scan == nullptr ? nullptr : std::get_if<algebra::KeyRange>(&scan->keys);
  const bool is_all = range != nullptr && !range->lower.value && !range->upper.value &&
                      !scan->index && !scan->order;
  return is_all ? scan : nullptr;
}

}  // namespace

Result<std::unique_ptr<KeyedColumns>> side_of_join(const algebra::Join& join, bool is_left,
                                                   std::vector<value::FieldRequest> columns,
                                                   const OperatorContext& context) {
  KeyedColumns::Wanted wanted{.keys = {},
                              .key_column = std::nullopt,
                              .order = join.order,
                              .columns = std::move(columns),
                              .integers = true};
  for (const algebra::JoinKey& key : join.keys) {
    wanted.keys.push_back(is_left ? key.left : key.right);
  }
  return KeyedColumns::make(is_left ? join.left : join.right, std::move(wanted), context);
}

ReadByValues::ReadByValues(const algebra::Join& join, std::vector<value::FieldRequest> columns,
                           const OperatorContext& context)
    : join_(join), columns_(std::move(columns)), context_(context), memory_(context.query) {
  const bool reads_matches =
      join.hold_left || join.kind == JoinKind::inner || join.kind == JoinKind::semi;
  if (!reads_matches || !context.query.may_wait || join.keys.size() != 1) return;
  is_of_use_ = plan_of({}) != nullptr;
  if (!is_of_use_) return;
  const auto& scan =
      std::get<algebra::Scan>(below_filters(reads_right() ? join.right : join.left).node);
  most_ = dynamic_cast<const KeyedTables&>(context.source).most_values(scan.table);
}

// Null: it is another plan, or its table has no such key.
algebra::PlanPtr ReadByValues::plan_of(std::vector<value::Value> values) const {
  const algebra::PlanPtr& side = reads_right() ? join_.right : join_.left;
  const algebra::JoinKey& keys = join_.keys.front();
  const algebra::Scan* const scan = scan_of_all(below_filters(side));
  const auto* const keyed = dynamic_cast<const KeyedTables*>(&context_.source);
  const std::vector<std::string> field = path_of_field(reads_right() ? keys.right : keys.left);
  if (scan == nullptr || keyed == nullptr || field.size() != 1) return nullptr;
  auto few = keyed->scan_of_values(scan->table, field.front(), std::move(values));
  return few ? with_scan(side, *std::move(few)) : nullptr;
}

void ReadByValues::give_up() {
  is_of_use_ = false;
  values_ = {};
}

void ReadByValues::note(std::int64_t key) {
  if (!is_of_use_) return;
  if (values_.size() < most_ && memory_.add(kValueBytes)) {
    values_.push_back(key);
  } else {
    give_up();
  }
}

void ReadByValues::note(const value::Value& key) {
  if (key.type() == value::Type::int64) {
    note(key.as_int64());
  } else {
    give_up();
  }
}

Result<std::unique_ptr<KeyedColumns>> ReadByValues::read() {
  if (values_.empty()) return nullptr;
  std::ranges::sort(values_);
  const auto again = std::ranges::unique(values_);
  values_.erase(again.begin(), again.end());
  std::vector<value::Value> keys;
  keys.reserve(values_.size());
  for (const std::int64_t each : values_) keys.push_back(value::Value::int64(each));
  values_ = {};
  algebra::PlanPtr plan = plan_of(std::move(keys));
  if (plan == nullptr) return nullptr;
  algebra::Join few = join_;
  (reads_right() ? few.right : few.left) = std::move(plan);
  return side_of_join(few, !reads_right(), columns_, context_);
}

}  // namespace octavo::exec
