#pragma once

#include "index/index.h"

namespace octavo::index {

// Points of a plane: the value of the function is [x, y], or for a multi index an array of such;
// what is none has no place in the index. A request's keys are rectangles, [[x, y], [x, y]] with
// the least and the most of each coordinate; it finds the rows that may be within one.
Result<std::shared_ptr<const Index>> open_plane_index(const catalog::IndexDefinition& definition);

// {multi, least, most, bits}: what square is cut into 2^bits cells on a side; -180, 180 and 26
// where they are not given. Points beyond it are found, but all together.
Result<value::Value> plane_options(const value::Value& given);

}  // namespace octavo::index
