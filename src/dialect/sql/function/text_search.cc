// Texts looked for in texts, and compared, as their collation weighs characters.

#include <algorithm>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "dialect/sql/function/characters.h"
#include "dialect/sql/function/named.h"

namespace octavo::sql {
namespace {

using value::Collation;
using value::Value;

enum Operation : std::uint16_t {
  kLocate = operation_block::kText + 60,  // (what, string, from, collation)
  kStrcmp,                                // (string, string, collation)
  kFindInSet,                             // (string, list, collation)
  kSoundex,                               // (text)
  kFieldText,                             // (string, strings ..., collation); null: 0
  kFieldNumber,                           // (number, numbers ...); null: 0
  kElt,                                   // (place, values ...)
  kGreatestText,                          // (strings ..., collation)
  kLeastText,                             // the same
  kGreatest,                              // (values ...) of one kind
  kLeast,                                 // the same
  kInterval,                              // (number, numbers ...); null: -1
  kWeightString,                          // (text, collation)
};

bool is_bytewise(const Collation& collation) {
  return collation.charset == value::CharsetId::binary || collation.name.ends_with("_bin");
}

// A text as weights, a part for each character.
struct Weighed {
  Bytes weights;
  std::vector<std::size_t> ends;  // of each character's part

  Weighed(std::string_view text, const Collation& collation) {
    while (!text.empty()) {
      collation.take(text, weights);
      ends.push_back(weights.size());
    }
  }
  std::string_view part(std::size_t character) const {
    const std::size_t begin = character == 0 ? 0 : ends[character - 1];
    return std::string_view(weights).substr(begin, ends[character] - begin);
  }
};

// The number of the character, from 0, at which it is found.
std::optional<std::size_t> find_weighed(const Weighed& text, const Weighed& what,
                                        std::size_t from) {
  const std::size_t size = what.ends.size();
  for (std::size_t at = from; at + size <= text.ends.size(); ++at) {
    std::size_t same = 0;
    while (same < size && text.part(at + same) == what.part(same)) ++same;
    if (same == size) return at;
  }
  return std::nullopt;
}

Result<Value> locate(const SingleCall& call, Args args) {
  TRY(const std::string_view what, string_at(args, 0));
  TRY(const std::string_view text, string_at(args, 1));
  TRY(const std::int64_t from, integer_at(args, 2));
  TRY(const Collation* collation, collation_at(args, 3));
  const bool bytes = args[0].type() == value::Type::bytes || args[1].type() == value::Type::bytes;
  const Characters characters(text, bytes);
  if (from < 1 || static_cast<std::uint64_t>(from) > characters.count() + 1) return integer(0);
  const auto first = static_cast<std::size_t>(from - 1);
  if (bytes || is_bytewise(*collation)) {
    const std::size_t found = text.find(what, characters.offset(first));
    if (found == text.npos) return integer(0);
    const Characters before(text.substr(0, found), bytes);
    return integer(static_cast<std::int64_t>(before.count() + 1));
  }
  TRY_STATUS(call.context.require(16 * text.size()));
  const auto found = find_weighed(Weighed(text, *collation), Weighed(what, *collation), first);
  return integer(found ? static_cast<std::int64_t>(*found + 1) : 0);
}

std::int64_t sign_of(std::strong_ordering order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); }

// Of bytes by their bytes.
std::strong_ordering compare_strings(const Value& a, const Value& b, const Collation& collation) {
  if (a.is_string() && b.is_string()) return collation.compare(a.as_string(), b.as_string());
  const std::string_view left = a.is_string() ? a.as_string() : a.as_bytes();
  const std::string_view right = b.is_string() ? b.as_string() : b.as_bytes();
  return left.compare(right) <=> 0;
}

Status all_strings(Args args) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (!args[i].is_null()) TRY_STATUS(string_at(args, i));
  }
  return {};
}

Result<Value> compare(const SingleCall&, Args args) {
  TRY_STATUS(all_strings(args.first(2)));
  TRY(const Collation* collation, collation_at(args, 2));
  return integer(sign_of(compare_strings(args[0], args[1], *collation)));
}

Result<Value> find_in_set(const SingleCall&, Args args) {
  TRY(const std::string_view what, string_at(args, 0));
  TRY(std::string_view list, string_at(args, 1));
  TRY(const Collation* collation, collation_at(args, 2));
  if (list.empty() || what.contains(',')) return integer(0);
  for (std::int64_t place = 1;; ++place) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (collation->equal(what, list.substr(0, comma))) return integer(place);
    if (comma == list.size()) return integer(0);
    list.remove_prefix(comma + 1);
  }
}

// The digits that the letters of ASCII have; vowels have none.
constexpr std::string_view kSounds = "01230120022455012623010202";

// As MySQL has it: as many digits as there are, at least three.
Result<Value> soundex(const SingleCall&, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  std::string out;
  char last = '\0';
  for (const char c : text) {
    if (!is_letter(c)) continue;
    const char sound = kSounds[static_cast<std::size_t>(to_upper(c) - 'A')];
    if (out.empty()) {
      out.push_back(to_upper(c));
      last = sound;
    } else if (sound != '0' && sound != last) {
      out.push_back(sound);
      last = sound;
    }
  }
  if (!out.empty() && out.size() < 4) out.resize(4, '0');
  return Value::string(out);
}

Result<Value> field_text(const SingleCall&, Args args) {
  const Args strings = args.first(args.size() - 1);
  TRY_STATUS(all_strings(strings));
  TRY(const Collation* collation, collation_at(args, args.size() - 1));
  if (args[0].is_null()) return integer(0);
  for (std::size_t i = 1; i < strings.size(); ++i) {
    if (strings[i].is_null()) continue;
    if (compare_strings(args[0], strings[i], *collation) == 0) {
      return integer(static_cast<std::int64_t>(i));
    }
  }
  return integer(0);
}

Result<Value> field_number(const SingleCall&, Args args) {
  if (args[0].is_null()) return integer(0);
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (!args[i].is_null() && args[i] == args[0]) return integer(static_cast<std::int64_t>(i));
  }
  return integer(0);
}

Result<Value> elt(const SingleCall& /*call*/, LazyArguments& arguments) {
  TRY(const Value place, arguments.evaluate(0));
  if (place.is_null()) return Value();
  TRY(const std::int64_t number, integer_at(Args(&place, 1), 0));
  if (number < 1 || static_cast<std::uint64_t>(number) >= arguments.size()) return Value();
  return arguments.evaluate(static_cast<std::size_t>(number));
}

template <bool kGreater>
Result<Value> extreme_text(const SingleCall&, Args args) {
  TRY(const Collation* collation, collation_at(args, args.size() - 1));
  const Args strings = args.first(args.size() - 1);
  TRY_STATUS(all_strings(strings));
  const Value* best = &strings[0];
  for (const Value& string : strings) {
    const auto order = compare_strings(string, *best, *collation);
    if (kGreater ? order > 0 : order < 0) best = &string;
  }
  return *best;
}

template <bool kGreater>
Result<Value> extreme(const SingleCall&, Args args) {
  const Value* best = &args[0];
  for (const Value& value : args) {
    const auto order = value::compare(value, *best);
    if (kGreater ? order > 0 : order < 0) best = &value;
  }
  return *best;
}

// How many of the numbers, which ascend, are not above the first argument.
Result<Value> interval(const SingleCall&, Args args) {
  if (args[0].is_null()) return integer(-1);
  std::int64_t place = 0;
  for (const Value& limit : args.subspan(1)) {
    if (!limit.is_null() && value::compare(limit, args[0]) > 0) break;
    ++place;
  }
  return integer(place);
}

Result<Value> weight_string(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  if (args[0].type() == value::Type::bytes) return args[0];
  TRY(const Collation* collation, collation_at(args, 1));
  TRY_STATUS(call.context.require(8 * text.size()));
  Bytes key;
  collation->key(text, key);
  return Value::bytes(key);
}

constexpr OperationRow kOperations[] = {
    strict(kLocate, "sql.locate", 4, locate),
    strict(kStrcmp, "sql.strcmp", 3, compare),
    strict(kFindInSet, "sql.find_in_set", 3, find_in_set),
    strict(kSoundex, "sql.soundex", 1, soundex),
    lenient(kFieldText, "sql.field_text", 2, field_text, "field"),
    lenient(kFieldNumber, "sql.field_number", 1, field_number, "field"),
    {.number = kElt, .name = "sql.elt", .least = 2, .lazy = elt},
    strict(kGreatestText, "sql.greatest_text", 2, extreme_text<true>, "greatest"),
    strict(kLeastText, "sql.least_text", 2, extreme_text<false>, "least"),
    strict(kGreatest, "sql.greatest", 1, extreme<true>),
    strict(kLeast, "sql.least", 1, extreme<false>),
    lenient(kInterval, "sql.interval", 1, interval),
    strict(kWeightString, "sql.weight_string", 2, weight_string),
};

// The collation of the strings, as a constant.
Result<Value> common_collation(CallBinder& call, std::size_t first = 0) {
  for (std::size_t i = first; i < call.size(); ++i) {
    if (call.type(i).kind() == Kind::bytes) return integer(value::find_collation("binary")->id);
  }
  TRY(const Collation* collation, call.to_common_collation(first));
  return collation_constant(*collation);
}

// LOCATE(what, in [, from])
Result<Typed> bind_locate(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  TRY_STATUS(call.to_string(1));
  if (call.size() > 2) TRY_STATUS(call.to_integer(2));
  CallBinder strings(call.name(), {call.argument(0), call.argument(1)}, call.context());
  TRY(Value collation, common_collation(strings));
  std::vector<Value> constants;
  if (call.size() == 2) constants.push_back(integer(1));
  constants.push_back(std::move(collation));
  return call.make(kLocate, never_null(big_integer(false, 21)), std::move(constants));
}

// INSTR(in, what)
Result<Typed> bind_instr(CallBinder& call) {
  CallBinder turned(call.name(), {call.argument(1), call.argument(0)}, call.context());
  return bind_locate(turned);
}

template <std::uint16_t kNumber>
Result<Typed> bind_of_two(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  TRY_STATUS(call.to_string(1));
  TRY(Value collation, common_collation(call));
  return call.make(kNumber, never_null(big_integer(false, 10)), {std::move(collation)});
}

Result<Typed> bind_soundex(CallBinder& call) {
  TRY_STATUS(call.to_text(0));
  return call.make(kSoundex, string_type(call.type(0), std::max(call.type(0).width, 4U)));
}

bool all_are(const std::vector<Type>& types, bool (Type::*is)() const) {
  return std::ranges::all_of(
      types, [is](const Type& type) { return type.kind() == Kind::null || (type.*is)(); });
}

// All strings, all numbers, or else doubles.
Result<Typed> bind_field(CallBinder& call) {
  const Type place = never_null(big_integer(false, 3));
  const std::vector<Type> types = call.types();
  if (all_are(types, &Type::is_string)) {
    for (std::size_t i = 0; i < call.size(); ++i) TRY_STATUS(call.to_string(i));
    TRY(Value collation, common_collation(call));
    return call.make(kFieldText, place, {std::move(collation)});
  }
  const bool numbers = all_are(types, &Type::is_number);
  for (std::size_t i = 0; i < call.size(); ++i) {
    TRY_STATUS(numbers ? to_plain_number(call, i) : call.to_double(i));
  }
  return call.make(kFieldNumber, place);
}

Result<Typed> bind_elt(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  std::uint64_t width = 0;
  for (std::size_t i = 1; i < call.size(); ++i) {
    TRY_STATUS(call.to_string(i));
    width = std::max<std::uint64_t>(width, call.type(i).width);
  }
  TRY(Type type, common_string(call, width, 1));
  if (type.kind() == Kind::bytes) {
    for (std::size_t i = 1; i < call.size(); ++i) TRY_STATUS(call.to_bytes(i));
  }
  return call.make(kElt, with_null(std::move(type), true));
}

template <std::uint16_t kOfStrings, std::uint16_t kOfOthers>
Result<Typed> bind_extreme(CallBinder& call) {
  TRY(Type type, call.to_common());
  if (type.kind() == Kind::null) return call[0];
  if (!type.is_string()) return call.make(kOfOthers, computed(std::move(type)));
  TRY(Value collation, common_collation(call));
  return call.make(kOfStrings, computed(std::move(type)), {std::move(collation)});
}

Result<Typed> bind_interval(CallBinder& call) {
  for (std::size_t i = 0; i < call.size(); ++i) TRY_STATUS(to_plain_number(call, i));
  return call.make(kInterval, never_null(big_integer(false, 2)));
}

Result<Typed> bind_weight_string(CallBinder& call) {
  if (call.size() > 1) return call.not_supported();
  TRY_STATUS(call.to_string(0));
  return call.make(kWeightString, never_null(bytes_type(width_of(8ULL * call.type(0).width))),
                   {collation_constant(call.type(0).collation())});
}

constexpr NameRow kNames[] = {
    {"ELT", 2, kAnyNumber, bind_elt},
    {"FIELD", 2, kAnyNumber, bind_field},
    {"FIND_IN_SET", 2, 2, bind_of_two<kFindInSet>},
    {"GREATEST", 2, kAnyNumber, bind_extreme<kGreatestText, kGreatest>},
    {"INSTR", 2, 2, bind_instr},
    {"INTERVAL", 2, kAnyNumber, bind_interval},
    {"LEAST", 2, kAnyNumber, bind_extreme<kLeastText, kLeast>},
    {"LOCATE", 2, 3, bind_locate},
    {"POSITION", 2, 2, bind_locate},
    {"SOUNDEX", 1, 1, bind_soundex},
    {"STRCMP", 2, 2, bind_of_two<kStrcmp>},
    {"WEIGHT_STRING", 1, 2, bind_weight_string},
};

}  // namespace

std::span<const OperationRow> text_search_operations() { return kOperations; }
std::span<const NameRow> text_search_names() { return kNames; }

}  // namespace octavo::sql
