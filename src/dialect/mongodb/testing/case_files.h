#pragma once

// Files of test cases: arrays of documents in Extended JSON.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb::testing {

// The names of the files of a folder, ascending.
std::vector<std::string> case_files(const std::string& folder);
// The cases of one; an error when there are none or they cannot be read.
Result<std::vector<value::Value>> read_cases(const std::string& folder, const std::string& file);

// What is otherwise than a case says: it has the value that it `gives` (none: there is no value),
// or the `code` and perhaps the `text` of an error. Empty: nothing.
std::string mismatch(const value::Value& test, const Result<std::optional<value::Value>>& result);

}  // namespace octavo::mongodb::testing
