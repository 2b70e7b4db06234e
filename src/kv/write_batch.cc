#include "kv/write_batch.h"

namespace octavo::kv {

char* WriteBatch::extend(Kind kind, Family family, std::size_t key_size, std::size_t value_size) {
  ASSERT(key_size <= 0xffffffff && value_size <= 0xffffffff);
  const std::size_t start = data_.size();
  const std::size_t size = start + kEntryHeaderSize + key_size + value_size;
  if (size > data_.capacity()) data_.reserve(size < 4096 ? 4096 : size * 2);
  data_.resize(size);
  char* at = data_.data() + start;
  at[0] = static_cast<char>(static_cast<unsigned>(kind) << 4 | static_cast<unsigned>(family));
  store_le(at + 1, static_cast<std::uint32_t>(key_size));
  store_le(at + 5, static_cast<std::uint32_t>(value_size));
  ++count_;
  return at + kEntryHeaderSize;
}

namespace {
char* copy(char* target, BytesView source) {
  if (!source.empty()) std::memcpy(target, source.data(), source.size());
  return target + source.size();
}
}  // namespace

void WriteBatch::add(Kind kind, Family family, BytesView key, BytesView value) {
  char* const at = extend(kind, family, key.size(), value.size());
  copy(copy(at, key), value);
}

void WriteBatch::put_parts(Family family, BytesView head, BytesView tail, BytesView value_head,
                           BytesView value_tail) {
  char* at =
      extend(Kind::put, family, head.size() + tail.size(), value_head.size() + value_tail.size());
  at = copy(copy(at, head), tail);
  copy(copy(at, value_head), value_tail);
}

void WriteBatch::erase_parts(Family family, BytesView head, BytesView tail) {
  char* const at = extend(Kind::erase, family, head.size() + tail.size(), 0);
  copy(copy(at, head), tail);
}

void WriteBatch::append(const WriteBatch& other) {
  data_.append(other.data_);
  count_ += other.count_;
}

void WriteBatch::clear() {
  // One huge transaction must not keep its memory for the life of the server.
  constexpr std::size_t kKeptBytes = std::size_t{4} << 20;
  if (data_.capacity() > kKeptBytes) Bytes().swap(data_);
  data_.clear();
  count_ = 0;
}

}  // namespace octavo::kv
