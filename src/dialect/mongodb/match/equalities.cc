#include "dialect/mongodb/match/equalities.h"

#include <algorithm>
#include <string>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/tree.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;

std::string dotted(const std::vector<std::string>& path) {
  return fmt::format("{}", fmt::join(path, "."));
}

bool is_prefix(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return a.size() <= b.size() && std::equal(a.begin(), a.end(), b.begin());
}

Status add(Equality equality, std::vector<Equality>& found) {
  for (const Equality& other : found) {
    if (other.path == equality.path) {
      if (equal(other.value, equality.value)) return {};
      return error(ErrorCode::not_single_value_field,
                   "cannot infer query fields to set, path '{}' is matched twice",
                   dotted(equality.path));
    }
    if (is_prefix(other.path, equality.path) || is_prefix(equality.path, other.path)) {
      return error(ErrorCode::not_single_value_field,
                   "cannot infer query fields to set, both paths '{}' and '{}' are matched",
                   dotted(other.path), dotted(equality.path));
    }
  }
  found.push_back(std::move(equality));
  return {};
}

Status collect(const ExprPtr& part, algebra::VarId row, std::vector<Equality>& found) {
  if (const algebra::Call* all = call_of(part, op::kAllOf)) {
    for (const ExprPtr& one : all->args) TRY_STATUS(collect(one, row, found));
    return {};
  }
  auto test = test_of(part, row);
  if (!test || test->number != op::kEqual) return {};
  return add({.path = std::move(test->path), .value = std::move(test->operand)}, found);
}

}  // namespace

Result<std::vector<Equality>> equalities_of(const ExprPtr& filter) {
  std::vector<Equality> found;
  const FilterBody body = body_of(filter);
  if (body.body == nullptr) return found;
  TRY_STATUS(collect(body.body, body.row, found));
  return found;
}

}  // namespace octavo::mongodb
