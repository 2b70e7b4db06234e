#pragma once

// Output that waits for its socket, in segments that go out one after the other: bytes of its own,
// or bytes that others send as well and that are not copied for each of them. What is appended
// moves nothing that is there, and a segment is freed as soon as it has gone.

#include <cstddef>
#include <list>
#include <memory>

#include "base/bytes.h"

namespace octavo::protocol {

class OutputQueue {
 public:
  OutputQueue() = default;
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;

  bool empty() const noexcept { return segments_.empty(); }
  std::size_t size() const noexcept { return size_; }  // unsent
  // The memory of it, shared bytes as if they were its own.
  std::size_t held() const noexcept { return held_; }

  // Not empty ones. `owner` keeps `bytes` alive and unchanged until they have gone.
  void push(Bytes bytes);
  void push(std::shared_ptr<const void> owner, BytesView bytes);

  // The rest of the first segment; empty when there is none.
  BytesView front() const noexcept;
  // That many of `front` have gone.
  void consume(std::size_t size) noexcept;
  void clear() noexcept;

 private:
  struct Segment {
    Bytes own;
    std::shared_ptr<const void> owner;  // null: `own` it is
    BytesView shared;

    BytesView bytes() const noexcept { return owner != nullptr ? shared : BytesView(own); }
    std::size_t held() const noexcept;
  };

  std::list<Segment> segments_;
  std::size_t sent_ = 0;  // of the first
  std::size_t size_ = 0;
  std::size_t held_ = 0;
};

}  // namespace octavo::protocol
