#include "protocol/common/login_limiter.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/crypto.h"

namespace octavo::protocol {
namespace {

constexpr std::size_t kIpv6Bytes = 16;
constexpr std::size_t kNetworkBytes = 8;
// ::ffff:a.b.c.d is an IPv4 address in other words, and counts as a whole.
constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
// A client may send a long name; the entries stay small.
constexpr std::size_t kNameDigestBytes = 16;
constexpr std::size_t kMaxNameBytes = 256;
constexpr std::int64_t kTellAgainNs = 60'000'000'000;

std::string network_of(std::string_view host) {
  std::string text(host);
  std::array<unsigned char, kIpv6Bytes> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  const bool mapped = std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
  return {reinterpret_cast<const char*>(bytes.data()), mapped ? kIpv6Bytes : kNetworkBytes};
}

}  // namespace

LoginOrigin::LoginOrigin(std::string_view host, std::string_view name)
    : address(network_of(host)),
      user(address + '/' + sha256(name.substr(0, kMaxNameBytes)).substr(0, kNameDigestBytes)) {}

Nanoseconds LoginLimiter::Table::delay(const std::string& key, std::int64_t now_ns) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return Nanoseconds(0);
  const std::int64_t ahead_ns = found->second.paid_until_ns - now_ns;
  return Nanoseconds(std::max<std::int64_t>(ahead_ns - free_ns(), 0));
}

bool LoginLimiter::Table::add(const std::string& key, std::int64_t now_ns) {
  if (entries_.size() >= limit_ && !entries_.contains(key)) make_room(now_ns);
  Entry& entry = entries_[key];
  entry.paid_until_ns = std::max(entry.paid_until_ns, now_ns) + rate_.interval.count();
  const bool used_up = entry.paid_until_ns - now_ns > free_ns();
  const bool told = entry.told_ns != 0 && now_ns - entry.told_ns < kTellAgainNs;
  if (!used_up || told) return false;
  entry.told_ns = now_ns;
  return true;
}

void LoginLimiter::Table::make_room(std::int64_t now_ns) {
  std::erase_if(entries_,
                [now_ns](const auto& item) { return item.second.paid_until_ns <= now_ns; });
  if (entries_.size() < limit_) return;
  entries_.erase(std::ranges::min_element(
      entries_, {}, [](const auto& item) { return item.second.paid_until_ns; }));
}

Nanoseconds LoginLimiter::delay(const LoginOrigin& origin, std::int64_t now_ns) const {
  const MutexLock lock(mutex_);
  return std::max(users_.delay(origin.user, now_ns), addresses_.delay(origin.address, now_ns));
}

bool LoginLimiter::enter(const LoginOrigin& origin) {
  const MutexLock lock(mutex_);
  std::size_t& waiting = waiting_[origin.address];
  if (waiting >= limits_.waiting) return false;
  ++waiting;
  return true;
}

void LoginLimiter::leave(const LoginOrigin& origin) {
  const MutexLock lock(mutex_);
  const auto found = waiting_.find(origin.address);
  if (--found->second == 0) waiting_.erase(found);
}

bool LoginLimiter::failed(const LoginOrigin& origin, std::int64_t now_ns) {
  const MutexLock lock(mutex_);
  const bool of_user = users_.add(origin.user, now_ns);
  const bool of_address = addresses_.add(origin.address, now_ns);
  return of_user || of_address;
}

std::size_t LoginLimiter::size() const {
  const MutexLock lock(mutex_);
  return users_.size() + addresses_.size();
}

}  // namespace octavo::protocol
