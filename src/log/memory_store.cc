#include "log/memory_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/segment.h"

namespace octavo::log {
namespace {
constexpr std::uint32_t kMemorySalt = 0;
constexpr std::uint64_t kLossGap = std::uint64_t{1} << 32;  // as local logs do: docs/formats/log.md
}  // namespace

MemoryStore::Chunk& MemoryStore::room_for(std::uint64_t size) {
  if (!chunks_.empty()) {
    Chunk& last = *chunks_.back();
    if (tail_ == last.end && size <= last.capacity - (last.end - last.start)) return last;
  }
  auto chunk = std::make_shared<Chunk>();
  chunk->start = chunk->end = tail_;
  chunk->previous_end = previous_end_;
  chunk->capacity = std::max<std::uint64_t>(size, chunk_bytes_);
  chunk->words = std::make_unique<std::uint64_t[]>(chunk->capacity / sizeof(std::uint64_t) + 1);
  chunks_.push_back(chunk);
  return *chunk;
}

RecordView MemoryStore::append(const RecordHeader& header, std::span<const BytesView> payload) {
  const std::uint64_t size = record_size(header.payload_size);
  const MutexLock lock(mutex_);
  Chunk& chunk = room_for(size);
  RecordView view;
  view.lsn = lsn_at(header.generation, tail_);
  char* target = chunk.at(tail_);
  encode_record(target, header, payload, record_seed(kMemorySalt, tail_));
  tail_ += size;
  previous_end_ = chunk.end = tail_;
  chunk.last_time_ns = header.time_ns;
  view.next = lsn_at(header.generation, tail_);
  view.header = header;
  view.payload = BytesView(target + kRecordHeaderSize, header.payload_size);
  return view;
}

Result<std::shared_ptr<const MemoryStore::Chunk>> MemoryStore::find(std::uint64_t offset) const {
  const MutexLock lock(mutex_);
  for (const auto& chunk : chunks_) {
    if (offset >= chunk->start && offset < chunk->end) return chunk;
    if (offset == chunk->previous_end) return chunk;
  }
  if (offset == tail_ || offset == previous_end_) return nullptr;  // nothing there yet
  return fail(Code::out_of_range,
              fmt::format("log offset {} is not in the log: trimmed away, lost, or never given out",
                          offset));
}

std::uint64_t MemoryStore::head() const {
  const MutexLock lock(mutex_);
  return chunks_.empty() ? tail_ : chunks_.front()->start;
}

std::uint64_t MemoryStore::tail() const {
  const MutexLock lock(mutex_);
  return tail_;
}

std::uint64_t MemoryStore::bytes_between(std::uint64_t from, std::uint64_t to) const {
  const MutexLock lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& chunk : chunks_) {
    const std::uint64_t first = std::max(from, chunk->start);
    const std::uint64_t last = std::min(to, chunk->end);
    if (first < last) bytes += last - first;
  }
  return bytes;
}

void MemoryStore::trim(std::uint64_t upto) {
  const MutexLock lock(mutex_);
  while (chunks_.size() > 1 && chunks_.front()->end <= upto) chunks_.erase(chunks_.begin());
}

std::uint64_t MemoryStore::retention_point(const RetentionPolicy& policy,
                                           std::int64_t now_ns) const {
  const MutexLock lock(mutex_);
  std::uint64_t sum = 0;
  for (std::size_t i = chunks_.size(); i-- > 0;) {
    sum += chunks_[i]->end - chunks_[i]->start;
    const bool live = i + 1 == chunks_.size();
    const bool too_old =
        policy.max_age_ns > 0 && now_ns - chunks_[i]->last_time_ns > policy.max_age_ns;
    const bool too_much = policy.max_bytes > 0 && sum > policy.max_bytes;
    if (!live && (too_old || too_much)) return chunks_[i + 1]->start;
  }
  return chunks_.empty() ? tail_ : chunks_.front()->start;
}

void MemoryStore::lose_after(std::uint64_t offset) {
  const MutexLock lock(mutex_);
  if (offset >= tail_) return;
  while (!chunks_.empty() && chunks_.back()->start >= offset) chunks_.pop_back();
  if (!chunks_.empty() && chunks_.back()->end > offset) {
    Chunk& last = *chunks_.back();
    std::memset(last.at(offset), 0, static_cast<std::size_t>(last.end - offset));
    last.end = offset;
  }
  previous_end_ = chunks_.empty() ? kFirstMemoryOffset : chunks_.back()->end;
  tail_ += kLossGap;
}

std::uint64_t MemoryStore::bytes() const {
  const MutexLock lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& chunk : chunks_) sum += chunk->end - chunk->start;
  return sum;
}

std::uint64_t MemoryStore::chunks() const {
  const MutexLock lock(mutex_);
  return chunks_.size();
}

Status MemoryReader::enter_chunk() {
  TRY(chunk_, store_.find(offset_of(position_)));
  if (chunk_) move_to(std::max(offset_of(position_), chunk_->start));
  return {};
}

// The chunk's end may be moving; the limit is what is safe to read.
Expected<ParsedRecord, RecordFault> MemoryReader::parse_here() const {
  const std::uint64_t end = std::min(limit(), chunk_->start + chunk_->capacity);
  const BytesView bytes(chunk_->at(offset_of(position_)),
                        static_cast<std::size_t>(end - offset_of(position_)));
  return parse_record(bytes, record_seed(kMemorySalt, offset_of(position_)));
}

Status MemoryReader::seek() {
  TRY_STATUS(enter_chunk());
  if (!chunk_ || offset_of(position_) >= limit()) return {};
  if (!parse_here()) {
    return fail(Code::out_of_range,
                fmt::format("no record starts at log offset {}", offset_of(position_)));
  }
  return {};
}

Result<std::optional<RecordView>> MemoryReader::next() {
  if (offset_of(position_) >= limit()) return std::nullopt;
  const bool here = chunk_ && offset_of(position_) < chunk_->start + chunk_->capacity;
  if (!here) TRY_STATUS(enter_chunk());
  if (!chunk_ || offset_of(position_) >= limit()) return std::nullopt;
  auto record = parse_here();
  if (!record) {
    // A chunk ends before its capacity when the next record did not fit.
    TRY_STATUS(enter_chunk());
    if (!chunk_ || offset_of(position_) >= limit()) return std::nullopt;
    record = parse_here();
  }
  if (!record) {
    return fail(Code::corrupt,
                fmt::format("log offset {}: {}", offset_of(position_), fault_name(record.error())));
  }
  RecordView view;
  view.lsn = position_;
  view.header = record->header;
  view.payload = record->payload;
  move_to(offset_of(position_) + record->size);
  view.next = position_;
  return view;
}

void MemoryReader::notify_on_append(std::move_only_function<void()> wake) {
  delivery_.wakers().arm(this, std::move(wake),
                         [this] { return offset_of(position_) < delivery_.tail_offset(); });
}

}  // namespace octavo::log
