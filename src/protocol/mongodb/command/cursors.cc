#include "protocol/mongodb/command/cursors.h"

#include <utility>

#include "base/random.h"
#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {
namespace {

std::int64_t random_id() {
  const Bytes bytes = secure_random_bytes(sizeof(std::uint64_t));
  const auto number = load_le<std::uint64_t>(bytes.data()) >> 1U;  // drivers print it signed
  return static_cast<std::int64_t>(number);
}

}  // namespace

Cursors::Reading::Reading(Reading&& other) noexcept
    : all_(std::exchange(other.all_, nullptr)),
      id_(other.id_),
      cursor_(std::move(other.cursor_)),
      ended_(other.ended_) {}

Cursors::Reading::~Reading() {
  if (all_ != nullptr) all_->give_back(id_, std::move(cursor_), ended_);
}

Status Cursors::Reading::rest() {
  cursor_->rest();
  const std::size_t bytes = cursor_->idle_bytes(cursor_->last_batch_bytes());
  const MutexLock lock(all_->mutex_);
  const auto found = all_->entries_.find(id_);
  return found == all_->entries_.end() ? Status() : all_->resize(found->second, bytes);
}

Status Cursors::resize(Entry& entry, std::size_t bytes) {
  std::size_t& held = held_bytes_[entry.owner.user];
  const auto fits = [&] {
    const std::size_t others = held - entry.bytes;
    return others == 0 || bytes <= entry.bytes || others + bytes <= share_bytes_;
  };
  if (!fits()) measure_again(entry.owner.user, held);
  if (!fits()) {
    return error(ErrorCode::exceeded_memory_limit,
                 "The open cursors of user '{}' may hold {} bytes of memory together "
                 "(mongodb-cursor-memory) and hold {}; close some of them",
                 entry.owner.user, share_bytes_, held);
  }
  held += bytes;
  held -= entry.bytes;
  entry.bytes = bytes;
  return {};
}

// Batches that were out when their cursors were measured may have gone.
void Cursors::measure_again(const std::string& user, std::size_t& held) {
  for (auto& [id, entry] : entries_) {
    if (entry.cursor == nullptr || entry.owner.user != user) continue;
    held -= entry.bytes;
    entry.bytes = entry.cursor->idle_bytes();
    held += entry.bytes;
  }
}

void Cursors::forget_bytes(const Entry& entry) {
  const auto held = held_bytes_.find(entry.owner.user);
  if (held == held_bytes_.end()) return;
  held->second -= entry.bytes;
  if (held->second == 0) held_bytes_.erase(held);
}

Result<std::int64_t> Cursors::add(std::unique_ptr<Cursor> cursor, CursorOwner owner) {
  Entry entry;
  entry.ns = cursor->ns();
  entry.no_timeout = cursor->traits().no_timeout;
  entry.owner = std::move(owner);
  entry.idle_since_ns = clock_.monotonic_ns();
  const std::size_t bytes = cursor->idle_bytes(cursor->last_batch_bytes());
  entry.cursor = std::move(cursor);
  const MutexLock lock(mutex_);
  if (closed_) return 0;
  TRY_STATUS(resize(entry, bytes));
  std::int64_t id = 0;
  while (id == 0 || entries_.contains(id)) id = random_id();
  entries_.emplace(id, std::move(entry));
  return id;
}

Result<Cursors::Reading> Cursors::take(std::int64_t id, std::string_view ns,
                                       const CursorOwner& reader, std::function<void()> stop) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.killed) {
    return error(ErrorCode::cursor_not_found, "cursor id {} not found", id);
  }
  Entry& entry = found->second;
  if (entry.owner.user != reader.user) {
    return error(ErrorCode::unauthorized, "cursor id {} was not created by the authenticated user",
                 id);
  }
  if (entry.ns != ns) {
    return error(ErrorCode::unauthorized,
                 "Requested getMore on namespace '{}', but cursor belongs to a different namespace "
                 "{}",
                 ns, entry.ns);
  }
  if (entry.owner.session != reader.session) {
    return error(50738, "Cannot run getMore on cursor {}, which was {}created in a session{}", id,
                 entry.owner.session ? "" : "not ", reader.session ? ", in another session" : "");
  }
  if (entry.owner.transaction != reader.transaction) {
    return error(entry.owner.transaction ? 50741U : 50740U,
                 "Cannot run getMore on cursor {}, which was {}created in this transaction", id,
                 "not ");
  }
  if (entry.cursor == nullptr) {
    return error(ErrorCode::bad_value, "cursor with id {} is already in use", id);
  }
  entry.stop = std::move(stop);
  return Reading(*this, id, std::move(entry.cursor));
}

void Cursors::give_back(std::int64_t id, std::unique_ptr<Cursor> cursor, bool ended) {
  Entry gone;  // destroyed outside of the lock
  const MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (ended || entry.killed || closed_) {
    forget_bytes(entry);
    gone = std::move(entry);
    entries_.erase(found);
    return;
  }
  entry.stop = nullptr;
  entry.idle_since_ns = clock_.monotonic_ns();
  entry.cursor = std::move(cursor);
}

Cursors::Entries::iterator Cursors::end_one(Entries::iterator at, Dropped& dropped) {
  Entry& entry = at->second;
  if (entry.cursor == nullptr) {
    entry.killed = true;
    entry.stop();
    return std::next(at);
  }
  forget_bytes(entry);
  dropped.push_back(std::move(entry.cursor));
  return entries_.erase(at);
}

template <class Which>
std::size_t Cursors::end_those(Which&& which) {
  Dropped dropped;  // goes after the lock
  std::size_t count = 0;
  const MutexLock lock(mutex_);
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->second.killed || !which(at->second)) {
      ++at;
      continue;
    }
    ++count;
    at = end_one(at, dropped);
  }
  return count;
}

bool Cursors::kill(std::int64_t id, std::string_view user, bool any) {
  Dropped dropped;  // goes after the lock
  const MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.killed) return false;
  if (!any && found->second.owner.user != user) return false;
  end_one(found, dropped);
  return true;
}

std::size_t Cursors::kill_of(const SessionKey& session) {
  return end_those([&](const Entry& entry) { return entry.owner.session == session; });
}

std::size_t Cursors::kill_of(const SessionKey& session, std::int64_t transaction) {
  return end_those([&](const Entry& entry) {
    return entry.owner.session == session && entry.owner.transaction == transaction;
  });
}

void Cursors::drop_idle(Nanoseconds time) {
  const std::int64_t before = clock_.monotonic_ns() - time.count();
  end_those([before](const Entry& entry) {
    return entry.cursor != nullptr && !entry.no_timeout && !entry.owner.session &&
           entry.idle_since_ns < before;
  });
}

void Cursors::close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  end_those([](const Entry&) { return true; });
}

std::vector<Cursors::Listed> Cursors::list() const {
  const MutexLock lock(mutex_);
  std::vector<Listed> listed;
  listed.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) {
    const bool reading = entry.cursor == nullptr;
    listed.push_back({.id = id,
                      .ns = entry.ns,
                      .owner = entry.owner,
                      .original = reading ? value::Value() : entry.cursor->original,
                      .reading = reading});
  }
  return listed;
}

std::size_t Cursors::size() const {
  const MutexLock lock(mutex_);
  return entries_.size();
}

}  // namespace octavo::mongodb
