#include "protocol/redis/replication/stream.h"

#include <algorithm>

namespace octavo::redis {

ReplicationStream::~ReplicationStream() {
  const MutexLock lock(mutex_);
  pool_.release(extent_.end - extent_.begin);
}

ReplicationStream::Extent ReplicationStream::extent() const {
  const MutexLock lock(mutex_);
  return extent_;
}

void ReplicationStream::append(BytesView bytes) {
  const MutexLock lock(mutex_);
  if (blocks_.empty() || blocks_.back().size() + bytes.size() > kBlockBytes) {
    blocks_.emplace_back();
    blocks_.back().reserve(std::max(kBlockBytes, bytes.size()));
  }
  blocks_.back().append(bytes);
  extent_.end += bytes.size();
  pool_.force(bytes.size());
}

bool ReplicationStream::read(std::uint64_t offset, std::size_t max_bytes, Bytes& out) const {
  const MutexLock lock(mutex_);
  if (offset < extent_.begin || offset > extent_.end) return false;
  std::uint64_t at = extent_.begin;
  for (const Bytes& block : blocks_) {
    if (max_bytes == 0) break;
    if (at + block.size() > offset) {
      const BytesView piece = BytesView(block).substr(offset - at, max_bytes);
      out.append(piece);
      offset += piece.size();
      max_bytes -= piece.size();
    }
    at += block.size();
  }
  return true;
}

void ReplicationStream::reset(std::uint64_t offset) {
  const MutexLock lock(mutex_);
  pool_.release(extent_.end - extent_.begin);
  blocks_.clear();
  extent_ = {offset, offset};
}

void ReplicationStream::forget(std::uint64_t offset) {
  const MutexLock lock(mutex_);
  while (!blocks_.empty() && extent_.begin + blocks_.front().size() <= offset) {
    extent_.begin += blocks_.front().size();
    pool_.release(blocks_.front().size());
    blocks_.pop_front();
  }
}

}  // namespace octavo::redis
