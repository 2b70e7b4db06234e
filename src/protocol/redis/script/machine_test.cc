#include "protocol/redis/script/machine.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace octavo::redis {
namespace {

// Answers calls with what they are.
class Host final : public ScriptHost {
 public:
  void call(keyspace::Args args, int protocol, std::string& out) override {
    keyspace::Reply reply(out, protocol);
    if (args[0] == "fail") return reply.error("CODE it failed");
    reply.array_header(args.size());
    for (const std::string_view arg : args) reply.bulk(arg);
  }
  std::optional<bool> allows(keyspace::Args) override { return true; }
  void log(int, std::string_view text) override { logged.emplace_back(text); }
  Stop look() override { return --looks_left < 0 ? at_end : Stop::none; }

  int looks_left = 1'000'000;
  Stop at_end = Stop::none;
  std::vector<std::string> logged;
};

class MachineTest : public testing::Test {
 protected:
  std::string run(const std::string& text) {
    const auto source = read_script(text);
    EXPECT_TRUE(source);
    if (const auto why = machine_.compile(*source)) return "compile: " + *why;
    std::string out;
    keyspace::Reply reply(out);
    const std::string_view keys[] = {"key"};
    const std::string_view arguments[] = {"one", "two"};
    stop_ = machine_.run(*source, {"name", keys, arguments, 7}, host_, reply);
    return out;
  }

  Machine machine_{Machine::Kind::scripts};
  Host host_;
  ScriptHost::Stop stop_ = ScriptHost::Stop::none;
};

TEST_F(MachineTest, RunsAndAnswers) {
  EXPECT_EQ(run("return {KEYS[1], ARGV[2], 3}"), "*3\r\n$3\r\nkey\r\n$3\r\ntwo\r\n:3\r\n");
  EXPECT_EQ(run("return redis.call('get', 5, 1.5)"), "*3\r\n$3\r\nget\r\n$1\r\n5\r\n$3\r\n1.5\r\n");
}

TEST_F(MachineTest, NumbersThatAreTooLarge) {
  for (const char* text : {"return unpack({}, 0, 2147483647)", "return unpack({}, 1, 1e5)",
                           "return unpack({}, -2147483647, 2147483647)"}) {
    EXPECT_NE(run(text).find("too many results to unpack"), std::string::npos) << text;
  }
  EXPECT_EQ(run("return {unpack({1, 2, 3}, 2)}"), "*2\r\n:2\r\n:3\r\n");
  EXPECT_EQ(run("return {unpack({1}, 2)}"), "*0\r\n");
  EXPECT_EQ(run("return bit.tohex(255)"), "$8\r\n000000ff\r\n");
  EXPECT_EQ(run("return bit.tohex(255, -4)"), "$4\r\n00FF\r\n");
  EXPECT_EQ(run("return bit.tohex(1, -2147483648)"), "$8\r\n00000001\r\n");
}

TEST_F(MachineTest, ErrorsSayWhere) {
  EXPECT_EQ(run("redis.call('fail')"), "-CODE it failed script: name, on @user_script:1.\r\n");
  EXPECT_EQ(run("return redis.pcall('fail')"), "-CODE it failed\r\n");
  EXPECT_EQ(run("local ok, e = pcall(redis.call, 'fail') return e"), "$14\r\nCODE it failed\r\n");
}

TEST_F(MachineTest, AScriptThatIsEndedCannotHoldOn) {
  host_.at_end = ScriptHost::Stop::kill;
  for (const char* text :
       {"while true do end", "while true do pcall(function() while true do end end) end",
        ("local f = function() while true do pcall(redis.call, 'get') end end "
         "while true do pcall(coroutine.wrap(f)) end"),
        "xpcall(function() while true do end end, function() while true do end end)",
        "xpcall(function() error() end, function() while true do end end)"}) {
    host_.looks_left = 3;
    EXPECT_NE(run(text).find("Script killed by user"), std::string::npos) << text;
    EXPECT_EQ(stop_, ScriptHost::Stop::kill);
  }
  host_.looks_left = 1'000'000;
  EXPECT_EQ(run("return 1"), ":1\r\n");
}

TEST_F(MachineTest, MemoryIsLimited) {
  const std::string reply = run("local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end");
  EXPECT_NE(reply.find("not enough memory"), std::string::npos) << reply;
  EXPECT_TRUE(machine_.is_worn());
  EXPECT_LE(machine_.bytes(), kMaxLuaBytes);
}

TEST_F(MachineTest, DeepRepliesAreErrors) {
  const std::string reply = run("local t = {} t[1] = t return t");
  EXPECT_NE(reply.find("reached lua stack limit"), std::string::npos);
}

TEST_F(MachineTest, NothingIsLeftForTheNext) {
  const std::string leave =
      "return pcall(function() local mt = getmetatable('') mt.__index = nil end) == false and 1 or "
      "0";
  EXPECT_EQ(run(leave), ":1\r\n");
  for (const char* text : {"x = 1", "_G.x = 1", "rawset(_G, 'x', 1)", "string.x = 1", "redis.x = 1",
                           "setmetatable(redis, {})", "table.insert(math, 1)",
                           "local g = getmetatable(_G) g.__index = nil", "cjson.null = 1",
                           "bit.band = nil", "coroutine.x = 1"}) {
    EXPECT_NE(run(text).find("Attempt to modify a readonly table"), std::string::npos) << text;
  }
  EXPECT_NE(run("return x").find("nonexistent global variable 'x'"), std::string::npos);
}

TEST_F(MachineTest, CompiledCodeIsNotLoaded) {
  EXPECT_NE(run("return select(2, loadstring(string.dump(function() end)))").find("compiled"),
            std::string::npos);
  EXPECT_NE(
      run("local d = string.dump(function() end) local n = 0 "
          "return select(2, load(function() n = n + 1 if n <= #d then return d:sub(n, n) end end))")
          .find("compiled"),
      std::string::npos);
  EXPECT_NE(run("\x1bLua").find("compile: "), std::string::npos);
}

TEST_F(MachineTest, LibrariesRegisterFunctions) {
  Machine machine(Machine::Kind::functions);
  std::vector<ScriptFunction> functions;
  EXPECT_EQ(machine.load("redis.register_function('f', function(k, a) return a[1] end)", functions),
            std::nullopt);
  ASSERT_EQ(functions.size(), 1U);
  std::string out;
  keyspace::Reply reply(out);
  const std::string_view arguments[] = {"given"};
  machine.run(functions[0], {"f", {}, arguments, 1}, host_, reply);
  EXPECT_EQ(out, "$5\r\ngiven\r\n");
  std::vector<ScriptFunction> others;
  EXPECT_NE(machine.load("while true do end", others), std::nullopt);
  EXPECT_NE(machine.load("return 1", others), std::nullopt);
  out.clear();
  machine.run(functions[0], {"f", {}, arguments, 1}, host_, reply);
  EXPECT_EQ(out, "$5\r\ngiven\r\n");
}

TEST(ScriptSourceTest, FirstLines) {
  const auto plain = read_script("return 1");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->declares_flags);
  const auto flags = read_script("#!lua flags=no-writes,allow-oom\nreturn 1");
  ASSERT_TRUE(flags);
  EXPECT_TRUE(flags->declares_flags);
  EXPECT_EQ(flags->flags, kNoWrites | kAllowOom);
  EXPECT_EQ(flags->text.substr(flags->code_begins), "\nreturn 1");
  EXPECT_FALSE(read_script("#!lua flags=other\nreturn 1"));
  EXPECT_FALSE(read_script("#!other\nreturn 1"));
  EXPECT_FALSE(read_script("#!lua"));
  EXPECT_EQ(split_words("a 'b c' \"d\\x41\""), (std::vector<std::string>{"a", "b c", "dA"}));
}

TEST(MachineMemory, IsCountedAndMayRunOut) {
  MemoryPool pool("the memory of scripts", 2 * kMiB);
  auto memory = std::make_shared<ScriptMemory>(pool);
  auto machine = std::make_unique<Machine>(Machine::Kind::scripts, memory);
  const std::size_t empty = pool.used();
  EXPECT_GT(empty, 0U);
  const auto run = [&](const std::string& text) {
    Host host;
    const auto source = read_script(text);
    EXPECT_FALSE(machine->compile(*source));
    std::string out;
    keyspace::Reply reply(out);
    machine->run(*source, {"name", {}, {}, 7}, host, reply);
    return out;
  };
  EXPECT_EQ(run("return #string.rep('x', 2^20)"), ":1048576\r\n");
  EXPECT_GE(pool.used(), kMiB);
  EXPECT_NE(run("local t = {} for i = 1, 9 do t[i] = string.rep('x', 2^20) .. i end")
                .find("not enough memory"),
            std::string::npos);
  EXPECT_TRUE(machine->is_worn());
  machine = std::make_unique<Machine>(Machine::Kind::scripts, memory);
  EXPECT_EQ(pool.used(), empty);
  memory->end();  // the server goes before its threads
  EXPECT_EQ(pool.used(), 0U);
}

}  // namespace
}  // namespace octavo::redis
