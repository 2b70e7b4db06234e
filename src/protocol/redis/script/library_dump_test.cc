#include "protocol/redis/script/library_dump.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keyspace/file/dump.h"

namespace octavo::redis {
namespace {

using Codes = std::vector<std::string>;

TEST(LibraryDumpTest, GivesBackWhatWasWritten) {
  const keyspace::Keyspace::Libraries libraries = {
      {"a", "#!lua name=a\n"}, {"b", "#!lua name=b\n" + std::string(100'000, '-')}, {"c", ""}};
  const Bytes payload = dump_libraries(libraries);
  EXPECT_TRUE(keyspace::dump_is_intact(payload));
  const auto codes = read_libraries(payload);
  ASSERT_TRUE(codes.has_value());
  EXPECT_EQ(*codes, (Codes{libraries.at("a"), libraries.at("b"), libraries.at("c")}));
  EXPECT_EQ(*read_libraries(dump_libraries({})), Codes{});
}

TEST(LibraryDumpTest, IsRefusedWhereItIsNone) {
  const Bytes whole = dump_libraries({{"a", "#!lua name=a\n"}});
  constexpr std::size_t kTrailer = 10;
  const std::string trailer(kTrailer, '\0');
  const std::string_view body = std::string_view(whole).substr(0, whole.size() - kTrailer);
  for (std::size_t size = 1; size < body.size(); ++size) {
    const auto codes = read_libraries(std::string(body.substr(0, size)) + trailer);
    ASSERT_FALSE(codes.has_value()) << size;
    EXPECT_EQ(codes.error().what, "failed loading the given functions payload");
  }
  const auto value = read_libraries(std::string(1, '\0') + trailer);
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().what, "given type is not a function");
  for (std::size_t size = 0; size < kTrailer; ++size) {
    EXPECT_FALSE(read_libraries(std::string(size, '\0')).has_value()) << size;
  }
}

}  // namespace
}  // namespace octavo::redis
