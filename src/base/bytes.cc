#include "base/bytes.h"

#include "base/varint.h"

namespace octavo {

void put_long_varint(Bytes& out, std::uint64_t value) {
  char encoded[kMaxVarintBytes];
  out.append(encoded, static_cast<std::size_t>(store_varint(encoded, value) - encoded));
}

void put_length_prefixed(Bytes& out, BytesView value) {
  put_varint(out, value.size());
  out.append(value);
}

std::optional<std::uint64_t> ByteReader::get_varint() {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < rest_.size() && i < kMaxVarintBytes; ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    if (i == 9 && byte > 1) return std::nullopt;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0) {
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<BytesView> ByteReader::get_bytes(std::size_t size) {
  if (rest_.size() < size) return std::nullopt;
  const BytesView value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

std::optional<BytesView> ByteReader::get_length_prefixed() {
  const BytesView start = rest_;
  const auto size = get_varint();
  if (!size || *size > rest_.size()) {
    rest_ = start;
    return std::nullopt;
  }
  return get_bytes(static_cast<std::size_t>(*size));
}

}  // namespace octavo
