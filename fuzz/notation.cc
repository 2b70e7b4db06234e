// Text of values, expressions and plans: what reads prints to text that reads the same.

#include "value/notation.h"

#include "algebra/parse.h"
#include "base/assert.h"
#include "fuzz.h"

using namespace octavo;

namespace {

void check_value(std::string_view text) {
  const auto value = value::read_notation(text);
  if (!value) return;
  std::string written;
  value::write_notation(*value, written);
  std::string_view rest = written;
  const auto again = value::read_notation(rest);
  ASSERT(again && rest.empty() && *again == *value);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::input(data, size);
  check_value(text);
  if (const auto expression = algebra::parse_expression(text, nullptr)) {
    const std::string printed = algebra::print(*expression, nullptr);
    const auto again = algebra::parse_expression(printed, nullptr);
    ASSERT(again && algebra::print(*again, nullptr) == printed);
  }
  if (const auto plan = algebra::parse_plan(text, nullptr)) {
    const std::string printed = algebra::print(*plan, nullptr);
    const auto again = algebra::parse_plan(printed, nullptr);
    ASSERT(again && algebra::print(*again, nullptr) == printed);
  }
  return 0;
}
