#pragma once

// Compression of what protocols carry, as a stream: pieces in, pieces out. One row per coding; gzip
// and deflate are zlib's, which stays inside compression.cc.

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace octavo {

// Used by one thread at a time.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends what is ready; the rest comes later.
  virtual void encode(BytesView input, Bytes& out) = 0;
  // The end of the stream, once.
  virtual void finish(Bytes& out) = 0;
};

// Used by one thread at a time. Believes nothing of its input.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // Takes from the front of `input` and appends no more than `limit` bytes. When it has appended
  // that many there may be more, also of input that is gone. `corrupt`: it is no such stream.
  virtual Status decode(BytesView& input, Bytes& out, std::size_t limit) = 0;
  // Whether the stream may end where it is.
  virtual bool at_end() const = 0;
};

constexpr std::size_t kCoderBytes = 300 * 1024;  // what one holds, about

struct Compression {
  std::string_view name;  // HTTP's, in lower case
  std::unique_ptr<Encoder> (*encoder)();
  std::unique_ptr<Decoder> (*decoder)();
};

// Null: there is none of that name, whatever its case.
const Compression* find_compression(std::string_view name);

}  // namespace octavo
