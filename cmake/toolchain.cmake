# Language level, warnings, optimisation, sanitizers, and the two accelerators (ccache, mold) where
# they are installed. Everything that is compiled here gets the same flags.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Line tables only (-g1): stack traces stay useful and links stay fast. NDEBUG silences assertions
# of third-party headers; our own ASSERT does not look at it.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS")

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
# Designated initialisers leave fields out on purpose: the omitted ones take their defaults.
add_compile_options(-Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wno-missing-designated-field-initializers -fcolor-diagnostics)
  # Guarded data is used with its mutex held: base/mutex.h.
  add_compile_options(-Wthread-safety)
else()
  # g++ 12 reports these for correct standard library code after inlining (PR 105329, 105651).
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
                      -Wno-stringop-overread -Wno-array-bounds -Wno-free-nonheap-object
                      -fdiagnostics-color=always)
endif()

if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-march=x86-64-v2)  # SSE 4.2 and below: any server of the last 15 years
endif()

if(OCTAVO_SANITIZE)
  add_compile_options(-fsanitize=${OCTAVO_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${OCTAVO_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Debian links RocksDB and others without sanitizers; vptr checks need their type information.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()
if(OCTAVO_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(OCTAVO_CCACHE ccache)
if(OCTAVO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the source folder, so that every checkout shares one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${OCTAVO_CCACHE})
endif()

find_program(OCTAVO_MOLD mold)
if(OCTAVO_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
