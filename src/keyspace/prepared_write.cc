#include "keyspace/prepared_write.h"

#include <algorithm>
#include <utility>

#include "keyspace/borrowed_keyspace.h"
#include "keyspace/type/memory.h"

namespace octavo::keyspace {
namespace {

struct CallKeys {
  std::string_view target;
  std::vector<std::string_view> sources;
};

CallKeys keys_of(const CommandSpec& spec, Args args) {
  std::vector<std::string_view> keys;
  for (const std::size_t at : key_positions(spec, args)) keys.push_back(args[at]);
  if (keys.empty()) return {};
  const auto target = spec.has(kMakesFirst) ? keys.begin() : keys.end() - 1;
  CallKeys out{*target, {}};
  keys.erase(target);
  out.sources = std::move(keys);
  return out;
}

// Of arguments alone: SET, RESTORE.
bool has_no_sources(const CommandSpec& spec) {
  return spec.first_key == spec.last_key && spec.key_rule == KeyRule::range &&
         !spec.has(kMovableKeys);
}

}  // namespace

PreparedWrite::~PreparedWrite() {
  keyspace_.pins().release(reserved_);
  if (!making_.value) return;
  const auto guard = keyspace_.lock();
  hand_over();
  keyspace_.discard_later(*std::exchange(making_.value, std::nullopt), db_);
}

void PreparedWrite::hand_over() { keyspace_.adopt(std::exchange(bytes_, 0), db_); }

bool is_long_write(Keyspace& keyspace, const CommandSpec& spec, unsigned db, Args args,
                   Clock& clock, std::uint64_t above) {
  std::uint64_t most = bytes_of(args) / kBytesPerElement;
  if (most <= above && has_no_sources(spec)) return false;  // nearly every SET
  const auto guard = keyspace.lock();
  for (const std::string_view source : keys_of(spec, args).sources) {
    const KeyEntry* entry = keyspace.database(db).find(source);
    if (entry != nullptr) most += entry->value.cost();
  }
  if (most <= above) return false;
  std::string unused;
  Reply reply(unused);
  Making making{.step = Making::Step::weigh};
  CommandContext context(keyspace, db, clock.wall_ns(), 0);
  context.set_making(&making);
  spec.handler(context, args, reply);
  return making.elements > above;
}

void prepare_write(Keyspace& keyspace, LocalBatch& batch, PreparedWrite& prepared,
                   std::int64_t time_ns, std::uint64_t seed, const CancelToken& token) {
  const CommandSpec& spec = batch.deferred_spec();
  const Args args = batch.deferred_args();
  const unsigned db = prepared.db_ = batch.deferred_db();
  const std::int64_t now_ms = time_ns / 1'000'000;
  const CallKeys keys = keys_of(spec, args);
  const auto note_moment = [&](BorrowedKeyspace& borrowed) {
    for (const std::string_view key : keys.sources) {
      prepared.guards_.push_back({db, std::string(key), keyspace.version_of(db, key, now_ms)});
    }
    prepared.limits_ = keyspace.limits();
    prepared.reserved_ = borrowed.containers();
    keyspace.pins().reserve(prepared.reserved_);
    // Of the target it only matters whether it is there.
    const KeyEntry* target = keyspace.database(db).find(keys.target);
    Database& view = borrowed.view().database(db);
    if (target != nullptr && !target->expired_at(now_ms) && view.find(keys.target) == nullptr) {
      view.create(keys.target);
    }
  };
  BorrowedKeyspace borrowed(keyspace, {db, keys.sources, now_ms}, token, note_moment);
  const std::size_t mark = batch.out().size();
  Reply reply(batch.out(), batch.protocol());
  CommandContext context(borrowed.view(), db, time_ns, seed);
  prepared.making_.step = Making::Step::make;
  context.set_making(&prepared.making_);
  context.set_token(&token);
  collect_memory_delta();
  spec.handler(context, args, reply);
  prepared.bytes_ = collect_memory_delta();
  prepared.making_.step = Making::Step::use;
  if (prepared.made() || token.cancelled()) {
    batch.out().resize(mark);
  } else {
    batch.pass_deferred();
  }
}

}  // namespace octavo::keyspace
