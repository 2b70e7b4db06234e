# The two commands a folder's CMakeLists.txt is made of. `folder` is the path under src/; the
# targets are `octavo_<folder>` and `<folder>_test`, with `/` turned into `_`.
# DEPS names folders of ours (`value`, `protocol/common`) or third-party `deps::...`.

function(octavo_link target visibility)
  foreach(dep IN LISTS ARGN)
    if(dep MATCHES "::")
      target_link_libraries(${target} ${visibility} ${dep})
    else()
      string(REPLACE "/" "_" name ${dep})
      target_link_libraries(${target} ${visibility} octavo_${name})
    endif()
  endforeach()
endfunction()

# octavo_library(<folder> [FOR_TESTS] [SOURCES <file>...] [DEPS <dep>...])
# Without sources: an interface library, for folders that hold headers only. FOR_TESTS: no part of the
# program (tools/tidy.py reads it, as it reads names that end in /testing).
function(octavo_library folder)
  cmake_parse_arguments(lib "FOR_TESTS" "" "SOURCES;DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  set(target octavo_${name})
  if(lib_SOURCES)
    set(visibility PUBLIC)
    add_library(${target} STATIC ${lib_SOURCES})
  else()
    set(visibility INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  target_include_directories(${target} ${visibility} ${CMAKE_SOURCE_DIR}/src)
  octavo_link(${target} ${visibility} deps::threads deps::fmt ${lib_DEPS})
endfunction()

# octavo_test(<folder> SOURCES <file>... [DEPS <dep>...])
# One binary per folder, in <build>/bin. Tests run in the repository's root, so that a test names
# its data files by their path from there.
function(octavo_test folder)
  cmake_parse_arguments(test "" "" "SOURCES;DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  set(target ${name}_test)
  add_executable(${target} ${test_SOURCES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  octavo_link(${target} PRIVATE ${folder} deps::gtest ${test_DEPS})
  add_test(NAME ${target} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${target} PROPERTIES TIMEOUT 300
    ENVIRONMENT "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tools/tsan.txt")
endfunction()

# octavo_benchmark(<name> SOURCES <file>... [DEPS <dep>...]): a Google Benchmark binary.
function(octavo_benchmark name)
  cmake_parse_arguments(bench "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name}_bench ${bench_SOURCES})
  set_target_properties(${name}_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  octavo_link(${name}_bench PRIVATE deps::benchmark ${bench_DEPS})
endfunction()

# octavo_fuzz(<name> SOURCES <file>... [DEPS <dep>...]): a libFuzzer binary, in the debug and fuzz
# presets. Seeds are in fuzz/corpus/<name>/. The target `fuzzers` builds all of them.
add_custom_target(fuzzers)
function(octavo_fuzz name)
  cmake_parse_arguments(fuzz "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(fuzz_${name} ${fuzz_SOURCES})
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  octavo_link(fuzz_${name} PRIVATE ${fuzz_DEPS})
  add_dependencies(fuzzers fuzz_${name})
endfunction()
