#pragma once

// A connection to a keyspace without a network, for tests: what a Redis session does with
// transactions and arity, in its simplest form. Every write is also replayed, from its logged
// bytes, into a second keyspace.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "keyspace/batch.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {

class TestSession {
 public:
  // The reply in RESP. A command that would wait answers "-BLOCKED".
  std::string run(const std::vector<std::string>& args, std::int64_t now_ns);
  void set_protocol(int protocol) { protocol_ = protocol; }
  Keyspace& keyspace() { return keyspace_; }
  Keyspace& replica() { return replica_; }
  // Empty when replica and keyspace hold the same; else the first difference.
  std::string compare();

 private:
  struct Queued {
    const CommandSpec* spec;
    unsigned db;
    std::vector<std::string> args;
  };

  std::string apply(LocalBatch& batch, std::string& out, std::int64_t now_ns);
  std::string exec(std::int64_t now_ns);
  std::string select(const std::vector<std::string>& args);

  Keyspace keyspace_;
  Keyspace replica_;
  int protocol_ = 2;
  unsigned db_ = 0;
  std::uint64_t seed_ = 1;
  bool queueing_ = false;
  bool broken_ = false;  // a command could not be queued
  std::vector<Queued> queue_;
  std::vector<WatchGuard> watched_;
};

}  // namespace octavo::keyspace
