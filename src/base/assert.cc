#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace octavo {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "octavo: assertion failed: %s at %s:%d\n", expression, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace octavo
