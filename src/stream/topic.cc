#include "stream/topic.h"

#include "base/metrics.h"

namespace octavo::stream {
namespace {

constexpr MetricRow kFeeds{"octavo_feeds",
                           "Open feeds, of whatever door; one for each table of each."};

// Readers that do not read are looked at once in so many changes, or bytes of them.
constexpr std::uint64_t kCheckEvery = 1024;
constexpr std::uint64_t kCheckEveryBytes = 8U << 20U;

}  // namespace

Gauge& open_feeds() {
  static Gauge& gauge = process_metrics().gauge(kFeeds);
  return gauge;
}

// Unlinks a long chain step by step: the default destructor would recurse once a node.
Topic::Node::~Node() {
  std::shared_ptr<Node> rest = std::move(next);
  while (rest != nullptr && rest.use_count() == 1) rest = std::move(rest->next);
}

Topic::Topic(std::uint64_t max_backlog_bytes)
    : max_backlog_bytes_(max_backlog_bytes), tail_(std::make_shared<Node>()) {}

void Topic::publish(ChangeSetPtr set) {
  auto node = std::make_shared<Node>();
  std::vector<Wake> woken;
  {
    const std::scoped_lock lock(mutex_);
    node->position = tail_->position + set->changes.size();
    node->bytes = tail_->bytes + set->bytes;
    node->set = std::move(set);
    tail_->next = node;
    tail_->linked.store(true, std::memory_order_release);
    tail_ = std::move(node);
    published_.store(tail_->position, std::memory_order_release);
    published_bytes_.store(tail_->bytes, std::memory_order_release);
    woken = take_waiting();
    if (tail_->position - checked_position_ >= kCheckEvery ||
        tail_->bytes - checked_bytes_ >= kCheckEveryBytes) {
      checked_position_ = tail_->position;
      checked_bytes_ = tail_->bytes;
      for (Reader* reader : readers_) {
        const std::scoped_lock reader_lock(reader->mutex_);
        reader->drop_excess();
      }
    }
  }
  for (auto& wake : woken) wake();
}

std::vector<Wake> Topic::take_waiting() {
  std::vector<Wake> taken;
  taken.reserve(waiting_.size());
  for (Reader* reader : waiting_) taken.push_back(std::exchange(reader->wake_, nullptr));
  waiting_.clear();
  return taken;
}

void Topic::wake() {
  std::vector<Wake> woken;
  {
    const std::scoped_lock lock(mutex_);
    woken = take_waiting();
  }
  for (auto& wake : woken) wake();
}

void Topic::close(const Error& reason) {
  std::vector<Wake> woken;
  {
    const std::scoped_lock lock(mutex_);
    closed_ = reason;
    woken = take_waiting();
  }
  for (auto& wake : woken) wake();
}

std::optional<Error> Topic::closed() const {
  const std::scoped_lock lock(mutex_);
  return closed_;
}

Topic::Reader::Reader(std::shared_ptr<Topic> topic, std::uint64_t limit)
    : topic_(std::move(topic)), limit_(limit) {
  open_feeds().add(1);
  const std::scoped_lock lock(topic_->mutex_);
  node_ = topic_->tail_;
  topic_->readers_.insert(this);
}

Topic::Reader::~Reader() {
  open_feeds().add(-1);
  const std::scoped_lock lock(topic_->mutex_);
  topic_->readers_.erase(this);
  if (wake_ == nullptr) return;
  topic_->waiting_.back()->waiting_at_ = waiting_at_;
  topic_->waiting_[waiting_at_] = topic_->waiting_.back();
  topic_->waiting_.pop_back();
}

std::optional<Topic::Reader::Dropped> Topic::Reader::take_dropped() {
  const std::scoped_lock lock(mutex_);
  drop_excess();
  if (dropped_.changes == 0) return std::nullopt;
  return std::exchange(dropped_, Dropped());
}

ChangeSetPtr Topic::Reader::next(std::size_t& first) {
  std::shared_ptr<Node> passed;  // freed without the mutex
  const std::scoped_lock lock(mutex_);
  if (dropped_.changes > 0 || !has_more()) return nullptr;
  passed = std::exchange(node_, node_->next);
  first = std::exchange(passed_, 0);
  return node_->set;
}

std::uint64_t Topic::Reader::backlog() const {
  const std::scoped_lock lock(mutex_);
  return topic_->published_.load(std::memory_order_acquire) - node_->position - passed_;
}

void Topic::Reader::wait(Wake wake) {
  {
    const std::scoped_lock lock(topic_->mutex_);
    const std::scoped_lock reader_lock(mutex_);
    if (!topic_->closed_ && !has_more() && dropped_.changes == 0) {
      if (wake_ == nullptr) {
        waiting_at_ = topic_->waiting_.size();
        topic_->waiting_.push_back(this);
      }
      wake_.swap(wake);  // what `wake` held before is freed without the mutexes
      return;
    }
  }
  wake();
}

bool Topic::Reader::has_more() const { return node_->linked.load(std::memory_order_acquire); }

// The queue is emptied each time it exceeds its limit, so what is left of a backlog is a remainder.
// This may be found out later than it happened; the numbers are the same.
void Topic::Reader::drop_excess() {
  const std::uint64_t waiting =
      topic_->published_.load(std::memory_order_acquire) - node_->position - passed_;
  const std::uint64_t waiting_bytes =
      topic_->published_bytes_.load(std::memory_order_acquire) - node_->bytes;
  std::uint64_t excess = waiting > limit_ ? waiting - waiting % (limit_ + 1) : 0;
  if (waiting_bytes > topic_->max_backlog_bytes_) excess = waiting;
  dropped_.changes += excess;
  while (excess > 0) {
    const auto& changes = node_->next->set->changes;
    const std::size_t here = std::min<std::size_t>(excess, changes.size() - passed_);
    excess -= here;
    passed_ += here;
    dropped_.lsn = node_->next->set->lsn;
    dropped_.index = changes[passed_ - 1].index;
    if (passed_ < changes.size()) return;
    node_ = std::shared_ptr<Node>(node_->next);
    passed_ = 0;
  }
}

}  // namespace octavo::stream
