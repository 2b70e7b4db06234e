#include "stream/topic.h"

#include "base/assert.h"
#include "base/metrics.h"

namespace octavo::stream {
namespace {

constexpr MetricRow kFeeds{
    "octavo_feeds", "Open feeds of all protocols; a feed counts once for each of its tables."};

// Readers that do not read are looked at once in so many changes, or bytes of them.
constexpr std::uint64_t kCheckEvery = 1024;
constexpr std::uint64_t kCheckEveryBytes = 8U << 20U;
// So many changes are freed where they are let go.
constexpr std::uint64_t kFewChanges = 256;

}  // namespace

Gauge& open_feeds() {
  static Gauge& gauge = process_metrics().gauge(kFeeds);
  return gauge;
}

// Step by step: nodes that freed the next one by themselves would recurse once a node.
void Topic::LetGo::operator()(Node* node) const {
  while (node != nullptr && node->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete std::exchange(node, node->next);
  }
}

Topic::Hold Topic::hold(Node* node) {
  node->holders.fetch_add(1, std::memory_order_relaxed);
  return Hold(node);
}

Topic::Topic(std::uint64_t max_backlog_bytes, std::shared_ptr<Chains> chains)
    : max_backlog_bytes_(max_backlog_bytes), chains_(std::move(chains)), last_(new Node) {}

void Topic::let_go(Hold chain) {
  if (chain == nullptr || chains_ == nullptr) return;
  const Node& last = *last_.load(std::memory_order_acquire);
  if (last.position - chain->position > kFewChanges) chains_->free_later(std::move(chain));
}

std::vector<Topic::Hold> Topic::drop_excess(std::uint64_t max_bytes) {
  std::vector<Hold> left;
  for (Reader* reader : readers_) {
    const MutexLock reader_lock(reader->mutex_);
    if (Hold chain = reader->drop_excess(max_bytes)) left.push_back(std::move(chain));
  }
  return left;
}

Topic::~Topic() { LetGo()(last_.load(std::memory_order_relaxed)); }

void Topic::publish(algebra::ChangeSetPtr set) {
  ASSERT(!set->changes.empty());
  Hold node(new Node);
  Hold before;  // let go without the mutex
  std::vector<Hold> left;
  std::vector<Wake> woken;
  {
    const MutexLock lock(mutex_);
    woken = take_waiting();
    before.reset(last_.load(std::memory_order_relaxed));
    node->position = before->position + set->changes.size();
    node->bytes = before->bytes + set->bytes;
    node->set = std::move(set);
    before->next = hold(node.get()).release();
    const Node& last = *node;
    last_.store(node.release(), std::memory_order_release);
    if (last.position - checked_position_ >= kCheckEvery ||
        last.bytes - checked_bytes_ >= kCheckEveryBytes) {
      checked_position_ = last.position;
      checked_bytes_ = last.bytes;
      left = drop_excess(max_backlog_bytes_);
    }
  }
  for (Hold& chain : left) let_go(std::move(chain));
  for (auto& wake : woken) wake();
}

void Topic::shed(std::uint64_t max_bytes) {
  std::vector<Hold> left;
  {
    const MutexLock lock(mutex_);
    left = drop_excess(max_bytes);
  }
  for (Hold& chain : left) let_go(std::move(chain));
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
    const MutexLock lock(mutex_);
    woken = take_waiting();
  }
  for (auto& wake : woken) wake();
}

void Topic::close(const Error& reason) {
  std::vector<Wake> woken;
  {
    const MutexLock lock(mutex_);
    closed_ = reason;
    woken = take_waiting();
  }
  for (auto& wake : woken) wake();
}

std::optional<Error> Topic::closed() const {
  const MutexLock lock(mutex_);
  return closed_;
}

Topic::Reader::Reader(std::shared_ptr<Topic> topic, std::uint64_t limit)
    : topic_(std::move(topic)), limit_(limit) {
  open_feeds().add(1);
  const MutexLock lock(topic_->mutex_);
  node_ = hold(topic_->last_.load(std::memory_order_relaxed));
  topic_->readers_.insert(this);
}

Topic::Reader::~Reader() {
  open_feeds().add(-1);
  {
    const MutexLock lock(topic_->mutex_);
    topic_->readers_.erase(this);
    if (wake_ != nullptr) {
      topic_->waiting_.back()->waiting_at_ = waiting_at_;
      topic_->waiting_[waiting_at_] = topic_->waiting_.back();
      topic_->waiting_.pop_back();
    }
  }
  topic_->let_go(std::move(node_));
}

std::optional<Topic::Reader::Dropped> Topic::Reader::take_dropped() {
  Hold left;
  std::optional<Dropped> dropped;
  {
    const MutexLock lock(mutex_);
    left = drop_excess(topic_->max_backlog_bytes_);
    if (dropped_.changes > 0) dropped = std::exchange(dropped_, Dropped());
  }
  topic_->let_go(std::move(left));
  return dropped;
}

algebra::ChangeSetPtr Topic::Reader::next(std::size_t& first) {
  Hold passed;  // let go without the mutex
  const MutexLock lock(mutex_);
  if (dropped_.changes > 0 || !has_more()) return nullptr;
  passed = std::exchange(node_, hold(node_->next));
  first = std::exchange(passed_, 0);
  return node_->set;
}

std::uint64_t Topic::Reader::backlog() const {
  const MutexLock lock(mutex_);
  return waiting(last());
}

void Topic::Reader::wait(Wake wake) {
  {
    const MutexLock lock(topic_->mutex_);
    const MutexLock reader_lock(mutex_);
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

// The queue is emptied each time it exceeds its limit, so what is left of a backlog is a remainder.
// This may be found out later than it happened; the numbers are the same.
Topic::Hold Topic::Reader::drop_excess(std::uint64_t max_bytes) {
  const Node& last = this->last();
  const std::uint64_t waiting = this->waiting(last);
  std::uint64_t excess = waiting > limit_ ? waiting - waiting % (limit_ + 1) : 0;
  if (last.bytes - node_->bytes > max_bytes) excess = waiting;
  if (excess == 0) return nullptr;
  dropped_.changes += excess;
  Node* node = node_.get();
  while (excess > 0) {
    Node* const next = node->next;
    const auto& changes = next->set->changes;
    const std::size_t here = std::min<std::size_t>(excess, changes.size() - passed_);
    excess -= here;
    passed_ += here;
    dropped_.lsn = next->set->lsn;
    dropped_.index = changes[passed_ - 1].index;
    if (passed_ < changes.size()) break;
    node = next;
    passed_ = 0;
  }
  return node == node_.get() ? nullptr : std::exchange(node_, hold(node));
}

}  // namespace octavo::stream
