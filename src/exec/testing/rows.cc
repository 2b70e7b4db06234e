#include "exec/testing/rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "algebra/children.h"
#include "base/assert.h"
#include "base/checksum.h"
#include "base/overloaded.h"
#include "exec/testing/oracle.h"
#include "exec/testing/terms.h"
#include "value/document.h"

namespace octavo::exec::testing_support {
namespace {

using value::Value;
using Rows = std::vector<Value>;

// ReQL's is the order in which equal values are next to each other, however they are written.
bool before(const Value& a, const Value& b) {
  return value::compare(a, b, value::Order::by_type_name) < 0;
}

// How rows are compared: exactly, by digests of their bytes, or so that equal ones are the same.
class Comparison {
 public:
  explicit Comparison(bool by_value) : by_value_(by_value) {}

  bool equal(const Rows& a, const Rows& b) const {
    return by_value_ ? std::ranges::equal(a, b) : digests(a) == digests(b);
  }
  bool equal_as_bags(const Rows& a, const Rows& b) const {
    if (!by_value_) return sorted_digests(a) == sorted_digests(b);
    return std::ranges::equal(sorted(a), sorted(b));
  }
  // Whether each row of `part` is one of `all`, no two of them the same one.
  bool is_part(const Rows& part, const Rows& all) const {
    if (!by_value_) return std::ranges::includes(sorted_digests(all), sorted_digests(part));
    return std::ranges::includes(sorted(all), sorted(part), before);
  }

 private:
  using Digests = std::vector<std::uint64_t>;
  static Digests digests(const Rows& rows) {
    Digests out;
    for (const Value& row : rows) {
      Bytes bytes;
      ASSERT(value::encode_document(row, bytes));
      out.push_back(hash64(bytes));
    }
    return out;
  }
  static Digests sorted_digests(const Rows& rows) {
    Digests out = digests(rows);
    std::ranges::sort(out);
    return out;
  }
  static Rows sorted(Rows rows) {
    std::ranges::sort(rows, before);
    return rows;
  }

  bool by_value_;
};

// Whether the rows of the node come in an order; `inputs`: whether those of its inputs all do.
bool has_order(const algebra::Plan& plan, bool inputs, Held held) {
  return std::visit(
      Overloaded{
          [](const algebra::Scan& scan) { return scan.order.has_value(); },
          [](const algebra::ScanBy& scan) { return scan.order.has_value(); },
          [](const algebra::Values&) { return true; },
          [](const algebra::Working&) { return true; },
          [&](const algebra::Sort& sort) {
            // Rows that agree in a key that is the row itself are the same.
            return inputs || std::ranges::any_of(sort.keys, is_row, &algebra::SortKey::key);
          },
          [](const algebra::Distinct&) { return false; },
          // Without an index there is one match at most; several come in any order.
          [&](const algebra::LookupJoin& join) { return inputs && join.keep_order && !join.index; },
          // Of the side that is read; of each of its rows the matches as they were held.
          [&](const algebra::Join& join) {
            return inputs && !join.hold_left && held == Held::in_memory;
          },
          [](const algebra::Group&) { return true; },
          [&](const auto&) { return inputs; },
      },
      plan.node);
}

}  // namespace

Promise promise_of(const algebra::PlanPtr& plan, Held held) {
  bool ordered = true;
  bool promised = true;
  algebra::for_each_input(*plan, [&](const algebra::PlanPtr& input) {
    const Promise promise = promise_of(input, held);
    ordered = ordered && promise == Promise::sequence;
    promised = promised && (promise == Promise::sequence || promise == Promise::bag);
  });
  // What a window counts depends on the order of its rows.
  const bool is_window = std::holds_alternative<algebra::Window>(plan->node);
  if (!promised || (is_window && !ordered)) return Promise::nothing;
  if (has_order(*plan, ordered, held)) return Promise::sequence;
  return std::holds_alternative<algebra::Limit>(plan->node) ? Promise::part_of_bag : Promise::bag;
}

bool merges_rows(const algebra::PlanPtr& plan) {
  bool merges = std::holds_alternative<algebra::Distinct>(plan->node) ||
                std::holds_alternative<algebra::Group>(plan->node);
  algebra::for_each_input(
      *plan, [&](const algebra::PlanPtr& input) { merges = merges || merges_rows(input); });
  return merges;
}

bool may_read_otherwise(const algebra::PlanPtr& plan) {
  bool found = std::holds_alternative<algebra::Join>(plan->node) ||
               std::holds_alternative<algebra::Window>(plan->node);
  algebra::for_each_input(*plan, [&found](const algebra::PlanPtr& input) {
    found = found || may_read_otherwise(input);
  });
  return found;
}

std::optional<Expectation> Expectation::of(const Case& given, Held held) {
  const Promise promise = promise_of(given.plan, held);
  if (promise == Promise::nothing) return std::nullopt;
  Expectation out(given.plan, promise);
  out.merged_ = merges_rows(given.plan);
  Case whole = given;  // of a part of a bag: the bag
  if (promise == Promise::part_of_bag) {
    whole.plan = std::get<algebra::Limit>(given.plan->node).input;
  }
  const auto outcome = evaluate(whole);
  const auto attempt = evaluate_on(whole);
  if (!outcome || !attempt) return std::nullopt;
  out.may_fail_ = outcome->error.has_value();
  out.must_fail_ = out.may_fail_ && promise != Promise::part_of_bag;
  out.rows_ = promise == Promise::part_of_bag ? attempt->rows : outcome->rows;
  out.errors_ = attempt->errors;
  return out;
}

std::string Expectation::difference(const Result<Rows>& got) const {
  if (!got) return wrong_error(got.error());
  if (!must_fail_) return wrong_rows(*got);
  return fmt::format("no error, and {} rows:\n{}expected an error: {}\n", got->size(), print(*got),
                     errors_.front().what);
}

std::string Expectation::wrong_error(const Error& got) const {
  if (!may_fail_) {
    return fmt::format("error: {}\nexpected {} rows:\n{}", got.what, rows_.size(), print(rows_));
  }
  const auto fits = [&](const Error& error) {
    return error.code == got.code && (merged_ || error.what == got.what);
  };
  if (std::ranges::any_of(errors_, fits)) return {};
  std::string out = fmt::format("error: {}, {}\nexpected one of:\n", code_name(got.code), got.what);
  for (const Error& error : errors_) {
    out += fmt::format("  {}, {}\n", code_name(error.code), error.what);
  }
  return out;
}

std::string Expectation::wrong_rows(const Rows& got) const {
  const Comparison rows(merged_);
  const auto wrong = [&](std::string_view how) {
    return fmt::format("{} rows, {}:\n{}expected {}:\n{}", got.size(), how, print(got),
                       rows_.size(), print(rows_));
  };
  if (promise_ == Promise::sequence) return rows.equal(got, rows_) ? "" : wrong("in order");
  if (promise_ == Promise::part_of_bag) {
    const auto& limit = std::get<algebra::Limit>(plan_->node);
    const std::uint64_t left = rows_.size() - std::min<std::uint64_t>(rows_.size(), limit.skip);
    const std::uint64_t count = std::min(left, limit.count.value_or(left));
    const bool enough = may_fail_ ? got.size() <= count : got.size() == count;
    return enough && rows.is_part(got, rows_) ? "" : wrong("some of a bag");
  }
  if (!rows.equal_as_bags(got, rows_)) return wrong("as a bag");
  // Sorted, apart from the order of rows with equal keys.
  if (const auto* sort = std::get_if<algebra::Sort>(&plan_->node)) {
    algebra::Sort again = *sort;
    again.ties = algebra::Direction::ascending;
    again.most.reset();
    again.input = algebra::make_plan(algebra::Values{got});
    const auto sorted = evaluate({{}, algebra::make_plan(std::move(again))});
    if (!sorted || !rows.equal(got, sorted->rows)) return wrong("not sorted");
  }
  return {};
}

}  // namespace octavo::exec::testing_support
