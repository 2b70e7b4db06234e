#include "protocol/redis/script/lua_reply.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "keyspace/type/numbers.h"

namespace octavo::redis {
namespace {

using keyspace::Reply;

constexpr int kSlots = 6;  // of the stack, that one level needs

void set_field(lua_State* lua, const char* name, std::string_view value) {
  lua_pushlstring(lua, value.data(), value.size());
  lua_setfield(lua, -2, name);
}

std::int64_t count_of(std::string_view line) {
  return keyspace::parse_int64(line.substr(1)).value_or(-1);
}

std::string_view push_bulk(lua_State* lua, std::string_view line, std::string_view rest) {
  const std::int64_t size = count_of(line);
  if (size < 0) {
    lua_pushboolean(lua, 0);
    return rest;
  }
  lua_pushlstring(lua, rest.data(), static_cast<std::size_t>(size));
  return rest.substr(static_cast<std::size_t>(size) + 2);
}

std::string_view push_array(lua_State* lua, std::int64_t count, std::string_view rest) {
  if (count < 0) {
    lua_pushboolean(lua, 0);
    return rest;
  }
  lua_createtable(lua, static_cast<int>(std::min<std::int64_t>(count, 1 << 20)), 0);
  for (std::int64_t i = 1; i <= count; ++i) {
    rest = push_reply(lua, rest);
    lua_rawseti(lua, -2, static_cast<int>(i));
  }
  return rest;
}

// {map = {…}} and {set = {… = true}}.
std::string_view push_keyed(lua_State* lua, const char* name, std::int64_t count, bool has_values,
                            std::string_view rest) {
  lua_newtable(lua);
  lua_newtable(lua);
  for (std::int64_t i = 0; i < count; ++i) {
    rest = push_reply(lua, rest);
    if (has_values) {
      rest = push_reply(lua, rest);
    } else {
      lua_pushboolean(lua, 1);
    }
    lua_rawset(lua, -3);
  }
  lua_setfield(lua, -2, name);
  return rest;
}

std::string_view push_verbatim(lua_State* lua, std::string_view line, std::string_view rest) {
  const auto size = static_cast<std::size_t>(count_of(line));
  lua_newtable(lua);
  lua_newtable(lua);
  set_field(lua, "string", rest.substr(4, size - 4));
  set_field(lua, "format", rest.substr(0, 3));
  lua_setfield(lua, -2, "verbatim_string");
  return rest.substr(size + 2);
}

void push_real(lua_State* lua, std::string_view text) {
  double value = 0;
  if (text == "inf" || text == "+inf") {
    value = std::numeric_limits<double>::infinity();
  } else if (text == "-inf") {
    value = -std::numeric_limits<double>::infinity();
  } else {
    value = std::strtod(std::string(text).c_str(), nullptr);
  }
  lua_newtable(lua);
  lua_pushnumber(lua, value);
  lua_setfield(lua, -2, "double");
}

std::string one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return out;
}

std::string_view text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const bytes = lua_tolstring(lua, index, &size);
  return {bytes, size};
}

std::int64_t integer_of(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  if (!(value >= -kLimit && value < kLimit)) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

// Pushes a field of the table on the top, if it has that type.
bool push_field(lua_State* lua, const char* name, int type) {
  lua_pushstring(lua, name);
  lua_rawget(lua, -2);
  if (lua_type(lua, -1) == type) return true;
  lua_pop(lua, 1);
  return false;
}

bool write_verbatim(lua_State* lua, Reply& reply) {
  if (push_field(lua, "format", LUA_TSTRING)) {
    lua_insert(lua, -2);
    if (push_field(lua, "string", LUA_TSTRING)) {
      std::string format(text_at(lua, -3).substr(0, 3));
      format.resize(3, ' ');
      reply.verbatim(format, text_at(lua, -1));
      lua_pop(lua, 3);
      return true;
    }
    lua_remove(lua, -2);
  }
  lua_pop(lua, 1);
  return false;
}

void write_keyed(lua_State* lua, int script_protocol, bool has_values, Reply& reply) {
  std::string elements;
  std::size_t count = 0;
  const std::size_t mark = reply.mark();
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    lua_pushvalue(lua, -2);
    write_value(lua, script_protocol, reply);
    if (has_values) {
      write_value(lua, script_protocol, reply);
    } else {
      lua_pop(lua, 1);
    }
    ++count;
  }
  lua_pop(lua, 1);
  if (has_values) {
    reply.insert_map_header(mark, count);
  } else {
    reply.insert_set_header(mark, count);
  }
}

// The table on the top is left there.
void write_table(lua_State* lua, int script_protocol, Reply& reply) {
  if (push_field(lua, "err", LUA_TSTRING)) {
    reply.error(text_at(lua, -1));
    return lua_pop(lua, 1);
  }
  if (push_field(lua, "ok", LUA_TSTRING)) {
    reply.simple(one_line(text_at(lua, -1)));
    return lua_pop(lua, 1);
  }
  if (push_field(lua, "double", LUA_TNUMBER)) {
    reply.real(lua_tonumber(lua, -1));
    return lua_pop(lua, 1);
  }
  if (push_field(lua, "big_number", LUA_TSTRING)) {
    reply.big_number(one_line(text_at(lua, -1)));
    return lua_pop(lua, 1);
  }
  if (push_field(lua, "verbatim_string", LUA_TTABLE) && write_verbatim(lua, reply)) return;
  if (push_field(lua, "map", LUA_TTABLE)) return write_keyed(lua, script_protocol, true, reply);
  if (push_field(lua, "set", LUA_TTABLE)) return write_keyed(lua, script_protocol, false, reply);
  const std::size_t mark = reply.mark();
  std::size_t count = 0;
  for (;;) {
    lua_rawgeti(lua, -1, static_cast<int>(count + 1));
    if (lua_isnil(lua, -1)) break;
    write_value(lua, script_protocol, reply);
    ++count;
  }
  lua_pop(lua, 1);
  reply.insert_array_header(mark, count);
}

// Scripts do not see attributes.
std::string_view after_attributes(lua_State* lua, std::int64_t count, std::string_view rest) {
  for (std::int64_t i = 0; i < 2 * count; ++i) {
    rest = push_reply(lua, rest);
    lua_pop(lua, 1);
  }
  return rest;
}

}  // namespace

void push_error(lua_State* lua, std::string_view text) {
  lua_newtable(lua);
  lua_pushlstring(lua, text.data(), text.size());
  lua_setfield(lua, -2, "err");
}

std::string_view push_reply(lua_State* lua, std::string_view reply) {
  luaL_checkstack(lua, kSlots, "the reply has too many levels");
  const std::size_t end = reply.find("\r\n");
  const std::string_view line = reply.substr(0, end);
  const std::string_view rest = reply.substr(end + 2);
  const std::string_view text = line.substr(1);
  switch (line[0]) {
    case '+':
      lua_newtable(lua);
      set_field(lua, "ok", text);
      return rest;
    case '-':
      push_error(lua, text.find(' ') == std::string_view::npos ? "ERR " + std::string(text)
                                                               : std::string(text));
      lua_pushboolean(lua, 1);
      lua_setfield(lua, -2, "ignore_error_stats_update");
      return rest;
    case ':':
      lua_pushnumber(lua, static_cast<double>(keyspace::parse_int64(text).value_or(0)));
      return rest;
    case '$': return push_bulk(lua, line, rest);
    case '*':
    case '>': return push_array(lua, count_of(line), rest);
    case '%': return push_keyed(lua, "map", count_of(line), true, rest);
    case '~': return push_keyed(lua, "set", count_of(line), false, rest);
    case '|': return push_reply(lua, after_attributes(lua, count_of(line), rest));
    case '=': return push_verbatim(lua, line, rest);
    case '#': lua_pushboolean(lua, text == "t" ? 1 : 0); return rest;
    case ',': push_real(lua, text); return rest;
    case '(':
      lua_newtable(lua);
      set_field(lua, "big_number", text);
      return rest;
    default: lua_pushnil(lua); return rest;  // `_`
  }
}

void write_value(lua_State* lua, int script_protocol, Reply& reply) {
  if (lua_checkstack(lua, kSlots) == 0) {
    reply.error("ERR reached lua stack limit");
    return lua_pop(lua, 1);
  }
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING: reply.bulk(text_at(lua, -1)); break;
    case LUA_TNUMBER: reply.integer(integer_of(lua_tonumber(lua, -1))); break;
    case LUA_TBOOLEAN: {
      const bool value = lua_toboolean(lua, -1) != 0;
      if (script_protocol >= 3) {
        reply.boolean(value);
      } else {
        value ? reply.integer(1) : reply.null();
      }
      break;
    }
    case LUA_TTABLE: write_table(lua, script_protocol, reply); break;
    default: reply.null();
  }
  lua_pop(lua, 1);
}

}  // namespace octavo::redis
