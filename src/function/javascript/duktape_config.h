#pragma once

// How Duktape is built here. The library that Debian has cannot be ended once a script runs, so
// its package's source is compiled (duktape.cc) with what this says. Whoever includes duktape.h
// includes this before it.

#ifdef OCTAVO_BUILDS_DUKTAPE
#define DUK_COMPILING_DUKTAPE
#endif
#include <duk_config.h>

#include <cstddef>
#include <exception>
#include <stdexcept>

// With sanitizers functions take several times the stack.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OCTAVO_LARGE_FRAMES
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OCTAVO_LARGE_FRAMES
#endif
#endif

// Asked all few milliseconds of a script: not zero ends it, whatever it catches. (guard.h)
extern "C" int octavo_script_must_end(void* memory);
// Asked wherever native code recurses, steps of regular expressions among it: not zero is an error.
extern "C" int octavo_script_stack_is_short();
// memcmp, which says of long texts of a script that has to end that they differ: searches end so.
extern "C" int octavo_script_compare(const void* a, const void* b, std::size_t bytes);

// Errors are C++ exceptions, so that destructors run.
#define DUK_USE_CPP_EXCEPTIONS
#define DUK_USE_INTERRUPT_COUNTER
#define DUK_USE_EXEC_TIMEOUT_CHECK(memory) octavo_script_must_end(memory)
#define DUK_USE_NATIVE_STACK_CHECK() octavo_script_stack_is_short()
#undef DUK_MEMCMP
#define DUK_MEMCMP octavo_script_compare
// Whole texts are hashed, up to 4 KiB: of long ones the other way looks at each 32nd byte alone.
#define DUK_USE_STRHASH_DENSE
// What refers to itself is collected where memory is short, and not in between: marking goes over
// the heap again for each so many levels of a long list, and nothing ends it. A level takes stack.
#undef DUK_USE_VOLUNTARY_GC
#undef DUK_USE_MARK_AND_SWEEP_RECLIMIT
#ifdef OCTAVO_LARGE_FRAMES
#define DUK_USE_MARK_AND_SWEEP_RECLIMIT 1000
#else
#define DUK_USE_MARK_AND_SWEEP_RECLIMIT 8000
#endif
// A function that returns a call of itself comes to the end of the stack, as elsewhere.
#undef DUK_USE_TAILCALL
// Memory comes from nowhere but who made the heap.
#undef DUK_USE_PROVIDE_DEFAULT_ALLOC_FUNCTIONS

#ifdef OCTAVO_BUILDS_DUKTAPE
#include <duktape.c>
#else
#include <duktape.h>
#endif
