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

Pack::~Pack() { release(data_); }

Pack Pack::clone() const {
  Pack out;
  if (count_ == 0) return out;
  out.data_ = static_cast<char*>(allocate(bytes()));
  std::memcpy(out.data_, data_ + begin_, bytes());
  out.end_ = out.capacity_ = bytes();
  out.count_ = count_;
  return out;
}

std::string_view Pack::get(Place place) const {
  const char* at = data_ + begin_ + place;
  const Header header = read_header(at, kLongMarker);
  return {at + header.bytes, header.size};
}

Pack::Place Pack::next(Place place) const {
  const Header header = read_header(data_ + begin_ + place, kLongMarker);
  return place + header.size + 2 * header.bytes;
}

Pack::Place Pack::previous(Place place) const {
  const char* behind = data_ + begin_ + place;
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
  write_entry(data_ + begin_ + place, bytes);
}

void Pack::clear() {
  release(data_);
  data_ = nullptr;
  begin_ = end_ = capacity_ = count_ = 0;
}

char* Pack::open(Place place, std::uint32_t size) {
  const std::uint32_t used = bytes();
  const bool front = place < used / 2 || (place == 0 && used > 0);
  if (front && begin_ >= size) {
    std::memmove(data_ + begin_ - size, data_ + begin_, place);
    begin_ -= size;
    return data_ + begin_ + place;
  }
  if (!front && capacity_ - end_ >= size) {
    char* at = data_ + begin_ + place;
    std::memmove(at + size, at, used - place);
    end_ += size;
    return at;
  }
  // Room on the side that is growing.
  const auto capacity =
      static_cast<std::uint32_t>(used == 0 ? whole_block(size) : growing_block(used + size));
  auto* data = static_cast<char*>(allocate(capacity));
  const std::uint32_t begin = front ? capacity - used - size : 0;
  if (used > 0) {
    std::memcpy(data + begin, data_ + begin_, place);
    std::memcpy(data + begin + place + size, data_ + begin_ + place, used - place);
  }
  release(data_);
  data_ = data;
  begin_ = begin;
  end_ = begin + used + size;
  capacity_ = capacity;
  return data_ + begin_ + place;
}

void Pack::close(Place place, std::uint32_t size) {
  const std::uint32_t used = bytes();
  const std::uint32_t behind = used - place - size;
  if (place < behind) {
    std::memmove(data_ + begin_ + size, data_ + begin_, place);
    begin_ += size;
  } else {
    char* at = data_ + begin_ + place;
    std::memmove(at, at + size, behind);
    end_ -= size;
  }
  if (begin_ == end_) clear();
}

}  // namespace octavo::keyspace
