#include "base/logging.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>
#include <utility>

#include "base/rows.h"

namespace octavo {
namespace {

struct LevelRow {
  LogLevel level;
  std::string_view name;
  spdlog::level::level_enum theirs;
};

constexpr std::array kLevels{
    LevelRow{LogLevel::debug, "debug", spdlog::level::debug},
    LevelRow{LogLevel::info, "info", spdlog::level::info},
    LevelRow{LogLevel::warning, "warning", spdlog::level::warn},
    LevelRow{LogLevel::error, "error", spdlog::level::err},
    LevelRow{LogLevel::off, "off", spdlog::level::off},
};

static_assert(rows_in_place(kLevels, &LevelRow::level, LogLevel::off));

spdlog::level::level_enum theirs(LogLevel level) { return row_of(kLevels, level).theirs; }

// Never destroyed: a thread may still log while the process winds down.
spdlog::logger& logger() {
  static spdlog::logger& instance = *[] {
    auto created = std::make_unique<spdlog::logger>(
        "octavo", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    created->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc));
    return created.release();
  }();
  return instance;
}

// Bare words stay bare; anything that could be read as more than one word is quoted.
bool is_bare(std::string_view value) {
  if (value.empty()) return false;
  for (const char c : value) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == '\x7f') return false;
  }
  return true;
}

void append_value(std::string& out, std::string_view value) {
  if (is_bare(value)) {
    out.append(value);
    return;
  }
  out.push_back('"');
  for (const char c : value) {
    switch (c) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') {
          fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

}  // namespace

LogField::LogField(std::string_view name, double number)
    : key(name), value(fmt::format("{}", number)) {}

std::optional<LogLevel> parse_log_level(std::string_view name) {
  for (const LevelRow& row : kLevels) {
    if (row.name == name) return row.level;
  }
  return std::nullopt;
}

void set_log_level(LogLevel level) { logger().set_level(theirs(level)); }

bool log_enabled(LogLevel level) { return logger().should_log(theirs(level)); }

std::string format_log_event(std::string_view message, LogFields fields) {
  std::string out = "message=";
  append_value(out, message);
  for (const LogField& field : fields) {
    out.push_back(' ');
    out.append(field.key);
    out.push_back('=');
    append_value(out, field.value);
  }
  return out;
}

void log_line(LogLevel level, std::string_view message, LogFields fields) {
  if (!log_enabled(level)) return;
  logger().log(theirs(level), spdlog::string_view_t(format_log_event(message, fields)));
}

}  // namespace octavo
