// Conditions of a table draft.

#include <algorithm>
#include <charconv>

#include "dialect/sql/bind/names.h"
#include "dialect/sql/define/draft.h"
#include "dialect/sql/define/forms.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/print/print.h"
#include "value/utf8.h"

namespace octavo::sql {

using catalog::CheckDefinition;

CheckDefinition* TableDraft::find_check(std::string_view name) {
  const auto it = std::ranges::find_if(
      table_.checks, [&](const auto& check) { return same_name(check.name, name); });
  return it == table_.checks.end() ? nullptr : &*it;
}

bool TableDraft::has_check(std::string_view name) const {
  return std::ranges::any_of(table_.checks,
                             [&](const auto& check) { return same_name(check.name, name); });
}

// `t_chk_1`: one more than the last number that was given so.
std::string TableDraft::unused_check_name() const {
  const std::string prefix = table_.name + "_chk_";
  unsigned last = 0;
  for (const CheckDefinition& check : table_.checks) {
    if (!check.name.starts_with(prefix)) continue;
    unsigned number = 0;
    const char* const end = check.name.data() + check.name.size();
    const auto read = std::from_chars(check.name.data() + prefix.size(), end, number);
    if (read.ec == std::errc() && read.ptr == end) last = std::max(last, number);
  }
  return prefix + std::to_string(last + 1);
}

Status TableDraft::add_check(const CheckDef& def) {
  CheckDefinition check;
  check.id = CheckId{table_.next_part++};
  check.name = def.constraint.empty() ? unused_check_name() : std::string(def.constraint);
  if (value::count_code_points(check.name) > kMaxNameCharacters) return error<1059>(check.name);
  if (has_check(check.name)) return error<3822>(check.name);
  check.enforced = def.enforced;
  set_form(check.forms, check_form::kCondition, print(def.condition));
  pending_.push_back({Pending::Use::check, {}, check.id, &def.condition});
  table_.checks.push_back(std::move(check));
  return {};
}

Status TableDraft::drop_check(std::string_view name) {
  const CheckDefinition* check = find_check(name);
  if (check == nullptr) return error<3821>(name);
  table_.checks.erase(table_.checks.begin() + (check - table_.checks.data()));
  return {};
}

Status TableDraft::set_enforced(std::string_view name, bool enforced) {
  CheckDefinition* check = find_check(name);
  if (check == nullptr) return error<3821>(name);
  check->enforced = enforced;
  return {};
}

}  // namespace octavo::sql
