#include "protocol/mysql/payload.h"

namespace octavo::mysql {
namespace {

constexpr std::uint64_t kOneByte = 0xfb;  // below this the byte is the number
constexpr std::uint8_t kTwoBytes = 0xfc;
constexpr std::uint8_t kThreeBytes = 0xfd;
constexpr std::uint8_t kEightBytes = 0xfe;

}  // namespace

void put_length(Bytes& out, std::uint64_t length) {
  if (length < kOneByte) {
    out.push_back(static_cast<char>(length));
  } else if (length <= 0xffff) {
    out.push_back(static_cast<char>(kTwoBytes));
    put_le(out, static_cast<std::uint16_t>(length));
  } else if (length <= 0xffffff) {
    out.push_back(static_cast<char>(kThreeBytes));
    put_le(out, static_cast<std::uint16_t>(length));
    out.push_back(static_cast<char>(length >> 16U));
  } else {
    out.push_back(static_cast<char>(kEightBytes));
    put_le(out, length);
  }
}

void put_text(Bytes& out, BytesView text) {
  put_length(out, text.size());
  out.append(text);
}

void put_zero_ended(Bytes& out, BytesView text) { out.append(text).push_back('\0'); }

std::optional<std::uint64_t> PayloadReader::length() {
  ByteReader reader = reader_;
  const auto first = reader.get_le<std::uint8_t>();
  if (!first) return std::nullopt;
  std::optional<std::uint64_t> length;
  if (*first < kOneByte) {
    length = *first;
  } else if (*first == kTwoBytes) {
    length = reader.get_le<std::uint16_t>();
  } else if (*first == kThreeBytes) {
    const auto low = reader.get_le<std::uint16_t>();
    const auto high = reader.get_le<std::uint8_t>();
    if (low && high) length = *low | std::uint64_t{*high} << 16U;
  } else if (*first == kEightBytes) {
    length = reader.get_le<std::uint64_t>();
  }
  if (length) reader_ = reader;
  return length;
}

std::optional<BytesView> PayloadReader::text() {
  PayloadReader reader = *this;
  const auto size = reader.length();
  if (!size || *size > reader.rest().size()) return std::nullopt;
  const auto text = reader.bytes(*size);
  *this = reader;
  return text;
}

std::optional<BytesView> PayloadReader::zero_ended() {
  const std::size_t end = rest().find('\0');
  if (end == BytesView::npos) return std::nullopt;
  const BytesView text = rest().substr(0, end);
  reader_ = ByteReader(rest().substr(end + 1));
  return text;
}

}  // namespace octavo::mysql
