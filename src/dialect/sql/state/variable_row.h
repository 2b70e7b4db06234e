#pragma once

// System variables as rows. A variable that is only kept changes nothing here, as buffer sizes do
// not; one whose effect would be missed may be set to what it is alone (kFixed).

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::sql {

class VariableValues;
class SessionState;

enum class VariableKind : std::uint8_t {
  boolean,  // int64: 0 or 1; shown as OFF and ON
  integer,  // int64, uint64
  real,     // float64
  text,     // string
  choice,   // string: one of the row's words
};

namespace variable_flag {
enum Bit : std::uint16_t {
  kSession = 1 << 0,   // each session has its own
  kGlobal = 1 << 1,    // the server has one, with which sessions begin
  kReadOnly = 1 << 2,  // 1238
  kFixed = 1 << 3,     // may be set to its fallback alone: 1231
  kNullable = 1 << 4,
  kGlobalOnlySet = 1 << 5,  // of a session's own: read only there
};
constexpr std::uint16_t kBoth = kSession | kGlobal;
}  // namespace variable_flag

struct VariableRow {
  std::string_view name;
  std::uint16_t flags = 0;  // variable_flag
  VariableKind kind = VariableKind::text;
  std::string_view fallback = {};  // as `value_of_text` reads it; NULL where it may be null
  std::int64_t least = 0;          // of integers; what is outside becomes the nearest, with 1292
  std::uint64_t most = 0;
  std::span<const std::string_view> words = {};

  // What is kept of a value that was given, of the row's kind by then: another form of it, or 1231
  // and its kin. Null: as it is.
  Result<value::Value> (*check)(const VariableRow& row, value::Value given) = nullptr;
  // Of a variable that is another's other face: kept there. Both or neither.
  value::Value (*derived)(const VariableValues& values) = nullptr;
  void (*derive)(VariableValues& values, const value::Value& value) = nullptr;
  // Of a variable that lives in the session and is not kept. `set_live` is null where it is read
  // only.
  value::Value (*live)(const SessionState& session) = nullptr;
  void (*set_live)(SessionState& session, const value::Value& value) = nullptr;

  bool has(variable_flag::Bit bit) const { return (flags & bit) != 0; }
};

// By name.
std::span<const VariableRow> variable_rows();
// In any case; null: there is none.
const VariableRow* find_variable(std::string_view name);
// Of a row that there is: where it stands.
std::size_t number_of(const VariableRow& row);

}  // namespace octavo::sql
