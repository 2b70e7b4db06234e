// Sizes of texts, in the character set that they are of, and what stands at their front.

#include "dialect/sql/function/characters.h"
#include "dialect/sql/function/charsets.h"
#include "dialect/sql/function/named.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kLength = operation_block::kText + 40,  // (string, collation)
  kBitLength,                             // (string, collation)
  kCharacters,                            // (string)
  kAscii,                                 // (string, collation)
  kOrd,                                   // (string, collation)
};

Result<std::size_t> size_of(Args args) {
  TRY(const Bytes bytes, encoded_at(args, 0, 1));
  return bytes.size();
}

Result<Value> length(const SingleCall&, Args args) {
  TRY(const std::size_t size, size_of(args));
  return integer(static_cast<std::int64_t>(size));
}

Result<Value> bit_length(const SingleCall&, Args args) {
  TRY(const std::size_t size, size_of(args));
  return integer(static_cast<std::int64_t>(8 * size));
}

Result<Value> characters(const SingleCall&, Args args) {
  TRY_STATUS(string_at(args, 0));
  return integer(static_cast<std::int64_t>(Characters::of(args[0]).count()));
}

Result<Value> ascii(const SingleCall&, Args args) {
  TRY(const Bytes bytes, encoded_at(args, 0, 1));
  return integer(bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front()));
}

// The bytes of the first character as a number.
Result<Value> ord(const SingleCall&, Args args) {
  TRY_STATUS(string_at(args, 0));
  const Characters text = Characters::of(args[0]);
  const std::string_view first = text.content().substr(0, text.offset(1));
  Bytes bytes(first);
  if (args[0].is_string()) {
    TRY(const value::Collation* collation, collation_at(args, 1));
    bytes = encoded(first, *collation);
  }
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8U | static_cast<unsigned char>(c);
  return Value::uint64(number);
}

constexpr OperationRow kOperations[] = {
    strict(kLength, "sql.length", 2, length),
    strict(kBitLength, "sql.bit_length", 2, bit_length),
    strict(kCharacters, "sql.char_length", 1, characters),
    strict(kAscii, "sql.ascii", 2, ascii),
    strict(kOrd, "sql.ord", 2, ord),
};

template <std::uint16_t kNumber, std::uint32_t kWidth>
Result<Typed> bind_encoded(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kNumber, never_null(big_integer(false, kWidth)),
                   {collation_constant(call.type(0).collation())});
}

Result<Typed> bind_characters(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kCharacters, never_null(big_integer(false, 10)));
}

constexpr NameRow kNames[] = {
    {"ASCII", 1, 1, bind_encoded<kAscii, 3>},    {"BIT_LENGTH", 1, 1, bind_encoded<kBitLength, 11>},
    {"CHARACTER_LENGTH", 1, 1, bind_characters}, {"CHAR_LENGTH", 1, 1, bind_characters},
    {"LENGTH", 1, 1, bind_encoded<kLength, 10>}, {"OCTET_LENGTH", 1, 1, bind_encoded<kLength, 10>},
    {"ORD", 1, 1, bind_encoded<kOrd, 21>},
};

}  // namespace

std::span<const OperationRow> text_measure_operations() { return kOperations; }
std::span<const NameRow> text_measure_names() { return kNames; }

}  // namespace octavo::sql
