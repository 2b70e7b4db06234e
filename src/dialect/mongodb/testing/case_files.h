#pragma once

// Files of test cases: arrays of documents in Extended JSON.

#include <string>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb::testing {

// The names of the files of a folder, ascending.
std::vector<std::string> case_files(const std::string& folder);
// The cases of one; an error when there are none or they cannot be read.
Result<std::vector<value::Value>> read_cases(const std::string& folder, const std::string& file);

}  // namespace octavo::mongodb::testing
