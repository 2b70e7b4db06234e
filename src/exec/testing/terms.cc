#include "exec/testing/terms.h"

#include <map>
#include <string>

#include "base/assert.h"
#include "function/family.h"

namespace octavo::exec::testing_support {
namespace {

// Their rows in dialect/families.cc.
constexpr algebra::FamilyId kReql{1};
constexpr algebra::FamilyId kSql{2};
constexpr algebra::VarId kRow{1};
constexpr std::uint16_t kNumbers = 2000;  // more than the tables have

algebra::FunctionId function_named(std::string_view name) {
  static const std::map<std::string, algebra::FunctionId, std::less<>> kByName = [] {
    std::map<std::string, algebra::FunctionId, std::less<>> by_name;
    for (const algebra::FamilyId family : {kReql, kSql}) {
      for (std::uint16_t number = 0; number < kNumbers; ++number) {
        by_name.emplace(function::name_of({family, number}), algebra::FunctionId{family, number});
      }
    }
    return by_name;
  }();
  const auto found = kByName.find(name);
  ASSERT(found != kByName.end());
  return found->second;
}

}  // namespace

algebra::ExprPtr row() { return algebra::variable(kRow); }

algebra::ExprPtr term(std::string_view name, std::vector<algebra::ExprPtr> arguments) {
  return algebra::call(function_named("reql." + std::string(name)), std::move(arguments));
}
algebra::ExprPtr sql_term(std::string_view name, std::vector<algebra::ExprPtr> arguments) {
  return algebra::call(function_named("sql." + std::string(name)), std::move(arguments));
}

algebra::ExprPtr text(std::string_view value) {
  return algebra::constant(value::Value::string(value));
}

algebra::ExprPtr field(algebra::ExprPtr of, std::string_view name) {
  return term("get_field", {std::move(of), text(name)});
}

algebra::ExprPtr of_row(algebra::ExprPtr body) { return algebra::lambda({kRow}, std::move(body)); }

bool is_row(const algebra::ExprPtr& lambda) {
  const auto& function = std::get<algebra::Lambda>(lambda->node);
  const auto* body = std::get_if<algebra::Var>(&function.body->node);
  return body != nullptr && function.params.size() == 1 && body->id == function.params.front();
}

}  // namespace octavo::exec::testing_support
