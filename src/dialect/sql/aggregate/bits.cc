#include <limits>

#include "dialect/sql/aggregate/states.h"

namespace octavo::sql {
namespace {

using value::Value;

class Bits : public function::AggregateState {
 public:
  using Combine = std::uint64_t (*)(std::uint64_t, std::uint64_t);
  Bits(std::uint64_t neutral, Combine combine) : bits_(neutral), combine_(combine) {}

  Status add(const Value& argument) final {
    switch (argument.type()) {
      case value::Type::null: return {};
      case value::Type::int64:
        bits_ = combine_(bits_, static_cast<std::uint64_t>(argument.as_int64()));
        return {};
      case value::Type::uint64: bits_ = combine_(bits_, argument.as_uint64()); return {};
      default: return fail(Code::type_mismatch, "Bits have an argument that is no integer.");
    }
  }
  Result<Value> result() final { return Value::uint64(bits_); }

 private:
  std::uint64_t bits_;
  Combine combine_;
};

// What was added twice is out again.
class ExclusiveBits final : public Bits {
 public:
  ExclusiveBits() : Bits(0, [](std::uint64_t a, std::uint64_t b) { return a ^ b; }) {}
  bool removes() const override { return true; }
  Status remove(const Value& argument) override { return add(argument); }
};

}  // namespace

MadeState make_bit_and(Options, function::EvalContext&) {
  return std::make_unique<Bits>(std::numeric_limits<std::uint64_t>::max(),
                                [](std::uint64_t a, std::uint64_t b) { return a & b; });
}

MadeState make_bit_or(Options, function::EvalContext&) {
  return std::make_unique<Bits>(0, [](std::uint64_t a, std::uint64_t b) { return a | b; });
}

MadeState make_bit_xor(Options, function::EvalContext&) {
  return std::make_unique<ExclusiveBits>();
}

}  // namespace octavo::sql
