#pragma once

// The kinds of indexes, as rows. Everything that differs from kind to kind is in its row or behind
// the interface that the row opens.

#include <cstdint>
#include <span>
#include <string_view>

#include "index/index.h"

namespace octavo::index {

struct KindRow {
  catalog::IndexKindId id{};  // stored: never another kind's
  std::string_view name;
  std::uint8_t answers = 0;  // algebra/index_answers.h
  // The options of a new index, from what is given (null: nothing): all that there are, and no
  // others. `invalid_argument` else.
  Result<value::Value> (*options)(const value::Value& given) = nullptr;
  Result<std::shared_ptr<const Index>> (*open)(const catalog::IndexDefinition&) = nullptr;
};

std::span<const KindRow> kinds();
// Null when there is none.
const KindRow* find_kind(catalog::IndexKindId id);
const KindRow* find_kind(std::string_view name);

// The index that a definition describes; `corrupt` when its stored function does not decode,
// `unsupported` for a kind that has no row.
Result<std::shared_ptr<const Index>> open_index(const catalog::IndexDefinition& definition);

// Completes the options of an index that is to be created, and refuses one that could not be
// opened.
Status prepare_new(catalog::IndexDefinition& definition);

}  // namespace octavo::index
