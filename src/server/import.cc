#include "server/import.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "base/clock.h"
#include "engine/engine.h"
#include "io/file.h"
#include "protocol/redis/rdb_import.h"
#include "server/core_settings.h"
#include "server/engine_options.h"

namespace octavo::server {
namespace {

redis::Existing existing_of(std::string_view word) {
  if (word == "skip") return redis::Existing::skip;
  return word == "replace" ? redis::Existing::replace : redis::Existing::refuse;
}

// A line a second.
class ProgressLines {
 public:
  void operator()(double done, const redis::RdbImport& so_far) {
    constexpr double kPercent = 100;
    const std::int64_t now_ns = system_clock().monotonic_ns();
    if (now_ns < next_ns_) return;
    next_ns_ = now_ns + Nanoseconds(std::chrono::seconds(1)).count();
    std::fputs(fmt::format("{:.0f} %: {} keys\n", kPercent * done, so_far.keys).c_str(), stderr);
  }

 private:
  std::int64_t next_ns_ =
      system_clock().monotonic_ns() + Nanoseconds(std::chrono::seconds(1)).count();
};

std::string told(const redis::RdbImport& done, const std::string& path) {
  std::string text = fmt::format("imported {} keys of {}", done.keys, path);
  if (!done.redis_version.empty()) text += fmt::format(" (Redis {})", done.redis_version);
  if (done.expired > 0) text += fmt::format("; {} had expired", done.expired);
  if (done.skipped > 0) text += fmt::format("; {} were there already", done.skipped);
  if (done.functions > 0) {
    text += fmt::format("; {} libraries of functions were left out", done.functions);
  }
  return text;
}

}  // namespace

std::vector<protocol::SettingRow> with_import_rows(std::span<const protocol::SettingRow> rows) {
  std::vector<protocol::SettingRow> out(rows.begin(), rows.end());
  out.insert(out.end(), kImportRows.begin(), kImportRows.end());
  return out;
}

Status import(const protocol::Settings& settings) {
  const std::string& path = settings.text(kRedisRdb);
  if (path.empty()) {
    return fail(Code::invalid_argument,
                fmt::format("--{}: required; allowed: a path", kRedisRdb.name));
  }
  TRY(const auto file, io::posix_file_system().open(path, io::OpenMode::read));
  // Values may outlive whoever they are charged to, up to the end of the process.
  const std::shared_ptr<engine::ProcessMemory> memory{
      new engine::ProcessMemory(settings.number(kMemory).value_or(0)), [](auto*) {}};
  TRY(const auto engine, engine::Engine::open(engine_options(settings, memory)));
  ProgressLines lines;
  const auto progress = [&lines](double done, const redis::RdbImport& so_far) {
    lines(done, so_far);
  };
  auto imported =
      redis::import_rdb(*engine, *file, existing_of(settings.text(kExisting)), progress);
  const Status closed = engine->close();
  if (!imported) return fail(std::move(imported).error());
  TRY_STATUS(closed);
  std::printf("%s\n", told(*imported, path).c_str());
  return {};
}

}  // namespace octavo::server
