#include "exec/interests.h"

#include <algorithm>
#include <utility>

#include "index/index.h"
#include "value/key.h"

namespace octavo::exec {
namespace {

// Looked at one by one for each change: more of them count as an interest in everything.
constexpr std::size_t kMaxRanges = 64;

}  // namespace

Interests::Interest::Interest(std::shared_ptr<Interests> all, const algebra::Scan& scan)
    : all_(std::move(all)) {
  if (const auto* set = std::get_if<algebra::KeySet>(&scan.keys); set != nullptr && !scan.index) {
    points_ = set->keys;
  } else if (const auto* range = std::get_if<algebra::KeyRange>(&scan.keys);
             !scan.index && (range->lower.value || range->upper.value)) {
    auto entries = index::entry_range(*range);
    ranges_.emplace_back(std::move(entries.lower), std::move(entries.upper));
  } else {
    every_key_ = true;
  }
  all_->add(*this);
}

Interests::Interest::~Interest() { all_->remove(*this); }

void Interests::add(const Interest& interest) {
  const MutexLock lock(mutex_);
  if (interest.every_key_) everything_.fetch_add(1, std::memory_order_relaxed);
  for (const value::Value& key : interest.points_) {
    Point& point = points_[value::encoded_key(key)];
    point.key = key;
    ++point.listeners;
  }
  for (const auto& range : interest.ranges_) ++ranges_[range];
}

void Interests::remove(const Interest& interest) {
  const MutexLock lock(mutex_);
  if (interest.every_key_) everything_.fetch_sub(1, std::memory_order_relaxed);
  for (const value::Value& key : interest.points_) {
    const auto at = points_.find(value::encoded_key(key));
    if (--at->second.listeners == 0) points_.erase(at);
  }
  for (const auto& range : interest.ranges_) {
    const auto at = ranges_.find(range);
    if (--at->second == 0) ranges_.erase(at);
  }
}

bool Interests::wants(BytesView key) const {
  if (everything_.load(std::memory_order_relaxed) > 0) return true;
  const MutexLock lock(mutex_);
  if (ranges_.size() > kMaxRanges || points_.contains(key)) return true;
  return std::ranges::any_of(ranges_, [&](const auto& range) {
    return range.first.first <= key && key < range.first.second;
  });
}

std::optional<std::vector<value::Value>> Interests::only_points() const {
  const MutexLock lock(mutex_);
  if (everything_.load(std::memory_order_relaxed) > 0 || !ranges_.empty()) return std::nullopt;
  std::vector<value::Value> keys;
  keys.reserve(points_.size());
  for (const auto& [encoded, point] : points_) keys.push_back(point.key);
  return keys;
}

}  // namespace octavo::exec
