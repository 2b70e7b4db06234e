#pragma once

// Between Lua's values and RESP, as Redis converts them. Within a protected call.

#include <lua.hpp>

#include <string_view>

#include "keyspace/reply.h"

namespace octavo::redis {

// Pushes one value made of one reply; returns what is behind it.
std::string_view push_reply(lua_State* lua, std::string_view reply);
// Writes the value on the top of the stack, and pops it. `script_protocol`: what the script has
// chosen with redis.setresp.
void write_value(lua_State* lua, int script_protocol, keyspace::Reply& reply);
// Pushes the table that stands for an error. `text`: with its code.
void push_error(lua_State* lua, std::string_view text);

}  // namespace octavo::redis
