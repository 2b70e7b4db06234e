#include "server/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/clock.h"
#include "engine/engine.h"
#include "io/file.h"
#include "protocol/common/server_import.h"
#include "server/core_settings.h"
#include "server/engine_options.h"
#include "server/open_data.h"
#include "server/protocols.h"

namespace octavo::server {
namespace {

using protocol::Existing;
using protocol::ImportRow;
using protocol::ServerImportRow;

constexpr SettingRow kExisting{.name = "existing",
                               .kind = SettingKind::choice,
                               .fallback = "refuse",
                               .help =
                                   "What becomes of what is there already: the import ends, what "
                                   "is in the source is left out, or "
                                   "it takes the place of the other.",
                               .choices = "refuse|skip|replace"};

Existing existing_of(std::string_view word) {
  if (word == "skip") return Existing::skip;
  return word == "replace" ? Existing::replace : Existing::refuse;
}

std::vector<ImportRow> imports() {
  std::vector<ImportRow> out;
  for (const protocol::Protocol* const protocol : protocols()) {
    out.insert(out.end(), protocol->imports.begin(), protocol->imports.end());
  }
  return out;
}

// One of all files and servers has to be named.
Status check_source(const protocol::Settings& settings) {
  std::size_t named = 0;
  std::string names;
  const auto look = [&](const SettingRow& row) {
    names += fmt::format("{}--{}", names.empty() ? "" : ", ", row.name);
    if (!settings.text(row).empty()) ++named;
  };
  for (const ImportRow& row : imports()) look(row.file);
  for (const ServerImportRow& row : server_imports()) look(row.source);
  if (named == 1) return {};
  return fail(Code::invalid_argument,
              fmt::format("import: one file or server to read; allowed: {}", names));
}

Result<ImportRow> import_of(const protocol::Settings& settings) {
  for (const ImportRow& row : imports()) {
    if (!settings.text(row.file).empty()) return row;
  }
  return fail(Code::internal, "import: no file");
}

// The one that is named; null: none.
const ServerImportRow* server_import_of(const protocol::Settings& settings) {
  const std::span<const ServerImportRow> rows = server_imports();
  const auto named = std::ranges::find_if(
      rows, [&settings](const ServerImportRow& row) { return !settings.text(row.source).empty(); });
  return named == rows.end() ? nullptr : &*named;
}

Status import_server(const protocol::Settings& settings, const ServerImportRow& row) {
  protocol::ServerImport import{.settings = settings,
                                .existing = existing_of(settings.text(kExisting))};
  std::unique_ptr<OpenData> data;
  if (settings.text(row.target).empty()) {
    TRY(data, OpenData::open(settings));
    import.data = &data->context();
  }
  const auto imported = row.run(import);
  const Status closed = data == nullptr ? Status() : data->close();
  if (!imported) return fail(imported.error());
  TRY_STATUS(closed);
  std::printf("imported from %s\n", imported->c_str());
  return {};
}

// A line a second.
class ProgressLines {
 public:
  void show(double done, std::uint64_t put) {
    constexpr double kPercent = 100;
    const std::int64_t now_ns = system_clock().monotonic_ns();
    if (now_ns < next_ns_) return;
    next_ns_ = now_ns + kEveryNs;
    std::fputs(fmt::format("{:.0f} %: {} keys\n", kPercent * done, put).c_str(), stderr);
  }

 private:
  static constexpr std::int64_t kEveryNs = Nanoseconds(std::chrono::seconds(1)).count();
  std::int64_t next_ns_ = system_clock().monotonic_ns() + kEveryNs;
};

}  // namespace

std::vector<SettingRow> import_rows() {
  std::vector<SettingRow> out;
  for (const ImportRow& row : imports()) out.push_back(row.file);
  // Some are of several.
  const auto add = [&out](const SettingRow& row) {
    if (std::ranges::find(out, row.name, &SettingRow::name) == out.end()) out.push_back(row);
  };
  for (const ServerImportRow& row : server_imports()) {
    add(row.source);
    add(row.target);
    for (const SettingRow& own : row.settings) add(own);
  }
  out.push_back(kExisting);
  return out;
}

std::vector<SettingRow> with_import_rows(std::span<const SettingRow> rows) {
  std::vector<SettingRow> out(rows.begin(), rows.end());
  const std::vector<SettingRow> own = import_rows();
  out.insert(out.end(), own.begin(), own.end());
  return out;
}

bool import_needs_data(const protocol::Settings& settings) {
  const ServerImportRow* const row = server_import_of(settings);
  return row == nullptr || settings.text(row->target).empty();
}

Status import(const protocol::Settings& settings) {
  TRY_STATUS(check_source(settings));
  if (const ServerImportRow* const row = server_import_of(settings)) {
    return import_server(settings, *row);
  }
  TRY(const ImportRow row, import_of(settings));
  const std::string& path = settings.text(row.file);
  TRY(const auto file, io::posix_file_system().open(path, io::OpenMode::read));
  // Values may outlive whoever they are charged to, up to the end of the process.
  const std::shared_ptr<engine::ProcessMemory> memory{
      new engine::ProcessMemory(settings.number(kMemory).value_or(0)), [](auto*) {}};
  TRY(const auto engine, engine::Engine::open(engine_options(settings, memory)));
  ProgressLines lines;
  const auto progress = [&lines](double done, std::uint64_t put) { lines.show(done, put); };
  auto imported = row.run(*engine, *file, existing_of(settings.text(kExisting)), progress);
  const Status closed = engine->close();
  if (!imported) return fail(std::move(imported).error());
  TRY_STATUS(closed);
  std::printf("imported from %s: %s\n", path.c_str(), imported->c_str());
  return {};
}

}  // namespace octavo::server
