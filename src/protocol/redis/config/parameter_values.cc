// What CONFIG SET accepts, by the kind of the parameter.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/text.h"
#include "keyspace/arguments.h"
#include "keyspace/type/numbers.h"
#include "protocol/redis/config/parameters.h"
#include "protocol/redis/state/notifier.h"

namespace octavo::redis {
namespace {

using keyspace::is_word;
using keyspace::parse_int64;

std::unexpected<Error> refuse(std::string why) {
  return fail(Code::invalid_argument, std::move(why));
}

// The choice as the list spells it.
std::optional<std::string_view> find_choice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const std::size_t comma = std::min(choices.find(", "), choices.size());
    if (is_word(value, choices.substr(0, comma))) return choices.substr(0, comma);
    choices.remove_prefix(std::min(comma + 2, choices.size()));
  }
  return std::nullopt;
}

Result<std::string> in_range(const Parameter& parameter, std::int64_t value) {
  const auto [least, greatest] = parameter.range;
  if (value >= least && value <= greatest) return std::to_string(value);
  return refuse(fmt::format("argument must be between {} and {} inclusive", least, greatest));
}

Result<std::string> share(std::string_view value) {
  if (!value.empty() && value.back() == '%') {
    const auto percent = parse_int64(value.substr(0, value.size() - 1));
    if (percent && *percent > 100) {
      return refuse("percentage argument must be less or equal to 100");
    }
    if (percent && *percent >= 0) return std::string(value);
  }
  if (const auto bytes = parse_memory_size(value)) return std::to_string(*bytes);
  return refuse("argument must be a memory or percent value");
}

Result<std::string> chosen(const Parameter& parameter, std::string_view value) {
  std::vector<std::string_view> words{value};
  if (parameter.kind == ParameterKind::words) words = split_words(value);
  std::string out;
  for (const std::string_view word : words) {
    const auto choice = find_choice(parameter.choices, word);
    if (!choice) words.clear();
    if (words.empty()) break;
    if (!out.empty()) out += ' ';
    out += *choice;
  }
  if (!words.empty()) return out;
  return refuse(fmt::format("argument(s) must be one of the following: {}", parameter.choices));
}

// "<class> <hard> <soft> <seconds>" for any of three classes; the others stay as they are.
Result<std::string> buffer_limits(std::string_view value, std::string_view current) {
  constexpr std::array<std::string_view, 3> kClasses = {"normal", "slave", "pubsub"};
  std::vector<std::string> kept;
  for (const std::string_view word : split_words(current)) kept.emplace_back(word);
  const auto words = split_words(value);
  if (words.size() % 4 != 0) {
    return refuse("Wrong number of arguments in buffer limit configuration.");
  }
  for (std::size_t i = 0; i < words.size(); i += 4) {
    const std::string_view name = is_word(words[i], "replica") ? "slave" : words[i];
    const auto found =
        std::ranges::find_if(kClasses, [&](std::string_view one) { return is_word(name, one); });
    if (found == kClasses.end()) {
      return refuse("Invalid client class specified in buffer limit configuration.");
    }
    const auto hard = parse_memory_size(words[i + 1]);
    const auto soft = parse_memory_size(words[i + 2]);
    const auto seconds = parse_int64(words[i + 3]);
    if (!hard || !soft || !seconds || *seconds < 0) {
      return refuse("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
    }
    const auto at = static_cast<std::size_t>(found - kClasses.begin()) * 4;
    kept[at + 1] = std::to_string(*hard);
    kept[at + 2] = std::to_string(*soft);
    kept[at + 3] = std::to_string(*seconds);
  }
  return fmt::format("{}", fmt::join(kept, " "));
}

Result<std::string> save_points(std::string_view value) {
  const auto words = split_words(value);
  bool good = words.size() % 2 == 0;
  for (std::size_t i = 0; good && i < words.size(); ++i) {
    const auto number = parse_int64(words[i]);
    good = number && *number >= (i % 2 == 0 ? 1 : 0);  // seconds, then changes
  }
  if (!good) return refuse("Invalid save parameters");
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

std::optional<std::int64_t> parse_memory_size(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  struct Unit {
    std::string_view name;
    std::int64_t bytes;
  };
  constexpr Unit kUnits[] = {{"", 1},           {"b", 1},
                             {"k", 1000},       {"kb", 1024},
                             {"m", 1000'000},   {"mb", 1024 * 1024},
                             {"g", 1000000000}, {"gb", 1024 * 1024 * 1024}};
  for (const Unit& u : kUnits) {
    if (!is_word(unit, u.name)) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / u.bytes) return std::nullopt;
    return number * u.bytes;
  }
  return std::nullopt;
}

Result<std::string> parameter_value(const Parameter& parameter, std::string_view value,
                                    std::string_view current) {
  using Kind = ParameterKind;
  switch (parameter.kind) {
    case Kind::text: return std::string(value);
    case Kind::number: {
      const auto number = parse_int64(value);
      if (!number) return refuse("argument couldn't be parsed into an integer");
      return in_range(parameter, *number);
    }
    case Kind::size: {
      const auto bytes = parse_memory_size(value);
      if (!bytes) return refuse("argument must be a memory value");
      return in_range(parameter, *bytes);
    }
    case Kind::share: return share(value);
    case Kind::flag:
    case Kind::never:
      if (!is_word(value, "yes") && !is_word(value, "no")) {
        return refuse("argument must be 'yes' or 'no'");
      }
      if (parameter.kind == Kind::never && is_word(value, "yes")) {
        return refuse("this server has no such feature");
      }
      return std::string(is_word(value, "yes") ? "yes" : "no");
    case Kind::choice:
    case Kind::words: return chosen(parameter, value);
    case Kind::events: {
      const auto flags = parse_event_flags(value);
      if (!flags) return refuse("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
      return event_flags_text(*flags);
    }
    case Kind::buffer_limits: return buffer_limits(value, current);
    case Kind::save_points: return save_points(value);
  }
  return std::string(value);
}

}  // namespace octavo::redis
