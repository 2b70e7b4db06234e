#pragma once

// The calls of one connection that are applied together, and their form in the log.
//
// Arguments are borrowed: the bytes must stay where they are until the batch was applied. Only
// writes are logged; reads ride along and are answered at their place among the writes.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "keyspace/command.h"

namespace octavo::keyspace {

// A key that was watched, and its version then.
struct WatchGuard {
  unsigned db = 0;
  std::string key;
  std::uint64_t version = 0;
};
// The database of a guard that is about everything: Keyspace::version_of_all.
inline constexpr unsigned kWholeKeyspace = 255;

class PreparedWrite;

// Hears of the calls that clients have made, and how long they took. Under the keyspace's mutex, on
// the thread that applies.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual void called(const CommandSpec& spec, Args args, std::int64_t duration_ns,
                      bool failed) = 0;
  // `count` calls of one fast command, `failed` of them with an error, took `duration_ns` in all.
  virtual void called_together(const CommandSpec& spec, std::size_t count, std::size_t failed,
                               std::int64_t duration_ns) = 0;
};

// How calls are timed. A look at the clock costs as much as some of the calls.
enum class CallTiming : std::uint8_t {
  each,      // by itself
  together,  // small ones of a fast command that follow each other
};

// Hears of each call that read something, at the moment that its reply is true of: under the
// keyspace's mutex, on the thread that runs it.
class ReadObserver {
 public:
  virtual ~ReadObserver() = default;
  virtual void was_read(const CommandSpec& spec, unsigned db, Args args) = 0;
};

// No read is so long that the batch stops in front of it.
inline constexpr std::uint64_t kNeverDeferred = ~std::uint64_t{0};

class LocalBatch {
 public:
  // Replies are appended to `out` in the given RESP version.
  explicit LocalBatch(std::string& out, int protocol = 2) : out_(&out), protocol_(protocol) {}

  // After a blocking call outside a transaction nothing more may be added. A call that could write
  // and does not (`reading_form`) counts as a read, one that runs others as a write.
  void add(const CommandSpec& named, unsigned db, Args args);
  // Bytes that are the whole reply of a call that the session answered itself.
  void add_reply(std::string_view bytes);
  // Calls until `end_transaction` run as one, and only if no watched key has changed; their
  // replies form one array.
  void begin_transaction(std::vector<WatchGuard> guards);
  void end_transaction();
  void clear();
  // After the log did not take the batch: everything that writes becomes `error`, the bytes of a
  // reply, and the rest may be applied.
  void refuse_writes(std::string_view error);
  // Each call for which `refusal` returns a text gets that as its error and does nothing.
  template <class Refusal>
  void refuse_calls(Refusal&& refusal) {
    const std::size_t before = refusals_.size();
    for (std::size_t i = next_item_; i < items_.size(); ++i) {
      Item& item = items_[i];
      if (item.spec == nullptr) continue;
      if (auto why = refusal(*item.spec, item.db, args_of(item))) refuse(item, *std::move(why));
    }
    if (refusals_.size() > before) count_writes();
  }

  bool empty() const { return items_.empty(); }
  std::size_t call_count() const { return items_.size(); }
  bool has_writes() const { return write_ops_ > 0 || effects_.has_value(); }
  bool may_block() const { return may_block_; }
  std::size_t argument_bytes() const { return argument_bytes_; }
  // The session that runs the batch, handed to the protocol's handlers.
  void set_session(void* session) { session_ = session; }
  void set_protocol(int protocol) { protocol_ = protocol; }
  // Null: calls are not timed.
  void observe_calls(CallObserver* observer, CallTiming timing) {
    observer_ = observer;
    timing_ = timing;
  }
  // False: its calls are no use of the keys, for eviction, but for those of TOUCH.
  void set_touches(bool touches) { touches_ = touches; }
  // Null: nobody hears of them.
  void observe_reads(ReadObserver* reads) { reads_ = reads; }
  // A batch that only reads stops when its replies have grown to so much; see `finished`.
  void set_reply_limit(std::size_t bytes) { reply_limit_ = bytes; }
  // A call whose reply would make the replies of the batch larger than this is answered with an
  // error; what it wrote stays written.
  void set_largest_output(std::size_t bytes) { largest_output_ = bytes; }
  std::size_t largest_output() const { return largest_output_; }
  // A batch that only reads stops in front of a call that would visit more elements than this: see
  // `deferred`.
  void set_defer_above(std::uint64_t elements) { defer_above_ = elements; }
  std::string& out() { return *out_; }

  // Calls `visit(spec, db, args)` for each call outside transactions, and of effects.
  template <class Visit>
  void visit_calls(Visit&& visit) const {
    if (effects_) visit_effects(visit);
    for (const Item& item : items_) {
      if (item.spec != nullptr) visit(*item.spec, item.db, args_of(item));
    }
  }
  // All of it in order, for a batch that is run elsewhere (kRunsCalls): `visitor.call(spec, db,
  // args)`, `visitor.ready(bytes)`, and before its calls `visitor.transaction(guards, calls)`. Each
  // is false to end it.
  template <class Visitor>
  bool visit(Visitor& visitor) const {
    for (const Item& item : items_) {
      bool more = false;
      if (item.spec != nullptr) {
        more = visitor.call(*item.spec, item.db, args_of(item));
      } else if (item.transaction < 0) {
        more = visitor.ready(args_[item.first_arg]);
      } else {
        const Transaction& one = transactions_[static_cast<std::size_t>(item.transaction)];
        more = visitor.transaction(one.guards, one.calls);
      }
      if (!more) return false;
    }
    return true;
  }
  // Whether a call is among them that runs others. The batch is not to be submitted then.
  bool runs_calls() const { return runs_calls_; }
  void pass_all() { next_item_ = items_.size(); }

  // Calls `emit(BytesView)` for each operation to log: one per write outside a transaction, one
  // per transaction with writes.
  template <class Emit>
  void encode_ops(Emit&& emit) {
    if (effects_) emit(*effects_);
    for (std::size_t i = 0; i < items_.size();) {
      op_.clear();
      i = encode_item(i, op_);
      if (!op_.empty()) emit(BytesView(op_));
    }
  }

  // After applying: false when calls are left, for when the replies so far have gone.
  bool finished() const { return blocked_ || next_item_ >= items_.size(); }
  // After applying: whether it stopped in front of a long read. That is to be run by
  // `run_deferred`, which also writes its reply and passes it; then apply again.
  bool deferred() const { return deferred_; }
  // That read, or the long write that is to be prepared.
  const CommandSpec& deferred_spec() const { return *items_[next_item_].spec; }
  Args deferred_args() const { return args_of(items_[next_item_]); }
  unsigned deferred_db() const { return items_[next_item_].db; }
  // To be called with the keyspace's mutex held, when its keys are as it will read them.
  void tell_deferred_read() const {
    if (reads_ != nullptr) tell_read(items_[next_item_]);
  }
  int protocol() const { return protocol_; }
  void pass_deferred() {
    deferred_ = false;
    ++next_item_;
  }
  // For a batch of one call: what that made, or null. Must live until the batch was applied.
  void use(PreparedWrite* prepared) {
    prepared_ = prepared;
    outdated_ = false;
  }
  // For an empty batch: what a script has changed (`encode_effects`) instead of calls. As above.
  void use_effects(BytesView effects) {
    effects_ = effects;
    outdated_ = false;
  }
  // After applying: nothing was done, because what was prepared is no longer true.
  bool outdated() const { return outdated_; }
  // After applying: the blocking call that found nothing, if any. It wrote no reply.
  bool blocked() const { return blocked_; }
  // Its arguments for the next try: what depends on the moment (the `$` of XREAD) is settled.
  const std::vector<std::string>& waiting_args() const { return waiting_args_; }

 private:
  friend class Keyspace;

  struct Item {
    const CommandSpec* spec = nullptr;  // nullptr: a ready reply, or a transaction
    unsigned db = 0;
    std::uint32_t first_arg = 0;
    std::uint32_t arg_count = 0;
    std::int32_t transaction = -1;  // index in transactions_
  };
  struct Transaction {
    std::vector<WatchGuard> guards;
    std::uint32_t calls = 0;
    bool writes = false;
  };

  Args args_of(const Item& item) const {
    return Args(args_).subspan(item.first_arg, item.arg_count);
  }
  using CallVisitor = std::function<void(const CommandSpec&, unsigned, Args)>;
  void visit_effects(const CallVisitor& visit) const;
  void tell_read(const Item& item) const { reads_->was_read(*item.spec, item.db, args_of(item)); }
  std::size_t encode_item(std::size_t i, std::string& op) const;
  void refuse(Item& item, std::string error);
  void count_writes();

  std::string* out_;
  int protocol_;
  void* session_ = nullptr;
  CallObserver* observer_ = nullptr;
  CallTiming timing_ = CallTiming::each;
  bool touches_ = true;
  ReadObserver* reads_ = nullptr;
  std::size_t reply_limit_ = ~std::size_t{0};
  std::size_t largest_output_ = ~std::size_t{0};
  std::uint64_t defer_above_ = kNeverDeferred;
  std::vector<std::string_view> args_;
  std::vector<Item> items_;
  std::vector<Transaction> transactions_;
  Bytes op_;  // room for `encode_ops`
  std::size_t argument_bytes_ = 0;
  std::size_t next_item_ = 0;  // to be applied
  std::uint32_t write_ops_ = 0;
  bool runs_calls_ = false;
  bool in_transaction_ = false;
  bool may_block_ = false;
  bool blocked_ = false;
  bool deferred_ = false;
  bool outdated_ = false;
  std::optional<std::uint32_t> key_hash_;  // of the only call's first key, see prefetch_index
  PreparedWrite* prepared_ = nullptr;
  std::optional<BytesView> effects_;
  std::vector<std::string> waiting_args_;
  std::deque<std::string> refusals_;  // errors that items refer to
};

// One call: u8 database, varint number of arguments, length-prefixed arguments. A transaction is
// u8 255, its guards (varint count; u8 database, length-prefixed key, u64 version), and its calls
// (varint count; length-prefixed calls). Effects are u8 254, u64 time, u64 seed, and the same. See
// docs/formats/keyspace-log.md.
void encode_call(Bytes& out, unsigned db, Args args);

// When calls ran whose effects are logged, and what their random numbers came from.
struct Moment {
  std::int64_t time_ns = 0;
  std::uint64_t seed = 0;
};
// `calls`: each encoded and with its length before it.
Bytes encode_effects(const Moment& moment, std::span<const WatchGuard> guards, std::size_t count,
                     BytesView calls);

struct LoggedCall {
  unsigned db = 0;
  std::vector<std::string_view> args;  // into the decoded bytes
};
struct LoggedOp {
  bool is_transaction = false;
  std::optional<Moment> moment;  // of effects
  std::vector<WatchGuard> guards;
  std::vector<LoggedCall> calls;
};
Result<LoggedCall> decode_call(BytesView bytes);
Result<LoggedOp> decode_op(BytesView bytes);

// The random seed of a call: `op` numbers the logged operations of a batch, `call` the writes
// within one transaction.
std::uint64_t call_seed(std::uint64_t seed, std::uint32_t op, std::uint32_t call);

}  // namespace octavo::keyspace
