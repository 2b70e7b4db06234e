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
      const Result<Value> found = apply(algebra::lambda({}, key), Value());
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
    if (group.keys.empty()) groups.emplace(Value::null(), nothing);
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
      const Result<Value> key = group_key(group, row);
      if (!key && spoils(out, key.error())) return out;
      if (!key) continue;
      std::vector<Rows>& arguments = groups.emplace(*key, nothing).first->second;
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (found[i]) arguments[i].push_back(*found[i]);
      }
    }
    out.error = input.error;
    if (out.error) return out;
    for (const auto& [key, arguments] : groups) {
      Rows results;
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        results.push_back(aggregate(group.aggregates[i].kind, arguments[i], group.order));
      }
      out.rows.push_back(row_of_results(key, std::move(results)));
    }
    return out;
  }
  static Result<Value> group_key(const algebra::Group& group, const Value& row) {
    Rows parts;
    for (const algebra::ExprPtr& key : group.keys) {
      const Result<Value> part = apply(key, row);
      if (!part && part.error().code != Code::missing_value) return fail(part.error());
      parts.push_back(part ? *part : Value::null());
    }
    if (parts.empty()) return Value::null();
    return parts.size() == 1 ? parts.front() : Value::array(std::move(parts));
  }
  static Result<Value> argument(const algebra::Aggregate& aggregate, const Value& row) {
    if (aggregate.argument == nullptr) return Value::null();
    const Result<Value> found = apply(aggregate.argument, row);
    if (!found || !adds_numbers(aggregate.kind) || found->is_number()) return found;
    return fail(Code::type_mismatch,
                fmt::format("Expected type NUMBER but found {}.", value::type_name(found->type())));
  }

  const Tables& tables_;
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
