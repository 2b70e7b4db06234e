#pragma once

// The live changes of one table. Publishing costs the same for one listener as for a thousand: a
// change set is appended to a shared chain, and each listener walks the chain at its own pace.
// A node lives as long as a listener still has to pass it.
//
// `publish` is called in log order by whoever holds the sequencer role; everything else from any
// thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "stream/change.h"

namespace octavo::stream {

using Wake = std::move_only_function<void()>;

class Topic {
 private:
  struct Node {
    ChangeSetPtr set;            // null in the node that a fresh topic starts with
    std::uint64_t position = 0;  // changes published up to and with this node
    std::atomic<bool> linked{false};
    std::shared_ptr<Node> next;  // written once, before `linked`

    ~Node();
  };

 public:
  // A place in the chain.
  class Position {
   public:
    Position() = default;

   private:
    friend class Topic;
    explicit Position(std::shared_ptr<Node> node) : node_(std::move(node)) {}
    std::shared_ptr<Node> node_;
  };

  Topic();

  void publish(ChangeSetPtr set);

  // After everything published so far.
  Position end() const;
  // The set after `position`, which moves past it; null at the end.
  ChangeSetPtr next(Position& position) const;
  // Changes published after `position`.
  std::uint64_t backlog(const Position& position) const;

  // Calls `wake` once, from any thread, when there is something after `position`; at once when
  // there already is.
  void wait(const Position& position, Wake wake);

  // No more changes will come, for `reason`; waiting listeners are woken.
  void close(const Error& reason);
  std::optional<Error> closed() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Node> tail_;
  std::vector<Wake> waiting_;
  std::optional<Error> closed_;
  std::atomic<std::uint64_t> published_{0};
};

}  // namespace octavo::stream
