#include "exec/testing/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "algebra/key_range.h"
#include "function/family.h"
#include "value/indexable.h"

namespace octavo::exec::testing_support {
namespace {

using algebra::AggregateKind;
using algebra::Direction;
using algebra::PlanPtr;
using value::Value;
using Rows = std::vector<Value>;

std::strong_ordering natively(const Value& a, const Value& b) { return value::compare(a, b); }
bool same_key(const Value& a, const Value& b) { return natively(a, b) == 0; }

Result<Value> apply(const algebra::ExprPtr& lambda, const Value& row) {
  function::EvalContext context;
  return function::evaluate_lambda(lambda, std::span(&row, 1), context);
}

// Where a row stands in an index, or in its table.
struct Entry {
  Value key;
  Value primary;
  Value row;
};

Rows keys_of(const TableIndex& index, const Value& row) {
  const Result<Value> indexed = apply(index.function, row);
  if (!indexed) return {};
  Rows keys{*indexed};
  if (index.multi && indexed->is_array()) {
    keys.assign(indexed->as_array().begin(), indexed->as_array().end());
  }
  std::erase_if(keys, [](const Value& key) { return !value::indexable(key); });
  return keys;
}

// All of them, ascending by key and then by primary key.
std::vector<Entry> entries(const Table& table, std::optional<IndexId> wanted) {
  std::vector<Entry> out;
  for (const Value& row : table.rows) {
    const Value primary = *row.find("id");
    if (!wanted) out.push_back({primary, primary, row});
    for (const TableIndex& index : table.indexes) {
      if (index.id != wanted) continue;
      for (const Value& key : keys_of(index, row)) out.push_back({key, primary, row});
    }
  }
  std::ranges::sort(out, [](const Entry& a, const Entry& b) {
    const auto keys = natively(a.key, b.key);
    return keys != 0 ? keys < 0 : natively(a.primary, b.primary) < 0;
  });
  return out;
}

Value pair(std::string_view first, const Value& a, std::string_view second, const Value& b) {
  return Value::object({{std::string(first), a}, {std::string(second), b}});
}

bool adds_numbers(AggregateKind kind) {
  return kind == AggregateKind::sum || kind == AggregateKind::average;
}

// Over what was collected for a group, in the order of its arrival.
Value aggregate(AggregateKind kind, const Rows& arguments, value::Order order) {
  const auto less = [order](const Value& a, const Value& b) {
    return value::compare(a, b, order) < 0;
  };
  double sum = 0;
  for (const Value& argument : arguments) sum += adds_numbers(kind) ? argument.to_double() : 0;
  switch (kind) {
    case AggregateKind::count: return Value::int64(static_cast<std::int64_t>(arguments.size()));
    case AggregateKind::sum: return Value::float64(sum);
    case AggregateKind::average:
      if (arguments.empty()) return Value::null();
      return Value::float64(sum / static_cast<double>(arguments.size()));
    case AggregateKind::minimum:
      return arguments.empty() ? Value::null() : *std::ranges::min_element(arguments, less);
    case AggregateKind::maximum: {
      Value greatest = arguments.empty() ? Value::null() : arguments.front();
      for (const Value& argument : arguments) {
        if (less(greatest, argument)) greatest = argument;
      }
      return greatest;
    }
    case AggregateKind::function: break;  // what random_plan.h leaves out
  }
  return {};
}

Value row_of_results(const Value& group, Rows results) {
  return pair("group", group, "reduction",
              results.size() == 1 ? results.front() : Value::array(std::move(results)));
}

class Evaluator {
 public:
  // With `met` the errors are put there and the evaluation goes on without what had them.
  Evaluator(const Tables& tables, std::vector<Error>* met) : tables_(tables), met_(met) {}

  // `needed`: how many rows a limit right above lets through.
  Outcome run(const PlanPtr& plan, std::optional<std::uint64_t> needed = std::nullopt) {
    needed_ = needed;
    Outcome out = std::visit([this](const auto& node) { return this->evaluate(node); }, plan->node);
    if (out.rows.size() > kMaxOracleRows) {
      too_many_ = true;
      out.rows.clear();
    }
    return out;
  }
  bool too_many() const { return too_many_; }

 private:
  // Whether that is the end of the node's rows.
  bool ends(Outcome& out, const Error& error) {
    if (met_ != nullptr) {
      met_->push_back(error);
      return false;
    }
    out.error = error;
    return true;
  }
  // As `ends`, where the rows before it are not to be had either.
  bool spoils(Outcome& out, const Error& error) {
    if (!ends(out, error)) return false;
    out.rows.clear();
    return true;
  }

  Outcome evaluate(const algebra::Scan& scan) {
    const std::vector<Entry> all = entries(table_of(tables_, scan.table), scan.index);
    Outcome out;
    if (const auto* range = std::get_if<algebra::KeyRange>(&scan.keys)) {
      for (const Entry& entry : all) {
        if (algebra::contains(*range, entry.key, natively)) out.rows.push_back(entry.row);
      }
    } else {
      Rows keys = std::get<algebra::KeySet>(scan.keys).keys;
      std::ranges::sort(keys, [](const Value& a, const Value& b) { return natively(a, b) < 0; });
      for (const Value& key : keys) {
        for (const Entry& entry : all) {
          if (same_key(entry.key, key)) out.rows.push_back(entry.row);
        }
      }
    }
    if (scan.order == Direction::descending) std::ranges::reverse(out.rows);
    return out;
  }

  // As a scan by the keys that its expressions come to; null is none.
  Outcome evaluate(const algebra::ScanBy& by) {
    algebra::Scan scan{.table = by.table, .index = by.index, .order = by.order};
    Outcome out;
    Rows keys;
    const auto add = [&](const algebra::ExprPtr& key) {
      if (key == nullptr) return true;
      function::EvalContext context;
      const Result<Value> found = function::evaluate_lambda(algebra::lambda({}, key), {}, context);
      if (!found && ends(out, found.error())) return false;
      if (found) keys.push_back(*found);
      return found.has_value();
    };
    for (const algebra::ExprPtr& key : by.keys) {
      if (!add(key)) return out;
    }
    if (!add(by.lower.value) || !add(by.upper.value)) return out;
    if (std::ranges::any_of(keys, is_or_has_null)) return out;
    if (!by.keys.empty()) {
      algebra::KeySet set;
      for (const Value& key : keys) {
        if (std::ranges::none_of(set.keys, [&](const Value& k) { return same_key(k, key); })) {
          set.keys.push_back(key);
        }
      }
      scan.keys = std::move(set);
    } else {
      algebra::KeyRange range;
      if (by.lower.value != nullptr) range.lower = {keys.front(), by.lower.inclusive};
      if (by.upper.value != nullptr) range.upper = {keys.back(), by.upper.inclusive};
      scan.keys = std::move(range);
    }
    return evaluate(scan);
  }
  static bool is_or_has_null(const Value& key) {
    return key.is_null() ||
           (key.is_array() && std::ranges::any_of(key.as_array(), &Value::is_null));
  }

  static Outcome evaluate(const algebra::Values& values) { return {values.rows, {}}; }

  Outcome evaluate(const algebra::Filter& filter) {
    const Outcome input = run(filter.input);
    Outcome out;
    for (const Value& row : input.rows) {
      const Result<Value> keep = apply(filter.predicate, row);
      if (!keep && ends(out, keep.error())) return out;
      if (keep && keep->type() == value::Type::boolean && keep->as_boolean()) {
        out.rows.push_back(row);
      }
    }
    out.error = input.error;
    return out;
  }

  Outcome evaluate(const algebra::Map& map) {
    const Outcome input = run(map.input);
    Outcome out;
    for (const Value& row : input.rows) {
      const Result<Value> mapped = apply(map.function, row);
      if (!mapped && ends(out, mapped.error())) return out;
      if (mapped) out.rows.push_back(*mapped);
    }
    out.error = input.error;
    return out;
  }

  Outcome evaluate(const algebra::Unwind& unwind) {
    const Outcome input = run(unwind.input);
    Outcome out;
    for (const Value& row : input.rows) {
      Result<Value> array = apply(unwind.function, row);
      if (array && !array->is_array()) {
        array = fail(Code::type_mismatch, "An unwound expression must give an array.");
      }
      if (!array && ends(out, array.error())) return out;
      if (!array) continue;
      for (const Value& element : array->as_array()) out.rows.push_back(element);
      if (out.rows.size() > kMaxOracleRows) break;
    }
    out.error = input.error;
    return out;
  }

  Outcome evaluate(const algebra::Sort& sort) {
    const auto needed = needed_;
    Outcome input = run(sort.input);
    const auto before = [&sort](const Rows& a, const Rows& b) {
      for (std::size_t i = 0; i < sort.keys.size(); ++i) {
        const auto order = value::compare(a[i], b[i], sort.order);
        if (order != 0) return (order < 0) == (sort.keys[i].direction == Direction::ascending);
      }
      return false;
    };
    // Of equal keys the one that is inserted later comes later.
    if (sort.ties == Direction::descending) std::ranges::reverse(input.rows);
    std::multimap<Rows, Value, decltype(before)> sorted(before);
    Outcome out;
    for (const Value& row : input.rows) {
      const Result<Rows> keys = sort_keys(sort, row);
      if (!keys && spoils(out, keys.error())) return out;
      if (keys) sorted.emplace(*keys, row);
    }
    out.error = input.error;
    if (out.error) return out;
    const std::uint64_t held =
        std::min<std::uint64_t>(needed.value_or(sorted.size()), sorted.size());
    if (sort.most && held > sort.most->rows &&
        spoils(out, {.code = Code::resource_exhausted, .what = sort.most->refusal})) {
      return out;
    }
    for (const auto& [keys, row] : sorted) out.rows.push_back(row);
    return out;
  }
  static Result<Rows> sort_keys(const algebra::Sort& sort, const Value& row) {
    Rows keys;
    for (const algebra::SortKey& key : sort.keys) {
      const Result<Value> found = apply(key.key, row);
      if (!found && found.error().code != Code::missing_value) return fail(found.error());
      keys.push_back(found ? *found : Value::min_key());  // below every value
    }
    return keys;
  }

  Outcome evaluate(const algebra::Limit& limit) {
    auto needed = needed_;
    if (limit.count) needed = std::min(needed.value_or(*limit.count), *limit.count);
    if (needed) *needed += limit.skip;
    const Outcome input = run(limit.input, needed);
    Outcome out;
    std::uint64_t skipped = 0;
    for (const Value& row : input.rows) {
      if (limit.count && out.rows.size() == *limit.count) return out;
      if (skipped++ < limit.skip) continue;
      out.rows.push_back(row);
    }
    if (!limit.count || out.rows.size() < *limit.count) out.error = input.error;
    return out;
  }

  Outcome evaluate(const algebra::Distinct& distinct) {
    const Outcome input = run(distinct.input);
    Outcome out;
    for (const Value& row : input.rows) {
      if (std::ranges::find(out.rows, row) == out.rows.end()) out.rows.push_back(row);
    }
    out.error = input.error;
    return out;
  }

  Outcome evaluate(const algebra::Union& all) {
    Outcome out;
    for (const PlanPtr& input : all.inputs) {
      Outcome one = run(input);
      out.rows.insert(out.rows.end(), one.rows.begin(), one.rows.end());
      out.error = one.error;
      if (out.error) break;
    }
    return out;
  }

  Outcome evaluate(const algebra::LookupJoin& join) {
    const Outcome outer = run(join.outer);
    const std::vector<Entry> inner = entries(table_of(tables_, join.table), join.index);
    Outcome out;
    for (const Value& left : outer.rows) {
      const Result<Value> key = apply(join.key, left);
      const bool missing = !key && key.error().code == Code::missing_value;
      if (!key && !missing && ends(out, key.error())) return out;
      bool matched = false;
      for (const Entry& entry : inner) {
        if (!key || key->is_null() || !same_key(entry.key, *key)) continue;
        const Value both = pair("left", left, "right", entry.row);
        if (join.condition != nullptr) {
          const Result<Value> holds = apply(join.condition, both);
          if (!holds && ends(out, holds.error())) return out;
          if (!holds || *holds != Value::boolean(true)) continue;
        }
        matched = true;
        out.rows.push_back(both);
      }
      if (join.keep_unmatched && !matched) {
        out.rows.push_back(pair("left", left, "right", Value()));
      }
      if (out.rows.size() > kMaxOracleRows) break;
    }
    out.error = outer.error;
    return out;
  }

  Outcome evaluate(const algebra::Apply& node) {
    const Outcome outer = run(node.outer);
    Outcome out;
    for (const Value& left : outer.rows) {
      const Result<Value> arguments = apply(node.arguments, left);
      if (!arguments && ends(out, arguments.error())) return out;
      if (!arguments) continue;
      algebra::Bindings bindings;
      for (std::size_t i = 0; i < node.params.size(); ++i) {
        bindings.emplace_back(node.params[i], arguments->as_array()[i]);
      }
      const Outcome inner = run(algebra::bind(node.inner, bindings));
      bool matched = false;
      for (const Value& right : inner.rows) {
        const Value both = pair("left", left, "right", right);
        if (node.condition != nullptr) {
          const Result<Value> holds = apply(node.condition, both);
          if (!holds && ends(out, holds.error())) return out;
          if (!holds || *holds != Value::boolean(true)) continue;
        }
        matched = true;
        out.rows.push_back(both);
      }
      out.error = inner.error;
      if (out.error) return out;
      if (node.keep_unmatched && !matched) {
        out.rows.push_back(pair("left", left, "right", Value()));
      }
      if (out.rows.size() > kMaxOracleRows) break;
    }
    out.error = outer.error;
    return out;
  }

  Outcome evaluate(const algebra::Join& join) {
    const bool holds_left =
        join.hold_left && join.kind != algebra::JoinKind::mark && !join.null_aware;
    return holds_left ? join_holding_left(join) : join_holding_right(join);
  }

  // Parts of keys; nulls for those that are missing.
  struct Keyed {
    Value row;
    Rows key;
  };
  // Those that have keys, up to the first error; with it none are had where they are held.
  std::vector<Keyed> keyed(const algebra::Join& join, const PlanPtr& input, bool is_left,
                           bool is_held, Outcome& out) {
    const Outcome read = run(input);
    std::vector<Keyed> rows;
    for (const Value& row : read.rows) {
      Keyed made{row, {}};
      bool failed = false;
      for (const algebra::JoinKey& key : join.keys) {
        const Result<Value> part = apply(is_left ? key.left : key.right, row);
        const bool missing = !part && part.error().code == Code::missing_value;
        failed = !part && !missing;
        if (failed && ends(out, part.error())) return is_held ? std::vector<Keyed>() : rows;
        if (failed) break;
        made.key.push_back(part ? *part : Value());
        if (made.key.back().is_null() && !join.null_aware) break;
      }
      if (!failed) rows.push_back(std::move(made));
    }
    out.error = read.error;
    return out.error && is_held ? std::vector<Keyed>() : rows;
  }

  enum class Meeting : std::uint8_t { apart, perhaps, equal };
  static Meeting meet(const algebra::Join& join, const Keyed& left, const Keyed& right) {
    bool has_null = false;
    for (std::size_t i = 0; i < join.keys.size(); ++i) {
      if (i >= left.key.size() || i >= right.key.size()) return Meeting::apart;
      if (left.key[i].is_null() || right.key[i].is_null()) {
        has_null = true;
        if (!join.null_aware) return Meeting::apart;
      } else if (value::compare(left.key[i], right.key[i], join.order) != 0) {
        return Meeting::apart;
      }
    }
    return has_null ? Meeting::perhaps : Meeting::equal;
  }

  // Whether they are a match; nothing: that is not known, and the rows end there.
  std::optional<bool> fits(const algebra::Join& join, const Value& both, Outcome& out) {
    if (join.condition == nullptr) return true;
    const Result<Value> holds = apply(join.condition, both);
    if (!holds && ends(out, holds.error())) return std::nullopt;
    return holds && *holds == Value::boolean(true);
  }

  Outcome join_holding_right(const algebra::Join& join) {
    using enum algebra::JoinKind;
    Outcome out;
    const std::vector<Keyed> held = keyed(join, join.right, false, true, out);
    if (out.error) return out;
    if (held_rows(join, held, true) == 0 && (join.kind == inner || join.kind == semi)) return out;
    const bool pairs = join.kind == inner || join.kind == left;
    Outcome read;
    for (const Keyed& one : keyed(join, join.left, true, false, read)) {
      bool found = false;
      bool unknown = false;
      for (const Keyed& other : held) {
        if ((found && !pairs) || meet(join, one, other) != Meeting::equal) continue;
        const Value both = pair("left", one.row, "right", other.row);
        const std::optional<bool> match = fits(join, both, out);
        if (!match) return out;
        found = found || *match;
        if (*match && pairs) out.rows.push_back(both);
      }
      const bool asks = join.null_aware && (join.kind == anti || join.kind == mark);
      for (const Keyed& other : held) {
        if (!asks || found || unknown || meet(join, one, other) != Meeting::perhaps) continue;
        const std::optional<bool> match =
            fits(join, pair("left", one.row, "right", other.row), out);
        if (!match) return out;
        unknown = *match;
      }
      if (join.kind == left && !found) out.rows.push_back(pair("left", one.row, "right", Value()));
      if (join.kind == semi && found) out.rows.push_back(one.row);
      if (join.kind == anti && !found && !unknown) out.rows.push_back(one.row);
      if (join.kind == mark) {
        out.rows.push_back(
            pair("left", one.row, "right", unknown ? Value() : Value::boolean(found)));
      }
      if (out.rows.size() > kMaxOracleRows) break;
    }
    out.error = read.error;
    return out;
  }

  // Of rows that one side holds those that nothing would be put out for are left out.
  static std::size_t held_rows(const algebra::Join& join, const std::vector<Keyed>& held,
                               bool drops_nulls) {
    if (!drops_nulls || join.null_aware) return held.size();
    return static_cast<std::size_t>(std::ranges::count_if(held, [](const Keyed& one) {
      return std::ranges::none_of(one.key, [](const Value& part) { return part.is_null(); });
    }));
  }

  Outcome join_holding_left(const algebra::Join& join) {
    using enum algebra::JoinKind;
    Outcome out;
    const std::vector<Keyed> held = keyed(join, join.left, true, true, out);
    if (out.error || held_rows(join, held, join.kind == inner || join.kind == semi) == 0) {
      return out;
    }
    const bool pairs = join.kind == inner || join.kind == left;
    std::vector<bool> matched(held.size());
    Outcome read;
    for (const Keyed& other : keyed(join, join.right, false, false, read)) {
      for (std::size_t i = 0; i < held.size(); ++i) {
        if (!pairs && matched[i]) continue;
        if (meet(join, held[i], other) != Meeting::equal) continue;
        const Value both = pair("left", held[i].row, "right", other.row);
        const std::optional<bool> match = fits(join, both, out);
        if (!match) return out;
        if (*match && pairs) out.rows.push_back(both);
        if (*match && join.kind == semi) out.rows.push_back(held[i].row);
        matched[i] = matched[i] || *match;
      }
      if (out.rows.size() > kMaxOracleRows) break;
    }
    out.error = read.error;
    if (out.error) return out;
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (matched[i]) continue;
      if (join.kind == left) out.rows.push_back(pair("left", held[i].row, "right", Value()));
      if (join.kind == anti) out.rows.push_back(held[i].row);
    }
    return out;
  }

  Outcome evaluate(const algebra::Group& group) {
    const Outcome input = run(group.input);
    const auto less = [&group](const Value& a, const Value& b) {
      return value::compare(a, b, group.order) < 0;
    };
    // For each key, what each aggregate is over.
    std::map<Value, std::vector<Rows>, decltype(less)> groups(less);
    const std::vector<Rows> nothing(group.aggregates.size());
    if (group.keys.empty() && !group.rollup) groups.emplace(Value::null(), nothing);
    if (group.rollup)
      groups.emplace(Value::array(Rows(group.keys.size(), Value::max_key())), nothing);
    Outcome out;
    for (const Value& row : input.rows) {
      std::vector<Result<Value>> found;
      bool left_out = false;
      for (std::size_t i = 0; i < group.aggregates.size() && !left_out; ++i) {
        found.push_back(argument(group.aggregates[i], row));
        if (found.back()) continue;
        const bool missing = found.back().error().code == Code::missing_value;
        if (!missing && spoils(out, found.back().error())) return out;
        left_out = missing && group.aggregates[i].required;
      }
      if (left_out) continue;
      const Result<Rows> keys = group_keys(group, row);
      if (!keys && spoils(out, keys.error())) return out;
      if (!keys) continue;
      const auto add = [&](const Value& key) {
        std::vector<Rows>& arguments = groups.emplace(key, nothing).first->second;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
          if (found[i]) arguments[i].push_back(*found[i]);
        }
      };
      if (!group.rollup) add(group_key(*keys));
      for (std::size_t kept = 0; group.rollup && kept <= keys->size(); ++kept) {
        Rows parts = *keys;
        std::fill(parts.begin() + static_cast<std::ptrdiff_t>(kept), parts.end(), Value::max_key());
        add(Value::array(std::move(parts)));
      }
    }
    out.error = input.error;
    if (out.error) return out;
    for (const auto& [key, arguments] : groups) {
      Rows results;
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        results.push_back(aggregate(group.aggregates[i].kind, arguments[i], group.order));
      }
      out.rows.push_back(
          row_of_results(group.rollup ? without_last(key) : key, std::move(results)));
    }
    return out;
  }

  Outcome evaluate(const algebra::Working& working) { return {steps_.at(working.number), {}}; }

  Outcome evaluate(const algebra::Recursive& recursive) {
    Outcome out;
    Rows seen;
    Outcome made = run(recursive.seed);
    for (std::uint64_t step = 0;; ++step) {
      Rows& last = steps_[recursive.number];
      last.clear();
      for (const Value& row : made.rows) {
        if (recursive.distinct_by != nullptr) {
          const Result<Value> key = apply(recursive.distinct_by, row);
          if (!key && ends(out, key.error())) return out;
          if (!key || std::ranges::find(seen, *key) != seen.end()) continue;
          seen.push_back(*key);
        }
        last.push_back(row);
        out.rows.push_back(row);
      }
      out.error = made.error;
      if (out.error || last.empty() || out.rows.size() > kMaxOracleRows) break;
      const Error refusal{.code = Code::resource_exhausted, .what = recursive.most.refusal};
      if (step == recursive.most.steps && ends(out, refusal)) break;
      if (step == recursive.most.steps) break;
      made = run(recursive.step);
    }
    if (out.error && recursive.whole) out.rows.clear();
    return out;
  }

  struct Placed {
    Value row;
    Rows partition;
    Rows order;
    std::size_t arrived = 0;
  };
  Outcome evaluate(const algebra::Window& window) {
    const algebra::Sort sort{.input = window.input, .keys = window.order};
    algebra::Sort parts{.input = window.input};
    for (const algebra::ExprPtr& key : window.partition) parts.keys.push_back({.key = key});
    const Outcome input = run(window.input);
    Outcome out;
    std::vector<Placed> rows;
    for (const Value& row : input.rows) {
      const Result<Rows> partition = sort_keys(parts, row);
      const Result<Rows> order = sort_keys(sort, row);
      if (!partition && spoils(out, partition.error())) return out;
      if (!order && spoils(out, order.error())) return out;
      if (partition && order) rows.push_back({row, *partition, *order, rows.size()});
    }
    out.error = input.error;
    if (out.error) return out;
    std::ranges::sort(rows, [&](const Placed& a, const Placed& b) {
      const int part = compared(parts.keys, a.partition, b.partition);
      if (part != 0) return part < 0;
      const int order = compared(window.order, a.order, b.order);
      return order != 0 ? order < 0 : a.arrived < b.arrived;
    });
    for (const Placed& row : rows) {
      std::vector<Placed> together;
      std::size_t at = 0;
      for (const Placed& other : rows) {
        if (compared(parts.keys, other.partition, row.partition) != 0) continue;
        if (&other == &row) at = together.size();
        together.push_back(other);
      }
      const Result<Value> made = window_row(window, together, at);
      if (!made && ends(out, made.error())) return out;
      if (made) out.rows.push_back(*made);
    }
    return out;
  }
  static int compared(const std::vector<algebra::SortKey>& keys, const Rows& a, const Rows& b) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto order = natively(a[i], b[i]);
      if (order != 0) return (order < 0) == (keys[i].direction == Direction::ascending) ? -1 : 1;
    }
    return 0;
  }
  static Result<Value> window_row(const algebra::Window& window, const std::vector<Placed>& rows,
                                  std::size_t at) {
    Rows made{rows[at].row};
    for (const algebra::WindowFunction& function : window.functions) {
      TRY(Value result, window_result(window, function, rows, at));
      made.push_back(std::move(result));
    }
    return Value::array(std::move(made));
  }
  static Result<Value> window_result(const algebra::Window& window,
                                     const algebra::WindowFunction& function,
                                     const std::vector<Placed>& rows, std::size_t at) {
    using algebra::WindowKind;
    const auto size = rows.size();
    std::size_t before = 0;
    std::size_t kinds_before = 0;
    std::size_t not_behind = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const int order = compared(window.order, rows[i].order, rows[at].order);
      if (order < 0) ++before;
      if (order <= 0) ++not_behind;
      const bool is_first = i == 0 || compared(window.order, rows[i - 1].order, rows[i].order) != 0;
      if (order < 0 && is_first) ++kinds_before;
    }
    std::vector<std::size_t> frame;
    for (std::size_t i = 0; i < size; ++i) {
      TRY(const bool within, is_within(window, function.frame, rows, at, i));
      if (within) frame.push_back(i);
    }
    const auto value_of = [&](std::optional<std::size_t> row) -> Result<Value> {
      if (!row) return Value();
      return apply(function.argument, rows[*row].row);
    };
    const auto in_frame = [&](std::size_t place) {
      return place < frame.size() ? std::optional(frame[place]) : std::nullopt;
    };
    switch (function.kind) {
      case WindowKind::row_number: return Value::uint64(at + 1);
      case WindowKind::rank: return Value::uint64(before + 1);
      case WindowKind::dense_rank: return Value::uint64(kinds_before + 1);
      case WindowKind::percent_rank:
        return Value::float64(
            size == 1 ? 0.0 : static_cast<double>(before) / static_cast<double>(size - 1));
      case WindowKind::cume_dist:
        return Value::float64(static_cast<double>(not_behind) / static_cast<double>(size));
      case WindowKind::ntile: {
        std::vector<std::uint64_t> parts(function.count, size / function.count);
        for (std::size_t i = 0; i < size % function.count; ++i) ++parts[i];
        std::uint64_t passed = 0;
        for (std::size_t i = 0; i < parts.size(); ++i) {
          passed += parts[i];
          if (at < passed) return Value::uint64(i + 1);
        }
        return Value();
      }
      case WindowKind::lag:
      case WindowKind::lead: {
        const bool back = function.kind == WindowKind::lag;
        if (function.count <= (back ? at : size - 1 - at)) {
          return value_of(back ? at - function.count : at + function.count);
        }
        if (function.otherwise == nullptr) return Value();
        return apply(function.otherwise, rows[at].row);
      }
      case WindowKind::first_value: return value_of(in_frame(0));
      case WindowKind::last_value: return value_of(in_frame(frame.size() - 1));
      case WindowKind::nth_value: return value_of(in_frame(function.count - 1));
      case WindowKind::aggregate: break;
    }
    Rows arguments;
    for (const std::size_t row : frame) {
      const Result<Value> found = argument(*function.aggregate, rows[row].row);
      if (!found && found.error().code != Code::missing_value) return found;
      if (found) arguments.push_back(*found);
    }
    return aggregate(function.aggregate->kind, arguments, value::Order::native);
  }
  static Result<bool> is_within(const algebra::Window& window,
                                const std::optional<algebra::Frame>& frame,
                                const std::vector<Placed>& rows, std::size_t at,
                                std::size_t other) {
    if (!frame) return true;
    TRY(const int start, side_of(window, frame->unit, frame->start, rows, at, other));
    TRY(const int end, side_of(window, frame->unit, frame->end, rows, at, other));
    return start >= 0 && end <= 0;
  }
  // Whether a row is before a bound, at it or behind it.
  static Result<int> side_of(const algebra::Window& window, algebra::FrameUnit unit,
                             const algebra::FrameBound& bound, const std::vector<Placed>& rows,
                             std::size_t at, std::size_t other) {
    using algebra::FrameEdge;
    if (bound.edge == FrameEdge::unbounded_preceding) return 1;
    if (bound.edge == FrameEdge::unbounded_following) return -1;
    if (unit == algebra::FrameUnit::rows) {
      const auto distance = static_cast<std::int64_t>(other) - static_cast<std::int64_t>(at);
      const auto rows_away = static_cast<std::int64_t>(bound.rows);
      const std::int64_t edge = bound.edge == FrameEdge::preceding   ? -rows_away
                                : bound.edge == FrameEdge::following ? rows_away
                                                                     : 0;
      return distance < edge ? -1 : distance > edge ? 1 : 0;
    }
    if (bound.edge == FrameEdge::current_row) {
      return compared(window.order, rows[other].order, rows[at].order);
    }
    TRY(const Value limit, apply(bound.limit, rows[at].row));
    const bool without_limit = limit.is_null() && !rows[at].order.front().is_null();
    if (without_limit) {
      const bool is_null = rows[other].order.front().is_null();
      return is_null ? compared(window.order, rows[other].order, rows[at].order) : 0;
    }
    return compared(window.order, rows[other].order, {limit});
  }

  static Result<Rows> group_keys(const algebra::Group& group, const Value& row) {
    Rows parts;
    for (const algebra::ExprPtr& key : group.keys) {
      const Result<Value> part = apply(key, row);
      if (!part && part.error().code != Code::missing_value) return fail(part.error());
      parts.push_back(part ? *part : Value::null());
    }
    return parts;
  }
  static Value group_key(Rows parts) {
    if (parts.empty()) return Value::null();
    return parts.size() == 1 ? parts.front() : Value::array(std::move(parts));
  }
  // The key of a rollup, and before it how many are left out.
  static Value without_last(const Value& key) {
    Rows parts(key.as_array().begin(), key.as_array().end());
    const auto left_out = std::ranges::count(parts, Value::max_key());
    std::ranges::replace(parts, Value::max_key(), Value());
    parts.insert(parts.begin(), Value::int64(left_out));
    return Value::array(std::move(parts));
  }
  static Result<Value> argument(const algebra::Aggregate& aggregate, const Value& row) {
    if (aggregate.argument == nullptr) return Value::null();
    Result<Value> found = apply(aggregate.argument, row);
    if (!found || !adds_numbers(aggregate.kind) || found->is_number()) return found;
    return fail(Code::type_mismatch,
                fmt::format("Expected type NUMBER but found {}.", value::type_name(found->type())));
  }

  const Tables& tables_;
  std::map<std::uint64_t, Rows> steps_;  // what the last one of each Recursive gave
  std::vector<Error>* met_;
  bool too_many_ = false;
  std::optional<std::uint64_t> needed_;  // of the node that is being evaluated
};

}  // namespace

std::optional<Outcome> evaluate(const Case& given) {
  Evaluator evaluator(given.tables, nullptr);
  Outcome out = evaluator.run(given.plan);
  if (evaluator.too_many()) return std::nullopt;
  return out;
}

std::optional<Attempt> evaluate_on(const Case& given) {
  Attempt out;
  Evaluator evaluator(given.tables, &out.errors);
  out.rows = evaluator.run(given.plan).rows;
  if (evaluator.too_many()) return std::nullopt;
  return out;
}

}  // namespace octavo::exec::testing_support
