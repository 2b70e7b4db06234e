#pragma once

// The hash table under keys, hash fields, set members and sorted-set members.
//
// Nodes live in two structures at once:
//  * a dense array in insertion order, where erasing moves the last node into the hole. It makes a
//    uniform random pick O(1), and it depends on the history of commands only - never on hashes,
//    table sizes or pointers - so that SPOP picks the same member on replay and on every replica.
//  * an index of 64-byte buckets: seven one-byte tags, an overflow count, seven node pointers. A
//    lookup costs one cache line of the index and one of the node. A full bucket spills into the
//    next one; the count of nodes that passed by says when a search may stop, so no tombstones.
//
// Growing is incremental: the old index is kept and each insert or erase moves a few buckets, so
// that no command pays for a whole rehash.
//
// Scanning walks the dense array from the end to the front; the cursor is the number of nodes not
// yet seen. Nodes only ever move from the end to a lower place, hence every node that is there
// during the whole scan is returned at least once, whatever is inserted or erased meanwhile.
//
// `Node` derives from DenseNode or HashedNode and offers `std::string_view key() const`. The map
// does not own its nodes' storage rules: `Node::destroy(Node*)` frees one.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/assert.h"
#include "base/checksum.h"
#include "keyspace/type/memory.h"
#include "keyspace/type/prefetch_step.h"

namespace octavo::keyspace {

struct DenseNode {
  std::uint32_t position = 0;  // in the dense array
};
// That keeps its dense_hash. Others have it worked out again when they are moved or taken out.
struct HashedNode : DenseNode {
  std::uint32_t hash = 0;
};

// Seeded once per process, so that clients cannot aim at one bucket. Order never depends on it.
std::uint32_t dense_hash(std::string_view key);

template <class Node>
std::uint32_t hash_of(const Node& node) {
  if constexpr (std::is_base_of_v<HashedNode, Node>) {
    return node.hash;
  } else {
    return dense_hash(node.key());
  }
}

template <class Node>
class DenseMap {
 public:
  DenseMap() = default;
  DenseMap(const DenseMap&) = delete;
  DenseMap& operator=(const DenseMap&) = delete;
  ~DenseMap() { clear(); }

  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Node* at(std::uint32_t position) const { return nodes_[position]; }

  Node* find(std::string_view key) const { return find(key, dense_hash(key)); }
  Node* find(std::string_view key, std::uint32_t hash) const {
    if (size_ == 0) return nullptr;
    if (Node* node = find_in(current_, key, hash)) return node;
    return old_.buckets == nullptr ? nullptr : find_in(old_, key, hash);
  }

  // For several lookups at once, in two steps over all of them: the cache line that `find` will
  // read first, then, when that has come, the node that it most likely names.
  void prefetch(std::uint32_t hash) const {
    if (size_ != 0) __builtin_prefetch(&current_.buckets[hash & current_.mask]);
  }
  // The node that has this hash most likely, or null.
  const Node* prefetch_node(std::uint32_t hash) const {
    if (size_ == 0) return nullptr;
    const Bucket& bucket = current_.buckets[hash & current_.mask];
    const auto match = matches(bucket, tag_of(hash));
    if (match == 0) return nullptr;
    const Node* node = bucket.slots[slot_of(match)];
    __builtin_prefetch(node);
    __builtin_prefetch(reinterpret_cast<const char*>(node) + 64);  // the key's bytes
    return node;
  }

  // Both, and as the third step what the node points to, where it does.
  void prefetch(std::uint32_t hash, PrefetchStep step) const {
    if (step == PrefetchStep::index) return prefetch(hash);
    const Node* node = prefetch_node(hash);
    if constexpr (requires { node->value.prefetch(); }) {
      if (step == PrefetchStep::value && node != nullptr) node->value.prefetch();
    }
  }

  // The key must be absent, and `hash` its dense_hash, which a HashedNode has as well.
  void insert(Node* node) { insert(node, hash_of(*node)); }
  void insert(Node* node, std::uint32_t hash) {
    make_room();
    node->position = size_;
    nodes_[size_++] = node;
    place(current_, node, hash);
  }

  // Detaches the node; the caller destroys or keeps it.
  void extract(Node* node) {
    const std::uint32_t hash = hash_of(*node);
    if (!remove_from(current_, node, hash)) {
      const bool found = old_.buckets != nullptr && remove_from(old_, node, hash);
      ASSERT(found);
    }
    Node* last = nodes_[--size_];
    nodes_[node->position] = last;
    last->position = node->position;
    if (old_.buckets != nullptr) {
      migrate(kBucketsPerStep);
    } else if (current_.mask != 0 && size_ < (current_.mask + 1) / 2) {
      resize(bucket_count_for(size_));
    }
  }

  void erase(Node* node) {
    extract(node);
    Node::destroy(node);
  }

  void clear() {
    for (std::uint32_t i = 0; i < size_; ++i) Node::destroy(nodes_[i]);
    free_table(current_);
    free_table(old_);
    release(nodes_);
    nodes_ = nullptr;
    size_ = capacity_ = migrated_ = 0;
  }

  void reserve(std::uint32_t count) {
    if (count <= size_) return;
    grow_array(count);
    if (const std::uint32_t buckets = bucket_count_for(count);
        old_.buckets == nullptr && buckets > bucket_count(current_)) {
      resize(buckets);
    }
  }

  // Calls `visit(Node*)` for about `count` nodes and returns the next cursor; 0 ends the scan.
  // `visit` must not change the map.
  template <class Visit>
  std::uint64_t scan(std::uint64_t cursor, std::uint64_t count, Visit&& visit) const {
    std::uint32_t left = cursor == 0 || cursor > size_ ? size_ : static_cast<std::uint32_t>(cursor);
    for (; left > 0 && count > 0; --count) visit(nodes_[--left]);
    return left;
  }

  // Bytes of index and array, nodes not included.
  std::size_t overhead_bytes() const {
    return (std::size_t{bucket_count(current_)} + bucket_count(old_)) * sizeof(Bucket) +
           capacity_ * sizeof(Node*);
  }

 private:
  static constexpr std::uint32_t kSlots = 7;
  static constexpr std::uint8_t kSticky = 255;  // an overflow count that no longer goes down
  static constexpr std::uint32_t kBucketsPerStep = 2;
  static constexpr std::uint64_t kLowBytes = 0x0101010101010101;

  struct alignas(64) Bucket {
    std::uint8_t tags[kSlots];  // 0: free slot
    std::uint8_t overflow;      // nodes that wanted this bucket or an earlier one and went on
    Node* slots[kSlots];
  };
  static_assert(sizeof(Bucket) == 64);

  struct Table {
    Bucket* buckets = nullptr;
    void* block = nullptr;
    std::uint32_t mask = 0;
  };

  static std::uint32_t bucket_count(const Table& table) {
    return table.buckets == nullptr ? 0 : table.mask + 1;
  }
  // At most 5.5 of 7 slots are used on average.
  static std::uint64_t limit_of(std::uint32_t buckets) {
    return std::uint64_t{buckets} * 5 + buckets / 2;
  }
  static std::uint32_t bucket_count_for(std::uint32_t nodes) {
    std::uint32_t buckets = 1;
    while (limit_of(buckets) < nodes) buckets *= 2;
    return buckets;
  }
  static std::uint8_t tag_of(std::uint32_t hash) {
    return static_cast<std::uint8_t>((hash >> 24) | 0x80U);
  }

  // One bit (the top one) in each of the low seven bytes that equals `tag`.
  static std::uint64_t matches(const Bucket& bucket, std::uint8_t tag) {
    std::uint64_t head;
    std::memcpy(&head, bucket.tags, sizeof(head));
    constexpr std::uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f;
    const std::uint64_t difference = head ^ (kLowBytes * tag);
    const std::uint64_t zero = ~(((difference & kLow7) + kLow7) | difference | kLow7);
    return zero & 0x0080808080808080;
  }
  static std::uint32_t slot_of(std::uint64_t match) {
    return static_cast<std::uint32_t>(std::countr_zero(match)) / 8;
  }

  static Node* find_in(const Table& table, std::string_view key, std::uint32_t hash) {
    std::uint32_t index = hash & table.mask;
    for (std::uint32_t probes = 0; probes <= table.mask; ++probes) {
      const Bucket& bucket = table.buckets[index];
      for (auto match = matches(bucket, tag_of(hash)); match != 0; match &= match - 1) {
        Node* node = bucket.slots[slot_of(match)];
        if constexpr (std::is_base_of_v<HashedNode, Node>) {
          if (node->hash != hash) continue;
        }
        if (node->key() == key) return node;
      }
      if (bucket.overflow == 0) return nullptr;
      index = (index + 1) & table.mask;
    }
    return nullptr;
  }

  static void place(Table& table, Node* node, std::uint32_t hash) {
    std::uint32_t index = hash & table.mask;
    for (;;) {
      Bucket& bucket = table.buckets[index];
      if (const auto free = matches(bucket, 0); free != 0) {
        const std::uint32_t slot = slot_of(free);
        bucket.tags[slot] = tag_of(hash);
        bucket.slots[slot] = node;
        return;
      }
      if (bucket.overflow != kSticky) ++bucket.overflow;
      index = (index + 1) & table.mask;
    }
  }

  static bool remove_from(Table& table, const Node* node, std::uint32_t hash) {
    const std::uint32_t home = hash & table.mask;
    std::uint32_t index = home;
    for (std::uint32_t probes = 0; probes <= table.mask; ++probes) {
      Bucket& bucket = table.buckets[index];
      for (auto match = matches(bucket, tag_of(hash)); match != 0; match &= match - 1) {
        const std::uint32_t slot = slot_of(match);
        if (bucket.slots[slot] != node) continue;
        bucket.tags[slot] = 0;
        for (std::uint32_t passed = home; passed != index; passed = (passed + 1) & table.mask) {
          auto& overflow = table.buckets[passed].overflow;
          if (overflow != kSticky) --overflow;
        }
        return true;
      }
      if (bucket.overflow == 0) return false;
      index = (index + 1) & table.mask;
    }
    return false;
  }

  void make_room() {
    if (size_ == capacity_) grow_array(size_ + 1);
    if (old_.buckets != nullptr) migrate(kBucketsPerStep);
    if (size_ + 1 > limit_of(bucket_count(current_))) {
      if (old_.buckets != nullptr) migrate(bucket_count(old_));
      resize(bucket_count_for(size_ + 1));
    }
  }

  void grow_array(std::uint32_t at_least) {
    std::uint32_t capacity = capacity_ + capacity_ / 2 + 4;
    if (capacity < at_least) capacity = at_least;
    nodes_ = static_cast<Node**>(reallocate(nodes_, capacity * sizeof(Node*)));
    capacity_ = capacity;
  }

  void resize(std::uint32_t buckets) {
    ASSERT(old_.buckets == nullptr);
    old_ = current_;
    current_ = make_table(buckets);
    migrated_ = 0;
    if (old_.buckets != nullptr) migrate(kBucketsPerStep);
  }

  static Table make_table(std::uint32_t buckets) {
    // Zeroed pages of a large block come from the kernel one by one as they are touched.
    void* block = allocate_zeroed((std::size_t{buckets} + 1) * sizeof(Bucket));
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    const auto aligned = (address + alignof(Bucket) - 1) & ~(alignof(Bucket) - 1);
    return Table{reinterpret_cast<Bucket*>(aligned), block, buckets - 1};
  }

  static void free_table(Table& table) {
    release(table.block);
    table = Table{};
  }

  // Overflow counts of the old table are left as they are: too high only costs a longer search.
  void migrate(std::uint32_t buckets) {
    const std::uint32_t end = bucket_count(old_);
    for (; buckets > 0 && migrated_ < end; --buckets, ++migrated_) {
      Bucket& bucket = old_.buckets[migrated_];
      for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
        if (bucket.tags[slot] != 0) __builtin_prefetch(bucket.slots[slot]);
      }
      for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
        if (bucket.tags[slot] == 0) continue;
        bucket.tags[slot] = 0;
        place(current_, bucket.slots[slot], hash_of(*bucket.slots[slot]));
      }
    }
    if (migrated_ == end) free_table(old_);
  }

  Table current_;
  Table old_;                   // being emptied, bucket by bucket, when it has buckets
  std::uint32_t migrated_ = 0;  // buckets of `old_` that were moved
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
  Node** nodes_ = nullptr;
};

}  // namespace octavo::keyspace
