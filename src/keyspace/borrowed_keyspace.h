#pragma once

// A keyspace of its own that holds what some keys of another hold, without a copy: containers are
// pinned and borrowed. Strings are copied; what runs here takes short ones.

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {

class BorrowedKeyspace {
 public:
  struct Wanted {
    unsigned db;
    std::span<const std::string_view> keys;  // those that have expired are left out
    std::int64_t now_ms;
  };
  // Takes the owner's mutex; waits while a writer wants one of the containers, and holds nothing
  // when it was cancelled in that time. `then` is called at the moment that is borrowed, with the
  // mutex held.
  BorrowedKeyspace(Keyspace& owner, const Wanted& wanted, const CancelToken& token,
                   const std::function<void(BorrowedKeyspace&)>& then = {});
  ~BorrowedKeyspace();
  BorrowedKeyspace(const BorrowedKeyspace&) = delete;
  BorrowedKeyspace& operator=(const BorrowedKeyspace&) = delete;

  Keyspace& view() { return view_; }
  std::vector<const void*> containers() const;

 private:
  struct Borrowed {
    KeyEntry* entry;
    const void* container;
  };

  bool try_borrow(const Wanted& wanted, const std::function<void(BorrowedKeyspace&)>& then);
  void borrow(const KeyEntry& entry);

  Keyspace& owner_;
  Keyspace view_;
  unsigned db_;
  std::vector<Borrowed> borrowed_;
};

}  // namespace octavo::keyspace
