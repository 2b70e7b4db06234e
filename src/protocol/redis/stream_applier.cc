#include "protocol/redis/stream_applier.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "keyspace/arguments.h"
#include "keyspace/batch.h"
#include "keyspace/command_table.h"
#include "keyspace/file/dump.h"
#include "protocol/redis/script/library_dump.h"
#include "protocol/redis/script/source.h"

namespace octavo::redis {
namespace {

using keyspace::Args;

// Of calls that are logged together.
constexpr std::size_t kTogetherBytes = 256 * kKiB;
constexpr std::size_t kTogetherCalls = 1000;
constexpr std::size_t kShownBytes = 64;
// A time at which nothing has expired: the master alone says what has.
constexpr std::int64_t kNothingExpiredNs = 1;

// Commands that say how long something lasts, rather than until when, of masters before 7.0; and
// those that note when consumers were seen.
bool goes_by_clock(Args args) {
  constexpr std::string_view kAlways[] = {"expire", "pexpire", "setex",
                                          "psetex", "xclaim",  "xgroup"};
  const auto is = [&](std::string_view word) { return keyspace::is_word(args[0], word); };
  if (std::ranges::any_of(kAlways, is)) return true;
  const auto has = [&](std::string_view word) {
    return std::ranges::any_of(args.subspan(1),
                               [&](std::string_view one) { return keyspace::is_word(one, word); });
  };
  if (is("set") || is("getex")) return has("ex") || has("px");
  if (is("restore")) return !has("absttl");
  return is("xadd") && has("*");
}

void put_call(Bytes& calls, unsigned db, Args args) {
  Bytes call;
  keyspace::encode_call(call, db, args);
  put_length_prefixed(calls, call);
}

// False: a guard does not hold.
Result<bool> commit_effects(engine::Engine& engine, std::int64_t time_ns, std::size_t count,
                            BytesView calls, std::span<const keyspace::WatchGuard> guards = {}) {
  const keyspace::Moment moment{time_ns, thread_random()()};
  const Bytes effects = keyspace::encode_effects(moment, guards, count, calls);
  std::string unused;
  keyspace::LocalBatch batch(unused);
  batch.use_effects(effects);
  TRY_STATUS(engine.keyspace().commit(batch));
  return !batch.outdated();
}

Status commit_call(engine::Engine& engine, std::initializer_list<std::string_view> words) {
  Bytes calls;
  put_call(calls, 0, Args(words.begin(), words.size()));
  TRY_STATUS(commit_effects(engine, engine.keyspace().now_ns(), 1, calls));
  return {};
}

}  // namespace

Status forget_keys(engine::Engine& engine, const Origin& origin) {
  const std::string text = origin.text();
  const std::initializer_list<std::string_view> flush{"flushall"};
  const std::initializer_list<std::string_view> forget{"octavo.library"};
  const std::initializer_list<std::string_view> note{"octavo.origin", text};
  Bytes calls;
  for (const auto& words : {flush, forget, note}) {
    put_call(calls, 0, Args(words.begin(), words.size()));
  }
  TRY_STATUS(commit_effects(engine, engine.keyspace().now_ns(), 3, calls));
  return {};
}

Status note_origin(engine::Engine& engine, const Origin& origin) {
  const std::string text = origin.text();
  return commit_call(engine, {"octavo.origin", text});
}

Result<bool> note_origin_if(engine::Engine& engine, const Origin& origin, std::uint64_t version) {
  const std::string text = origin.text();
  const std::string_view words[] = {"octavo.origin", text};
  Bytes calls;
  put_call(calls, 0, words);
  const keyspace::WatchGuard guard{keyspace::kWholeKeyspace, {}, version};
  return commit_effects(engine, engine.keyspace().now_ns(), 1, calls, {&guard, 1});
}

Status forget_origin(engine::Engine& engine) { return commit_call(engine, {"octavo.origin", ""}); }

Status StreamApplier::add(Args args, BytesView bytes) {
  seen_ += bytes;
  bool known = false;
  TRY_STATUS(add_control(args, known));
  if (!known) TRY_STATUS(add_write(args));
  if (!in_transaction_) {
    whole_ = seen_.size();
    whole_db_ = db_;
  }
  const bool few = calls_.bytes.size() < kTogetherBytes && calls_.count < kTogetherCalls;
  return few && whole_ < kTogetherBytes ? Status() : commit_calls();
}

// What is about the stream itself, or is no write.
Status StreamApplier::add_control(Args args, bool& known) {
  const auto is = [&](std::string_view word) { return keyspace::is_word(args[0], word); };
  known = true;
  if (is("ping") || is("script")) return {};
  if (is("replconf")) {
    asked_ = asked_ || (args.size() > 1 && keyspace::is_word(args[1], "getack"));
    return {};
  }
  if (is("select") && args.size() == 2) {
    const auto db = parse_number<unsigned>(args[1]);
    const unsigned count = engine_.keyspace().keyspace().database_count();
    if (!db || *db >= count) {
      return fail(Code::unsupported, fmt::format("the master writes to database {}; there are {}",
                                                 args[1].substr(0, kShownBytes), count));
    }
    db_ = *db;
    return {};
  }
  if (is("multi")) {
    in_transaction_ = true;
    return {};
  }
  if (is("exec")) return end_transaction();
  const bool is_shard = is("spublish");
  if ((is_shard || is("publish")) && args.size() == 3) return add_message(args, is_shard);
  if (is("function")) return add_function(args);
  known = false;
  return {};
}

Status StreamApplier::add_write(Args args) {
  const keyspace::CommandSpec* spec = keyspace::keyspace_commands().find(args[0]);
  if (spec == nullptr || !keyspace::arity_fits(*spec, args.size())) {
    return fail(Code::unsupported,
                fmt::format("the master has run `{}` with {} arguments, which is not known here",
                            args[0].substr(0, kShownBytes), args.size() - 1));
  }
  if (!spec->is_write()) return {};
  if (spec->has(keyspace::kDenyOom)) {
    TRY_STATUS(engine_.keyspace().make_room(keyspace::bytes_of(args)));
  }
  return add_call(args, goes_by_clock(args));
}

// FUNCTION LOAD, DELETE, FLUSH and RESTORE.
Status StreamApplier::add_function(Args args) {
  const auto is = [&](std::string_view word) {
    return args.size() > 1 && keyspace::is_word(args[1], word);
  };
  const auto store = [&](std::string_view code) -> Status {
    const auto source = read_library(code);
    if (!source) return fail(Code::unsupported, "a library of functions: " + source.error().what);
    const std::string_view words[] = {"octavo.library", source->name, code};
    return add_call(words, false);
  };
  const std::string_view clear[] = {"octavo.library"};
  if (is("load") && args.size() > 2) return store(args.back());
  if (is("flush")) return add_call(clear, false);
  if (is("delete") && args.size() == 3) {
    const std::string_view words[] = {"octavo.library", args[2]};
    return add_call(words, false);
  }
  if (!is("restore") || args.size() < 3) return {};
  if (args.size() > 3 && keyspace::is_word(args[3], "flush")) TRY_STATUS(add_call(clear, false));
  if (!keyspace::dump_is_intact(args[2])) return {};
  TRY(const std::vector<std::string> codes, read_libraries(args[2]));
  for (const std::string& code : codes) TRY_STATUS(store(code));
  return {};
}

// In its place among the calls: who hears it finds what was written before it.
Status StreamApplier::add_message(Args args, bool is_shard) {
  Calls& calls = in_transaction_ ? open_ : calls_;
  calls.messages.push_back({std::string(args[1]), std::string(args[2]), is_shard});
  return check_size();
}

Status StreamApplier::add_call(Args args, bool by_clock) {
  Calls one{.bytes = {}, .count = 1, .messages = {}, .by_clock = by_clock};
  put_call(one.bytes, db_, args);
  if (!in_transaction_) return move(one);
  open_.bytes += one.bytes;
  ++open_.count;
  open_.by_clock = open_.by_clock || by_clock;
  return check_size();
}

Status StreamApplier::check_size() const {
  if (open_.bytes.size() <= kMaxTransactionBytes && seen_.size() <= kMaxTransactionBytes) return {};
  return fail(Code::resource_exhausted,
              fmt::format("the master has run a transaction of more than {} MiB",
                          kMaxTransactionBytes / kMiB));
}

Status StreamApplier::end_transaction() {
  in_transaction_ = false;
  return move(open_);
}

// Behind those that wait. One record has one time.
Status StreamApplier::move(Calls& calls) {
  if (calls.count > 0 && calls_.count > 0 && calls.by_clock != calls_.by_clock) {
    TRY_STATUS(commit_calls());
  }
  calls_.bytes += calls.bytes;
  calls_.count += calls.count;
  std::ranges::move(calls.messages, std::back_inserter(calls_.messages));
  if (calls.count > 0) calls_.by_clock = calls.by_clock;
  calls = Calls();
  return {};
}

Status StreamApplier::commit() { return whole_ == 0 ? Status() : commit_calls(); }

Status StreamApplier::commit_calls() {
  Origin next = origin_;
  next.offset += whole_;
  next.db = whole_db_;
  const std::string text = next.text();
  const std::string_view note[] = {"octavo.origin", text};
  put_call(calls_.bytes, 0, note);
  const std::int64_t time_ns = calls_.by_clock ? engine_.keyspace().now_ns() : kNothingExpiredNs;
  TRY_STATUS(commit_effects(engine_, time_ns, calls_.count + 1, calls_.bytes));
  origin_ = std::move(next);
  relay_(BytesView(seen_).substr(0, whole_));
  seen_.erase(0, std::exchange(whole_, 0));
  const Calls done = std::exchange(calls_, Calls());
  for (const Message& one : done.messages) publish_(one.channel, one.text, one.is_shard);
  return {};
}

}  // namespace octavo::redis
