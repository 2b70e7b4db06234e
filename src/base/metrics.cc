#include "base/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <variant>

#include "base/assert.h"
#include "base/mutex.h"

namespace octavo {
namespace {

struct Observed {
  std::uint64_t id;
  MetricRegistry::Kind kind;
  std::function<double()> read;
};

using Metric = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>,
                            std::unique_ptr<Histogram>, Observed>;

struct Family {
  std::string help;
  std::map<MetricLabels, Metric> metrics;
};

prometheus::ClientMetric sample(const Counter& counter) {
  prometheus::ClientMetric out;
  out.counter.value = static_cast<double>(counter.value());
  return out;
}

prometheus::ClientMetric sample(const Gauge& gauge) {
  prometheus::ClientMetric out;
  out.gauge.value = static_cast<double>(gauge.value());
  return out;
}

prometheus::ClientMetric sample(const Histogram& histogram) {
  const Histogram::State state = histogram.state();
  prometheus::ClientMetric out;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
    cumulative += state.counts[i];
    out.histogram.bucket.push_back({cumulative, histogram.bounds()[i]});
  }
  out.histogram.sample_count = cumulative + state.counts.back();
  out.histogram.sample_sum = state.sum;
  return out;
}

// One overload per kind of metric: its sample, and the name Prometheus has for its kind.
struct Sampler {
  prometheus::MetricType& type;

  prometheus::ClientMetric operator()(const std::unique_ptr<Counter>& metric) const {
    type = prometheus::MetricType::Counter;
    return sample(*metric);
  }
  prometheus::ClientMetric operator()(const std::unique_ptr<Gauge>& metric) const {
    type = prometheus::MetricType::Gauge;
    return sample(*metric);
  }
  prometheus::ClientMetric operator()(const std::unique_ptr<Histogram>& metric) const {
    type = prometheus::MetricType::Histogram;
    return sample(*metric);
  }
  prometheus::ClientMetric operator()(const Observed& metric) const {
    const bool counts = metric.kind == MetricRegistry::Kind::counter;
    type = counts ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    prometheus::ClientMetric out;
    (counts ? out.counter.value : out.gauge.value) = metric.read();
    return out;
  }
};

}  // namespace

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds), counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1)) {
  ASSERT(std::is_sorted(bounds.begin(), bounds.end()));
}

void Histogram::observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::State Histogram::state() const {
  State out;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) {
    out.counts.push_back(counts_[i].load(std::memory_order_relaxed));
  }
  out.sum = sum_.load(std::memory_order_relaxed);
  return out;
}

struct MetricRegistry::Impl {
  mutable Mutex mutex;
  std::map<std::string, Family, std::less<>> families OCTAVO_GUARDED_BY(mutex);
  std::uint64_t next_id OCTAVO_GUARDED_BY(mutex) = 1;

  Family& family(const MetricRow& row) OCTAVO_REQUIRES(mutex) {
    const auto found = families.find(row.name);
    if (found != families.end()) return found->second;
    return families.emplace(std::string(row.name), Family{std::string(row.help), {}}).first->second;
  }

  // The metric behind a row and labels; `make` creates it the first time it is asked for.
  template <class T, class Make>
  T& find(const MetricRow& row, const MetricLabels& labels, Make make) {
    const MutexLock lock(mutex);
    Family& of = family(row);
    auto found = of.metrics.find(labels);
    if (found == of.metrics.end()) found = of.metrics.emplace(labels, Metric(make())).first;
    auto* metric = std::get_if<std::unique_ptr<T>>(&found->second);
    ASSERT(metric != nullptr);  // one name, one kind
    return **metric;
  }
};

MetricRegistry::MetricRegistry() : impl_(std::make_unique<Impl>()) {}
MetricRegistry::~MetricRegistry() = default;

Counter& MetricRegistry::counter(const MetricRow& row, const MetricLabels& labels) {
  return impl_->find<Counter>(row, labels, [] { return std::make_unique<Counter>(); });
}

Gauge& MetricRegistry::gauge(const MetricRow& row, const MetricLabels& labels) {
  return impl_->find<Gauge>(row, labels, [] { return std::make_unique<Gauge>(); });
}

Histogram& MetricRegistry::histogram(const MetricRow& row, std::span<const double> bounds,
                                     const MetricLabels& labels) {
  return impl_->find<Histogram>(row, labels, [&] { return std::make_unique<Histogram>(bounds); });
}

MetricRegistry::Callback MetricRegistry::observe(Kind kind, const MetricRow& row,
                                                 MetricLabels labels,
                                                 std::function<double()> read) {
  const MutexLock lock(impl_->mutex);
  const std::uint64_t id = impl_->next_id++;
  impl_->family(row).metrics.insert_or_assign(std::move(labels),
                                              Observed{id, kind, std::move(read)});
  return Callback(this, id);
}

MetricRegistry::Callback::~Callback() {
  if (owner_ == nullptr) return;
  const MutexLock lock(owner_->impl_->mutex);
  for (auto& [name, family] : owner_->impl_->families) {
    std::erase_if(family.metrics, [&](const auto& entry) {
      const auto* observed = std::get_if<Observed>(&entry.second);
      return observed != nullptr && observed->id == id_;
    });
  }
}

std::string MetricRegistry::expose() const {
  std::vector<prometheus::MetricFamily> out;
  {
    const MutexLock lock(impl_->mutex);
    for (const auto& [name, family] : impl_->families) {
      if (family.metrics.empty()) continue;
      prometheus::MetricFamily shown;
      shown.name = name;
      shown.help = family.help;
      for (const auto& [labels, metric] : family.metrics) {
        prometheus::ClientMetric client = std::visit(Sampler{shown.type}, metric);
        for (const auto& [key, value] : labels) client.label.push_back({key, value});
        shown.metric.push_back(std::move(client));
      }
      out.push_back(std::move(shown));
    }
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, out);
  return std::move(text).str();
}

MetricRegistry& process_metrics() {
  // Never destroyed: threads may still count while the process winds down.
  static MetricRegistry& registry = *new MetricRegistry;
  return registry;
}

}  // namespace octavo
