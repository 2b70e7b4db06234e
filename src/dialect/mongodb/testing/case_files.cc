#include "dialect/mongodb/testing/case_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "dialect/mongodb/testing/ejson.h"

namespace octavo::mongodb::testing {

std::vector<std::string> case_files(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

Result<std::vector<value::Value>> read_cases(const std::string& folder, const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(folder + "/" + file).rdbuf();
  TRY(const value::Value cases, read_ejson(text.str()));
  if (!cases.is_array() || cases.as_array().empty()) {
    return fail(Code::invalid_argument, file + " has no cases");
  }
  return std::vector<value::Value>(cases.as_array().begin(), cases.as_array().end());
}

}  // namespace octavo::mongodb::testing
