#pragma once

// Writes that make a large value of what they read (SUNIONSTORE, SORT … STORE, COPY, RESTORE, …):
// the value is made beside other commands, before the write is logged
// (docs/notes/0013-large-reads.md). What is logged is the command itself, on the condition that
// its sources have not changed since; where the value is at hand the command puts it in its place,
// and a replay makes it again. When the condition does not hold nothing is done: the owner prepares
// anew.
//
// A handler takes part by making its value through `CommandContext::make`, and by the flag of its
// row that says which of its keys is the target.

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "keyspace/batch.h"
#include "keyspace/context.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {

class PreparedWrite {
 public:
  explicit PreparedWrite(Keyspace& keyspace) : keyspace_(keyspace) {}
  // Takes the keyspace's mutex when the value was not used.
  ~PreparedWrite();
  PreparedWrite(const PreparedWrite&) = delete;
  PreparedWrite& operator=(const PreparedWrite&) = delete;

  bool made() const { return making_.value.has_value(); }
  const std::vector<WatchGuard>& guards() const { return guards_; }

 private:
  friend class Keyspace;
  friend void prepare_write(Keyspace& keyspace, LocalBatch& batch, PreparedWrite& prepared,
                            std::int64_t time_ns, std::uint64_t seed, const CancelToken& token);

  // With the keyspace's mutex held: counts the value as the keyspace's.
  void hand_over();

  Keyspace& keyspace_;
  unsigned db_ = 0;
  Making making_;
  EncodingLimits limits_;   // that it was made under
  std::int64_t bytes_ = 0;  // of the value, while they are not counted
  std::vector<WatchGuard> guards_;
  std::vector<const void*> reserved_;
};

inline bool makes_value(const CommandSpec& spec) {
  return spec.has(kMakesFirst) || spec.has(kMakesLast);
}
// Whether a call makes a value of more than `above` elements, those of other keys or what its
// arguments hold. Takes the keyspace's mutex, and looks at the clock, unless the arguments' size
// says enough.
bool is_long_write(Keyspace& keyspace, const CommandSpec& spec, unsigned db, Args args,
                   Clock& clock, std::uint64_t above);

// Makes the value of the one call that the batch holds; the batch is to be applied with it then
// (`LocalBatch::use`). When there is nothing to make (an error, no source) writes the reply instead
// and passes the call. Cancelled: returns early, with neither.
// Until `prepared` goes, Redis clients that want to change a source wait for their turn.
void prepare_write(Keyspace& keyspace, LocalBatch& batch, PreparedWrite& prepared,
                   std::int64_t time_ns, std::uint64_t seed, const CancelToken& token);

}  // namespace octavo::keyspace
