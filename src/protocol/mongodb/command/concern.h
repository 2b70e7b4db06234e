#pragma once

// What a command says of the reads and writes that it asks for, and of the API that it was written
// for.

#include <cstdint>
#include <optional>
#include <string>

#include "base/durability.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// BSON's Timestamp: a place in the set's order of operations.
struct LogTime {
  std::uint32_t seconds = 0;
  std::uint32_t increment = 0;

  friend auto operator<=>(const LogTime&, const LogTime&) = default;
  value::Value to_value() const { return value::Value::log_stamp(seconds, increment); }
};

enum class ReadLevel : std::uint8_t { local, available, majority, linearizable, snapshot };

struct ReadConcern {
  bool given = false;
  ReadLevel level = ReadLevel::local;
  bool level_given = false;
  std::optional<LogTime> after_cluster_time;
  std::optional<LogTime> at_cluster_time;
};

struct WriteConcern {
  bool given = false;
  std::int64_t nodes = 1;  // w, unless `mode`
  bool nodes_given = false;
  std::string mode;      // "majority", a tag; empty: `nodes`
  bool journal = false;  // j
  bool journal_given = false;
  std::int64_t timeout_ms = 0;
  value::Value original;  // as it was given, for messages

  // More than a set of one member has: "majority" is that one.
  bool asks_for_others() const;
  // Nobody waits for what was written, or for its failure.
  bool unacknowledged() const { return mode.empty() && nodes == 0 && !journal; }
  // How durable a write is before it is answered, to a table that promises so much. A number of
  // members without `j`, and `j: false`, ask for less than the disk; the default and "majority" do
  // not (manual, "Write Concern": Acknowledgment Behavior).
  Durability promised(Durability of_table) const;
};

struct ApiVersion {
  bool given = false;  // "1"
  bool strict = false;
  bool deprecation_errors = false;
};

Result<ReadConcern> parse_read_concern(const value::Value& document);
Result<WriteConcern> parse_write_concern(const value::Value& document);

}  // namespace octavo::mongodb
