# Every third-party library, once, as `deps::<name>`, with the only folders that may use it.
# All are Debian 12 packages (tools/setup.sh installs them). Their headers are in the system's
# include path, so a target needs the link line only; tools/tidy.py checks who includes what.

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ICU 72 REQUIRED COMPONENTS uc i18n data)
find_package(GTest 1.12 REQUIRED)
find_package(benchmark 1.7 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(simdjson 3 REQUIRED)
find_package(CLI11 2 REQUIRED)
find_package(ZLIB 1.2 REQUIRED)

# octavo_dep(<name> LIBRARIES <target or library name>... [HEADER <file>])
# A plain library name is looked up and must exist; HEADER names a file that must be there.
function(octavo_dep name)
  cmake_parse_arguments(dep "" "HEADER" "LIBRARIES" ${ARGN})
  add_library(deps_${name} INTERFACE)
  add_library(deps::${name} ALIAS deps_${name})
  foreach(library IN LISTS dep_LIBRARIES)
    if(TARGET ${library})
      target_link_libraries(deps_${name} INTERFACE ${library})
    else()
      find_library(OCTAVO_LIBRARY_${library} ${library} REQUIRED)
      target_link_libraries(deps_${name} INTERFACE ${OCTAVO_LIBRARY_${library}})
    endif()
  endforeach()
  if(dep_HEADER)
    find_path(OCTAVO_HEADER_${name} ${dep_HEADER} REQUIRED)
  endif()
endfunction()

octavo_dep(threads LIBRARIES Threads::Threads)  # everyone
octavo_dep(fmt LIBRARIES fmt::fmt)              # everyone: std::format is absent from libstdc++ 12
octavo_dep(spdlog LIBRARIES spdlog::spdlog)     # base: logging
octavo_dep(xxhash LIBRARIES xxhash)             # base: hash64
octavo_dep(openssl LIBRARIES OpenSSL::SSL OpenSSL::Crypto)  # base: hashes; io: TLS
octavo_dep(prometheus LIBRARIES prometheus-cpp-core)        # base: metrics exposition
octavo_dep(zlib LIBRARIES ZLIB::ZLIB)  # base: gzip and deflate, as HTTP clients send and take them
octavo_dep(zstd LIBRARIES zstd HEADER zstd.h)               # base: compression of MySQL clients
octavo_dep(snappy LIBRARIES snappy HEADER snappy.h)         # base: compression of MongoDB clients
octavo_dep(simdjson LIBRARIES simdjson::simdjson)           # value, function: JSON in
octavo_dep(re2 LIBRARIES re2)                               # function, index: regular expressions
octavo_dep(icu LIBRARIES ICU::i18n ICU::uc ICU::data)       # function, index, value: Unicode
# dialect/mongodb/type: regular expressions with what re2 lacks (lookarounds, references back)
octavo_dep(pcre2 LIBRARIES pcre2-8 HEADER pcre2.h)
# dialect/mongodb/text: stems of words (Snowball)
octavo_dep(stemmer LIBRARIES stemmer HEADER libstemmer.h)
octavo_dep(s2 LIBRARIES s2 HEADER s2/s2cell_id.h)           # function, index: geometry
# kv: the store. Of the archive, whose calls and per-thread variables the linker resolves: the shared one asks
# the loader for each, some hundred times for a statement. The thread sanitizer knows the shared one by name.
if(OCTAVO_SANITIZE)
  octavo_dep(rocksdb LIBRARIES rocksdb HEADER rocksdb/db.h)
else()
  octavo_dep(rocksdb LIBRARIES librocksdb.a gflags snappy bz2 z lz4 zstd HEADER rocksdb/db.h)
endif()
# server: the allocator of the optimised program. glibc's keeps what was freed after a peak, and takes
# longer for small blocks. The sanitizers bring their own.
octavo_dep(jemalloc LIBRARIES jemalloc HEADER jemalloc/jemalloc.h)
octavo_dep(cli11 LIBRARIES CLI11::CLI11)                    # bench: command line of the loads
octavo_dep(tomlplusplus LIBRARIES tomlplusplus HEADER toml++/toml.h)  # server: configuration file
octavo_dep(gtest LIBRARIES GTest::gmock_main GTest::gmock GTest::gtest)  # tests
octavo_dep(benchmark LIBRARIES benchmark::benchmark)                     # bench

# protocol/redis/script: scripts of Redis. The build as C++, whose errors are exceptions: destructors run.
octavo_dep(lua LIBRARIES liblua5.1-cjson.a liblua5.1-bitop.a liblua5.1-c++.a dl)
find_path(OCTAVO_LUA_INCLUDE lua.hpp PATH_SUFFIXES lua5.1 REQUIRED)
target_include_directories(deps_lua SYSTEM INTERFACE ${OCTAVO_LUA_INCLUDE})

# protocol/common: Beast's HTTP parser; dialect/mongodb/type: Multiprecision. Headers only. 1.74 is in Debian 12 as well and older.
find_package(Boost 1.81 REQUIRED)
octavo_dep(boost LIBRARIES Boost::headers)

# protocol/mongodb/bson: reading BSON that anybody may have sent. Its headers are in a folder of their own.
octavo_dep(bson LIBRARIES bson-1.0)
find_path(OCTAVO_BSON_INCLUDE bson/bson.h PATH_SUFFIXES libbson-1.0 REQUIRED)
target_include_directories(deps_bson SYSTEM INTERFACE ${OCTAVO_BSON_INCLUDE})

# protocol/mongodb/transfer: servers that are copied, with whatever addresses, logins and TLS their clients use.
octavo_dep(mongoc LIBRARIES mongoc-1.0 bson-1.0)
find_path(OCTAVO_MONGOC_INCLUDE mongoc/mongoc.h PATH_SUFFIXES libmongoc-1.0 REQUIRED)
target_include_directories(deps_mongoc SYSTEM INTERFACE ${OCTAVO_MONGOC_INCLUDE} ${OCTAVO_BSON_INCLUDE})

# function/javascript: scripts. Its library in Debian has no way to end a script, so it is compiled from the
# source that the package brings (src/function/javascript/duktape_config.h).
octavo_dep(duktape)
find_path(OCTAVO_DUKTAPE_SOURCE duktape.c PATHS /usr/share/duktape REQUIRED NO_DEFAULT_PATH)
target_include_directories(deps_duktape SYSTEM INTERFACE ${OCTAVO_DUKTAPE_SOURCE})
