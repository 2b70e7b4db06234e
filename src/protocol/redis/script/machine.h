#pragma once

// A Lua state with what Redis's scripts find in it (docs/notes/0021). One thread at a time.
//
// Lua is built as C++: its errors are exceptions, which our functions let pass. Whatever may raise
// one runs within a protected call.

#include <lua.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "base/random.h"
#include "keyspace/command.h"
#include "keyspace/reply.h"
#include "protocol/redis/script/script_memory.h"
#include "protocol/redis/script/source.h"

namespace octavo::redis {

// What a state may hold, compiled scripts included.
inline constexpr std::size_t kMaxLuaBytes = 64 * kMiB;
// How often `look` is asked, in instructions of Lua.
inline constexpr int kInstructionsPerLook = 1000;

// What a running script asks of whoever runs it.
class ScriptHost {
 public:
  enum class Stop : std::uint8_t {
    none,
    abandon,  // what it did is worth nothing: it will run again elsewhere
    kill,
  };
  virtual ~ScriptHost() = default;
  // redis.call: one reply, errors included, in that version of RESP.
  virtual void call(keyspace::Args args, int protocol, std::string& out) = 0;
  // redis.acl_check_cmd; nullopt: there is no such command.
  virtual std::optional<bool> allows(keyspace::Args args) = 0;
  virtual void log(int level, std::string_view text) = 0;
  virtual Stop look() = 0;
};

struct ScriptFunction {
  std::string name;
  std::optional<std::string> description;
  ScriptFlags flags = 0;
  int reference = LUA_NOREF;
};

class Machine {
 public:
  enum class Kind : std::uint8_t { scripts, functions };
  // Null: what it holds is counted nowhere.
  explicit Machine(Kind kind, std::shared_ptr<ScriptMemory> memory = nullptr);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Compiles a script, once; the error, or nothing.
  std::optional<std::string> compile(const ScriptSource& script);
  // Forgets all scripts.
  void forget_scripts();

  // Runs the code of a library, so that it registers its functions; the error, or nothing.
  std::optional<std::string> load(std::string_view code, std::vector<ScriptFunction>& functions);
  void unload(std::vector<ScriptFunction>& functions);

  struct Call {
    std::string_view name;  // in errors
    std::span<const std::string_view> keys;
    std::span<const std::string_view> arguments;
    std::uint64_t seed = 0;
  };
  // Writes the reply. What `look` has said last: after `abandon` the reply is worth nothing.
  ScriptHost::Stop run(const ScriptSource& compiled, const Call& call, ScriptHost& host,
                       keyspace::Reply& reply);
  ScriptHost::Stop run(const ScriptFunction& function, const Call& call, ScriptHost& host,
                       keyspace::Reply& reply);

  // It ran out of memory: to be made anew.
  bool is_worn() const { return worn_; }
  std::size_t bytes() const { return bytes_; }

 private:
  friend struct MachineApi;  // the functions that scripts call

  bool reserve(std::size_t bytes);
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static void hook(lua_State* lua, lua_Debug* where);
  // What `work` raises: its text.
  std::optional<std::string> protect(const std::function<void()>& work);
  ScriptHost::Stop run(int reference, bool is_function, const Call& call, ScriptHost& host,
                       keyspace::Reply& reply);
  void run_protected(int reference, bool is_function, const Call& call, keyspace::Reply& reply);
  void push_list(std::span<const std::string_view> words);

  lua_State* lua_ = nullptr;
  Kind kind_;
  std::shared_ptr<ScriptMemory> memory_;
  std::size_t bytes_ = 0;
  std::size_t reserved_ = 0;  // at least `bytes_`
  bool opening_ = true;       // what it begins with is not refused
  bool worn_ = false;
  std::unordered_map<std::string, int> scripts_;  // by SHA-1: references
  ScriptHost* host_ = nullptr;                    // of what runs
  ScriptHost::Stop stop_ = ScriptHost::Stop::none;
  int protocol_ = 2;  // of redis.call
  Random random_{0};
  std::uint32_t runs_ = 0;
  std::vector<std::string_view> arguments_;
  std::string answer_;
  std::vector<ScriptFunction>* loading_ = nullptr;
  std::int64_t load_until_ns_ = 0;
};

}  // namespace octavo::redis
