#pragma once

// This server as a replica of another one: REPLICAOF. One thread of its own holds the connection to
// the master and applies what comes; when that ends it begins anew, from the place that the log
// has. Thread-safe, but for what says otherwise.

#include <functional>
#include <memory>

#include "engine/engine.h"
#include "io/runtime.h"
#include "io/scope.h"
#include "protocol/redis/master_dialogue.h"

namespace octavo::redis {

class ReplicaLink {
 public:
  // `options`: asked for each connection, on the link's thread; likewise `publish`. `source`: what
  // is written here while no master is followed.
  ReplicaLink(engine::Engine& engine, ReplicationSource& source,
              std::function<MasterDialogue::Options()> options,
              std::function<void(std::string_view, std::string_view, bool)> publish);
  ~ReplicaLink();
  ReplicaLink(const ReplicaLink&) = delete;
  ReplicaLink& operator=(const ReplicaLink&) = delete;

  // Goes on as the log says; nothing when it says that the keys are our own.
  void resume();
  // One of these at a time; they block: not for an I/O thread. The keys stay until the master's are
  // there, or for good where it lets us go on: it is asked to, where we have a place in a stream.
  // Nothing happens where it is followed already: false.
  Result<bool> follow(const std::string& host, std::uint16_t port);
  // The keys are our own from now on.
  Status promote();
  // Ends the connection; the log keeps where we were.
  void stop();

  // Whether a master is followed.
  bool is_on() const { return state_.phase.load() != LinkPhase::none; }
  const LinkState& state() const { return state_; }

 private:
  void start() OCTAVO_REQUIRES(mutex_);
  void end() OCTAVO_REQUIRES(mutex_);
  io::Task<void> run(CancelToken token);
  Status step_down(Origin& next);
  Status lead();

  engine::Engine& engine_;
  ReplicationSource& source_;
  const std::function<MasterDialogue::Options()> options_;
  const std::function<void(std::string_view, std::string_view, bool)> publish_;
  LinkState state_;
  Mutex mutex_;  // of those that start and end it
  std::unique_ptr<io::Runtime> runtime_ OCTAVO_GUARDED_BY(mutex_);
  std::unique_ptr<io::Scope> scope_ OCTAVO_GUARDED_BY(mutex_);
  bool stopped_ OCTAVO_GUARDED_BY(mutex_) = false;  // for good
  MasterDialogue* dialogue_ = nullptr;              // on the link's thread
};

}  // namespace octavo::redis
