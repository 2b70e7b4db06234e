#pragma once

// How often logins may fail. Counted twice: for an address as one user, and for an address as
// whomever. Each has a burst of failures that cost nothing, and then one more with each interval.
// Who has used that up waits for its turn before a password is looked at. So a client with an old
// password slows down the logins of its own user from its own address, one that tries many names
// those of its address, and other addresses never notice. Logins that are right cost nothing.
//
// No I/O, no clock of its own (times are monotonic); any thread. The tables are bounded: when one
// is full, whoever is the nearest to being forgiven is forgotten.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"

namespace octavo::protocol {

struct LoginRate {
  Nanoseconds interval;
  std::int64_t burst;
};

struct LoginLimits {
  LoginRate user{std::chrono::seconds(1), 20};             // as one user, from one address
  LoginRate address{std::chrono::milliseconds(100), 100};  // from one address
  Nanoseconds patience = std::chrono::seconds(2);          // how long a login waits for its turn
  std::size_t waiting = 64;                                // logins of one address that wait
  std::size_t entries = 8192;                              // of each of the two tables
};

// Whose failures count together.
struct LoginOrigin {
  // `host` is an address in its text form, `user` what the client says.
  LoginOrigin(std::string_view host, std::string_view user);
  std::string address;  // an IPv6 address counts by its /64, which is what one customer has
  std::string user;     // of that address
};

class LoginLimiter {
 public:
  explicit LoginLimiter(LoginLimits limits = {})
      : limits_(limits),
        users_(limits.user, limits.entries),
        addresses_(limits.address, limits.entries) {}

  const LoginLimits& limits() const { return limits_; }

  // How long the next login has to wait; 0: not at all.
  Nanoseconds delay(const LoginOrigin& origin, std::int64_t now_ns) const;
  // Whether one more login of the address may wait; each that did says so with `leave`.
  bool enter(const LoginOrigin& origin);
  void leave(const LoginOrigin& origin);
  // True when somebody should be told: the next one will have to wait, and nothing was said of it
  // for a minute.
  bool failed(const LoginOrigin& origin, std::int64_t now_ns);

  std::size_t size() const;

 private:
  // Failures by one kind of key. The names are those of the generic cell rate algorithm: each
  // failure costs an interval, and what is paid lies in the future.
  class Table {
   public:
    Table(LoginRate rate, std::size_t limit) : rate_(rate), limit_(limit) {}
    Nanoseconds delay(const std::string& key, std::int64_t now_ns) const;
    bool add(const std::string& key, std::int64_t now_ns);  // as `failed`
    std::size_t size() const { return entries_.size(); }

   private:
    struct Entry {
      std::int64_t paid_until_ns = 0;
      std::int64_t told_ns = 0;  // 0: never
    };
    std::int64_t free_ns() const { return (rate_.burst - 1) * rate_.interval.count(); }
    void make_room(std::int64_t now_ns);

    LoginRate rate_;
    std::size_t limit_;
    std::unordered_map<std::string, Entry> entries_;
  };

  const LoginLimits limits_;
  mutable Mutex mutex_;
  Table users_ OCTAVO_GUARDED_BY(mutex_);
  Table addresses_ OCTAVO_GUARDED_BY(mutex_);
  // By address; none of them 0.
  std::unordered_map<std::string, std::size_t> waiting_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::protocol
