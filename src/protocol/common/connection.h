#pragma once

// What a protocol's session sees of its connection: an input buffer that it parses in place, an
// output buffer that it appends to, and the two waits, `fill` and `flush`.
//
//   io::Task<void> serve(protocol::Connection& connection) {
//     for (;;) {
//       const bool more = co_await connection.fill();
//       if (!more) co_return;
//       connection.consume(answer(connection.input(), connection.output()));
//       connection.flush_soon();
//       if (connection.blocked()) co_await connection.flush();
//     }
//   }
//
// (Not `while (co_await connection.fill())`: g++ 12 miscompiles a coroutine that awaits in a
// condition and declares no variable.)
//
// When `serve` returns, what is in the output buffer is sent and the connection is closed.
// Everything here belongs to the connection's executor, except where it says "any thread".

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/cancel.h"
#include "base/limits.h"
#include "base/result.h"
#include "io/executor.h"
#include "io/stream.h"
#include "protocol/common/buffer.h"
#include "protocol/common/connection_memory.h"
#include "protocol/common/connection_table.h"
#include "protocol/common/ended.h"
#include "protocol/common/input_queue.h"
#include "protocol/common/output_queue.h"

namespace octavo::protocol {

struct ConnectionLimits {
  // The largest unparsed input, so the largest frame of the protocol's codec plus its header, and
  // what is read on while a session waits.
  std::size_t max_input_bytes = 64 * kMiB;
  // Output that may pile up beyond what the socket takes, before the connection is dropped: at once
  // above the first, and above the second when it stays there for so long. 0: no limit.
  std::size_t max_output_bytes = 256 * kMiB;
  std::size_t soft_output_bytes = 0;
  Nanoseconds soft_output_time{0};
  // Whose opening dialogue takes longer is dropped; TLS has as long for itself.
  Nanoseconds handshake_timeout = std::chrono::seconds(10);
  // Close when the client has sent nothing for so long while nothing runs; 0: never.
  Nanoseconds idle_timeout{0};
  // Close when the client has taken nothing for so long while output waits.
  Nanoseconds write_stall_timeout = std::chrono::seconds(60);
  // What its buffers are charged to, which outlives it; null: nothing.
  ConnectionMemory* memory = nullptr;
  // Cancel `token()` as soon as the peer has gone away, even in the middle of a query.
  bool cancel_on_hang_up = true;

  bool operator==(const ConnectionLimits&) const = default;
};

// Whether a client may begin TLS inside of the dialogue.
enum class TlsOffer : std::uint8_t { none, offered, required };

// Why `fill` returned false.
enum class EndOfInput : std::uint8_t {
  none,       // it did not
  peer,       // the client ended its side
  draining,   // the server is stopping
  idle,       // idle_timeout passed
  too_large,  // the input buffer is full and the session consumed none of it
  no_memory,  // the rest of a request is not read: connections hold too much, and this one the most
  failed,     // the connection broke, or was dropped (kill, output limit, write stall)
};

class Connection {
 public:
  Connection(io::Stream stream, ConnectionLimits limits, std::shared_ptr<ConnectionInfo> info);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // --- Input. ---
  // Unconsumed bytes. Views into them are good until the next `fill`.
  BytesView input() const noexcept { return input_.readable(); }
  void consume(std::size_t size) noexcept { input_.consume(size); }
  // Waits until more input has come than was there before. False at the end of input, see
  // `end_of_input`. An empty buffer is given back while the connection waits.
  class FillAwaiter;
  [[nodiscard]] FillAwaiter fill();
  EndOfInput end_of_input() const noexcept { return end_; }

  // --- Output. ---
  // To append to, until the next call of anything here: what was appended may be somewhere else
  // then.
  Bytes& output() {
    if (output_.capacity() <= kInlineBytes || output_.size() >= kSegmentBytes) renew_output();
    return output_;
  }
  // Appends bytes that exist already; large ones are taken over as they are.
  void append(Bytes&& bytes);
  // Appends bytes that others are sent as well, and that `owner` keeps until they have gone.
  void append_shared(const std::shared_ptr<const void>& owner, BytesView bytes);
  // Waits until everything appended so far is with the kernel. False if the connection is gone.
  // Several coroutines of the session may flush at the same time. While they wait and nobody
  // fills, what the client sends is read on: it may write all its requests before it reads.
  class FlushAwaiter;
  [[nodiscard]] FlushAwaiter flush();
  // Sends what the socket takes and goes on in the background: for pushes from elsewhere.
  // False if the connection is gone, or was just dropped because too much has piled up.
  bool start_flush();
  // The same at the end of this round of the loop, once for all that is appended until then: the
  // replies to everything that had come leave together, and a client with many connections on one
  // thread wakes once for them.
  void flush_soon();
  // Whether something is left of what was to be sent: time for `flush`, before more is made.
  bool blocked() const noexcept { return blocked_; }
  std::size_t unsent() const noexcept { return output_.size() + queue_.size(); }

  // --- TLS inside of the dialogue. ---
  TlsOffer tls_offer() const noexcept { return tls_offer_; }
  // Whether the client may ask for it now, and whether it has to before it says who it is.
  bool may_start_tls() const noexcept { return tls_offer_ != TlsOffer::none && !stream_.is_tls(); }
  bool needs_tls() const noexcept { return tls_offer_ == TlsOffer::required && may_start_tls(); }
  // The server's handshake, which the client asked for. What was read and not consumed is taken
  // for the client's part of it: it may send that at once (MySQL), and what was sent in plain
  // behind the request is never taken for a request. Flushes first. False: it failed or was cut
  // short, and the connection is gone. Only if `may_start_tls`; until it is over nothing is
  // appended, and there is no `fill`, `flush` or PeerWatch under way. A drain ends it, and so does
  // the deadline of handshakes, which it has for itself: a dialogue may ask for it at any time.
  io::Task<bool> start_tls();

  // --- Waits of the session for something else. ---
  class PeerWatch;

  // --- Memory. ---
  // What the session keeps for its client beside the buffers here: queued calls, subscriptions, a
  // request that was cut off. Little (kFreeBytes) is not counted. May end the connection.
  void hold(std::size_t session_bytes);
  // Charges what is held, before a wait that may last and is none of `fill` and `flush`. They do it
  // themselves.
  void settle();

  // --- Ends. ---
  // Cancelled when nobody will read the answer: peer gone, killed, drain deadline passed.
  CancelToken token() const { return cancel_.token(); }
  // Cancelled when a drain begins: for waits without a natural end (feeds, blocking pops).
  CancelToken drain_token() const { return drain_.token(); }
  bool draining() const noexcept { return drain_.cancelled(); }
  // Drops the connection now: pending and later waits end. The session is not resumed within
  // the call.
  void abort(EndOfInput why = EndOfInput::failed);
  void cancel(Code reason) { cancel_.cancel(reason); }

  io::Executor& executor() const noexcept { return stream_.executor(); }
  io::Stream& stream() noexcept { return stream_; }
  const ConnectionLimits& limits() const noexcept { return limits_; }
  void set_limits(const ConnectionLimits& limits);
  // What the rest of the server may see of it; the pointer may be kept by any thread.
  ConnectionInfo& info() noexcept { return *info_; }

  // --- For the connection loop. ---
  // Before the session.
  void offer_tls(std::shared_ptr<const io::TlsContext> context, TlsOffer offer);
  void begin_drain();
  // After the session: sends the rest and closes politely.
  io::Task<void> finish();

 private:
  static constexpr std::size_t kInlineBytes = 64;  // less is not worth keeping
  // Output that waits is in pieces of about this size, rather than in one that is moved as it
  // grows. Room for a usual reply more makes a buffer that can be kept.
  static constexpr std::size_t kSegmentBytes = 48 * kKiB;
  static constexpr std::size_t kLargeBytes = 16 * kKiB;  // not worth copying
  // What is read, or written, in one go, before the others of the thread have their turn.
  static constexpr std::size_t kMaxTurnBytes = 128 * kKiB;
  // A client that sends faster than it is served lets the others of its thread have a turn.
  static constexpr int kMaxFillsWithoutWait = 16;
  // What a connection may hold beyond its charge until it waits.
  static constexpr std::size_t kFreeBytes = 64 * kKiB;
  struct Watchdog;
  struct Later;

  bool read_more();  // true if the wait for input is over, well or not
  bool take_ahead();
  bool fills_too_long();
  void note_input(std::size_t bytes);
  void read_ahead();  // while nobody fills
  void end_ahead(EndOfInput why);
  void listen();
  io::Task<bool> secure();
  Bytes take_unread();
  // `last`: who has moved as much as fits a turn waits until all who ask less had theirs.
  enum class Turn : bool { round_end, last };
  void do_later(void (Connection::*what)(), std::unique_ptr<Later>& slot, Turn turn);
  void post(io::Runnable& node, Turn turn);
  void end_input(EndOfInput why);
  void resume_filler();
  void rest();  // gives back buffers before an idle wait
  void renew_output();
  void queue_output();

  bool pump();         // writes until done, blocked, or its turn is over; false if it is gone
  void write();        // the same
  bool output_fits();  // false: it was dropped
  void stay_blocked();
  void discard_output();
  void wrote(const io::IoOutcome& outcome);
  void fail_output();
  void on_round_end();
  void wake_flushers();
  void drop(Ended why, std::string_view reason);
  io::Task<void> linger();

  std::size_t held() const noexcept;
  bool charge(std::size_t bytes);  // false: the connection has to go
  bool may_take(std::size_t more);
  void note_move(std::size_t bytes);

  void watch();  // arms the timer for the nearest deadline
  void on_timer();
  static void on_readable(void* self);
  static void on_writable(void* self);
  static void on_hang_up(void* self);

  io::Stream stream_;
  ConnectionLimits limits_;
  std::shared_ptr<ConnectionInfo> info_;
  CancelSource cancel_;
  CancelSource drain_;
  std::shared_ptr<const io::TlsContext> tls_context_;  // null: nothing is on offer
  TlsOffer tls_offer_ = TlsOffer::none;
  bool securing_ = false;  // in the handshake

  InputBuffer input_;
  FillAwaiter* filler_ = nullptr;
  int fills_without_wait_ = 0;
  std::size_t filled_without_wait_ = 0;  // bytes
  EndOfInput end_ = EndOfInput::none;

  // What was read while nobody filled; goes behind `input_` at the next fills, so that views into
  // that stay good until then, and a little at a time.
  InputQueue ahead_;
  EndOfInput ahead_end_ = EndOfInput::none;  // what was found behind it
  PeerWatch* peer_watch_ = nullptr;
  bool finishing_ = false;  // the session is over: what comes now is thrown away
  std::unique_ptr<Later> late_read_;

  OutputQueue queue_;  // goes out before `output_`
  Bytes output_;       // appended, and not tried yet
  bool blocked_ = false;
  bool turn_is_over_ = false;         // of writing: the rest goes in a later round
  std::uint64_t accepted_total_ = 0;  // bytes the kernel took, since the start
  FlushAwaiter* flushers_ = nullptr;  // oldest first
  bool output_failed_ = false;
  std::unique_ptr<Later> late_flush_;  // made by the first `flush_soon`

  std::size_t session_bytes_ = 0;
  std::size_t charged_ = 0;

  std::int64_t idle_since_ns_ = 0;        // while `filler_` waits
  std::int64_t blocked_since_ns_ = 0;     // last progress, while `blocked_`
  std::int64_t above_soft_since_ns_ = 0;  // 0: it is not
  std::unique_ptr<Watchdog> watchdog_;    // made when a deadline is needed
};

class Connection::FillAwaiter : private io::ResumeNode {
 public:
  explicit FillAwaiter(Connection& connection) : connection_(connection) {}
  bool await_ready() {
    has_more_ = connection_.read_more();
    return has_more_ && !connection_.fills_too_long();
  }
  void await_suspend(std::coroutine_handle<> awaiter);
  bool await_resume() const noexcept { return connection_.end_ == EndOfInput::none; }

 private:
  friend class Connection;
  Connection& connection_;
  bool has_more_ = false;
};

class Connection::FlushAwaiter : private io::ResumeNode {
 public:
  explicit FlushAwaiter(Connection& connection) : connection_(connection) {}
  bool await_ready() { return !connection_.pump() || connection_.unsent() == 0; }
  void await_suspend(std::coroutine_handle<> awaiter);
  bool await_resume() const noexcept { return !connection_.output_failed_; }

 private:
  friend class Connection;
  Connection& connection_;
  std::uint64_t target_ = 0;  // of accepted_total_
  FlushAwaiter* later_ = nullptr;
};

// For a wait that may last, such as one for keys or for the end of a pause. As long as it lives,
// what the client sends is read on, so that its end is noticed also behind requests that it sent
// before. A client that sends more than `max_input_bytes` meanwhile is dropped. One at a time, and
// not during `fill`.
class Connection::PeerWatch {
 public:
  explicit PeerWatch(Connection& connection);
  ~PeerWatch() { connection_.peer_watch_ = nullptr; }
  PeerWatch(const PeerWatch&) = delete;
  PeerWatch& operator=(const PeerWatch&) = delete;

  // Cancelled when the client has ended its side, when the connection is dropped, and when a drain
  // begins.
  CancelToken over() const { return source_.token(); }
  // The same, after a look at what has come by now and was not read yet.
  bool is_over();

 private:
  friend class Connection;
  Connection& connection_;
  CancelSource source_;
};

inline Connection::FillAwaiter Connection::fill() { return FillAwaiter(*this); }
inline Connection::FlushAwaiter Connection::flush() { return FlushAwaiter(*this); }

}  // namespace octavo::protocol
