#include "keyspace/type/ziplist.h"

#include <gtest/gtest.h>

namespace octavo::keyspace {
namespace {

using Texts = std::vector<std::string>;

std::string list_of(const std::vector<std::string>& entries) {
  std::string body;
  for (const std::string& entry : entries) body += entry;
  std::string out;
  put_le(out, static_cast<std::uint32_t>(10 + body.size() + 1));
  put_le(out, std::uint32_t{10});
  put_le(out, static_cast<std::uint16_t>(entries.size()));
  return out + body + "\xff";
}

template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return std::string(text, N - 1);
}

TEST(Ziplist, EveryEncoding) {
  const std::string list = list_of({
      bytes("\x00\x03"
            "abc"),
      bytes("\x05\x40\x02"
            "de"),
      bytes("\x05\x80\x00\x00\x00\x01"
            "f"),
      bytes("\x07\xc0\xfe\xff"),
      bytes("\x04\xd0\x00\x00\x00\x80"),
      bytes("\x06\xe0\x00\x00\x00\x00\x01\x00\x00\x00"),
      bytes("\x0a\xf0\x00\x00\x80"),
      bytes("\x05\xfe\x80"),
      bytes("\x03\xf1"),
      bytes("\xfe\x02\x00\x00\x00\xfd"),
  });
  EXPECT_EQ(read_ziplist(list), (Texts{"abc", "de", "f", "-2", "-2147483648", "4294967296",
                                       "-8388608", "-128", "0", "12"}));
  EXPECT_EQ(read_ziplist(list_of({})), Texts{});
}

TEST(Ziplist, RefusesDamage) {
  const std::string list = list_of({bytes("\x00\x03"
                                          "abc"),
                                    bytes("\x05\xc0\xfe\xff")});
  for (std::size_t size = 0; size < list.size(); ++size) {
    EXPECT_FALSE(read_ziplist(list.substr(0, size))) << size;
  }
  std::string wrong_count = list;
  wrong_count[8] = 3;
  EXPECT_FALSE(read_ziplist(wrong_count));
  std::string no_encoding = list_of({bytes("\x00\xc1")});
  EXPECT_FALSE(read_ziplist(no_encoding));
}

TEST(Zipmap, PairsWithUnusedBytes) {
  const std::string map = bytes(
      "\x02\x01"
      "a\x02\x01"
      "xy?\x01"
      "b\x00\x00\xff");
  EXPECT_EQ(read_zipmap(map), (Texts{"a", "xy", "b", ""}));
  for (std::size_t size = 0; size < map.size(); ++size) {
    EXPECT_FALSE(read_zipmap(map.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace octavo::keyspace
