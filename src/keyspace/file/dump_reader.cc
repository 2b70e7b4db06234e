#include "keyspace/file/dump_reader.h"

#include <bit>
#include <cmath>
#include <limits>

#include "keyspace/type/limits.h"
#include "keyspace/type/listpack.h"
#include "keyspace/type/numbers.h"
#include "keyspace/type/ziplist.h"

namespace octavo::keyspace {

std::optional<DumpReader::Length> DumpReader::any_length() {
  const auto first = byte();
  if (!first) return std::nullopt;
  const std::uint8_t low = *first & 0x3f;
  switch (*first >> 6) {
    case 0: return Length{low, false};
    case 1: {
      const auto second = byte();
      if (!second) return std::nullopt;
      return Length{(std::uint64_t{low} << 8) | *second, false};
    }
    case 2: {
      const bool wide = *first == 0x81;
      if (!wide && *first != 0x80) return std::nullopt;
      const auto bytes = reader_.get_bytes(wide ? 8 : 4);
      if (!bytes) return std::nullopt;
      return Length{
          wide ? load_be<std::uint64_t>(bytes->data()) : load_be<std::uint32_t>(bytes->data()),
          false};
    }
    default: return Length{low, true};
  }
}

std::optional<std::uint64_t> DumpReader::length() {
  const auto length = any_length();
  return !length || length->special ? std::nullopt : std::optional(length->value);
}

std::optional<std::uint64_t> DumpReader::count() {
  const auto value = length();
  return value && *value <= reader_.rest().size() ? value : std::nullopt;
}

std::optional<std::string> DumpReader::string() {
  const auto length = any_length();
  if (!length) return std::nullopt;
  if (!length->special) {
    const auto bytes = reader_.get_bytes(length->value);
    return bytes ? std::optional(std::string(*bytes)) : std::nullopt;
  }
  switch (length->value) {
    case 0: {
      const auto value = byte();
      return value ? std::optional(format_int64(static_cast<std::int8_t>(*value))) : std::nullopt;
    }
    case 1: {
      const auto value = reader_.get_le<std::uint16_t>();
      return value ? std::optional(format_int64(static_cast<std::int16_t>(*value))) : std::nullopt;
    }
    case 2: {
      const auto value = reader_.get_le<std::uint32_t>();
      return value ? std::optional(format_int64(static_cast<std::int32_t>(*value))) : std::nullopt;
    }
    case 3: return compressed();
    default: return std::nullopt;
  }
}

std::optional<std::string> DumpReader::compressed() {
  const auto packed_size = length();
  const auto size = length();
  if (!packed_size || !size) return std::nullopt;
  const auto packed = reader_.get_bytes(*packed_size);
  return packed ? lzf_decompress(*packed, *size) : std::nullopt;
}

std::optional<double> DumpReader::real() {
  const auto bits = reader_.get_le<std::uint64_t>();
  if (!bits) return std::nullopt;
  const auto value = std::bit_cast<double>(*bits);
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

std::optional<double> DumpReader::real_text() {
  constexpr std::uint8_t kNotANumber = 253;
  constexpr std::uint8_t kInfinity = 254;
  constexpr std::uint8_t kNegativeInfinity = 255;
  const auto size = byte();
  if (!size || *size == kNotANumber) return std::nullopt;
  if (*size == kInfinity) return std::numeric_limits<double>::infinity();
  if (*size == kNegativeInfinity) return -std::numeric_limits<double>::infinity();
  const auto digits = reader_.get_bytes(*size);
  return digits ? parse_double(*digits) : std::nullopt;
}

std::optional<StreamId> DumpReader::raw_id() {
  const auto bytes = reader_.get_bytes(16);
  if (!bytes) return std::nullopt;
  return StreamId{load_be<std::uint64_t>(bytes->data()), load_be<std::uint64_t>(bytes->data() + 8)};
}

std::optional<StreamId> DumpReader::id() {
  const auto ms = length();
  const auto sequence = length();
  return ms && sequence ? std::optional(StreamId{*ms, *sequence}) : std::nullopt;
}

std::optional<std::vector<std::string>> DumpReader::listpack() {
  const auto bytes = string();
  return bytes ? read_listpack(*bytes) : std::nullopt;
}

std::optional<std::vector<std::string>> DumpReader::ziplist() {
  const auto bytes = string();
  return bytes ? read_ziplist(*bytes) : std::nullopt;
}

std::optional<std::vector<std::string>> DumpReader::zipmap() {
  const auto bytes = string();
  return bytes ? read_zipmap(*bytes) : std::nullopt;
}

// A control byte below 32: that many plain bytes and one more. Otherwise a copy of what was
// written before: length in the top three bits (7: a byte more of length), distance in the rest
// and the next byte.
std::optional<std::string> lzf_decompress(BytesView input, std::uint64_t size) {
  // One control sequence of three bytes yields 264 at most.
  if (size > kDefaultMaxStringBytes || size > input.size() * 264) return std::nullopt;
  std::string out;
  out.reserve(size);
  std::size_t at = 0;
  const auto next = [&]() -> std::optional<std::size_t> {
    if (at == input.size()) return std::nullopt;
    return static_cast<unsigned char>(input[at++]);
  };
  while (at < input.size()) {
    const std::size_t control = *next();
    if (control < 32) {
      const std::size_t plain = control + 1;
      if (plain > input.size() - at || out.size() + plain > size) return std::nullopt;
      out.append(input.substr(at, plain));
      at += plain;
      continue;
    }
    std::size_t copied = control >> 5;
    if (copied == 7) {
      const auto more = next();
      if (!more) return std::nullopt;
      copied += *more;
    }
    copied += 2;
    const auto low = next();
    if (!low) return std::nullopt;
    const std::size_t distance = ((control & 0x1f) << 8 | *low) + 1;
    if (distance > out.size() || out.size() + copied > size) return std::nullopt;
    // Source and target may overlap, so byte by byte.
    for (std::size_t i = 0; i < copied; ++i) out.push_back(out[out.size() - distance]);
  }
  return out.size() == size ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace octavo::keyspace
