#pragma once

// The text of a script: its name, and what the line says that it may begin with (`#!lua …`).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace octavo::redis {

using ScriptFlags = std::uint8_t;  // of ScriptFlag
enum ScriptFlag : ScriptFlags {
  kNoWrites = 1U << 0,
  kAllowOom = 1U << 1,
  kAllowStale = 1U << 2,
  kNoCluster = 1U << 3,
  kAllowCrossSlot = 1U << 4,
};
struct ScriptFlagName {
  std::string_view name;
  ScriptFlag flag;
};
inline constexpr ScriptFlagName kScriptFlagNames[] = {
    {"no-writes", kNoWrites},
    {"allow-oom", kAllowOom},
    {"allow-stale", kAllowStale},
    {"no-cluster", kNoCluster},
    {"allow-cross-slot-keys", kAllowCrossSlot},
};

struct ScriptSource {
  std::string sha;  // 40 hex digits, lower case
  std::string text;
  bool declares_flags = false;  // else it may do what commands may
  ScriptFlags flags = 0;
  std::size_t code_begins = 0;  // behind the first line's text, before its end
};

std::string sha1_hex(std::string_view text);
Result<ScriptSource> read_script(std::string_view text);

struct LibrarySource {
  std::string name;
  std::string engine;     // "LUA"
  std::string_view code;  // without the first line's text
};
Result<LibrarySource> read_library(std::string_view text);
// Of libraries and functions.
bool is_library_name(std::string_view name);

// As Redis splits the words of a line, with quotes; nothing when they are not balanced.
std::vector<std::string> split_words(std::string_view line);

}  // namespace octavo::redis
