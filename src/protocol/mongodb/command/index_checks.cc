#include "protocol/mongodb/command/index_checks.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/index/entries.h"
#include "protocol/mongodb/command/index_definition.h"

namespace octavo::mongodb {
namespace {

// Documents with fewer bytes do not come near to what an index works out.
constexpr std::size_t kSmallDocument = 2'000;

}  // namespace

Result<std::shared_ptr<const index::Index>> open_index(const engine::Engine& engine,
                                                       const catalog::IndexDefinition& index) {
  const auto kinds = engine.index_kinds();
  const auto kind = std::ranges::find(kinds, index.kind, &index::KindRow::id);
  if (kind == kinds.end()) return fail(Code::unsupported, "an index is of an unknown kind");
  return kind->open(index);
}

IndexChecks IndexChecks::of_table(const engine::Engine& engine,
                                  const catalog::TableDefinition& table) {
  IndexChecks checks(engine);
  for (const auto& index : table.indexes) checks.add(index);
  return checks;
}

IndexChecks IndexChecks::of_index(const engine::Engine& engine,
                                  const catalog::IndexDefinition& index) {
  IndexChecks checks(engine);
  checks.add(index);
  return checks;
}

void IndexChecks::add(const catalog::IndexDefinition& index) {
  const value::Value* const spec = given_spec(index);
  if (spec != nullptr) all_.push_back(&index);
  if (auto special = special_index(index)) {
    special_.push_back(*std::move(special));
    return;
  }
  if (spec == nullptr || spec->find("key")->as_object().size() < 2) return;
  auto pattern = parse_key_pattern(*spec->find("key"));
  if (pattern) compound_.push_back(*std::move(pattern));
}

Status IndexChecks::check(const value::Value& document) {
  for (const KeyPattern& pattern : compound_) TRY_STATUS(check_entries(pattern, document));
  for (const SpecialIndex& index : special_) TRY_STATUS(check_special(index, document));
  const bool is_small = document.memory_bytes(kSmallDocument) < kSmallDocument;
  return all_.empty() || is_small ? Status() : check_size(document);
}

// By the engine's own index, so that both come to the same verdict.
Status IndexChecks::check_size(const value::Value& document) {
  for (std::size_t i = opened_.size(); i < all_.size(); ++i) {
    TRY(auto opened, open_index(engine_, *all_[i]));
    opened_.push_back(std::move(opened));
  }
  std::vector<Bytes> keys;
  for (std::size_t i = 0; i < opened_.size(); ++i) {
    keys.clear();
    if (opened_[i]->keys_of(document, keys) <= index::kEntrySteps) continue;
    return error(kCannotBuildKeys,
                 "Index key generation exceeded what an index works out of one document. Index "
                 "name: {}",
                 all_[i]->name);
  }
  return {};
}

}  // namespace octavo::mongodb
