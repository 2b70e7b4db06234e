#include "protocol/redis/replica_link.h"

#include <algorithm>

#include "base/logging.h"
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

ReplicaLink::ReplicaLink(engine::Engine& engine, std::function<MasterDialogue::Options()> options,
                         std::function<void(std::string_view, std::string_view, bool)> publish)
    : engine_(engine), options_(std::move(options)), publish_(std::move(publish)) {
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
  if (Status noted = note_origin(engine_, next); !noted) {
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

Status ReplicaLink::promote() {
  const MutexLock lock(mutex_);
  if (!is_on()) return {};
  end();
  if (Status forgotten = forget_origin(engine_); !forgotten) {
    if (!stopped_) start();
    return forgotten;
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
    MasterDialogue dialogue(engine_, state_, options_(), publish_);
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
