#include "keyspace/reply.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace octavo::redis {
namespace {

using keyspace::Reply;

template <class Write>
std::string encoded(int protocol, Write&& write) {
  std::string out;
  Reply reply(out, protocol);
  write(reply);
  return out;
}

// Both versions of one reply.
template <class Write>
void expect(Write&& write, std::string_view resp2, std::string_view resp3) {
  EXPECT_EQ(encoded(2, write), resp2);
  EXPECT_EQ(encoded(3, write), resp3);
}

TEST(ReplyTest, ScalarsThatAreTheSameInBoth) {
  const auto same = [](auto write, std::string_view bytes) { expect(write, bytes, bytes); };
  same([](Reply& r) { r.ok(); }, "+OK\r\n");
  same([](Reply& r) { r.simple("PONG"); }, "+PONG\r\n");
  same([](Reply& r) { r.integer(0); }, ":0\r\n");
  same([](Reply& r) { r.integer(-9); }, ":-9\r\n");
  same([](Reply& r) { r.integer(10); }, ":10\r\n");
  same([](Reply& r) { r.integer(std::numeric_limits<std::int64_t>::min()); },
       ":-9223372036854775808\r\n");
  same([](Reply& r) { r.bulk(""); }, "$0\r\n\r\n");
  same([](Reply& r) { r.bulk(std::string_view("a\r\nb\0", 5)); },
       std::string_view("$5\r\na\r\nb\0\r\n", 11));
  same([](Reply& r) { r.bulk_integer(1234); }, "$4\r\n1234\r\n");
  same([](Reply& r) { r.empty_array(); }, "*0\r\n");
  same([](Reply& r) { r.array_header(12); }, "*12\r\n");
}

TEST(ReplyTest, TypesThatCameWithResp3) {
  expect([](Reply& r) { r.null(); }, "$-1\r\n", "_\r\n");
  expect([](Reply& r) { r.null_array(); }, "*-1\r\n", "_\r\n");
  expect([](Reply& r) { r.map_header(3); }, "*6\r\n", "%3\r\n");
  expect([](Reply& r) { r.set_header(3); }, "*3\r\n", "~3\r\n");
  expect([](Reply& r) { r.push_header(3); }, "*3\r\n", ">3\r\n");
  expect([](Reply& r) { r.real(1.5); }, "$3\r\n1.5\r\n", ",1.5\r\n");
  expect([](Reply& r) { r.real(std::numeric_limits<double>::infinity()); }, "$3\r\ninf\r\n",
         ",inf\r\n");
  expect([](Reply& r) { r.boolean(true); }, ":1\r\n", "#t\r\n");
  expect([](Reply& r) { r.boolean(false); }, ":0\r\n", "#f\r\n");
  expect([](Reply& r) { r.big_number("123"); }, "$3\r\n123\r\n", "(123\r\n");
  expect([](Reply& r) { r.verbatim("txt", "abc"); }, "$3\r\nabc\r\n", "=7\r\ntxt:abc\r\n");
}

TEST(ReplyTest, ErrorsStayOnOneLine) {
  EXPECT_EQ(encoded(2, [](Reply& r) { r.error("ERR bad\r\nthing\n"); }), "-ERR bad  thing \r\n");
  std::string out;
  Reply reply(out);
  EXPECT_EQ(reply.errors(), 0U);
  reply.wrong_type();
  EXPECT_EQ(reply.errors(), 1U);
}

TEST(ReplyTest, HeadersMayComeAfterTheirElements) {
  const auto write = [](Reply& r, auto insert) {
    r.integer(7);
    const std::size_t mark = r.mark();
    r.bulk("a");
    r.bulk("b");
    insert(r, mark);
  };
  expect([&](Reply& r) { write(r, [](Reply& x, auto m) { x.insert_array_header(m, 2); }); },
         ":7\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", ":7\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  expect([&](Reply& r) { write(r, [](Reply& x, auto m) { x.insert_map_header(m, 1); }); },
         ":7\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", ":7\r\n%1\r\n$1\r\na\r\n$1\r\nb\r\n");
}

TEST(ReplyTest, LongBulksSurviveTheGrowthOfTheBuffer) {
  std::string expected;
  std::string out;
  Reply reply(out);
  for (std::size_t size = 1; size < 100'000; size *= 3) {
    const std::string bytes(size, static_cast<char>('a' + size % 26));
    reply.bulk(bytes);
    expected += "$" + std::to_string(size) + "\r\n" + bytes + "\r\n";
  }
  EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace octavo::redis
