#include "protocol/mongodb/command/concern.h"

#include <gtest/gtest.h>

#include "value/notation.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Value parsed(std::string_view notation) {
  auto value = value::read_notation(notation);
  EXPECT_TRUE(value) << notation;
  return value ? *value : Value::object({});
}

struct Case {
  const char* document;
  std::uint32_t code;
};

TEST(MongodbConcern, ReadsAreRefusedByTheirCodes) {
  const Case cases[] = {
      {"{}", 0},
      {R"({"level":"majority","afterClusterTime":#log_stamp[1,2]})", 0},
      {R"({"level":"snapshot","atClusterTime":#log_stamp[1,2]})", 0},
      {R"({"level":"Majority"})", 2},
      {R"({"level":""})", 2},
      {R"({"level":1})", 14},
      {R"({"other":1})", 40415},
      {R"({"atClusterTime":#log_stamp[1,2]})", 72},
      {R"({"level":"snapshot","atClusterTime":#log_stamp[0,0]})", 72},
      {R"({"afterClusterTime":1})", 14},
      {R"({"level":"snapshot","atClusterTime":#log_stamp[1,2],"afterClusterTime":#log_stamp[1,2]})",
       72},
  };
  for (const Case& c : cases) {
    const auto concern = parse_read_concern(parsed(c.document));
    EXPECT_EQ(concern ? 0 : concern.error().number, c.code) << c.document;
  }
}

TEST(MongodbConcern, WritesAreRefusedByTheirCodes) {
  const Case cases[] = {
      {"{}", 0},
      {R"({"w":0})", 0},
      {R"({"w":50,"j":true,"wtimeout":2147483647})", 0},
      {R"({"w":"majority","provenance":"clientSupplied"})", 0},
      {R"({"w":null})", 0},
      {R"({"w":51})", 9},
      {R"({"w":-1})", 9},
      {R"({"w":#float64"NaN"})", 9},
      {R"({"w":true})", 9},
      {R"({"w":[]})", 9},
      {R"({"w":{}})", 9},
      {R"({"w":1,"wtimeout":2147483648})", 9},
      {R"({"j":"yes"})", 14},
      {R"({"other":1})", 40415},
  };
  for (const Case& c : cases) {
    const auto concern = parse_write_concern(parsed(c.document));
    EXPECT_EQ(concern ? 0 : concern.error().number, c.code) << c.document;
  }
}

TEST(MongodbConcern, ASetOfOneHasNoOthers) {
  const auto asks = [](const char* document) {
    return parse_write_concern(parsed(document))->asks_for_others();
  };
  EXPECT_FALSE(asks("{}"));
  EXPECT_FALSE(asks(R"({"w":1})"));
  EXPECT_FALSE(asks(R"({"w":1.9})"));
  EXPECT_FALSE(asks(R"({"w":"majority"})"));
  EXPECT_TRUE(asks(R"({"w":2})"));
  EXPECT_TRUE(asks(R"({"w":"tag"})"));
}

TEST(MongodbConcern, NobodyWaitsForWhatIsUnacknowledged) {
  const auto silent = [](const char* document) {
    return parse_write_concern(parsed(document))->unacknowledged();
  };
  EXPECT_TRUE(silent(R"({"w":0})"));
  EXPECT_FALSE(silent(R"({"w":0,"j":true})"));
  EXPECT_FALSE(silent("{}"));
}

}  // namespace
TEST(ConcernTest, WhatAWriteIsPromised) {
  const auto promised = [](std::string_view document, Durability of_table) {
    return parse_write_concern(parsed(document))->promised(of_table);
  };
  using enum Durability;
  for (const std::string_view less :
       {R"({"w": 1})", R"({"j": false})", R"({"w": "majority", "j": false})"}) {
    EXPECT_EQ(promised(less, disk), os) << less;
    EXPECT_EQ(promised(less, memory), memory) << less;
  }
  for (const std::string_view usual : {"{}", R"({"w": "majority"})", R"({"wtimeout": 5})"}) {
    EXPECT_EQ(promised(usual, disk), disk) << usual;
    EXPECT_EQ(promised(usual, os), os) << usual;
  }
  EXPECT_EQ(promised(R"({"w": 1, "j": true})", os), disk);
  EXPECT_EQ(promised(R"({"w": 0})", disk), memory);
  EXPECT_EQ(promised(R"({"w": 0, "j": true})", memory), disk);
}

}  // namespace octavo::mongodb
