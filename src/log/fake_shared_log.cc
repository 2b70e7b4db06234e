// Locks: the broker's `append_mutex_` is held over the store's `append`, which calls `on_record`
// here, which takes each node's own mutex. Consumers are called with none of them held, but for
// what node 0 replays before anybody can append.

#include "log/fake_shared_log.h"

#include <deque>
#include <future>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/condition.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "log/delivery.h"

namespace octavo::log {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A record on its way to the nodes.
struct Posted {
  explicit Posted(const RecordView& record) : payload(record.payload), view(record) {
    view.payload = payload;
    view.token = 0;
  }
  Bytes payload;
  RecordView view;
};
using PostedPointer = std::shared_ptr<const Posted>;

class Node;

class BrokerImpl final : public Broker,
                         public Consumer,
                         public std::enable_shared_from_this<BrokerImpl> {
 public:
  BrokerImpl(std::unique_ptr<CommitLog> store, std::chrono::nanoseconds delay)
      : store_(std::move(store)), delay_(delay) {
    ASSERT(store_->delivers_inline());
  }

  std::unique_ptr<CommitLog> node(std::uint32_t number) override;

  CommitLog& store() { return *store_; }
  std::chrono::nanoseconds delay() const { return delay_; }

  // Node 0 starts: it gets what is stored, and the record that the store begins with.
  Status start_store(Lsn from, Node& first, ReplayProgress progress);
  struct Joined {
    Lsn until;  // records from here on are posted to the node
    std::uint32_t incarnation = 0;
  };
  Result<Joined> join(Node& node);
  void leave(Node& node);
  Result<std::uint64_t> append(Node& node, const AppendRequest& request);

  Status on_record(const RecordView& record) override;

 private:
  const std::unique_ptr<CommitLog> store_;
  const std::chrono::nanoseconds delay_;
  Node* replaying_ = nullptr;  // of `start_store`; nobody appends then
  std::atomic<bool> started_ = false;
  // Of the store: others have theirs above it, in the order in which they joined.
  std::atomic<std::uint32_t> incarnation_ = 0;

  Mutex append_mutex_;
  std::vector<Node*> nodes_ OCTAVO_GUARDED_BY(append_mutex_);
  Node* appending_ OCTAVO_GUARDED_BY(append_mutex_) = nullptr;
  std::uint32_t joined_ OCTAVO_GUARDED_BY(append_mutex_) = 0;
};

// Callbacks that a stopped node must have answered, whatever the store does later.
class DurableWaiters {
 public:
  // Nothing after `close`.
  std::optional<std::uint64_t> add(DurableCallback& done) {
    const MutexLock lock(mutex_);
    if (closed_) return std::nullopt;
    waiting_.emplace(++last_, std::move(done));
    return last_;
  }
  void answer(std::uint64_t id, Status status) {
    std::map<std::uint64_t, DurableCallback>::node_type one;
    {
      const MutexLock lock(mutex_);
      one = waiting_.extract(id);
    }
    if (one) one.mapped()(std::move(status));
  }
  void close(const Error& error) {
    std::map<std::uint64_t, DurableCallback> all;
    {
      const MutexLock lock(mutex_);
      closed_ = true;
      all.swap(waiting_);
    }
    for (auto& [id, done] : all) done(fail(error));
  }

 private:
  Mutex mutex_;
  bool closed_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::uint64_t last_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, DurableCallback> waiting_ OCTAVO_GUARDED_BY(mutex_);
};

// Shows of the store what the node was told of.
class NodeReader final : public Reader {
 public:
  NodeReader(std::unique_ptr<Reader> stored, Delivery& delivery)
      : stored_(std::move(stored)), delivery_(delivery), position_(stored_->position()) {}
  ~NodeReader() override { delivery_.wakers().disarm(this); }

  Result<std::optional<RecordView>> next() override {
    if (!ahead_) {
      TRY(ahead_, stored_->next());
    }
    if (!ahead_ || ahead_->lsn >= delivery_.tail()) return std::nullopt;
    position_ = ahead_->next;
    return std::exchange(ahead_, std::nullopt);
  }
  void notify_on_append(std::move_only_function<void()> wake) override {
    delivery_.wakers().arm(this, std::move(wake), [this] { return position_ < delivery_.tail(); });
  }
  Lsn position() const override { return position_; }

 private:
  const std::unique_ptr<Reader> stored_;
  Delivery& delivery_;
  Lsn position_;
  std::optional<RecordView> ahead_;  // read, and perhaps not delivered yet
};

class Node final : public CommitLog {
 public:
  Node(std::shared_ptr<BrokerImpl> broker, std::uint32_t number)
      : broker_(std::move(broker)), number_(number), delivery_(store().tail()) {}
  ~Node() override { stop(); }

  Status start(Lsn from, Consumer& consumer, ReplayProgress progress) override;
  bool delivers_inline() const override { return false; }
  Result<std::uint64_t> append(const AppendRequest& request) override;
  Status writable() const override {
    TRY_STATUS(delivery_.failure());
    return store().writable();
  }
  void when_durable(Lsn lsn, Durability durability, DurableCallback done) override;
  bool is_durable(Lsn lsn, Durability durability) const override {
    return store().is_durable(lsn, durability);
  }
  Result<std::unique_ptr<Reader>> read(Lsn from) override;
  Lsn head() const override { return store().head(); }
  Lsn tail() const override { return delivery_.tail(); }
  std::uint64_t bytes_between(Lsn from, Lsn to) const override {
    return store().bytes_between(from, to);
  }
  Status trim(Lsn upto) override { return store().trim(std::min(upto, tail())); }
  Lsn retention_point(const RetentionPolicy& policy, std::int64_t now_ns) const override {
    return store().retention_point(policy, now_ns);
  }
  void fence(FenceCallback done) override;
  const ClusterId& cluster() const override { return store().cluster(); }
  LogStats stats() const override { return store().stats(); }
  void stop() override;

  Status deliver(const RecordView& record) { return delivery_.deliver(record); }
  void post(PostedPointer record, std::uint64_t token) { put({{}, std::move(record), token, {}}); }

 private:
  // A record, or a fence: answered when its turn comes.
  struct Item {
    SteadyClock::time_point due;
    PostedPointer record;
    std::uint64_t token = 0;
    FenceCallback fence;
  };

  CommitLog& store() const { return broker_->store(); }
  Status catch_up(Lsn from, ReplayProgress progress);
  Status incarnate();
  void put(Item item);
  void run();
  void handle(Item item);

  const std::shared_ptr<BrokerImpl> broker_;
  const std::uint32_t number_;
  Delivery delivery_;
  const std::shared_ptr<DurableWaiters> waiters_ = std::make_shared<DurableWaiters>();
  std::atomic<bool> started_ = false;
  Origin origin_;  // the appender's; of node 0 the store counts

  Mutex mutex_;
  Condition changed_;
  std::deque<Item> queue_ OCTAVO_GUARDED_BY(mutex_);
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// --- The broker ---------------------------------------------------------------------------------

std::unique_ptr<CommitLog> BrokerImpl::node(std::uint32_t number) {
  return std::make_unique<Node>(shared_from_this(), number);
}

Status BrokerImpl::start_store(Lsn from, Node& first, ReplayProgress progress) {
  ASSERT(!started_);
  replaying_ = &first;
  const Status started = store_->start(from, *this, std::move(progress));
  replaying_ = nullptr;
  if (started) started_ = true;
  return started;
}

Result<BrokerImpl::Joined> BrokerImpl::join(Node& node) {
  if (!started_) return fail(Code::unavailable, "node 0 of the shared log is not started yet");
  const MutexLock lock(append_mutex_);
  nodes_.push_back(&node);
  return Joined{store_->tail(), incarnation_ << 16 | ++joined_};
}

void BrokerImpl::leave(Node& node) {
  const MutexLock lock(append_mutex_);
  std::erase(nodes_, &node);
}

Result<std::uint64_t> BrokerImpl::append(Node& node, const AppendRequest& request) {
  const MutexLock lock(append_mutex_);
  appending_ = &node;
  auto appended = store_->append(request);
  appending_ = nullptr;
  return appended;
}

Status BrokerImpl::on_record(const RecordView& record) {
  if (record.header.kind == RecordKind::incarnate && record.header.origin.node == 0) {
    incarnation_ = record.header.origin.incarnation;
  }
  if (replaying_ != nullptr) return replaying_->deliver(record);
  append_mutex_.assert_held();
  const auto posted = std::make_shared<const Posted>(record);
  for (Node* const node : nodes_) node->post(posted, node == appending_ ? record.token : 0);
  return {};
}

// --- A node -------------------------------------------------------------------------------------

Status Node::start(Lsn from, Consumer& consumer, ReplayProgress progress) {
  ASSERT(!started_);
  delivery_.set_consumer(&consumer);
  if (number_ == 0) {
    TRY_STATUS(broker_->start_store(from, *this, std::move(progress)));
    TRY(const auto joined, broker_->join(*this));
    delivery_.reset_tail(joined.until);
  } else {
    TRY_STATUS(catch_up(from, std::move(progress)));
  }
  thread_ = std::thread([this] { run(); });
  started_ = true;
  if (number_ != 0) TRY_STATUS(incarnate());
  return delivery_.failure();
}

Status Node::catch_up(Lsn from, ReplayProgress progress) {
  TRY(const auto joined, broker_->join(*this));
  origin_ = {.node = number_, .incarnation = joined.incarnation, .sequence = 0};
  TRY(const auto reader, store().read(from));
  delivery_.reset_tail(reader->position());
  for (;;) {
    TRY(const auto record, reader->next());
    if (!record || record->lsn >= joined.until) break;
    TRY_STATUS(deliver(*record));
    if (progress) progress(record->next, joined.until);
  }
  delivery_.reset_tail(joined.until);
  return {};
}

// Live when it has read that back.
Status Node::incarnate() {
  TRY_STATUS(append({.kind = RecordKind::incarnate}));
  std::promise<Status> seen;
  fence([&](const Result<Lsn>& at) { seen.set_value(at ? Status() : fail(at.error())); });
  return seen.get_future().get();
}

Result<std::uint64_t> Node::append(const AppendRequest& request) {
  if (!started_) return fail(Code::unavailable, "the log is not started yet");
  TRY_STATUS(delivery_.failure());
  if (number_ == 0) return broker_->append(*this, request);
  AppendRequest ours = request;
  ours.origin = origin_;
  ++ours.origin->sequence;
  TRY(const std::uint64_t sequence, broker_->append(*this, ours));
  origin_.sequence = sequence;
  return sequence;
}

void Node::when_durable(Lsn lsn, Durability durability, DurableCallback done) {
  const auto id = waiters_->add(done);
  if (!id) return done(fail(Code::unavailable, "the log is stopped"));
  store().when_durable(lsn, durability, [waiters = waiters_, id = *id](Status status) {
    waiters->answer(id, std::move(status));
  });
}

Result<std::unique_ptr<Reader>> Node::read(Lsn from) {
  if (from > tail()) {
    return fail(Code::out_of_range,
                "log position " + format_lsn(from) + " is beyond what this node has read");
  }
  TRY(auto stored, store().read(from));
  return std::make_unique<NodeReader>(std::move(stored), delivery_);
}

void Node::fence(FenceCallback done) {
  if (Status failed = delivery_.failure(); !failed) return done(fail(std::move(failed).error()));
  if (!started_) return done(fail(Code::unavailable, "the log is not started yet"));
  put({{}, nullptr, 0, std::move(done)});
}

void Node::put(Item item) {
  {
    const MutexLock lock(mutex_);
    if (!stopping_) {
      item.due = SteadyClock::now() + broker_->delay();
      queue_.push_back(std::move(item));
      if (queue_.size() == 1) changed_.notify_one();
      return;
    }
  }
  if (item.fence) item.fence(fail(Code::unavailable, "the log is stopped"));
}

void Node::run() {
  begin_thread("shared log", ThreadPriority::serving);
  MutexLock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopping_) changed_.wait(mutex_);
    if (stopping_) return;
    if (changed_.wait_until(mutex_, queue_.front().due)) continue;
    Item item = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    handle(std::move(item));
    lock.lock();
  }
}

void Node::handle(Item item) {
  Status failed = delivery_.failure();
  if (item.fence) {
    return failed ? item.fence(tail()) : item.fence(fail(std::move(failed).error()));
  }
  if (!failed) return;
  RecordView view = item.record->view;
  view.token = item.token;
  // As in log/local_log.cc: the consumer's error ends this node's log and is remembered there.
  (void)deliver(view);
}

void Node::stop() {
  {
    const MutexLock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    changed_.notify_one();
  }
  broker_->leave(*this);
  if (thread_.joinable()) thread_.join();
  const Error error{Code::unavailable, "the log is stopped"};
  delivery_.fail_with(error);
  std::deque<Item> rest;
  {
    const MutexLock lock(mutex_);
    rest.swap(queue_);
  }
  for (Item& item : rest) {
    if (item.fence) item.fence(fail(error));
  }
  if (number_ == 0) store().stop();  // which answers whoever waits for the disk
  waiters_->close(error);
  delivery_.wakers().wake_all();
}

}  // namespace

std::shared_ptr<Broker> make_broker(std::unique_ptr<CommitLog> store,
                                    std::chrono::nanoseconds delay) {
  return std::make_shared<BrokerImpl>(std::move(store), delay);
}

}  // namespace octavo::log
