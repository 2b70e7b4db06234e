#include "function/javascript/engine.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/cancel.h"
#include "function/javascript/kept.h"
#include "function/javascript/text.h"

namespace octavo::javascript {
namespace {

using value::Type;
using value::Value;

// --- An environment with a type of its own: a uuid is a Pair of strings. ---

std::vector<Value> halves(const Value& uuid) {
  const BytesView bytes = uuid.as_bytes();
  return {Value::string("u"), Value::string(std::string(bytes.begin(), bytes.end()))};
}

Result<Value> whole(std::span<const Value> parts) {
  if (parts.size() != 2 || !parts[1].is_string() || parts[1].as_string().size() != 16) {
    return fail(Code::user_error, "no pair");
  }
  return Value::uuid(parts[1].as_string());
}

Result<Value> twice(std::span<const Value> arguments) {
  if (arguments.size() != 1 || !arguments[0].is_number())
    return fail(Code::user_error, "no number");
  return Value::float64(2 * arguments[0].to_double());
}

constexpr std::string_view kSource = R"(function (native) {
  var Pair = function (a, b) { native.mark(this, "Pair", [a, b]); };
  native.type("Pair", Pair);
  var global = new Function("return this")();
  global.Pair = Pair;
  global.twice = native.twice;
  global.sleep = native.sleep;
  global.keep = native.keep;
})";
constexpr TypeRow kTypes[] = {{Type::uuid, "Pair", halves, whole}};
constexpr NativeRow kNatives[] = {{"twice", twice}};
Error failure(const Uncaught& thrown) {
  return Error{.code = Code::user_error,
               .what = (thrown.is_limit   ? "limit "
                        : thrown.is_error ? "error "
                                          : "thrown ") +
                       thrown.text,
               .number = 139};
}
constexpr Environment kEnvironment{
    .source = kSource, .types = kTypes, .natives = kNatives, .failure = failure};

class Scripts : public ::testing::Test {
 protected:
  // What a function gives for arguments.
  Result<Value> run(const std::string& source, std::vector<Value> arguments = {}) {
    const std::array sources{source};
    return call(kEnvironment, make_program(Value(), sources), {.arguments = arguments}, context_);
  }
  std::string text_of(const std::string& source) {
    const auto result = run(source);
    if (!result) return "! " + result.error().what;
    return result->is_string() ? std::string(result->as_string()) : "no string";
  }
  // What a call ends with when it may take so long.
  Error ended(const std::string& source) {
    context_.clock = &system_clock();
    context_.deadline_ns = system_clock().monotonic_ns() + 50'000'000;
    const auto began = system_clock().monotonic_ns();
    const auto result = run(source);
    constexpr std::int64_t kFarTooLong = 20'000'000'000;
    EXPECT_LT(system_clock().monotonic_ns() - began, kFarTooLong) << source;
    EXPECT_FALSE(result) << source;
    return result ? Error{} : result.error();
  }

  function::EvalContext context_;
};

TEST_F(Scripts, ValuesComeBackAsTheyWent) {
  const Value values[] = {
      Value::null(),
      Value::boolean(true),
      Value::float64(-0.5),
      Value::string("aé\U0001F600\u2028"),
      Value::string(std::string_view("a\0b", 3)),
      Value::array({Value::float64(1), Value::array({})}),
      Value::object({{"__proto__", Value::string("a name")}, {"b", Value::object({})}}),
      Value::object({{"n", Value::int32(7)}, {"a", Value::array({Value::int32(1)})}}),
      Value::timestamp({.seconds = -5, .nanoseconds = 250'000'000}),
      Value::regex("^a.*", "gi"),
      Value::uuid("0123456789abcdef"),
      Value::undefined(),
  };
  for (const Value& value : values) {
    const auto back = run("function (x) { return x; }", {value});
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(*back, value);
    EXPECT_EQ(back->type(), value.type());
  }
  const auto same = run("function (x) { x.n = 7; return x; }",
                        {Value::object({{"n", Value::int32(7)}, {"m", Value::int32(8)}})});
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->find("n")->is_int32());
  EXPECT_EQ(run("function (x) { x.n += 1; return x.n; }", {*same})->type(), Type::float64);
}

TEST_F(Scripts, WhatIsWrittenInThemComesOut) {
  EXPECT_EQ(text_of("function () { return '\\ud83d\\ude00'; }"), "\U0001F600");
  EXPECT_EQ(text_of("function () { return '\\ud83d'; }"), "\uFFFD");
  EXPECT_EQ(text_of("function () { return typeof Duktape + typeof CBOR; }"), "undefinedundefined");
  EXPECT_EQ(run("function () { return twice(4); }")->as_float64(), 8);
  EXPECT_EQ(run("function () { return new Date(NaN); }")->type(), Type::null);
  EXPECT_EQ(run("function () { return new Number(3); }")->as_float64(), 3);
  EXPECT_EQ(run("function () { return new Uint8Array([1, 2]); }")->as_bytes(), "\x01\x02");
  EXPECT_EQ(run("function () { return function () { }; }")->type(), Type::javascript);
}

TEST_F(Scripts, ErrorsAreWhatTheEnvironmentSays) {
  EXPECT_EQ(text_of("function () { return nobody; }"),
            "! error ReferenceError: identifier 'nobody' undefined");
  EXPECT_EQ(text_of("function () { throw 'x'; }"), "! thrown x");
  EXPECT_EQ(text_of("function () { throw {toString: function () { throw 1; }}; }"),
            "! thrown an error that cannot be shown");
  EXPECT_EQ(text_of("function () { throw null; }"), "! thrown null");
  EXPECT_EQ(text_of("7"), "! error Error: not a function");
  EXPECT_EQ(text_of("function ( {").substr(0, 19), "! error SyntaxError");
  EXPECT_EQ(text_of("function () { return twice('x'); }"), "! error Error: no number");
  EXPECT_EQ(text_of("function () { return new Pair(1, 2); }"), "! error Error: no pair");
  EXPECT_EQ(run("function () { return nobody; }").error().number, 139);
}

TEST_F(Scripts, ObjectsThatBiteAreErrors) {
  EXPECT_EQ(text_of("function () { return {get a() { throw 'bitten'; }}; }"), "! thrown bitten");
  EXPECT_EQ(text_of("function () { return new Proxy({}, {ownKeys: function () { throw 'p'; }}); }"),
            "! thrown p");
  EXPECT_NE(text_of("function () { var a = {}; a.a = a; return a; }").find("depth limit"),
            std::string::npos);
  EXPECT_NE(text_of("function () { return new Array(4000000000); }").find("too large"),
            std::string::npos);
  EXPECT_NE(text_of("function () { var x = {}; x['a\\u0000b'] = 1; return x; }").find("null char"),
            std::string::npos);
  EXPECT_FALSE(run("function () { return Object.create(Date.prototype); }"));
  EXPECT_FALSE(run("function () { var d = new Date(); d.__proto__ = {}; throw d; }"));
  EXPECT_TRUE(run("function () { return new Proxy([1, 2], {}); }"));
}

TEST_F(Scripts, WhatRunsForEverIsEnded) {
  const std::string sources[] = {
      "function () { for (;;) { } }",
      "function () { for (;;) { try { for (;;) { } } catch (e) { } finally { continue; } } }",
      "function () { return /(a+)+b/.test(new Array(40).join('a')); }",
      "function () { return /(x+x+)+y/.test(new Array(60).join('x')); }",
      "function () { Array.prototype.indexOf.call({length: 2000000000}, 1); }",
      "function () { for (;;) { try { new Array(4294967295).indexOf(1); } catch (e) { } } }",
      "function () { return {get a() { for (;;) { } }}; }",
      "function () { throw {toString: function () { for (;;) { } }}; }",
      "function () { sleep(600000); }",
      ("function () { var a = new Array(8000000).join('a'), b = new Array(3000000).join('a') + 'b';"
       "  for (;;) { a.indexOf(b); } }"),
      "(function () { for (;;) { } })()",
  };
  for (const std::string& source : sources) {
    EXPECT_EQ(ended(source).code, Code::timed_out) << source;
  }
}

TEST_F(Scripts, WhoeverEndsTheStatementEndsThem) {
  CancelSource source;
  source.cancel();
  context_.cancel = source.token();
  EXPECT_EQ(run("function () { for (;;) { } }").error().code, Code::cancelled);
}

TEST_F(Scripts, MemoryHasAnEnd) {
  EXPECT_EQ(text_of("function () { var a = []; for (;;) { a.push({n: a.length}); } }"),
            "! limit Out of memory");
  EXPECT_EQ(text_of("function () { var s = 'x'; for (;;) { s += s; } }"), "! limit Out of memory");
  EXPECT_EQ(text_of("function () { var a = {}, b = a; for (;;) { b.n = {}; b = b.n; } }"),
            "! limit Out of memory");
  // What refers to itself is garbage all the same.
  EXPECT_TRUE(run("function () { for (var i = 0; i < 1000000; ++i) { var a = {}; a.a = a; } }"));
  MemoryPool pool("test", 64 * kMiB);
  value::Account account(pool, 8 * kMiB);
  context_.account = &account;
  EXPECT_EQ(run("function () { var s = 'x'; for (;;) { s += s; } }").error().code,
            Code::resource_exhausted);
  EXPECT_TRUE(run("function () { return 1; }"));
  EXPECT_EQ(account.used(), 0U);
}

TEST_F(Scripts, TheStackHasAnEnd) {
  EXPECT_FALSE(run("function f() { return f(); }"));
  EXPECT_FALSE(run("function f() { return [1].map(f); }"));
  EXPECT_FALSE(run("function f() { return '' + {toString: f}; }"));
  EXPECT_FALSE(run("function () { return new RegExp(new Array(100000).join('(')); }"));
  EXPECT_FALSE(run("function () { eval(new Array(100000).join('[')); }"));
  EXPECT_FALSE(
      run("function () { var a = []; for (var i = 0; i < 100000; ++i) { a = [a]; } "
          "return JSON.stringify(a); }"));
  EXPECT_TRUE(
      run("function () { var a = []; for (var i = 0; i < 100000; ++i) { a = [a]; } "
          "return 1; }"));
}

TEST_F(Scripts, ProgramsShareNothing) {
  const std::array sources{std::string("function () { Object.prototype.x = 1; n = 5; return n; }"),
                           std::string("function () { return typeof n; }")};
  const Value program = make_program(Value(), sources);
  const Value other = make_program(Value(), sources);
  EXPECT_TRUE(call(kEnvironment, program, {}, context_));
  EXPECT_EQ(call(kEnvironment, program, {.function = 1}, context_)->as_string(), "number");
  EXPECT_EQ(call(kEnvironment, other, {.function = 1}, context_)->as_string(), "undefined");
  EXPECT_EQ(text_of("function () { return typeof ({}).x; }"), "undefined");
  EXPECT_FALSE(call(kEnvironment, Value::array({Value()}), {}, context_));
  EXPECT_FALSE(call(kEnvironment, program, {.function = 2}, context_));
}

TEST_F(Scripts, GlobalsAndWhatIsKept) {
  const std::array sources{std::string("function () { keep({a: g}); keep(2); return g; }")};
  const Value program = make_program(Value::object({{"g", Value::string("é")}}), sources);
  std::vector<Value> kept;
  ASSERT_TRUE(call(kEnvironment, program, {}, context_, &kept));
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].find("a")->as_string(), "é");
  ASSERT_TRUE(call(kEnvironment, program, {}, context_, &kept));
  EXPECT_EQ(kept.size(), 2U);
}

TEST(ScriptText, WhatIsNoUtf8IsNoSymbol) {
  EXPECT_EQ(to_script_text("\xff"
                           "a"),
            "\uFFFD"
            "a");
  EXPECT_EQ(to_script_text("\x82"
                           "a"),
            "\uFFFD"
            "a");
  EXPECT_EQ(from_script_text(to_script_text("\U0001F600")), "\U0001F600");
}

}  // namespace
}  // namespace octavo::javascript
