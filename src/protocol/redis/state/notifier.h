#pragma once

// `notify-keyspace-events`: what happens to keys, as messages of channels.
//
//   __keyspace@<db>__:<key>   <event>     flag K
//   __keyevent@<db>__:<event> <key>       flag E

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "keyspace/observer.h"
#include "protocol/redis/state/pubsub.h"

namespace octavo::redis {

// One bit for each letter.
using EventFlags = std::uint32_t;
std::optional<EventFlags> parse_event_flags(std::string_view letters);
// In the order in which Redis shows them.
std::string event_flags_text(EventFlags flags);

class KeyspaceNotifier final : public keyspace::KeyspaceObserver {
 public:
  KeyspaceNotifier(keyspace::Observers& observers, PubSub& pubsub)
      : observers_(observers), pubsub_(pubsub) {}
  ~KeyspaceNotifier() override { set_flags(0); }

  // Without the keyspace's mutex. Nobody pays for events that nobody wants.
  void set_flags(EventFlags flags);

  void about_to_change(unsigned, std::string_view) override {}
  void changed(unsigned db, std::string_view key, keyspace::EventClass kind,
               std::string_view event) override;
  void about_to_flush(unsigned) override {}
  void about_to_swap(unsigned, unsigned) override {}
  void operation_done() override {}

 private:
  keyspace::Observers& observers_;
  PubSub& pubsub_;
  Mutex mutex_;
  bool listening_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::atomic<EventFlags> flags_{0};
};

}  // namespace octavo::redis
