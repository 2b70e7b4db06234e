#include "server/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "server/import.h"
#include "server/setting_names.h"

namespace octavo::server {
namespace {

struct CommandRow {
  std::string_view word;
  Action action;
  std::string_view usage;
  std::string_view meaning;
};

constexpr std::array kCommands{
    CommandRow{"serve", Action::serve, "octavo serve --data DIR [--<setting> VALUE]...",
               "runs the server until SIGTERM or SIGINT"},
    CommandRow{"check", Action::check, "octavo check DIR",
               "verifies the files of a stopped server"},
    CommandRow{"log", Action::log_dump, "octavo log dump --data DIR [--from LSN] [--count N]",
               "prints the log of a stopped server"},
    CommandRow{"import", Action::import_data, "octavo import --data DIR --<format> SOURCE",
               "takes over the data of another server"},
    CommandRow{"version", Action::version, "octavo version", "prints the version"},
    CommandRow{"help", Action::help, "octavo help", "prints this"},
};

constexpr std::size_t kHelpColumn = 28;
constexpr std::size_t kHelpWidth = 100;

std::string command_words() {
  std::vector<std::string_view> words;
  for (const CommandRow& row : kCommands) words.push_back(row.word);
  return fmt::format("{}", fmt::join(words, ", "));
}

std::unexpected<Error> refuse(std::string text) {
  return fail(Code::invalid_argument, std::move(text));
}

std::unexpected<Error> unknown_command(const std::string& word) {
  std::vector<std::string_view> words;
  for (const CommandRow& row : kCommands) words.push_back(row.word);
  const auto meant = closest_name(word, words);
  return refuse(fmt::format("{}: no such command; {}allowed: {}", word,
                            meant ? fmt::format("did you mean {}? ", *meant) : "",
                            command_words()));
}

std::unexpected<Error> not_understood(std::string_view argument, const CommandRow& command) {
  return refuse(
      fmt::format("{}: not understood; {} is all that is allowed", argument, command.usage));
}

std::unexpected<Error> unknown_setting(std::span<const SettingRow> rows, const std::string& name) {
  std::vector<std::string_view> names;
  for (const SettingRow& row : rows) {
    if (!row.hidden) names.push_back(row.name);
  }
  if (const auto meant = closest_name(name, names)) {
    return refuse(fmt::format("--{}: no such setting; did you mean --{}?", name, *meant));
  }
  return refuse(fmt::format("--{}: no such setting; `octavo help serve` lists them", name));
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

// From `indent` on, which `out` has reached.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = indent;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find(' ');
    const std::string_view word = rest.substr(0, end);
    if (column > indent && column + 1 + word.size() > kHelpWidth) {
      out += fmt::format("\n{:{}}", "", indent);
      column = indent;
    } else if (column > indent) {
      out.push_back(' ');
      ++column;
    }
    out += word;
    column += word.size();
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
}

std::string overview() {
  std::string out;
  for (const CommandRow& row : kCommands) {
    out += fmt::format("{:<58}{}\n", row.usage, row.meaning);
  }
  return out;
}

std::string rows_text(std::span<const SettingRow> rows) {
  std::string out;
  for (const SettingRow& row : rows) {
    if (row.hidden) continue;
    const std::string flag = fmt::format("  --{} {}", row.name, value_word(row.kind));
    out += fmt::format("{:{}}", flag, kHelpColumn);
    if (flag.size() >= kHelpColumn) out += fmt::format("\n{:{}}", "", kHelpColumn);
    std::string text(row.help);
    text += fmt::format(" Allowed: {}.", describe_allowed(row));
    if (!row.fallback.empty()) text += fmt::format(" Default: {}.", row.fallback);
    append_wrapped(out, text, kHelpColumn);
    out.push_back('\n');
  }
  return out;
}

std::string settings_text(std::span<const SettingRow> rows) {
  const std::string_view example = rows.front().name;
  std::string out = "\n";
  append_wrapped(out,
                 fmt::format("A setting has one name in three places: the flag --{}, the "
                             "environment variable {}, and {} in the configuration file. The flag "
                             "wins over the environment, and the environment over the file.",
                             example, environment_name(example), example),
                 0);
  return out + "\n\n" + rows_text(rows);
}

// Of one command, or of all when it is null.
Command help_of(std::span<const SettingRow> rows, const CommandRow* command) {
  Command out;
  const bool of_all = command == nullptr || command->action == Action::help;
  out.help = of_all ? overview() : fmt::format("{}\n{}.\n", command->usage, command->meaning);
  if (of_all || command->action == Action::serve) out.help += settings_text(rows);
  if (!of_all && command->action == Action::import_data) {
    out.help += "\nBeside the settings of `octavo help serve`:\n\n" + rows_text(import_rows());
  }
  return out;
}

bool asks_for_help(std::string_view argument) { return argument == "--help" || argument == "-h"; }

const CommandRow* find_command(std::string_view word) {
  const auto found = std::ranges::find(kCommands, word, &CommandRow::word);
  return found == kCommands.end() ? nullptr : &*found;
}

// `--name VALUE` and `--name=VALUE`; a name may come again, which only addresses allow.
Result<RawSettings> parse_flags(std::span<const SettingRow> rows,
                                std::span<const std::string> arguments) {
  RawSettings out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with("--")) {
      return refuse(
          fmt::format("{}: not understood; a setting is --name VALUE, see "
                      "`octavo help serve`",
                      argument));
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(2, equals - 2);
    const auto row = std::ranges::find(rows, name, &SettingRow::name);
    if (row == rows.end()) return unknown_setting(rows, name);
    RawSetting& setting = out[name];
    setting.origin = fmt::format("--{}", name);
    if (equals != std::string::npos) {
      setting.texts.push_back(argument.substr(equals + 1));
    } else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with("--")) {
      setting.texts.push_back(arguments[++i]);
    } else {
      return refuse(fmt::format("--{}: has no value; allowed: {}", name, describe_allowed(*row)));
    }
  }
  return out;
}

// `dump --data DIR [--from LSN] [--count N]`, in any order.
Status parse_log_dump(std::span<const std::string> rest, const CommandRow& row, Command& command) {
  if (rest.empty() || rest.front() != "dump") {
    return refuse(fmt::format("log: what to do with it is missing: {}", row.usage));
  }
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const std::size_t equals = rest[i].find('=');
    const std::string name = rest[i].substr(0, equals);
    if (name != "--data" && name != "--from" && name != "--count") {
      return not_understood(rest[i], row);
    }
    if (equals == std::string::npos && i + 1 == rest.size()) {
      return refuse(fmt::format("{}: has no value: {}", name, row.usage));
    }
    const std::string value = equals == std::string::npos ? rest[++i] : rest[i].substr(equals + 1);
    if (name == "--data") {
      command.directory = value;
    } else if (name == "--from") {
      const auto from = parse_lsn(value);
      if (!from) return refuse(fmt::format("--from: '{}': allowed: as in 0:0:4096", value));
      command.dump.from = *from;
    } else {
      const auto count = parse_number<std::uint64_t>(value);
      if (!count) return refuse(fmt::format("--count: '{}': allowed: a number of records", value));
      command.dump.count = *count;
    }
  }
  if (command.directory.empty()) {
    return refuse(fmt::format("log dump: --data is missing: {}", row.usage));
  }
  return {};
}

}  // namespace

Result<Command> parse_command_line(std::span<const SettingRow> rows,
                                   const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    return refuse(
        fmt::format("a command is missing; allowed: {}; see `octavo help`", command_words()));
  }
  const std::string& word = arguments.front();
  if (asks_for_help(word)) return help_of(rows, nullptr);
  const CommandRow* row = find_command(word == "--version" ? "version" : word);
  if (row == nullptr) return unknown_command(word);
  const std::span<const std::string> rest(arguments.begin() + 1, arguments.end());
  if (std::ranges::any_of(rest, asks_for_help)) return help_of(rows, row);

  Command command;
  command.action = row->action;
  switch (row->action) {
    case Action::serve: {
      TRY(command.flags, parse_flags(rows, rest));
      return command;
    }
    case Action::check:
      if (rest.empty()) return refuse(fmt::format("check: DIR is missing: {}", row->usage));
      command.directory = rest.front();
      if (rest.size() > 1) return not_understood(rest[1], *row);
      if (command.directory.empty() || command.directory.starts_with("-")) {
        return not_understood(rest.front(), *row);
      }
      return command;
    case Action::log_dump: {
      TRY_STATUS(parse_log_dump(rest, *row, command));
      return command;
    }
    case Action::import_data: {
      TRY(command.flags, parse_flags(with_import_rows(rows), rest));
      return command;
    }
    case Action::version:
      if (!rest.empty()) return not_understood(rest.front(), *row);
      return command;
    case Action::help: {
      const CommandRow* about = rest.empty() ? nullptr : find_command(rest.front());
      if (!rest.empty() && about == nullptr) return unknown_command(rest.front());
      return help_of(rows, about);
    }
  }
  return unknown_command(word);
}

}  // namespace octavo::server
