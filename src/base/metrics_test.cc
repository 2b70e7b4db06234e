#include "base/metrics.h"

#include <gtest/gtest.h>

#include <thread>

namespace octavo {
namespace {

constexpr MetricRow kRecords{"octavo_records_total", "Records."};
constexpr MetricRow kOpen{"octavo_open", "Open connections."};
constexpr MetricRow kSync{"octavo_sync_seconds", "Time of a sync."};

TEST(Metrics, OneRowIsOneObject) {
  MetricRegistry registry;
  Counter& a = registry.counter(kRecords, {{"protocol", "redis"}});
  Counter& b = registry.counter(kRecords, {{"protocol", "redis"}});
  Counter& c = registry.counter(kRecords, {{"protocol", "rethinkdb"}});
  EXPECT_EQ(&a, &b);
  EXPECT_NE(&a, &c);
}

TEST(Metrics, ExposesTheTextFormat) {
  MetricRegistry registry;
  registry.counter(kRecords, {{"protocol", "redis"}}).add(3);
  registry.gauge(kOpen).set(-2);
  EXPECT_EQ(registry.expose(),
            "# HELP octavo_open Open connections.\n"
            "# TYPE octavo_open gauge\n"
            "octavo_open -2\n"
            "# HELP octavo_records_total Records.\n"
            "# TYPE octavo_records_total counter\n"
            "octavo_records_total{protocol=\"redis\"} 3\n");
}

TEST(Metrics, HistogramBucketsAreCumulative) {
  static constexpr double kBounds[] = {0.5, 1};
  MetricRegistry registry;
  Histogram& histogram = registry.histogram(kSync, kBounds);
  for (const double value : {0.25, 0.5, 0.75, 4.0}) histogram.observe(value);
  EXPECT_EQ(registry.expose(),
            "# HELP octavo_sync_seconds Time of a sync.\n"
            "# TYPE octavo_sync_seconds histogram\n"
            "octavo_sync_seconds_count 4\n"
            "octavo_sync_seconds_sum 5.5\n"
            "octavo_sync_seconds_bucket{le=\"0.5\"} 2\n"
            "octavo_sync_seconds_bucket{le=\"1\"} 3\n"
            "octavo_sync_seconds_bucket{le=\"+Inf\"} 4\n");
}

TEST(Metrics, ACallbackIsReadUntilItsHandleGoes) {
  MetricRegistry registry;
  {
    const MetricRegistry::Callback gauge =
        registry.observe(MetricRegistry::Kind::gauge, kOpen, {}, [] { return 7.0; });
    const MetricRegistry::Callback counter =
        registry.observe(MetricRegistry::Kind::counter, kRecords, {}, [] { return 9.0; });
    EXPECT_NE(registry.expose().find("octavo_open 7\n"), std::string::npos);
    EXPECT_NE(registry.expose().find("octavo_records_total counter\noctavo_records_total 9\n"),
              std::string::npos);
  }
  EXPECT_EQ(registry.expose(), "");
}

TEST(Metrics, CountsFromManyThreadsAddUp) {
  MetricRegistry registry;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1000; ++n) registry.counter(kRecords).add();
      });
    }
  }
  EXPECT_EQ(registry.counter(kRecords).value(), 4000U);
}

}  // namespace
}  // namespace octavo
