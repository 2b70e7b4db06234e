#pragma once

// Indexes over something else than the values at their paths: places (2dsphere, 2d), the words of
// texts, and the values at all paths ($**). Which documents they leave out is in their nature:
// those that have no place, no text, nothing at such a path.
//
// 2dsphere and 2d are over the first field of that kind alone, and of fields beside it, or beside
// texts and `$**`, nothing is kept: who reads looks at the documents.

#include <optional>
#include <string>
#include <string_view>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/index/bounds.h"
#include "dialect/mongodb/index/key_pattern.h"
#include "dialect/mongodb/match/conditions.h"
#include "value/value.h"

namespace octavo::mongodb {

enum class SpecialKind : std::uint8_t { sphere, plane, text, wildcard };
// Nothing: it is over values at paths.
std::optional<SpecialKind> special_kind(const KeyPattern& pattern);
// The field that makes it special.
const KeyField& special_field(const KeyPattern& pattern);

struct SpecialIndex {
  KeyPattern pattern;
  value::Value spec;  // the document that is kept of it
};

// How the engine keeps it: a name of a kind of indexes (index/registry.cc), its options, and the
// function of documents.
struct SpecialRule {
  std::string primary_key;
  algebra::ExprPtr partial = {};
};
struct SpecialDefinition {
  std::string_view kind;
  value::Value options;
  algebra::ExprPtr function;
};
SpecialDefinition define_special(const SpecialIndex& index, const SpecialRule& rule);

// CannotBuildIndexKeys: a document has more in it than an index works out.
inline constexpr std::uint32_t kCannotBuildKeys = 201;
// Why a document cannot be in the index: 16755, 13027, 17261, 7246301 and their kin.
Status check_special(const SpecialIndex& index, const value::Value& document);

// What of the index a filter is about; no bounds: it does not answer.
Bounds special_bounds(const Conditions& conditions, const SpecialIndex& index);

}  // namespace octavo::mongodb
