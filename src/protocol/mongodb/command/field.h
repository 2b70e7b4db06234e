#pragma once

// What a field of a command may be, as a row, and the checks that all commands have in common, made
// from such rows before a command runs: docs/protocols/mongodb.md, "arguments".

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// A set of BSON's types, as bits.
using FieldTypes = std::uint32_t;
namespace field {
inline constexpr FieldTypes kDouble = 1U << 0;
inline constexpr FieldTypes kString = 1U << 1;
inline constexpr FieldTypes kObject = 1U << 2;
inline constexpr FieldTypes kArray = 1U << 3;
inline constexpr FieldTypes kBinary = 1U << 4;
inline constexpr FieldTypes kObjectId = 1U << 5;
inline constexpr FieldTypes kBool = 1U << 6;
inline constexpr FieldTypes kDate = 1U << 7;
inline constexpr FieldTypes kNull = 1U << 8;
inline constexpr FieldTypes kRegex = 1U << 9;
inline constexpr FieldTypes kInt = 1U << 10;
inline constexpr FieldTypes kTimestamp = 1U << 11;
inline constexpr FieldTypes kLong = 1U << 12;
inline constexpr FieldTypes kDecimal = 1U << 13;
inline constexpr FieldTypes kOther = 1U << 14;  // what only few commands ever see

inline constexpr FieldTypes kNumber = kInt | kLong | kDouble | kDecimal;
// What stands for true and false where numbers do as well ("safe bool"). Where only a boolean does,
// the row says kBool.
inline constexpr FieldTypes kFlag = kBool | kNumber;
inline constexpr FieldTypes kAny = ~FieldTypes{0};
}  // namespace field

enum class FieldRule : std::uint8_t {
  optional,  // null and undefined are as if it were not there
  required,  // 40414 where it is not there, or null
  // The command looks at null itself, or refuses it as a wrong type (`types` says which).
  null_is_a_value,
  ignored,   // of old clients, or about what has no meaning here: its type is looked at, no more
  unstable,  // optional, and not in the Stable API: 323 where `apiStrict`
};

struct FieldRow {
  std::string_view name;
  FieldTypes types = field::kAny;
  FieldRule rule = FieldRule::optional;
};

// The type of a value among those bits.
FieldTypes field_type(const value::Value& value);
// As messages name it: "string", "long", "object".
std::string_view field_type_name(const value::Value& value);

// BSON field 'PATH' is the wrong type 'int', expected type 'string' (14).
std::unexpected<Error> wrong_type(std::string_view path, const value::Value& value,
                                  FieldTypes expected);

// The fields of one document, in their order: 40415 for one that no row has, 14 for a wrong type,
// and in the end 40414 for what is missing. What it is given outlives it.
class FieldChecks {
 public:
  static constexpr std::size_t kMostRows = 64;

  // `path` is put before the names in messages: "find", "update.updates".
  FieldChecks(std::string_view path, std::span<const FieldRow> rows);

  // False: no row has it.
  Result<bool> look_at(const value::Field& given);
  std::unexpected<Error> unknown(std::string_view name) const;
  Status end() const;

 private:
  std::string_view path_;
  std::span<const FieldRow> rows_;
  std::bitset<kMostRows> there_;
};

// All of that for a whole document, for those within commands.
Status check_fields(std::string_view path, value::ObjectView object,
                    std::span<const FieldRow> rows);

// --- Values of fields that were checked ---
// A number as MongoDB takes it for an integer: doubles are truncated, decimals rounded half to
// even, NaN is 0, what is beyond int64 is its limit.
std::int64_t to_integer(const value::Value& number);
// A boolean, or a number that is not 0.
bool to_flag(const value::Value& value);
// The field of a document within a command. Null: it is not there, or is null.
const value::Value* given_field(const value::Value& object, std::string_view name);
// False where it is not there.
bool given_flag(const value::Value& object, std::string_view name);

}  // namespace octavo::mongodb
