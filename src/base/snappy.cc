#include "base/snappy.h"

#include <snappy.h>

namespace octavo {

void snappy_compress(BytesView plain, Bytes& out) {
  const std::size_t before = out.size();
  out.resize(before + snappy::MaxCompressedLength(plain.size()));
  std::size_t written = 0;
  snappy::RawCompress(plain.data(), plain.size(), out.data() + before, &written);
  out.resize(before + written);
}

Status snappy_uncompress(BytesView block, std::size_t size, Bytes& out) {
  std::size_t announced = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &announced) || announced != size) {
    return fail(Code::corrupt, "The block is not Snappy's, or of another size than was said.");
  }
  // What it says of a large size is held against its bytes before there is memory for it.
  constexpr std::size_t kLargeBytes = 1 << 20;
  const bool sound =
      size < kLargeBytes || snappy::IsValidCompressedBuffer(block.data(), block.size());
  const std::size_t before = out.size();
  if (sound) out.resize(before + size);
  if (sound && snappy::RawUncompress(block.data(), block.size(), out.data() + before)) return {};
  out.resize(before);
  return fail(Code::corrupt, "The Snappy block is damaged.");
}

}  // namespace octavo
