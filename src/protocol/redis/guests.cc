#include "protocol/redis/guests.h"

#include <map>

#include "protocol/redis/session.h"

namespace octavo::redis {

void Guests::add(const GuestPtr& guest) {
  const std::scoped_lock lock(mutex_);
  guests_.push_back(guest);
}

void Guests::remove(const GuestPtr& guest) {
  const std::scoped_lock lock(mutex_);
  std::erase(guests_, guest);
}

void Guests::rights_changed() {
  std::map<io::Executor*, std::vector<GuestPtr>> by_executor;
  {
    const std::scoped_lock lock(mutex_);
    for (const GuestPtr& guest : guests_) by_executor[&guest->executor].push_back(guest);
  }
  for (auto& [executor, guests] : by_executor) {
    executor->post([batch = std::move(guests)] {
      for (const GuestPtr& guest : batch) {
        if (guest->session != nullptr) guest->session->look_at_rights();
      }
    });
  }
}

}  // namespace octavo::redis
