#pragma once

// Reads the primitives of the RDB value format. Every function answers nullopt for bytes that
// are not there or make no sense; sizes are checked before anything is allocated.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/object.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {

class DumpReader {
 public:
  explicit DumpReader(BytesView bytes) : reader_(bytes) {}

  bool empty() const { return reader_.empty(); }
  std::optional<std::uint8_t> byte() { return reader_.get_le<std::uint8_t>(); }
  std::optional<std::uint64_t> length();
  // A length that counts things of which each takes a byte at least.
  std::optional<std::uint64_t> count();
  std::optional<std::string> string();
  std::optional<double> real();
  std::optional<double> real_text();  // u8 length, and so many digits
  std::optional<std::uint64_t> milliseconds() { return reader_.get_le<std::uint64_t>(); }
  std::optional<StreamId> raw_id();  // 16 bytes, big endian
  std::optional<StreamId> id();      // two lengths
  // A string of one of these forms.
  std::optional<std::vector<std::string>> listpack();
  std::optional<std::vector<std::string>> ziplist();
  std::optional<std::vector<std::string>> zipmap();
  BytesView rest() const { return reader_.rest(); }
  std::optional<BytesView> bytes(std::size_t size) { return reader_.get_bytes(size); }

 private:
  struct Length {
    std::uint64_t value;
    bool special;  // `value` names an encoding of a string
  };
  std::optional<Length> any_length();
  std::optional<std::string> compressed();

  ByteReader reader_;
};

// A value of an RDB type. nullopt when it is none that we know.
std::optional<Object> read_value(std::uint8_t type, DumpReader& reader,
                                 const EncodingLimits& limits);

// LZF (Marc Lehmann's LibLZF format); nullopt unless exactly `size` bytes come out.
std::optional<std::string> lzf_decompress(BytesView input, std::uint64_t size);

}  // namespace octavo::keyspace
