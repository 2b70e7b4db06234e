#include "keyspace/batch.h"

#include <algorithm>

#include "base/assert.h"
#include "base/varint.h"
#include "keyspace/command_table.h"
#include "keyspace/group_versions.h"
#include "keyspace/needs.h"
#include "keyspace/prepared_write.h"

namespace octavo::keyspace {
namespace {

// Where a call has its database: what begins so is no call. Effects with guards of groups have a
// mark of their own, which versions that do not know such guards refuse; it is the least one.
constexpr unsigned char kTransactionMark = 255;
constexpr unsigned char kEffectsMark = 254;
constexpr unsigned char kEffectsOfGroupsMark = 253;

bool may_write(const CommandSpec& spec) { return spec.is_write() || spec.has(kRunsCalls); }

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Code::corrupt, "keyspace operation in the log: " + std::string(what));
}

void put_guards(Bytes& op, std::span<const WatchGuard> guards) {
  put_varint(op, guards.size());
  for (const WatchGuard& guard : guards) {
    op.push_back(static_cast<char>(guard.db));
    put_length_prefixed(op, guard.key);
    put_le(op, guard.version);
  }
}

}  // namespace

void LocalBatch::add(const CommandSpec& named, unsigned db, Args args) {
  ASSERT(!may_block_);
  const CommandSpec& spec = reading_form(named, args);
  items_.push_back({&spec, db, static_cast<std::uint32_t>(args_.size()),
                    static_cast<std::uint32_t>(args.size()), -1});
  args_.insert(args_.end(), args.begin(), args.end());
  argument_bytes_ += bytes_of(args);
  runs_calls_ = runs_calls_ || spec.has(kRunsCalls);
  const bool writes = may_write(spec);
  if (in_transaction_) {
    Transaction& transaction = transactions_.back();
    ++transaction.calls;
    if (writes && !transaction.writes) {
      transaction.writes = true;
      ++write_ops_;
    }
    return;
  }
  if (writes) ++write_ops_;
  may_block_ = spec.has(kBlocking);
}

void LocalBatch::add_reply(std::string_view bytes) {
  ASSERT(!in_transaction_);
  items_.push_back({nullptr, 0, static_cast<std::uint32_t>(args_.size()), 1, -1});
  args_.push_back(bytes);
}

void LocalBatch::begin_transaction(std::vector<WatchGuard> guards) {
  ASSERT(!in_transaction_);
  in_transaction_ = true;
  items_.push_back({nullptr, 0, 0, 0, static_cast<std::int32_t>(transactions_.size())});
  transactions_.push_back({std::move(guards), 0, false});
}

void LocalBatch::end_transaction() {
  ASSERT(in_transaction_);
  in_transaction_ = false;
}

void LocalBatch::clear() {
  constexpr std::size_t kKeptArguments = 16 * 1024;  // of a batch that once had more
  constexpr std::size_t kKeptOpBytes = 64 * kKiB;
  if (op_.capacity() > kKeptOpBytes) Bytes().swap(op_);
  if (args_.capacity() > kKeptArguments) std::vector<std::string_view>().swap(args_);
  args_.clear();
  items_.clear();
  transactions_.clear();
  argument_bytes_ = 0;
  write_ops_ = 0;
  next_item_ = 0;
  runs_calls_ = false;
  in_transaction_ = may_block_ = blocked_ = deferred_ = outdated_ = false;
  prepared_ = nullptr;
  effects_.reset();
  key_hash_.reset();
  if (!refusals_.empty()) refusals_.clear();
}

void LocalBatch::visit_effects(const CallVisitor& visit) const {
  const auto op = decode_op(*effects_);
  ASSERT(op);
  for (const LoggedCall& call : op->calls) {
    visit(*keyspace_commands().find_logged(call.args[0]), call.db, call.args);
  }
}

void LocalBatch::refuse(Item& item, std::string error) {
  refusals_.push_back(std::move(error));
  item.spec = &refused_call();
  item.first_arg = static_cast<std::uint32_t>(args_.size());
  item.arg_count = 1;
  args_.push_back(refusals_.back());
}

void LocalBatch::count_writes() {
  write_ops_ = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].transaction < 0) {
      if (items_[i].spec != nullptr && items_[i].spec->is_write()) ++write_ops_;
      continue;
    }
    Transaction& transaction = transactions_[static_cast<std::size_t>(items_[i].transaction)];
    transaction.writes = false;
    for (const std::size_t end = i + transaction.calls; i < end;) {
      if (items_[++i].spec->is_write()) transaction.writes = true;
    }
    if (transaction.writes) ++write_ops_;
  }
}

void LocalBatch::refuse_writes(std::string_view error) {
  std::vector<Item> kept;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    const auto* transaction =
        item.transaction < 0 ? nullptr : &transactions_[static_cast<std::size_t>(item.transaction)];
    const bool writes = transaction != nullptr ? transaction->writes
                                               : item.spec != nullptr && may_write(*item.spec);
    if (!writes) {
      kept.push_back(item);
      continue;
    }
    kept.push_back({nullptr, 0, static_cast<std::uint32_t>(args_.size()), 1, -1});
    args_.push_back(error);
    if (transaction != nullptr) i += transaction->calls;
  }
  items_ = std::move(kept);
  write_ops_ = 0;
  next_item_ = 0;
  blocked_ = runs_calls_ = false;
}

// Returns the item behind the one that was encoded; `op` stays empty for what is not logged.
std::size_t LocalBatch::encode_item(std::size_t i, std::string& op) const {
  const Item& item = items_[i];
  if (item.transaction < 0) {
    if (item.spec == nullptr || !item.spec->is_write()) return i + 1;
    if (prepared_ == nullptr) {
      encode_call(op, item.db, args_of(item));
    } else {
      op.push_back(static_cast<char>(kTransactionMark));
      put_guards(op, prepared_->guards());
      put_varint(op, 1);
      std::string call;
      encode_call(call, item.db, args_of(item));
      put_length_prefixed(op, call);
    }
    return i + 1;
  }
  const Transaction& transaction = transactions_[static_cast<std::size_t>(item.transaction)];
  const std::size_t end = i + 1 + transaction.calls;
  if (!transaction.writes) return end;
  op.push_back(static_cast<char>(kTransactionMark));
  put_guards(op, transaction.guards);
  std::size_t writes = 0;
  for (std::size_t k = i + 1; k < end; ++k) writes += items_[k].spec->is_write() ? 1 : 0;
  put_varint(op, writes);
  std::string call;
  for (std::size_t k = i + 1; k < end; ++k) {
    if (!items_[k].spec->is_write()) continue;
    call.clear();
    encode_call(call, items_[k].db, args_of(items_[k]));
    put_length_prefixed(op, call);
  }
  return end;
}

void encode_call(Bytes& out, unsigned db, Args args) {
  ASSERT(db < kEffectsOfGroupsMark);
  std::size_t size = 1 + varint_size(args.size());
  for (const std::string_view arg : args) size += varint_size(arg.size()) + arg.size();
  const std::size_t begin = out.size();
  out.resize(begin + size);
  char* at = out.data() + begin;
  *at++ = static_cast<char>(db);
  at = store_varint(at, args.size());
  for (const std::string_view arg : args) {
    at = store_varint(at, arg.size());
    std::ranges::copy(arg, at);
    at += arg.size();
  }
}

Bytes encode_effects(const Moment& moment, std::span<const WatchGuard> guards, std::size_t count,
                     BytesView calls) {
  Bytes op;
  op.reserve(calls.size() + 64);
  const bool of_groups = std::ranges::any_of(guards, [](const WatchGuard& guard) {
    return guard.db >= kGroupsOfDatabases && guard.db != kWholeKeyspace;
  });
  op.push_back(static_cast<char>(of_groups ? kEffectsOfGroupsMark : kEffectsMark));
  put_le(op, static_cast<std::uint64_t>(moment.time_ns));
  put_le(op, moment.seed);
  put_guards(op, guards);
  put_varint(op, count);
  op.append(calls);
  return op;
}

Result<LoggedCall> decode_call(BytesView bytes) {
  ByteReader reader(bytes);
  const auto db = reader.get_le<std::uint8_t>();
  const auto count = reader.get_varint();
  if (!db || !count || *count == 0 || *count > bytes.size()) return malformed("bad call header");
  if (*db >= kEffectsOfGroupsMark) return malformed("a transaction within a call");
  LoggedCall call{*db, {}};
  call.args.reserve(*count);
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto arg = reader.get_length_prefixed();
    if (!arg) return malformed("bad argument");
    call.args.push_back(*arg);
  }
  if (!reader.empty()) return malformed("bytes behind the arguments");
  return call;
}

Result<LoggedOp> decode_op(BytesView bytes) {
  LoggedOp op;
  const auto mark = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
  if (mark < kEffectsOfGroupsMark) {
    TRY(auto call, decode_call(bytes));
    op.calls.push_back(std::move(call));
    return op;
  }
  op.is_transaction = true;
  ByteReader reader(bytes.substr(1));
  if (mark != kTransactionMark) {
    const auto time_ns = reader.get_le<std::uint64_t>();
    const auto seed = reader.get_le<std::uint64_t>();
    if (!time_ns || !seed) return malformed("bad moment");
    op.moment = Moment{static_cast<std::int64_t>(*time_ns), *seed};
  }
  const auto guards = reader.get_varint();
  if (!guards || *guards > bytes.size()) return malformed("bad guard count");
  for (std::uint64_t i = 0; i < *guards; ++i) {
    const auto db = reader.get_le<std::uint8_t>();
    const auto key = reader.get_length_prefixed();
    const auto version = reader.get_le<std::uint64_t>();
    if (!db || !key || !version) return malformed("bad guard");
    op.guards.push_back({*db, std::string(*key), *version});
  }
  const auto calls = reader.get_varint();
  if (!calls || *calls > bytes.size()) return malformed("bad call count");
  for (std::uint64_t i = 0; i < *calls; ++i) {
    const auto call_bytes = reader.get_length_prefixed();
    if (!call_bytes) return malformed("bad call");
    TRY(auto call, decode_call(*call_bytes));
    op.calls.push_back(std::move(call));
  }
  if (!reader.empty()) return malformed("bytes behind the calls");
  return op;
}

std::uint64_t call_seed(std::uint64_t seed, std::uint32_t op, std::uint32_t call) {
  // One round of splitmix64 over the three.
  std::uint64_t z = seed + 0x9e3779b97f4a7c15 * ((std::uint64_t{op} << 32) + call + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace octavo::keyspace
