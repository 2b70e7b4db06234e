// A script of anybody's ends in its time and its memory, with a value of BSON or with an error.

#include <array>

#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory_pool.h"
#include "dialect/mongodb/javascript/script.h"
#include "fuzz.h"

using octavo::kMiB;
using octavo::value::Value;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kMostTime = 50'000'000;
  constexpr std::int64_t kFarTooLong = 5'000'000'000;
  octavo::MemoryPool pool("fuzz", 64 * kMiB);
  octavo::value::Account account(pool, 32 * kMiB);
  octavo::function::EvalContext context;
  context.account = &account;
  context.clock = &octavo::system_clock();
  const std::int64_t began = context.clock->monotonic_ns();
  context.deadline_ns = began + kMostTime;
  const std::array codes{octavo::fuzz::input(data, size)};
  const Value program = octavo::mongodb::make_script(Value(), codes);
  const Value self = Value::object({{"a", Value::int32(1)}, {"b", Value::array({Value::null()})}});
  const std::array arguments{self, Value::string("x")};
  const auto result =
      octavo::mongodb::call_script(program, {.self = &self, .arguments = arguments}, context);
  if (!result) ASSERT(!result.error().what.empty());
  ASSERT(context.clock->monotonic_ns() - began < kFarTooLong);
  return 0;
}
