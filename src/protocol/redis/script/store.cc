#include "protocol/redis/script/store.h"

#include <algorithm>
#include <cctype>

#include "base/clock.h"

namespace octavo::redis {

StoredScriptPtr ScriptStore::find(std::string_view sha) const {
  std::string lower(sha);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  const MutexLock lock(mutex_);
  const auto found = scripts_.find(lower);
  return found == scripts_.end() ? nullptr : found->second;
}

bool ScriptStore::make_room(std::size_t bytes) {
  if (bytes_ + bytes <= kMaxBytes) return true;
  std::erase_if(scripts_, [&](const auto& one) OCTAVO_REQUIRES(mutex_) {
    if (one.second->loaded) return false;
    bytes_ -= one.second->source.text.size();
    return true;
  });
  generation_.fetch_add(1, std::memory_order_acq_rel);
  return bytes_ + bytes <= kMaxBytes;
}

StoredScriptPtr ScriptStore::add(ScriptSource source, bool loaded) {
  const MutexLock lock(mutex_);
  const auto found = scripts_.find(source.sha);
  if (found != scripts_.end() && (found->second->loaded || !loaded)) return found->second;
  if (found == scripts_.end()) {
    if (!make_room(source.text.size())) return nullptr;
    bytes_ += source.text.size();
  }
  auto script = std::make_shared<StoredScript>();
  script->source = std::move(source);
  script->loaded = loaded;
  scripts_[script->source.sha] = script;
  return script;
}

void ScriptStore::flush() {
  const MutexLock lock(mutex_);
  scripts_.clear();
  bytes_ = 0;
  generation_.fetch_add(1, std::memory_order_acq_rel);
}

std::size_t ScriptStore::count() const {
  const MutexLock lock(mutex_);
  return scripts_.size();
}

std::size_t ScriptStore::bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

RunningScripts::Entry::~Entry() {
  if (!entered_) return;
  const MutexLock lock(list_.mutex_);
  list_.scripts_.remove(&script_);
  list_.count_.store(list_.scripts_.size(), std::memory_order_relaxed);
}

RunningScripts::Room RunningScripts::Entry::enter(std::size_t most, std::int64_t overdue_after_ns) {
  const MutexLock lock(list_.mutex_);
  const std::int64_t now_ns = system_clock().monotonic_ns();
  if (list_.scripts_.size() < most) {
    script_.started_ns = now_ns;
    list_.scripts_.push_back(&script_);
    list_.count_.store(list_.scripts_.size(), std::memory_order_relaxed);
    entered_ = true;
    return Room::free;
  }
  const bool overdue = std::ranges::all_of(list_.scripts_, [&](const RunningScript* script) {
    return !script->killed.load(std::memory_order_relaxed) &&
           now_ns - script->started_ns > overdue_after_ns;
  });
  return overdue ? Room::overdue : Room::taken;
}

bool RunningScripts::full() const {
  const MutexLock lock(mutex_);
  return scripts_.size() >= kMost;
}

RunningScripts::Busy RunningScripts::busy(std::int64_t longer_than_ns) const {
  if (count_.load(std::memory_order_relaxed) == 0) return Busy::no;
  const MutexLock lock(mutex_);
  const std::int64_t now_ns = system_clock().monotonic_ns();
  for (const RunningScript* script : scripts_) {
    const bool ends = script->killed.load(std::memory_order_relaxed);
    if (ends || now_ns - script->started_ns <= longer_than_ns) continue;
    return script->is_function ? Busy::function : Busy::script;
  }
  return Busy::no;
}

void RunningScripts::visit(const std::function<bool(RunningScript&)>& visit) const {
  const MutexLock lock(mutex_);
  for (RunningScript* script : scripts_) {
    if (!visit(*script)) return;
  }
}

}  // namespace octavo::redis
