// cmsgpack.pack and cmsgpack.unpack, as Redis's scripts know them: MessagePack.

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/redis/script/libraries.h"

namespace octavo::redis {
namespace {

constexpr int kMaxLevels = 16;  // of tables that are packed; deeper ones are nil
constexpr int kMaxUnpackLevels = 1000;
constexpr double kIntegerLimit = 0x1p63;

void put_big(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

void put(std::string& out, unsigned mark, std::uint64_t value, int bytes) {
  out += static_cast<char>(mark);
  put_big(out, value, bytes);
}

void pack_integer(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0) {
    if (value <= 0x7f) return put_big(out, bits, 1);
    if (value <= 0xff) return put(out, 0xcc, bits, 1);
    if (value <= 0xffff) return put(out, 0xcd, bits, 2);
    if (value <= 0xffffffffLL) return put(out, 0xce, bits, 4);
    return put(out, 0xcf, bits, 8);
  }
  if (value >= -32) return put_big(out, bits, 1);
  if (value >= -128) return put(out, 0xd0, bits, 1);
  if (value >= -32768) return put(out, 0xd1, bits, 2);
  if (value >= std::numeric_limits<std::int32_t>::min()) return put(out, 0xd2, bits, 4);
  put(out, 0xd3, bits, 8);
}

void pack_number(std::string& out, double value) {
  if (std::isfinite(value) && std::floor(value) == value && value >= -kIntegerLimit &&
      value < kIntegerLimit) {
    return pack_integer(out, static_cast<std::int64_t>(value));
  }
  const auto narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) == value) {
    return put(out, 0xca, std::bit_cast<std::uint32_t>(narrow), 4);
  }
  put(out, 0xcb, std::bit_cast<std::uint64_t>(value), 8);
}

void pack_text(std::string& out, std::string_view text) {
  const std::size_t size = text.size();
  if (size < 32) {
    out += static_cast<char>(0xa0 | size);
  } else if (size <= 0xff) {
    put(out, 0xd9, size, 1);
  } else if (size <= 0xffff) {
    put(out, 0xda, size, 2);
  } else {
    put(out, 0xdb, size, 4);
  }
  out += text;
}

void pack_header(std::string& out, unsigned small, unsigned mark16, std::size_t count) {
  if (count <= 15) {
    out += static_cast<char>(small | count);
  } else if (count <= 0xffff) {
    put(out, mark16, count, 2);
  } else {
    put(out, mark16 + 1, count, 4);
  }
}

// The elements of the table on the top, if its keys are 1 to n; else how many it has, and false.
std::pair<std::size_t, bool> shape_of(lua_State* lua) {
  std::size_t count = 0;
  double greatest = 0;
  bool is_array = true;
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    lua_pop(lua, 1);
    ++count;
    if (!is_array) continue;
    const double key = lua_type(lua, -1) == LUA_TNUMBER ? lua_tonumber(lua, -1) : 0;
    is_array = key > 0 && std::floor(key) == key;
    greatest = std::max(greatest, key);
  }
  return {count, is_array && greatest == static_cast<double>(count)};
}

// Packs the value on the top, and pops it.
void pack_value(lua_State* lua, std::string& out, int level) {
  luaL_checkstack(lua, 6, "in function pack_value");
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* const text = lua_tolstring(lua, -1, &size);
      pack_text(out, {text, size});
      break;
    }
    case LUA_TBOOLEAN: out += static_cast<char>(lua_toboolean(lua, -1) != 0 ? 0xc3 : 0xc2); break;
    case LUA_TNUMBER: pack_number(out, lua_tonumber(lua, -1)); break;
    case LUA_TTABLE: {
      if (level == kMaxLevels) {
        out += static_cast<char>(0xc0);
        break;
      }
      const auto [count, is_array] = shape_of(lua);
      if (is_array) {
        pack_header(out, 0x90, 0xdc, count);
        for (std::size_t i = 1; i <= count; ++i) {
          lua_rawgeti(lua, -1, static_cast<int>(i));
          pack_value(lua, out, level + 1);
        }
      } else {
        pack_header(out, 0x80, 0xde, count);
        lua_pushnil(lua);
        while (lua_next(lua, -2) != 0) {
          lua_pushvalue(lua, -2);
          pack_value(lua, out, level + 1);
          pack_value(lua, out, level + 1);
        }
      }
      break;
    }
    default: out += static_cast<char>(0xc0);
  }
  lua_pop(lua, 1);
}

int pack(lua_State* lua) {
  const int count = lua_gettop(lua);
  if (count == 0) return luaL_argerror(lua, 0, "MessagePack pack needs input.");
  std::string out;
  for (int i = 1; i <= count; ++i) {
    lua_pushvalue(lua, i);
    pack_value(lua, out, 0);
  }
  lua_pushlstring(lua, out.data(), out.size());
  return 1;
}

class Reader {
 public:
  Reader(lua_State* lua, std::string_view bytes) : lua_(lua), left_(bytes) {}

  std::string_view left() const { return left_; }

  // Pushes one value.
  void value(int level) {
    if (level > kMaxUnpackLevels) bad();
    luaL_checkstack(lua_, 6, "too many return values at once; use unpack_one or unpack_limit");
    const auto mark = static_cast<unsigned>(big(1));
    if (mark <= 0x7f) return lua_pushnumber(lua_, mark);
    if (mark >= 0xe0) return lua_pushnumber(lua_, static_cast<double>(mark) - 256);
    if (mark <= 0x8f) return map(mark & 15, level);
    if (mark <= 0x9f) return array(mark & 15, level);
    if (mark <= 0xbf) return text(mark & 31);
    switch (mark) {
      case 0xc0: return lua_pushnil(lua_);
      case 0xc2: return lua_pushboolean(lua_, 0);
      case 0xc3: return lua_pushboolean(lua_, 1);
      case 0xc4:
      case 0xd9: return text(big(1));
      case 0xc5:
      case 0xda: return text(big(2));
      case 0xc6:
      case 0xdb: return text(big(4));
      case 0xca:
        return lua_pushnumber(lua_, std::bit_cast<float>(static_cast<std::uint32_t>(big(4))));
      case 0xcb: return lua_pushnumber(lua_, std::bit_cast<double>(big(8)));
      case 0xcc: return lua_pushnumber(lua_, static_cast<double>(big(1)));
      case 0xcd: return lua_pushnumber(lua_, static_cast<double>(big(2)));
      case 0xce: return lua_pushnumber(lua_, static_cast<double>(big(4)));
      case 0xcf: return lua_pushnumber(lua_, static_cast<double>(big(8)));
      case 0xd0: return lua_pushnumber(lua_, static_cast<std::int8_t>(big(1)));
      case 0xd1: return lua_pushnumber(lua_, static_cast<std::int16_t>(big(2)));
      case 0xd2: return lua_pushnumber(lua_, static_cast<std::int32_t>(big(4)));
      case 0xd3:
        return lua_pushnumber(lua_, static_cast<double>(static_cast<std::int64_t>(big(8))));
      case 0xdc: return array(big(2), level);
      case 0xdd: return array(big(4), level);
      case 0xde: return map(big(2), level);
      case 0xdf: return map(big(4), level);
      default: bad();
    }
  }

 private:
  void bad() { luaL_error(lua_, "Bad data format in input."); }
  void need(std::size_t bytes) {
    if (left_.size() < bytes) luaL_error(lua_, "Missing bytes in input.");
  }
  std::uint64_t big(std::size_t bytes) {
    need(bytes);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value = value << 8 | static_cast<unsigned char>(left_[i]);
    }
    left_.remove_prefix(bytes);
    return value;
  }
  void text(std::size_t size) {
    need(size);
    lua_pushlstring(lua_, left_.data(), size);
    left_.remove_prefix(size);
  }
  void array(std::size_t count, int level) {
    lua_newtable(lua_);
    for (std::size_t i = 1; i <= count; ++i) {
      value(level + 1);
      lua_rawseti(lua_, -2, static_cast<int>(i));
    }
  }
  void map(std::size_t count, int level) {
    lua_newtable(lua_);
    for (std::size_t i = 0; i < count; ++i) {
      value(level + 1);
      value(level + 1);
      if (lua_isnil(lua_, -2)) bad();
      lua_settable(lua_, -3);
    }
  }

  lua_State* lua_;
  std::string_view left_;
};

// At most `limit` values (0: all) from `offset`. `tells_end`: where the next begins is told first.
int unpack_some(lua_State* lua, lua_Integer limit, lua_Integer offset, bool tells_end) {
  std::size_t size = 0;
  const char* const bytes = luaL_checklstring(lua, 1, &size);
  if (offset < 0 || limit < 0) {
    return luaL_error(lua, "Invalid request to unpack with offset of %d and limit of %d.",
                      static_cast<int>(offset), static_cast<int>(size));
  }
  if (static_cast<std::size_t>(offset) > size) {
    return luaL_error(lua, "Start offset %d greater than input length %d.",
                      static_cast<int>(offset), static_cast<int>(size));
  }
  lua_settop(lua, 1);
  Reader reader(lua, std::string_view(bytes, size).substr(static_cast<std::size_t>(offset)));
  lua_Integer count = 0;
  while (!reader.left().empty() && (limit == 0 || count < limit)) {
    reader.value(0);
    ++count;
  }
  if (!tells_end) return static_cast<int>(count);
  lua_pushinteger(
      lua, reader.left().empty() ? -1 : static_cast<lua_Integer>(size - reader.left().size()));
  lua_insert(lua, 2);
  return static_cast<int>(count) + 1;
}

int unpack(lua_State* lua) { return unpack_some(lua, 0, 0, false); }
int unpack_one(lua_State* lua) { return unpack_some(lua, 1, luaL_optinteger(lua, 2, 0), true); }
int unpack_limit(lua_State* lua) {
  return unpack_some(lua, luaL_checkinteger(lua, 2), luaL_optinteger(lua, 3, 0), true);
}

}  // namespace

int open_cmsgpack(lua_State* lua) {
  lua_newtable(lua);
  for (const auto& [name, function] :
       std::array<std::pair<const char*, lua_CFunction>, 4>{{{"pack", pack},
                                                             {"unpack", unpack},
                                                             {"unpack_one", unpack_one},
                                                             {"unpack_limit", unpack_limit}}}) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
  }
  return 1;
}

}  // namespace octavo::redis
