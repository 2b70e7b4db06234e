// The configuration file: TOML, flat, the same names as the flags.
//
//   data = "/var/lib/octavo"
//   bind = ["127.0.0.1", "::1"]
//   redis-port = "off"
//   rethinkdb-port = 28015

#include <fmt/format.h>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "server/settings.h"

namespace octavo::server {
namespace {

// A TOML value as the text that a flag would have: numbers may be written bare.
std::optional<std::string> as_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  return std::nullopt;
}

std::optional<std::vector<std::string>> as_texts(const toml::node& node) {
  std::vector<std::string> out;
  if (const auto* array = node.as_array()) {
    for (const toml::node& element : *array) {
      auto text = as_text(element);
      if (!text) return std::nullopt;
      out.push_back(*std::move(text));
    }
    return out;
  }
  auto text = as_text(node);
  if (!text) return std::nullopt;
  out.push_back(*std::move(text));
  return out;
}

Error unknown_key(std::span<const SettingRow> rows, const std::string& origin,
                  std::string_view key) {
  std::vector<std::string_view> names;
  for (const SettingRow& row : rows) names.push_back(row.name);
  if (const auto meant = closest_name(key, names)) {
    return {Code::invalid_argument,
            fmt::format("{}: no such setting; did you mean {}?", origin, *meant)};
  }
  return {Code::invalid_argument,
          fmt::format("{}: no such setting; there are: {}", origin, fmt::join(names, ", "))};
}

}  // namespace

Result<RawSettings> parse_config(std::span<const SettingRow> rows, std::string_view text,
                                 const std::string& path) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return fail(Code::invalid_argument, fmt::format("{}:{}: {}", path, error.source().begin.line,
                                                    error.description()));
  }
  RawSettings out;
  for (const auto& [key, node] : parsed.table()) {
    const std::string origin = fmt::format("{}: {}", path, key.str());
    const auto row = std::ranges::find(rows, key.str(), &SettingRow::name);
    // A file cannot name the file that it is.
    if (row == rows.end() || row->name == kConfig.name) {
      return fail(unknown_key(rows, origin, key.str()));
    }
    auto texts = as_texts(node);
    if (!texts) {
      return fail(Code::invalid_argument,
                  fmt::format("{}: this kind of value is not allowed; allowed: {}", origin,
                              describe_allowed(*row)));
    }
    RawSetting setting;
    setting.texts = *std::move(texts);
    setting.origin = origin;
    out.emplace(key.str(), std::move(setting));
  }
  return out;
}

Result<RawSettings> read_config_file(std::span<const SettingRow> rows, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::not_found, fmt::format("config: cannot read {}", path));
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return fail(Code::unavailable, fmt::format("config: cannot read {}", path));
  return parse_config(rows, text.str(), path);
}

}  // namespace octavo::server
