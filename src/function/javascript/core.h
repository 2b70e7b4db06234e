#pragma once

// An engine as its own files see it. All that is given a machine here may throw as the machine
// does: to be called from functions of its.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "function/javascript/duktape_config.h"
#include "function/javascript/environment.h"
#include "function/javascript/guard.h"

namespace octavo::javascript {

struct Core : Guard {
  explicit Core(const Environment& given) : environment(given) {}

  const Environment& environment;
  duk_context* machine = nullptr;
  std::vector<void*> functions;  // that were compiled; the machine's stash holds them
  // Documents with integers that the running call was given, by the number that their objects have:
  // numbers that are the same again are integers again.
  std::vector<value::Value> sources;
  std::vector<value::Value> kept;
  // Of values that come from the machine in one call.
  std::size_t bytes_made = 0;
};

Core& core_of(duk_context* machine);

// Keys that scripts cannot name.
namespace hidden {
inline constexpr const char* kName = DUK_HIDDEN_SYMBOL("name");
inline constexpr const char* kParts = DUK_HIDDEN_SYMBOL("parts");
inline constexpr const char* kSource = DUK_HIDDEN_SYMBOL("source");
}  // namespace hidden

// Constructors of the language as they were before any script.
namespace stash {
inline constexpr const char* kTypes = "types";  // an object: a row's name → its constructor
inline constexpr const char* kFunctions = "functions";
inline constexpr const char* kTime = "time";  // Date.prototype.getTime
}  // namespace stash
void push_stashed(duk_context* machine, const char* name);

void push_text(duk_context* machine, std::string_view utf8);
std::string text_at(duk_context* machine, duk_idx_t at);

// to_script.cc
void push_value(duk_context* machine, const value::Value& value);
// from_script.cc: `undefined` for what is no value.
value::Value value_at(duk_context* machine, duk_idx_t at);

[[noreturn]] void throw_text(duk_context* machine, std::string_view text);

// What runs `work` for the machine: memory that values cannot have ends the script.
template <class Work>
auto with_values(duk_context* machine, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const std::bad_alloc& failure) {
    core_of(machine).end(value::out_of_memory(failure));
  }
  throw_text(machine, "Out of memory");
}

}  // namespace octavo::javascript
