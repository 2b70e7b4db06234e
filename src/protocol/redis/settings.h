#pragma once

// The parameters of CONFIG GET and CONFIG SET: one table of Redis 7.0's names and defaults. Most
// are kept and shown only; those with an effect say so in docs/protocols/redis.md.

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/durability.h"
#include "base/result.h"

namespace octavo::redis {

class Settings {
 public:
  Settings();

  // Name and value of each parameter that matches a glob pattern, by name.
  std::vector<std::pair<std::string, std::string>> matching(std::string_view pattern) const;
  std::string get(std::string_view name) const;

  // All or none. The error is what CONFIG SET replies.
  Status set(const std::vector<std::pair<std::string_view, std::string_view>>& changes);

  // `appendfsync`: what a reply promises.
  Durability durability() const {
    return always_.load(std::memory_order_relaxed) ? Durability::disk : Durability::os;
  }
  std::int64_t max_memory() const { return max_memory_.load(std::memory_order_relaxed); }
  std::int64_t max_bulk_bytes() const { return max_bulk_bytes_.load(std::memory_order_relaxed); }

 private:
  void take_effect(std::string_view name, std::string_view value);

  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_;
  std::atomic<bool> always_{false};
  std::atomic<std::int64_t> max_memory_{0};
  std::atomic<std::int64_t> max_bulk_bytes_;
};

// "100mb" and the like, as Redis reads them; nullopt when it is no size.
std::optional<std::int64_t> parse_memory_size(std::string_view text);

}  // namespace octavo::redis
