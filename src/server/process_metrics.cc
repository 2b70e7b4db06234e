#include "server/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/version.h"

namespace octavo::server {
namespace {

constexpr MetricRow kResident{"process_resident_memory_bytes", "Resident memory of the process."};
constexpr MetricRow kDescriptors{"process_open_fds", "Open file descriptors."};
constexpr MetricRow kMostDescriptors{"process_max_fds", "How many file descriptors may be open."};
constexpr MetricRow kStartTime{"process_start_time_seconds",
                               "When the process started, in seconds since 1970."};
constexpr MetricRow kProcessorTime{"process_cpu_seconds_total", "User and system time."};
constexpr MetricRow kUptime{"octavo_uptime_seconds", "Time since the start."};
constexpr MetricRow kBuild{"octavo_build_info", "1, with the version as a label."};

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
  double count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  return count;
}

double most_descriptors() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

double processor_seconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

ProcessMetrics::ProcessMetrics(const protocol::Health& health, Clock& clock) {
  MetricRegistry& registry = process_metrics();
  registry.gauge(kBuild, {{"version", std::string(version())}}).set(1);
  using Kind = MetricRegistry::Kind;
  callbacks_.push_back(registry.observe(Kind::gauge, kResident, {}, &resident_bytes));
  callbacks_.push_back(registry.observe(Kind::gauge, kDescriptors, {}, &open_descriptors));
  callbacks_.push_back(registry.observe(Kind::gauge, kMostDescriptors, {}, &most_descriptors));
  callbacks_.push_back(registry.observe(
      Kind::gauge, kStartTime, {},
      [started = static_cast<double>(clock.wall_ns()) * 1e-9] { return started; }));
  callbacks_.push_back(registry.observe(Kind::counter, kProcessorTime, {}, &processor_seconds));
  callbacks_.push_back(registry.observe(Kind::gauge, kUptime, {}, [&health] {
    return static_cast<double>(health.uptime_seconds());
  }));
}

}  // namespace octavo::server
