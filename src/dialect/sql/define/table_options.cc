#include "dialect/sql/define/table_options.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/type/server_defaults.h"

namespace octavo::sql {
namespace {

constexpr auto kOptions = std::to_array<OptionRow>({
    {"ENGINE", OptionUse::engine},
    {"AUTO_INCREMENT", OptionUse::next_number},
    {"CHARACTER SET", OptionUse::charset},
    {"COLLATE", OptionUse::collation},
    {"MIN_ROWS", OptionUse::shown},
    {"MAX_ROWS", OptionUse::shown},
    {"AVG_ROW_LENGTH", OptionUse::shown},
    {"PACK_KEYS", OptionUse::shown},
    {"STATS_PERSISTENT", OptionUse::shown},
    {"STATS_AUTO_RECALC", OptionUse::shown},
    {"STATS_SAMPLE_PAGES", OptionUse::shown},
    {"CHECKSUM", OptionUse::shown},
    {"DELAY_KEY_WRITE", OptionUse::shown},
    {"ROW_FORMAT", OptionUse::shown},
    {"KEY_BLOCK_SIZE", OptionUse::shown},
    {"COMPRESSION", OptionUse::shown_text},
    {"CONNECTION", OptionUse::shown_text},
    {"COMMENT", OptionUse::comment},
    {"AUTOEXTEND_SIZE", OptionUse::passed_over},
    {"ENGINE_ATTRIBUTE", OptionUse::passed_over},
    {"SECONDARY_ENGINE", OptionUse::passed_over},
    {"SECONDARY_ENGINE_ATTRIBUTE", OptionUse::passed_over},
    {"NODEGROUP", OptionUse::passed_over},
    {"PASSWORD", OptionUse::passed_over},
    {"STORAGE", OptionUse::passed_over},
    {"TABLESPACE", OptionUse::passed_over},
    {"DATA DIRECTORY", OptionUse::refused},
    {"ENCRYPTION", OptionUse::off},
    {"INDEX DIRECTORY", OptionUse::refused},
    {"INSERT_METHOD", OptionUse::refused},
    {"READ ONLY", OptionUse::off},
    {"UNION", OptionUse::refused},
});

}  // namespace

std::span<const OptionRow> option_rows() { return kOptions; }

const OptionRow* find_option(std::string_view name) {
  const auto* const found = std::ranges::find(kOptions, name, &OptionRow::name);
  return found == kOptions.end() ? nullptr : found;
}

bool is_off(std::string_view value) {
  return value == "N" || value == "n" || value == "0" || value == "DEFAULT";
}

Result<std::string_view> engine_name(std::string_view name) {
  if (equals_ignoring_case(name, "HEAP")) return std::string_view("MEMORY");
  for (const std::string_view engine : kEngines) {
    if (equals_ignoring_case(name, engine)) return engine;
  }
  return error<1286>(name);
}

Result<const value::Collation*> collation_of(std::string_view charset_name,
                                             std::string_view collation_name) {
  const value::Charset* charset = nullptr;
  if (!charset_name.empty()) {
    charset = value::find_charset(charset_name);
    if (charset == nullptr) return error<1115>(charset_name);
    if (collation_name.empty()) return value::find_collation(charset->default_collation);
  }
  const value::Collation* collation = value::find_collation(collation_name);
  if (collation == nullptr) return error<1273>(collation_name);
  if (charset != nullptr && charset->id != collation->charset) {
    return error<1253>(collation->name, charset->name);
  }
  return collation;
}

}  // namespace octavo::sql
