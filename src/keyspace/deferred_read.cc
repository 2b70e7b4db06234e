#include "keyspace/deferred_read.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "keyspace/borrowed_keyspace.h"
#include "keyspace/context.h"
#include "keyspace/key_scan.h"
#include "keyspace/type/memory.h"

namespace octavo::keyspace {
namespace {

// Of a scan: about a fifth of a millisecond with the mutex held, then others may have it.
constexpr std::size_t kKeysPerStep = 1024;
constexpr std::chrono::microseconds kPauseBetweenSteps{50};

struct DeferredCall {
  const CommandSpec& spec;
  unsigned db;
  Args args;
  std::int64_t time_ns;
  std::uint64_t seed;
  int protocol;
};

void run_borrowed(Keyspace& keyspace, const LocalBatch& batch, const DeferredCall& call,
                  const CancelToken& token, Reply& reply) {
  std::vector<std::string_view> keys;
  for (const std::size_t at : key_positions(call.spec, call.args)) keys.push_back(call.args[at]);
  BorrowedKeyspace borrowed(keyspace, {call.db, keys, call.time_ns / 1'000'000}, token,
                            [&](BorrowedKeyspace&) { batch.tell_deferred_read(); });
  CommandContext context(borrowed.view(), call.db, call.time_ns, call.seed);
  context.set_token(&token);
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
    return entry != nullptr && entry->value.cost() > kDeferAbove;
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
    reply.set_limit(batch.largest_output());
    const std::size_t mark = reply.mark();
    run_borrowed(keyspace, batch, call, token, reply);
    reply.end_call(mark);
  }
  collect_memory_delta();  // what this thread made it has freed
  batch.pass_deferred();
}

}  // namespace octavo::keyspace
