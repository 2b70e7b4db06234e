#include "protocol/rethinkdb/response.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "dialect/reql/datum.h"
#include "protocol/rethinkdb/frame.h"

namespace octavo::rethinkdb {
namespace {

using value::Value;
using namespace std::string_literals;

// The JSON of the one frame in `out`, which must be for `token`.
std::string json_of(const Bytes& out, std::int64_t token) {
  const QueryFrame frame = parse_frame(out);
  EXPECT_EQ(frame.state, QueryFrame::State::whole);
  EXPECT_EQ(frame.token, token);
  EXPECT_EQ(frame.size(), out.size());
  return std::string(frame.json);
}

std::string response(ResponseType type, std::vector<Value> rows, ResponseOptions options = {}) {
  Bytes out;
  put_response(7, type, rows, options, out);
  return json_of(out, 7);
}

std::string error(reql::ErrorKind kind, std::string message, reql::Backtrace frames = {}) {
  Bytes out;
  put_error(-2, {kind, std::move(message), std::move(frames)}, std::nullopt, out);
  return json_of(out, -2);
}

TEST(Response, GoldenBytesOfAnAtom) {
  Bytes out;
  put_response(1, ResponseType::success_atom, std::array{reql::number(5)}, {}, out);
  EXPECT_EQ(out, "\x01\0\0\0\0\0\0\0\x0f\0\0\0{\"t\":1,\"r\":[5]}"s);
}

TEST(Response, EachType) {
  EXPECT_EQ(response(ResponseType::success_atom, {Value()}), R"({"t":1,"r":[null]})");
  EXPECT_EQ(response(ResponseType::wait_complete, {}), R"({"t":4,"r":[]})");
  ResponseOptions sequence;
  sequence.show_notes = true;
  EXPECT_EQ(response(ResponseType::success_sequence, {reql::number(1), reql::number(2)}, sequence),
            R"({"t":2,"r":[1,2],"n":[]})");
  const std::array notes{1, 5};
  sequence.notes = notes;
  EXPECT_EQ(response(ResponseType::success_partial, {}, sequence), R"({"t":3,"r":[],"n":[1,5]})");
}

TEST(Response, AnArrayPartByPart) {
  ResponseOptions options;
  options.is_array = true;
  Bytes out = "what is before it";
  const std::size_t start = out.size();
  Response whole(7, ResponseType::success_atom, options, out);
  EXPECT_TRUE(whole.add(std::array{reql::number(1), reql::number(2)}));
  EXPECT_TRUE(whole.add({}));
  EXPECT_TRUE(whole.add(std::array{reql::number(3)}));
  whole.end(std::nullopt);
  EXPECT_EQ(json_of(out.substr(start), 7), R"({"t":1,"r":[[1,2,3]]})");

  Bytes empty;
  Response(7, ResponseType::success_atom, options, empty).end(std::nullopt);
  EXPECT_EQ(json_of(empty, 7), R"({"t":1,"r":[[]]})");

  out.resize(start);
  Response failing(7, ResponseType::success_atom, options, out);
  EXPECT_TRUE(failing.add(std::array{reql::number(1)}));
  EXPECT_FALSE(failing.add(std::array{Value::min_key()}));
  EXPECT_EQ(json_of(out.substr(start), 7),
            R"({"t":18,"e":3000000,"r":["Cannot convert `r.minval` to JSON."],"b":[]})");
}

TEST(Response, NumbersAsRethinkDbWritesThem) {
  EXPECT_EQ(response(ResponseType::success_atom, {reql::number(9007199254740992.0)}),
            R"({"t":1,"r":[9007199254740992]})");
  EXPECT_EQ(response(ResponseType::success_atom, {reql::number(123456789012345680.0)}),
            R"({"t":1,"r":[123456789012345680.0]})");
  EXPECT_EQ(response(ResponseType::success_atom, {reql::number(-0.0)}), R"({"t":1,"r":[-0.0]})");
  EXPECT_EQ(response(ResponseType::success_atom, {reql::number(0.1)}), R"({"t":1,"r":[0.1]})");
}

TEST(Response, ProfileComesBeforeNotes) {
  ResponseOptions options;
  options.show_notes = true;
  options.duration_ms = 1.5;
  const std::string expected =
      R"json({"t":2,"r":[],"p":[{"description":"Evaluating query.","duration(ms)":1.500000,)json"
      R"json("sub_tasks":[]}],"n":[]})json";
  EXPECT_EQ(response(ResponseType::success_sequence, {}, options), expected);
}

TEST(Response, ErrorsHaveTheirNumbers) {
  using reql::ErrorKind;
  // CLIENT_ERROR and COMPILE_ERROR have no `e`.
  EXPECT_EQ(error(ErrorKind::client, "c"), R"({"t":16,"r":["c"],"b":[]})");
  EXPECT_EQ(error(ErrorKind::compile, "c"), R"({"t":17,"r":["c"],"b":[]})");
  const std::vector<std::pair<ErrorKind, int>> runtime = {
      {ErrorKind::internal, 1000000},    {ErrorKind::resource_limit, 2000000},
      {ErrorKind::query_logic, 3000000}, {ErrorKind::non_existence, 3100000},
      {ErrorKind::op_failed, 4100000},   {ErrorKind::op_indeterminate, 4200000},
      {ErrorKind::user, 5000000},        {ErrorKind::permission, 6000000},
  };
  for (const auto& [kind, number] : runtime) {
    EXPECT_EQ(error(kind, "m"),
              R"({"t":18,"e":)" + std::to_string(number) + R"(,"r":["m"],"b":[]})");
  }
}

TEST(Response, BacktracesMixPositionsAndNames) {
  EXPECT_EQ(error(reql::ErrorKind::user, "a\"b\n", {1, std::string("conflict"), 0}),
            R"({"t":18,"e":5000000,"r":["a\"b\n"],"b":[1,"conflict",0]})");
}

// What has no JSON form becomes an error, and nothing of the half-written frame stays.
TEST(Response, ValuesWithoutJson) {
  EXPECT_EQ(
      response(ResponseType::success_atom, {Value::array({reql::number(1), Value::min_key()})}),
      R"({"t":18,"e":3000000,"r":["Cannot convert `r.minval` to JSON."],"b":[]})");
}

}  // namespace
}  // namespace octavo::rethinkdb
