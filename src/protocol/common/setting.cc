#include "protocol/common/setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/text.h"
#include "io/address.h"

namespace octavo::protocol {
namespace {

struct Unit {
  std::string_view suffix;
  std::uint64_t factor;
};

constexpr std::array kByteUnits{Unit{"GiB", kGiB}, Unit{"MiB", kMiB}, Unit{"KiB", kKiB},
                                Unit{"B", 1}, Unit{"", 1}};
// Longer suffixes first: "ms" before "s".
constexpr std::array kTimeUnits{Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000},
                                Unit{"m", 60'000'000'000}, Unit{"h", 3'600'000'000'000},
                                Unit{"d", 86'400'000'000'000}};
constexpr std::array kNoUnits{Unit{"", 1}};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.suffix)) continue;
    text.remove_suffix(unit.suffix.size());
    const auto number = parse_number<std::uint64_t>(text);
    if (!number || *number > std::numeric_limits<std::uint64_t>::max() / unit.factor) {
      return std::nullopt;
    }
    return *number * unit.factor;
  }
  return std::nullopt;
}

std::span<const Unit> units_of(SettingKind kind) {
  switch (kind) {
    case SettingKind::bytes: return kByteUnits;
    case SettingKind::duration: return kTimeUnits;
    case SettingKind::port:
    case SettingKind::count:
    case SettingKind::text:
    case SettingKind::path:
    case SettingKind::choice:
    case SettingKind::addresses: return kNoUnits;
  }
  return kNoUnits;
}

std::string format_number(const SettingRow& row, std::uint64_t number) {
  Unit best{"", 1};
  for (const Unit& unit : units_of(row.kind)) {
    if (number % unit.factor == 0 && number >= unit.factor && unit.factor > best.factor) {
      best = unit;
    }
  }
  return fmt::format("{}{}", number / best.factor, best.suffix);
}

bool is_number(SettingKind kind) {
  return kind == SettingKind::port || kind == SettingKind::bytes || kind == SettingKind::duration ||
         kind == SettingKind::count;
}

std::uint64_t maximum_of(const SettingRow& row) {
  return row.kind == SettingKind::port ? std::min<std::uint64_t>(row.maximum, 65535) : row.maximum;
}

std::unexpected<Error> refuse(const SettingRow& row, std::string_view text) {
  return fail(Code::invalid_argument,
              fmt::format("'{}' is not allowed; allowed: {}", text, describe_allowed(row)));
}

Result<SettingValue> parse_one_number(const SettingRow& row, std::string_view text) {
  if (!row.no_number.empty() && text == row.no_number) {
    return std::optional<std::uint64_t>();
  }
  const auto number = parse_quantity(text, units_of(row.kind));
  if (!number || *number < row.minimum || *number > maximum_of(row)) return refuse(row, text);
  return number;
}

Result<SettingValue> parse_addresses(const SettingRow& row, std::span<const std::string> texts) {
  if (texts.empty()) {
    return fail(Code::invalid_argument,
                fmt::format("an empty list is not allowed; allowed: {}", describe_allowed(row)));
  }
  std::vector<std::string> out;
  for (const std::string& text : texts) {
    for (const std::string_view address : split(text, ',')) {
      const bool is_v6 = address.find(':') != std::string_view::npos;
      const std::string with_port =
          is_v6 ? fmt::format("[{}]:0", address) : fmt::format("{}:0", address);
      if (!io::parse_address(with_port)) return refuse(row, address);
      if (std::ranges::find(out, address) == out.end()) out.emplace_back(address);
    }
  }
  return out;
}

}  // namespace

Result<SettingValue> parse_setting(const SettingRow& row, std::span<const std::string> texts) {
  if (row.kind == SettingKind::addresses) return parse_addresses(row, texts);
  if (texts.size() > 1) return fail(Code::invalid_argument, "given more than once");
  std::string text = texts.empty() ? std::string() : texts.front();
  if (is_number(row.kind)) {
    if (texts.empty()) return std::optional<std::uint64_t>();
    return parse_one_number(row, text);
  }
  if (texts.empty()) return text;
  if (row.kind == SettingKind::path && text.empty()) return refuse(row, text);
  if (row.kind == SettingKind::choice) {
    const auto choices = split(row.choices, '|');
    if (std::ranges::find(choices, text) == choices.end()) return refuse(row, text);
  }
  return text;
}

std::string describe_allowed(const SettingRow& row) {
  std::string out;
  switch (row.kind) {
    case SettingKind::text: return "any text";
    case SettingKind::path: return "a path";
    case SettingKind::addresses: return "numeric addresses such as 127.0.0.1, 0.0.0.0 or ::1";
    case SettingKind::choice: {
      const auto choices = split(row.choices, '|');
      for (std::size_t i = 0; i < choices.size(); ++i) {
        out += fmt::format("{}{}",
                           i == 0                    ? ""
                           : i + 1 == choices.size() ? " or "
                                                     : ", ",
                           choices[i]);
      }
      return out;
    }
    case SettingKind::port: out = "0 (picks one) to 65535"; break;
    case SettingKind::bytes: out = "a size such as 512MiB or 2GiB"; break;
    case SettingKind::duration: out = "a time such as 500ms, 30s, 15m, 12h or 7d"; break;
    case SettingKind::count: out = fmt::format("{} to {}", row.minimum, row.maximum); break;
  }
  if (row.kind == SettingKind::bytes || row.kind == SettingKind::duration) {
    if (row.minimum > 0) out += fmt::format(", at least {}", format_number(row, row.minimum));
  }
  if (!row.no_number.empty()) out += fmt::format(", or {}", row.no_number);
  return out;
}

}  // namespace octavo::protocol
