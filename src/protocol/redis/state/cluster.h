#pragma once

// The cluster that one process shows with the setting `redis-cluster`: owners of the 16,384 slots
// on ports of their own, over one keyspace. It is there for clients that speak to clusters only;
// slots never move. Database 0 is the only one.
//
// Node n listens at the n-th port: first the masters, then a replica of each. Or there is one node,
// which has all slots.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "keyspace/keyspace.h"
#include "keyspace/observer.h"

namespace octavo::redis {

constexpr unsigned kSlots = 16384;
constexpr unsigned kMasters = 3;
constexpr unsigned kClusterNodes = 2 * kMasters;

// CRC16 of the key, or of what is between the first braces that hold something.
unsigned slot_of(std::string_view key);

struct SlotRange {
  unsigned first = 0;
  unsigned last = 0;
};
constexpr unsigned master_of_node(unsigned node) { return node % kMasters; }
constexpr bool is_replica(unsigned node) { return node >= kMasters; }

// Which keys each slot has. Everything with the keyspace's mutex held, but for making and ending
// it.
class SlotKeys final : public keyspace::KeyspaceObserver {
 public:
  using Names = std::unordered_set<std::string>;

  SlotKeys(keyspace::Keyspace& keyspace, keyspace::Observers& observers);
  ~SlotKeys() override;

  const Names& of(unsigned slot) const { return slots_[slot]; }
  std::size_t count(SlotRange range) const;

  void about_to_change(unsigned db, std::string_view key) override;
  void changed(unsigned, std::string_view, keyspace::EventClass, std::string_view) override {}
  void about_to_flush(unsigned db) override;
  void about_to_swap(unsigned first, unsigned second) override;
  void operation_done() override;

 private:
  void read_all();

  keyspace::Keyspace& keyspace_;
  keyspace::Observers& observers_;
  std::vector<Names> slots_{kSlots};
  std::vector<std::string> touched_;  // by the running operation
  bool changed_as_a_whole_ = false;
};

// What is the same as long as the server runs.
class Cluster {
 public:
  // `identity` names the data set: nodes are called the same after a restart. `masters`: as many
  // as kMasters, each with a replica, or 1.
  Cluster(std::string_view identity, unsigned masters, keyspace::Keyspace& keyspace,
          keyspace::Observers& observers);

  unsigned masters() const { return masters_; }
  bool has_replicas() const { return masters_ > 1; }
  unsigned nodes() const { return has_replicas() ? 2 * masters_ : masters_; }
  SlotRange slots_of_master(unsigned master) const;
  unsigned master_of_slot(unsigned slot) const;

  const std::string& node_id(unsigned node) const { return ids_[node]; }
  void set_port(unsigned node, std::uint16_t port) { ports_[node] = port; }
  std::uint16_t port(unsigned node) const { return ports_[node]; }
  const SlotKeys& keys() const { return keys_; }

 private:
  unsigned masters_;
  std::array<std::string, kClusterNodes> ids_;
  std::array<std::uint16_t, kClusterNodes> ports_{};
  SlotKeys keys_;
};

}  // namespace octavo::redis
