// Comparisons of two values as they compare natively, or as texts under a collation.

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "dialect/sql/function/kernel_loops.h"
#include "dialect/sql/function/numbers.h"
#include "value/collation.h"
#include "value/decimal.h"

namespace octavo::sql {
namespace {

using Orders = std::array<std::int8_t, value::kBatchRows>;  // -1, 0, 1

std::int8_t sign_of(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

template <class T>
void order_plain(const KernelCall& call, Orders& orders) {
  const T* const a = call.operands[0].as<T>();
  const T* const b = call.operands[1].as<T>();
  // Bytes that are written might be those of the call: without this no loop is made of vectors.
  std::int8_t* const __restrict out = orders.data();
  const std::size_t rows = call.rows;
  for (std::size_t row = 0; row < rows; ++row) {
    out[row] = static_cast<std::int8_t>((a[row] > b[row] ? 1 : 0) - (a[row] < b[row] ? 1 : 0));
  }
}

void order_texts(const KernelCall& call, Orders& orders) {
  const auto* const a = call.operands[0].as<StringRef>();
  const auto* const b = call.operands[1].as<StringRef>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    orders[row] = call.states[row] == kPresent ? sign_of(a[row] <=> b[row]) : std::int8_t{0};
  }
}

void order_instants(const KernelCall& call, Orders& orders) {
  const auto* const a = call.operands[0].as<value::Timestamp>();
  const auto* const b = call.operands[1].as<value::Timestamp>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    const auto seconds = a[row].seconds <=> b[row].seconds;
    orders[row] = sign_of(seconds != 0 ? seconds : a[row].nanoseconds <=> b[row].nanoseconds);
  }
}

void order_exact(const KernelCall& call, Orders& orders) {
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  if (a.scale == b.scale) return order_plain<std::int64_t>(call, orders);
  const std::uint8_t scale = std::max(a.scale, b.scale);
  if (scale > kUnitDigits) return defer_all(call);
  // 19 digits and 18 fit 128 bits.
  const Int128 more_a = kPowersOfTen[static_cast<std::size_t>(scale - a.scale)];
  const Int128 more_b = kPowersOfTen[static_cast<std::size_t>(scale - b.scale)];
  for (std::size_t row = 0; row < call.rows; ++row) {
    const Int128 x = more_a * a.as<std::int64_t>()[row];
    const Int128 y = more_b * b.as<std::int64_t>()[row];
    orders[row] = static_cast<std::int8_t>((x > y ? 1 : 0) - (x < y ? 1 : 0));
  }
}

// How an exact number compares with a double. It is beyond whatever its nearest double is beyond.
std::optional<std::int8_t> order_of(std::int64_t units, std::uint8_t scale, double real) {
  const auto nearest = nearest_double(units, scale);
  if (!nearest || std::isnan(real)) return std::nullopt;
  if (*nearest != real) return *nearest < real ? std::int8_t{-1} : std::int8_t{1};
  if (scale == 0) return sign_of(value::compare_exact(units, real));
  const auto magnitude =
      units < 0 ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
  return sign_of(value::compare(value::Decimal(units < 0, value::Uint256(magnitude), scale), real));
}

void order_numbers(const KernelCall& call, Orders& orders) {
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  if (is_exact(a.form) && is_exact(b.form)) return order_exact(call, orders);
  if (a.form == b.form) {
    order_plain<double>(call, orders);
    for (std::size_t row = 0; row < call.rows; ++row) {
      if (std::isunordered(a.as<double>()[row], b.as<double>()[row])) defer(call, row);
    }
    return;
  }
  const bool first = is_exact(a.form);
  const Operand& exact = first ? a : b;
  const Operand& real = first ? b : a;
  for (std::size_t row = 0; row < call.rows; ++row) {
    if (call.states[row] != kPresent) continue;
    const auto order = order_of(exact.as<std::int64_t>()[row], exact.scale, real.as<double>()[row]);
    orders[row] = static_cast<std::int8_t>(first ? order.value_or(0) : -order.value_or(0));
    if (!order) call.states[row] = kDeferred;
  }
}

bool is_number(Form form) { return is_exact(form) || form == Form::real; }

// Of rows that are present; those that it does not know are deferred.
struct Natively {
  static void order(const KernelCall& call, Orders& orders) {
    const Form a = call.operands[0].form;
    const Form b = call.operands[1].form;
    if (is_number(a) && is_number(b)) return order_numbers(call, orders);
    if (a != b) return defer_all(call);
    switch (a) {
      case Form::boolean: return order_plain<std::uint8_t>(call, orders);
      case Form::date: return order_plain<std::int32_t>(call, orders);
      case Form::time: return order_plain<std::int64_t>(call, orders);
      case Form::text:
      case Form::bytes: return order_texts(call, orders);
      case Form::instant: return order_instants(call, orders);
      default: return defer_all(call);
    }
  }
};

struct Collated final : function::Prepared {
  explicit Collated(const value::Collation* collation) : collation(collation) {}
  const value::Collation* collation;
};

function::PreparedPtr collated(const algebra::Call& call) {
  const value::Value* const id = constant_at(call, 2);
  const auto number = id == nullptr || !id->is_number() ? std::nullopt : id->to_int64();
  if (!number || *number < 0 || *number > 0xffff) return nullptr;
  const value::Collation* const collation =
      value::find_collation(static_cast<std::uint16_t>(*number));
  return collation == nullptr ? nullptr : std::make_shared<const Collated>(collation);
}

struct AsTexts {
  static bool is_text(Form form) { return form == Form::text || form == Form::bytes; }
  static void order(const KernelCall& call, Orders& orders) {
    const Operand& a = call.operands[0];
    const Operand& b = call.operands[1];
    if (!is_text(a.form) || !is_text(b.form)) return defer_all(call);
    const auto& collation = *static_cast<const Collated&>(*call.prepared).collation;
    for (std::size_t row = 0; row < call.rows; ++row) {
      orders[row] = 0;
      if (call.states[row] != kPresent) continue;
      const StringRef& first = a.as<StringRef>()[row];
      const StringRef& second = b.as<StringRef>()[row];
      if (!(first == second)) orders[row] = sign_of(collation.compare(first.view(), second.view()));
    }
  }
};

// By order: whether it holds for less, equal, greater.
struct Holds {
  bool less, equal, greater;
};
constexpr Holds kEqualHolds{.less = false, .equal = true, .greater = false};
constexpr Holds kNotEqualHolds{.less = true, .equal = false, .greater = true};
constexpr Holds kLessHolds{.less = true, .equal = false, .greater = false};
constexpr Holds kLessOrEqualHolds{.less = true, .equal = true, .greater = false};
constexpr Holds kGreaterHolds{.less = false, .equal = false, .greater = true};
constexpr Holds kGreaterOrEqualHolds{.less = false, .equal = true, .greater = true};

template <Holds kHolds, class T>
bool holds_of(const T& a, const T& b) {
  if constexpr (kHolds.less && kHolds.greater) return a != b;
  if constexpr (kHolds.less) return kHolds.equal ? !(a > b) : a < b;
  if constexpr (kHolds.greater) return kHolds.equal ? !(a < b) : a > b;
  return a == b;
}

template <Holds kHolds, class T>
void compare_plain(const KernelCall& call) {
  const T* const a = call.operands[0].as<T>();
  const T* const b = call.operands[1].as<T>();
  auto* const __restrict out = call.out_as<std::uint8_t>();  // as of order_plain
  const std::size_t rows = call.rows;
  for (std::size_t row = 0; row < rows; ++row) out[row] = holds_of<kHolds>(a[row], b[row]) ? 1 : 0;
}

// Of two operands whose values compare as they lie. False: they are others.
template <Holds kHolds>
bool compared_plainly(const KernelCall& call) {
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  if (is_exact(a.form) && is_exact(b.form) && a.scale == b.scale) {
    compare_plain<kHolds, std::int64_t>(call);
    return true;
  }
  if (a.form != b.form) return false;
  switch (a.form) {
    case Form::boolean: compare_plain<kHolds, std::uint8_t>(call); return true;
    case Form::date: compare_plain<kHolds, std::int32_t>(call); return true;
    case Form::time: compare_plain<kHolds, std::int64_t>(call); return true;
    default: return false;
  }
}

template <class Way, Holds kHolds>
void compared(const KernelCall& call) {
  take_states(call);
  if constexpr (std::is_same_v<Way, Natively>) {
    if (compared_plainly<kHolds>(call)) return;
  }
  Orders orders{};
  Way::order(call, orders);
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    const std::int8_t order = orders[row];
    const bool holds = order < 0 ? kHolds.less : order > 0 ? kHolds.greater : kHolds.equal;
    out[row] = holds ? 1 : 0;
  }
}

template <class Way>
void null_safe(const KernelCall& call) {
  take_states(call);
  Orders orders{};
  Way::order(call, orders);
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    const State a = call.operands[0].state(row);
    const State b = call.operands[1].state(row);
    if (a == kPresent && b == kPresent) {
      out[row] = orders[row] == 0 ? 1 : 0;
    } else if (a == kDeferred || b == kDeferred) {
      call.states[row] = kDeferred;
    } else {
      call.states[row] = kPresent;
      out[row] = a == b ? 1 : 0;
    }
  }
}

constexpr KernelRow native_row(std::uint16_t number, void (*run)(const KernelCall&)) {
  return {.number = number,
          .operands = {Shape::typed, Shape::typed},
          .count = 2,
          .result = Shape::boolean,
          .strict = false,
          .run = run};
}
constexpr KernelRow text_row(std::uint16_t number, void (*run)(const KernelCall&)) {
  return {.number = number,
          .operands = {Shape::typed, Shape::typed},
          .count = 2,
          .result = Shape::boolean,
          .strict = false,
          .run = run,
          .constants = 1,
          .prepare = collated};
}

constexpr KernelRow kRows[] = {
    native_row(op::kEqual, compared<Natively, kEqualHolds>),
    native_row(op::kNotEqual, compared<Natively, kNotEqualHolds>),
    native_row(op::kLess, compared<Natively, kLessHolds>),
    native_row(op::kLessOrEqual, compared<Natively, kLessOrEqualHolds>),
    native_row(op::kGreater, compared<Natively, kGreaterHolds>),
    native_row(op::kGreaterOrEqual, compared<Natively, kGreaterOrEqualHolds>),
    native_row(op::kNullSafeEqual, null_safe<Natively>),
    text_row(op::kEqualText, compared<AsTexts, kEqualHolds>),
    text_row(op::kNotEqualText, compared<AsTexts, kNotEqualHolds>),
    text_row(op::kLessText, compared<AsTexts, kLessHolds>),
    text_row(op::kLessOrEqualText, compared<AsTexts, kLessOrEqualHolds>),
    text_row(op::kGreaterText, compared<AsTexts, kGreaterHolds>),
    text_row(op::kGreaterOrEqualText, compared<AsTexts, kGreaterOrEqualHolds>),
    text_row(op::kNullSafeEqualText, null_safe<AsTexts>),
};

}  // namespace

std::span<const KernelRow> comparison_kernels() { return kRows; }

}  // namespace octavo::sql
