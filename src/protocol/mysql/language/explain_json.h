#pragma once

// EXPLAIN FORMAT=JSON.

#include <span>
#include <string>

#include "value/value.h"

namespace octavo::mysql {

// The rows of EXPLAIN, in MySQL's names for what a plan is made of. What it costs is not told.
std::string explain_json(std::span<const value::Value> rows);

}  // namespace octavo::mysql
