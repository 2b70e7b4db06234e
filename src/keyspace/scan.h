#pragma once

// The options that SCAN, HSCAN, SSCAN and ZSCAN share.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keyspace/command.h"
#include "keyspace/reply.h"
#include "keyspace/type/glob.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

// COUNT is a hint: so many elements hold nobody up.
constexpr std::uint64_t kMaxScanCount = 10'000;

struct ScanOptions {
  std::uint64_t cursor = 0;
  std::uint64_t count = 10;
  std::string_view pattern;
  bool match_all = true;
  std::optional<std::string_view> type;  // SCAN only

  bool matches(std::string_view name) const { return match_all || glob_matches(pattern, name); }
};

// The cursor argument. nullopt: the error is written.
std::optional<std::uint64_t> scan_cursor(std::string_view argument, Reply& reply);
// `args` are those behind the cursor.
std::optional<ScanOptions> scan_options(Args args, std::uint64_t cursor, bool with_type,
                                        Reply& reply);

// The next cursor, and what was found.
class ScanReply {
 public:
  ScanReply() = default;
  ScanReply(const ScanReply&) = delete;

  void bulk(std::string_view item) {
    found_.bulk(item);
    ++count_;
  }
  void send(std::uint64_t next, Reply& reply) const {
    reply.array_header(2);
    reply.bulk(std::to_string(next));
    reply.array_header(count_);
    reply.raw(items_);
  }

 private:
  std::string items_;
  Reply found_{items_};
  std::size_t count_ = 0;
};

}  // namespace octavo::keyspace
