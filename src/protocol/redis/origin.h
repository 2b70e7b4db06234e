#pragma once

// Where the keys come from while this server is a replica, as the log keeps it
// (keyspace::Keyspace::origin): with the writes that came, how far that was.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace octavo::redis {

struct Origin {
  std::string host;
  std::uint16_t port = 0;
  std::string id;            // of the master's stream; empty: nothing was taken from it yet
  std::uint64_t offset = 0;  // of the stream: what was applied
  unsigned db = 0;           // which is selected there
  bool loading = false;      // what is there is a part of a snapshot

  std::string text() const;
  static std::optional<Origin> parse(std::string_view text);
  friend bool operator==(const Origin&, const Origin&) = default;
};

}  // namespace octavo::redis
