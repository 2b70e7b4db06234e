#pragma once

// A keyspace of its own on which scripts run, beside everything else (docs/notes/0021). Keys of the
// owner come here when they are looked for, and the version that each had is noted; what the calls
// change stays here, and the calls themselves are kept: they become one operation of the log, on
// the condition that what was seen is still so.
//
// One thread at a time. Used again for the next script (`begin`).

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/cancel.h"
#include "keyspace/batch.h"
#include "keyspace/keyspace.h"
#include "keyspace/reply.h"

namespace octavo::keyspace {

class Workspace final : private KeySource {
 public:
  explicit Workspace(Keyspace& owner);
  ~Workspace() override;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Forgets everything; calls run at that time and with that source of random numbers. Unless they
  // may take their time, one that would take long breaks it.
  void begin(const Moment& moment, std::size_t limit_bytes, bool may_take_long = true);
  void end();
  const Moment& moment() const { return moment_; }

  // Brings keys that will be wanted, under one hold of the owner's mutex.
  void bring(unsigned db, std::span<const std::string_view> keys);
  // Conditions of the client's own. False, and nothing is noted: one of them does not hold.
  bool add_guards(std::span<const WatchGuard> guards);

  struct Caller {
    void* session = nullptr;  // for the protocol's own handlers
    const CancelToken* token = nullptr;
    bool is_script = false;
  };
  // Runs a call of the keyspace's commands.
  void call(const CommandSpec& spec, unsigned db, Args args, Reply& reply, const Caller& caller);

  // What was seen is no longer so, and what ran since is worth nothing: to be begun anew.
  bool is_broken() const { return broken_; }
  // It broke because of a call that would take long.
  bool lacks_time() const { return lacks_time_; }
  // More than the limit is kept here.
  bool is_full() const { return bytes_ > limit_bytes_; }
  std::size_t bytes() const { return bytes_; }
  bool has_changes() const { return write_count_ > 0; }
  // Of calls that changed nothing: whether all that was seen was so at one moment. Takes the
  // owner's mutex, if it must.
  bool still_holds();
  // The operation for the log.
  Bytes effects() const;

 private:
  // A large value of the owner's, which an entry here stands for.
  struct Borrowed {
    const void* container = nullptr;
    unsigned db = 0;
    std::string key;
    std::uint64_t version = 0;
    bool pinned = false;    // while a call runs that may look at it
    bool returned = false;  // no entry has it any more
  };

  KeyEntry* found(Database& db, std::string_view key, KeyEntry* entry) override;
  void need_all(Database& db) override;
  void about_to_clear(Database& db) override;
  void about_to_edit(KeyEntry& entry) override;
  void gone(Object& value) override;

  bool has_time_for(std::uint64_t elements);
  bool lock_owner();
  bool knows(unsigned db, std::string_view key) const;
  void note(unsigned db, std::string_view key);
  void take(Database& db, std::string_view key);
  KeyEntry* copy_entry(Database& db, const KeyEntry& live);
  void pin(KeyEntry& entry);
  void let_go_of_pins();
  Borrowed* borrowed(const Object& value);
  void forget_borrowed(const KeyMap& keys);
  void bring_named(const CommandSpec& spec, unsigned db, Args args);
  void count_bytes();

  Keyspace& owner_;
  Keyspace view_;
  Moment moment_;
  std::vector<WatchGuard> guards_;
  std::unordered_set<std::string> known_;  // once there are many guards
  std::vector<bool> whole_;                // databases of which nothing more is to be had
  bool guards_all_ = false;
  std::uint64_t guards_all_version_ = 0;
  std::vector<WatchGuard> watched_;  // the client's own
  std::vector<Borrowed> borrowed_;
  std::uint32_t moments_ = 0;  // at which something was brought
  bool may_take_long_ = true;
  bool lacks_time_ = false;
  bool calling_ = false;
  bool broken_ = false;
  std::uint32_t write_count_ = 0;
  std::uint32_t read_count_ = 0;
  Bytes calls_;
  std::string one_call_;
  std::size_t bytes_ = 0;
  std::size_t limit_bytes_ = 0;
};

}  // namespace octavo::keyspace
