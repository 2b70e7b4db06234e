#include "server/open_data.h"

#include <utility>

#include "base/clock.h"
#include "io/file.h"
#include "server/core_settings.h"
#include "server/engine_options.h"

namespace octavo::server {

Result<std::unique_ptr<OpenData>> OpenData::open(const protocol::Settings& settings) {
  // Values may outlive whoever they are charged to, up to the end of the process.
  const std::shared_ptr<engine::ProcessMemory> memory{
      new engine::ProcessMemory(settings.number(kMemory).value_or(0)), [](auto*) {}};
  TRY(auto engine, engine::Engine::open(engine_options(settings, memory)));
  Bytes secret = engine::load_login_secret(io::posix_file_system(), settings.text(kData));
  return std::unique_ptr<OpenData>(new OpenData(std::move(engine), std::move(secret)));
}

OpenData::OpenData(std::unique_ptr<engine::Engine> engine, Bytes secret)
    : credentials_(std::move(secret)),
      engine_(std::move(engine)),
      context_{*engine_,     runtime_,       workers_, connections_, logins_,
               credentials_, system_clock(), turns_,   jobs_} {}

OpenData::~OpenData() {
  // An error of the close is for who asks for it; here something has failed before.
  (void)close();
}

Status OpenData::close() {
  if (std::exchange(closed_, true)) return {};
  workers_.stop();
  runtime_.stop();
  return engine_->close();
}

}  // namespace octavo::server
