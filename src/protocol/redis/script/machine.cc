#include "protocol/redis/script/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <new>

#include "base/assert.h"
#include "base/clock.h"
#include "protocol/redis/script/lua_reply.h"
#include "protocol/redis/script/sandbox.h"

namespace octavo::redis {
namespace {

// As Redis: a full collection now and then would be felt.
constexpr std::uint32_t kRunsPerCollection = 50;
constexpr int kCollectionSteps = 50;
constexpr std::int64_t kMaxLoadNs = 500'000'000;  // of the code of a library
constexpr std::size_t kKeptAnswerBytes = 64 * kKiB;
constexpr const char* kLibraryApi = "octavo.library_api";
constexpr int kLevels[] = {0, 1, 2, 3};
constexpr int kReplicateNone = 0;
constexpr int kReplicateAof = 1;
constexpr int kReplicateOthers = 2;
constexpr const char* kVersion = "7.0.15";
constexpr int kVersionNumber = 0x0007000f;

Machine& machine_of(lua_State* lua) {
  void* self = nullptr;
  lua_getallocf(lua, &self);
  return *static_cast<Machine*>(self);
}

// Raises an error as Redis's own functions do.
int raise(lua_State* lua, std::string_view text) {
  push_error(lua, "ERR " + std::string(text));
  return lua_error(lua);
}

// Where an error came from goes into its table.
int error_handler(lua_State* lua) {
  if (!lua_istable(lua, 1)) {
    const char* text = lua_tostring(lua, 1);
    if (text == nullptr) text = luaL_typename(lua, 1);
    push_error(lua, "ERR " + std::string(text));
    lua_replace(lua, 1);
  }
  lua_settop(lua, 1);
  lua_Debug where;
  for (int level = 1; level <= 2; ++level) {
    if (lua_getstack(lua, level, &where) == 0) break;
    lua_getinfo(lua, "Sl", &where);
    if (level == 1 && std::string_view(where.what) == "C") continue;
    lua_pushstring(lua, where.source);
    lua_setfield(lua, 1, "source");
    lua_pushinteger(lua, where.currentline);
    lua_setfield(lua, 1, "line");
    break;
  }
  return 1;
}

}  // namespace

// The functions that scripts call.
struct MachineApi {
  static int generic_call(lua_State* lua, bool raises) {
    Machine& machine = machine_of(lua);
    if (machine.host_ == nullptr) {
      return raise(lua, "redis.call/pcall can only be called inside a script invocation");
    }
    const auto fail_with = [&](std::string_view text) {
      push_error(lua, "ERR " + std::string(text));
      return raises ? lua_error(lua) : 1;
    };
    if (lua_gettop(lua) == 0) {
      return fail_with("Please specify at least one argument for this redis lib call");
    }
    if (!take_arguments(lua, machine)) {
      return fail_with("Lua redis lib command arguments must be strings or integers");
    }
    machine.answer_.clear();
    machine.host_->call(machine.arguments_, machine.protocol_, machine.answer_);
    if (machine.stop_ == ScriptHost::Stop::none) machine.stop_ = machine.host_->look();
    if (machine.stop_ != ScriptHost::Stop::none) Machine::hook(lua, nullptr);
    lua_settop(lua, 0);
    const bool failed = machine.answer_.starts_with('-');
    push_reply(lua, machine.answer_);
    if (machine.answer_.capacity() > kKeptAnswerBytes) std::string().swap(machine.answer_);
    return raises && failed ? lua_error(lua) : 1;
  }
  static int call(lua_State* lua) { return generic_call(lua, true); }
  static int pcall(lua_State* lua) { return generic_call(lua, false); }

  // The texts stay on the stack. False: one is no text.
  static bool take_arguments(lua_State* lua, Machine& machine) {
    const int count = lua_gettop(lua);
    machine.arguments_.clear();
    for (int i = 1; i <= count; ++i) {
      if (lua_type(lua, i) == LUA_TNUMBER) {
        char text[32];
        const int size = std::snprintf(text, sizeof text, "%.17g", lua_tonumber(lua, i));
        lua_pushlstring(lua, text, static_cast<std::size_t>(size));
        lua_replace(lua, i);
      }
      if (lua_type(lua, i) != LUA_TSTRING) return false;
      std::size_t size = 0;
      const char* const text = lua_tolstring(lua, i, &size);
      machine.arguments_.emplace_back(text, size);
    }
    return true;
  }

  static int log(lua_State* lua) {
    const int count = lua_gettop(lua);
    if (count < 2) return raise(lua, "redis.log() requires two arguments or more.");
    if (lua_isnumber(lua, 1) == 0) {
      return raise(lua, "First argument must be a number (log level).");
    }
    const auto level = static_cast<int>(lua_tonumber(lua, 1));
    if (level < kLevels[0] || level > kLevels[3]) return raise(lua, "Invalid debug level.");
    std::string text;
    for (int i = 2; i <= count; ++i) {
      std::size_t size = 0;
      const char* const part = lua_tolstring(lua, i, &size);
      if (part == nullptr) continue;
      if (i > 2) text += ' ';
      text.append(part, size);
    }
    Machine& machine = machine_of(lua);
    if (machine.host_ != nullptr) machine.host_->log(level, text);
    return 0;
  }

  static int sha1hex(lua_State* lua) {
    if (lua_gettop(lua) != 1) return raise(lua, "wrong number of arguments");
    std::size_t size = 0;
    const char* const text = lua_tolstring(lua, 1, &size);
    const std::string hex = sha1_hex({text == nullptr ? "" : text, size});
    lua_pushlstring(lua, hex.data(), hex.size());
    return 1;
  }

  static bool is_one_string(lua_State* lua) {
    if (lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING) return true;
    push_error(lua, "ERR wrong number or type of arguments");
    return false;
  }
  static int error_reply(lua_State* lua) {
    if (!is_one_string(lua)) return 1;
    std::string text = lua_tostring(lua, 1);
    if (text.starts_with('-')) text.erase(0, 1);
    if (text.find(' ') == std::string::npos) text.insert(0, "ERR ");
    const std::size_t end = text.find_last_not_of("\r\n");
    push_error(lua, text.substr(0, end == std::string::npos ? 0 : end + 1));
    return 1;
  }
  static int status_reply(lua_State* lua) {
    if (!is_one_string(lua)) return 1;
    lua_newtable(lua);
    lua_pushvalue(lua, 1);
    lua_setfield(lua, -2, "ok");
    return 1;
  }

  static int set_repl(lua_State* lua) {
    if (machine_of(lua).host_ == nullptr) {
      return raise(lua, "redis.set_repl can only be called inside a script invocation");
    }
    if (lua_gettop(lua) != 1) return raise(lua, "redis.set_repl() requires two arguments.");
    const auto flags = static_cast<int>(lua_tonumber(lua, 1));
    if ((flags & ~(kReplicateAof | kReplicateOthers)) != 0) {
      return raise(lua,
                   "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    return 0;  // what is changed is always logged
  }

  static int acl_check_cmd(lua_State* lua) {
    Machine& machine = machine_of(lua);
    if (machine.host_ == nullptr) {
      return raise(lua, "redis.acl_check_cmd can only be called inside a script invocation");
    }
    if (lua_gettop(lua) == 0) {
      return raise(lua, "Please specify at least one argument for this redis lib call");
    }
    if (!take_arguments(lua, machine)) {
      return raise(lua, "Lua redis lib command arguments must be strings or integers");
    }
    const auto allowed = machine.host_->allows(machine.arguments_);
    if (!allowed) return raise(lua, "Invalid command passed to redis.acl_check_cmd()");
    lua_pushboolean(lua, *allowed ? 1 : 0);
    return 1;
  }

  static int setresp(lua_State* lua) {
    Machine& machine = machine_of(lua);
    if (machine.host_ == nullptr) {
      return raise(lua, "redis.setresp can only be called inside a script invocation");
    }
    if (lua_gettop(lua) != 1) return raise(lua, "redis.setresp() requires one argument.");
    const auto version = static_cast<int>(lua_tonumber(lua, 1));
    if (version != 2 && version != 3) return raise(lua, "RESP version must be 2 or 3.");
    machine.protocol_ = version;
    return 0;
  }

  static int is_true(lua_State* lua) {
    lua_pushboolean(lua, 1);
    return 1;
  }
  static int is_false(lua_State* lua) {
    lua_pushboolean(lua, 0);
    return 1;
  }
  static int nothing(lua_State*) { return 0; }

  static int random(lua_State* lua) {
    Machine& machine = machine_of(lua);
    if (machine.host_ == nullptr) {
      return luaL_error(lua, "math.random can only be called inside a script invocation");
    }
    const double r = machine.random_.uniform();
    switch (lua_gettop(lua)) {
      case 0: lua_pushnumber(lua, r); return 1;
      case 1: {
        const auto upper = luaL_checkint(lua, 1);
        luaL_argcheck(lua, 1 <= upper, 1, "interval is empty");
        lua_pushnumber(lua, std::floor(r * upper) + 1);
        return 1;
      }
      case 2: {
        const double lower = luaL_checkint(lua, 1);
        const double upper = luaL_checkint(lua, 2);
        luaL_argcheck(lua, lower <= upper, 2, "interval is empty");
        lua_pushnumber(lua, std::floor(r * (upper - lower + 1)) + lower);
        return 1;
      }
      default: return luaL_error(lua, "wrong number of arguments");
    }
  }
  static int randomseed(lua_State* lua) {
    Machine& machine = machine_of(lua);
    if (machine.host_ == nullptr) {
      return luaL_error(lua, "math.randomseed can only be called inside a script invocation");
    }
    machine.random_ = Random(static_cast<std::uint64_t>(luaL_checkint(lua, 1)));
    return 0;
  }

  // --- redis.register_function ---

  static std::string_view text(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* const bytes = lua_tolstring(lua, index, &size);
    return {bytes, size};
  }

  static bool read_flags(lua_State* lua, ScriptFlags& flags) {
    for (int i = 1;; ++i) {
      lua_rawgeti(lua, -1, i);
      if (lua_isnil(lua, -1)) break;
      bool known = false;
      for (const ScriptFlagName& row : kScriptFlagNames) {
        if (lua_isstring(lua, -1) == 0 || text(lua, -1) != row.name) continue;
        flags = static_cast<ScriptFlags>(flags | row.flag);
        known = true;
      }
      lua_pop(lua, 1);
      if (!known) return false;
    }
    lua_pop(lua, 1);
    return true;
  }

  // The error, or nothing. `callback` is the stack's index of the function.
  static const char* read_named(lua_State* lua, ScriptFunction& function) {
    if (!lua_istable(lua, 1)) {
      return "calling redis.register_function with a single argument is only applicable to Lua "
             "table (representing named arguments).";
    }
    bool has_name = false;
    bool has_callback = false;
    lua_settop(lua, 1);
    lua_pushnil(lua);  // where the callback goes
    lua_pushnil(lua);
    while (lua_next(lua, 1) != 0) {
      if (lua_type(lua, -2) != LUA_TSTRING) {
        return "named argument key given to redis.register_function is not a string";
      }
      const std::string_view key = text(lua, -2);
      if (key == "function_name") {
        if (lua_isstring(lua, -1) == 0) {
          return "function_name argument given to redis.register_function must be a string";
        }
        function.name = text(lua, -1);
        has_name = true;
      } else if (key == "description") {
        if (lua_isstring(lua, -1) == 0) {
          return "description argument given to redis.register_function must be a string";
        }
        function.description = text(lua, -1);
      } else if (key == "callback") {
        if (!lua_isfunction(lua, -1)) {
          return "callback argument given to redis.register_function must be a function";
        }
        lua_pushvalue(lua, -1);
        lua_replace(lua, 2);
        has_callback = true;
      } else if (key == "flags") {
        if (!lua_istable(lua, -1)) {
          return "flags argument to redis.register_function must be a table representing function "
                 "flags";
        }
        if (!read_flags(lua, function.flags)) return "unknown flag given";
      } else {
        return "unknown argument given to redis.register_function";
      }
      lua_pop(lua, 1);
    }
    if (!has_name) return "redis.register_function must get a function name argument";
    if (!has_callback) return "redis.register_function must get a callback argument";
    return nullptr;
  }

  static const char* read_positional(lua_State* lua, ScriptFunction& function) {
    if (lua_isstring(lua, 1) == 0) {
      return "first argument to redis.register_function must be a string";
    }
    if (!lua_isfunction(lua, 2)) {
      return "second argument to redis.register_function must be a function";
    }
    function.name = text(lua, 1);
    return nullptr;
  }

  static int register_function(lua_State* lua) {
    Machine& machine = machine_of(lua);
    if (machine.loading_ == nullptr) {
      return raise(lua, "redis.register_function can only be called on FUNCTION LOAD command");
    }
    const int count = lua_gettop(lua);
    if (count < 1 || count > 2) {
      return raise(lua, "wrong number of arguments to redis.register_function");
    }
    ScriptFunction function;
    const char* const error =
        count == 1 ? read_named(lua, function) : read_positional(lua, function);
    if (error != nullptr) return raise(lua, error);
    if (!is_library_name(function.name)) {
      return raise(lua,
                   "Library names can only contain letters, numbers, or underscores(_) and must be "
                   "at least one character long");
    }
    for (const ScriptFunction& other : *machine.loading_) {
      if (other.name == function.name) return raise(lua, "Function already exists in the library");
    }
    lua_pushvalue(lua, 2);
    function.reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    machine.loading_->push_back(std::move(function));
    return 0;
  }

  // --- the tables ---

  static void set(lua_State* lua, const char* name, lua_CFunction function) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
  }
  static void set(lua_State* lua, const char* name, int number) {
    lua_pushinteger(lua, number);
    lua_setfield(lua, -2, name);
  }

  static void set_log_and_version(lua_State* lua) {
    set(lua, "log", log);
    set(lua, "LOG_DEBUG", kLevels[0]);
    set(lua, "LOG_VERBOSE", kLevels[1]);
    set(lua, "LOG_NOTICE", kLevels[2]);
    set(lua, "LOG_WARNING", kLevels[3]);
    set(lua, "REDIS_VERSION_NUM", kVersionNumber);
    lua_pushstring(lua, kVersion);
    lua_setfield(lua, -2, "REDIS_VERSION");
  }

  static void open(lua_State* lua, Machine::Kind kind) {
    open_libraries(lua);
    lua_newtable(lua);
    set(lua, "call", call);
    set(lua, "pcall", pcall);
    set_log_and_version(lua);
    set(lua, "setresp", setresp);
    set(lua, "sha1hex", sha1hex);
    set(lua, "error_reply", error_reply);
    set(lua, "status_reply", status_reply);
    set(lua, "set_repl", set_repl);
    set(lua, "REPL_NONE", kReplicateNone);
    set(lua, "REPL_AOF", kReplicateAof);
    set(lua, "REPL_SLAVE", kReplicateOthers);
    set(lua, "REPL_REPLICA", kReplicateOthers);
    set(lua, "REPL_ALL", kReplicateAof | kReplicateOthers);
    set(lua, "acl_check_cmd", acl_check_cmd);
    if (kind == Machine::Kind::scripts) {
      set(lua, "breakpoint", is_false);
      set(lua, "debug", nothing);
      set(lua, "replicate_commands", is_true);
    }
    lua_setglobal(lua, "redis");
    lua_getglobal(lua, "math");
    set(lua, "random", random);
    set(lua, "randomseed", randomseed);
    lua_pop(lua, 1);
    close_sandbox(lua);
    // What the code of a library sees while it is loaded.
    lua_newtable(lua);
    lua_newtable(lua);
    set(lua, "register_function", register_function);
    set_log_and_version(lua);
    protect_table(lua, true);
    lua_setfield(lua, -2, "redis");
    protect_table(lua, true);
    lua_setfield(lua, LUA_REGISTRYINDEX, kLibraryApi);
  }
};

Machine::Machine(Kind kind, std::shared_ptr<ScriptMemory> memory)
    : kind_(kind), memory_(std::move(memory)) {
  lua_ = lua_newstate(&Machine::allocate, this);
  ASSERT(lua_ != nullptr);
  const auto error = protect([this] { MachineApi::open(lua_, kind_); });
  ASSERT(!error);
  opening_ = false;
}

Machine::~Machine() {
  lua_close(lua_);
  if (memory_ != nullptr) memory_->release(reserved_);
}

// In steps: memory is not asked for each value.
bool Machine::reserve(std::size_t bytes) {
  constexpr std::size_t kStepBytes = 256 * kKiB;
  if (bytes + 4 * kStepBytes < reserved_) {
    const std::size_t kept = bytes + kStepBytes;
    if (memory_ != nullptr) memory_->release(reserved_ - kept);
    reserved_ = kept;
  }
  if (bytes <= reserved_) return true;
  const std::size_t more = bytes - reserved_ + kStepBytes;
  if (memory_ != nullptr && opening_) memory_->force(more);
  if (memory_ != nullptr && !opening_ && !memory_->reserve(more)) return false;
  reserved_ += more;
  return true;
}

void* Machine::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& machine = *static_cast<Machine*>(self);
  if (new_size == 0) {
    std::free(block);
    machine.bytes_ -= old_size;
    machine.reserve(machine.bytes_);
    return nullptr;
  }
  const std::size_t more = new_size > old_size ? new_size - old_size : 0;
  const bool fits = machine.bytes_ + more <= kMaxLuaBytes;
  if (more > 0 && !(fits && machine.reserve(machine.bytes_ + more))) {
    machine.worn_ = true;
    return nullptr;
  }
  void* const grown = std::realloc(block, new_size);
  if (grown != nullptr) machine.bytes_ += new_size - (block == nullptr ? 0 : old_size);
  return grown;
}

// Runs between instructions, and raises once what runs has to end: then at each instruction, so
// that no pcall of the script's can hold it up.
void Machine::hook(lua_State* lua, lua_Debug*) {
  Machine& machine = machine_of(lua);
  if (machine.loading_ != nullptr) {
    if (system_clock().monotonic_ns() < machine.load_until_ns_) return;
    lua_sethook(lua, &Machine::hook, LUA_MASKCOUNT, 1);
    raise(lua, "FUNCTION LOAD timeout");
  }
  if (machine.stop_ == ScriptHost::Stop::none && machine.host_ != nullptr) {
    machine.stop_ = machine.host_->look();
  }
  if (machine.stop_ == ScriptHost::Stop::none) return;
  lua_sethook(lua, &Machine::hook, LUA_MASKCOUNT, 1);
  raise(lua, "Script killed by user with SCRIPT KILL...");
}

std::optional<std::string> Machine::protect(const std::function<void()>& work) {
  const int top = lua_gettop(lua_);
  const auto run = [](lua_State* lua) {
    const auto& given = *static_cast<const std::function<void()>*>(lua_touserdata(lua, 1));
    lua_settop(lua, 0);
    try {
      given();
    } catch (const std::exception& error) {
      return luaL_error(lua, "%s", error.what());
    }
    return 0;
  };
  const int status = lua_cpcall(lua_, run, const_cast<std::function<void()>*>(&work));
  if (status == 0) return std::nullopt;
  std::string text = "unknown error";
  if (lua_gettop(lua_) > top && lua_type(lua_, -1) == LUA_TSTRING) text = lua_tostring(lua_, -1);
  lua_settop(lua_, top);
  if (status == LUA_ERRMEM) worn_ = true;
  return text;
}

std::optional<std::string> Machine::compile(const ScriptSource& script) {
  if (scripts_.contains(script.sha)) return std::nullopt;
  std::optional<std::string> why;
  int reference = LUA_NOREF;
  const std::string_view code = std::string_view(script.text).substr(script.code_begins);
  const auto error = protect([&] {
    if (!code.empty() && code.front() == LUA_SIGNATURE[0]) {
      why = "user_script: attempt to load a compiled chunk";
    } else if (luaL_loadbuffer(lua_, code.data(), code.size(), "@user_script") != 0) {
      why = lua_tostring(lua_, -1);
    } else {
      reference = luaL_ref(lua_, LUA_REGISTRYINDEX);
    }
  });
  if (error) why = error;
  if (!why) scripts_.emplace(script.sha, reference);
  return why;
}

void Machine::forget_scripts() {
  const auto error = protect([&] {
    for (const auto& [sha, reference] : scripts_) luaL_unref(lua_, LUA_REGISTRYINDEX, reference);
  });
  if (error) worn_ = true;
  scripts_.clear();
}

std::optional<std::string> Machine::load(std::string_view code,
                                         std::vector<ScriptFunction>& functions) {
  std::optional<std::string> why;
  functions.clear();
  const auto error = protect([&] {
    if (luaL_loadbuffer(lua_, code.data(), code.size(), "@user_function") != 0) {
      why = fmt::format("Error compiling function: {}", lua_tostring(lua_, -1));
      return;
    }
    lua_getfield(lua_, LUA_REGISTRYINDEX, kLibraryApi);
    set_globals(lua_);
    loading_ = &functions;
    load_until_ns_ = system_clock().monotonic_ns() + kMaxLoadNs;
    lua_sethook(lua_, &Machine::hook, LUA_MASKCOUNT, kInstructionsPerLook);
    if (lua_pcall(lua_, 0, 0, 0) != 0) {
      std::string text = "unknown error";
      if (lua_isstring(lua_, -1) != 0) {
        text = "ERR " + std::string(lua_tostring(lua_, -1));
      } else if (lua_istable(lua_, -1)) {
        lua_getfield(lua_, -1, "err");
        if (lua_isstring(lua_, -1) != 0) text = lua_tostring(lua_, -1);
      }
      why = "Error registering functions: " + text;
    }
  });
  loading_ = nullptr;
  lua_sethook(lua_, nullptr, 0, 0);
  const auto restored = protect([&] {
    push_globals(lua_);
    set_globals(lua_);
  });
  if (error) why = error;
  if (restored) why = restored;
  if (!why && functions.empty()) why = "No functions registered";
  if (why) unload(functions);
  return why;
}

void Machine::unload(std::vector<ScriptFunction>& functions) {
  const auto error = protect([&] {
    for (const ScriptFunction& one : functions) {
      luaL_unref(lua_, LUA_REGISTRYINDEX, one.reference);
    }
  });
  if (error) worn_ = true;
  functions.clear();
}

ScriptHost::Stop Machine::run(const ScriptSource& compiled, const Call& call, ScriptHost& host,
                              keyspace::Reply& reply) {
  return run(scripts_.at(compiled.sha), false, call, host, reply);
}

ScriptHost::Stop Machine::run(const ScriptFunction& function, const Call& call, ScriptHost& host,
                              keyspace::Reply& reply) {
  return run(function.reference, true, call, host, reply);
}

ScriptHost::Stop Machine::run(int reference, bool is_function, const Call& call, ScriptHost& host,
                              keyspace::Reply& reply) {
  host_ = &host;
  stop_ = ScriptHost::Stop::none;
  protocol_ = 2;
  random_ = Random(call.seed);
  const std::size_t mark = reply.mark();
  lua_sethook(lua_, &Machine::hook, LUA_MASKCOUNT, kInstructionsPerLook);
  const auto error = protect([&] { run_protected(reference, is_function, call, reply); });
  lua_sethook(lua_, nullptr, 0, 0);
  host_ = nullptr;
  arguments_.clear();
  if (error) {
    reply.cut(mark);
    reply.error(fmt::format("ERR Error running script {}, {}", call.name, *error));
  }
  reply.end_call(mark);
  lua_settop(lua_, 0);
  if (++runs_ % kRunsPerCollection == 0) lua_gc(lua_, LUA_GCSTEP, kCollectionSteps);
  return stop_;
}

void Machine::push_list(std::span<const std::string_view> words) {
  lua_createtable(lua_, static_cast<int>(words.size()), 0);
  for (std::size_t i = 0; i < words.size(); ++i) {
    lua_pushlstring(lua_, words[i].data(), words[i].size());
    lua_rawseti(lua_, -2, static_cast<int>(i + 1));
  }
}

void Machine::run_protected(int reference, bool is_function, const Call& call,
                            keyspace::Reply& reply) {
  lua_pushcfunction(lua_, error_handler);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, reference);
  if (is_function) {
    push_list(call.keys);
    push_list(call.arguments);
  } else {
    push_globals(lua_);
    push_list(call.keys);
    lua_setfield(lua_, -2, "KEYS");
    push_list(call.arguments);
    lua_setfield(lua_, -2, "ARGV");
    lua_pop(lua_, 1);
  }
  if (lua_pcall(lua_, is_function ? 2 : 0, 1, 1) == 0) {
    return write_value(lua_, protocol_, reply);
  }
  if (!lua_istable(lua_, -1)) {
    const char* const text = lua_tostring(lua_, -1);
    return reply.error(fmt::format("ERR Error running script {}, {:.100}", call.name,
                                   text == nullptr ? "execution failure" : text));
  }
  const auto field = [&](const char* name) -> std::optional<std::string> {
    lua_getfield(lua_, -1, name);
    std::optional<std::string> out;
    if (lua_isstring(lua_, -1) != 0) out = lua_tostring(lua_, -1);
    lua_pop(lua_, 1);
    return out;
  };
  std::string text = field("err").value_or("ERR unknown error");
  const auto source = field("source");
  const auto line = field("line");
  if (source && line) text += fmt::format(" script: {}, on {}:{}.", call.name, *source, *line);
  reply.error(text);
}

}  // namespace octavo::redis
