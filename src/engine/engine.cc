#include "base/uuid.h"
#include "engine/engine_impl.h"

namespace octavo::engine {

std::string EngineImpl::instance_uuid() const {
  const auto& bytes = log_->cluster().bytes;
  return format_uuid(BytesView(bytes.data(), bytes.size()));
}

std::optional<Error> EngineImpl::writes_refused() const {
  if (Status log = log_->writable(); !log) return std::move(log).error();
  if (Status rows = rows_->write_error(); !rows) return std::move(rows).error();
  return std::nullopt;
}

bool EngineImpl::keyspace_in_use() const {
  auto& keyspace = keyspace_->keyspace();
  const auto lock = keyspace.lock();
  for (unsigned n = 0; n < keyspace.database_count(); ++n) {
    if (keyspace.database(n).size() > 0) return true;
  }
  return false;
}

Result<std::unique_ptr<Engine>> Engine::open(Options options) {
  auto engine = std::make_unique<EngineImpl>(std::move(options));
  TRY_STATUS(engine->start());
  return engine;
}

}  // namespace octavo::engine
