#include "keyspace/key_scan.h"

#include <algorithm>

#include "keyspace/keyspace.h"
#include "keyspace/type/glob.h"

namespace octavo::keyspace {

KeyScan::KeyScan(Keyspace& keyspace, unsigned db, std::int64_t now_ms, std::string_view pattern)
    : keyspace_(keyspace), now_ms_(now_ms), pattern_(pattern), all_(pattern == "*") {
  const auto guard = keyspace.lock();
  keys_ = &keyspace.database(db).keys();
  left_ = keys_->size();
  keyspace.scans_.push_back(this);
}

KeyScan::~KeyScan() {
  const auto guard = keyspace_.lock();
  std::erase(keyspace_.scans_, this);
}

bool KeyScan::step(std::size_t keys, Bytes& out) {
  Bytes found;
  bool more = false;
  {
    const auto guard = keyspace_.lock();
    for (; left_ > 0 && keys > 0; --keys) {
      const KeyEntry& entry = *keys_->at(--left_);
      if (passed_over_.empty() || passed_over_.erase(&entry) == 0) note(entry);
    }
    found.swap(pending_);
    more = left_ > 0;
  }
  out.append(found);
  return more;
}

void KeyScan::note(const KeyEntry& entry) {
  if (entry.expired_at(now_ms_)) return;
  if (!all_ && !glob_matches(pattern_, entry.key())) return;
  names_.bulk(entry.key());
  ++found_;
}

void KeyScan::before_erase(const KeyEntry& entry) {
  const std::uint32_t last = keys_->size() - 1;
  if (entry.position < left_) {
    if (passed_over_.erase(&entry) == 0) note(entry);
    // The last entry takes its place.
    if (last >= left_) passed_over_.insert(keys_->at(last));
  }
  left_ = std::min(left_, last);
}

}  // namespace octavo::keyspace
