#pragma once

// Redis's listpack, as it occurs inside DUMP payloads: a row of strings and integers.
// Format: u32 total bytes, u16 count, entries (encoding, data, back length), 0xff.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace octavo::keyspace {

// The entries as text. nullopt when the bytes are not a well-formed listpack.
std::optional<std::vector<std::string>> read_listpack(BytesView bytes);

class ListpackWriter {
 public:
  void add(std::string_view text);
  void add(std::int64_t number);
  Bytes finish() &&;

 private:
  void end_entry(std::size_t start);

  Bytes body_;
  std::uint32_t count_ = 0;
};

}  // namespace octavo::keyspace
