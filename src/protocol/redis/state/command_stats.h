#pragma once

// How often each command ran, how long, and with what end: INFO commandstats and latencystats,
// LATENCY HISTOGRAM. Everything with the keyspace's mutex held.

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "keyspace/command.h"

namespace octavo::redis {

class CommandStats {
 public:
  // Buckets of durations: powers of two of a microsecond, each in four parts.
  static constexpr unsigned kParts = 4;
  static constexpr unsigned kPowers = 32;

  struct Row {
    std::string_view name;
    std::uint64_t calls = 0;
    std::uint64_t failed = 0;
    std::uint64_t rejected = 0;
    std::uint64_t nanoseconds = 0;
    std::array<std::uint64_t, kPowers * kParts> histogram{};

    // Microseconds that `share` of the calls took at most.
    double percentile(double share) const;
    // How many took less than two to the power of `power` microseconds; of 0: one or less.
    std::uint64_t within(unsigned power) const;
  };

  void called(const keyspace::CommandSpec& row, std::int64_t duration_ns, bool failed) {
    called(row, 1, failed ? 1 : 0, duration_ns);
  }
  // `count` calls, `failed` of them with an error, that took `duration_ns` in all: each is taken to
  // have had its share.
  void called(const keyspace::CommandSpec& row, std::size_t count, std::size_t failed,
              std::int64_t duration_ns);
  void rejected(const keyspace::CommandSpec& row) { ++row_of(row).rejected; }
  // Of a call that was counted when it began to wait, and has ended with an error.
  void failed(const keyspace::CommandSpec& row) { ++row_of(row).failed; }
  // Takes over what was counted elsewhere.
  void add(const CommandStats& other);
  bool empty() const { return rows_.empty(); }
  void reset() {
    rows_.clear();
    last_ = nullptr;
  }
  std::vector<const Row*> by_name() const;
  // Null: it has not been called.
  const Row* find(const keyspace::CommandSpec& row) const;

 private:
  Row& row_of(const keyspace::CommandSpec& row);

  std::unordered_map<const keyspace::CommandSpec*, Row> rows_;
  const keyspace::CommandSpec* last_ = nullptr;  // commands come in runs of the same
  Row* last_row_ = nullptr;
};

}  // namespace octavo::redis
