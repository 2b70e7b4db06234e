#pragma once

// Which variables an expression may name ("$$x"), and what they are. ROOT and CURRENT are variables
// like others; "$a" is a field of CURRENT.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "algebra/expr.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

namespace variable_name {
constexpr std::string_view kRoot = "ROOT";
constexpr std::string_view kCurrent = "CURRENT";
constexpr std::string_view kRemove = "REMOVE";
constexpr std::string_view kNow = "NOW";
constexpr std::string_view kClusterTime = "CLUSTER_TIME";
constexpr std::string_view kUserRoles = "USER_ROLES";
constexpr std::string_view kSearchMeta = "SEARCH_META";
constexpr std::string_view kDescend = "DESCEND";
constexpr std::string_view kPrune = "PRUNE";
constexpr std::string_view kKeep = "KEEP";
}  // namespace variable_name

// Numbers for the variables of a request; none is given twice.
class VariableIds {
 public:
  explicit VariableIds(std::uint64_t first = 1) : next_(first) {}
  algebra::VarId fresh() { return algebra::VarId{next_++}; }

 private:
  std::uint64_t next_;
};

// What does not change within a request.
struct RequestFacts {
  std::optional<value::Value> now;           // $$NOW: a date
  std::optional<value::Value> cluster_time;  // $$CLUSTER_TIME: a timestamp
  std::optional<value::Value> user_roles;    // $$USER_ROLES: an array
};

// Names bound to expressions. Cheap to copy; `with` makes one that has a name more, and leaves this
// as it is. Outlived by the VariableIds.
class Variables {
 public:
  // With what every request has: NOW, CLUSTER_TIME and USER_ROLES where they are known, REMOVE, and
  // the words of $redact.
  Variables(VariableIds& ids, const RequestFacts& facts);

  algebra::VarId fresh() const { return ids_->fresh(); }

  // An inner one hides an outer one of its name.
  Variables with(std::string_view name, algebra::ExprPtr meaning) const;
  // ROOT and CURRENT: the row.
  Variables with_row(algebra::VarId row) const;
  // What {$meta: kind} gives; without it that is an error.
  Variables with_meta(std::string_view kind, algebra::ExprPtr meaning) const;

  algebra::ExprPtr find(std::string_view name) const;  // null: there is none
  algebra::ExprPtr find_meta(std::string_view kind) const;

 private:
  struct Binding;
  static algebra::ExprPtr find(const Binding* from, std::string_view name);

  VariableIds* ids_;
  std::shared_ptr<const Binding> bindings_;  // innermost first
  std::shared_ptr<const Binding> metas_;
};

// Whether a user may define a variable of this name ($let, $map, "let" of commands), and whether
// one may be named so: failed_to_parse. CURRENT may be defined.
Status check_variable_name(std::string_view name);
Status check_variable_use(std::string_view name);

}  // namespace octavo::mongodb
