#include "protocol/redis/guests.h"

#include <map>
#include <vector>

#include "protocol/redis/session.h"

namespace octavo::redis {

void Guests::add(const Guest& guest) {
  const MutexLock lock(mutex_);
  guests_.insert(guest);
}

void Guests::remove(const Guest& guest) {
  const MutexLock lock(mutex_);
  guests_.erase(guest);
}

void Guests::tell(void (Session::*look)()) {
  std::map<io::Executor*, std::vector<Guest>> by_executor;
  {
    const MutexLock lock(mutex_);
    for (const Guest& guest : guests_) by_executor[&guest.executor()].push_back(guest);
  }
  for (auto& [executor, guests] : by_executor) {
    executor->post([look, batch = std::move(guests)] {
      for (const Guest& guest : batch) {
        if (Session* const session = guest.get()) (session->*look)();
      }
    });
  }
}

}  // namespace octavo::redis
