#include "protocol/mongodb/transfer/report.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace octavo::mongodb::transfer {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kTerminalPeriodNs = kNanosPerSecond / 4;
constexpr std::int64_t kLinePeriodNs = kNanosPerSecond;
constexpr std::int64_t kSamePeriodNs = 10 * kNanosPerSecond;
constexpr std::int64_t kSecondsPerMinute = 60;
constexpr std::int64_t kSecondsPerHour = 3600;

// Back to the first column, and the rest of the line away.
constexpr std::string_view kWipe = "\r\x1b[K";

// What can be overwritten: a line that is longer goes on in the next one.
std::size_t columns() {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return kUsual;
  return size.ws_col - 1U;
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string size_text(std::uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= kStep && unit + 1 < std::size(kUnits); ++unit) size /= kStep;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::string time_text(std::int64_t seconds) {
  if (seconds < kSecondsPerMinute) return fmt::format("{} s", seconds);
  if (seconds < kSecondsPerHour) {
    return fmt::format("{} min {} s", seconds / kSecondsPerMinute, seconds % kSecondsPerMinute);
  }
  return fmt::format("{} h {} min", seconds / kSecondsPerHour,
                     seconds % kSecondsPerHour / kSecondsPerMinute);
}

Report::Report(Clock& clock) : clock_(clock), terminal_(::isatty(STDERR_FILENO) == 1) {}

Report::~Report() { wipe(); }

void Report::wipe() {
  if (shown_) std::fwrite(kWipe.data(), 1, kWipe.size(), stderr);
  shown_ = false;
}

void Report::say(std::string_view line) {
  wipe();
  std::fputs(fmt::format("{}\n", line).c_str(), stderr);
  last_.clear();
  told_ns_ = 0;
}

void Report::status(const std::string& line) {
  const std::int64_t passed = now_ns() - told_ns_;
  const std::int64_t period = terminal_       ? kTerminalPeriodNs
                              : line == last_ ? kSamePeriodNs
                                              : kLinePeriodNs;
  if (told_ns_ != 0 && passed < period) return;
  told_ns_ = now_ns();
  last_ = line;
  wipe();
  const std::string_view shown =
      std::string_view(line).substr(0, terminal_ ? columns() : line.size());
  std::fputs(fmt::format("{}{}", shown, terminal_ ? "" : "\n").c_str(), stderr);
  shown_ = terminal_;
}

void CopyProgress::add(std::uint64_t documents, std::uint64_t bytes) {
  done_ += documents;
  done_bytes_ += bytes;
  report_.status(text());
}

std::int64_t CopyProgress::seconds() const {
  return (report_.now_ns() - began_ns_) / kNanosPerSecond;
}

std::string CopyProgress::text() const {
  const std::uint64_t all = std::max(documents_, skipped_ + done_);
  const std::int64_t spent = std::max<std::int64_t>(seconds(), 1);
  const std::uint64_t left = all - skipped_ - done_;
  constexpr std::uint64_t kWhole = 100;
  std::string out =
      fmt::format("copying {}: {} of {} documents ({} %), {}{}, {} documents/s, {}/s", collection_,
                  grouped(skipped_ + done_), grouped(all),
                  all == 0 ? kWhole : kWhole * (skipped_ + done_) / all, size_text(done_bytes_),
                  bytes_ == 0 ? "" : fmt::format(" of {}", size_text(bytes_)),
                  grouped(done_ / static_cast<std::uint64_t>(spent)),
                  size_text(done_bytes_ / static_cast<std::uint64_t>(spent)));
  if (done_ == 0) return out;
  const double rest = static_cast<double>(left) / static_cast<double>(done_);
  return out + fmt::format(", about {} left",
                           time_text(static_cast<std::int64_t>(rest * static_cast<double>(spent))));
}

}  // namespace octavo::mongodb::transfer
