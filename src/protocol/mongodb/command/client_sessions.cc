#include "protocol/mongodb/command/client_sessions.h"

#include <utility>

#include "base/limits.h"
#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {
namespace {

constexpr Nanoseconds kSessionTime = std::chrono::minutes(kSessionMinutes);

std::unexpected<Error> too_many() {
  return error(261,
               "Unable to add session into the cache because the number of active sessions is "
               "too high");
}

}  // namespace

std::unique_ptr<engine::Transaction> begin_in_view_of_now(engine::Engine& engine) {
  engine::TransactionOptions options;
  options.isolation = engine::Isolation::repeatable_read;
  options.view_now = true;
  return engine.begin(options);
}

void ClientSession::begin_write(std::int64_t number) {
  transaction_ = nullptr;
  results_.clear();
  promise_.reset();
  left_in_log_ = false;
  number_ = number;
  state_ = TransactionState::none;
}

void ClientSession::begin_transaction(std::int64_t number,
                                      std::unique_ptr<engine::Transaction> transaction,
                                      std::int64_t now_ns) {
  begin_write(number);
  state_ = TransactionState::in_progress;
  transaction_ = std::move(transaction);
  transaction_began_ns_ = now_ns;
  untouched_ = true;
}

std::unique_ptr<engine::Transaction> ClientSession::end_transaction(TransactionState how) {
  state_ = how;
  return std::exchange(transaction_, nullptr);
}

const value::Value* ClientSession::find_result(std::int32_t statement) const {
  const auto found = results_.find(statement);
  return found == results_.end() ? nullptr : &found->second;
}

void ClientSession::keep_result(std::int32_t statement, value::Value result, bool in_log) {
  constexpr std::size_t kLargeBytes = 4 * kKiB;
  if (in_log && result.memory_bytes(kLargeBytes) >= kLargeBytes) {
    left_in_log_ = true;
  } else {
    results_.insert_or_assign(statement, std::move(result));
  }
}

void ClientSession::recall(Past past) {
  recalled_ = true;
  if (past.number < number_) return;
  if (past.number > number_) begin_write(past.number);
  left_in_log_ = false;
  results_.merge(past.results);
  if (past.committed && transaction_ == nullptr) state_ = TransactionState::committed;
}

std::shared_ptr<ClientSession> ClientSessions::find(const SessionKey& key) {
  auto found = sessions_.find(key);
  if (found == sessions_.end()) {
    if (sessions_.size() >= kMostSessions) return nullptr;
    found = sessions_.emplace(key, std::make_shared<ClientSession>(key)).first;
  }
  found->second->last_use_ns_ = clock_.monotonic_ns();
  return found->second;
}

Status ClientSessions::touch(const SessionKey& key) {
  const MutexLock lock(mutex_);
  if (find(key) == nullptr) return too_many();
  return {};
}

io::Task<Result<ClientSessions::Lease>> ClientSessions::check_out(SessionKey key,
                                                                  std::function<void()> stop,
                                                                  CancelToken over) {
  const auto turn = std::make_shared<io::Event>();
  for (;;) {
    {
      const MutexLock lock(mutex_);
      const std::shared_ptr<ClientSession> session = find(key);
      if (session == nullptr) co_return too_many();
      if (!session->busy_) {
        session->busy_ = true;
        session->stop_ = std::move(stop);
        co_return Lease(*this, session);
      }
      session->waiters_.push_back(turn);
    }
    const bool came = co_await turn->wait(over);
    if (!came) co_return Lease();
  }
}

// All who wait look again: the session may have gone.
void ClientSessions::give_back(ClientSession& session) {
  bool killed = false;
  {
    const MutexLock lock(mutex_);
    session.busy_ = false;
    session.stop_ = nullptr;
    session.last_use_ns_ = clock_.monotonic_ns();
    killed = session.killed_;
    for (const auto& waiter : std::exchange(session.waiters_, {})) waiter->set();
  }
  // Nobody finds it any more.
  if (killed) abandon(session);
}

void ClientSessions::abandon(ClientSession& session) {
  if (session.transaction() == nullptr) return;
  cursors_.kill_of(session.key(), session.number());
  session.end_transaction(TransactionState::aborted).reset();
}

ClientSessions::Sessions::iterator ClientSessions::end_one(Sessions::iterator at, Gone& gone) {
  const std::shared_ptr<ClientSession>& session = at->second;
  session->killed_ = true;
  if (session->busy_) session->stop_();
  gone.push_back(session);
  return sessions_.erase(at);
}

// Of those that are busy, the call that has them lets go of the transaction.
void ClientSessions::let_go(const Gone& gone) {
  for (const std::shared_ptr<ClientSession>& session : gone) cursors_.kill_of(session->key());
}

void ClientSessions::end(const SessionKey& key) {
  Gone gone;
  {
    const MutexLock lock(mutex_);
    if (const auto found = sessions_.find(key); found != sessions_.end()) end_one(found, gone);
  }
  let_go(gone);
}

void ClientSessions::end_all(const std::string* user) {
  Gone gone;
  {
    const MutexLock lock(mutex_);
    for (auto at = sessions_.begin(); at != sessions_.end();) {
      at = user == nullptr || at->first.user == *user ? end_one(at, gone) : std::next(at);
    }
  }
  let_go(gone);
}

void ClientSessions::drop_old(Nanoseconds transaction_time) {
  Gone gone;
  std::vector<Open> expired;
  const std::int64_t now = clock_.monotonic_ns();
  {
    const MutexLock lock(mutex_);
    for (auto at = sessions_.begin(); at != sessions_.end();) {
      ClientSession& session = *at->second;
      // What a busy one has is for who has it to look at.
      if (session.busy_) {
        ++at;
        continue;
      }
      if (now - session.last_use_ns_ > kSessionTime.count()) {
        at = end_one(at, gone);
        continue;
      }
      const bool late = session.transaction_ != nullptr &&
                        now - session.transaction_began_ns_ > transaction_time.count();
      if (late) {
        expired.push_back({at->first, session.end_transaction(TransactionState::aborted)});
      }
      ++at;
    }
  }
  let_go(gone);
  for (const Open& open : expired) cursors_.kill_of(open.key);
}

std::size_t ClientSessions::size() const {
  const MutexLock lock(mutex_);
  return sessions_.size();
}

std::vector<SessionKey> ClientSessions::list() const {
  const MutexLock lock(mutex_);
  std::vector<SessionKey> keys;
  keys.reserve(sessions_.size());
  for (const auto& [key, session] : sessions_) keys.push_back(key);
  return keys;
}

}  // namespace octavo::mongodb
