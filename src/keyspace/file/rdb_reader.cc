#include "keyspace/file/rdb_reader.h"

#include <fmt/format.h>

#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "keyspace/file/crc64.h"
#include "keyspace/file/dump.h"
#include "keyspace/file/dump_format.h"
#include "keyspace/file/dump_reader.h"

namespace octavo::keyspace {
namespace {

constexpr std::string_view kMagic = "REDIS";
constexpr std::size_t kVersionDigits = 4;
constexpr std::uint16_t kFirstWithChecksum = 5;
constexpr std::string_view kStreamDatabaseName = "repl-stream-db";
constexpr std::string_view kVersionName = "redis-ver";  // of what a file tells of itself

// What is no type of a value.
enum class RdbMark : std::uint8_t {
  slot = 0xf4,
  function = kRdbLibrary,
  early_function = 0xf6,  // of release candidates of 7.0
  module_auxiliary = 0xf7,
  idle = 0xf8,
  frequency = 0xf9,
  auxiliary = 0xfa,
  sizes = 0xfb,
  expire_ms = 0xfc,
  expire_s = 0xfd,
  database = 0xfe,
  end = 0xff,
};

constexpr std::uint8_t kFirstMark = static_cast<std::uint8_t>(RdbMark::slot);

// Types that we do not read, by what they are.
struct UnreadType {
  std::uint8_t type;
  std::string_view name;
};
constexpr UnreadType kUnread[] = {
    {6, "a value of a module"},
    {7, "a value of a module"},
};

constexpr bool is_read(std::uint8_t type) {
  constexpr std::uint8_t kNewest = static_cast<std::uint8_t>(RdbType::hash_listpack_ends);
  return type <= kNewest && type != 6 && type != 7 && type != 8;
}

std::string_view name_of_unread(std::uint8_t type) {
  for (const UnreadType& row : kUnread) {
    if (row.type == type) return row.name;
  }
  return "a value of a newer Redis";
}

constexpr std::int64_t kSecondMs = 1000;

}  // namespace

void RdbReader::feed(BytesView bytes) {
  // What was read goes when it is most of the buffer.
  if (at_ > buffer_.size() / 2) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  buffer_.append(bytes);
}

std::unexpected<Error> RdbReader::damaged(std::string_view what) const {
  return fail(Code::corrupt, fmt::format("{} at byte {} of the RDB file", what, position_));
}

Result<RdbReader::Found> RdbReader::next() {
  for (;;) {
    if (done_) return Found::end;
    const BytesView rest = BytesView(buffer_).substr(at_);
    // A value that was not whole is looked at again when there is twice as much of it.
    if (rest.size() < wanted_ && !at_end_) return Found::more;
    DumpReader reader(rest);
    TRY(const Found found, version_ == 0 ? read_header(reader) : read_one(reader));
    const std::size_t used = rest.size() - reader.rest().size();
    if (found == Found::more && used == 0) {
      if (at_end_) return damaged(rest.empty() ? "the file ends too early" : "damage, or the end,");
      // A write takes no more; and a damaged length must not have the whole file read for it.
      if (rest.size() > kMaxTransactionBytes) return damaged("damage, or a value of 512 MiB,");
      wanted_ = 2 * rest.size() + 1;
      return Found::more;
    }
    checksum_ = done_ ? checksum_ : crc64(rest.substr(0, used), checksum_);
    at_ += used;
    position_ += used;
    wanted_ = 1;
    if (found != Found::more) return found;
  }
}

Result<RdbReader::Found> RdbReader::read_header(DumpReader& reader) {
  DumpReader trial(reader.rest());
  const auto header = trial.bytes(kMagic.size() + kVersionDigits);
  if (!header) return Found::more;
  const auto version = parse_number<std::uint16_t>(header->substr(kMagic.size()));
  if (!header->starts_with(kMagic) || !version || *version == 0) {
    return fail(Code::corrupt, "this is no RDB file: it does not begin with REDIS and a version");
  }
  if (*version > kNewestRdbVersion) {
    return fail(Code::unsupported,
                fmt::format("RDB version {} is newer than {}, the newest that is read", *version,
                            kNewestRdbVersion));
  }
  version_ = *version;
  reader = trial;
  return Found::more;
}

Result<RdbReader::Found> RdbReader::read_one(DumpReader& reader) {
  DumpReader trial(reader.rest());
  const auto mark = trial.byte();
  if (!mark) return Found::more;
  const auto done = [&](bool is_whole) {
    if (is_whole) reader = trial;
    return Found::more;
  };
  if (*mark < kFirstMark) {
    TRY(const Found found, read_key(trial, *mark));
    if (found == Found::key) reader = trial;
    return found;
  }
  switch (static_cast<RdbMark>(*mark)) {
    case RdbMark::database: {
      const auto number = trial.length();
      if (number) database_ = *number;
      return done(number.has_value());
    }
    case RdbMark::expire_ms: {
      const auto at = trial.milliseconds();
      if (at) expire_at_ms_ = static_cast<std::int64_t>(*at);
      return done(at.has_value());
    }
    case RdbMark::expire_s: {
      const auto at = trial.bytes(4);
      if (at)
        expire_at_ms_ = kSecondMs * static_cast<std::int32_t>(load_le<std::uint32_t>(at->data()));
      return done(at.has_value());
    }
    case RdbMark::idle: {
      const auto seconds = trial.length();
      if (seconds) idle_seconds_ = *seconds;
      return done(seconds.has_value());
    }
    case RdbMark::frequency: {
      const auto frequency = trial.byte();
      if (frequency) frequency_ = *frequency;
      return done(frequency.has_value());
    }
    case RdbMark::sizes: return done(trial.length() && trial.length());
    case RdbMark::slot: return done(trial.length() && trial.length() && trial.length());
    case RdbMark::auxiliary: {
      const Found found = *read_auxiliary(trial);
      return done(found == Found::key);
    }
    case RdbMark::module_auxiliary: {
      TRY(const Found found, read_module_auxiliary(trial));
      return done(found == Found::key);
    }
    case RdbMark::function: {
      auto code = trial.string();
      if (!code) return Found::more;
      text_ = *std::move(code);
      reader = trial;
      return Found::function;
    }
    case RdbMark::early_function:
      return fail(Code::unsupported, "functions of release candidates of Redis 7.0 are not read");
    case RdbMark::end: {
      TRY(const Found found, read_end(trial));
      if (found == Found::end) reader = trial;
      return found;
    }
  }
  return damaged("damage");
}

// `key` stands for "whole" here and below.
Result<RdbReader::Found> RdbReader::read_auxiliary(DumpReader& reader) {
  const auto name = reader.string();
  auto value = name ? reader.string() : std::nullopt;
  if (!value) return Found::more;
  if (*name == kStreamDatabaseName) {
    stream_database_ = parse_number<std::uint64_t>(*value).value_or(0);
  } else if (*name == kVersionName) {
    redis_version_ = *std::move(value);
  }
  return Found::key;
}

// What a module keeps beside keys, which is skipped: numbers and strings up to a zero.
Result<RdbReader::Found> RdbReader::read_module_auxiliary(DumpReader& reader) {
  if (!reader.length()) return Found::more;  // the module
  for (;;) {
    const auto kind = reader.length();
    if (!kind) return Found::more;
    bool is_whole = true;
    switch (*kind) {
      case 0: return Found::key;
      case 1:
      case 2: is_whole = reader.length().has_value(); break;
      case 3: is_whole = reader.bytes(4).has_value(); break;
      case 4: is_whole = reader.bytes(8).has_value(); break;
      case 5: is_whole = reader.string().has_value(); break;
      default: return damaged("damage in what a module keeps");
    }
    if (!is_whole) return Found::more;
  }
}

Result<RdbReader::Found> RdbReader::read_end(DumpReader& reader) {
  if (version_ >= kFirstWithChecksum) {
    const auto sum = reader.bytes(8);
    if (!sum) return Found::more;
    const char mark = static_cast<char>(RdbMark::end);
    checksum_ = crc64(BytesView(&mark, 1), checksum_);
    const auto expected = load_le<std::uint64_t>(sum->data());
    // 0: whoever wrote it had checksums off.
    if (expected != 0 && expected != checksum_) {
      return fail(Code::corrupt, "the checksum at the end of the RDB file is wrong");
    }
  }
  done_ = true;
  return Found::end;
}

Result<RdbReader::Found> RdbReader::read_key(DumpReader& reader, std::uint8_t type) {
  auto name = reader.string();
  if (!name) return Found::more;
  if (!is_read(type)) {
    return fail(Code::unsupported, fmt::format("key `{}`: {} (type {}) is not read", *name,
                                               name_of_unread(type), type));
  }
  const BytesView behind = reader.rest();
  if (!read_value(type, reader, EncodingLimits())) return Found::more;
  const BytesView value = behind.substr(0, behind.size() - reader.rest().size());
  key_ = RdbKey{.database = database_,
                .name = *std::move(name),
                .expire_at_ms = std::exchange(expire_at_ms_, 0),
                .idle_seconds = std::exchange(idle_seconds_, std::nullopt),
                .frequency = std::exchange(frequency_, std::nullopt),
                .payload = dump_of(type, value, version_)};
  return Found::key;
}

}  // namespace octavo::keyspace
