#include "dialect/sql/state/settings.h"

#include "dialect/sql/convert/zone.h"
#include "dialect/sql/state/words.h"

namespace octavo::sql {
namespace {

struct TextMode {
  SqlMode mode;
  mode::Bit bit;
};
constexpr TextMode kTextModes[] = {
    {sql_mode::kAnsiQuotes, mode::kAnsiQuotes},
    {sql_mode::kNoBackslashEscapes, mode::kNoBackslashEscapes},
    {sql_mode::kPipesAsConcat, mode::kPipesAsConcat},
    {sql_mode::kIgnoreSpace, mode::kIgnoreSpace},
    {sql_mode::kHighNotPrecedence, mode::kHighNotPrecedence},
    {sql_mode::kRealAsFloat, mode::kRealAsFloat},
};

Modes text_modes_of(SqlMode mode) {
  Modes modes = 0;
  for (const TextMode& row : kTextModes) {
    if ((mode & row.mode) != 0) modes |= row.bit;
  }
  return modes;
}

std::optional<SqlMode> bits_of(std::string_view word) {
  for (const auto& row : sql_mode::kRows) {
    if (same_word(row.name, word)) return row.bits;
  }
  for (const auto& row : sql_mode::kCombinations) {
    if (same_word(row.name, word)) return row.bits;
  }
  return std::nullopt;
}

}  // namespace

std::string mode_text(SqlMode mode) {
  std::string out;
  for (const auto& row : sql_mode::kRows) {
    if ((mode & row.bits) == 0) continue;
    if (!out.empty()) out.push_back(',');
    out.append(row.name);
  }
  return out;
}

std::optional<SqlMode> mode_of_text(std::string_view text, std::string& unknown) {
  SqlMode mode = 0;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view word = trimmed(text.substr(0, comma));
    text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    if (word.empty()) continue;
    const auto bits = bits_of(word);
    if (!bits) {
      unknown = word;
      return std::nullopt;
    }
    mode |= *bits;
  }
  return mode;
}

std::optional<std::string> zone_of_text(std::string_view text) {
  if (same_word(text, "SYSTEM")) return "SYSTEM";
  // One digit of hours is enough: +5:30.
  std::string padded(text);
  if (text.size() >= 2 && text[1] != ':' && text.find(':') == 2) padded.insert(1, 1, '0');
  if (find_zone(padded) == nullptr) return std::nullopt;
  return padded;
}

Settings settings_of(const VariableValues& values) {
  Settings settings;
  std::string unknown;
  settings.mode = mode_of_text(values.text("sql_mode"), unknown).value_or(sql_mode::kDefault);
  settings.text_modes = text_modes_of(settings.mode);
  settings.time_zone = values.text("time_zone");
  if (settings.time_zone == "SYSTEM") settings.time_zone = kSystemZone;
  settings.client = value::find_charset(values.text("character_set_client"));
  const std::string_view results = values.text("character_set_results");
  settings.results = results.empty() ? nullptr : value::find_charset(results);
  settings.connection = value::find_collation(values.text("collation_connection"));
  settings.server = value::find_collation(values.text("collation_server"));
  settings.autocommit = values.flag("autocommit");
  settings.transactions = {.isolation = isolation_of_text(values.text("transaction_isolation")),
                           .read_only = values.flag("transaction_read_only")};
  settings.chains = values.text("completion_type") == "CHAIN";
  settings.releases = values.text("completion_type") == "RELEASE";
  settings.row_lock_time = std::chrono::seconds(values.number("innodb_lock_wait_timeout"));
  settings.table_lock_time = std::chrono::seconds(values.number("lock_wait_timeout"));
  settings.tracked = TransactionTracker::wanted(values.text("session_track_transaction_info"));
  settings.foreign_key_checks = values.flag("foreign_key_checks");
  settings.notes = values.flag("sql_notes");
  settings.select_limit = values.number("sql_select_limit");
  settings.select_time = std::chrono::milliseconds(values.number("max_execution_time"));
  settings.idle_time = std::chrono::seconds(values.number("wait_timeout"));
  settings.most_notes = values.number("max_error_count");
  settings.max_packet = values.number("max_allowed_packet");
  settings.group_concat_bytes = values.number("group_concat_max_len");
  settings.recursion_steps = values.number("cte_max_recursion_depth");
  settings.division_digits = static_cast<std::uint8_t>(values.number("div_precision_increment"));
  settings.week_format = static_cast<std::uint8_t>(values.number("default_week_format"));
  return settings;
}

}  // namespace octavo::sql
