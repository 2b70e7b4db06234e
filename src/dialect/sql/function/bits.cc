// Operations on the bits of integers, and on bytes of one length.

#include <algorithm>

#include "dialect/sql/error/error.h"
#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"

namespace octavo::sql {
namespace {

using value::Value;

constexpr auto kAndOf = [](std::uint64_t a, std::uint64_t b) { return a & b; };
constexpr auto kOrOf = [](std::uint64_t a, std::uint64_t b) { return a | b; };
constexpr auto kXorOf = [](std::uint64_t a, std::uint64_t b) { return a ^ b; };
constexpr auto kLeftOf = [](std::uint64_t a, std::uint64_t b) { return b > 63 ? 0 : a << b; };
constexpr auto kRightOf = [](std::uint64_t a, std::uint64_t b) { return b > 63 ? 0 : a >> b; };

template <auto kApply>
Result<Value> of_integers(const SingleCall& /*call*/, Args args) {
  TRY(const std::uint64_t a, bits_at(args, 0));
  TRY(const std::uint64_t b, bits_at(args, 1));
  return Value::uint64(kApply(a, b));
}

Result<Value> invert(const SingleCall& /*call*/, Args args) {
  TRY(const std::uint64_t a, bits_at(args, 0));
  return Value::uint64(~a);
}

template <auto kApply>
Result<Value> of_bytes(const SingleCall& /*call*/, Args args) {
  TRY(const std::string_view a, string_at(args, 0));
  TRY(const std::string_view b, string_at(args, 1));
  if (a.size() != b.size()) return error<3513>();
  std::string bytes(a.size(), '\0');
  std::ranges::transform(a, b, bytes.begin(), [](char x, char y) {
    return static_cast<char>(kApply(static_cast<unsigned char>(x), static_cast<unsigned char>(y)));
  });
  return Value::bytes(bytes);
}

Result<Value> invert_bytes(const SingleCall& /*call*/, Args args) {
  TRY(const std::string_view a, string_at(args, 0));
  std::string bytes(a);
  for (char& c : bytes) c = static_cast<char>(~c);
  return Value::bytes(bytes);
}

// A byte of `bytes`, which zeros surround.
unsigned byte_of(std::string_view bytes, std::uint64_t at, bool inside) {
  return inside && at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

Result<Value> shift_bytes_left(const SingleCall& /*call*/, Args args) {
  TRY(const std::string_view a, string_at(args, 0));
  TRY(const std::uint64_t count, bits_at(args, 1));
  const auto by = static_cast<unsigned>(count % 8);
  std::string bytes(a.size(), '\0');
  for (std::size_t i = 0; i < a.size() && count / 8 < a.size(); ++i) {
    const std::uint64_t from = i + count / 8;
    const unsigned two = byte_of(a, from, true) << 8U | byte_of(a, from + 1, true);
    bytes[i] = static_cast<char>(two << by >> 8U);
  }
  return Value::bytes(bytes);
}

Result<Value> shift_bytes_right(const SingleCall& /*call*/, Args args) {
  TRY(const std::string_view a, string_at(args, 0));
  TRY(const std::uint64_t count, bits_at(args, 1));
  const auto by = static_cast<unsigned>(count % 8);
  const std::uint64_t whole = count / 8;
  std::string bytes(a.size(), '\0');
  for (std::size_t i = 0; i < a.size(); ++i) {
    const unsigned two =
        byte_of(a, i - whole - 1, i >= whole + 1) << 8U | byte_of(a, i - whole, i >= whole);
    bytes[i] = static_cast<char>(two >> by);
  }
  return Value::bytes(bytes);
}

constexpr OperationRow inverse(std::uint16_t number, std::string_view name,
                               Result<Value> (*single)(const SingleCall&, Args)) {
  return {.number = number,
          .name = name,
          .least = 1,
          .flags = operation_flag::kStrict | operation_flag::kPrefix,
          .symbol = "~",
          .single = single};
}

constexpr OperationRow kRows[] = {
    infix(op::kBitAnd, "sql.bit_and", "&", of_integers<kAndOf>),
    infix(op::kBitOr, "sql.bit_or", "|", of_integers<kOrOf>),
    infix(op::kBitXor, "sql.bit_xor", "^", of_integers<kXorOf>),
    infix(op::kShiftLeft, "sql.shift_left", "<<", of_integers<kLeftOf>),
    infix(op::kShiftRight, "sql.shift_right", ">>", of_integers<kRightOf>),
    inverse(op::kBitNot, "sql.bit_not", invert),
    infix(op::kBytesAnd, "sql.bytes_and", "&", of_bytes<kAndOf>),
    infix(op::kBytesOr, "sql.bytes_or", "|", of_bytes<kOrOf>),
    infix(op::kBytesXor, "sql.bytes_xor", "^", of_bytes<kXorOf>),
    infix(op::kBytesShiftLeft, "sql.bytes_shift_left", "<<", shift_bytes_left),
    infix(op::kBytesShiftRight, "sql.bytes_shift_right", ">>", shift_bytes_right),
    inverse(op::kBytesNot, "sql.bytes_not", invert_bytes),
};

}  // namespace

std::span<const OperationRow> bit_operations() { return kRows; }

}  // namespace octavo::sql
