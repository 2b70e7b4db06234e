#pragma once

// `ASSERT(condition)` states an invariant. It stays on in release builds: a server that would
// go on with a broken invariant could write that breakage into the log.

namespace octavo {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define ASSERT(expression) \
  ((expression) ? void(0) : ::octavo::assertion_failed(#expression, __FILE__, __LINE__))
