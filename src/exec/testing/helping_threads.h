#pragma once

// Real threads that help to read, for tests of folders that know nothing of threads.

#include <cstdint>

#include "io/worker_pool.h"

namespace octavo::exec::testing_support {

class HelpingThreads {
 public:
  explicit HelpingThreads(std::size_t threads);
  // For function::EvalContext.
  Pacer* pacer() { return &pool_; }
  // Nobody helps any more.
  void stop() { pool_.stop(); }
  // How often anybody of the process has helped.
  static std::uint64_t steps();

 private:
  io::WorkerPool pool_;
};

}  // namespace octavo::exec::testing_support
