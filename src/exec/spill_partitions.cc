#include "exec/spill_partitions.h"

#include "base/checksum.h"

namespace octavo::exec {
namespace {

constexpr unsigned kBits = 4;
static_assert(1U << kBits == SpillPartitions::kCount);
constexpr unsigned kHashBits = 64;

}  // namespace

// The upper bits first: tables of hashes go by the lower ones.
Status SpillPartitions::add(BytesView key, BytesView content) {
  const unsigned shift = kHashBits - kBits * (level_ + 1);
  auto& file = files_[(hash64(key) >> shift) % kCount];
  if (file == nullptr) {
    TRY(file, RowFile::create(query_));
  }
  return file->add(key, content);
}

Result<SpillPartitions::Files> SpillPartitions::finish() {
  for (const auto& file : files_) {
    if (file != nullptr) TRY_STATUS(file->finish());
  }
  return std::move(files_);
}

}  // namespace octavo::exec
