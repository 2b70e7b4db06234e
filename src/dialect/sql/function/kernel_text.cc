// Texts with patterns, keys of collations, and lists of constants.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dialect/sql/function/kernel_loops.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/pattern.h"
#include "value/collation.h"
#include "value/decimal.h"

namespace octavo::sql {
namespace {

using value::Value;

const value::Collation* collation_of(const Value* id) {
  const auto number = id == nullptr || !id->is_number() ? std::nullopt : id->to_int64();
  if (!number || *number < 0 || *number > 0xffff) return nullptr;
  return value::find_collation(static_cast<std::uint16_t>(*number));
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Rows that have the same text, to compute what is made of it once.
class SameTexts {
 public:
  explicit SameTexts(const StringRef* texts) : texts_(texts) { places_.fill(kNone); }

  // A row before this one with its text; nothing: none is known.
  std::optional<std::size_t> find_or_add(std::size_t row) {
    std::uint16_t& place = places_[hash(texts_[row].view()) % places_.size()];
    if (place != kNone && texts_[place] == texts_[row]) return place;
    place = static_cast<std::uint16_t>(row);
    return std::nullopt;
  }

 private:
  static constexpr std::uint16_t kNone = 0xffff;

  static std::size_t hash(std::string_view text) { return std::hash<std::string_view>()(text); }

  const StringRef* texts_;
  std::array<std::uint16_t, 256> places_;
};

// --- (text, collation): its key ---

struct Collated final : function::Prepared {
  explicit Collated(const value::Collation* collation) : collation(collation) {}
  const value::Collation* collation;
};

function::PreparedPtr collated(const algebra::Call& call) {
  const value::Collation* const collation = collation_of(constant_at(call, 1));
  return collation == nullptr ? nullptr : std::make_shared<const Collated>(collation);
}

void collation_key(const KernelCall& call) {
  take_states(call);
  const Operand& operand = call.operands[0];
  call.typed->form = Form::bytes;
  if (operand.form != Form::text && operand.form != Form::bytes) return defer_all(call);
  const auto* const texts = operand.as<StringRef>();
  const auto& collation = *static_cast<const Collated&>(*call.prepared).collation;
  auto* const out = call.out_as<StringRef>();
  SameTexts same(texts);
  Bytes key;
  for (std::size_t row = 0; row < call.rows; ++row) {
    if (call.states[row] != kPresent) continue;
    if (const auto before = same.find_or_add(row)) {
      out[row] = out[*before];
      continue;
    }
    key.clear();
    collation.key(texts[row].view(), key);
    out[row] = call.typed->arena->add(key);
  }
}

// --- (value, sorted array, whether there was a null beside them) ---

struct List final : function::Prepared {
  struct Number {
    std::int64_t units;
    std::uint8_t scale;
  };
  Form form = Form::none;  // of all of them; `decimal` of integers too
  bool has_null = false;
  Value items;  // whose texts lie here
  std::vector<Number> numbers;
  std::vector<double> reals;
  std::vector<std::int32_t> dates;
  std::vector<StringRef> texts;  // ascending
};

bool take_item(List& list, const Value& item) {
  const auto is = [&list](Form form) {
    if (list.form == Form::none) list.form = form;
    return list.form == form;
  };
  switch (item.type()) {
    case value::Type::int64: list.numbers.push_back({item.as_int64(), 0}); return is(Form::decimal);
    case value::Type::decimal: {
      const value::Decimal& number = item.as_decimal();
      const bool fits = number.is_finite() && number.coefficient().size() <= 1 &&
                        number.coefficient().limbs[0] <= INT64_MAX && number.scale() >= 0 &&
                        number.scale() <= kUnitDigits;
      if (!fits) return false;
      const auto units = static_cast<std::int64_t>(number.coefficient().limbs[0]);
      list.numbers.push_back(
          {number.is_negative() ? -units : units, static_cast<std::uint8_t>(number.scale())});
      return is(Form::decimal);
    }
    case value::Type::float64:
      list.reals.push_back(item.as_float64());
      return is(Form::real) && !std::isnan(item.as_float64());
    case value::Type::date: list.dates.push_back(item.as_date()); return is(Form::date);
    case value::Type::string: list.texts.emplace_back(item.as_string()); return is(Form::text);
    case value::Type::bytes: list.texts.emplace_back(item.as_bytes()); return is(Form::bytes);
    default: return false;
  }
}

function::PreparedPtr list_of(const algebra::Call& call) {
  const Value* const items = constant_at(call, 1);
  const Value* const has_null = constant_at(call, 2);
  if (items == nullptr || !items->is_array() || has_null == nullptr) return nullptr;
  if (has_null->type() != value::Type::int64) return nullptr;
  auto list = std::make_shared<List>();
  list->items = *items;
  list->has_null = has_null->as_int64() != 0;
  for (const Value& item : list->items.as_array()) {
    if (!take_item(*list, item)) return nullptr;
  }
  return list;
}

// Those of the numbers that have no more digits behind the point, in units of that.
std::vector<std::int64_t> units_at(std::span<const List::Number> numbers, std::uint8_t scale) {
  std::vector<std::int64_t> units;
  for (const List::Number& number : numbers) {
    std::int64_t at = number.units;
    if (number.scale <= scale) {
      const auto more = static_cast<std::size_t>(scale - number.scale);
      if (__builtin_mul_overflow(at, kPowersOfTen[more], &at)) continue;
    } else {
      const std::int64_t less = kPowersOfTen[static_cast<std::size_t>(number.scale - scale)];
      if (at % less != 0) continue;
      at /= less;
    }
    units.push_back(at);
  }
  std::ranges::sort(units);
  return units;
}

template <class T, class Sorted>
void find_all(const KernelCall& call, const Sorted& sorted, bool has_null) {
  const auto* const values = call.operands[0].as<T>();
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    if (call.states[row] != kPresent) continue;
    out[row] = std::ranges::binary_search(sorted, values[row]) ? 1 : 0;
    if (out[row] == 0 && has_null) call.states[row] = kNull;
  }
}

void in_list(const KernelCall& call) {
  take_states(call);
  const Operand& operand = call.operands[0];
  const auto& list = static_cast<const List&>(*call.prepared);
  if (is_exact(operand.form) && list.form == Form::decimal && operand.scale <= kUnitDigits) {
    const auto units = units_at(list.numbers, operand.scale);
    return find_all<std::int64_t>(call, units, list.has_null);
  }
  if (operand.form != list.form) return defer_all(call);
  switch (list.form) {
    case Form::real: return find_all<double>(call, list.reals, list.has_null);
    case Form::date: return find_all<std::int32_t>(call, list.dates, list.has_null);
    case Form::text:
    case Form::bytes: return find_all<StringRef>(call, list.texts, list.has_null);
    default: return defer_all(call);
  }
}

// --- (text, pattern, escape, collation) ---

// Texts that are longer are those of an operation that can be stopped.
constexpr std::size_t kLongText = 1'024;

// A pattern of ASCII without an escape, and which characters of ASCII match each other.
struct Like final : function::Prepared {
  static constexpr std::uint8_t kAnyOne = 0xfe, kAnyMany = 0xff;

  std::string pattern, escape;
  const value::Collation* collation = nullptr;
  bool plain = false;
  std::array<std::uint8_t, 128> classes{};  // equal ones match
  std::vector<std::uint8_t> places;         // of the pattern: classes, or any
};

void find_classes(Like& like) {
  std::vector<Bytes> known;
  for (std::size_t c = 0; c < like.classes.size(); ++c) {
    const char character = static_cast<char>(c);
    std::string_view text(&character, 1);
    Bytes weights;
    like.collation->take(text, weights);
    const auto found = std::ranges::find(known, weights);
    like.classes[c] = static_cast<std::uint8_t>(found - known.begin());
    if (found == known.end()) known.push_back(std::move(weights));
  }
}

function::PreparedPtr pattern_of(const algebra::Call& call) {
  const Value* const pattern = constant_at(call, 1);
  const Value* const escape = constant_at(call, 2);
  const value::Collation* const collation = collation_of(constant_at(call, 3));
  if (pattern == nullptr || !pattern->is_string() || escape == nullptr || !escape->is_string() ||
      escape->as_string().size() > 1 || collation == nullptr) {
    return nullptr;
  }
  auto like = std::make_shared<Like>();
  like->pattern = pattern->as_string();
  like->escape = escape->as_string();
  like->collation = collation;
  if (!is_ascii(like->pattern) || !is_ascii(like->escape)) return nullptr;
  like->plain = like->escape.empty() || !like->pattern.contains(like->escape);
  if (!like->plain) return like;
  find_classes(*like);
  for (const char c : like->pattern) {
    const bool many = c == '%';
    if (many && !like->places.empty() && like->places.back() == Like::kAnyMany) continue;
    like->places.push_back(many       ? Like::kAnyMany
                           : c == '_' ? Like::kAnyOne
                                      : like->classes[static_cast<unsigned char>(c)]);
  }
  return like;
}

// Of a text of ASCII. Goes back to the last `%` when something does not match.
bool matches(const Like& like, std::string_view text) {
  const std::vector<std::uint8_t>& places = like.places;
  std::size_t at = 0;
  std::size_t place = 0;
  std::optional<std::size_t> back_place;
  std::size_t back_at = 0;
  while (at < text.size() || place < places.size()) {
    if (place < places.size() && places[place] == Like::kAnyMany) {
      back_place = ++place;
      back_at = at;
      if (place == places.size()) return true;
      continue;
    }
    const bool steps = place < places.size() && at < text.size() &&
                       (places[place] == Like::kAnyOne ||
                        places[place] == like.classes[static_cast<unsigned char>(text[at])]);
    if (steps) {
      ++at;
      ++place;
      continue;
    }
    if (!back_place || back_at == text.size()) return false;
    at = ++back_at;
    place = *back_place;
  }
  return true;
}

void like(const KernelCall& call) {
  take_states(call);
  const Operand& operand = call.operands[0];
  if (operand.form != Form::text) return defer_all(call);
  const auto& like = static_cast<const Like&>(*call.prepared);
  const auto* const texts = operand.as<StringRef>();
  auto* const out = call.out_as<std::uint8_t>();
  function::EvalContext unlimited;
  for (std::size_t row = 0; row < call.rows; ++row) {
    if (call.states[row] != kPresent) continue;
    const std::string_view text = texts[row].view();
    if (text.size() > kLongText) {
      call.states[row] = kDeferred;
    } else if (like.plain && is_ascii(text)) {
      out[row] = matches(like, text) ? 1 : 0;
    } else {
      const auto found = is_like(text, like.pattern, like.escape, *like.collation, unlimited);
      out[row] = found && *found ? 1 : 0;
      if (!found) call.states[row] = kDeferred;
    }
  }
}

constexpr KernelRow kRows[] = {
    {.number = op::kCollationKey,
     .operands = {Shape::typed},
     .count = 1,
     .result = Shape::typed,
     .strict = false,
     .run = collation_key,
     .constants = 1,
     .prepare = collated},
    {.number = op::kInSorted,
     .operands = {Shape::typed},
     .count = 1,
     .result = Shape::boolean,
     .strict = false,
     .run = in_list,
     .constants = 2,
     .prepare = list_of},
    {.number = op::kLike,
     .operands = {Shape::typed},
     .count = 1,
     .result = Shape::boolean,
     .strict = false,
     .run = like,
     .constants = 3,
     .prepare = pattern_of},
};

}  // namespace

std::span<const KernelRow> text_kernels() { return kRows; }

}  // namespace octavo::sql
