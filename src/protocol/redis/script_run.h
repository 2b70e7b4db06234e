#pragma once

// Runs a batch whose calls run others, on the workspace of the thread that it is run on, and says
// what is to be logged (docs/notes/0021). Where, and how often, is the session's affair.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/memory_pool.h"
#include "engine/access.h"
#include "keyspace/batch.h"
#include "keyspace/reply.h"
#include "keyspace/workspace.h"
#include "protocol/redis/acl_user.h"
#include "protocol/redis/script/machine.h"
#include "protocol/redis/script/store.h"
#include "protocol/redis/script/thread.h"
#include "protocol/redis/service_state.h"

namespace octavo::redis {

// What this thread keeps for scripts of the server.
ScriptThread& script_thread_of(ServiceState& service);

// What the script or the function says of itself that a call would run; nullopt: it says nothing,
// is not there, or the call runs none.
std::optional<ScriptFlags> declared_script_flags(ServiceState& service,
                                                 const keyspace::CommandSpec& spec,
                                                 keyspace::Args args);

class ScriptRun final : private ScriptHost {
 public:
  // `session`: for handlers.
  ScriptRun(ServiceState& service, keyspace::LocalBatch& batch, std::string_view user,
            void* session, CancelToken token);
  ~ScriptRun() override = default;

  enum class Outcome : std::uint8_t {
    done,      // as far as time allows; `effects` are to be logged, if there are any
    outdated,  // what it saw has changed meanwhile: again
    too_long,  // again, on a thread that may compute
    killed,    // again, without the script that was ended
  };
  // Hears of reads, on the thread that runs the attempt.
  void observe_reads(keyspace::ReadObserver* reads) { reads_ = reads; }
  // Runs calls from the first that is not accepted. `here`: on the session's own thread, for a
  // moment only; else as long as it takes, and `listed` may end it.
  void attempt(bool here, RunningScript* listed);
  Outcome outcome() const { return outcome_; }
  // Calls of the attempt, and how long they took.
  struct Timed {
    const keyspace::CommandSpec* spec;
    keyspace::Args args;
    std::int64_t ns;
  };
  std::span<const Timed> timed() const { return timed_; }
  // What took too long, a script or a call beside one, is answered with this when it is run again.
  void refuse(std::string_view error);
  // One that runs for longer than `busy-reply-threshold` ends with its client.
  void end_with(CancelToken client) { client_ = std::move(client); }
  // The script that was too long, for lists.
  const RunningScript& last_script() const { return last_; }

  BytesView effects() const { return effects_; }
  // What was run counts. Messages are published.
  void accept();
  // Nobody waits for the replies any more.
  bool is_gone() const { return is_gone_; }
  bool is_over() const { return first_ >= count_; }

  // --- for LocalBatch::visit ---
  bool call(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args);
  bool ready(std::string_view bytes);
  bool transaction(std::span<const keyspace::WatchGuard> guards, std::uint32_t calls);

 private:
  struct Message {
    unsigned db;
    std::string command;
    std::string channel;
    std::string text;
    bool shard;
  };
  struct Script {
    bool read_only = false;
    bool allows_oom = false;
    bool has_written = false;
    bool crosses_slots = false;
    std::optional<unsigned> slot;  // of a cluster: that of its keys
    unsigned db = 0;
    bool read_keys_told = false;
    std::string counted_error;  // of the last call that failed
  };
  struct ScriptCall {
    const keyspace::CommandSpec* spec = nullptr;
    unsigned db = 0;
    keyspace::Args args;
  };

  struct Shown {  // to monitors
    unsigned db;
    std::vector<std::string> args;
  };

  Outcome end_attempt();
  void publish_messages();
  bool begin_item();
  bool may_go_on();
  void run_call(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args, bool is_script,
                keyspace::Reply& reply);
  void count_error(std::string_view reply);
  void wait_for(std::int64_t duration_ns);
  void run_script(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args);
  void run_eval(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args);
  void run_function(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args);
  void tell_declared_keys();
  bool may_begin(ScriptFlags flags, bool declares, bool read_only_command, keyspace::Args keys);
  bool goes_elsewhere(const StoredScript& script);
  void finish_script(Stop stop, std::size_t mark);
  std::string why_not_here(const keyspace::CommandSpec& spec, keyspace::Args args, bool writes);
  std::string why_not(const keyspace::CommandSpec* spec, keyspace::Args args);
  AclUser::Denied denied(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args);
  std::string refused_option(const keyspace::CommandSpec& spec, keyspace::Args args);
  const AclUser* acl();

  // ScriptHost
  void call(keyspace::Args args, int protocol, std::string& out) override;
  std::optional<bool> allows(keyspace::Args args) override;
  void log(int level, std::string_view text) override;
  Stop look() override;

  ServiceState& service_;
  keyspace::LocalBatch& batch_;
  engine::Caller caller_;               // of its own: the session may look at its rights meanwhile
  std::shared_ptr<const AclUser> acl_;  // as those: null where grants alone decide
  std::uint64_t acl_version_ = 0;
  keyspace::ReadObserver* reads_ = nullptr;
  void* session_;
  const unsigned node_;                        // of the cluster, when there is one
  CancelToken token_;                          // of the connection
  CancelToken client_;                         // of who waits for the reply
  std::size_t count_;                          // of items
  std::size_t first_ = 0;                      // that is not accepted
  std::map<std::size_t, std::string> killed_;  // items: their replies; also of those refused

  // Of the attempt.
  ScriptThread* thread_ = nullptr;
  keyspace::Reply reply_;
  std::size_t mark_;
  bool here_ = false;
  bool too_long_ = false;
  bool is_killed_ = false;
  bool is_gone_ = false;
  RunningScript* listed_ = nullptr;
  RunningScript last_;
  std::size_t item_ = 0;
  std::size_t next_ = 0;  // item behind what was run
  std::uint32_t in_transaction_ = 0;
  std::uint32_t skipped_ = 0;
  std::int64_t until_ns_ = 0;         // for the items
  std::int64_t script_until_ns_ = 0;  // for one script
  std::int64_t busy_ns_ = 0;          // from when on it ends with its client
  std::uint64_t scripts_ = 0;
  Script script_;
  ScriptCall script_call_;   // which runs it
  MemoryReservation held_;   // by the workspace
  bool lacks_room_ = false;  // for that
  Outcome outcome_ = Outcome::done;
  Bytes effects_;
  std::vector<Message> messages_;
  std::vector<Timed> timed_;
  CommandStats of_scripts_;  // calls that scripts made
  std::vector<std::string> errors_;
  std::vector<Shown> shown_;
};

}  // namespace octavo::redis
