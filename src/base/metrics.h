#pragma once

// Numbers about the running server, read by Prometheus.
//
// A module declares its metrics as a table of `constexpr MetricRow`s next to the code that counts,
// and asks the registry once, at start, for the object behind a row:
//
//   constexpr MetricRow kRecords{"octavo_log_records_total", "Records appended to the log."};
//   Counter& records = process_metrics().counter(kRecords);
//   records.add();
//
// The same row with the same labels is the same object, so that two instances of a module count
// together. Objects live as long as their registry. Counting is one relaxed atomic operation;
// asking the registry takes a lock. Names follow Prometheus: `octavo_` first, unit last, `_total`
// for counters.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace octavo {

struct MetricRow {
  std::string_view name;
  std::string_view help;
};

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// Only grows. Alone in its cache line: neighbours are counted by other threads.
class alignas(64) Counter {
 public:
  void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class alignas(64) Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Counts of observations below ascending upper bounds. `bounds` must outlive the histogram: it is
// meant to be a constexpr array.
class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds);
  void observe(double value);

  struct State {
    std::vector<std::uint64_t> counts;  // one per bound and one above the last; not cumulative
    double sum = 0;
  };
  State state() const;
  std::span<const double> bounds() const { return bounds_; }

 private:
  std::span<const double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

// From 10 microseconds to 10 seconds, two bounds a decade.
inline constexpr double kLatencySeconds[] = {1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2,
                                             3e-2, 1e-1, 3e-1, 1,    3,    10};

class MetricRegistry {
 public:
  // Takes a metric's value when it is read. Destroying the handle ends that; the function is not
  // running any more when the destructor returns.
  class Callback {
   public:
    Callback() = default;
    Callback(Callback&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), id_(other.id_) {}
    Callback& operator=(Callback&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(id_, other.id_);
      return *this;
    }
    ~Callback();

   private:
    friend class MetricRegistry;
    Callback(MetricRegistry* owner, std::uint64_t id) : owner_(owner), id_(id) {}
    MetricRegistry* owner_ = nullptr;
    std::uint64_t id_ = 0;
  };

  MetricRegistry();
  ~MetricRegistry();
  MetricRegistry(const MetricRegistry&) = delete;
  MetricRegistry& operator=(const MetricRegistry&) = delete;

  Counter& counter(const MetricRow& row, const MetricLabels& labels = {});
  Gauge& gauge(const MetricRow& row, const MetricLabels& labels = {});
  Histogram& histogram(const MetricRow& row, std::span<const double> bounds = kLatencySeconds,
                       const MetricLabels& labels = {});
  enum class Kind : std::uint8_t { gauge, counter };
  [[nodiscard]] Callback observe(Kind kind, const MetricRow& row, MetricLabels labels,
                                 std::function<double()> read);

  // Prometheus text exposition format 0.0.4, families by name. `read` functions are called under
  // the registry's lock and must not come back to it.
  std::string expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The registry of the running server.
MetricRegistry& process_metrics();

}  // namespace octavo
