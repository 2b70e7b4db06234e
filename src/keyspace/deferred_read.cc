#include "keyspace/deferred_read.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "keyspace/context.h"
#include "keyspace/key_scan.h"
#include "keyspace/memory.h"

namespace octavo::keyspace {
namespace {

// Of a scan: about a fifth of a millisecond with the mutex held, then others may have it.
constexpr std::size_t kKeysPerStep = 1024;
constexpr std::chrono::microseconds kPauseBetweenSteps{50};
// While a writer has its turn.
constexpr std::chrono::milliseconds kWaitForWriter{1};

struct DeferredCall {
  const CommandSpec& spec;
  unsigned db;
  Args args;
  std::int64_t time_ns;
  std::uint64_t seed;
  int protocol;
};

// A keyspace of its own that holds what the keys of one call hold, without a copy: containers are
// pinned and borrowed. Strings are copied; reads that defer take short ones.
class BorrowedKeyspace {
 public:
  BorrowedKeyspace(Keyspace& owner, const DeferredCall& call) : owner_(owner), db_(call.db) {
    while (!try_borrow(call)) std::this_thread::sleep_for(kWaitForWriter);
  }
  ~BorrowedKeyspace() {
    for (const Borrowed& one : borrowed_) one.entry->value.forget();
    owner_.pins().unpin(containers());
  }
  BorrowedKeyspace(const BorrowedKeyspace&) = delete;
  BorrowedKeyspace& operator=(const BorrowedKeyspace&) = delete;

  Keyspace& view() { return view_; }

 private:
  struct Borrowed {
    KeyEntry* entry;
    const void* container;
  };

  // False when a writer waits for one of the containers.
  bool try_borrow(const DeferredCall& call) {
    const auto guard = owner_.lock();
    view_.set_limits(owner_.limits());
    CommandContext context(owner_, call.db, call.time_ns, call.seed);
    std::vector<const KeyEntry*> entries;
    std::vector<const void*> containers;
    for (const std::size_t at : key_positions(call.spec, call.args)) {
      // The handler has counted the lookups already, when it was first called.
      const KeyEntry* entry = context.peek_entry(call.args[at]);
      if (entry == nullptr) continue;
      entries.push_back(entry);
      containers.push_back(entry->value.container());
    }
    if (owner_.pins().any_wanted(containers)) return false;
    for (const KeyEntry* entry : entries) borrow(*entry);
    return true;
  }

  void borrow(const KeyEntry& entry) {
    Database& db = view_.database(db_);
    if (db.find(entry.key()) != nullptr) return;
    KeyEntry& own = db.create(entry.key());
    if (entry.value.is_string()) {
      own.value = entry.value.clone();
      return;
    }
    owner_.pins().pin(entry.value.container());
    own.value = entry.value.alias();
    borrowed_.push_back({&own, entry.value.container()});
  }
  std::vector<const void*> containers() const {
    std::vector<const void*> out;
    for (const Borrowed& one : borrowed_) out.push_back(one.container);
    return out;
  }

  Keyspace& owner_;
  Keyspace view_;
  unsigned db_;
  std::vector<Borrowed> borrowed_;
};

void run_borrowed(Keyspace& keyspace, const DeferredCall& call, Reply& reply) {
  BorrowedKeyspace borrowed(keyspace, call);
  CommandContext context(borrowed.view(), call.db, call.time_ns, call.seed);
  call.spec.handler(context, call.args, reply);
}

// KEYS.
void run_scan(Keyspace& keyspace, const DeferredCall& call, const CancelToken& token,
              std::string& out) {
  const std::int64_t now_ms = call.time_ns / 1'000'000;
  Bytes names;
  KeyScan scan(keyspace, call.db, now_ms, call.args[1]);
  while (!token.cancelled() && scan.step(kKeysPerStep, names)) {
    // A mutex goes to whoever asks next: without a pause that would be us again.
    std::this_thread::sleep_for(kPauseBetweenSteps);
  }
  Reply(out, call.protocol).array_header(scan.found());
  out.append(names);
}

}  // namespace

bool may_be_deferred(const Keyspace& keyspace, const CommandSpec& spec, unsigned db, Args args) {
  if (spec.is_write() || spec.has(kFast)) return false;
  const Database& database = keyspace.database(db);
  if (spec.has(kAllKeys)) return database.size() > kDeferAbove;
  const auto positions = key_positions(spec, args);
  return std::any_of(positions.begin(), positions.end(), [&](std::size_t at) {
    const KeyEntry* entry = database.find(args[at]);
    return entry != nullptr && entry->value.element_count() > kDeferAbove;
  });
}

void run_deferred(Keyspace& keyspace, LocalBatch& batch, std::int64_t time_ns, std::uint64_t seed,
                  const CancelToken& token) {
  const DeferredCall call{
      batch.deferred_spec(), batch.deferred_db(), batch.deferred_args(), time_ns, seed,
      batch.protocol()};
  collect_memory_delta();
  if (call.spec.has(kAllKeys)) {
    run_scan(keyspace, call, token, batch.out());
  } else {
    Reply reply(batch.out(), call.protocol);
    run_borrowed(keyspace, call, reply);
  }
  collect_memory_delta();  // what this thread made it has freed
  batch.pass_deferred();
}

}  // namespace octavo::keyspace
