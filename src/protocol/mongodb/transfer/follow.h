#pragma once

// After the copy: the changes of the source, for as long as somebody wants.

#include <cstdint>
#include <string>

#include "protocol/mongodb/transfer/apply.h"
#include "protocol/mongodb/transfer/copy.h"
#include "protocol/mongodb/transfer/reconcile.h"

namespace octavo::mongodb::transfer {

enum class FollowUntil : std::uint8_t { stopped, caught_up };

// A place in the change stream from which nothing that happens now is missed. Null: the server has
// no change streams; `why` says what it said.
Result<value::Value> present_token(Remote& source, std::string& why);

class Follower {
 public:
  // All outlive it.
  Follower(const CopyParts& parts, const Selection& taken, Applier& applier)
      : parts_(parts), applier_(applier), reconciler_(parts, taken) {}

  // From the ledger's token on. At its end everything is applied that the source had when the stop
  // was asked for, the indexes are all there, and the token is kept.
  Status run(FollowUntil until);

 private:
  Status follow_once(FollowUntil until, bool& done);
  Status take_mark();
  Status on_event(const value::Value& event);
  Status on_caught_up(const value::Value& token);
  Status keep(const value::Value& token);
  Status match_all_indexes();
  bool is_over(FollowUntil until) const;
  void show();

  const CopyParts& parts_;
  Applier& applier_;
  Reconciler reconciler_;
  // A time of the source that was its newest when it was asked for: who has met an event after it
  // has all that was there by then.
  std::optional<SourceTime> mark_;
  std::int64_t mark_ns_ = 0;
  bool met_ = true;
  bool stopping_ = false;  // the mark was taken after the stop was asked for
  bool caught_up_ = false;
  int quiet_ = 0;                   // answers without an event, one after the other
  int refused_ = 0;                 // attempts to make unique indexes
  bool indexed_ = false;            // all of them are there
  std::optional<SourceTime> last_;  // of an event
  std::int64_t kept_ns_ = 0;
};

}  // namespace octavo::mongodb::transfer
