#pragma once

#include <cstdint>

#include "value/value.h"

namespace octavo::function {

// Steps of work to look at all of a value, as if no part of it were shared: one for each node and
// for every 64 bytes of text. Counts no further than `most`, so that it costs no more than that.
// At least 1. The same value gives the same number on every machine.
std::uint64_t work_of(const value::Value& value, std::uint64_t most);

}  // namespace octavo::function
