// string.find, match, gmatch and gsub of Lua 5.1 (manual, 5.4 and 5.4.1), which ask every so often
// whether to go on, as instructions of Lua do: a pattern that tries many ways may take for ever,
// and Lua's own functions cannot be ended before. And string.rep, which Lua's own makes piece by
// piece before it finds that there is no memory for it.

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/redis/script/libraries.h"

namespace octavo::redis {
namespace {

using Place = std::size_t;  // in the subject

constexpr std::size_t kMostCaptures = 32;
constexpr int kMostNested = 200;  // tries within each other
constexpr std::uint32_t kStepsPerLook = 1000;
constexpr char kEscape = '%';
constexpr std::string_view kSpecial = "^$*+?.([%-";

struct Capture {
  enum class Kind : std::uint8_t { open, closed, position };
  Kind kind = Kind::open;
  Place begin = 0;
  Place end = 0;
};

bool is_of_class(unsigned char c, unsigned char letter) {
  bool is = false;
  switch (std::tolower(letter)) {
    case 'a': is = std::isalpha(c) != 0; break;
    case 'c': is = std::iscntrl(c) != 0; break;
    case 'd': is = std::isdigit(c) != 0; break;
    case 'l': is = std::islower(c) != 0; break;
    case 'p': is = std::ispunct(c) != 0; break;
    case 's': is = std::isspace(c) != 0; break;
    case 'u': is = std::isupper(c) != 0; break;
    case 'w': is = std::isalnum(c) != 0; break;
    case 'x': is = std::isxdigit(c) != 0; break;
    case 'z': is = c == 0; break;
    default: return letter == c;
  }
  return is != (std::isupper(letter) != 0);  // an upper case letter is all others
}

// One pattern over one subject. What is wrong with the pattern is raised as Lua's error.
class Matcher {
 public:
  Matcher(lua_State* lua, std::string_view subject, std::string_view pattern)
      : lua_(lua), subject_(subject), pattern_(pattern) {}

  // Where the match that begins there ends.
  std::optional<Place> match(Place from) {
    captures_ = 0;
    return match_rest(from, 0);
  }

  std::size_t capture_count() const { return captures_; }
  // Of the last match, which was of these bytes: for `i` 0 all of it, where nothing is captured.
  void push_capture(std::size_t i, Place begin, Place end) {
    if (i >= captures_) {
      if (i != 0) luaL_error(lua_, "invalid capture index");
      return push(begin, end);
    }
    const Capture& capture = all_[i];
    switch (capture.kind) {
      case Capture::Kind::open: luaL_error(lua_, "unfinished capture"); break;
      case Capture::Kind::position:
        lua_pushinteger(lua_, static_cast<lua_Integer>(capture.begin) + 1);
        break;
      case Capture::Kind::closed: push(capture.begin, capture.end); break;
    }
  }
  // How many were pushed.
  int push_captures(Place begin, Place end, bool whole_if_none) {
    const std::size_t count = captures_ == 0 && whole_if_none ? 1 : captures_;
    luaL_checkstack(lua_, static_cast<int>(count), "too many captures");
    for (std::size_t i = 0; i < count; ++i) push_capture(i, begin, end);
    return static_cast<int>(count);
  }

  // Work of about that many bytes.
  void spend(std::uint32_t steps = 1) {
    steps_ += steps;
    if (steps_ < kStepsPerLook) return;
    steps_ = 0;
    if (const lua_Hook hook = lua_gethook(lua_); hook != nullptr) hook(lua_, nullptr);
  }

 private:
  void push(Place begin, Place end) {
    const std::string_view text = subject_.substr(begin, end - begin);
    lua_pushlstring(lua_, text.data(), text.size());
  }

  char at(std::size_t p) const { return p < pattern_.size() ? pattern_[p] : '\0'; }

  // Behind the item of one character that begins at `p`.
  std::size_t end_of_item(std::size_t p) {
    const char first = pattern_[p++];
    if (first == kEscape) {
      if (p == pattern_.size()) luaL_error(lua_, "malformed pattern (ends with '%%')");
      return p + 1;
    }
    if (first != '[') return p;
    if (at(p) == '^') ++p;
    do {  // a bracket that comes first stands for itself
      if (p >= pattern_.size()) luaL_error(lua_, "malformed pattern (missing ']')");
      if (pattern_[p++] == kEscape && p < pattern_.size()) ++p;
    } while (at(p) != ']' || p >= pattern_.size());
    return p + 1;
  }

  // `p` at the bracket that begins it, `last` at the one that ends it.
  bool is_of_set(unsigned char c, std::size_t p, std::size_t last) {
    bool wanted = true;
    if (at(p + 1) == '^') {
      wanted = false;
      ++p;
    }
    while (++p < last) {
      spend();
      const auto one = static_cast<unsigned char>(pattern_[p]);
      if (pattern_[p] == kEscape) {
        ++p;
        if (is_of_class(c, static_cast<unsigned char>(at(p)))) return wanted;
      } else if (at(p + 1) == '-' && p + 2 < last) {
        p += 2;
        if (one <= c && c <= static_cast<unsigned char>(pattern_[p])) return wanted;
      } else if (one == c) {
        return wanted;
      }
    }
    return !wanted;
  }

  bool is_of_item(Place s, std::size_t p, std::size_t end) {
    if (s >= subject_.size()) return false;
    const auto c = static_cast<unsigned char>(subject_[s]);
    switch (pattern_[p]) {
      case '.': return true;
      case kEscape: return is_of_class(c, static_cast<unsigned char>(pattern_[p + 1]));
      case '[': return is_of_set(c, p, end - 1);
      default: return static_cast<unsigned char>(pattern_[p]) == c;
    }
  }

  std::optional<Place> match_rest(Place s, std::size_t p) {
    if (nested_ == kMostNested) luaL_error(lua_, "pattern too complex");
    ++nested_;
    const auto end = match_items(s, p);
    --nested_;
    return end;
  }

  std::optional<Place> match_items(Place s, std::size_t p) {
    while (p < pattern_.size()) {
      spend();
      switch (pattern_[p]) {
        case '(':
          return at(p + 1) == ')' ? begin_capture(s, p + 2, Capture::Kind::position)
                                  : begin_capture(s, p + 1, Capture::Kind::open);
        case ')': return end_capture(s, p + 1);
        case '$':
          if (p + 1 == pattern_.size()) {
            return s == subject_.size() ? std::optional(s) : std::nullopt;
          }
          break;
        case kEscape:
          if (const char kind = at(p + 1); kind == 'b') {
            const auto behind = match_balanced(s, p + 2);
            if (!behind) return std::nullopt;
            s = *behind;
            p += 4;
            continue;
          } else if (kind == 'f') {
            p += 2;
            if (at(p) != '[') luaL_error(lua_, "missing '[' after '%%f' in pattern");
            const std::size_t end = end_of_item(p);
            if (!is_frontier(s, p, end)) return std::nullopt;
            p = end;
            continue;
          } else if (std::isdigit(static_cast<unsigned char>(kind)) != 0) {
            const auto behind = match_again(s, kind);
            if (!behind) return std::nullopt;
            s = *behind;
            p += 2;
            continue;
          }
          break;
        default: break;
      }
      const std::size_t end = end_of_item(p);
      const bool is = is_of_item(s, p, end);
      switch (at(end)) {
        case '?':
          if (is) {
            if (const auto found = match_rest(s + 1, end + 1)) return found;
          }
          p = end + 1;
          continue;
        case '*': return match_most(s, p, end);
        case '+': return is ? match_most(s + 1, p, end) : std::nullopt;
        case '-': return match_least(s, p, end);
        default: break;
      }
      if (!is) return std::nullopt;
      ++s;
      p = end;
    }
    return s;
  }

  std::optional<Place> match_most(Place s, std::size_t p, std::size_t end) {
    Place last = s;
    while (is_of_item(last, p, end)) {
      spend();
      ++last;
    }
    for (;; --last) {
      spend();
      if (const auto found = match_rest(last, end + 1)) return found;
      if (last == s) return std::nullopt;
    }
  }
  std::optional<Place> match_least(Place s, std::size_t p, std::size_t end) {
    for (;; ++s) {
      spend();
      if (const auto found = match_rest(s, end + 1)) return found;
      if (!is_of_item(s, p, end)) return std::nullopt;
    }
  }

  std::optional<Place> begin_capture(Place s, std::size_t p, Capture::Kind kind) {
    if (captures_ == kMostCaptures) luaL_error(lua_, "too many captures");
    all_[captures_++] = {kind, s, s};
    const auto found = match_rest(s, p);
    if (!found) --captures_;
    return found;
  }
  std::optional<Place> end_capture(Place s, std::size_t p) {
    std::size_t i = captures_;
    while (i > 0 && all_[i - 1].kind != Capture::Kind::open) --i;
    if (i == 0) luaL_error(lua_, "invalid pattern capture");
    Capture& capture = all_[i - 1];
    capture.kind = Capture::Kind::closed;
    capture.end = s;
    const auto found = match_rest(s, p);
    if (!found) capture.kind = Capture::Kind::open;
    return found;
  }

  // %bxy, of which `p` is at x.
  std::optional<Place> match_balanced(Place s, std::size_t p) {
    if (p + 1 >= pattern_.size()) luaL_error(lua_, "unbalanced pattern");
    if (s >= subject_.size() || subject_[s] != pattern_[p]) return std::nullopt;
    std::size_t depth = 1;
    for (++s; s < subject_.size(); ++s) {
      spend();
      if (subject_[s] == pattern_[p + 1]) {
        if (--depth == 0) return s + 1;
      } else if (subject_[s] == pattern_[p]) {
        ++depth;
      }
    }
    return std::nullopt;
  }
  // What was captured before.
  std::optional<Place> match_again(Place s, char digit) {
    const int number = digit - '1';
    const auto i = static_cast<std::size_t>(number);
    if (number < 0 || i >= captures_ || all_[i].kind == Capture::Kind::open) {
      luaL_error(lua_, "invalid capture index");
    }
    if (all_[i].kind == Capture::Kind::position) return std::nullopt;
    const Place size = all_[i].end - all_[i].begin;
    if (subject_.size() - s < size) return std::nullopt;
    spend(static_cast<std::uint32_t>(size / 16 + 1));
    return subject_.substr(s, size) == subject_.substr(all_[i].begin, size)
               ? std::optional(s + size)
               : std::nullopt;
  }
  bool is_frontier(Place s, std::size_t p, std::size_t end) {
    const auto before = static_cast<unsigned char>(s == 0 ? '\0' : subject_[s - 1]);
    const auto behind = static_cast<unsigned char>(s < subject_.size() ? subject_[s] : '\0');
    return !is_of_set(before, p, end - 1) && is_of_set(behind, p, end - 1);
  }

  lua_State* lua_;
  std::string_view subject_;
  std::string_view pattern_;
  std::array<Capture, kMostCaptures> all_;
  std::size_t captures_ = 0;
  int nested_ = 0;
  std::uint32_t steps_ = 0;
};

std::string_view text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(lua, index, &size);
  return {text, size};
}

// Where the search begins, of an argument that counts from 1, or from the end.
Place first_place(lua_State* lua, int index, std::size_t size) {
  lua_Integer from = luaL_optinteger(lua, index, 1);
  if (from < 0) from += static_cast<lua_Integer>(size) + 1;
  if (from < 1) return 0;
  return std::min(static_cast<std::size_t>(from) - 1, size);
}

int find_plainly(lua_State* lua, std::string_view subject, std::string_view wanted, Place from) {
  const std::string_view rest = subject.substr(from);
  const void* const found =
      wanted.empty() ? rest.data() : memmem(rest.data(), rest.size(), wanted.data(), wanted.size());
  if (found == nullptr) {
    lua_pushnil(lua);
    return 1;
  }
  const auto at = static_cast<lua_Integer>(static_cast<const char*>(found) - subject.data());
  lua_pushinteger(lua, at + 1);
  lua_pushinteger(lua, at + static_cast<lua_Integer>(wanted.size()));
  return 2;
}

// (subject, pattern, [from, [plain]])
int search(lua_State* lua, bool find) {
  const std::string_view subject = text_at(lua, 1);
  std::string_view pattern = text_at(lua, 2);
  Place from = first_place(lua, 3, subject.size());
  const bool is_plain =
      lua_toboolean(lua, 4) != 0 || pattern.find_first_of(kSpecial) == pattern.npos;
  if (find && is_plain) return find_plainly(lua, subject, pattern, from);
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  Matcher matcher(lua, subject, pattern);
  for (; from <= subject.size(); ++from) {
    matcher.spend();
    if (const auto end = matcher.match(from)) {
      if (!find) return matcher.push_captures(from, *end, true);
      lua_pushinteger(lua, static_cast<lua_Integer>(from) + 1);
      lua_pushinteger(lua, static_cast<lua_Integer>(*end));
      return matcher.push_captures(from, *end, false) + 2;
    }
    if (anchored) break;
  }
  lua_pushnil(lua);
  return 1;
}

int find(lua_State* lua) { return search(lua, true); }
int match(lua_State* lua) { return search(lua, false); }

// Its upvalues are the subject, the pattern, and where to go on.
int next_match(lua_State* lua) {
  const std::string_view subject = text_at(lua, lua_upvalueindex(1));
  Matcher matcher(lua, subject, text_at(lua, lua_upvalueindex(2)));
  auto from = static_cast<Place>(lua_tointeger(lua, lua_upvalueindex(3)));
  for (; from <= subject.size(); ++from) {
    matcher.spend();
    const auto end = matcher.match(from);
    if (!end) continue;
    lua_pushinteger(lua, static_cast<lua_Integer>(*end == from ? *end + 1 : *end));
    lua_replace(lua, lua_upvalueindex(3));
    return matcher.push_captures(from, *end, true);
  }
  return 0;
}

int all_matches(lua_State* lua) {
  luaL_checkstring(lua, 1);
  luaL_checkstring(lua, 2);
  lua_settop(lua, 2);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, next_match, 3);
  return 1;
}

// Replaces matches by what the third argument makes of them.
class Replacer {
 public:
  Replacer(lua_State* lua, std::string_view subject, std::string_view pattern)
      : lua_(lua), subject_(subject), matcher_(lua, subject, pattern) {}

  // (subject, pattern, replacement, [at most])
  int run(lua_Integer most, bool anchored) {
    Place at = 0;
    lua_Integer count = 0;
    while (count < most) {
      matcher_.spend();
      const auto end = matcher_.match(at);
      if (end) {
        ++count;
        add_replacement(at, *end);
      }
      if (end && *end > at) {
        at = *end;
      } else if (at < subject_.size()) {
        add(subject_.substr(at++, 1));
      } else {
        break;
      }
      if (anchored) break;
    }
    add(subject_.substr(at));
    lua_pushlstring(lua_, out_.data(), out_.size());
    lua_pushinteger(lua_, count);
    return 2;
  }

 private:
  void add(std::string_view text) {
    // The buffer is none of Lua's memory.
    if (out_.size() + text.size() > kMostMadeBytes) luaL_error(lua_, "not enough memory");
    matcher_.spend(static_cast<std::uint32_t>(text.size() / 64));
    out_.append(text);
  }

  void add_replacement(Place begin, Place end) {
    switch (lua_type(lua_, 3)) {
      case LUA_TNUMBER:
      case LUA_TSTRING: return add_text(begin, end);
      case LUA_TFUNCTION: {
        lua_pushvalue(lua_, 3);
        const int count = matcher_.push_captures(begin, end, true);
        lua_call(lua_, count, 1);
        break;
      }
      default:
        matcher_.push_capture(0, begin, end);
        lua_gettable(lua_, 3);
        break;
    }
    if (lua_toboolean(lua_, -1) == 0) {
      add(subject_.substr(begin, end - begin));
    } else if (lua_isstring(lua_, -1) != 0) {
      add(text_at(lua_, -1));
    } else {
      luaL_error(lua_, "invalid replacement value (a %s)", luaL_typename(lua_, -1));
    }
    lua_pop(lua_, 1);
  }

  // A text in which %0 to %9 stand for what was captured.
  void add_text(Place begin, Place end) {
    const std::string_view text = text_at(lua_, 3);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != kEscape) {
        add(text.substr(i, 1));
        continue;
      }
      ++i;
      const char behind = i < text.size() ? text[i] : '\0';
      if (std::isdigit(static_cast<unsigned char>(behind)) == 0) {
        add({&behind, 1});
      } else if (behind == '0') {
        add(subject_.substr(begin, end - begin));
      } else {
        matcher_.push_capture(static_cast<std::size_t>(behind - '1'), begin, end);
        add(text_at(lua_, -1));
        lua_pop(lua_, 1);
      }
    }
  }

  lua_State* lua_;
  std::string_view subject_;
  Matcher matcher_;
  std::string out_;
};

int replace(lua_State* lua) {
  const std::string_view subject = text_at(lua, 1);
  std::string_view pattern = text_at(lua, 2);
  const int type = lua_type(lua, 3);
  const bool is_known =
      type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE;
  luaL_argcheck(lua, is_known, 3, "string/function/table expected");
  const auto most = luaL_optinteger(lua, 4, static_cast<lua_Integer>(subject.size()) + 1);
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  return Replacer(lua, subject, pattern).run(most, anchored);
}

// (text, count)
int repeat(lua_State* lua) {
  const std::string_view text = text_at(lua, 1);
  const lua_Integer count = luaL_checkinteger(lua, 2);
  if (count <= 0 || text.empty()) {
    lua_pushliteral(lua, "");
    return 1;
  }
  const auto times = static_cast<std::size_t>(count);
  if (times > kMostMadeBytes / text.size()) return luaL_error(lua, "not enough memory");
  const std::size_t size = times * text.size();
  std::string out(text);
  out.reserve(size);
  // Twice as many each time, and what is missing then.
  while (out.size() <= size / 2) out.append(out.data(), out.size());
  out.append(out.data(), size - out.size());
  lua_pushlstring(lua, out.data(), out.size());
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"find", find}, {"match", match}, {"gmatch", all_matches}, {"gsub", replace}, {"rep", repeat}};

}  // namespace

void replace_string_functions(lua_State* lua) {
  lua_getglobal(lua, LUA_STRLIBNAME);
  for (const luaL_Reg& function : kFunctions) {
    lua_pushcfunction(lua, function.func);
    lua_setfield(lua, -2, function.name);
  }
  lua_pop(lua, 1);
}

}  // namespace octavo::redis
