#include "stream/topic.h"

namespace octavo::stream {

// Unlinks a long chain step by step: the default destructor would recurse once a node.
Topic::Node::~Node() {
  std::shared_ptr<Node> rest = std::move(next);
  while (rest != nullptr && rest.use_count() == 1) rest = std::move(rest->next);
}

Topic::Topic() : tail_(std::make_shared<Node>()) {}

void Topic::publish(ChangeSetPtr set) {
  auto node = std::make_shared<Node>();
  std::vector<Wake> woken;
  {
    const std::scoped_lock lock(mutex_);
    node->position = tail_->position + set->changes.size();
    node->set = std::move(set);
    published_.store(node->position, std::memory_order_release);
    tail_->next = node;
    tail_->linked.store(true, std::memory_order_release);
    tail_ = std::move(node);
    woken.swap(waiting_);
  }
  for (auto& wake : woken) wake();
}

Topic::Position Topic::end() const {
  const std::scoped_lock lock(mutex_);
  return Position(tail_);
}

ChangeSetPtr Topic::next(Position& position) const {
  if (!position.node_->linked.load(std::memory_order_acquire)) return nullptr;
  position.node_ = position.node_->next;
  return position.node_->set;
}

std::uint64_t Topic::backlog(const Position& position) const {
  return published_.load(std::memory_order_acquire) - position.node_->position;
}

void Topic::wait(const Position& position, Wake wake) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closed_ && !position.node_->linked.load(std::memory_order_relaxed)) {
      waiting_.push_back(std::move(wake));
      return;
    }
  }
  wake();
}

void Topic::close(const Error& reason) {
  std::vector<Wake> woken;
  {
    const std::scoped_lock lock(mutex_);
    closed_ = reason;
    woken.swap(waiting_);
  }
  for (auto& wake : woken) wake();
}

std::optional<Error> Topic::closed() const {
  const std::scoped_lock lock(mutex_);
  return closed_;
}

}  // namespace octavo::stream
