#include "protocol/redis/replica_link.h"

#include <algorithm>

#include "base/logging.h"
#include "base/random.h"
#include "base/text.h"
#include "io/sleep.h"

namespace octavo::redis {
namespace {

constexpr std::chrono::seconds kFirstPause{1};
constexpr std::chrono::seconds kLongestPause{10};

// What a master has sent may be in it, and that may be any bytes; INFO shows it on one line.
std::string readable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace

ReplicaLink::ReplicaLink(engine::Engine& engine, ReplicationSource& source,
                         std::function<MasterDialogue::Options()> options,
                         std::function<void(std::string_view, std::string_view, bool)> publish)
    : engine_(engine), source_(source), options_(std::move(options)), publish_(std::move(publish)) {
  std::string text;
  {
    const auto lock = engine.keyspace().keyspace().lock();
    text = engine.keyspace().keyspace().origin();
  }
  if (const auto origin = Origin::parse(text)) {
    state_.set_origin(*origin);
    state_.loading = origin->loading;
    state_.phase = LinkPhase::connect;
    state_.down_since_ns = system_clock().monotonic_ns();
  }
}

ReplicaLink::~ReplicaLink() { stop(); }

void ReplicaLink::resume() {
  const MutexLock lock(mutex_);
  if (is_on() && !stopped_) start();
}

Result<bool> ReplicaLink::follow(const std::string& host, std::uint16_t port) {
  const MutexLock lock(mutex_);
  if (stopped_) return fail(Code::unavailable, "the server is stopping");
  const Origin before = state_.origin();
  if (is_on() && before.host == host && before.port == port) return false;
  end();
  Origin next{.host = host, .port = port};
  // What a snapshot has left half done stays that.
  next.loading = state_.loading;
  if (is_on() && !next.loading) {
    const Origin last = state_.origin();  // the link has gone on until its end
    next.id = last.id;
    next.offset = last.offset;
    next.db = last.db;
  }
  if (Status noted = is_on() ? note_origin(engine_, next) : step_down(next); !noted) {
    if (is_on()) start();
    return fail(std::move(noted).error());
  }
  state_.set_origin(next);
  state_.set_error({});
  state_.phase = LinkPhase::connect;
  state_.down_since_ns = system_clock().monotonic_ns();
  log_info("replication begins", {{"master", host}, {"port", port}});
  start();
  return true;
}

// Writes are refused from the first record on, so that a time comes at which the stream that others
// have of us is all that was written. Where it ends we have a place in it.
Status ReplicaLink::step_down(Origin& next) {
  TRY_STATUS(note_origin(engine_, next));
  keyspace::Keyspace& keyspace = engine_.keyspace().keyspace();
  for (bool done = false; !done;) {
    std::uint64_t version = 0;
    const bool had_place = !next.id.empty();
    {
      const auto lock = keyspace.lock();
      version = keyspace.version_of_all();
      const bool is_own = source_.is_own();
      next.id = is_own ? source_.id() : std::string();
      next.offset = is_own ? source_.extent().end : 0;
    }
    // Nobody follows, or nobody any more.
    if (next.id.empty()) return had_place ? note_origin(engine_, next) : Status();
    // What had been let through before that record may still come.
    TRY(const bool noted, note_origin_if(engine_, next, version));
    const auto lock = keyspace.lock();
    done = noted && source_.extent().end == next.offset && keyspace.version_of_all() == version &&
           source_.leave_off_locked();
  }
  return {};
}

// What is written from now on is told to others under a name of its own; until the log says so
// nothing is.
Status ReplicaLink::lead() {
  {
    const auto lock = engine_.keyspace().keyspace().lock();
    if (!state_.loading) source_.lead_locked(format_hex(secure_random_bytes(20)));
  }
  if (state_.loading) source_.abandon();
  return forget_origin(engine_);
}

Status ReplicaLink::promote() {
  const MutexLock lock(mutex_);
  if (!is_on()) return {};
  end();
  if (Status led = lead(); !led) {
    // Whoever follows takes a snapshot: of the stream there is no place any more.
    {
      const auto held = engine_.keyspace().keyspace().lock();
      source_.leave_off_locked();
    }
    source_.abandon();
    if (!stopped_) start();
    return led;
  }
  if (state_.loading) log_warning("replication was ended within a snapshot: keys are missing");
  state_.loading = false;
  state_.phase = LinkPhase::none;
  state_.set_origin({});
  log_info("replication was ended: this server is a master");
  return {};
}

void ReplicaLink::stop() {
  const MutexLock lock(mutex_);
  stopped_ = true;
  end();
}

void ReplicaLink::start() {
  state_.stopping = false;
  runtime_ = std::make_unique<io::Runtime>(io::RuntimeOptions{.threads = 1});
  scope_ = std::make_unique<io::Scope>(runtime_->at(0));
  scope_->spawn(run(scope_->token()));
}

void ReplicaLink::end() {
  if (runtime_ == nullptr) return;
  state_.stopping = true;
  io::Executor& executor = runtime_->at(0);
  executor.post([this] {
    if (dialogue_ != nullptr) dialogue_->interrupt();
  });
  io::block_on(executor, scope_->stop());
  scope_.reset();
  runtime_.reset();
}

io::Task<void> ReplicaLink::run(CancelToken token) {
  std::chrono::seconds pause = kFirstPause;
  while (!token.cancelled() && !state_.stopping) {
    const std::uint64_t offset = state_.offset;
    MasterDialogue dialogue(engine_, source_, state_, options_(), publish_);
    dialogue_ = &dialogue;
    const Status why = co_await dialogue.run();
    dialogue_ = nullptr;
    state_.phase = LinkPhase::connect;
    state_.down_since_ns = system_clock().monotonic_ns();
    if (state_.stopping) co_return;
    const Origin master = state_.origin();
    // Each reason once.
    const std::string reason = readable(why.error().what);
    if (state_.error() != reason) {
      log_warning("replication was interrupted",
                  {{"master", master.host}, {"port", master.port}, {"reason", reason}});
    }
    state_.set_error(reason);
    pause = state_.offset != offset ? kFirstPause : std::min(2 * pause, kLongestPause);
    (void)co_await io::sleep_for(pause, token);
  }
}

}  // namespace octavo::redis
