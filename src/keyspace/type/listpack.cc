#include "keyspace/type/listpack.h"

#include <limits>

#include "keyspace/type/numbers.h"

namespace octavo::keyspace {
namespace {

constexpr std::size_t kHeaderBytes = 6;
constexpr unsigned char kEnd = 0xff;

std::int64_t sign_extend(std::uint64_t value, unsigned bits) {
  const std::uint64_t sign = std::uint64_t{1} << (bits - 1);
  return static_cast<std::int64_t>((value ^ sign) - sign);
}

std::size_t back_length_bytes(std::size_t entry) {
  if (entry < (1ULL << 7)) return 1;
  if (entry < (1ULL << 14)) return 2;
  if (entry < (1ULL << 21)) return 3;
  return entry < (1ULL << 28) ? 4 : 5;
}

std::uint64_t little_endian(BytesView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

struct Entry {
  std::string text;
  std::size_t bytes = 0;  // encoding and data
};

std::optional<Entry> read_string(BytesView rest, std::size_t header, std::uint64_t size) {
  if (size > rest.size() || rest.size() - size < header) return std::nullopt;
  return Entry{std::string(rest.substr(header, size)), header + size};
}

std::optional<Entry> read_integer(BytesView rest, std::size_t size) {
  if (rest.size() < 1 + size) return std::nullopt;
  const std::uint64_t raw = little_endian(rest.substr(1, size));
  const std::int64_t value = sign_extend(raw, static_cast<unsigned>(size) * 8);
  return Entry{format_int64(value), 1 + size};
}

std::optional<Entry> read_entry(BytesView rest) {
  const auto first = static_cast<unsigned char>(rest[0]);
  if (first < 0x80) return Entry{format_int64(first), 1};
  if (first < 0xc0) return read_string(rest, 1, first & 0x3f);
  if (first < 0xe0) {  // 13 bit integer
    if (rest.size() < 2) return std::nullopt;
    const auto low = static_cast<unsigned char>(rest[1]);
    return Entry{format_int64(sign_extend((std::uint64_t{first & 0x1fU} << 8) | low, 13)), 2};
  }
  if (first < 0xf0) {  // 12 bit string
    if (rest.size() < 2) return std::nullopt;
    const auto low = static_cast<unsigned char>(rest[1]);
    return read_string(rest, 2, (std::uint64_t{first & 0x0fU} << 8) | low);
  }
  switch (first) {
    case 0xf0:
      if (rest.size() < 5) return std::nullopt;
      return read_string(rest, 5, load_le<std::uint32_t>(rest.data() + 1));
    case 0xf1: return read_integer(rest, 2);
    case 0xf2: return read_integer(rest, 3);
    case 0xf3: return read_integer(rest, 4);
    case 0xf4: return read_integer(rest, 8);
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<std::vector<std::string>> read_listpack(BytesView bytes) {
  if (bytes.size() < kHeaderBytes + 1) return std::nullopt;
  if (load_le<std::uint32_t>(bytes.data()) != bytes.size()) return std::nullopt;
  std::vector<std::string> entries;
  BytesView rest = bytes.substr(kHeaderBytes);
  for (;;) {
    if (rest.empty()) return std::nullopt;
    if (static_cast<unsigned char>(rest[0]) == kEnd) break;
    auto entry = read_entry(rest);
    if (!entry) return std::nullopt;
    const std::size_t size = entry->bytes + back_length_bytes(entry->bytes);
    if (size > rest.size()) return std::nullopt;
    entries.push_back(std::move(entry->text));
    rest.remove_prefix(size);
  }
  if (rest.size() != 1) return std::nullopt;
  return entries;
}

void ListpackWriter::add(std::string_view text) {
  if (const auto number = parse_int64(text)) return add(*number);
  const std::size_t start = body_.size();
  if (text.size() < 64) {
    body_.push_back(static_cast<char>(0x80 | text.size()));
  } else if (text.size() < 4096) {
    body_.push_back(static_cast<char>(0xe0 | (text.size() >> 8)));
    body_.push_back(static_cast<char>(text.size() & 0xff));
  } else {
    body_.push_back(static_cast<char>(0xf0));
    put_le(body_, static_cast<std::uint32_t>(text.size()));
  }
  body_.append(text);
  end_entry(start);
}

void ListpackWriter::add(std::int64_t number) {
  const std::size_t start = body_.size();
  const auto bits = static_cast<std::uint64_t>(number);
  if (number >= 0 && number < 128) {
    body_.push_back(static_cast<char>(number));
  } else if (number >= -4096 && number < 4096) {
    body_.push_back(static_cast<char>(0xc0 | ((bits >> 8) & 0x1f)));
    body_.push_back(static_cast<char>(bits & 0xff));
  } else {
    std::size_t size = 8;
    char marker = static_cast<char>(0xf4);
    if (number >= std::numeric_limits<std::int16_t>::min() &&
        number <= std::numeric_limits<std::int16_t>::max()) {
      size = 2;
      marker = static_cast<char>(0xf1);
    } else if (number >= -(1 << 23) && number < (1 << 23)) {
      size = 3;
      marker = static_cast<char>(0xf2);
    } else if (number >= std::numeric_limits<std::int32_t>::min() &&
               number <= std::numeric_limits<std::int32_t>::max()) {
      size = 4;
      marker = static_cast<char>(0xf3);
    }
    body_.push_back(marker);
    for (std::size_t i = 0; i < size; ++i) body_.push_back(static_cast<char>(bits >> (8 * i)));
  }
  end_entry(start);
}

// The back length: seven bits a byte, most significant first, the high bit set on all but the
// first, so that it can be read from behind.
void ListpackWriter::end_entry(std::size_t start) {
  const std::size_t entry = body_.size() - start;
  const std::size_t bytes = back_length_bytes(entry);
  for (std::size_t i = bytes; i > 0; --i) {
    const auto part = static_cast<unsigned>((entry >> (7 * (i - 1))) & 0x7f);
    body_.push_back(static_cast<char>(i == bytes ? part : part | 0x80));
  }
  ++count_;
}

Bytes ListpackWriter::finish() && {
  Bytes out;
  put_le(out, static_cast<std::uint32_t>(kHeaderBytes + body_.size() + 1));
  // 65535 stands for "count them".
  put_le(out, static_cast<std::uint16_t>(count_ < 0xffff ? count_ : 0xffff));
  out += body_;
  out.push_back(static_cast<char>(kEnd));
  return out;
}

}  // namespace octavo::keyspace
