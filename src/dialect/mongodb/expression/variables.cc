#include "dialect/mongodb/expression/variables.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_wide(char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; }
bool may_follow(char c) { return is_letter(c) || is_wide(c) || (c >= '0' && c <= '9') || c == '_'; }

Status check_rest(std::string_view name) {
  const auto wrong = std::ranges::find_if_not(name.substr(1), [](char c) { return may_follow(c); });
  if (wrong == name.substr(1).end()) return {};
  return error(ErrorCode::failed_to_parse,
               "'{}' contains an invalid character for a variable name: '{}'", name, *wrong);
}

// What $redact's expression says of a document: variables that are strings.
struct Word {
  std::string_view name;
  std::string_view value;
};
constexpr Word kRedactWords[] = {{variable_name::kDescend, "descend"},
                                 {variable_name::kPrune, "prune"},
                                 {variable_name::kKeep, "keep"}};

}  // namespace

struct Variables::Binding {
  std::string name;
  ExprPtr meaning;
  std::shared_ptr<const Binding> outer;
};

Variables::Variables(VariableIds& ids, const RequestFacts& facts) : ids_(&ids) {
  const auto bind = [this](std::string_view name, ExprPtr meaning) {
    *this = with(name, std::move(meaning));
  };
  const auto bind_fact = [&](std::string_view name, const std::optional<Value>& fact) {
    if (fact) bind(name, algebra::constant(*fact));
  };
  for (const Word& word : kRedactWords) {
    bind(word.name, algebra::constant(Value::string(word.value)));
  }
  bind(variable_name::kRemove, call(op::kRemove, {}));
  bind(variable_name::kSearchMeta, call(op::kRemove, {}));
  bind_fact(variable_name::kUserRoles, facts.user_roles);
  bind_fact(variable_name::kClusterTime, facts.cluster_time);
  bind_fact(variable_name::kNow, facts.now);
}

Variables Variables::with(std::string_view name, ExprPtr meaning) const {
  Variables more = *this;
  more.bindings_ = std::make_shared<const Binding>(
      Binding{.name = std::string(name), .meaning = std::move(meaning), .outer = bindings_});
  return more;
}

Variables Variables::with_row(algebra::VarId row) const {
  return with(variable_name::kRoot, algebra::variable(row))
      .with(variable_name::kCurrent, algebra::variable(row));
}

Variables Variables::with_meta(std::string_view kind, ExprPtr meaning) const {
  Variables more = *this;
  more.metas_ = std::make_shared<const Binding>(
      Binding{.name = std::string(kind), .meaning = std::move(meaning), .outer = metas_});
  return more;
}

ExprPtr Variables::find(std::string_view name) const { return find(bindings_.get(), name); }
ExprPtr Variables::find_meta(std::string_view kind) const { return find(metas_.get(), kind); }

ExprPtr Variables::find(const Binding* from, std::string_view name) {
  for (; from != nullptr; from = from->outer.get()) {
    if (from->name == name) return from->meaning;
  }
  return nullptr;
}

Status check_variable_name(std::string_view name) {
  if (name == variable_name::kCurrent) return {};
  if (name.empty()) {
    return error(ErrorCode::failed_to_parse, "empty variable names are not allowed");
  }
  if (!(name.front() >= 'a' && name.front() <= 'z') && !is_wide(name.front())) {
    return error(ErrorCode::failed_to_parse,
                 "'{}' starts with an invalid character for a user variable name", name);
  }
  return check_rest(name);
}

Status check_variable_use(std::string_view name) {
  if (name.empty()) {
    return error(ErrorCode::failed_to_parse, "empty variable names are not allowed");
  }
  if (!is_letter(name.front()) && !is_wide(name.front())) {
    return error(ErrorCode::failed_to_parse,
                 "'{}' starts with an invalid character for a variable name", name);
  }
  return check_rest(name);
}

}  // namespace octavo::mongodb
