#pragma once

// Structured log lines on standard error, one line per event, `key=value` pairs (logfmt):
//
//   time=2025-01-02T03:04:05.678Z level=info message="log opened" records=12 path=/data/log
//
//   log_info("log opened", {{"records", count}, {"path", path}});
//
// Safe from any thread. A message is a constant text without data in it, so that it can be searched
// for; what varies goes into fields. A disabled level costs a relaxed load, but its fields are
// still built: guard an expensive one with `log_enabled`.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace octavo {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

std::optional<LogLevel> parse_log_level(std::string_view name);  // "debug", "info", ...
void set_log_level(LogLevel level);                              // `info` until told otherwise
bool log_enabled(LogLevel level);

// One `key=value` of a line. Keys are snake_case constants with the unit last (`took_ms`).
struct LogField {
  std::string_view key;
  std::string value;

  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const char* text) : key(name), value(text) {}
  LogField(std::string_view name, const std::string& text) : key(name), value(text) {}
  LogField(std::string_view name, bool flag) : key(name), value(flag ? "true" : "false") {}
  LogField(std::string_view name, double number);
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  LogField(std::string_view name, T number) : key(name), value(std::to_string(number)) {}
};

using LogFields = std::initializer_list<LogField>;

void log_line(LogLevel level, std::string_view message, LogFields fields = {});

inline void log_debug(std::string_view message, LogFields fields = {}) {
  log_line(LogLevel::debug, message, fields);
}
inline void log_info(std::string_view message, LogFields fields = {}) {
  log_line(LogLevel::info, message, fields);
}
inline void log_warning(std::string_view message, LogFields fields = {}) {
  log_line(LogLevel::warning, message, fields);
}
inline void log_error(std::string_view message, LogFields fields = {}) {
  log_line(LogLevel::error, message, fields);
}

// The part of a line after its time and level; values are quoted where a reader could misread them.
std::string format_log_event(std::string_view message, LogFields fields);

}  // namespace octavo
