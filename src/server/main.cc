// octavo serve | check | log dump | import | version | help. Exit codes: 0 well, 1 it did not work,
// 2 a wrong command line or setting.

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "base/logging.h"
#include "base/version.h"
#include "engine/check.h"
#include "engine/log_dump.h"
#include "io/file.h"
#include "protocol/common/listeners.h"
#include "server/command_line.h"
#include "server/core_settings.h"
#include "server/import.h"
#include "server/protocols.h"
#include "server/serve.h"
#include "server/setting_names.h"
#include "server/setting_sources.h"

namespace octavo::server {
namespace {

using protocol::Settings;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// Rows, keys and password verifiers are nobody else's to read, whoever creates the file (RocksDB
// asks for 0644).
constexpr mode_t kHiddenFromOthers = 027;

int complain(const Error& error, int exit_code) {
  std::fprintf(stderr, "octavo: %s\n", error.what.c_str());
  return exit_code;
}

void warn_of_unknown(std::span<const SettingRow> rows, const std::vector<std::string>& variables) {
  std::vector<std::string> names;
  for (const SettingRow& row : rows) names.push_back(environment_name(row.name));
  const std::vector<std::string_view> views(names.begin(), names.end());
  for (const std::string& variable : variables) {
    const auto meant = closest_name(variable, views);
    log_warning("unknown setting in the environment",
                {{"name", variable}, {"did_you_mean", meant.value_or("")}});
  }
}

// Flags, then the environment, then the file that one of those names.
Result<Settings> gather(std::span<const SettingRow> rows, RawSettings flags) {
  std::vector<std::string> unknown;
  std::vector<RawSettings> sources;
  sources.push_back(std::move(flags));
  sources.push_back(read_environment(rows, environ, unknown));
  TRY(const Settings first, Settings::resolve(rows, sources));
  if (const std::string& path = first.text(kConfig); !path.empty()) {
    TRY(RawSettings file, read_config_file(rows, path));
    sources.push_back(std::move(file));
  }
  TRY(Settings settings, Settings::resolve(rows, sources));
  TRY_STATUS(protocol::check_tls(protocols(), settings));
  set_log_level(parse_log_level(settings.text(kLogLevel)).value());
  warn_of_unknown(rows, unknown);
  return settings;
}

Status check_data(const Settings& settings) {
  if (!settings.text(kData).empty()) return {};
  return fail(Code::invalid_argument,
              fmt::format("--{}: required; allowed: {}", kData.name, describe_allowed(kData)));
}

int run_serve(std::span<const SettingRow> rows, RawSettings flags) {
  const Result<Settings> settings = gather(rows, std::move(flags));
  if (!settings) return complain(settings.error(), kWrongUsage);
  const Status has_data = check_data(*settings);
  if (!has_data) return complain(has_data.error(), kWrongUsage);
  const Status outcome = serve(*settings);
  if (outcome) return 0;
  if (!log_enabled(LogLevel::error)) return complain(outcome.error(), kFailed);
  log_error("the server failed", {{"reason", outcome.error().what}});
  return kFailed;
}

int run_import(std::span<const SettingRow> rows, RawSettings flags) {
  const Result<Settings> settings = gather(with_import_rows(rows), std::move(flags));
  if (!settings) return complain(settings.error(), kWrongUsage);
  const Status has_data = import_needs_data(*settings) ? check_data(*settings) : Status();
  if (!has_data) return complain(has_data.error(), kWrongUsage);
  const Status outcome = import(*settings);
  if (outcome) return 0;
  const bool is_usage = outcome.error().code == Code::invalid_argument;
  return complain(outcome.error(), is_usage ? kWrongUsage : kFailed);
}

int run_check(const std::string& directory) {
  const Result<engine::CheckReport> report = engine::check(io::posix_file_system(), directory);
  if (!report) return complain(report.error(), kFailed);
  for (const std::string& line : report->lines) std::printf("%s\n", line.c_str());
  for (const std::string& line : report->errors) std::printf("error: %s\n", line.c_str());
  std::printf("%s\n", report->errors.empty() ? "ok" : "damaged");
  return report->errors.empty() ? 0 : kFailed;
}

int run_log_dump(const std::string& directory, const engine::LogDumpOptions& options) {
  const auto print = [](std::string_view line) {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
  };
  const Status dumped = engine::dump_log(io::posix_file_system(), directory, options, print);
  return dumped ? 0 : complain(dumped.error(), kFailed);
}

int run(const std::vector<std::string>& arguments) {
  const std::vector<SettingRow> rows = all_settings();
  Result<Command> command = parse_command_line(rows, arguments);
  if (!command) return complain(command.error(), kWrongUsage);
  switch (command->action) {
    case Action::serve: return run_serve(rows, std::move(command->flags));
    case Action::check: return run_check(command->directory);
    case Action::log_dump: return run_log_dump(command->directory, command->dump);
    case Action::import_data: return run_import(rows, std::move(command->flags));
    case Action::version: std::printf("octavo %s\n", std::string(version()).c_str()); return 0;
    case Action::help: std::fputs(command->help.c_str(), stdout); return 0;
  }
  return kWrongUsage;
}

}  // namespace
}  // namespace octavo::server

int main(int argc, char** argv) {
  umask(octavo::server::kHiddenFromOthers);
  return octavo::server::run(std::vector<std::string>(argv + 1, argv + argc));
}
