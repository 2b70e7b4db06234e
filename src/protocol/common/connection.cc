#include "protocol/common/connection.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/logging.h"
#include "protocol/common/spare_buffers.h"

namespace octavo::protocol {
namespace {

using Kind = io::IoOutcome::Kind;

// After the last reply of a session that ended before its client did, what the client still sends
// is read and thrown away for so long, or so much: a socket closed with unread bytes is reset, and
// the client may lose the reply.
constexpr Nanoseconds kLingerTime = std::chrono::seconds(1);
constexpr std::size_t kLingerBytes = 4 * kMiB;

constexpr std::size_t kChargeStepBytes = 64 * kKiB;

// In blocks while it is little, then in steps.
std::size_t to_charge(std::size_t held) {
  const std::size_t step = held <= kChargeStepBytes ? InputBuffer::kBlockBytes : kChargeStepBytes;
  return (held + step - 1) / step * step;
}

// Keeps the memory for what is sent next, unless it was unusually much.
void clear_sent(Bytes& bytes) {
  constexpr std::size_t kKeptBytes = kMiB;
  if (bytes.capacity() > kKeptBytes) Bytes().swap(bytes);
  bytes.clear();
}

}  // namespace

struct Connection::Watchdog {
  explicit Watchdog(Connection& connection)
      : timer(connection.executor(), [&connection] { connection.on_timer(); }) {}
  io::Timer timer;
  std::int64_t deadline_ns = 0;
};

// A call of the connection at the end of this round of the loop, or when all who ask less have had
// their turn. Outlives its connection while it is in the executor's queue.
struct Connection::Later : io::Runnable {
  Later(Connection& c, void (Connection::*w)()) : Runnable(&Later::call), connection(&c), what(w) {}
  Connection* connection;  // null: gone
  void (Connection::*what)();
  bool queued = false;

  static void call(Runnable* node, Mode mode) {
    auto* self = static_cast<Later*>(node);
    self->queued = false;
    if (self->connection == nullptr) {
      delete self;
    } else if (mode == Mode::run) {
      (self->connection->*self->what)();
    }
  }
  static void forget(std::unique_ptr<Later> self) {
    if (self != nullptr && self->queued) self.release()->connection = nullptr;
  }
};

Connection::Connection(io::Stream stream, ConnectionLimits limits,
                       std::shared_ptr<ConnectionInfo> info)
    : stream_(std::move(stream)), limits_(limits), info_(std::move(info)) {
  listen();
  stream_.on_hang_up({&Connection::on_hang_up, this});
  if (stream_.hung_up()) on_hang_up(this);
}

void Connection::listen() {
  stream_.on_readable({&Connection::on_readable, this});
  stream_.on_writable({&Connection::on_writable, this});
}

Connection::~Connection() {
  ASSERT(filler_ == nullptr);
  ASSERT(flushers_ == nullptr);
  ASSERT(peer_watch_ == nullptr);
  if (limits_.memory != nullptr) limits_.memory->leave(*info_);
  rest();
  Later::forget(std::move(late_flush_));
  Later::forget(std::move(late_read_));
}

void Connection::do_later(void (Connection::*what)(), std::unique_ptr<Later>& slot, Turn turn) {
  if (slot == nullptr) slot = std::make_unique<Later>(*this, what);
  if (std::exchange(slot->queued, true)) return;
  post(*slot, turn);
}

void Connection::post(io::Runnable& node, Turn turn) {
  // Between the rounds of a loop that is run by hand nobody has a turn.
  if (turn == Turn::last && executor().is_current()) {
    executor().post_last(node);
  } else {
    executor().post(node);
  }
}

// --- Input. ---

bool Connection::read_more() {
  if (end_ != EndOfInput::none) return true;
  if (draining()) {
    end_input(EndOfInput::draining);
    return true;
  }
  if (!ahead_.empty()) return take_ahead();
  if (ahead_end_ != EndOfInput::none) {
    end_input(ahead_end_);
    return true;
  }
  if (!may_take(input_.growth_to_read())) {
    end_input(EndOfInput::no_memory);
    return true;
  }
  const std::span<char> room = input_.writable(limits_.max_input_bytes);
  if (room.empty()) {
    end_input(EndOfInput::too_large);
    return true;
  }
  const io::IoOutcome outcome = stream_.try_read(room);
  switch (outcome.kind) {
    case Kind::would_block: return false;
    case Kind::done:
      input_.commit(outcome.bytes);
      filled_without_wait_ += outcome.bytes;
      note_input(outcome.bytes);
      return true;
    case Kind::end:
      if (limits_.cancel_on_hang_up) cancel_.cancel();
      end_input(EndOfInput::peer);
      return true;
    case Kind::failed:
      cancel_.cancel();
      end_input(EndOfInput::failed);
      return true;
  }
  std::unreachable();
}

// As much as one read brings, so that what is moved is little. True.
bool Connection::take_ahead() {
  std::size_t taken = 0;
  do {
    const std::size_t before = input_.capacity() + ahead_.front().capacity();
    const std::size_t after = input_.capacity_to_take(ahead_.front());
    if (after > before && !may_take(after - before)) {
      end_input(EndOfInput::no_memory);
      return true;
    }
    taken += ahead_.front().size();
    ahead_.move_front_to(input_);
  } while (!ahead_.empty() && taken + ahead_.front().size() <= InputBuffer::kMaxReadBytes);
  filled_without_wait_ += taken;
  return true;
}

bool Connection::fills_too_long() {
  return ++fills_without_wait_ >= kMaxFillsWithoutWait || filled_without_wait_ >= kMaxTurnBytes;
}

void Connection::note_input(std::size_t bytes) {
  info_->bytes_in.add(bytes);
  note_move(bytes);
  info_->input_buffered.set(input_.size() + ahead_.size());
  info_->last_input_monotonic_ns.set(static_cast<std::uint64_t>(executor().now_ns()));
}

// Reads on while the session waits for something else.
void Connection::read_ahead() {
  const bool wanted = flushers_ != nullptr || peer_watch_ != nullptr;
  if (filler_ != nullptr || !wanted) return;
  const std::size_t limit =
      limits_.max_input_bytes - std::min(input_.size(), limits_.max_input_bytes);
  std::size_t bytes = 0;
  for (int reads = 0; end_ == EndOfInput::none && ahead_end_ == EndOfInput::none; ++reads) {
    if (reads == kMaxFillsWithoutWait || bytes >= kMaxTurnBytes) {
      return do_later(&Connection::read_ahead, late_read_, Turn::last);
    }
    if (!may_take(ahead_.growth_to_read())) return abort();
    const std::span<char> room = ahead_.writable(limit);
    if (room.empty()) {
      // Who flushes has to wait for the client; who watches could wait for ever.
      if (peer_watch_ != nullptr) drop(Ended::input, "the client sent too much while it waited");
      return;
    }
    const io::IoOutcome outcome = stream_.try_read(room);
    switch (outcome.kind) {
      case Kind::would_block: ahead_.release_if_empty(); return settle();
      case Kind::done:
        ahead_.commit(outcome.bytes);
        bytes += outcome.bytes;
        note_input(outcome.bytes);
        if (finishing_) ahead_.discard();
        break;
      case Kind::end: return end_ahead(EndOfInput::peer);
      case Kind::failed: cancel_.cancel(); return end_ahead(EndOfInput::failed);
    }
  }
}

void Connection::end_ahead(EndOfInput why) {
  ahead_end_ = why;
  if (limits_.cancel_on_hang_up) cancel_.cancel();
  if (peer_watch_ != nullptr) peer_watch_->source_.cancel();
}

Connection::PeerWatch::PeerWatch(Connection& connection)
    : connection_(connection), source_(connection.token()) {
  ASSERT(connection.peer_watch_ == nullptr);
  connection.peer_watch_ = this;
  if (connection.draining()) source_.cancel(Code::unavailable);
  static_cast<void>(is_over());  // looks at what has come; whoever waits asks `over`
}

bool Connection::PeerWatch::is_over() {
  connection_.read_ahead();
  const bool ended =
      connection_.end_ != EndOfInput::none || connection_.ahead_end_ != EndOfInput::none;
  if (ended) source_.cancel();
  return source_.cancelled();
}

void Connection::FillAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  ASSERT(connection_.filler_ == nullptr);  // one reader
  ASSERT(connection_.peer_watch_ == nullptr);
  handle = awaiter;
  connection_.fills_without_wait_ = 0;
  connection_.filled_without_wait_ = 0;
  if (has_more_) {
    connection_.post(*this, Turn::last);
    return;
  }
  connection_.filler_ = this;
  connection_.rest();
  connection_.idle_since_ns_ = connection_.executor().now_ns();
  if (connection_.limits_.idle_timeout.count() > 0) connection_.watch();
}

// The socket may have data and nobody who wants it yet: `Descriptor` remembers that.
void Connection::on_readable(void* raw) {
  auto* self = static_cast<Connection*>(raw);
  if (self->filler_ == nullptr) return self->read_ahead();
  if (!self->read_more()) {
    self->input_.release_if_empty();
    return;
  }
  if (self->filler_ == nullptr) return;  // an end has put it in the queue
  std::exchange(self->filler_, nullptr)->handle.resume();
}

void Connection::end_input(EndOfInput why) {
  if (end_ == EndOfInput::none) end_ = why;
  resume_filler();
}

void Connection::resume_filler() {
  if (filler_ != nullptr) executor().post(*std::exchange(filler_, nullptr));
}

void Connection::rest() {
  input_.release_if_empty();
  if (output_.empty() && output_.capacity() > kInlineBytes) give_spare_bytes(output_);
  info_->input_buffered.set(input_.size() + ahead_.size());
  info_->output_buffered.set(unsent());
  // What leaves at the end of this round is counted when it has not gone then.
  const bool leaves_soon = late_flush_ != nullptr && late_flush_->queued;
  if (filler_ != nullptr && !leaves_soon) settle();
}

void Connection::renew_output() {
  if (output_.size() >= kSegmentBytes) queue_output();
  if (output_.capacity() > kInlineBytes) return;
  Bytes spare = take_spare_bytes();
  spare.append(output_);
  output_ = std::move(spare);
}

// --- Output. ---

void Connection::queue_output() {
  if (output_.empty()) return;
  if (output_.size() <= kLargeBytes / 4) {
    // Its room is worth more than the copy.
    queue_.push(Bytes(output_));
    output_.clear();
  } else {
    queue_.push(std::exchange(output_, Bytes()));
  }
}

void Connection::append(Bytes&& bytes) {
  if (bytes.size() < kLargeBytes) {
    output().append(bytes);
    bytes.clear();
  } else if (output_.empty() && queue_.empty()) {
    output_.swap(bytes);
  } else {
    queue_output();
    queue_.push(std::exchange(bytes, Bytes()));
  }
}

void Connection::append_shared(const std::shared_ptr<const void>& owner, BytesView bytes) {
  if (bytes.size() < kLargeBytes) {
    output().append(bytes);
  } else if (!output_failed_) {
    queue_output();
    queue_.push(owner, bytes);
  }
}

bool Connection::pump() {
  if (output_failed_) {
    discard_output();
    return false;
  }
  if (!turn_is_over_) write();
  if (output_failed_ || !output_fits()) return false;
  if (blocked()) settle();
  return !output_failed_;
}

void Connection::write() {
  std::size_t left = kMaxTurnBytes;
  while (unsent() > 0) {
    if (left == 0) {
      turn_is_over_ = true;
      stay_blocked();
      return do_later(&Connection::on_round_end, late_flush_, Turn::last);
    }
    // The usual case: everything goes out from where it was appended.
    const bool direct = queue_.empty();
    const BytesView next = (direct ? BytesView(output_) : queue_.front()).substr(0, left);
    const io::IoOutcome outcome = stream_.try_write(next);
    wrote(outcome);
    if (output_failed_) return;
    left -= outcome.bytes;
    if (direct && outcome.bytes == output_.size()) {
      clear_sent(output_);
      break;
    }
    if (direct) queue_.push(std::exchange(output_, Bytes()));
    queue_.consume(outcome.bytes);
    if (outcome.kind == Kind::would_block) {
      stay_blocked();
      return watch();
    }
  }
  blocked_ = false;
}

void Connection::stay_blocked() {
  if (!std::exchange(blocked_, true)) blocked_since_ns_ = executor().now_ns();
}

bool Connection::output_fits() {
  const std::size_t waiting = unsent();
  if (limits_.max_output_bytes > 0 && waiting > limits_.max_output_bytes) {
    drop(Ended::output, "the client does not read what it is sent");
    return false;
  }
  if (limits_.soft_output_bytes == 0 || waiting <= limits_.soft_output_bytes) {
    above_soft_since_ns_ = 0;
  } else if (above_soft_since_ns_ == 0) {
    above_soft_since_ns_ = std::max<std::int64_t>(executor().now_ns(), 1);
    watch();
  }
  return true;
}

void Connection::wrote(const io::IoOutcome& outcome) {
  if (outcome.kind == Kind::done) {
    accepted_total_ += outcome.bytes;
    note_move(outcome.bytes);
    info_->bytes_out.add(outcome.bytes);
    blocked_since_ns_ = executor().now_ns();
  } else if (outcome.kind != Kind::would_block) {
    fail_output();
  }
}

void Connection::fail_output() {
  if (std::exchange(output_failed_, true)) return;
  cancel_.cancel();
  discard_output();
  wake_flushers();
}

// Nobody will read it.
void Connection::discard_output() {
  Bytes().swap(output_);
  queue_.clear();
  blocked_ = false;
}

bool Connection::start_flush() {
  const bool alive = pump();
  if (!alive) return false;
  wake_flushers();
  if (filler_ != nullptr) rest();
  return true;
}

void Connection::flush_soon() {
  if (unsent() == 0) return;
  do_later(&Connection::on_round_end, late_flush_, Turn::round_end);
}

void Connection::on_round_end() {
  turn_is_over_ = false;
  (void)start_flush();  // of a connection that is gone: whoever waits for it was told
}

void Connection::FlushAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  handle = awaiter;
  target_ = connection_.accepted_total_ + connection_.unsent();
  FlushAwaiter** last = &connection_.flushers_;
  while (*last != nullptr) last = &(*last)->later_;
  *last = this;
  connection_.read_ahead();
}

void Connection::on_writable(void* raw) {
  auto* self = static_cast<Connection*>(raw);
  if (!self->blocked_) return;
  self->pump();
  self->wake_flushers();
  if (self->filler_ != nullptr) self->rest();
}

void Connection::wake_flushers() {
  while (flushers_ != nullptr && (output_failed_ || flushers_->target_ <= accepted_total_)) {
    FlushAwaiter* done = flushers_;
    flushers_ = done->later_;
    executor().post(*done);
  }
}

// --- Memory. ---

std::size_t Connection::held() const noexcept {
  const std::size_t output = output_.capacity() > kInlineBytes ? output_.capacity() : 0;
  return input_.capacity() + ahead_.capacity() + output + queue_.held() + session_bytes_;
}

bool Connection::charge(std::size_t bytes) {
  const std::size_t wanted = to_charge(bytes);
  ConnectionMemory& memory = *limits_.memory;
  if (wanted > charged_) {
    info_->input_buffered.set(input_.size() + ahead_.size());
    info_->output_buffered.set(unsent());
    if (charged_ == 0) {
      info_->pace_bytes.set(0);
      info_->pace_since_ns.set(static_cast<std::uint64_t>(executor().now_ns()));
      info_->last_move_ns.set(static_cast<std::uint64_t>(executor().now_ns()));
    }
    if (!memory.take(*info_, wanted - charged_)) return false;
    charged_ = wanted;
  } else if (wanted + kChargeStepBytes <= charged_ || wanted == 0) {
    memory.give_back(*info_, charged_ - wanted);
    charged_ = wanted;
  }
  return true;
}

void Connection::settle() {
  if (limits_.memory == nullptr || output_failed_) return;
  const std::size_t bytes = held();
  if (bytes == 0 && charged_ == 0) return;
  if (!charge(bytes)) abort();
}

void Connection::hold(std::size_t session_bytes) {
  session_bytes_ = session_bytes <= kFreeBytes ? 0 : session_bytes;
  if (session_bytes_ > 0 && held() > charged_ + kFreeBytes) settle();
}

// Before a buffer grows.
bool Connection::may_take(std::size_t more) {
  if (more == 0 || limits_.memory == nullptr) return true;
  const std::size_t bytes = held() + more;
  return bytes <= charged_ + kFreeBytes || charge(bytes);
}

void Connection::note_move(std::size_t bytes) {
  if (charged_ == 0) return;
  constexpr std::int64_t kWindowNs = 1'000'000'000;
  const std::int64_t now_ns = executor().now_ns();
  info_->last_move_ns.set(static_cast<std::uint64_t>(now_ns));
  if (now_ns - static_cast<std::int64_t>(info_->pace_since_ns.get()) < kWindowNs) {
    info_->pace_bytes.add(bytes);
  } else {
    info_->pace_since_ns.set(static_cast<std::uint64_t>(now_ns));
    info_->pace_bytes.set(bytes);
  }
}

// --- Ends. ---

void Connection::on_hang_up(void* raw) {
  auto* self = static_cast<Connection*>(raw);
  // Requests that came before the end are still answered: a client may send and close its side.
  if (self->limits_.cancel_on_hang_up && self->stream_.abandoned()) self->cancel_.cancel();
}

void Connection::abort(EndOfInput why) {
  cancel_.cancel();
  drain_.cancel();
  end_input(why);
  fail_output();
  stream_.interrupt();
}

// The server's decision, so it says why.
void Connection::drop(Ended why, std::string_view reason) {
  ended_counter(why).add();
  log_warning("connection dropped", {{"reason", reason},
                                     {"protocol", info_->protocol},
                                     {"peer", io::format_address(info_->peer)},
                                     {"unread_requests_bytes", input_.size() + ahead_.size()},
                                     {"unsent_bytes", unsent()},
                                     {"allowed_unsent_bytes", limits_.max_output_bytes}});
  abort();
}

void Connection::begin_drain() {
  drain_.cancel(Code::unavailable);
  if (peer_watch_ != nullptr) peer_watch_->source_.cancel(Code::unavailable);
  if (filler_ != nullptr) end_input(EndOfInput::draining);
  if (securing_) stream_.interrupt();
}

void Connection::set_limits(const ConnectionLimits& limits) {
  limits_ = limits;
  if (output_fits()) watch();
}

void Connection::watch() {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::int64_t deadline_ns = kNever;
  const std::int64_t idle_ns = limits_.idle_timeout.count();
  if (idle_ns > 0 && filler_ != nullptr) deadline_ns = idle_since_ns_ + idle_ns;
  const std::int64_t stall_ns = limits_.write_stall_timeout.count();
  if (stall_ns > 0 && blocked_) {
    deadline_ns = std::min(deadline_ns, blocked_since_ns_ + stall_ns);
  }
  if (above_soft_since_ns_ > 0) {
    deadline_ns = std::min(deadline_ns, above_soft_since_ns_ + limits_.soft_output_time.count());
  }
  if (deadline_ns == kNever) return;
  if (watchdog_ == nullptr) watchdog_ = std::make_unique<Watchdog>(*this);
  // A timer that fires too early stays: `on_timer` then arms it anew. So a busy connection does
  // not touch the timer heap.
  if (watchdog_->timer.armed() && watchdog_->deadline_ns <= deadline_ns) return;
  watchdog_->deadline_ns = deadline_ns;
  watchdog_->timer.start(Nanoseconds(deadline_ns - executor().now_ns()));
}

void Connection::on_timer() {
  const std::int64_t now_ns = executor().now_ns();
  const std::int64_t stall_ns = limits_.write_stall_timeout.count();
  if (stall_ns > 0 && blocked_ && now_ns >= blocked_since_ns_ + stall_ns) {
    drop(Ended::stalled, "the client has read nothing for too long");
    return;
  }
  if (above_soft_since_ns_ > 0 &&
      now_ns >= above_soft_since_ns_ + limits_.soft_output_time.count()) {
    drop(Ended::output, "the client reads what it is sent too slowly");
    return;
  }
  const std::int64_t idle_ns = limits_.idle_timeout.count();
  if (idle_ns > 0 && filler_ != nullptr && now_ns >= idle_since_ns_ + idle_ns) {
    ended_counter(Ended::idle).add();
    end_input(EndOfInput::idle);
    return;
  }
  watch();
}

io::Task<void> Connection::finish() {
  finishing_ = true;
  session_bytes_ = 0;
  input_.drop();
  ahead_.drop();
  const bool sent = co_await flush();
  if (!sent) co_return;
  (void)stream_.shutdown_write();  // the close that follows says the same, less politely
  const bool more_may_come =
      end_ == EndOfInput::none || end_ == EndOfInput::too_large || end_ == EndOfInput::no_memory;
  if (more_may_come) co_await linger();
}

io::Task<void> Connection::linger() {
  io::Timer deadline(executor(), [this] { stream_.interrupt(); });
  deadline.start(kLingerTime);
  stream_.on_readable({});
  Bytes scrap = take_spare_bytes();
  scrap.resize(InputBuffer::kBlockBytes);
  std::size_t total = 0;
  while (total < kLingerBytes && !draining()) {
    const Result<std::size_t> size = co_await stream_.read_some(scrap);
    if (!size || *size == 0) break;
    total += *size;
  }
  give_spare_bytes(scrap);
}

}  // namespace octavo::protocol
