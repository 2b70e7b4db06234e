#pragma once

// The cursors that clients have open, between the calls that read them. While one is read it is
// taken out, and nobody else can; who ends it meanwhile stops whoever reads it.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "protocol/mongodb/command/cursor.h"
#include "protocol/mongodb/command/session_key.h"

namespace octavo::mongodb {

// Who may read it.
struct CursorOwner {
  std::string user;
  std::optional<SessionKey> session;
  std::optional<std::int64_t> transaction;  // its number: the cursor ends with it

  friend bool operator==(const CursorOwner&, const CursorOwner&) = default;
};

// Thread-safe. Cursors that end are destroyed outside of the lock, by whoever ends them.
class Cursors {
 public:
  // `share_bytes`: what all cursors of one user may take while they are idle.
  Cursors(Clock& clock, std::size_t share_bytes) : clock_(clock), share_bytes_(share_bytes) {}

  // A cursor that is being read. Goes back when this is destroyed, unless it has ended.
  class Reading {
   public:
    Reading(Reading&& other) noexcept;
    Reading& operator=(Reading&&) = delete;
    ~Reading();

    Cursor& operator*() { return *cursor_; }
    Cursor* operator->() { return cursor_.get(); }
    std::int64_t id() const { return id_; }
    // After it was read, before it is given back for further calls. 146: with what it takes by now
    // the user's cursors take too much.
    Status rest();
    // It is not to go back.
    void end() { ended_ = true; }

   private:
    friend class Cursors;
    Reading(Cursors& all, std::int64_t id, std::unique_ptr<Cursor> cursor)
        : all_(&all), id_(id), cursor_(std::move(cursor)) {}
    Cursors* all_;
    std::int64_t id_;
    std::unique_ptr<Cursor> cursor_;
    bool ended_ = false;
  };

  // Its id, which nobody can guess. Once `close` was called it is dropped at once, and has none
  // (0). 146: the cursors of the user take too much already, unless it is the only one.
  Result<std::int64_t> add(std::unique_ptr<Cursor> cursor, CursorOwner owner);

  // For the call of getMore that `stop` ends, from any thread. 43: there is none, or it is another
  // user's; 13: of another collection; 50738: of another session; 50740: of a transaction; 2: it is
  // being read.
  Result<Reading> take(std::int64_t id, std::string_view ns, const CursorOwner& reader,
                       std::function<void()> stop);

  // False: there is none that `user` may end. `any`: whosoever it is.
  bool kill(std::int64_t id, std::string_view user, bool any);
  std::size_t kill_of(const SessionKey& session);
  std::size_t kill_of(const SessionKey& session, std::int64_t transaction);
  // Those that were idle for so long, and belong to no session, which has a time of its own.
  void drop_idle(Nanoseconds time);
  // All of them, and those to come.
  void close();

  struct Listed {
    std::int64_t id = 0;
    std::string ns;
    CursorOwner owner;
    value::Value original;
    bool reading = false;
  };
  std::vector<Listed> list() const;
  std::size_t size() const;

 private:
  struct Entry {
    std::unique_ptr<Cursor> cursor;  // null: it is being read
    CursorOwner owner;
    std::string ns;
    bool no_timeout = false;
    std::size_t bytes = 0;  // when it was idle last
    std::int64_t idle_since_ns = 0;
    std::function<void()> stop;  // who reads it
    bool killed = false;         // while it is read
  };
  using Dropped = std::vector<std::unique_ptr<Cursor>>;

  using Entries = std::unordered_map<std::int64_t, Entry>;

  void give_back(std::int64_t id, std::unique_ptr<Cursor> cursor, bool ended);
  // The one behind it.
  Entries::iterator end_one(Entries::iterator at, Dropped& dropped) OCTAVO_REQUIRES(mutex_);
  // How many there were.
  template <class Which>
  std::size_t end_those(Which&& which);

  // The entry takes so much from now on.
  Status resize(Entry& entry, std::size_t bytes) OCTAVO_REQUIRES(mutex_);
  void measure_again(const std::string& user, std::size_t& held) OCTAVO_REQUIRES(mutex_);
  void forget_bytes(const Entry& entry) OCTAVO_REQUIRES(mutex_);

  Clock& clock_;
  const std::size_t share_bytes_;
  mutable Mutex mutex_;
  Entries entries_ OCTAVO_GUARDED_BY(mutex_);
  // Of users who have any.
  std::unordered_map<std::string, std::size_t> held_bytes_ OCTAVO_GUARDED_BY(mutex_);
  bool closed_ OCTAVO_GUARDED_BY(mutex_) = false;
};

}  // namespace octavo::mongodb
