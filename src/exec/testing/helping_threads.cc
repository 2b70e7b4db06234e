#include "exec/testing/helping_threads.h"

#include "base/metrics.h"

namespace octavo::exec::testing_support {

HelpingThreads::HelpingThreads(std::size_t threads) : pool_({.threads = threads}) {}

std::uint64_t HelpingThreads::steps() { return process_metrics().counter(io::kHelpSteps).value(); }

}  // namespace octavo::exec::testing_support
