#pragma once

// What the engine found wrong with a row, in MySQL's numbers and words.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "catalog/model.h"
#include "catalog/violation.h"

namespace octavo::mysql {

// `table`: that was written, and `row`: of the statement, from 1. `state`: of other tables that a
// foreign key is about.
Error violation_error(const catalog::TableDefinition& table, const catalog::Violation& violation,
                      std::uint64_t row, const catalog::CatalogState& state);
// 1062, of the primary key.
Error duplicate_key(const catalog::TableDefinition& table, const value::Value& key);

// A value as messages show it: `-` between the parts of a key.
std::string shown_value(const value::Value& value);

}  // namespace octavo::mysql
