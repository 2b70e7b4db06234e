// The configuration file: TOML, flat, the same names as the flags.
//
//   data = "/var/lib/octavo"
//   bind = ["127.0.0.1", "::1"]
//   threads = 4
//   log-level = "debug"

#include <fmt/format.h>
#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>

#include <algorithm>

#include "io/file.h"
#include "server/core_settings.h"
#include "server/setting_names.h"
#include "server/setting_sources.h"

namespace octavo::server {
namespace {

// Whether a byte is in a string or in a comment, where any character may be. One line at a time.
class Quoting {
 public:
  bool inside() const { return quote_ != 0; }
  void step(char c) {
    if (c == '\n') {
      quote_ = 0;
    } else if (escaped_) {
      escaped_ = false;
    } else if (quote_ == 0) {
      if (c == '"' || c == '\'' || c == '#') quote_ = c;
    } else if (quote_ == '"' && c == '\\') {
      escaped_ = true;
    } else if (c == quote_ && c != '#') {
      quote_ = 0;
    }
  }

 private:
  char quote_ = 0;
  bool escaped_ = false;
};

// toml++ 3.3 has undefined behaviour for some characters where it expects white space (its
// is_non_ascii_horizontal_whitespace), so it is not shown any there. Strings over several lines
// would make that harder to tell, and no setting needs one.
Status check_characters(std::string_view text, const std::string& path) {
  std::size_t line = 1;
  Quoting quoting;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view three = text.substr(i, 3);
    if (three == "\"\"\"" || three == "'''") {
      return fail(Code::invalid_argument,
                  fmt::format("{}:{}: strings of several lines are not allowed", path, line));
    }
    if (static_cast<unsigned char>(text[i]) >= 0x80 && !quoting.inside()) {
      return fail(
          Code::invalid_argument,
          fmt::format("{}:{}: only ASCII is allowed outside strings and comments", path, line));
    }
    quoting.step(text[i]);
    if (text[i] == '\n') ++line;
  }
  return {};
}

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

Result<RawSettings> collect(std::span<const SettingRow> rows, const toml::table& table,
                            const std::string& path) {
  RawSettings out;
  for (const auto& [key, node] : table) {
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

}  // namespace

Result<RawSettings> parse_config(std::span<const SettingRow> rows, std::string_view text,
                                 const std::string& path) {
  TRY_STATUS(check_characters(text, path));
  try {  // toml++ without exceptions runs into its own assertions after an error
    return collect(rows, toml::parse(text, path), path);
  } catch (const toml::parse_error& error) {
    return fail(Code::invalid_argument,
                fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
}

Result<RawSettings> read_config_file(std::span<const SettingRow> rows, const std::string& path) {
  const Result<Bytes> text = io::read_file(io::posix_file_system(), path);
  if (!text) {
    return fail(text.error().code, fmt::format("config: {}; allowed: {}", text.error().what,
                                               "a file that can be read"));
  }
  return parse_config(rows, *text, path);
}

}  // namespace octavo::server
