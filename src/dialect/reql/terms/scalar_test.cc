// The scalar terms, each called with constants.

#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/read/json_in.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/text/json_out.h"
#include "function/family.h"

namespace octavo::reql {
namespace {

enum : std::uint16_t {
  kAdd = 24,
  kSub = 25,
  kMul = 26,
  kDiv = 27,
  kMod = 28,
  kKeys = 94,
  kMatch = 97,
  kJson = 98,
  kIso8601 = 99,
  kToIso8601 = 100,
  kEpochTime = 101,
  kToEpochTime = 102,
  kInTimezone = 104,
  kDuring = 105,
  kDate = 106,
  kTimeOfDay = 126,
  kYear = 128,
  kDayOfWeek = 131,
  kDayOfYear = 132,
  kSeconds = 135,
  kTime = 136,
  kUpcase = 141,
  kDowncase = 142,
  kObject = 143,
  kSplit = 149,
  kRandom = 151,
  kBinary = 155,
  kGeojson = 157,
  kPoint = 159,
  kLine = 160,
  kPolygon = 161,
  kDistance = 162,
  kIntersects = 163,
  kIncludes = 164,
  kCircle = 165,
  kFill = 167,
  kUuid = 169,
  kPolygonSub = 171,
  kToJsonString = 172,
  kFloor = 183,
  kCeil = 184,
  kRound = 185,
  kBitAnd = 191,
  kBitNot = 194,
  kBitSal = 195,
  kBitSar = 196,
  kFormat = 197,
};

// Arguments are given as JSON, pseudotypes included.
Value parsed(std::string_view json) {
  Result<Value> value = parse_json(json);
  EXPECT_TRUE(value) << json;
  return value ? *value : Value::null();
}

Result<Value> call_term(std::uint16_t number, const std::vector<Value>& arguments,
                        std::vector<algebra::Option> options = {}) {
  std::vector<algebra::ExprPtr> args;
  args.reserve(arguments.size());
  for (const Value& argument : arguments) args.push_back(algebra::constant(argument));
  function::EvalContext shared;
  shared.now_ns = 1'400'000'000'123'456'789;
  Evaluation query(shared);
  Env env(query, nullptr, nullptr);
  TRY(const Val result,
      evaluate(env, algebra::call(term::id(number), std::move(args), std::move(options))));
  return to_datum(env, result);
}

std::string text_of(const Result<Value>& result) {
  if (!result) return result.error().what;
  std::string text;
  EXPECT_TRUE(write_json(*result, text));
  return text;
}

std::string run(std::uint16_t number, std::initializer_list<std::string_view> arguments,
                std::vector<algebra::Option> options = {}) {
  std::vector<Value> values;
  for (const std::string_view argument : arguments) values.push_back(parsed(argument));
  return text_of(call_term(number, values, std::move(options)));
}

algebra::Option option(std::string name, std::string_view json) {
  return {std::move(name), algebra::constant(parsed(json))};
}

TEST(MathTerms, Addition) {
  EXPECT_EQ(run(kAdd, {"1", "2", "3.5"}), "6.5");
  EXPECT_EQ(run(kAdd, {R"("a")", R"("b")"}), R"("ab")");
  EXPECT_EQ(run(kAdd, {"[1]", "[2,3]"}), "[1,2,3]");
  EXPECT_EQ(run(kAdd, {"1", R"("a")"}), "Expected type NUMBER but found STRING.");
  EXPECT_EQ(run(kAdd, {R"("a")", "1"}), "Expected type STRING but found NUMBER.");
  EXPECT_EQ(run(kAdd, {"{}", "1"}), "Expected type NUMBER but found OBJECT.");
  EXPECT_EQ(run(kAdd, {"1e308", "1e308"}), "Non-finite number: inf");
}

TEST(MathTerms, Arithmetic) {
  EXPECT_EQ(run(kSub, {"1", "2", "3"}), "-4");
  EXPECT_EQ(run(kMul, {"[1,2]", "2"}), "[1,2,1,2]");
  EXPECT_EQ(run(kMul, {"2", "[1]"}), "[1,1]");
  EXPECT_EQ(run(kMul, {"[]", "1.5"}), "Number not an integer: 1.5");
  EXPECT_EQ(run(kMul, {"[1]", "-1"}), "Cannot multiply an ARRAY by a negative number.");
  EXPECT_EQ(call_term(kMul, {parsed("[1,2]"), number(9e15)}).error().code,
            Code::resource_exhausted);
  EXPECT_EQ(run(kDiv, {"1", "2", "4"}), "0.125");
  EXPECT_EQ(run(kDiv, {"0", "0"}), "Cannot divide by zero.");
  EXPECT_EQ(run(kMod, {"-10", "3"}), "-1");
  EXPECT_EQ(run(kMod, {"1", "0"}), "Cannot take a number modulo 0.");
}

TEST(MathTerms, Rounding) {
  EXPECT_EQ(run(kRound, {"-0.5"}), "-1");
  EXPECT_EQ(run(kRound, {"0.5"}), "1");
  EXPECT_EQ(run(kFloor, {"-1.5"}), "-2");
  EXPECT_EQ(run(kCeil, {"1.2"}), "2");
}

TEST(MathTerms, Bits) {
  EXPECT_EQ(run(kBitAnd, {"-2", "3"}), "2");
  EXPECT_EQ(run(kBitAnd, {"9007199254740992", "0"}), "Integer too large: 9007199254740992");
  EXPECT_EQ(run(kBitNot, {"9007199254740991"}), "-9007199254740992");
  EXPECT_EQ(run(kBitSar, {"-9007199254740992", "54"}), "-1");
  EXPECT_EQ(run(kBitSar, {"9007199254740991", "1000"}), "0");
  EXPECT_EQ(run(kBitSal, {"0", "999999"}), "0");
  EXPECT_EQ(run(kBitSal, {"1", "999999"}), "Non-finite number: inf");
  EXPECT_EQ(run(kBitSal, {"5", "-1"}), "Cannot bit-shift by a negative value");
}

TEST(MathTerms, Random) {
  const std::vector<algebra::Option> as_float{option("float", "true")};
  for (int i = 0; i < 1000; ++i) {
    const double up = call_term(kRandom, {number(5), number(7)}, as_float)->to_double();
    EXPECT_TRUE(up >= 5 && up < 7);
    const double down = call_term(kRandom, {number(7), number(5)}, as_float)->to_double();
    EXPECT_TRUE(down > 5 && down <= 7);
    const double whole = call_term(kRandom, {number(-3), number(3)})->to_double();
    EXPECT_TRUE(whole >= -3 && whole < 3 && whole == std::floor(whole));
    const double wide =
        call_term(kRandom, {number(-1.7e308), number(1.7e308)}, as_float)->to_double();
    EXPECT_TRUE(std::isfinite(wide));
  }
  EXPECT_EQ(run(kRandom, {"0.25"}),
            "Upper bound (0.25) could not be safely converted to an integer.");
  EXPECT_EQ(run(kRandom, {"20", "2"}), "Lower bound (20) is not less than upper bound (2).");
}

TEST(StringTerms, Match) {
  EXPECT_EQ(run(kMatch, {R"("abcdefg")", R"x("a(b.e)|b(c.e)")x"}),
            R"({"end":5,"groups":[null,{"end":5,"start":2,"str":"cde"}],"start":1,"str":"bcde"})");
  EXPECT_EQ(run(kMatch, {R"("x")", R"("y")"}), "null");
  EXPECT_EQ(run(kMatch, {R"("")", R"("ab\\9")"}),
            "Error in regexp `ab\\9` (portion `\\9`): invalid escape sequence: \\9");
}

TEST(StringTerms, Split) {
  EXPECT_EQ(run(kSplit, {R"("")"}), "[]");
  EXPECT_EQ(run(kSplit, {R"(" a  b ")"}), R"(["a","b"])");
  EXPECT_EQ(run(kSplit, {R"("a  b  ")", "null", "2"}), R"(["a","b"])");
  EXPECT_EQ(run(kSplit, {R"("aa bb  cc ")", "null", "1"}), R"(["aa","bb  cc "])");
  EXPECT_EQ(run(kSplit, {R"("")", R"(" ")"}), R"([""])");
  EXPECT_EQ(run(kSplit, {R"(" a b")", R"(" ")", "1"}), R"(["","a b"])");
  EXPECT_EQ(run(kSplit, {R"("ab c")", R"("")", "2"}), R"(["a","b"," c"])");
  EXPECT_EQ(run(kSplit, {"\"fe\\u0301o\"", R"("")"}), "[\"f\",\"e\u0301\",\"o\"]");
  EXPECT_EQ(run(kSplit, {"\"a\\u00a0b\\u2060c\\u0085d\""}), "[\"a\",\"b\u2060c\",\"d\"]");
  EXPECT_EQ(run(kSplit, {R"("a")", R"(" ")", "-2"}),
            "Error: `split` size argument must be in range [-1, 99999].");
  EXPECT_EQ(run(kSplit, {R"("a")", "1"}), "Expected type STRING but found NUMBER.");
}

TEST(StringTerms, Case) {
  EXPECT_EQ(run(kUpcase, {R"("straße é{z")"}), R"("STRAßE é{Z")");
  EXPECT_EQ(run(kDowncase, {R"("ÉA-[Z")"}), R"("Éa-[z")");
}

TEST(StringTerms, Format) {
  EXPECT_EQ(run(kFormat, {R"("{a} {b}")", R"({"a":"x","b":99.5})"}), R"("x 99.5")");
  EXPECT_EQ(run(kFormat, {R"("{")", "{}"}), "Parameter tag must be closed");
  EXPECT_EQ(run(kFormat, {R"("}")", "{}"}), "No parameter tags to close");
  EXPECT_EQ(call_term(kFormat, {parsed(R"("{x}")"), parsed("{}")}).error().code,
            Code::missing_value);
}

TEST(ObjectTerms, ObjectsAndKeys) {
  EXPECT_EQ(run(kObject, {R"("b")", "1", R"("a")", "2"}), R"({"a":2,"b":1})");
  EXPECT_EQ(run(kObject, {R"("a")"}), "OBJECT expects an even number of arguments (but found 1).");
  EXPECT_EQ(run(kObject, {R"("e")", "4", R"("e")", "5"}),
            "Duplicate key \"e\" in object.  (got 4 and 5 as values)");
  EXPECT_EQ(run(kKeys, {R"({"b":1,"a":2})"}), R"(["a","b"])");
  EXPECT_EQ(run(kKeys, {"1"}), "Cannot call `keys` on objects of type `NUMBER`.");
}

TEST(ObjectTerms, Uuids) {
  EXPECT_EQ(run(kUuid, {R"("magic")"}), R"("97dd10a5-4fc4-554f-86c5-0d2c2e3d5330")");
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string text = run(kUuid, {});
    EXPECT_EQ(text.size(), 38U);
    EXPECT_EQ(text[15], '4');  // the version
    seen.insert(text);
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST(JsonTerms, Parsing) {
  EXPECT_EQ(run(kJson, {R"("{\"b\": [1, 2.5, true, null], \"a\": \"\\u00e9\\ud83d\\ude00\"}")"}),
            R"({"a":"é😀","b":[1,2.5,true,null]})");
  EXPECT_EQ(run(kJson, {R"("[1,2")"}),
            "Failed to parse \"[1,2\" as JSON: Missing a comma or ']' after an array element.");
  for (const auto& [text, why] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("")", "The document is empty."},
           {R"("1 2")", "The document root must not be followed by other values."},
           {R"("tru")", "Invalid value."},
           {R"("{1}")", "Missing a name for object member."},
           {R"("{\"a\" 1}")", "Missing a colon after a name of object member."},
           {R"("{\"a\":1")", "Missing a comma or '}' after an object member."},
           {R"("\"\\x\"")", "Invalid escape character in string."},
           {R"("\"abc")", "Missing a closing quotation mark in string."},
           {R"("\"\\ud800\"")", "The surrogate pair in string is invalid."},
           {R"("1.")", "Miss fraction part in number."},
           {R"("1e")", "Miss exponent in number."},
           {R"("1e999")", "Number too big to be stored in double."}}) {
    EXPECT_TRUE(run(kJson, {text}).ends_with(why)) << text << " gave " << run(kJson, {text});
  }
  EXPECT_EQ(run(kJson, {R"("1e-999")"}), "0");
  EXPECT_EQ(run(kJson, {R"("{\"a\":1,\"b\":2,\"a\":3}")"}), "Duplicate key \"a\" in JSON.");
}

TEST(JsonTerms, DepthIsBounded) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(call_term(kJson, {string(deep)}).error().code, Code::resource_exhausted);
}

TEST(JsonTerms, Printing) {
  EXPECT_EQ(run(kToJsonString, {R"({"foo":4})"}), R"("{\"foo\":4}")");
  EXPECT_FALSE(call_term(kToJsonString, {Value::min_key()}));
}

TEST(BinaryTerms, FromStrings) {
  EXPECT_EQ(run(kBinary, {R"("foo")"}), R"({"$reql_type$":"BINARY","data":"Zm9v"})");
  EXPECT_EQ(run(kBinary, {"{}"}), "Expected type STRING but found OBJECT.");
}

Value at(double seconds, std::string_view zone = "+00:00") {
  return call_term(kInTimezone, {*call_term(kEpochTime, {number(seconds)}), string(zone)}).value();
}

TEST(TimeTerms, MillisecondsAndText) {
  EXPECT_EQ(text_of(call_term(kToEpochTime, {at(1.4444445)})), "1.444");
  EXPECT_EQ(text_of(call_term(kToIso8601, {at(1.4444445)})), R"("1970-01-01T00:00:01.444+00:00")");
  EXPECT_EQ(text_of(call_term(kToIso8601, {at(1375242965, "-07:00")})),
            R"("2013-07-30T20:56:05-07:00")");
  EXPECT_EQ(text_of(call_term(kToIso8601, {at(253430000000)})),
            "Year `10000` out of valid ISO 8601 range [0, 9999].");
  EXPECT_EQ(text_of(call_term(kYear, {at(253430000000)})), "10000");
  EXPECT_EQ(text_of(call_term(kYear, {at(253440000000)})),
            "Error in time logic: Year is out of valid range: 1400..10000.");
  EXPECT_EQ(text_of(call_term(kYear, {at(-17980000000)})), "1400");
}

TEST(TimeTerms, Reading) {
  for (const char* text :
       {R"("2013-07-30T20:56:05-07:00")", R"("20130730T205605-0700")", R"("2013-211T20:56:05-07")",
        R"("2013211T20:56:05.000-07:00")", R"("2013-07-31T03:56:05Z")"}) {
    const Value time = call_term(kIso8601, {parsed(text)}).value();
    EXPECT_EQ(text_of(call_term(kToEpochTime, {time})), "1375242965") << text;
  }
  EXPECT_EQ(run(kIso8601, {R"("2013-07-30T20:56:05")"}),
            "ISO 8601 string has no time zone, and no default time zone was provided.");
  const Value with_default =
      call_term(kIso8601, {string("2013-07-30T20:56:05")}, {option("default_timezone", R"("-07")")})
          .value();
  EXPECT_EQ(text_of(call_term(kToEpochTime, {with_default})), "1375242965");
  for (const char* text : {R"("201301Z")", R"("2013-0101TZ")", R"("2a13T00Z")",
                           R"("2013-02-30T00Z")", R"("2013-01-01T13:0000Z")", R"("2013T13X")",
                           R"("2013T25Z")", R"("2013-W01-1T00Z")", R"("2013T00+25:00")"}) {
    EXPECT_FALSE(call_term(kIso8601, {parsed(text)})) << text;
  }
}

TEST(TimeTerms, Zones) {
  for (const auto& [zone, why] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "Timezone `` does not start with `-` or `+`."},
           {"-00:00", "`-00:00` is not a valid time offset."},
           {"UTC+00", "Timezone `UTC+00` does not start with `-` or `+`."},
           {"+00:60", "Minutes out of range in `+00:60`."},
           {"+25:00", "Hours out of range in `+25:00`."}}) {
    EXPECT_EQ(text_of(call_term(kInTimezone, {at(0), string(zone)})), why);
  }
  const Value midnight = call_term(kDate, {at(1436428422.339, "-08:00")}).value();
  EXPECT_EQ(text_of(call_term(kToIso8601, {midnight})), R"("2015-07-08T00:00:00-08:00")");
}

TEST(TimeTerms, Parts) {
  const Value time = at(1375147296.681);
  EXPECT_EQ(text_of(call_term(kTimeOfDay, {time})), "4896.681");
  EXPECT_EQ(text_of(call_term(kSeconds, {time})), "36.681");
  EXPECT_EQ(text_of(call_term(kDayOfWeek, {time})), "2");
  EXPECT_EQ(text_of(call_term(kDayOfYear, {time})), "211");
  const Value made = call_term(kTime, {number(2013), number(7), number(29), number(23), number(30),
                                       number(0.1), string("-07:00")})
                         .value();
  EXPECT_EQ(text_of(call_term(kToEpochTime, {made})), "1375165800.1");
  EXPECT_EQ(run(kTime, {"2013", "7", "29", "23", R"("Z")"}),
            "Got 5 arguments to TIME (expected 4 or 7).");
  EXPECT_EQ(run(kTime, {"2013", "13", "1", R"("Z")"}),
            "Error in time logic: Month number is out of range 1..12.");
}

TEST(TimeTerms, Arithmetic) {
  EXPECT_EQ(text_of(call_term(kSub, {at(2375147296.681), at(1375147296.681)})), "1000000000");
  EXPECT_EQ(text_of(call_term(kToEpochTime, {*call_term(kAdd, {number(5), at(20)})})), "25");
  EXPECT_EQ(text_of(call_term(kAdd, {at(1), at(2)})),
            "Expected type NUMBER but found PTYPE<TIME>.");
  EXPECT_EQ(text_of(call_term(kDuring, {at(1), at(1), at(2)})), "true");
  EXPECT_EQ(text_of(call_term(kDuring, {at(2), at(1), at(2)})), "false");
  EXPECT_EQ(text_of(call_term(kDuring, {at(1), at(1), at(2)}, {option("left_bound", R"("open")")})),
            "false");
}

Value point(double longitude, double latitude) {
  return call_term(kPoint, {number(longitude), number(latitude)}).value();
}

TEST(GeoTerms, Constructors) {
  EXPECT_EQ(run(kPoint, {"0", "90"}),
            R"({"$reql_type$":"GEOMETRY","coordinates":[0,90],"type":"Point"})");
  EXPECT_EQ(run(kPoint, {"0", "-91"}), "Latitude must be between -90 and 90.  Got -91.");
  EXPECT_EQ(run(kPoint, {"181", "0"}), "Longitude must be between -180 and 180.  Got 181.");
  EXPECT_EQ(run(kLine, {"[0,0]", "[0,0]"}),
            "Invalid LineString.  Are there antipodal or duplicate vertices?");
  EXPECT_EQ(run(kLine, {"[0,0]", "[1]"}),
            "Expected point coordinate pair.  Got 1 element array instead of a 2 element one.");
  EXPECT_EQ(run(kPolygon, {"[0,0]", "[0,1]", "[1,0]"}),
            R"({"$reql_type$":"GEOMETRY","coordinates":[[[0,0],[0,1],[1,0],[0,0]]],)"
            R"("type":"Polygon"})");
  EXPECT_EQ(run(kPolygon, {"[0,0]", "[0,1]", "[1,0]", "[-1,0.5]"}),
            "Invalid LinearRing.  Are there antipodal or duplicate vertices? Is it "
            "self-intersecting?");
}

TEST(GeoTerms, Geojson) {
  EXPECT_EQ(run(kGeojson, {R"({"coordinates":[0,0],"type":"Point","bbox":1})"}),
            R"({"$reql_type$":"GEOMETRY","coordinates":[0,0],"type":"Point"})");
  EXPECT_EQ(run(kGeojson, {R"({"coordinates":[0,0],"type":"foo"})"}),
            "Unrecognized GeoJSON type `foo`.");
  EXPECT_EQ(run(kGeojson, {R"({"coordinates":[0,0],"type":"MultiPoint"})"}),
            "GeoJSON type `MultiPoint` is not supported.");
  EXPECT_EQ(run(kGeojson, {R"({"coordinates":[0,0],"type":"Point","foo":1})"}),
            "Unrecognized field `foo` found in geometry object.");
}

TEST(GeoTerms, Distances) {
  EXPECT_EQ(text_of(call_term(kDistance, {point(-122, 37), point(-123, 37)})), "89011.26253835332");
  EXPECT_EQ(text_of(call_term(kDistance, {point(-122, 37), point(-123, 37)},
                              {option("geo_system", R"("unit_sphere")")})),
            "0.01393875509649327");
  EXPECT_EQ(text_of(call_term(kDistance, {point(0, 0), point(0, 0)})), "0");
  EXPECT_EQ(text_of(call_term(kDistance, {point(0, 0), point(0, 0)}, {option("unit", R"("x")")})),
            "Unrecognized distance unit `x`.");
}

TEST(GeoTerms, Circles) {
  const Result<Value> small = call_term(kCircle, {parsed("[0,0]"), number(1)},
                                        {option("num_vertices", "3"), option("fill", "false")});
  EXPECT_TRUE(same(*small, parsed(R"({"$reql_type$":"GEOMETRY","coordinates":[)"
                                  R"([0,-9.04369477050382e-06],)"
                                  R"([-7.779638566553426e-06,4.5218473852518965e-06],)"
                                  R"([7.779638566553426e-06,4.5218473852518965e-06],)"
                                  R"([0,-9.04369477050382e-06]],"type":"LineString"})")))
      << text_of(small);
  EXPECT_EQ(run(kCircle, {"[0,0]", "14000000"}, {option("num_vertices", "3")}),
            "Radius must be smaller than a quarter of the circumference along the minor axis of "
            "the reference ellipsoid.  Got 14000000m, but must be smaller than "
            "9985163.1855612862855m.");
}

TEST(GeoTerms, Predicates) {
  const Value box =
      call_term(kPolygon, {parsed("[1,1]"), parsed("[2,1]"), parsed("[2,2]"), parsed("[1,2]")})
          .value();
  EXPECT_EQ(text_of(call_term(kIntersects, {box, point(1.5, 1.5)})), "true");
  EXPECT_EQ(text_of(call_term(kIncludes, {box, point(2.5, 2.5)})), "false");
  EXPECT_EQ(text_of(call_term(kIncludes, {point(0, 0), point(0, 0)})),
            "Expected geometry of type `Polygon` but found `Point`.");
  const Value many = Value::array({point(1.5, 1.5), point(5, 5), point(2, 2)});
  EXPECT_EQ(text_of(call_term(kIntersects, {many, box})),
            text_of(Value::array({point(1.5, 1.5), point(2, 2)})));
  EXPECT_EQ(text_of(call_term(kPolygonSub, {box, point(1, 1)})),
            "Expected a Polygon but found a Point.");
  const Value line = call_term(kLine, {parsed("[0,0]"), parsed("[0,1]"), parsed("[1,0]")}).value();
  EXPECT_EQ(text_of(call_term(kFill, {line})), run(kPolygon, {"[0,0]", "[0,1]", "[1,0]"}));
}

}  // namespace
}  // namespace octavo::reql
