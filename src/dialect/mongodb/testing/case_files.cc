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

std::string mismatch(const value::Value& test, const Result<std::optional<value::Value>>& result) {
  const auto differs = [&](const std::string& got) { return got + " of " + write_ejson(test); };
  if (const value::Value* code = test.find("code")) {
    if (result) return differs(*result ? write_ejson(**result) : "no value");
    const value::Value* text = test.find("text");
    const bool same = code->as_int64() == std::int64_t{result.error().number} &&
                      (text == nullptr || text->as_string() == result.error().what);
    if (same) return {};
  }
  if (!result) {
    return differs("error " + std::to_string(result.error().number) + ": " + result.error().what);
  }
  const auto shown = [](const value::Value* value) {
    return value == nullptr ? std::string("no value") : write_ejson(*value);
  };
  const std::string got = shown(*result ? &**result : nullptr);
  return got == shown(test.find("gives")) ? std::string() : differs(got);
}

}  // namespace octavo::mongodb::testing
