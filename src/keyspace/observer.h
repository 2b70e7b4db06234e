#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "keyspace/command.h"

namespace octavo::keyspace {

// The classes of Redis keyspace events, by the letter that `notify-keyspace-events` uses.
enum class EventClass : char {
  generic = 'g',
  string = '$',
  list = 'l',
  set = 's',
  hash = 'h',
  zset = 'z',
  expired = 'x',
  evicted = 'e',
  stream = 't',
  new_key = 'n',
};

// Sees every change, in log order, under the keyspace's mutex: must be quick, and must not call
// commands. It may read keys.
class KeyspaceObserver {
 public:
  virtual ~KeyspaceObserver() = default;

  // Before each change of a key, which may be absent. Several calls for one command are common.
  virtual void about_to_change(unsigned db, std::string_view key) = 0;
  // After a change, with the event that Redis names it by. A command that touches several keys
  // (RENAME, LMOVE, ...) reports each; not every `about_to_change` is followed by one.
  virtual void changed(unsigned db, std::string_view key, EventClass kind,
                       std::string_view event) = 0;
  // Fields of a hash whose time was over went, and not because a call named them to go. In front of
  // what is told of the call that met them.
  virtual void fields_expired(unsigned /*db*/, std::string_view /*key*/,
                              std::span<const std::string_view> /*fields*/) {}
  // All keys of a database are about to go, or two databases are about to change places.
  virtual void about_to_flush(unsigned db) = 0;
  virtual void about_to_swap(unsigned first, unsigned second) = 0;
  // The changes since the last call were one operation: a command, or a whole transaction. The
  // same live and in replay.
  virtual void operation_done() = 0;
};

// Hears of each write when it has run, in log order, under the keyspace's mutex: of clients' calls,
// of what scripts did, and of what the server itself writes. Must be quick.
class WriteListener {
 public:
  virtual ~WriteListener() = default;
  // `reply`: what it answered, in either version of RESP; nothing where that became too large.
  virtual void written(unsigned db, const CommandSpec& spec, Args args, std::string_view reply) = 0;
};

// Where observers of named events come and go. From any thread, without the keyspace's mutex.
class Observers {
 public:
  virtual ~Observers() = default;
  virtual void add_listener(KeyspaceObserver& listener) = 0;
  // When it returns, the listener is not called any more.
  virtual void remove_listener(KeyspaceObserver& listener) = 0;
  // The same with the keyspace's mutex held.
  virtual void add_listener_locked(KeyspaceObserver& listener) = 0;
  virtual void remove_listener_locked(KeyspaceObserver& listener) = 0;
};

}  // namespace octavo::keyspace
