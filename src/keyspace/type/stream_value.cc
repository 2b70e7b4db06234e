#include "keyspace/type/stream_value.h"

#include <utility>

#include "base/bytes.h"
#include "keyspace/type/numbers.h"

namespace octavo::keyspace {
namespace {

constexpr std::size_t kIdBytes = 16;

}  // namespace

bool StreamId::increment() {
  if (sequence != UINT64_MAX) {
    ++sequence;
    return true;
  }
  if (ms == UINT64_MAX) return false;
  ++ms;
  sequence = 0;
  return true;
}

bool StreamId::decrement() {
  if (sequence != 0) {
    --sequence;
    return true;
  }
  if (ms == 0) return false;
  --ms;
  sequence = UINT64_MAX;
  return true;
}

std::string StreamId::text() const { return std::to_string(ms) + "-" + std::to_string(sequence); }

StreamValue::Consumer* StreamValue::Group::find_consumer(std::string_view name) {
  const auto found = consumers.find(name);
  return found == consumers.end() ? nullptr : &found->second;
}

void StreamValue::Group::erase_consumer(std::string_view name) {
  const auto found = consumers.find(name);
  if (found == consumers.end()) return;
  for (const auto& [id, entry] : found->second.pending) pending.erase(id);
  consumers.erase(found);
}

void StreamValue::Group::acknowledge(CountedMap<StreamId, Pending>::iterator at) {
  at->second.consumer->pending.erase(at->first);
  pending.erase(at);
}

void StreamValue::Group::deliver(StreamId id, Consumer& consumer, std::int64_t now_ms,
                                 std::uint64_t deliveries) {
  Pending& entry = pending[id];
  if (entry.consumer != nullptr && entry.consumer != &consumer) entry.consumer->pending.erase(id);
  entry = {&consumer, now_ms, deliveries};
  consumer.pending[id] = &entry;
}

StreamValue* StreamValue::clone() const {
  auto* out = new StreamValue;
  for (const auto& [first, block] : blocks_) {
    out->blocks_.emplace(first, Block{block.entries.clone(), block.added});
  }
  out->size_ = size_;
  out->last_id_ = last_id_;
  out->max_deleted_id_ = max_deleted_id_;
  out->entries_added_ = entries_added_;
  for (const auto& [name, group] : groups_) {
    Group& copy = out->groups_[name];
    copy.last_id = group.last_id;
    copy.entries_read = group.entries_read;
    for (const auto& [consumer_name, consumer] : group.consumers) {
      Consumer& target = copy.consumers[consumer_name];
      target.name = consumer.name;
      target.seen_ms = consumer.seen_ms;
    }
    for (const auto& [id, entry] : group.pending) {
      copy.deliver(id, *copy.find_consumer(entry.consumer->name), entry.delivered_ms,
                   entry.deliveries);
    }
  }
  return out;
}

StreamId StreamValue::id_at(const Pack& pack, Pack::Place place) {
  const std::string_view bytes = pack.get(place);
  return {load_le<std::uint64_t>(bytes.data()), load_le<std::uint64_t>(bytes.data() + 8)};
}

StreamValue::Fields StreamValue::fields_at(const Pack& pack, Pack::Place place) {
  ByteReader reader(pack.get(place));
  Fields fields;
  while (!reader.empty()) fields.push_back(*reader.get_length_prefixed());
  return fields;
}

// The block in which `id` is or would be.
StreamValue::Blocks::const_iterator StreamValue::block_of(StreamId id) const {
  auto block = blocks_.upper_bound(id);
  if (block != blocks_.begin()) --block;
  return block;
}

bool StreamValue::find(StreamId id, Blocks::const_iterator& block, Pack::Place& place) const {
  block = block_of(id);
  if (block == blocks_.end()) return false;
  const Pack& pack = block->second.entries;
  for (place = pack.first(); place != pack.end(); place = pack.next(pack.next(place))) {
    const StreamId at = id_at(pack, place);
    if (at == id) return true;
    if (at > id) return false;
  }
  return false;
}

StreamId StreamValue::first_id() const {
  if (size_ == 0) return {};
  const Pack& pack = blocks_.begin()->second.entries;
  return id_at(pack, pack.first());
}

StreamId StreamValue::last_entry_id() const {
  if (size_ == 0) return {};
  const Pack& pack = blocks_.rbegin()->second.entries;
  return id_at(pack, pack.previous(pack.last()));
}

void StreamValue::append(StreamId id, std::span<const std::string_view> fields,
                         const EncodingLimits& limits) {
  std::string body;
  for (const std::string_view field : fields) put_length_prefixed(body, field);
  const bool fits = !blocks_.empty() &&
                    (limits.stream_node_max_entries == 0 ||
                     blocks_.rbegin()->second.added < limits.stream_node_max_entries) &&
                    blocks_.rbegin()->second.entries.bytes() + body.size() <= kBlockBytes;
  Block& block = fits ? blocks_.rbegin()->second : blocks_[id];
  put_entry(block.entries, id, body);
  ++block.added;
  ++size_;
  ++entries_added_;
  last_id_ = id;
}

void StreamValue::put_entry(Pack& pack, StreamId id, BytesView body) {
  char key[kIdBytes];
  store_le(key, id.ms);
  store_le(key + 8, id.sequence);
  pack.push_back({key, sizeof(key)});
  pack.push_back(body);
}

std::vector<StreamValue::BlockLayout> StreamValue::layout() const {
  std::vector<BlockLayout> out;
  for (const auto& [first, block] : blocks_) {
    out.push_back({first, block.added, block.entries.size() / 2});
  }
  return out;
}

bool StreamValue::open_block(StreamId first, std::uint32_t added) {
  if (size_ > 0 && first <= last_entry_id()) return false;
  blocks_[first].added = added;
  return true;
}

bool StreamValue::restore(StreamId id, std::span<const std::string_view> fields) {
  if (blocks_.empty() || id < blocks_.rbegin()->first) return false;
  Pack& pack = blocks_.rbegin()->second.entries;
  if (!pack.empty() && id <= id_at(pack, pack.previous(pack.last()))) return false;
  std::string body;
  for (const std::string_view field : fields) put_length_prefixed(body, field);
  put_entry(pack, id, body);
  ++size_;
  return true;
}

bool StreamValue::contains(StreamId id) const {
  Blocks::const_iterator block;
  Pack::Place place = 0;
  return find(id, block, place);
}

std::optional<StreamValue::Fields> StreamValue::get(StreamId id) const {
  Blocks::const_iterator block;
  Pack::Place place = 0;
  if (!find(id, block, place)) return std::nullopt;
  return fields_at(block->second.entries, block->second.entries.next(place));
}

bool StreamValue::erase(StreamId id) {
  Blocks::const_iterator found;
  Pack::Place place = 0;
  if (!find(id, found, place)) return false;
  const auto block = blocks_.find(found->first);
  block->second.entries.erase(place, 2);
  if (block->second.entries.empty()) blocks_.erase(block);
  --size_;
  return true;
}

std::uint64_t StreamValue::trim(const Trim& trim) {
  std::uint64_t removed = 0;
  const auto done = [&] { return trim.max_size && size_ <= *trim.max_size; };
  while (!blocks_.empty() && !done()) {
    const auto block = blocks_.begin();
    Pack& pack = block->second.entries;
    const std::uint64_t count = pack.size() / 2;
    if (trim.limit != 0 && removed + count > trim.limit) break;
    const StreamId last = id_at(pack, pack.previous(pack.last()));
    const bool whole = trim.max_size ? size_ - count >= *trim.max_size : last < *trim.min_id;
    if (whole) {
      size_ -= count;
      removed += count;
      blocks_.erase(block);
      continue;
    }
    if (trim.whole_blocks) break;
    while (!pack.empty() && !done()) {
      if (trim.min_id && id_at(pack, pack.first()) >= *trim.min_id) break;
      pack.erase(pack.first(), 2);
      --size_;
      ++removed;
    }
    break;
  }
  return removed;
}

StreamValue::Group* StreamValue::find_group(std::string_view name) {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}
const StreamValue::Group* StreamValue::find_group(std::string_view name) const {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}

bool StreamValue::has_tombstone_in(StreamId start, StreamId end) const {
  if (size_ == 0 || max_deleted_id_ == StreamId{}) return false;
  if (first_id() > max_deleted_id_) return false;  // all that was deleted is before the rest
  return start <= max_deleted_id_ && max_deleted_id_ <= end;
}

std::int64_t StreamValue::entries_read_at(StreamId id) const {
  if (entries_added_ == 0) return 0;
  const auto added = static_cast<std::int64_t>(entries_added_);
  if (size_ == 0 && id <= last_id_) return added;
  if (id == last_id_) return added;
  if (id > last_id_) return kUnknownCount;
  if (max_deleted_id_ == StreamId{} || max_deleted_id_ < first_id()) {
    const auto gone = added - static_cast<std::int64_t>(size_);
    if (id < first_id()) return gone;
    if (id == first_id()) return gone + 1;
  }
  return kUnknownCount;
}

std::size_t StreamValue::memory_bytes() const {
  std::size_t bytes = sizeof(StreamValue);
  for (const auto& [first, block] : blocks_) bytes += block.entries.bytes() + sizeof(Block) + 64;
  for (const auto& [name, group] : groups_) {
    bytes += sizeof(Group) + name.size() + group.pending.size() * 2 * (sizeof(Pending) + 64);
    bytes += group.consumers.size() * (sizeof(Consumer) + 64);
  }
  return bytes;
}

}  // namespace octavo::keyspace
