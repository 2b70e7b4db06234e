// Group over what a FieldScan reads: programs compute what they can for a batch of rows at once;
// the rest is the interpreter's, row by row. Where all that is wanted of a batch is computed, its
// rows are added group by group.

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "exec/field_scan.h"
#include "exec/group_table.h"
#include "exec/operators.h"
#include "value/document.h"

namespace octavo::exec {
namespace {

using function::Form;
using function::Operand;
using function::Shape;
using value::Value;

// The groups of keys that were met, by the bytes of those as they lie: what differs in them may be
// one group all the same.
class KnownGroups {
 public:
  using Number = GroupTable::Number;

  explicit KnownGroups(QueryContext& query) : memory_(query), keys_(query) {}

  // The group of the key that `bytes` are; nothing: not known.
  std::optional<Number> find(std::string_view bytes) const {
    const auto key = keys_.find(bytes);
    return key ? std::optional(groups_[*key]) : std::nullopt;
  }
  // Unless there are many, or the query cannot have the memory.
  void add(std::string_view bytes, Number group) {
    if (keys_.size() == kMost || !memory_.add(kEntryBytes) || !keys_.add(bytes)) return;
    groups_.push_back(group);
  }

 private:
  static constexpr KeyIndex::Number kMost = 1'000'000;
  static constexpr std::size_t kEntryBytes = 4 * sizeof(Number);  // with RowsOfGroups' place

  MemoryCharge memory_;
  KeyIndex keys_;
  std::vector<Number> groups_;  // of each key
};

// The rows of a batch by their groups, in the order in which those are met.
class RowsOfGroups {
 public:
  using Number = GroupTable::Number;

  void add(Number group, std::uint16_t row) {
    if (group >= places_.size()) {
      places_.resize(std::max<std::size_t>(std::size_t{group} + 1, 2 * places_.size()), kNone);
    }
    if (places_[group] == kNone) {
      places_[group] = static_cast<std::uint32_t>(groups_.size());
      groups_.push_back({group, 0});
    }
    ++groups_[places_[group]].rows;
    rows_.push_back({places_[group], row});
  }

  // `take(group, rows)` for each group. They are forgotten.
  template <class Take>
  Status take(const Take& take) {
    ends_.assign(groups_.size() + 1, 0);
    for (std::size_t i = 0; i < groups_.size(); ++i) ends_[i + 1] = ends_[i] + groups_[i].rows;
    sorted_.resize(rows_.size());
    for (const Row& row : rows_) sorted_[ends_[row.place]++] = row.row;
    Status taken;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      places_[groups_[i].number] = kNone;
      const std::size_t begin = ends_[i] - groups_[i].rows;
      if (taken)
        taken = take(groups_[i].number, std::span(sorted_).subspan(begin, groups_[i].rows));
    }
    groups_.clear();
    rows_.clear();
    return taken;
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Group {
    Number number;
    std::size_t rows;
  };
  struct Row {
    std::uint32_t place;  // of its group
    std::uint16_t row;
  };

  std::vector<std::uint32_t> places_;  // of each group of the table, in `groups_`
  std::vector<Group> groups_;
  std::vector<Row> rows_;
  std::vector<std::size_t> ends_;
  std::vector<std::uint16_t> sorted_;
};

template <class T>
void put_raw(const Operand& operand, std::size_t row, std::string& out) {
  const T raw = operand.as<T>()[row];
  char bytes[sizeof(T)];
  std::memcpy(bytes, static_cast<const void*>(&raw), sizeof raw);
  out.append(bytes, sizeof raw);
}

// Keys whose bytes are the same are the same.
void put_key(const Operand& operand, std::size_t row, std::string& out) {
  const bool is_there = operand.state(row) == function::kPresent;
  const Form form = is_there ? operand.form : Form::none;
  out.push_back(static_cast<char>(form));
  switch (form) {
    case Form::none: return;
    case Form::boolean: return put_raw<std::uint8_t>(operand, row, out);
    case Form::decimal: out.push_back(static_cast<char>(operand.scale)); [[fallthrough]];
    case Form::integer:
    case Form::time: return put_raw<std::int64_t>(operand, row, out);
    case Form::real: return put_raw<double>(operand, row, out);
    case Form::date: return put_raw<std::int32_t>(operand, row, out);
    case Form::instant: {
      const value::Timestamp& at = operand.as<value::Timestamp>()[row];
      put_le(out, static_cast<std::uint64_t>(at.seconds));
      put_le(out, at.nanoseconds);
      return put_le(out, static_cast<std::uint16_t>(at.zone_minutes));
    }
    case Form::text:
    case Form::bytes: {
      const std::string_view text = operand.as<value::StringRef>()[row].view();
      put_le(out, static_cast<std::uint32_t>(text.size()));
      out += text;
      return;
    }
  }
}

// The same of values, with what they have beside what is compared.
Status put_value_key(const Operand& operand, std::size_t row, std::string& out) {
  const bool is_there = operand.state(row) == function::kPresent;
  out.push_back(is_there ? 1 : 0);
  if (!is_there) return {};
  const std::size_t begin = out.size();
  put_le(out, std::uint32_t{0});
  TRY_STATUS(value::encode_document(operand.as<Value>()[row], out));
  const std::size_t size = out.size() - begin - sizeof(std::uint32_t);
  store_le(out.data() + begin, static_cast<std::uint32_t>(size));
  return {};
}

class FieldGroupOperator final : public Operator {
 public:
  // `arguments`: of each aggregate that has one, its place among the scan's lambdas. The keys are
  // the first of those. `by_groups`: whether rows may be added group by group.
  FieldGroupOperator(const algebra::Group& group, std::vector<std::optional<std::size_t>> arguments,
                     bool by_groups, std::unique_ptr<FieldScan> scan,
                     const OperatorContext& context)
      : group_(group),
        arguments_(std::move(arguments)),
        by_groups_(by_groups),
        table_(group_, context),
        known_(context.query),
        scan_(std::move(scan)) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (scan_ != nullptr) TRY_STATUS(fill());
    return table_.take(max_rows, out);
  }

 private:
  Status fill() {
    TRY(all_, table_.begin());
    scan_->read_ahead();
    for (bool more = true; more;) {
      TRY(more, scan_->next());
      if (more) TRY_STATUS(add_rows());
    }
    scan_.reset();
    return {};
  }

  Status add_rows() {
    if (by_groups_ && all_are_computed()) return add_by_groups();
    if (all_ != nullptr && group_.aggregates.size() == 1 && add_at_once()) return {};
    for (const std::uint16_t row : scan_->rows()) TRY_STATUS(add(row));
    return {};
  }

  // One aggregate without keys, if no row needs the interpreter.
  bool add_at_once() {
    if (group_.aggregates.front().kind == algebra::AggregateKind::function) return false;
    Accumulator& into = all_->front();
    if (!arguments_.front()) {
      return into.add_rows(scan_->rows().size()).has_value();  // of what is no function: always
    }
    const function::Operand* const result = scan_->result(*arguments_.front());
    if (result == nullptr || scan_->shape(*arguments_.front()) != Shape::number) return false;
    const auto needs_interpreter = [&](std::uint16_t row) {
      return result->state(row) == function::kDeferred || result->state(row) == function::kNull;
    };
    if (result->states != nullptr && std::ranges::any_of(scan_->rows(), needs_interpreter)) {
      return false;
    }
    const auto* const numbers = result->as<double>();
    for (const std::uint16_t row : scan_->rows()) {
      if (result->state(row) == function::kPresent) into.add_number(numbers[row]);
    }
    return true;
  }

  // Whether no row needs the interpreter.
  bool all_are_computed() const {
    const std::size_t lambdas =
        group_.keys.size() + static_cast<std::size_t>(std::ranges::count_if(
                                 arguments_, [](const auto& place) { return place.has_value(); }));
    for (std::size_t i = 0; i < lambdas; ++i) {
      const Operand* const result = scan_->result(i);
      if (result == nullptr) return false;
      if (result->states == nullptr) continue;
      for (const std::uint16_t row : scan_->rows()) {
        if (result->state(row) == function::kDeferred) return false;
      }
    }
    return true;
  }

  Status add_by_groups() {
    if (group_.keys.empty()) return add_to(*all_, scan_->rows());
    last_.reset();
    for (const std::uint16_t row : scan_->rows()) TRY_STATUS(place(row));
    return by_group_.take([this](GroupTable::Number group, std::span<const std::uint16_t> rows) {
      return add_to(table_[group], rows);
    });
  }

  // Puts a row to those of its group, or adds it where that is not held.
  Status place(std::uint16_t row) {
    key_.clear();
    for (std::size_t i = 0; i < group_.keys.size(); ++i) {
      if (scan_->shape(i) == Shape::any) {
        TRY_STATUS(put_value_key(*scan_->result(i), row, key_));
      } else {
        put_key(*scan_->result(i), row, key_);
      }
    }
    // Rows of one group often follow each other.
    if (!last_ || key_ != last_key_) {
      last_ = known_.find(key_);
      if (!last_) {
        TRY(last_, add_group(row));
      }
      last_key_ = key_;
    }
    if (!last_) return add(row);
    by_group_.add(*last_, row);
    return {};
  }

  // Nothing: rows of the group are added one by one.
  Result<std::optional<GroupTable::Number>> add_group(std::uint16_t row) {
    std::vector<Value> keys;
    for (std::size_t i = 0; i < group_.keys.size(); ++i) {
      TRY(std::optional<Value> key, scan_->value_of(i, row));
      keys.push_back(std::move(key).value_or(Value()));
    }
    TRY(const auto group, table_.group_of(group_key(std::move(keys))));
    if (group) known_.add(key_, *group);
    return group;
  }

  Status add_to(GroupTable::Accumulators& into, std::span<const std::uint16_t> rows) {
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (!arguments_[i]) {
        TRY_STATUS(into[i].add_rows(rows.size()));
        continue;
      }
      TRY_STATUS(
          into[i].add_rows(*scan_->result(*arguments_[i]), scan_->shape(*arguments_[i]), rows));
    }
    return {};
  }

  Status add(std::uint16_t row) {
    return table_.add_row([&](std::size_t i) { return scan_->value_of(i, row); },
                          [&](std::size_t i) { return scan_->value_of(*arguments_[i], row); });
  }

  algebra::Group group_;
  std::vector<std::optional<std::size_t>> arguments_;
  bool by_groups_;
  GroupTable table_;
  KnownGroups known_;
  RowsOfGroups by_group_;
  std::string key_;
  std::string last_key_;  // of the group `last_`
  std::optional<GroupTable::Number> last_;
  GroupTable::Accumulators* all_ = nullptr;  // of the one group where there are no keys
  std::unique_ptr<FieldScan> scan_;          // null when it is read
};

std::optional<Shape> wanted_of(const algebra::Aggregate& aggregate) {
  switch (aggregate.kind) {
    case algebra::AggregateKind::sum:
    case algebra::AggregateKind::average: return Shape::number;
    case algebra::AggregateKind::count:
    case algebra::AggregateKind::minimum:
    case algebra::AggregateKind::maximum:
    case algebra::AggregateKind::function: return Shape::any;
  }
  return std::nullopt;
}

bool is_plain(const algebra::ExprPtr& lambda) {
  const function::Family* const family = function::find_family(function::family_of(lambda));
  return family != nullptr && family->reads_plainly;
}

}  // namespace

Result<OperatorPtr> make_field_group(const algebra::Group& group, const OperatorContext& context) {
  FieldScan::Wanted wanted{.lambdas = {},
                           .columns = {},
                           .documents = false,
                           .row_fields = Need(),
                           .functions = true,
                           .needs = FieldScan::Wanted::Needs::program};
  bool by_groups = !group.rollup;
  for (const algebra::ExprPtr& key : group.keys) {
    const bool plain = is_plain(key);
    wanted.lambdas.push_back({key, plain ? Shape::typed : Shape::any});
  }
  std::vector<std::optional<std::size_t>> arguments;
  for (const algebra::Aggregate& aggregate : group.aggregates) {
    auto& place = arguments.emplace_back();
    if (aggregate.argument == nullptr) continue;
    const bool plain = is_plain(aggregate.argument);
    by_groups =
        by_groups && !aggregate.required && aggregate.kind == algebra::AggregateKind::function;
    place = wanted.lambdas.size();
    wanted.lambdas.push_back(
        {aggregate.argument, plain ? std::optional(Shape::typed) : wanted_of(aggregate)});
  }
  TRY(auto scan, FieldScan::make(group.input, wanted, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<FieldGroupOperator>(group, std::move(arguments), by_groups,
                                              std::move(scan), context);
}

}  // namespace octavo::exec
