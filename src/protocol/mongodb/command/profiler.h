#pragma once

// The profiler: what is done in a database, for its owner to look at in the collection
// `system.profile`. A database has a level: 0 records nothing, 1 what was slow, 2 everything.
// Levels and entries live as long as the server runs. Of the entries of a database the last
// `kMaxProfileBytes` are kept, as BSON.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/mutex.h"

namespace octavo::mongodb {

inline constexpr std::string_view kProfileCollection = "system.profile";
constexpr std::size_t kMaxProfileBytes = kMiB;

enum class ProfileLevel : std::uint8_t { off, slow, all };

struct ProfileSettings {
  ProfileLevel level = ProfileLevel::off;  // of the database
  // Of the server, for the level `slow`: from how many milliseconds on an operation is slow, and
  // which share of those is recorded.
  std::int64_t slow_ms = 100;
  double sample_rate = 1;

  // Whether an operation that took so long is recorded. Where a share is, chance decides.
  bool wants(std::int64_t taken_ns) const;
};

struct ProfileChange {
  std::optional<ProfileLevel> level = {};
  std::optional<std::int64_t> slow_ms = {};
  std::optional<double> sample_rate = {};
};

// Thread-safe.
class Profiler {
 public:
  ProfileSettings settings(std::string_view database) const;
  // The settings before. A level above `off` makes the collection.
  ProfileSettings change(std::string_view database, const ProfileChange& change);

  // Nothing happens where the collection was dropped meanwhile, and to an entry that is too large.
  void add(std::string_view database, Bytes entry);
  // The oldest first. Nothing: there is no collection.
  std::optional<std::vector<Bytes>> entries(std::string_view database) const;
  bool has_collection(std::string_view database) const;

  // Drops the collection; false: the level is not `off`.
  bool drop(std::string_view database);
  // The database has been dropped: its level is `off`, and nothing is left of its entries.
  void forget(std::string_view database);

 private:
  struct Profile {
    ProfileLevel level = ProfileLevel::off;
    std::deque<Bytes> entries;
    std::size_t bytes = 0;
  };

  void count_levels() OCTAVO_REQUIRES(mutex_);

  // Some level is not `off`: commands look no further where none is.
  std::atomic<bool> on_{false};
  mutable Mutex mutex_;
  std::map<std::string, Profile, std::less<>> profiles_ OCTAVO_GUARDED_BY(mutex_);
  std::int64_t slow_ms_ OCTAVO_GUARDED_BY(mutex_) = ProfileSettings().slow_ms;
  double sample_rate_ OCTAVO_GUARDED_BY(mutex_) = ProfileSettings().sample_rate;
};

}  // namespace octavo::mongodb
