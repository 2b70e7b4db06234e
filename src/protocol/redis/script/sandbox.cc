#include "protocol/redis/script/sandbox.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/redis/script/libraries.h"

namespace octavo::redis {
namespace {

constexpr const char* kReadOnly = "Attempt to modify a readonly table";
constexpr const char* kGlobals = "octavo.globals";
constexpr const char* kHiddenMetatable = "octavo.metatable";

char stand_in_mark;  // its address is the key, in the metatable of a stand-in

bool is_stand_in(lua_State* lua, int index) {
  if (!lua_istable(lua, index) || lua_getmetatable(lua, index) == 0) return false;
  lua_pushlightuserdata(lua, &stand_in_mark);
  lua_rawget(lua, -2);
  const bool marked = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 2);
  return marked;
}

// The table behind the stand-in at `index` takes its place on the stack.
void look_behind(lua_State* lua, int index) {
  lua_getmetatable(lua, index);
  lua_getfield(lua, -1, "__index");
  lua_replace(lua, index);
  lua_pop(lua, 1);
}

int read_only(lua_State* lua) { return luaL_error(lua, kReadOnly); }

// The same of a function, as Redis says it: without the place.
int refuse(lua_State* lua) {
  lua_pushstring(lua, kReadOnly);
  return lua_error(lua);
}

int no_such_global(lua_State* lua) {
  const char* const name = lua_tostring(lua, 2);
  return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                    name == nullptr ? "?" : name);
}

// --- functions of Lua that know stand-ins ---

int raw_set(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 2);
  luaL_checkany(lua, 3);
  if (is_stand_in(lua, 1)) return refuse(lua);
  lua_settop(lua, 3);
  lua_rawset(lua, 1);
  return 1;
}

int raw_get(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  if (is_stand_in(lua, 1)) look_behind(lua, 1);
  lua_rawget(lua, 1);
  return 1;
}

int next(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  if (is_stand_in(lua, 1)) look_behind(lua, 1);
  if (lua_next(lua, 1) != 0) return 2;
  lua_pushnil(lua);
  return 1;
}

int pairs(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_pushvalue(lua, lua_upvalueindex(1));  // `next`
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

int get_metatable(lua_State* lua) {
  luaL_checkany(lua, 1);
  if (is_stand_in(lua, 1) || lua_isstring(lua, 1) != 0) {
    lua_getfield(lua, LUA_REGISTRYINDEX, kHiddenMetatable);
    return 1;
  }
  if (lua_getmetatable(lua, 1) == 0) {
    lua_pushnil(lua);
    return 1;
  }
  luaL_getmetafield(lua, 1, "__metatable");
  return 1;
}

int set_metatable(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  const int type = lua_type(lua, 2);
  luaL_argcheck(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table expected");
  if (is_stand_in(lua, 1)) return refuse(lua);
  if (luaL_getmetafield(lua, 1, "__metatable") != 0) {
    return luaL_error(lua, "cannot change a protected metatable");
  }
  lua_settop(lua, 2);
  lua_setmetatable(lua, 1);
  return 1;
}

// Before the function of the upvalue: its first argument must not be shared.
int unless_shared(lua_State* lua) {
  if (is_stand_in(lua, 1)) return refuse(lua);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

// Errors of `redis.call` are tables; whoever catches one gets its text, as in older versions.
void take_text_of_error(lua_State* lua) {
  if (!lua_istable(lua, -1)) return;
  lua_getfield(lua, -1, "err");
  if (lua_isstring(lua, -1) != 0) {
    lua_replace(lua, -2);
  } else {
    lua_pop(lua, 1);
  }
}

// Lua's own calls the handler where the error was raised, and without hooks when a hook has raised
// it: one that does not return could not be ended. Here it is called when the stack is unwound.
int protected_call_with_handler(lua_State* lua) {
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  lua_insert(lua, 1);
  if (lua_pcall(lua, 0, LUA_MULTRET, 0) == 0) {
    lua_pushboolean(lua, 1);
    lua_replace(lua, 1);
    return lua_gettop(lua);
  }
  take_text_of_error(lua);
  lua_pushboolean(lua, 0);
  lua_insert(lua, 1);
  if (lua_pcall(lua, 1, 1, 0) != 0) take_text_of_error(lua);
  return 2;
}

int protected_call(lua_State* lua) {
  luaL_checkany(lua, 1);
  lua_pushboolean(lua, 1);
  lua_insert(lua, 1);
  if (lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0) != 0) {
    lua_remove(lua, 1);
    take_text_of_error(lua);
    lua_pushboolean(lua, 0);
    lua_insert(lua, -2);
    return 2;
  }
  return lua_gettop(lua);
}

// (table, [from, [to]]): Lua's own counts in 32 bits, and is led beyond its stack.
int unpack(lua_State* lua) {
  constexpr std::int64_t kMostResults = 8'000;  // that Lua's stack has for one function
  luaL_checktype(lua, 1, LUA_TTABLE);
  const auto from = static_cast<int>(luaL_optinteger(lua, 2, 1));
  const lua_Integer size = static_cast<lua_Integer>(lua_objlen(lua, 1));
  const auto to = static_cast<int>(luaL_optinteger(lua, 3, size));
  if (from > to) return 0;
  const std::int64_t count = std::int64_t{to} - from + 1;
  if (count > kMostResults || lua_checkstack(lua, static_cast<int>(count)) == 0) {
    return luaL_error(lua, "too many results to unpack");
  }
  for (std::int64_t i = from; i <= to; ++i) lua_rawgeti(lua, 1, static_cast<int>(i));
  return static_cast<int>(count);
}

// bit.tohex(number, [digits]), with more digits than there are led back to those: the least number
// has no opposite, and Lua's library writes beyond its text.
int to_hex(lua_State* lua) {
  constexpr std::int64_t kMostDigits = 8;
  lua_settop(lua, 2);
  if (lua_isnumber(lua, 2) != 0) {
    const auto wrapped = static_cast<std::uint32_t>(std::llrint(lua_tonumber(lua, 2)));
    const std::int64_t digits = static_cast<std::int32_t>(wrapped);
    lua_pushinteger(lua, std::clamp(digits, -kMostDigits, kMostDigits));
    lua_replace(lua, 2);
  } else if (lua_isnil(lua, 2)) {
    lua_settop(lua, 1);
  }
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, 1);
  return 1;
}

// Text only: Lua does not check code that was compiled before.
int load_text(lua_State* lua, std::string_view text, const char* name) {
  if (!text.empty() && text.front() == LUA_SIGNATURE[0]) {
    lua_pushnil(lua);
    lua_pushliteral(lua, "attempt to load a compiled chunk");
    return 2;
  }
  if (luaL_loadbuffer(lua, text.data(), text.size(), name) == 0) return 1;
  lua_pushnil(lua);
  lua_insert(lua, -2);
  return 2;
}

int load_string(lua_State* lua) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(lua, 1, &size);
  return load_text(lua, {text, size}, luaL_optstring(lua, 2, text));
}

int load(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TFUNCTION);
  const char* const name = luaL_optstring(lua, 2, "=(load)");
  lua_settop(lua, 2);
  std::string text;
  for (;;) {
    lua_pushvalue(lua, 1);
    lua_call(lua, 0, 1);
    if (lua_isnil(lua, -1)) break;
    std::size_t size = 0;
    const char* const piece = lua_tolstring(lua, -1, &size);
    if (piece == nullptr) return luaL_error(lua, "reader function must return a string");
    if (size == 0) break;
    text.append(piece, size);
    if (text.size() > kMaxLoadedBytes) return luaL_error(lua, "not enough memory");
    lua_pop(lua, 1);
  }
  return load_text(lua, text, name);
}

// Not `stop` and its kin: the state is not the script's alone.
int collect_garbage(lua_State* lua) {
  const std::string_view what = luaL_optstring(lua, 1, "collect");
  if (what == "count") {
    lua_pushnumber(lua, lua_gc(lua, LUA_GCCOUNT, 0));
  } else {
    lua_pushnumber(lua, what == "collect" ? lua_gc(lua, LUA_GCCOLLECT, 0) : 0);
  }
  return 1;
}

void open_library(lua_State* lua, const char* name, lua_CFunction open) {
  lua_pushcfunction(lua, open);
  lua_pushstring(lua, name);
  lua_call(lua, 1, 0);
}

void set_function(lua_State* lua, const char* name, lua_CFunction function) {
  lua_pushcfunction(lua, function);
  lua_setfield(lua, -2, name);
}

// Puts `function`, with what was there before as its upvalue, in a field of the table on the top.
void wrap_function(lua_State* lua, const char* name, lua_CFunction function) {
  lua_getfield(lua, -1, name);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, -2, name);
}

void remove_global(lua_State* lua, const char* name) {
  lua_pushnil(lua);
  lua_setglobal(lua, name);
}

}  // namespace

void open_libraries(lua_State* lua) {
  open_library(lua, "", luaopen_base);
  open_library(lua, LUA_TABLIBNAME, luaopen_table);
  open_library(lua, LUA_STRLIBNAME, luaopen_string);
  replace_string_functions(lua);
  open_library(lua, LUA_MATHLIBNAME, luaopen_math);
  for (const ScriptLibrary& library : kScriptLibraries) {
    lua_pushcfunction(lua, library.open);
    lua_pushstring(lua, library.name);
    lua_call(lua, 1, 1);
    lua_setglobal(lua, library.name);
  }
  // With its environment a function would keep something for its next run.
  for (const char* const name : {"print", "dofile", "loadfile", "module", "require", "package",
                                 "getfenv", "setfenv", "newproxy"}) {
    remove_global(lua, name);
  }
  lua_pushvalue(lua, LUA_GLOBALSINDEX);
  set_function(lua, "rawset", raw_set);
  set_function(lua, "rawget", raw_get);
  set_function(lua, "next", next);
  lua_getfield(lua, -1, "next");
  lua_pushcclosure(lua, pairs, 1);
  lua_setfield(lua, -2, "pairs");
  set_function(lua, "getmetatable", get_metatable);
  set_function(lua, "setmetatable", set_metatable);
  set_function(lua, "unpack", unpack);
  set_function(lua, "pcall", protected_call);
  set_function(lua, "xpcall", protected_call_with_handler);
  set_function(lua, "load", load);
  set_function(lua, "loadstring", load_string);
  set_function(lua, "collectgarbage", collect_garbage);
  lua_pop(lua, 1);
  lua_getglobal(lua, "bit");
  wrap_function(lua, "tohex", to_hex);
  lua_pop(lua, 1);
  lua_getglobal(lua, LUA_TABLIBNAME);
  for (const char* const name : {"insert", "remove", "sort", "setn"}) {
    wrap_function(lua, name, unless_shared);
  }
  lua_pop(lua, 1);
}

void protect_table(lua_State* lua, bool strict) {
  if (strict) {
    lua_newtable(lua);
    lua_pushcfunction(lua, no_such_global);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
  }
  lua_newtable(lua);  // the stand-in
  lua_newtable(lua);  // its metatable
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, read_only);
  lua_setfield(lua, -2, "__newindex");
  lua_pushlightuserdata(lua, &stand_in_mark);
  lua_pushboolean(lua, 1);
  lua_rawset(lua, -3);
  lua_setmetatable(lua, -2);
  lua_replace(lua, -2);
}

void close_sandbox(lua_State* lua) {
  lua_pushvalue(lua, LUA_GLOBALSINDEX);
  lua_setfield(lua, LUA_REGISTRYINDEX, kGlobals);
  lua_pushnil(lua);
  lua_setglobal(lua, "_G");
  lua_pushvalue(lua, LUA_GLOBALSINDEX);
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    if (!lua_istable(lua, -1)) {
      lua_pop(lua, 1);
      continue;
    }
    protect_table(lua, false);
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);  // key, key, stand-in
    lua_rawset(lua, -4);  // of a field that is there: `lua_next` may go on
  }
  lua_newtable(lua);
  protect_table(lua, false);
  lua_setfield(lua, LUA_REGISTRYINDEX, kHiddenMetatable);
  protect_table(lua, true);
  lua_replace(lua, LUA_GLOBALSINDEX);
  push_globals(lua);
  lua_pushvalue(lua, LUA_GLOBALSINDEX);
  lua_setfield(lua, -2, "_G");
  lua_pop(lua, 1);
}

void push_globals(lua_State* lua) { lua_getfield(lua, LUA_REGISTRYINDEX, kGlobals); }

void set_globals(lua_State* lua) {
  lua_getmetatable(lua, LUA_GLOBALSINDEX);
  lua_insert(lua, -2);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
}

}  // namespace octavo::redis
