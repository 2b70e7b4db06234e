#pragma once

// A file descriptor known to an executor's epoll instance: edge-triggered, for both directions,
// registered once and never changed, so that a request costs no epoll_ctl. The flags remember
// edges until the owner has drained them: an owner clears `readable` after a short read (the
// kernel's buffer is then empty and the next byte makes a new edge) instead of reading once more
// to see EAGAIN.

#include <cstdint>

#include "io/executor.h"

namespace octavo::io {

class Descriptor {
 public:
  // What to call, with which argument. The callee may destroy the descriptor.
  struct Callback {
    void (*function)(void* self) = nullptr;
    void* self = nullptr;
    explicit operator bool() const noexcept { return function != nullptr; }
    void operator()() const { function(self); }
  };

  // Takes over the non-blocking `fd`; on the executor's thread, as is everything below.
  Descriptor(Executor& executor, int fd);
  ~Descriptor();  // closes it
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  Executor& executor;
  const int fd;
  bool readable = false;  // a read may find something
  bool writable = true;
  bool hung_up = false;  // the peer ended its side, or the connection broke
  bool broken = false;   // both directions are gone
  bool coupled = false;  // call both callbacks for either edge (TLS: a read may have to write)

  Callback on_readable;  // called while `readable` is set by an edge, until cleared
  Callback on_writable;
  Callback on_hang_up;  // called once

 private:
  friend class Executor;

  // What its callbacks have taken lately, and when that was last brought up to date.
  std::int64_t used_ns_ = 0;
  std::int64_t used_at_ns_ = 0;
  std::int64_t seen_in_ = -1;  // in which period it had an event last
  // In the executor's queue of busy descriptors, with the edges that came meanwhile.
  std::uint32_t queued_events_ = 0;
  Descriptor* queued_before_ = nullptr;
  Descriptor* queued_after_ = nullptr;
};

}  // namespace octavo::io
