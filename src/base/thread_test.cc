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

TEST(Thread, ServesWhileItHoldsWhatOthersWaitFor) {
  const int own = niceness();
  const int raised = may_be_raised() ? own - 5 : own + 8;
  std::thread([&] {
    {
      const ServingMeanwhile nobody_has_set_its_priority;
      EXPECT_EQ(niceness(), own);
    }
    begin_thread("low", ThreadPriority::lowest);
    {
      const ServingMeanwhile outer;
      EXPECT_EQ(niceness(), raised);
      {
        const ServingMeanwhile inner;
        EXPECT_EQ(niceness(), raised);
      }
      EXPECT_EQ(niceness(), raised);
    }
    EXPECT_EQ(niceness(), own + 8);
  }).join();
  std::thread([&] {
    begin_thread("lowered", ThreadPriority::working);
    {
      const ServingMeanwhile outer;
      set_thread_priority(ThreadPriority::lowest);
    }
    EXPECT_EQ(niceness(), own + 8);
  }).join();
}

}  // namespace
}  // namespace octavo
