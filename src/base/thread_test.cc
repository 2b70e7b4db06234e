#include "base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace octavo {
namespace {

int niceness() { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); }

// Whether the system lets a thread go before others.
bool may_be_raised() {
  bool may = false;
  std::thread([&may] {
    may = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness() - 5) == 0;
  }).join();
  return may;
}

TEST(Thread, HasItsNameAndItsPriorityAndLeavesOthersAlone) {
  const int own = niceness();
  for (const auto& [priority, above] :
       {std::pair{ThreadPriority::serving, may_be_raised() ? -5 : 0},
        std::pair{ThreadPriority::working, 4}, std::pair{ThreadPriority::lowest, 8}}) {
    std::thread([&] {
      begin_thread("a name of more than 15 bytes", priority);
      char name[64] = {};
      ::pthread_getname_np(::pthread_self(), name, sizeof name);
      EXPECT_STREQ(name, "a name of more ");
      EXPECT_EQ(niceness(), std::min(own + above, 19));
    }).join();
  }
  EXPECT_EQ(niceness(), own);
}

}  // namespace
}  // namespace octavo
