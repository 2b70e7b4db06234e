#include "keyspace/type/list_value.h"

#include <new>
#include <utility>

#include "base/assert.h"

namespace octavo::keyspace {
namespace {

bool has_room(const Pack& pack, std::string_view bytes) {
  return pack.bytes() + Pack::entry_bytes(bytes.size()) <= ListValue::kChunkBytes;
}

}  // namespace

ListValue::~ListValue() {
  for (std::uint32_t i = 0; i < capacity_; ++i) chunks_[i].~Pack();
  release(chunks_);
}

ListValue* ListValue::clone() const {
  auto* out = new ListValue;
  for (std::uint32_t i = 0; i < count_; ++i) out->insert_chunk(i) = chunk(i).clone();
  out->size_ = size_;
  return out;
}

ListValue::Spot ListValue::locate(std::uint64_t index) const {
  ASSERT(index < size_);
  if (index <= size_ / 2) {
    std::uint32_t i = 0;
    while (index >= chunk(i).size()) index -= chunk(i++).size();
    return {i, chunk(i).seek(static_cast<std::uint32_t>(index))};
  }
  std::uint64_t behind = size_ - index;  // elements from here to the end
  std::uint32_t i = count_ - 1;
  while (behind > chunk(i).size()) behind -= chunk(i--).size();
  return {i, chunk(i).seek(chunk(i).size() - static_cast<std::uint32_t>(behind))};
}

std::string_view ListValue::at(std::uint64_t index) const {
  const Spot spot = locate(index);
  return chunk(spot.chunk).get(spot.place);
}

void ListValue::push_front(std::string_view bytes) {
  Pack& target = count_ > 0 && has_room(chunk(0), bytes) ? chunk(0) : insert_chunk(0);
  target.push_front(bytes);
  ++size_;
}

void ListValue::push_back(std::string_view bytes) {
  Pack& target =
      count_ > 0 && has_room(chunk(count_ - 1), bytes) ? chunk(count_ - 1) : insert_chunk(count_);
  target.push_back(bytes);
  ++size_;
}

void ListValue::pop_front() {
  Pack& pack = chunk(0);
  pack.erase(pack.first());
  --size_;
  if (pack.empty()) erase_chunk(0);
}

void ListValue::pop_back() {
  Pack& pack = chunk(count_ - 1);
  pack.erase(pack.last());
  --size_;
  if (pack.empty()) erase_chunk(count_ - 1);
}

void ListValue::set(std::uint64_t index, std::string_view bytes) {
  const Spot spot = locate(index);
  chunk(spot.chunk).replace(spot.place, bytes);
}

void ListValue::insert(std::uint64_t before, std::string_view bytes) {
  if (before == 0) return push_front(bytes);
  if (before == size_) return push_back(bytes);
  const Spot spot = locate(before);
  if (!has_room(chunk(spot.chunk), bytes) && chunk(spot.chunk).size() > 1) {
    // Split in two at the place, then insert at the end of the first half.
    insert_chunk(spot.chunk + 1);
    Pack& first = chunk(spot.chunk);
    Pack& second = chunk(spot.chunk + 1);
    std::uint32_t moved = 0;
    for (Pack::Place place = spot.place; place != first.end(); place = first.next(place)) {
      second.push_back(first.get(place));
      ++moved;
    }
    first.erase(spot.place, moved);
    if (first.empty()) {
      erase_chunk(spot.chunk);
      chunk(spot.chunk).push_front(bytes);
    } else {
      first.push_back(bytes);
    }
  } else {
    chunk(spot.chunk).insert(spot.place, bytes);
  }
  ++size_;
}

void ListValue::erase(std::uint64_t index, std::uint64_t count) {
  if (count == 0) return;
  Spot spot = locate(index);
  size_ -= count;
  const std::uint32_t first_touched = spot.chunk;
  while (count > 0) {
    Pack& pack = chunk(spot.chunk);
    if (spot.place == pack.first() && count >= pack.size()) {
      count -= pack.size();
      erase_chunk(spot.chunk);
    } else {
      std::uint32_t here = 0;
      for (Pack::Place place = spot.place; place != pack.end() && here < count; ++here) {
        place = pack.next(place);
      }
      pack.erase(spot.place, here);
      count -= here;
      if (pack.empty()) {
        erase_chunk(spot.chunk);
      } else {
        ++spot.chunk;
      }
    }
    spot.place = 0;
  }
  merge_small(first_touched);
}

std::uint64_t ListValue::remove_equal(std::string_view bytes, std::uint64_t limit, bool from_back) {
  std::uint64_t removed = 0;
  const auto wanted = [&] { return limit == 0 || removed < limit; };
  if (!from_back) {
    for (std::uint32_t i = 0; i < count_ && wanted();) {
      Pack& pack = chunk(i);
      for (Pack::Place place = pack.first(); place != pack.end() && wanted();) {
        if (pack.get(place) != bytes) {
          place = pack.next(place);
          continue;
        }
        pack.erase(place);
        ++removed;
      }
      if (pack.empty()) {
        erase_chunk(i);
      } else {
        ++i;
      }
    }
  } else {
    for (std::uint32_t i = count_; i > 0 && wanted(); --i) {
      Pack& pack = chunk(i - 1);
      for (Pack::Place place = pack.end(); place != pack.first() && wanted();) {
        place = pack.previous(place);
        if (pack.get(place) != bytes) continue;
        pack.erase(place);
        ++removed;
      }
      if (pack.empty()) erase_chunk(i - 1);
    }
  }
  size_ -= removed;
  return removed;
}

Pack& ListValue::insert_chunk(std::uint32_t i) {
  if (count_ == capacity_) {
    const std::uint32_t capacity = capacity_ == 0 ? 1 : capacity_ * 2;
    auto* grown = static_cast<Pack*>(allocate(capacity * sizeof(Pack)));
    for (std::uint32_t k = 0; k < capacity; ++k) {
      new (&grown[k]) Pack(k < count_ ? std::move(chunk(k)) : Pack());
    }
    for (std::uint32_t k = 0; k < capacity_; ++k) chunks_[k].~Pack();
    release(chunks_);
    chunks_ = grown;
    capacity_ = capacity;
    head_ = 0;
  }
  if (i < count_ / 2 || (i == 0 && count_ > 0)) {
    head_ = (head_ + capacity_ - 1) & (capacity_ - 1);
    ++count_;
    for (std::uint32_t k = 0; k < i; ++k) chunk(k) = std::move(chunk(k + 1));
  } else {
    ++count_;
    for (std::uint32_t k = count_ - 1; k > i; --k) chunk(k) = std::move(chunk(k - 1));
  }
  chunk(i).clear();
  return chunk(i);
}

void ListValue::erase_chunk(std::uint32_t i) {
  chunk(i).clear();
  if (i < count_ / 2) {
    for (std::uint32_t k = i; k > 0; --k) chunk(k) = std::move(chunk(k - 1));
    chunk(0).clear();
    head_ = (head_ + 1) & (capacity_ - 1);
  } else {
    for (std::uint32_t k = i; k + 1 < count_; ++k) chunk(k) = std::move(chunk(k + 1));
    chunk(count_ - 1).clear();
  }
  --count_;
}

// Keeps LREM and LTRIM from leaving long rows of nearly empty chunks.
void ListValue::merge_small(std::uint32_t i) {
  if (i + 1 >= count_) return;
  Pack& first = chunk(i);
  const Pack& second = chunk(i + 1);
  if (first.bytes() + second.bytes() > kChunkBytes / 2) return;
  for (Pack::Place place = second.first(); place != second.end(); place = second.next(place)) {
    first.push_back(second.get(place));
  }
  erase_chunk(i + 1);
}

}  // namespace octavo::keyspace
