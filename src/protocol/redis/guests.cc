#include "protocol/redis/guests.h"

#include <map>
#include <vector>

#include "protocol/redis/session.h"

namespace octavo::redis {

void Guests::add(const GuestPtr& guest) {
  const std::scoped_lock lock(mutex_);
  guests_.insert(guest);
}

void Guests::remove(const GuestPtr& guest) {
  const std::scoped_lock lock(mutex_);
  guests_.erase(guest);
}

void Guests::tell(void (Session::*look)()) {
  std::map<io::Executor*, std::vector<GuestPtr>> by_executor;
  {
    const std::scoped_lock lock(mutex_);
    for (const GuestPtr& guest : guests_) by_executor[&guest->executor].push_back(guest);
  }
  for (auto& [executor, guests] : by_executor) {
    executor->post([look, batch = std::move(guests)] {
      for (const GuestPtr& guest : batch) {
        if (guest->session != nullptr) (guest->session->*look)();
      }
    });
  }
}

}  // namespace octavo::redis
