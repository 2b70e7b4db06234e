// Patterns beside Lua's own functions, which are the same and cannot be ended.

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "protocol/redis/script/libraries.h"

namespace octavo::redis {
namespace {

using State = std::unique_ptr<lua_State, decltype(&lua_close)>;

State new_state() {
  State state(luaL_newstate(), lua_close);
  luaL_openlibs(state.get());
  return state;
}

// What the code returns, or raises, in one text.
std::string run(lua_State* lua, const std::string& code, const std::string& subject,
                const std::string& pattern) {
  lua_settop(lua, 0);
  const std::string text =
      "local s, p = ... local function show(...) local out = {} for i = 1, select('#', ...) do "
      "out[i] = type((select(i, ...))) .. ':' .. tostring((select(i, ...))) end return "
      "table.concat(out, '|') end return show(pcall(function() " +
      code + " end))";
  EXPECT_EQ(luaL_loadbuffer(lua, text.data(), text.size(), "=test"), 0) << lua_tostring(lua, -1);
  lua_pushlstring(lua, subject.data(), subject.size());
  lua_pushlstring(lua, pattern.data(), pattern.size());
  EXPECT_EQ(lua_pcall(lua, 2, 1, 0), 0);
  std::size_t size = 0;
  const char* const result = lua_tolstring(lua, -1, &size);
  return {result, size};
}

constexpr const char* kCodes[] = {
    "return string.find(s, p)",
    "return string.find(s, p, -3)",
    "return string.find(s, p, 2, true)",
    "return string.match(s, p, 2)",
    "return string.rep(s, #p), string.rep(p, -#s), s:rep(#p * 7 + 1)",
    "return s:gsub(p, '<%0%1%%>')",
    "return string.gsub(s, p, '%2x', 2)",
    "return string.gsub(s, p, function(a, b) if a == 'a' then return nil end return b or 7 end)",
    "return string.gsub(s, p, {a = 'X', ab = true, b = false})",
    ("local out = {} for a, b in string.gmatch(s, p) do out[#out + 1] = tostring(a) .. ',' .. "
     "tostring(b) end return table.concat(out, ';')"),
};

TEST(StringLibrary, IsAsLuasOwn) {
  const State theirs = new_state();
  const State ours = new_state();
  replace_string_functions(ours.get());
  std::mt19937 random(20'261'130);
  const std::string letters = "ab01 (]-%";
  const char* const pieces[] = {
      "a", "b", ".", "%a",   "%d",  "%s", "%W", "[ab]", "[^a]",  "*",   "+",       "-",
      "?", "(", ")", "()",   "%1",  "^",  "$",  "%bab", "%f[a]", "[]]", "[a-b%d]", "%%",
      "[", "%", "]", "[%]]", "[a-", "%z", "%b", "%f",   "%0",    " "};
  int raised = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string subject;
    for (std::size_t i = random() % 9; i > 0; --i) subject += letters[random() % letters.size()];
    std::string pattern;
    for (std::size_t i = random() % 7; i > 0; --i) pattern += pieces[random() % std::size(pieces)];
    const std::string code = kCodes[random() % std::size(kCodes)];
    const std::string expected = run(theirs.get(), code, subject, pattern);
    raised += expected.starts_with("boolean:false") ? 1 : 0;
    ASSERT_EQ(run(ours.get(), code, subject, pattern), expected)
        << code << " of `" << subject << "` by `" << pattern << "`";
  }
  EXPECT_GT(raised, 100);
}

TEST(StringLibrary, CanBeEnded) {
  const State state = new_state();
  replace_string_functions(state.get());
  static int looks;
  looks = 0;
  lua_sethook(
      state.get(),
      [](lua_State* lua, lua_Debug*) {
        if (++looks > 100) luaL_error(lua, "ended");
      },
      LUA_MASKCOUNT, 1'000'000);
  const std::string subject(100, 'a');
  std::string many_ways;
  for (int i = 0; i < 20; ++i) many_ways += "a*";
  for (const std::string& pattern : {many_ways + "b", std::string("(a-)") + many_ways + "%1b"}) {
    looks = 0;
    EXPECT_NE(run(state.get(), "return string.find(s, p)", subject, pattern).find("ended"),
              std::string::npos);
  }
}

TEST(StringLibrary, TooMuchIsRefused) {
  const State state = new_state();
  replace_string_functions(state.get());
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "a?";
  EXPECT_NE(run(state.get(), "return string.find(s, p)", std::string(10'000, 'a'), deep)
                .find("pattern too complex"),
            std::string::npos);
  EXPECT_NE(
      run(state.get(), "return #string.gsub(s:sub(1, 100), '.', s)", std::string(1 << 20, 'a'), "")
          .find("not enough memory"),
      std::string::npos);
  EXPECT_NE(run(state.get(), "return string.rep(s, 2^40)", "x", "").find("not enough memory"),
            std::string::npos);
}

}  // namespace
}  // namespace octavo::redis
