#pragma once

// What a script may use and what ends it: the statement's end and deadline, a time of its own, its
// memory, the stack. Asked by the machine of scripts in three places that no script gets around:
// all few milliseconds of its own code, in each allocation, and where native code recurses (which
// steps of regular expressions do).
//
// Once it is over it stays so: the engine is of no further use.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/limits.h"
#include "base/result.h"
#include "function/family.h"
#include "value/account.h"

namespace octavo::javascript {

// Of one engine: beside what the statement may have.
constexpr std::size_t kMostHeapBytes = 128 * kMiB;
// Of one call.
constexpr Nanoseconds kMostTime = std::chrono::seconds(60);

// One thread at a time.
class Guard {
 public:
  Guard() = default;
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // A time in which scripts run, for a statement: what the heap holds is charged to its account
  // for as long. The stack that scripts may use is counted from here.
  class Run {
   public:
    Run(Guard& guard, function::EvalContext& context);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    // The account has no room for what the heap holds already.
    const Status& begun() const { return begun_; }

   private:
    Guard& guard_;
    Guard* before_;
    Status begun_;
  };

  // The one that runs on this thread; null: none.
  static Guard* current();

  // Looks at clocks and at who may end the statement. True: scripts have to end.
  bool must_end();
  bool is_over() const { return over_.has_value(); }
  void end(Error why);
  // Why it is over, or what memory it was refused last. Nothing: neither.
  std::optional<Error> why() const;

  bool stack_is_short(const void* here);
  // So much was looked at by native code; true: it is over.
  bool spend(std::size_t bytes);

  // Hooks of the heap.
  void* allocate(std::size_t bytes);
  void* reallocate(void* block, std::size_t bytes);
  void release(void* block);
  std::size_t bytes() const { return used_; }

 private:
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes);
  bool refuse(Error why);

  function::EvalContext* context_ = nullptr;  // while it runs
  std::optional<value::Charge> charge_;
  Clock* clock_ = nullptr;
  std::int64_t until_ns_ = 0;
  const char* stack_ = nullptr;
  std::size_t used_ = 0;
  std::size_t allocations_ = 0;
  std::size_t calls_ = 0;
  std::size_t looked_at_ = 0;
  std::size_t refusals_ = 0;
  std::size_t refusals_running_ = 0;  // one after the other
  std::optional<Error> refused_;
  std::optional<Error> over_;
};

}  // namespace octavo::javascript
