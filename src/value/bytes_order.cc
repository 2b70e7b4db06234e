#include "value/bytes_order.h"

#include <algorithm>

#include "value/sort_key.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

struct ByteEncoding {
  static char* put(char* to, std::uint32_t weight) { return sort_key::put_any_byte(to, weight); }
};

constexpr sort_key::ByteMap kBytes = [] {
  sort_key::ByteMap map{};
  for (unsigned byte = 1; byte < map.size(); ++byte) {
    if (byte != ' ') map[byte] = static_cast<std::uint8_t>(byte);
  }
  return map;
}();

void put_padded(sort_key::PaddedWeights<ByteEncoding>& weights, std::string_view text) {
  while (!text.empty()) {
    weights.put(static_cast<unsigned char>(text[0]));
    text.remove_prefix(1);
    weights.put_mapped(text, kBytes);
  }
}

}  // namespace

void BytesOrder::key(std::string_view text, Bytes& out) const {
  if (!pads_) return key_bytes::put_text(out, text);
  sort_key::Buffer buffer(out);
  sort_key::PaddedWeights<ByteEncoding> weights(buffer, ' ');
  put_padded(weights, text);
  weights.end();
  buffer.end_key();
}

std::strong_ordering BytesOrder::compare(std::string_view a, std::string_view b) const {
  const std::size_t shared = std::min(a.size(), b.size());
  if (const int order = a.substr(0, shared).compare(b.substr(0, shared)); order != 0) {
    return order <=> 0;
  }
  if (!pads_) return a.size() <=> b.size();
  const bool a_is_longer = a.size() > shared;
  const std::string_view rest = (a_is_longer ? a : b).substr(shared);
  const std::size_t other = rest.find_first_not_of(' ');
  if (other == std::string_view::npos) return std::strong_ordering::equal;
  const bool above = static_cast<unsigned char>(rest[other]) > ' ';
  return above == a_is_longer ? std::strong_ordering::greater : std::strong_ordering::less;
}

void BytesOrder::take(std::string_view& text, Bytes& weights) const {
  std::string_view rest = text;
  if (by_bytes_) {
    rest.remove_prefix(1);
  } else {
    take_code_point(rest);
  }
  weights.append(text.substr(0, text.size() - rest.size()));
  text = rest;
}

void BytesOrder::key_prefix(std::string_view text, Bytes& out) const {
  sort_key::Buffer buffer(out);
  if (pads_) {
    sort_key::PaddedWeights<ByteEncoding> weights(buffer, ' ');
    put_padded(weights, text);
  } else {
    for (const char c : text) {
      buffer.written(sort_key::put_any_byte(buffer.room(), static_cast<unsigned char>(c)));
    }
  }
  buffer.flush();
}

}  // namespace octavo::value
