#include "protocol/redis/master_dialogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "base/logging.h"
#include "base/text.h"
#include "exec/spill_space.h"
#include "protocol/redis/outgoing.h"
#include "protocol/redis/rdb_import.h"
#include "protocol/redis/replication/effects.h"

namespace octavo::redis {
namespace {

constexpr std::size_t kReadBytes = 256 * kKiB;
constexpr std::size_t kMaxLineBytes = 64 * kKiB;
constexpr std::size_t kShownBytes = 256;  // of what a master says
constexpr std::size_t kMarkBytes = 40;
constexpr std::size_t kMaxInputBytes = kMaxTransactionBytes + kMiB;  // of one command
constexpr std::chrono::seconds kTick{1};
constexpr std::int64_t kTickNs = 1'000'000'000;

std::int64_t monotonic_ns() { return system_clock().monotonic_ns(); }

// It is shown to whoever asks, and told to replicas.
bool is_stream_id(std::string_view text) {
  return text.size() == kMarkBytes &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

Status status_of(const Result<std::string>& answer) {
  if (!answer) return fail(answer.error());
  return {};
}

// A file that was received.
class Received final : public RdbBytes {
 public:
  Received(exec::SpillFile& file, const LinkState& state) : file_(file), state_(state) {}
  Result<std::uint64_t> size() override { return file_.size(); }
  Result<std::size_t> pread(std::uint64_t offset, std::span<char> out) override {
    if (state_.stopping) return fail(Code::cancelled, "replication was ended");
    const std::uint64_t left = file_.size() - std::min(offset, file_.size());
    const auto piece = out.first(std::min<std::uint64_t>(out.size(), left));
    TRY_STATUS(file_.read(offset, piece));
    return piece.size();
  }

 private:
  exec::SpillFile& file_;
  const LinkState& state_;
};

}  // namespace

// --- what others see ---

void LinkState::set_origin(const Origin& origin) {
  const MutexLock lock(mutex_);
  origin_ = origin;
  offset = origin.offset;
}
Origin LinkState::origin() const {
  const MutexLock lock(mutex_);
  return origin_;
}
void LinkState::set_error(std::string text) {
  const MutexLock lock(mutex_);
  error_ = std::move(text);
}
std::string LinkState::error() const {
  const MutexLock lock(mutex_);
  return error_;
}

// --- the dialogue ---

MasterDialogue::MasterDialogue(engine::Engine& engine, ReplicationSource& source, LinkState& state,
                               Options options, StreamApplier::Publish publish)
    : engine_(engine),
      source_(source),
      state_(state),
      options_(std::move(options)),
      publish_(std::move(publish)),
      origin_(state.origin()),
      timer_(io::Executor::current(), [this] { tick(); }) {}

MasterDialogue::~MasterDialogue() = default;

void MasterDialogue::interrupt() {
  if (stream_) stream_->interrupt();
}

std::unexpected<Error> MasterDialogue::ended(std::string_view what) const {
  return fail(Code::unavailable, std::string(silent_ ? "the master is silent" : what));
}

io::Task<Status> MasterDialogue::run() {
  state_.phase = LinkPhase::connecting;
  CO_TRY_STATUS(open());
  state_.phase = LinkPhase::handshake;
  state_.last_input_ns = monotonic_ns();
  timer_.start(kTick);
  CO_TRY_STATUS(co_await introduce());
  CO_TRY_STATUS(co_await begin());
  co_return co_await follow();
}

Status MasterDialogue::open() {
  const auto given_up = [this] { return state_.stopping.load(); };
  TRY(Outgoing socket, Outgoing::open(origin_.host, origin_.port, options_.timeout_ns, given_up));
  const io::SocketAddress peer = socket.peer();
  stream_.emplace(io::Executor::current(), socket.take(), peer);
  stream_->set_no_delay(true);
  return {};
}

// PING comes first, so that a server that is not Redis is known by its answer.
io::Task<Status> MasterDialogue::introduce() {
  const auto refused = [](std::string_view command, std::string_view answer) {
    return fail(Code::unavailable, fmt::format("the master answers {} with `{}`", command,
                                               answer.substr(0, kShownBytes)));
  };
  auto ping = ask({"PING"});
  CO_TRY(const std::string pong, co_await std::move(ping));
  const bool wants_login = pong.starts_with("-NOAUTH") || pong.starts_with("-NOPERM") ||
                           pong.starts_with("-ERR operation not permitted");
  if (!pong.starts_with('+') && !wants_login) co_return refused("PING", pong);
  if (!options_.password.empty()) {
    auto login = options_.user.empty() ? ask({"AUTH", options_.password})
                                       : ask({"AUTH", options_.user, options_.password});
    CO_TRY(const std::string verdict, co_await std::move(login));
    if (!verdict.starts_with('+')) co_return refused("AUTH", verdict);
  } else if (wants_login) {
    co_return refused("PING", pong);
  }
  // A master that does not know one of these goes on without it.
  const std::string port = std::to_string(options_.port);
  auto about_port = ask({"REPLCONF", "listening-port", port});
  CO_TRY_STATUS(status_of(co_await std::move(about_port)));
  if (!options_.announced_host.empty()) {
    auto about_host = ask({"REPLCONF", "ip-address", options_.announced_host});
    CO_TRY_STATUS(status_of(co_await std::move(about_host)));
  }
  auto about_us = ask({"REPLCONF", "capa", "eof", "capa", "psync2"});
  CO_TRY_STATUS(status_of(co_await std::move(about_us)));
  co_return Status();
}

io::Task<Status> MasterDialogue::begin() {
  const bool goes_on = !origin_.id.empty() && !origin_.loading;
  // As after a restart, when there is none yet.
  if (goes_on) source_.relay_from(origin_.id, origin_.offset);
  const std::string id = goes_on ? origin_.id : "?";
  const std::string offset = goes_on ? std::to_string(origin_.offset + 1) : "-1";
  auto asked = ask({"PSYNC", id, offset});
  CO_TRY(const std::string line, co_await std::move(asked));
  std::vector<std::string_view> words;
  for (std::string_view rest = line; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    words.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!words.empty() && words[0] == "+CONTINUE" && goes_on) {
    // A replica that was made the master goes on with the stream under another name.
    if (words.size() > 1 && is_stream_id(words[1])) origin_.id = words[1];
    source_.relay_from(origin_.id, origin_.offset);
    log_info("replication goes on", {{"master", origin_.host}, {"offset", origin_.offset}});
    co_return Status();
  }
  const auto at = words.size() == 3 ? parse_number<std::uint64_t>(words[2]) : std::nullopt;
  if (words.empty() || words[0] != "+FULLRESYNC" || !at || !is_stream_id(words[1])) {
    co_return fail(Code::unavailable,
                   fmt::format("the master answers PSYNC with `{}`", line.substr(0, kShownBytes)));
  }
  std::string stream_id(words[1]);
  co_return co_await take_snapshot(std::move(stream_id), *at);
}

// --- the snapshot ---

io::Task<Status> MasterDialogue::take_snapshot(std::string id, std::uint64_t offset) {
  state_.sync_read = 0;
  state_.sync_total = 0;
  state_.phase = LinkPhase::sync;
  ++state_.full_syncs;
  CO_TRY(const std::string line, co_await read_line());
  if (!line.starts_with('$')) co_return ended("the master sends no snapshot");
  CO_TRY(const auto file, engine_.keyspace().scratch_file());
  const std::string_view told = std::string_view(line).substr(1);
  log_info("replication takes a snapshot", {{"master", origin_.host}, {"bytes", told}});
  if (told.starts_with("EOF:")) {
    std::string mark(told.substr(4));
    if (mark.size() != kMarkBytes) co_return ended("the master's snapshot has no end");
    CO_TRY_STATUS(co_await receive_until(std::move(mark), *file));
  } else {
    const auto bytes = parse_number<std::uint64_t>(told);
    if (!bytes) co_return ended("the master sends no snapshot");
    state_.sync_total = *bytes;
    CO_TRY_STATUS(co_await receive_bytes(*bytes, *file));
  }
  Origin next = origin_;
  next.id = std::move(id);
  next.offset = offset;
  next.db = 0;
  co_return load(*file, std::move(next));
}

io::Task<Status> MasterDialogue::receive_bytes(std::uint64_t bytes, exec::SpillFile& file) {
  while (bytes > 0) {
    if (used_ == input_.size()) CO_TRY_STATUS(co_await fill());
    const BytesView piece = BytesView(input_).substr(used_, bytes);
    CO_TRY_STATUS(file.append(piece));
    used_ += piece.size();
    bytes -= piece.size();
    state_.sync_read += piece.size();
  }
  co_return Status();
}

// What could be the beginning of the mark stays until more has come.
io::Task<Status> MasterDialogue::receive_until(std::string mark, exec::SpillFile& file) {
  for (;;) {
    const BytesView rest = BytesView(input_).substr(used_);
    const std::size_t end = rest.find(mark);
    const bool found = end != BytesView::npos;
    const std::size_t size = found ? end : rest.size() - std::min(rest.size(), mark.size() - 1);
    CO_TRY_STATUS(file.append(rest.substr(0, size)));
    used_ += size;
    state_.sync_read += size;
    if (found) {
      used_ += mark.size();
      co_return Status();
    }
    CO_TRY_STATUS(co_await fill());
  }
}

// Up to the look at the file nothing was changed. From then on the log says that what is there is a
// part, until all of it is.
Status MasterDialogue::load(exec::SpillFile& file, Origin next) {
  Received received(file, state_);
  TRY_STATUS(check_rdb(received));
  TRY(const std::uint64_t db, stream_database(received));
  if (db >= engine_.keyspace().keyspace().database_count()) {
    return fail(Code::unsupported, fmt::format("the master writes to database {}", db));
  }
  next.db = static_cast<unsigned>(db);
  Origin part = next;
  part.id.clear();
  part.loading = true;
  state_.loading = true;
  state_.loaded_keys = 0;
  source_.abandon();
  TRY_STATUS(forget_keys(engine_, part));
  origin_ = part;
  state_.set_origin(part);
  const auto progress = [this](double, std::uint64_t keys) {
    state_.loaded_keys = keys;
    // So that the master sees that we are there.
    if (monotonic_ns() - said_ns_ >= kTickNs) say_later("\n");
  };
  TRY(const std::string told, load_rdb(engine_, received, protocol::Existing::replace, progress));
  TRY_STATUS(note_origin(engine_, next));
  origin_ = std::move(next);
  state_.set_origin(origin_);
  source_.relay_from(origin_.id, origin_.offset);
  state_.loading = false;
  state_.last_input_ns = monotonic_ns();  // nothing was read meanwhile
  log_info("replication has loaded a snapshot", {{"master", origin_.host}, {"loaded", told}});
  return {};
}

// --- the stream ---

io::Task<Status> MasterDialogue::follow() {
  const auto relay = [this](BytesView bytes) { source_.relay(bytes); };
  applier_.emplace(engine_, origin_, std::move(publish_), relay);
  state_.phase = LinkPhase::connected;
  state_.set_error({});
  tick();  // the master waits for a first sign
  for (;;) {
    CO_TRY_STATUS(apply_input());
    state_.last_input_ns = monotonic_ns();  // it may have taken its time
    if (applier_->take_request()) tick();
    CO_TRY_STATUS(co_await fill());
  }
}

// What came in front of something that is wrong stays.
Status MasterDialogue::apply_input() {
  Status taken = take_commands();
  const Status committed = applier_->commit();
  state_.set_origin(applier_->origin());
  TRY_STATUS(committed);
  if (!taken || input_.size() - used_ <= kMaxInputBytes) return taken;
  return fail(Code::resource_exhausted, "the master has sent a command that is too large");
}

Status MasterDialogue::take_commands() {
  for (;;) {
    const ParseResult parsed = parser_.parse(BytesView(input_).substr(used_), RespLimits());
    const BytesView bytes = BytesView(input_).substr(used_, parsed.consumed);
    used_ += parsed.consumed;
    if (parsed.state == ParseState::need_more) return {};
    if (parsed.state == ParseState::error) {
      return fail(Code::corrupt, "the master's stream is damaged: " + parsed.error);
    }
    if (parsed.state == ParseState::nothing) {
      applier_->skip(bytes);
    } else {
      TRY_STATUS(applier_->add(parser_.arguments(), bytes));
    }
  }
}

// --- bytes ---

io::Task<Result<std::string>> MasterDialogue::ask(std::initializer_list<std::string_view> words) {
  Bytes request;
  put_request(request, words);
  return exchange(std::move(request));
}

io::Task<Result<std::string>> MasterDialogue::exchange(Bytes request) {
  const Status sent = co_await send(std::move(request));
  if (!sent) co_return fail(sent.error());
  co_return co_await read_line();
}

io::Task<Status> MasterDialogue::send(Bytes bytes) {
  sending_ = true;
  Status sent = co_await stream_->write_all(bytes);
  sending_ = false;
  if (!sent && silent_) co_return ended("");
  co_return sent;
}

// Without its end. Empty lines are signs of life.
io::Task<Result<std::string>> MasterDialogue::read_line() {
  for (;;) {
    const BytesView rest = BytesView(input_).substr(used_);
    const std::size_t end = rest.find('\n');
    if (end == BytesView::npos) {
      if (rest.size() > kMaxLineBytes) co_return ended("the master does not speak as Redis does");
      const Status filled = co_await fill();
      if (!filled) co_return fail(filled.error());
      continue;
    }
    used_ += end + 1;
    std::string line(rest.substr(0, end));
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) co_return line;
  }
}

// More of what the master sends.
io::Task<Status> MasterDialogue::fill() {
  input_.erase(0, std::exchange(used_, 0));
  const std::size_t before = input_.size();
  input_.resize(before + kReadBytes);
  const std::span<char> room(input_.data() + before, kReadBytes);
  const auto read = co_await stream_->read_some(room);
  input_.resize(before + (read ? *read : 0));
  if (!read) {
    co_return ended("the connection to the master is closed: " + read.error().what);
  }
  if (*read == 0) co_return ended("the master has closed the connection");
  state_.last_input_ns = monotonic_ns();
  co_return Status();
}

// Each second: whether the master is still there, and how far we are.
void MasterDialogue::tick() {
  timer_.start(kTick);
  if (monotonic_ns() - state_.last_input_ns > options_.timeout_ns) {
    silent_ = true;
    return stream_->interrupt();
  }
  if (!applier_) {
    if (state_.phase == LinkPhase::sync) say_later("\n");
    return;
  }
  Bytes told;
  const std::string offset = std::to_string(applier_->origin().offset);
  put_request(told, {"REPLCONF", "ACK", offset});
  say_later(told);
}

// A master that takes nothing is not told the same again and again.
void MasterDialogue::say_later(BytesView bytes) {
  said_ns_ = monotonic_ns();
  if (later_.empty()) later_.append(bytes);
  drain();
}

void MasterDialogue::drain() {
  if (sending_) return;
  while (!later_.empty()) {
    const io::IoOutcome outcome = stream_->try_write(later_);
    // What is wrong with the connection shows where it is read.
    if (outcome.kind != io::IoOutcome::Kind::done) return;
    later_.erase(0, outcome.bytes);
  }
}

}  // namespace octavo::redis
