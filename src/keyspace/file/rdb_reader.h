#pragma once

// RDB files of Redis up to 7.4, key by key, as their bytes come (rdb.c). Values go out in the form
// that RESTORE takes. One thread at a time uses it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "keyspace/type/limits.h"

namespace octavo::keyspace {

class DumpReader;

struct RdbKey {
  std::uint64_t database = 0;
  std::string name;
  std::int64_t expire_at_ms = 0;  // 0: never
  std::optional<std::uint64_t> idle_seconds;
  std::optional<std::uint8_t> frequency;
  Bytes payload;  // of RESTORE
};

class RdbReader {
 public:
  void feed(BytesView bytes);
  // No bytes follow: what is missing is an error from now on.
  void end_input() { at_end_ = true; }

  enum class Found : std::uint8_t { key, function, more, end };
  // `more`: bytes are wanted. `corrupt`: it is none, or damaged, with the place of the damage;
  // `unsupported`: a version or a value that we do not read, by name.
  Result<Found> next();
  const RdbKey& key() const { return key_; }             // after `key`
  const std::string& function() const { return text_; }  // after `function`: a library's code

  std::uint64_t position() const { return position_; }
  // Of the server that wrote it, as far as it is told; empty: not told.
  const std::string& redis_version() const { return redis_version_; }
  // Which database is selected in the stream behind it, told in front of the keys; 0: not told.
  std::uint64_t stream_database() const { return stream_database_; }

 private:
  // `more`: what is there is not all of it, and nothing was done.
  Result<Found> read_one(DumpReader& reader);
  Result<Found> read_header(DumpReader& reader);
  Result<Found> read_auxiliary(DumpReader& reader);
  Result<Found> read_module_auxiliary(DumpReader& reader);
  Result<Found> read_end(DumpReader& reader);
  Result<Found> read_key(DumpReader& reader, std::uint8_t type);
  std::unexpected<Error> damaged(std::string_view what) const;

  std::string buffer_;
  std::size_t at_ = 0;          // in it
  std::size_t wanted_ = 1;      // so many bytes behind that: fewer were looked at in vain
  std::uint64_t position_ = 0;  // of `at_` in the file
  bool at_end_ = false;
  bool done_ = false;
  std::uint64_t checksum_ = 0;
  std::uint16_t version_ = 0;  // 0: the header was not read yet
  std::uint64_t database_ = 0;
  // Of the next key.
  std::int64_t expire_at_ms_ = 0;
  std::optional<std::uint64_t> idle_seconds_;
  std::optional<std::uint8_t> frequency_;
  RdbKey key_;
  std::string text_;
  std::string redis_version_;
  std::uint64_t stream_database_ = 0;
};

}  // namespace octavo::keyspace
