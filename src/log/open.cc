#include "log/open.h"

#include "log/fake_shared_log.h"

namespace octavo::log {

Result<std::unique_ptr<CommitLog>> open(io::FileSystem& files, Clock& clock, OpenOptions options) {
  TRY(std::unique_ptr<CommitLog> log, open_local_log(files, clock, std::move(options.local)));
  if (options.delivery_delay.count() == 0) return log;
  return make_broker(std::move(log), options.delivery_delay)->node(0);
}

}  // namespace octavo::log
