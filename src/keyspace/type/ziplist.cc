#include "keyspace/type/ziplist.h"

#include "keyspace/type/numbers.h"

namespace octavo::keyspace {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t kHeaderBytes = 4 + 4 + 2;
constexpr unsigned char kEnd = 0xff;
constexpr unsigned char kWideLength = 0xfe;  // four bytes of it follow
constexpr std::uint16_t kUncounted = 0xffff;

std::optional<unsigned char> next_byte(ByteReader& reader) { return reader.get_le<std::uint8_t>(); }

bool at_end(const ByteReader& reader) {
  return reader.rest().size() == 1 && static_cast<unsigned char>(reader.rest().front()) == kEnd;
}

std::optional<std::string> take(ByteReader& reader, std::optional<std::uint64_t> size) {
  if (!size || *size > reader.rest().size()) return std::nullopt;
  return std::string(*reader.get_bytes(*size));
}

template <class T>
std::optional<std::string> integer(ByteReader& reader) {
  const auto value = reader.get_le<std::make_unsigned_t<T>>();
  return value ? std::optional(format_int64(static_cast<T>(*value))) : std::nullopt;
}

// Three bytes.
std::optional<std::string> medium_integer(ByteReader& reader) {
  const auto low = reader.get_le<std::uint16_t>();
  const auto high = reader.get_le<std::uint8_t>();
  if (!low || !high) return std::nullopt;
  constexpr int kHighBits = 16;
  const std::int64_t top = *high < 0x80 ? *high : *high - 0x100;  // it is signed
  return format_int64(top * (1 << kHighBits) + *low);
}

std::optional<std::string> integer_entry(ByteReader& reader, unsigned char encoding) {
  switch (encoding) {
    case 0xc0: return integer<std::int16_t>(reader);
    case 0xd0: return integer<std::int32_t>(reader);
    case 0xe0: return integer<std::int64_t>(reader);
    case 0xf0: return medium_integer(reader);
    case 0xfe: return integer<std::int8_t>(reader);
    default: break;
  }
  // 0 to 12 in the encoding itself.
  if (encoding <= 0xf0 || encoding > 0xfd) return std::nullopt;
  return format_int64((encoding & 0x0f) - 1);
}

std::optional<std::string> text_entry(ByteReader& reader, unsigned char encoding) {
  const std::uint64_t low = encoding & 0x3f;
  if (encoding < 0x40) return take(reader, low);
  if (encoding < 0x80) {
    const auto more = next_byte(reader);
    return more ? take(reader, low << 8 | *more) : std::nullopt;
  }
  const auto size = reader.get_bytes(4);
  return size ? take(reader, load_be<std::uint32_t>(size->data())) : std::nullopt;
}

std::optional<std::string> read_entry(ByteReader& reader) {
  const auto before = next_byte(reader);
  if (!before || *before == kEnd) return std::nullopt;
  if (*before == kWideLength && !reader.get_le<std::uint32_t>()) return std::nullopt;
  const auto encoding = next_byte(reader);
  if (!encoding) return std::nullopt;
  return *encoding < 0xc0 ? text_entry(reader, *encoding) : integer_entry(reader, *encoding);
}

std::optional<std::uint64_t> zipmap_length(ByteReader& reader) {
  const auto first = next_byte(reader);
  if (!first || *first == kEnd) return std::nullopt;
  if (*first != kWideLength) return *first;
  const auto wide = reader.get_le<std::uint32_t>();
  return wide ? std::optional<std::uint64_t>(*wide) : std::nullopt;
}

}  // namespace

std::optional<Texts> read_ziplist(BytesView bytes) {
  if (bytes.size() < kHeaderBytes + 1 || load_le<std::uint32_t>(bytes.data()) != bytes.size()) {
    return std::nullopt;
  }
  const auto count = load_le<std::uint16_t>(bytes.data() + 8);
  ByteReader reader(bytes.substr(kHeaderBytes));
  Texts out;
  while (!at_end(reader)) {
    auto entry = read_entry(reader);
    if (!entry) return std::nullopt;
    out.push_back(*std::move(entry));
  }
  return count == kUncounted || count == out.size() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Texts> read_zipmap(BytesView bytes) {
  if (bytes.empty()) return std::nullopt;
  ByteReader reader(bytes.substr(1));  // a count that is not always told
  Texts out;
  while (!at_end(reader)) {
    auto name = take(reader, zipmap_length(reader));
    const auto size = name ? zipmap_length(reader) : std::nullopt;
    const auto unused = size ? next_byte(reader) : std::nullopt;
    auto value = unused ? take(reader, size) : std::nullopt;
    if (!value || !reader.get_bytes(*unused)) return std::nullopt;
    out.push_back(*std::move(name));
    out.push_back(*std::move(value));
  }
  return out;
}

}  // namespace octavo::keyspace
