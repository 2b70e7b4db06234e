#pragma once

// JSON (RFC 8259) to values and back.

#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::value {

struct JsonParseOptions {
  enum class Numbers : std::uint8_t {
    // Integers without point or exponent as int64 or uint64 where they fit, all else as float64.
    exact_integers,
    float64,
  };
  enum class Duplicates : std::uint8_t { error, last_wins };

  Numbers numbers = Numbers::exact_integers;
  Duplicates duplicates = Duplicates::error;
  bool sort_fields = false;  // bytewise by name, instead of as they came
  std::size_t max_depth = kMaxNestingDepth;
};

// One JSON value with optional white space around it. Errors are `invalid_argument`, "invalid JSON
// at byte N: …": also for ill-formed UTF-8, lone surrogates, trailing text and numbers that are
// too large for a double; `out_of_range` for what is nested too deeply.
Result<Value> parse_json(BytesView text, const JsonParseOptions& options = {});

struct JsonStyle {
  // Every number is a double; integral ones within ±2^53 have no point. Otherwise float64 always
  // has a point or an exponent, so that it reads back as float64.
  bool doubles = false;
  bool sort_fields = false;
  int indent = 0;  // spaces a level; 0: all on one line without spaces
  // Writes values of the types that JSON lacks (timestamp, bytes, geometry, …). Without it they are
  // written as docs/formats/value.md says.
  void (*present)(const Value& value, Bytes& out) = nullptr;
};

// Appends. Infinities and NaN become null.
void write_json(const Value& value, Bytes& out, const JsonStyle& style = {});
std::string to_json(const Value& value, const JsonStyle& style = {});

// A string with its quotes; only what must be escaped is.
void write_json_string(std::string_view utf8, Bytes& out);
// The shortest text that reads back as `number`: "0.1", "1e300", "123456789012345680.0", "-0.0".
// `plain_integers`: integral numbers within ±2^53 (except -0.0) without ".0".
void write_json_number(double number, Bytes& out, bool plain_integers);

}  // namespace octavo::value
