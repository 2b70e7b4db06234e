#pragma once

// Which sanitizer the program is built with, for what that cannot see otherwise.

namespace octavo {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OCTAVO_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(OCTAVO_THREAD_SANITIZER)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

}  // namespace octavo
