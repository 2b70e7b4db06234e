#include "exec/match_cache.h"

#include <algorithm>
#include <utility>

#include "exec/spill_space.h"

namespace octavo::exec {
namespace {

constexpr std::size_t kMostBytes = 256 * kMiB;
constexpr std::size_t kWithoutSpace = 4 * kMiB;
constexpr std::size_t kPart = 4;  // of what the query may have, one over this
// So many lookups in, one of sixteen must have been answered.
constexpr std::uint64_t kTrial = 16'384;
constexpr std::uint64_t kWorth = 16;

// Only of these is equality the same in every order of keys: two objects may be one value here and
// two keys to a table.
bool is_plain(const value::Value& key) { return key.is_number() || key.is_string(); }

}  // namespace

MatchCache::MatchCache(const OperatorContext& context) : limit_(context), memory_(context.query) {
  const SpillSpace* const space = context.query.spill;
  most_bytes_ =
      space == nullptr ? kWithoutSpace : std::min(kMostBytes, space->options().query_bytes / kPart);
}

const Rows* MatchCache::find(const value::Value& key) {
  if (!wants(key)) return nullptr;
  ++asked_;
  const auto found = found_.find(key);
  if (found != found_.end()) {
    ++known_;
    return &found->second;
  }
  if (asked_ >= kTrial) {
    given_up_ = known_ < asked_ / kWorth;
    if (given_up_) forget();
    asked_ = known_ = 0;
  }
  return nullptr;
}

bool MatchCache::wants(const value::Value& key) const { return !given_up_ && is_plain(key); }

void MatchCache::add(const value::Value& key, const Rows& matches) {
  if (!wants(key) || matches.size() > kMostMatches) return;
  // What the values hold is charged to the query already.
  const std::size_t own = kEntryBytes + matches.size() * sizeof(value::Value);
  std::size_t bytes = own + key.memory_bytes();
  for (const value::Value& match : matches) bytes += match.memory_bytes();
  if (bytes_ + bytes > most_bytes_ || limit_.reached(bytes_)) forget();
  if (bytes > most_bytes_ || !memory_.add(own)) return;
  charged_ += own;
  bytes_ += bytes;
  found_.insert_or_assign(key, matches);
}

void MatchCache::forget() {
  memory_.remove(std::exchange(charged_, 0));
  found_.clear();
  bytes_ = 0;
}

}  // namespace octavo::exec
