#include "function/javascript/guard.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "function/javascript/duktape_config.h"

namespace octavo::javascript {
namespace {

constexpr std::size_t kMostStackBytes = 512 * kKiB;
// How often clocks are looked at.
constexpr std::size_t kAllocationsPerLook = 512;
constexpr std::size_t kCallsPerLook = 4'096;
constexpr std::size_t kBytesPerLook = kMiB;
// What is refused makes the machine collect garbage, and ask again up to ten times: what the first
// time does not bring none will.
constexpr std::size_t kMostRefusals = 64;
constexpr std::size_t kMostRefusalsRunning = 2;
// Once it is over memory is given out, so that scripts come to where they are ended; one in so many
// allocations fails, so that native loops end. Nothing large is given.
constexpr std::size_t kAllocationsToTheEnd = 300'000;
constexpr std::size_t kMostBytesToTheEnd = kMiB;

thread_local Guard* running = nullptr;

// Before each block that the heap has.
struct alignas(16) Block {
  std::size_t bytes;
};

Block* block_of(void* payload) { return static_cast<Block*>(payload) - 1; }

}  // namespace

Guard::Run::Run(Guard& guard, function::EvalContext& context)
    : guard_(guard), before_(std::exchange(running, &guard)) {
  guard.context_ = &context;
  guard.charge_.emplace(context.account);
  guard.clock_ = context.clock == nullptr ? &system_clock() : context.clock;
  guard.until_ns_ = guard.clock_->monotonic_ns() + kMostTime.count();
  guard.stack_ = static_cast<const char*>(__builtin_frame_address(0));
  guard.refusals_ = 0;
  guard.refusals_running_ = 0;
  guard.refused_.reset();
  begun_ = guard.charge_->add(guard.used_);
}

Guard::Run::~Run() {
  guard_.charge_.reset();
  guard_.context_ = nullptr;
  running = before_;
}

Guard* Guard::current() { return running; }

bool Guard::must_end() {
  if (over_ || context_ == nullptr) return is_over();
  Status status = context_->check();
  if (status) status = context_->check_now();
  if (!status) {
    end(std::move(status).error());
  } else if (clock_->monotonic_ns() >= until_ns_) {
    end(Error{.code = Code::user_error, .what = "JavaScript execution took too long"});
  }
  return is_over();
}

void Guard::end(Error why) {
  if (!over_) over_ = std::move(why);
}

std::optional<Error> Guard::why() const { return over_ ? over_ : refused_; }

bool Guard::stack_is_short(const void* here) {
  if (++calls_ % kCallsPerLook == 0) must_end();
  if (over_) return true;
  const auto used = stack_ - static_cast<const char*>(here);
  return used > static_cast<std::ptrdiff_t>(kMostStackBytes);
}

bool Guard::spend(std::size_t bytes) {
  looked_at_ += bytes;
  if (looked_at_ >= kBytesPerLook) {
    looked_at_ = 0;
    must_end();
  }
  return is_over();
}

bool Guard::refuse(Error why) {
  refused_ = std::move(why);
  ++refusals_;
  if (++refusals_running_ >= kMostRefusalsRunning || refusals_ >= kMostRefusals) end(*refused_);
  must_end();
  return false;
}

bool Guard::take(std::size_t bytes) {
  ++allocations_;
  if (over_) {
    if (allocations_ % kAllocationsToTheEnd == 0 || bytes > kMostBytesToTheEnd) return false;
    used_ += bytes;
    return true;
  }
  if (allocations_ % kAllocationsPerLook == 0) must_end();
  if (bytes > kMostHeapBytes - std::min(used_, kMostHeapBytes)) {
    return refuse(Error{.code = Code::user_error, .what = "Out of memory"});
  }
  if (charge_) {
    Status charged = charge_->add(bytes);
    if (!charged) return refuse(std::move(charged).error());
  }
  used_ += bytes;
  refusals_running_ = 0;
  return true;
}

void Guard::give_back(std::size_t bytes) {
  used_ -= bytes;
  if (charge_ && !over_) charge_->remove(bytes);
}

void* Guard::allocate(std::size_t bytes) {
  const std::size_t all = bytes + sizeof(Block);
  if (bytes == 0 || all < bytes || !take(all)) return nullptr;
  auto* const block = static_cast<Block*>(std::malloc(all));
  if (block == nullptr) {
    give_back(all);
    return nullptr;
  }
  block->bytes = all;
  return block + 1;
}

void* Guard::reallocate(void* payload, std::size_t bytes) {
  if (payload == nullptr) return allocate(bytes);
  if (bytes == 0) {
    release(payload);
    return nullptr;
  }
  Block* const block = block_of(payload);
  const std::size_t before = block->bytes;
  const std::size_t all = bytes + sizeof(Block);
  if (all < bytes || (all > before && !take(all - before))) return nullptr;
  auto* const moved = static_cast<Block*>(std::realloc(block, all));
  if (moved == nullptr) {
    if (all > before) give_back(all - before);
    return nullptr;
  }
  if (all < before) give_back(before - all);
  moved->bytes = all;
  return moved + 1;
}

void Guard::release(void* payload) {
  if (payload == nullptr) return;
  Block* const block = block_of(payload);
  give_back(block->bytes);
  std::free(block);
}

}  // namespace octavo::javascript

extern "C" int octavo_script_must_end(void* memory) {
  return static_cast<octavo::javascript::Guard*>(memory)->must_end() ? 1 : 0;
}

extern "C" int octavo_script_stack_is_short() {
  octavo::javascript::Guard* const guard = octavo::javascript::Guard::current();
  return guard != nullptr && guard->stack_is_short(__builtin_frame_address(0)) ? 1 : 0;
}

extern "C" int octavo_script_compare(const void* a, const void* b, std::size_t bytes) {
  constexpr std::size_t kLong = 64;
  if (bytes >= kLong) {
    octavo::javascript::Guard* const guard = octavo::javascript::Guard::current();
    if (guard != nullptr && guard->spend(bytes)) return 1;
  }
  return std::memcmp(a, b, bytes);
}
