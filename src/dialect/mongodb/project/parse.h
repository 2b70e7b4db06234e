#pragma once

// The parts of the parser of projections, for the files of this folder.

#include <cstdint>

#include "dialect/mongodb/project/projection.h"

namespace octavo::mongodb {

// What a projection may have: $slice, $elemMatch and the positional operator are those of find.
enum class ProjectionKind : std::uint8_t { find, stage };

Result<algebra::ExprPtr> parse_project_stage(const value::Value& spec, const Variables& variables);

}  // namespace octavo::mongodb
