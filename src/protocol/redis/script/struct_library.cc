// struct.pack, struct.unpack and struct.size, as Redis's scripts know them: values of C in strings.

#include <array>
#include <bit>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "protocol/redis/script/libraries.h"

namespace octavo::redis {
namespace {

constexpr std::size_t kMaxIntegerBytes = 32;
constexpr std::size_t kNativeAlignment = 8;

// Walks a format.
class Format {
 public:
  Format(lua_State* lua, const char* text) : lua_(lua), at_(text) {}

  // The next letter that stands for a value, with its size and what fills the place before it; 0 at
  // the end.
  char next(std::size_t offset) {
    for (; *at_ != 0;) {
      const char letter = *at_++;
      if (set_option(letter)) continue;
      size = size_of(letter);
      padding = padding_at(offset, letter);
      return letter;
    }
    return 0;
  }

  bool little = std::endian::native == std::endian::little;
  std::size_t size = 0;
  std::size_t padding = 0;

 private:
  bool set_option(char letter) {
    switch (letter) {
      case ' ': return true;
      case '<': little = true; return true;
      case '>': little = false; return true;
      case '!': {
        alignment_ = number(kNativeAlignment);
        if (alignment_ == 0 || !std::has_single_bit(alignment_)) {
          luaL_error(lua_, "alignment is not a power of 2");
        }
        return true;
      }
      default: return false;
    }
  }

  std::size_t number(std::size_t otherwise) {
    if (std::isdigit(static_cast<unsigned char>(*at_)) == 0) return otherwise;
    std::size_t value = 0;
    while (std::isdigit(static_cast<unsigned char>(*at_)) != 0) {
      value = value * 10 + static_cast<std::size_t>(*at_++ - '0');
      if (value > static_cast<std::size_t>(std::numeric_limits<int>::max()) / 10) {
        luaL_error(lua_, "integral size overflow");
      }
    }
    return value;
  }

  std::size_t size_of(char letter) {
    switch (letter) {
      case 'b':
      case 'B':
      case 'x': return 1;
      case 'h':
      case 'H': return sizeof(short);
      case 'l':
      case 'L': return sizeof(long);
      case 'T': return sizeof(std::size_t);
      case 'f': return sizeof(float);
      case 'd': return sizeof(double);
      case 'c': return number(1);
      case 'i':
      case 'I': {
        const std::size_t bytes = number(sizeof(int));
        if (bytes > kMaxIntegerBytes) {
          luaL_error(lua_, "integral size %d is larger than limit of %d", static_cast<int>(bytes),
                     static_cast<int>(kMaxIntegerBytes));
        }
        return bytes;
      }
      default: return 0;
    }
  }

  std::size_t padding_at(std::size_t offset, char letter) const {
    if (size == 0 || letter == 'c') return 0;
    const std::size_t to = std::min(size, alignment_);
    if (to <= 1) return 0;
    return (to - (offset & (to - 1))) & (to - 1);
  }

  lua_State* lua_;
  const char* at_;
  std::size_t alignment_ = 1;
};

bool is_integer(char letter) { return std::strchr("bBhHlLTiI", letter) != nullptr; }
bool is_signed(char letter) { return std::strchr("bhli", letter) != nullptr; }

void put_integer(std::string& out, std::uint64_t value, std::size_t size, bool little) {
  const std::size_t start = out.size();
  out.resize(start + size);
  for (std::size_t i = 0; i < size; ++i) {
    const char byte = i < sizeof value ? static_cast<char>(value >> (8 * i)) : 0;
    out[little ? start + i : start + size - 1 - i] = byte;
  }
}

std::uint64_t integer_at(const char* bytes, std::size_t size, bool little) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < std::min(size, sizeof value); ++i) {
    const auto byte = static_cast<unsigned char>(little ? bytes[i] : bytes[size - 1 - i]);
    value |= std::uint64_t{byte} << (8 * i);
  }
  return value;
}

std::uint64_t integer_argument(lua_State* lua, int index) {
  const double number = luaL_checknumber(lua, index);
  if (number < 0) {
    return number < -0x1p63 ? std::uint64_t{1} << 63
                            : static_cast<std::uint64_t>(static_cast<std::int64_t>(number));
  }
  return number >= 0x1p64 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(number);
}

int bad_option(lua_State* lua, char letter) {
  return luaL_argerror(lua, 1, lua_pushfstring(lua, "invalid format option '%c'", letter));
}

int pack(lua_State* lua) {
  Format format(lua, luaL_checkstring(lua, 1));
  std::string out;
  int argument = 2;
  while (const char letter = format.next(out.size())) {
    out.append(format.padding, '\0');
    if (is_integer(letter)) {
      put_integer(out, integer_argument(lua, argument++), format.size, format.little);
    } else if (letter == 'x') {
      out += '\0';
    } else if (letter == 'f') {
      const auto value = static_cast<float>(luaL_checknumber(lua, argument++));
      put_integer(out, std::bit_cast<std::uint32_t>(value), sizeof value, format.little);
    } else if (letter == 'd') {
      const double value = luaL_checknumber(lua, argument++);
      put_integer(out, std::bit_cast<std::uint64_t>(value), sizeof value, format.little);
    } else if (letter == 'c' || letter == 's') {
      std::size_t length = 0;
      const char* const text = luaL_checklstring(lua, argument++, &length);
      const std::size_t size = letter == 'c' && format.size != 0 ? format.size : length;
      luaL_argcheck(lua, length >= size, argument - 1, "string too short");
      out.append(text, size);
      if (letter == 's') out += '\0';
    } else {
      return bad_option(lua, letter);
    }
  }
  lua_pushlstring(lua, out.data(), out.size());
  return 1;
}

int unpack(lua_State* lua) {
  Format format(lua, luaL_checkstring(lua, 1));
  std::size_t length = 0;
  const char* const data = luaL_checklstring(lua, 2, &length);
  const lua_Integer from = luaL_optinteger(lua, 3, 1);
  luaL_argcheck(lua, from > 0, 3, "offset must be 1 or greater");
  auto at = static_cast<std::size_t>(from - 1);
  int results = 0;
  while (const char letter = format.next(at)) {
    at += format.padding;
    const auto need = [&](std::size_t size) {
      luaL_argcheck(lua, at <= length && size <= length - at, 2, "data string too short");
    };
    std::size_t size = format.size;
    if (letter == 's') {
      need(0);
      const void* const end = std::memchr(data + at, 0, length - at);
      if (end == nullptr) return luaL_error(lua, "unfinished string in data");
      size = static_cast<std::size_t>(static_cast<const char*>(end) - (data + at)) + 1;
    } else if (letter == 'c' && size == 0) {
      if (results == 0 || lua_isnumber(lua, -1) == 0) {
        return luaL_error(lua, "format 'c0' needs a previous size");
      }
      const double given = lua_tonumber(lua, -1);
      lua_pop(lua, 1);
      --results;
      luaL_argcheck(lua, given >= 0 && given <= static_cast<double>(length), 2,
                    "data string too short");
      size = static_cast<std::size_t>(given);
    }
    need(size);
    luaL_checkstack(lua, 2, "too many results");
    const char* const bytes = data + at;
    if (is_integer(letter)) {
      std::uint64_t value = integer_at(bytes, size, format.little);
      if (is_signed(letter) && size < sizeof value && size > 0 &&
          (value >> (8 * size - 1) & 1) != 0) {
        value |= ~std::uint64_t{0} << (8 * size);
      }
      lua_pushnumber(lua, is_signed(letter) ? static_cast<double>(static_cast<std::int64_t>(value))
                                            : static_cast<double>(value));
      ++results;
    } else if (letter == 'f') {
      const auto value = static_cast<std::uint32_t>(integer_at(bytes, size, format.little));
      lua_pushnumber(lua, std::bit_cast<float>(value));
      ++results;
    } else if (letter == 'd') {
      lua_pushnumber(lua, std::bit_cast<double>(integer_at(bytes, size, format.little)));
      ++results;
    } else if (letter == 'c' || letter == 's') {
      lua_pushlstring(lua, bytes, letter == 's' ? size - 1 : size);
      ++results;
    } else if (letter != 'x') {
      return bad_option(lua, letter);
    }
    at += size;
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(at + 1));
  return results + 1;
}

int size(lua_State* lua) {
  Format format(lua, luaL_checkstring(lua, 1));
  std::size_t at = 0;
  while (const char letter = format.next(at)) {
    if (letter == 's') return luaL_argerror(lua, 1, "option 's' has no fixed size");
    if (letter == 'c' && format.size == 0) {
      return luaL_argerror(lua, 1, "option 'c0' has no fixed size");
    }
    if (!is_integer(letter) && std::strchr("xfdc", letter) == nullptr) {
      return bad_option(lua, letter);
    }
    at += format.padding + format.size;
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(at));
  return 1;
}

}  // namespace

int open_struct(lua_State* lua) {
  lua_newtable(lua);
  for (const auto& [name, function] : std::array<std::pair<const char*, lua_CFunction>, 3>{
           {{"pack", pack}, {"unpack", unpack}, {"size", size}}}) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
  }
  return 1;
}

}  // namespace octavo::redis
