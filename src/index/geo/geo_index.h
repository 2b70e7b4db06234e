#pragma once

#include "index/index.h"

namespace octavo::index {

// Geometries by the S2 cells that cover them: an entry for each cell. The value of the function is
// a geometry, or for a multi index an array of them; what is none has no place in the index.
//
// A request for a key that is a geometry, or an area as `geometry::area_of` makes them, finds the
// rows that may intersect it.
Result<std::shared_ptr<const Index>> open_geo_index(const catalog::IndexDefinition& definition);

}  // namespace octavo::index
