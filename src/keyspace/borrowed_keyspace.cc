#include "keyspace/borrowed_keyspace.h"

#include <chrono>
#include <thread>

namespace octavo::keyspace {
namespace {

// While a writer has its turn.
constexpr std::chrono::milliseconds kWaitForWriter{1};

Keyspace::Options options_like(const Keyspace& owner) {
  Keyspace::Options options;
  options.databases = owner.database_count();
  options.max_string_bytes = owner.max_string_bytes();
  return options;
}

}  // namespace

BorrowedKeyspace::BorrowedKeyspace(Keyspace& owner, const Wanted& wanted, const CancelToken& token,
                                   const std::function<void(BorrowedKeyspace&)>& then)
    : owner_(owner), view_(options_like(owner)), db_(wanted.db) {
  while (!token.cancelled() && !try_borrow(wanted, then)) {
    std::this_thread::sleep_for(kWaitForWriter);
  }
}

BorrowedKeyspace::~BorrowedKeyspace() {
  for (const Borrowed& one : borrowed_) one.entry->value.forget();
  owner_.pins().unpin(containers());
}

std::vector<const void*> BorrowedKeyspace::containers() const {
  std::vector<const void*> out;
  for (const Borrowed& one : borrowed_) out.push_back(one.container);
  return out;
}

// False when a writer waits for one of the containers.
bool BorrowedKeyspace::try_borrow(const Wanted& wanted,
                                  const std::function<void(BorrowedKeyspace&)>& then) {
  const auto guard = owner_.lock();
  view_.set_limits(owner_.limits());
  std::vector<const KeyEntry*> entries;
  std::vector<const void*> containers;
  for (const std::string_view key : wanted.keys) {
    const KeyEntry* entry = owner_.database(db_).find(key);
    if (entry == nullptr || entry->expired_at(wanted.now_ms)) continue;
    entries.push_back(entry);
    containers.push_back(entry->value.container());
  }
  if (owner_.pins().any_wanted(containers)) return false;
  for (const KeyEntry* entry : entries) borrow(*entry);
  if (then) then(*this);
  return true;
}

void BorrowedKeyspace::borrow(const KeyEntry& entry) {
  Database& db = view_.database(db_);
  if (db.find(entry.key()) != nullptr) return;
  KeyEntry& own = db.create(entry.key());
  if (entry.value.container() == nullptr) {
    own.value = entry.value.clone();
    return;
  }
  owner_.pins().pin(entry.value.container());
  own.value = entry.value.alias();
  borrowed_.push_back({&own, entry.value.container()});
}

}  // namespace octavo::keyspace
