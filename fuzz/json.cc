// What parses prints to text that parses to the same value; no input does harm.

#include "value/json.h"

#include "base/assert.h"
#include "fuzz.h"

using octavo::value::JsonParseOptions;
using octavo::value::Value;

namespace {

void round_trip(std::string_view text, const JsonParseOptions& options) {
  const auto parsed = octavo::value::parse_json(text, options);
  if (!parsed) {
    ASSERT(!parsed.error().what.empty());
    return;
  }
  ASSERT(parsed->depth() <= options.max_depth);
  const std::string printed = octavo::value::to_json(*parsed);
  const auto again = octavo::value::parse_json(printed);
  ASSERT(again && *again == *parsed);
  ASSERT(octavo::value::to_json(*again) == printed);
  const auto indented = octavo::value::parse_json(
      octavo::value::to_json(*parsed, {.doubles = true, .sort_fields = true, .indent = 1}));
  ASSERT(indented.has_value());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = octavo::fuzz::input(data, size);
  round_trip(text, {});
  round_trip(text, {.numbers = JsonParseOptions::Numbers::float64,
                    .duplicates = JsonParseOptions::Duplicates::last_wins,
                    .sort_fields = true});
  return 0;
}
