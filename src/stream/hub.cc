#include "stream/hub.h"

namespace octavo::stream {

std::shared_ptr<Topic> Hub::topic(TableId table) {
  const MutexLock lock(mutex_);
  auto& slot = topics_[raw(table)];
  if (auto alive = slot.lock()) return alive;
  topics_alive_.fetch_add(1, std::memory_order_acq_rel);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // see `idle`
  const std::shared_ptr<Topic> fresh(new Topic(max_backlog_bytes_, chains_), [this](Topic* topic) {
    topics_alive_.fetch_sub(1, std::memory_order_acq_rel);
    delete topic;
  });
  slot = fresh;
  return fresh;
}

std::shared_ptr<Topic> Hub::find(TableId table) {
  if (idle()) return nullptr;
  const MutexLock lock(mutex_);
  const auto it = topics_.find(raw(table));
  if (it == topics_.end()) return nullptr;
  auto alive = it->second.lock();
  if (alive == nullptr) topics_.erase(it);
  return alive;
}

void Hub::wake(TableId table) {
  if (const auto found = find(table)) found->wake();
}

void Hub::wake_all() {
  for (const auto& topic : all()) topic->wake();
}

void Hub::shed(std::uint64_t total_bytes) {
  const auto topics = all();
  for (const auto& topic : topics) topic->shed(total_bytes / topics.size());
}

void Hub::close(TableId table, const Error& reason) {
  if (const auto found = find(table)) found->close(reason);
}

void Hub::close_all(const Error& reason) {
  for (const auto& topic : all()) topic->close(reason);
}

std::vector<std::shared_ptr<Topic>> Hub::all() {
  std::vector<std::shared_ptr<Topic>> alive;
  if (idle()) return alive;
  const MutexLock lock(mutex_);
  for (const auto& [id, topic] : topics_) {
    if (auto held = topic.lock()) alive.push_back(std::move(held));
  }
  return alive;
}

}  // namespace octavo::stream
