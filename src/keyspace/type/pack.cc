#include "keyspace/type/pack.h"

#include <limits>

#include "base/assert.h"
#include "base/bytes.h"
#include "keyspace/type/block_size.h"
#include "keyspace/type/memory.h"

namespace octavo::keyspace {
namespace {

struct Header {
  std::uint32_t size;   // of the bytes
  std::uint32_t bytes;  // of the header itself
};

Header read_header(const char* at, std::uint8_t long_marker) {
  const auto first = static_cast<std::uint8_t>(*at);
  if (first != long_marker) return {first, 1};
  return {load_le<std::uint32_t>(at + 1), 5};
}

}  // namespace

Pack::~Pack() { free_block(); }

void Pack::free_block() {
  if (has_block()) release(block_);
}

Pack Pack::clone() const {
  Pack out;
  if (count_ == 0) return out;
  out.block_ = static_cast<char*>(allocate(sizeof(Bounds) + bytes()));
  out.bounds() = {.begin = 0, .end = bytes()};
  out.capacity_ = bytes();
  out.count_ = count_;
  std::memcpy(out.room(), entries(), bytes());
  return out;
}

std::string_view Pack::get(Place place) const {
  const char* at = entries() + place;
  const Header header = read_header(at, kLongMarker);
  return {at + header.bytes, header.size};
}

Pack::Place Pack::next(Place place) const {
  const Header header = read_header(entries() + place, kLongMarker);
  return place + header.size + 2 * header.bytes;
}

Pack::Place Pack::previous(Place place) const {
  const char* behind = entries() + place;
  const auto last = static_cast<std::uint8_t>(behind[-1]);
  if (last != kLongMarker) return place - last - 2;
  return place - load_le<std::uint32_t>(behind - kLongHeaderBytes) - 2 * kLongHeaderBytes;
}

Pack::Place Pack::seek(std::uint32_t index) const {
  if (index <= count_ / 2) {
    Place place = first();
    for (; index > 0; --index) place = next(place);
    return place;
  }
  Place place = end();
  for (std::uint32_t left = count_ - index; left > 0; --left) place = previous(place);
  return place;
}

Pack::Place Pack::find(std::string_view bytes, std::uint32_t stride) const {
  const Place stop = end();
  for (Place place = first(); place != stop;) {
    if (get(place) == bytes) return place;
    for (std::uint32_t i = 0; i < stride; ++i) place = next(place);
  }
  return stop;
}

void Pack::write_entry(char* target, std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  if (size < kLongMarker) {
    *target = static_cast<char>(size);
    bytes.copy(target + 1, size);  // there may be none, and no place of them
    target[1 + size] = static_cast<char>(size);
    return;
  }
  *target = static_cast<char>(kLongMarker);
  store_le(target + 1, size);
  std::memcpy(target + kLongHeaderBytes, bytes.data(), size);
  char* trailer = target + kLongHeaderBytes + size;
  store_le(trailer, size);
  trailer[4] = static_cast<char>(kLongMarker);
}

void Pack::insert(Place before, std::string_view bytes) {
  // Entries of this size are refused long before they get here.
  ASSERT(bytes.size() < std::numeric_limits<std::uint32_t>::max() / 4);
  write_entry(open(before, entry_bytes(bytes.size())), bytes);
  ++count_;
}

void Pack::erase(Place place, std::uint32_t entries) {
  Place stop = place;
  for (std::uint32_t i = 0; i < entries; ++i) stop = next(stop);
  count_ -= entries;
  close(place, stop - place);
}

void Pack::replace(Place place, std::string_view bytes) {
  const std::uint32_t before = next(place) - place;
  const std::uint32_t after = entry_bytes(bytes.size());
  if (after > before) {
    open(place, after - before);
  } else if (after < before) {
    close(place, before - after);
  }
  write_entry(entries() + place, bytes);
}

void Pack::clear() {
  free_block();
  block_ = nullptr;
  capacity_ = count_ = 0;
}

char* Pack::open(Place place, std::uint32_t size) {
  const std::uint32_t used = bytes();
  const bool front = place < used / 2 || (place == 0 && used > 0);
  if (front && bounds().begin >= size) {
    char* const first = entries();
    std::memmove(first - size, first, place);
    bounds().begin -= size;
    return first - size + place;
  }
  if (!front && has_block() && capacity_ - bounds().end >= size) {
    char* at = entries() + place;
    std::memmove(at + size, at, used - place);
    bounds().end += size;
    return at;
  }
  // Room on the side that is growing.
  const std::size_t wanted = sizeof(Bounds) + used + size;
  const std::size_t block_bytes = used == 0 ? whole_block(wanted) : growing_block(wanted);
  auto* const block = static_cast<char*>(allocate(block_bytes));
  const auto capacity = static_cast<std::uint32_t>(block_bytes - sizeof(Bounds));
  const std::uint32_t begin = front ? capacity - used - size : 0;
  char* const first = block + sizeof(Bounds) + begin;
  if (used > 0) {
    std::memcpy(first, entries(), place);
    std::memcpy(first + place + size, entries() + place, used - place);
  }
  free_block();
  block_ = block;
  capacity_ = capacity;
  bounds() = {.begin = begin, .end = begin + used + size};
  return first + place;
}

void Pack::close(Place place, std::uint32_t size) {
  const std::uint32_t behind = bytes() - place - size;
  if (place < behind) {
    std::memmove(entries() + size, entries(), place);
    bounds().begin += size;
  } else {
    char* at = entries() + place;
    std::memmove(at, at + size, behind);
    bounds().end -= size;
  }
  if (bytes() == 0) clear();
}

}  // namespace octavo::keyspace
