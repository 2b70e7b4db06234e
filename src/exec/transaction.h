#pragma once

// What a statement says of the transaction that it runs in, and of its waits for locks of rows.

#include <cstdint>
#include <optional>

namespace octavo::exec {

// A transaction over many statements, as statements know it: the engine made it, and knows more.
class Transaction {
 public:
  virtual ~Transaction() = default;
};

// How long a statement waits for locks of rows.
struct LockWait {
  enum class How : std::uint8_t { wait, nowait, skip } how = How::wait;
  std::optional<std::int64_t> deadline_ns;  // steady clock; nothing: as long as it may run
};

// Why a statement did not get a lock.
enum class LockRefusal : std::uint8_t {
  none,
  timed_out,  // the wait's deadline passed; the error is `timed_out`
  not_free,   // it did not want to wait; the error is `conflict`
  deadlock,   // `conflict`; the transaction that the statement ran in, if any, was rolled back
};

}  // namespace octavo::exec
