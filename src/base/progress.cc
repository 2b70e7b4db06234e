#include "base/progress.h"

#include "base/logging.h"

namespace octavo {
namespace {
constexpr std::int64_t kIntervalNs = 2'000'000'000;
}  // namespace

Progress::Progress(std::string what, std::uint64_t total, Clock& clock)
    : what_(std::move(what)),
      total_(total),
      clock_(clock),
      started_ns_(clock.monotonic_ns()),
      reported_ns_(started_ns_) {}

Progress::~Progress() {
  if (lines_ > 0) report(finished_ ? "finished" : "not finished");
}

void Progress::advance_to(std::uint64_t done) {
  done_ = done;
  if (clock_.monotonic_ns() - reported_ns_ >= kIntervalNs) report("in progress");
}

void Progress::report(const char* message) {
  reported_ns_ = clock_.monotonic_ns();
  const std::int64_t elapsed_ms = (reported_ns_ - started_ns_) / 1'000'000;
  ++lines_;
  if (total_ == 0) {
    log_info(message, {{"work", what_}, {"done", done_}, {"elapsed_ms", elapsed_ms}});
    return;
  }
  const double share = static_cast<double>(done_) / static_cast<double>(total_);
  log_info(message, {{"work", what_},
                     {"done", done_},
                     {"total", total_},
                     {"percent", static_cast<int>(share * 100)},
                     {"elapsed_ms", elapsed_ms}});
}

}  // namespace octavo
