#pragma once

// The libraries that Redis gives its scripts beside Lua's own.

#include <lua.hpp>

#include <cstddef>
extern "C" {
#include <lua-bitop.h>
#include <lua-cjson.h>
}

namespace octavo::redis {

inline constexpr std::size_t kMaxLoadedBytes = 16 << 20;  // that `load` puts together
inline constexpr std::size_t kMostMadeBytes = 64 << 20;   // of a text that gsub and rep make

// Puts others in the place of those of Lua's `string` that may take long: string_library.cc.
void replace_string_functions(lua_State* lua);
int open_struct(lua_State* lua);    // struct_library.cc
int open_cmsgpack(lua_State* lua);  // msgpack_library.cc

struct ScriptLibrary {
  const char* name;
  lua_CFunction open;
};
inline constexpr ScriptLibrary kScriptLibraries[] = {
    {"cjson", luaopen_cjson},
    {"bit", luaopen_bit},
    {"struct", open_struct},
    {"cmsgpack", open_cmsgpack},
};

}  // namespace octavo::redis
