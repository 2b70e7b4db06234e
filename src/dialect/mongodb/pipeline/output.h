#pragma once

// What $out and $merge ask for: the rows of the pipeline are to be written to a collection. A
// pipeline has at most one of them, at its end; the commands carry it out.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "algebra/expr.h"
#include "dialect/mongodb/pipeline/collections.h"
#include "value/value.h"

namespace octavo::mongodb {

enum class WhenMatched : std::uint8_t { merge, replace, keep_existing, fail, pipeline };
enum class WhenNotMatched : std::uint8_t { insert, discard, fail };

// A variable of $merge's `let`, for the pipeline of `whenMatched`.
struct MergeVariable {
  std::string name;
  algebra::ExprPtr value;  // row → value, of the new document
};

struct Merge {
  CollectionName into;
  // Dotted paths that say which document is meant; there must be a unique index of these fields.
  std::vector<std::string> on;  // empty: _id
  WhenMatched when_matched = WhenMatched::merge;
  std::vector<value::Value> pipeline;  // of WhenMatched::pipeline: an update (update/update.h)
  // Without `let`: one, "new", which is the new document.
  std::vector<MergeVariable> let;
  WhenNotMatched when_not_matched = WhenNotMatched::insert;
};

// The collection is replaced by the rows as a whole.
struct ReplaceCollection {
  CollectionName into;
  std::optional<value::Value> timeseries;  // its options, as they were given
};

using PipelineOutput = std::variant<std::monostate, Merge, ReplaceCollection>;

}  // namespace octavo::mongodb
