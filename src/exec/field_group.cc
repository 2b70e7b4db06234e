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
#include "exec/integer_groups.h"
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

  // In two steps, as KeyIndex has it. Nothing: the key is not known.
  std::uint64_t begin_find(std::string_view bytes) const { return keys_.begin_find(bytes); }
  std::optional<Number> find(std::string_view bytes, std::uint64_t hash) const {
    const auto key = keys_.find(bytes, hash);
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
        integers_(context.query),
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
    if (group_.keys.empty()) return add_to_all();
    const bool integers = group_.keys.size() == 1 && scan_->shape(0) == Shape::typed &&
                          scan_->result(0)->form == Form::integer;
    TRY_STATUS(integers ? place_integers() : place_rows());
    return add_placed();
  }

  // Finds the groups of rows by integers, which lie in the table itself.
  Status place_integers() {
    const std::span<const std::uint16_t> rows = scan_->rows();
    const Operand& keys = *scan_->result(0);
    const auto* const values = keys.as<std::int64_t>();
    for (const std::uint16_t row : rows) integers_.prefetch(values[row]);
    rows_.resize(rows.size());
    groups_.resize(rows.size());
    std::size_t placed = 0;
    for (const std::uint16_t row : rows) {
      const bool is_there = keys.state(row) == function::kPresent;
      GroupTable::Number group = is_there ? integers_.find(values[row]) : null_group_;
      if (group == IntegerGroups::kNone) {
        TRY(const auto made, new_group_of(is_there ? std::optional(values[row]) : std::nullopt));
        if (!made) {
          TRY_STATUS(add(row));
          continue;
        }
        group = *made;
      }
      rows_[placed] = row;
      groups_[placed++] = group;
    }
    rows_.resize(placed);
    groups_.resize(placed);
    return {};
  }

  // Nothing: rows of the group are added one by one.
  Result<std::optional<GroupTable::Number>> new_group_of(std::optional<std::int64_t> key) {
    TRY(const auto made, table_.add_integer(key));
    if (!made) return made;
    if (!key) {
      null_group_ = *made;
    } else if (!integers_.add(*key, *made)) {
      TRY_STATUS(table_.find_all());
    }
    return made;
  }

  // The same by the bytes of keys.
  Status place_rows() {
    rows_.clear();
    groups_.clear();
    key_bytes_.clear();
    ends_.clear();
    hashes_.clear();
    for (const std::uint16_t row : scan_->rows()) {
      const std::size_t begin = key_bytes_.size();
      TRY_STATUS(put_keys(row));
      ends_.push_back(key_bytes_.size());
      hashes_.push_back(known_.begin_find(std::string_view(key_bytes_).substr(begin)));
    }
    std::string_view last;  // rows of one group often follow each other
    std::optional<GroupTable::Number> group;
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      const std::uint16_t row = scan_->rows()[i];
      const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
      const auto key = std::string_view(key_bytes_).substr(begin, ends_[i] - begin);
      if (!group || hashes_[i] != hashes_[i - 1] || key != last) {
        group = known_.find(key, hashes_[i]);
        if (!group) {
          TRY(group, new_group(row));
          if (group) known_.add(key, *group);
        }
        last = key;
      }
      TRY_STATUS(place(row, group));
    }
    return {};
  }
  Status put_keys(std::uint16_t row) {
    for (std::size_t i = 0; i < group_.keys.size(); ++i) {
      if (scan_->shape(i) == Shape::any) {
        TRY_STATUS(put_value_key(*scan_->result(i), row, key_bytes_));
      } else {
        put_key(*scan_->result(i), row, key_bytes_);
      }
    }
    return {};
  }

  // Puts a row to those of its group, or adds it where that is not held.
  Status place(std::uint16_t row, std::optional<GroupTable::Number> group) {
    if (!group) return add(row);
    rows_.push_back(row);
    groups_.push_back(*group);
    return {};
  }

  // Nothing: rows of the group are added one by one.
  Result<std::optional<GroupTable::Number>> new_group(std::uint16_t row) {
    std::vector<Value> keys;
    for (std::size_t i = 0; i < group_.keys.size(); ++i) {
      TRY(std::optional<Value> key, scan_->value_of(i, row));
      keys.push_back(std::move(key).value_or(Value()));
    }
    return table_.group_of(group_key(std::move(keys)));
  }

  // Rows that were placed: all at once where the states of groups lie side by side, else those of
  // a group after those of another.
  Status add_placed() {
    bool by_one = false;
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      auto* const states = table_.grouped(i);
      by_one = by_one || states == nullptr;
      if (states == nullptr) continue;
      if (arguments_[i]) {
        const std::size_t place = *arguments_[i];
        TRY_STATUS(states->add_rows(*scan_->result(place), scan_->shape(place), rows_, groups_));
      } else {
        TRY_STATUS(states->add_each(groups_));
      }
    }
    if (!by_one) return {};
    for (std::size_t i = 0; i < rows_.size(); ++i) by_group_.add(groups_[i], rows_[i]);
    return by_group_.take(
        [this](GroupTable::Number group, std::span<const std::uint16_t> rows) -> Status {
          for (std::size_t i = 0; i < arguments_.size(); ++i) {
            if (table_.grouped(i) == nullptr) {
              TRY_STATUS(add_to(table_.accumulator(group, i), i, rows));
            }
          }
          return {};
        });
  }

  Status add_to_all() {
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      TRY_STATUS(add_to((*all_)[i], i, scan_->rows()));
    }
    return {};
  }
  Status add_to(Accumulator& into, std::size_t aggregate, std::span<const std::uint16_t> rows) {
    if (!arguments_[aggregate]) return into.add_rows(rows.size());
    const std::size_t place = *arguments_[aggregate];
    return into.add_rows(*scan_->result(place), scan_->shape(place), rows);
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
  IntegerGroups integers_;  // the same of a single key
  GroupTable::Number null_group_ = IntegerGroups::kNone;
  RowsOfGroups by_group_;
  GroupTable::Accumulators* all_ = nullptr;  // of the one group where there are no keys
  std::unique_ptr<FieldScan> scan_;          // null when it is read

  // Of the batch: keys one behind the other, and the rows of groups that are held.
  std::string key_bytes_;
  std::vector<std::size_t> ends_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint16_t> rows_;
  std::vector<GroupTable::Number> groups_;
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
