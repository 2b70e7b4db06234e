#pragma once

// A stream: entries in id order, in blocks of up to a hundred, and consumer groups with what was
// delivered and not yet acknowledged.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/memory.h"
#include "keyspace/type/pack.h"

namespace octavo::keyspace {

struct StreamId {
  std::uint64_t ms = 0;
  std::uint64_t sequence = 0;

  friend auto operator<=>(const StreamId&, const StreamId&) = default;
  static constexpr StreamId min() { return {}; }
  static constexpr StreamId max() { return {UINT64_MAX, UINT64_MAX}; }
  bool increment();          // false at the greatest id
  bool decrement();          // false at the least id
  std::string text() const;  // "1526919030474-0"
};

template <class Key, class T>
using CountedMap = std::map<Key, T, std::less<>, CountingAllocator<std::pair<const Key, T>>>;

class StreamValue : public Counted {
 public:
  using Fields = std::vector<std::string_view>;  // field, value, field, value …

  struct Consumer;
  struct Pending {
    Consumer* consumer = nullptr;
    std::int64_t delivered_ms = 0;
    std::uint64_t deliveries = 0;
  };
  struct Consumer {
    std::string name;
    std::int64_t seen_ms = 0;
    CountedMap<StreamId, Pending*> pending;  // into the group's
  };
  static constexpr std::int64_t kUnknownCount = -1;
  struct Group {
    StreamId last_id;
    std::int64_t entries_read = kUnknownCount;
    CountedMap<StreamId, Pending> pending;
    CountedMap<std::string, Consumer> consumers;

    Consumer* find_consumer(std::string_view name);
    void erase_consumer(std::string_view name);
    void acknowledge(CountedMap<StreamId, Pending>::iterator at);
    void deliver(StreamId id, Consumer& consumer, std::int64_t now_ms, std::uint64_t deliveries);
  };

  StreamValue* clone() const;

  std::uint64_t size() const { return size_; }
  StreamId last_id() const { return last_id_; }
  StreamId first_id() const;  // of the entries; 0-0 when there are none
  StreamId last_entry_id() const;
  StreamId max_deleted_id() const { return max_deleted_id_; }
  std::uint64_t entries_added() const { return entries_added_; }
  void set_last_id(StreamId id) { last_id_ = id; }
  void set_max_deleted_id(StreamId id) { max_deleted_id_ = id; }
  void set_entries_added(std::uint64_t count) { entries_added_ = count; }
  std::size_t block_count() const { return blocks_.size(); }

  // `id` is above last_id().
  void append(StreamId id, std::span<const std::string_view> fields, const EncodingLimits& limits);
  // For snapshots, which keep the blocks: approximate trimming removes whole ones.
  struct BlockLayout {
    StreamId first;
    std::uint32_t added = 0;
    std::uint32_t live = 0;
  };
  std::vector<BlockLayout> layout() const;
  // Starts an empty block, in order; `restore` then fills it. False for an id out of order.
  bool open_block(StreamId first, std::uint32_t added);
  bool restore(StreamId id, std::span<const std::string_view> fields);

  bool contains(StreamId id) const;
  std::optional<Fields> get(StreamId id) const;
  bool erase(StreamId id);

  // Removes entries from the front: down to `max_size` entries, or those below `min_id`. With
  // `whole_blocks` only blocks that go entirely; at most `limit` entries (0: no limit).
  struct Trim {
    std::optional<std::uint64_t> max_size;
    std::optional<StreamId> min_id;
    bool whole_blocks = false;
    std::uint64_t limit = 0;
  };
  std::uint64_t trim(const Trim& trim);

  // Calls `visit(id, fields)` for start <= id <= end while it returns true.
  template <class Visit>
  void visit(StreamId start, StreamId end, bool backwards, Visit&& visit) const {
    if (backwards) {
      visit_backwards(start, end, visit);
    } else {
      visit_forwards(start, end, visit);
    }
  }

  CountedMap<std::string, Group>& groups() { return groups_; }
  const CountedMap<std::string, Group>& groups() const { return groups_; }
  Group* find_group(std::string_view name);
  const Group* find_group(std::string_view name) const;

  // How many entries a group that read up to `id` has been given, when that can be known.
  std::int64_t entries_read_at(StreamId id) const;
  bool has_tombstone_in(StreamId start, StreamId end) const;

  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kBlockBytes = 4096;

  // Two pack entries per stream entry: the id (16 bytes), then the fields, length prefixed.
  struct Block {
    Pack entries;
    std::uint32_t added = 0;  // entries ever put in; a full block takes no more
  };
  using Blocks = CountedMap<StreamId, Block>;  // by the id of the first entry ever put in

  static void put_entry(Pack& pack, StreamId id, BytesView body);
  static StreamId id_at(const Pack& pack, Pack::Place place);
  static Fields fields_at(const Pack& pack, Pack::Place place);
  Blocks::const_iterator block_of(StreamId id) const;
  bool find(StreamId id, Blocks::const_iterator& block, Pack::Place& place) const;

  template <class Visit>
  void visit_forwards(StreamId start, StreamId end, Visit& visit) const {
    for (auto block = block_of(start); block != blocks_.end(); ++block) {
      const Pack& pack = block->second.entries;
      for (Pack::Place place = pack.first(); place != pack.end();) {
        const Pack::Place body = pack.next(place);
        const StreamId id = id_at(pack, place);
        if (id > end) return;
        if (id >= start && !visit(id, fields_at(pack, body))) return;
        place = pack.next(body);
      }
    }
  }
  template <class Visit>
  void visit_backwards(StreamId start, StreamId end, Visit& visit) const {
    if (blocks_.empty()) return;
    for (auto block = block_of(end);; --block) {
      const Pack& pack = block->second.entries;
      for (Pack::Place place = pack.end(); place != pack.first();) {
        const Pack::Place body = pack.previous(place);
        place = pack.previous(body);
        const StreamId id = id_at(pack, place);
        if (id < start) return;
        if (id <= end && !visit(id, fields_at(pack, body))) return;
      }
      if (block == blocks_.begin()) return;
    }
  }

  Blocks blocks_;
  std::uint64_t size_ = 0;
  StreamId last_id_;
  StreamId max_deleted_id_;
  std::uint64_t entries_added_ = 0;
  CountedMap<std::string, Group> groups_;
};

}  // namespace octavo::keyspace
