#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "base/rows.h"

namespace octavo {
namespace {

// Beside the niceness of the process. A thread of `working` may hold what others wait for, so it
// still gets two fifths of what one of the usual priority gets, and one of `lowest` a sixth.
// Threads that serve do little at a time and are waited for by everybody. They go before other
// programs as well where the system allows it (CAP_SYS_NICE, or a limit of RLIMIT_NICE: systemd's
// LimitNICE); elsewhere they have the usual priority.
struct PriorityRow {
  ThreadPriority priority;
  int niceness;
};
constexpr std::array kPriorities{
    PriorityRow{ThreadPriority::serving, -5},
    PriorityRow{ThreadPriority::working, 4},
    PriorityRow{ThreadPriority::lowest, 8},
};
static_assert(rows_in_place(kPriorities, &PriorityRow::priority, ThreadPriority::lowest));

// A thread of short slices is let in before one of long slices has used up its own
// (sched_setattr(2); from Linux 6.12, which schedules by deadlines: "EEVDF Scheduler" in its
// documentation). Beside as many busy threads as cores a request waited for up to 15 ms without.
// Other systems ignore it.
constexpr std::uint64_t kShortSliceNs = 300'000;
constexpr std::uint64_t kUsualSlice = 0;

// False: the system does not let this thread have that niceness.
bool set_scheduling(int niceness, std::uint64_t slice_ns) {
  struct {
    std::uint32_t size = 48;  // of the structure's first version
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;  // the slice, under this policy
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } attributes;
  static_assert(sizeof attributes == 48);
  attributes.nice = niceness;
  attributes.runtime = slice_ns;
  return ::syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

void ask_for_short_slices() {
  // Other systems have slices as they are.
  static_cast<void>(set_scheduling(::getpriority(PRIO_PROCESS, 0), kShortSliceNs));
}

int niceness_of(ThreadPriority priority) {
  static const int process = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
  return process + row_of(kPriorities, priority).niceness;
}

struct Standing {
  ThreadPriority priority = ThreadPriority::serving;  // that it was last given
  bool is_raised = false;                             // above that, for a while
};
thread_local Standing standing;
std::atomic<bool> may_raise{true};  // as far as is known

}  // namespace

// Linux gives each thread a niceness of its own (setpriority(2), "C library/kernel differences").
// Should it fail, a thread just gets more of a core than it should.
void set_thread_priority(ThreadPriority priority) {
  standing.priority = priority;
  if (standing.is_raised) return;  // when it no longer is
  [[maybe_unused]] const int done =
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness_of(priority));
  if (priority == ThreadPriority::serving) ask_for_short_slices();
}

ServingMeanwhile::ServingMeanwhile() noexcept {
  const bool serves = standing.is_raised || standing.priority == ThreadPriority::serving;
  if (serves || !may_raise.load(std::memory_order_relaxed)) return;
  is_raised_ = standing.is_raised =
      set_scheduling(niceness_of(ThreadPriority::serving), kShortSliceNs);
  if (!is_raised_) may_raise.store(false, std::memory_order_relaxed);
}

ServingMeanwhile::~ServingMeanwhile() {
  if (!is_raised_) return;
  standing.is_raised = false;
  // A thread may always be lowered; should it fail, it gets more of a core than it should.
  static_cast<void>(set_scheduling(niceness_of(standing.priority), kUsualSlice));
}

void begin_thread(const std::string& name, ThreadPriority priority) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
  set_thread_priority(priority);
}

}  // namespace octavo
