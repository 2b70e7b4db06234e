#include "kv/entry_prefix.h"

#include <rocksdb/slice_transform.h>

#include "value/key.h"

namespace octavo::kv {
namespace {

constexpr std::size_t kIdBytes = 8;

BytesView view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

class EntryPrefix final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "octavo.entry_prefix.1"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    const BytesView prefix = entry_prefix(view(key));
    return {prefix.data(), prefix.size()};
  }
  bool InDomain(const rocksdb::Slice& key) const override {
    return !entry_prefix(view(key)).empty();
  }
};

}  // namespace

BytesView entry_prefix(BytesView entry) {
  if (entry.size() <= kIdBytes) return {};
  ByteReader reader(entry.substr(kIdBytes));
  const auto key = value::skip_key(reader);
  return key ? entry.substr(0, kIdBytes + key->size()) : BytesView();
}

bool is_of_one_entry_key(BytesView lower, BytesView upper) {
  return upper.starts_with(lower) && !lower.empty() && entry_prefix(lower).size() == lower.size();
}

std::shared_ptr<const rocksdb::SliceTransform> entry_prefix_transform() {
  return std::make_shared<const EntryPrefix>();
}

}  // namespace octavo::kv
