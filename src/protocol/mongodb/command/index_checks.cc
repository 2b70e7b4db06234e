#include "protocol/mongodb/command/index_checks.h"

#include <utility>

#include "dialect/mongodb/index/entries.h"
#include "protocol/mongodb/command/index_definition.h"

namespace octavo::mongodb {

IndexChecks IndexChecks::of_table(const catalog::TableDefinition& table) {
  IndexChecks checks;
  for (const auto& index : table.indexes) checks.add(index);
  return checks;
}

IndexChecks IndexChecks::of_index(const catalog::IndexDefinition& index) {
  IndexChecks checks;
  checks.add(index);
  return checks;
}

void IndexChecks::add(const catalog::IndexDefinition& index) {
  if (auto special = special_index(index)) {
    special_.push_back(*std::move(special));
    return;
  }
  const value::Value* const spec = given_spec(index);
  if (spec == nullptr || spec->find("key")->as_object().size() < 2) return;
  auto pattern = parse_key_pattern(*spec->find("key"));
  if (pattern) compound_.push_back(*std::move(pattern));
}

Status IndexChecks::check(const value::Value& document) const {
  for (const KeyPattern& pattern : compound_) TRY_STATUS(check_entries(pattern, document));
  for (const SpecialIndex& index : special_) TRY_STATUS(check_special(index, document));
  return {};
}

}  // namespace octavo::mongodb
