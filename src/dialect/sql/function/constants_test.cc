// The cases of testdata/values, and what holds for every operation.

#include "dialect/sql/function/testing/constants.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace octavo::sql {
namespace {

constexpr const char* kFolder = "src/dialect/sql/testdata/values";
constexpr const char* kStores = "src/dialect/sql/testdata/stores";

TEST(Constants, CasesGiveWhatTheySay) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    for (const ValueCase& one : read_value_cases(entry.path().string())) {
      SCOPED_TRACE(one.place + ": " + one.expression);
      Constants constants;
      set_modes(constants.session, one.modes);
      const ComputedText computed = constants.compute(one.expression);
      std::string actual = computed.result;
      for (const std::string& note : computed.notes) actual += "\n" + note;
      EXPECT_EQ(actual, one.expected);
      ++count;
    }
  }
  EXPECT_GT(count, 100U);
}

// `TYPE <- expression`; `## adjust`: without strict mode.
TEST(Stores, CasesGiveWhatTheySay) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kStores)) {
    for (const ValueCase& one : read_value_cases(entry.path().string())) {
      SCOPED_TRACE(one.place + ": " + one.expression);
      const std::size_t arrow = one.expression.find(" <- ");
      ASSERT_NE(arrow, std::string::npos);
      const bool adjusts = one.modes == "adjust";
      const ComputedText stored =
          Constants().store(one.expression.substr(0, arrow), one.expression.substr(arrow + 4),
                            adjusts ? StoreRule::adjust : StoreRule::strict);
      std::string actual = stored.result;
      for (const std::string& note : stored.notes) actual += "\n" + note;
      EXPECT_EQ(actual, one.expected);
      ++count;
    }
  }
  EXPECT_GT(count, 60U);
}

}  // namespace
}  // namespace octavo::sql
