#include "server/command_line.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace octavo::server {
namespace {

constexpr std::string_view kUsage =
    "octavo serve --data DIR [--config FILE.toml] [--<setting> VALUE]...\n"
    "octavo check DIR     verifies the files of a stopped server\n"
    "octavo version\n"
    "octavo help\n";

constexpr std::size_t kHelpColumn = 28;
constexpr std::size_t kHelpWidth = 100;

// A word that is no flag of ours: CLI11 leaves it over.
Error unknown_argument(std::span<const SettingRow> rows, const std::string& argument) {
  if (!argument.starts_with("--")) {
    return {Code::invalid_argument, fmt::format("{}: not understood; see `octavo help`", argument)};
  }
  const std::string name = argument.substr(2, argument.find('=') - 2);
  std::vector<std::string_view> names;
  for (const SettingRow& row : rows) names.push_back(row.name);
  if (const auto meant = closest_name(name, names)) {
    return {Code::invalid_argument,
            fmt::format("--{}: no such setting; did you mean --{}?", name, *meant)};
  }
  return {Code::invalid_argument,
          fmt::format("--{}: no such setting; `octavo help` lists them", name)};
}

std::string_view value_word(SettingKind kind) {
  switch (kind) {
    case SettingKind::text: return "TEXT";
    case SettingKind::path: return "PATH";
    case SettingKind::port: return "PORT";
    case SettingKind::bytes: return "SIZE";
    case SettingKind::duration: return "TIME";
    case SettingKind::count: return "N";
    case SettingKind::choice: return "WORD";
    case SettingKind::addresses: return "ADDR";
  }
  return "";
}

void append_wrapped(std::string& out, std::string_view text) {
  std::size_t column = kHelpColumn;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find(' ');
    const std::string_view word = rest.substr(0, end);
    if (column > kHelpColumn && column + 1 + word.size() > kHelpWidth) {
      out += fmt::format("\n{:{}}", "", kHelpColumn);
      column = kHelpColumn;
    } else if (column > kHelpColumn) {
      out.push_back(' ');
      ++column;
    }
    out += word;
    column += word.size();
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
}

}  // namespace

Result<Command> parse_command_line(std::span<const SettingRow> rows,
                                   const std::vector<std::string>& arguments) {
  CLI::App app;
  app.set_help_flag("-h,--help");
  app.require_subcommand(0, 1);
  CLI::App* serve = app.add_subcommand("serve");
  CLI::App* check = app.add_subcommand("check");
  CLI::App* version = app.add_subcommand("version");
  CLI::App* help = app.add_subcommand("help");
  version->allow_extras(false);
  serve->allow_extras();

  Command command;
  check->add_option("directory", command.directory)->required();
  std::deque<std::vector<std::string>> given;  // CLI11 keeps references: no element may move
  for (const SettingRow& row : rows) {
    given.emplace_back();
    serve->add_option("--" + std::string(row.name), given.back())
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  try {  // CLI11 knows no other way to say what is wrong
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return command;
  } catch (const CLI::ParseError& error) {
    return fail(Code::invalid_argument, error.what());
  }
  if (!serve->remaining().empty()) {
    return fail(unknown_argument(rows, serve->remaining().front()));
  }

  if (serve->parsed()) command.action = Action::serve;
  if (check->parsed()) command.action = Action::check;
  if (version->parsed()) command.action = Action::version;
  if (app.get_subcommands().empty() && !help->parsed()) {
    return fail(Code::invalid_argument,
                "one of serve, check, version and help is needed; see `octavo help`");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (given[i].empty()) continue;
    RawSetting setting;
    setting.texts = given[i];
    setting.origin = fmt::format("--{}", rows[i].name);
    command.flags.emplace(rows[i].name, std::move(setting));
  }
  return command;
}

std::string help_text(std::span<const SettingRow> rows) {
  std::string out(kUsage);
  out +=
      "\nA setting has one name in three places: the flag --redis-port, the environment variable\n"
      "OCTAVO_REDIS_PORT, and redis-port in the configuration file. The flag wins over the\n"
      "environment, and the environment over the file.\n\n";
  for (const SettingRow& row : rows) {
    const std::string flag = fmt::format("  --{} {}", row.name, value_word(row.kind));
    out += fmt::format("{:{}}", flag, kHelpColumn);
    if (flag.size() >= kHelpColumn) out += fmt::format("\n{:{}}", "", kHelpColumn);
    std::string text(row.help);
    text += fmt::format(" Allowed: {}.", describe_allowed(row));
    if (!row.fallback.empty()) text += fmt::format(" Default: {}.", row.fallback);
    append_wrapped(out, text);
    out.push_back('\n');
  }
  return out;
}

}  // namespace octavo::server
