// Terms about the fields of a document, as terms about one field each: those have kernels.

#include <algorithm>

#include "dialect/reql/datum.h"
#include "dialect/reql/lambda.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/path.h"
#include "dialect/reql/purity.h"

namespace octavo::reql {
namespace {

using algebra::ExprPtr;

ExprPtr field(const ExprPtr& object, std::string_view name) {
  return call(term::kBracket, {object, constant(Value::string(name))});
}

// What all of them say, in this order; null without any.
ExprPtr all_of(std::vector<ExprPtr> tests) {
  if (tests.empty()) return nullptr;
  return tests.size() == 1 ? tests.front() : call(term::kAnd, std::move(tests));
}

void add_tests(const ExprPtr& object, const Path& path, std::vector<ExprPtr>& tests) {
  if (const auto* name = std::get_if<std::string>(&path.node)) {
    tests.push_back(call(term::kIsThere, {field(object, *name)}));
  } else if (const auto* paths = std::get_if<std::vector<Path>>(&path.node)) {
    for (const Path& each : *paths) add_tests(object, each, tests);
  } else {
    for (const Path::Inner& inner : std::get<Path::Branches>(path.node)) {
      add_tests(field(object, inner.name), inner.below, tests);
    }
  }
}

ExprPtr has_fields(const algebra::Call& asked) {
  std::vector<Value> paths;
  for (std::size_t i = 1; i < asked.args.size(); ++i) {
    const auto* given = std::get_if<algebra::Const>(&asked.args[i]->node);
    if (given == nullptr) return nullptr;
    paths.push_back(given->value);
  }
  const Result<Path> path = parse_paths(paths);
  std::vector<ExprPtr> tests;
  if (path) add_tests(asked.args.front(), *path, tests);
  return all_of(std::move(tests));
}

// False where there is something in the pattern that no equality says.
bool add_equalities(const ExprPtr& object, const Value& pattern, std::vector<ExprPtr>& tests) {
  if (!is_plain_object(pattern) || pattern.as_object().empty()) return false;
  for (const Field& wanted : pattern.as_object()) {
    ExprPtr found = field(object, wanted.name);
    if (!wanted.value.is_object()) {
      tests.push_back(call(term::kEq, {std::move(found), constant(wanted.value)}));
    } else if (!add_equalities(found, wanted.value, tests)) {
      return false;
    }
  }
  return true;
}

ExprPtr filter_match(const algebra::Call& asked) {
  const auto* pattern = std::get_if<algebra::Const>(&asked.args[1]->node);
  std::vector<ExprPtr> tests;
  if (pattern == nullptr || !add_equalities(asked.args[0], pattern->value, tests)) return nullptr;
  // An object that is wanted where there is null is no match, but not missing either: it is all the
  // same if what misses is no match.
  const auto is_object = [](const Field& wanted) { return wanted.value.is_object(); };
  if (!asked.options.empty() && std::ranges::any_of(pattern->value.as_object(), is_object)) {
    return nullptr;
  }
  return call(term::kFilterTest, {all_of(std::move(tests))}, asked.options);
}

// Of fields of the row the parts would miss other things than the whole.
bool has_row_alone(const algebra::Call& asked) {
  return !asked.args.empty() && std::holds_alternative<algebra::Var>(asked.args.front()->node);
}

}  // namespace

ExprPtr in_kernel_terms(const algebra::Call& asked) {
  if (!has_row_alone(asked)) return nullptr;
  if (asked.function.number == term::kHasFields) return has_fields(asked);
  if (asked.function.number == term::kFilterMatch && asked.args.size() == 2) {
    return filter_match(asked);
  }
  return nullptr;
}

}  // namespace octavo::reql
