#include "layout/row/parted_fields.h"

#include <algorithm>
#include <deque>
#include <new>
#include <utility>

#include "base/clock.h"
#include "function/family.h"
#include "value/pool_in_use.h"

namespace octavo::layout {
namespace {

// More threads than these do not help one query.
constexpr std::size_t kMostHelpers = 15;
// What a chunk may have: larger rows are read by the query's thread.
constexpr std::size_t kMostChunkBytes = 4 * kMiB;

bool is_scarce(const MemoryPool* pool) {
  return pool != nullptr && pool->used() > pool->limit() - pool->limit() / 4;
}

// Without the mutex to the end of the scope.
class Unlocked {
 public:
  explicit Unlocked(Mutex& mutex) : mutex_(mutex) { mutex_.unlock(); }
  ~Unlocked() { mutex_.lock(); }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  Mutex& mutex_;
};

// Reads rows that have been given already.
class PassedRows final : public index::RowSink {
 public:
  Status add(BytesView, BytesView) override {
    ++rows;
    return {};
  }
  std::size_t rows = 0;
};

}  // namespace

struct PartedFields::Chunk {
  // `pool`: of its own account; else rows are charged to `account`.
  Chunk(const std::vector<value::FieldRequest>& fields, MemoryPool* pool, value::Account* account)
      : own(pool == nullptr ? std::nullopt
                            : std::make_optional<value::Account>(*pool, kMostChunkBytes)),
        rows(fields, own ? &*own : account) {}

  std::optional<value::Account> own;  // pays for what follows
  FieldChunk rows;
  std::size_t bytes = 0;
  bool failed = false;  // it cannot be filled again
};

struct PartedFields::Part {
  index::ScanRest what;
  std::unique_ptr<index::RowReader> reader = nullptr;  // null: not begun
  std::deque<std::unique_ptr<Chunk>> chunks = {};      // that wait
  std::uint64_t rows = 0;                              // in those that there were
  std::int64_t took_ns = 0;
  Status after = {};  // what comes after the last chunk
  bool busy = false;  // somebody is in it: reader, rows and time are theirs
  bool ended = false;
  bool refused = false;  // a chunk had no memory: what follows `rows` has to be read again
};

// What reading of a part came to.
struct PartedFields::Filled {
  std::unique_ptr<Chunk> chunk = nullptr;  // null: refused
  Status after = {};
  bool ended = false;
  bool refused = false;
};

std::size_t PartedFields::most_parts(const Helpers& helpers) {
  return 2 * std::min(helpers.most_helpers(), kMostHelpers) + 2;
}

PartedFields::PartedFields(Given given, PartCutter cutter, std::uint64_t part_bytes,
                           value::Charge readers)
    : given_(std::move(given)),
      pool_(given_.account == nullptr ? nullptr : value::pool_in_use()),
      most_parts_(most_parts(given_.helpers)),
      most_bytes_(pool_ == nullptr ? given_.options.most_bytes
                                   : std::min(given_.options.most_bytes, pool_->limit() / 16)),
      readers_(std::move(readers)),
      cutter_(std::move(cutter)),
      part_bytes_(part_bytes) {
  given_.helpers.offer(*this);
}

PartedFields::~PartedFields() { given_.helpers.withdraw(*this); }

// --- Who reads what ---

bool PartedFields::step() noexcept {
  const MutexLock lock(mutex_);
  Part* const part = claim();
  if (part == nullptr) {
    asleep_ = true;
    return false;
  }
  work(*part);
  return true;
}

bool PartedFields::is_full() const {
  return alone_ || bytes_waiting_ >= most_bytes_ || is_scarce(pool_);
}

// A part that has room and nobody is in, for the one who asks; null: there is none for now.
PartedFields::Part* PartedFields::claim() {
  if (is_full()) return nullptr;
  for (Part& part : parts_) {
    if (part.busy || part.ended || part.refused) continue;
    if (part.chunks.size() >= given_.options.most_chunks) continue;
    part.busy = true;
    return &part;
  }
  return parts_.size() < most_parts_ ? cut() : nullptr;
}

PartedFields::Part* PartedFields::cut() {
  if (all_cut_ || cutting_) return nullptr;
  cutting_ = true;
  const std::uint64_t bytes = part_bytes_;
  Result<std::optional<index::ScanRest>> what;
  {
    const Unlocked unlocked(mutex_);
    what = cutter_.cut(bytes);
  }
  cutting_ = false;
  all_cut_ = !what || !*what;
  changed_.notify_one();
  if (!what) {
    parts_.emplace_back(Part{.what = {}, .after = fail(what.error()), .ended = true});
    return nullptr;
  }
  if (all_cut_) return nullptr;
  Part& part = parts_.emplace_back(Part{.what = **std::move(what)});
  part.busy = true;
  wake_helpers();  // who came meanwhile
  return &part;
}

void PartedFields::wake_helpers() {
  if (std::exchange(asleep_, false)) given_.helpers.wake(*this);
}

// --- Reading ---

std::unique_ptr<PartedFields::Chunk> PartedFields::make_chunk(bool alone) const {
  return std::make_unique<Chunk>(given_.fields, alone ? nullptr : pool_, given_.account);
}

void PartedFields::work(Part& part) {
  const bool alone = alone_;
  std::unique_ptr<Chunk> chunk;
  if (!alone && !spare_.empty()) {
    chunk = std::move(spare_.back());
    spare_.pop_back();
  }
  Filled filled;
  {
    const Unlocked unlocked(mutex_);
    const std::int64_t began_ns = system_clock().monotonic_ns();
    filled = fill(part, std::move(chunk), alone);
    part.took_ns += system_clock().monotonic_ns() - began_ns;
  }
  put(part, std::move(filled));
  changed_.notify_one();
}

// What no account can have is the query's thread's to meet.
PartedFields::Filled PartedFields::fill(Part& part, std::unique_ptr<Chunk> chunk, bool alone) {
  Filled filled;
  const auto refuse = [&] {
    part.reader = nullptr;
    filled.refused = true;
    return std::move(filled);
  };
  try {
    if (chunk == nullptr) chunk = make_chunk(alone);
    chunk->failed = true;
    const value::Account::Use use(chunk->own ? &*chunk->own : given_.account);
    filled.after = read(part, *chunk, filled.ended);
    if (!alone && !filled.after && filled.after.error().code == Code::resource_exhausted) {
      return refuse();
    }
    if (chunk->rows.sink.rows() > 0) chunk->rows.sink.finish(chunk->rows.batch);
  } catch (const std::bad_alloc&) {
    if (alone) throw;
    return refuse();
  }
  if (!filled.after) filled.ended = true;
  chunk->failed = !filled.after;
  chunk->bytes = chunk->own ? chunk->own->used() : 0;
  filled.chunk = std::move(chunk);
  return filled;
}

// Where it stopped, if it was begun before.
Status PartedFields::begin(Part& part) const {
  part.reader = given_.table.read_rest(part.what);
  for (PassedRows passed; passed.rows < part.rows;) {
    const std::size_t before = passed.rows;
    TRY_STATUS(part.reader->read(static_cast<std::size_t>(part.rows) - before, passed));
    if (passed.rows == before) return fail(Code::internal, "Rows of the view are gone.");
  }
  return {};
}

Status PartedFields::read(Part& part, Chunk& chunk, bool& ended) {
  FieldSink& sink = chunk.rows.sink;
  sink.clear(keeps_.load(std::memory_order_relaxed));
  if (part.reader == nullptr) TRY_STATUS(begin(part));
  while (sink.rows() < given_.options.chunk_rows && sink.bytes() < function::kBatchBytes) {
    const std::size_t before = sink.rows();
    ended = true;  // unless it goes on
    TRY_STATUS(part.reader->read(given_.options.chunk_rows - before, sink));
    if (sink.rows() == before) return {};
    ended = false;
  }
  return {};
}

void PartedFields::put(Part& part, Filled filled) {
  part.busy = false;
  if (filled.refused) {
    part.refused = alone_ = true;
    return;
  }
  part.ended = filled.ended;
  part.after = std::move(filled.after);
  const std::size_t rows = filled.chunk->rows.sink.rows();
  if (rows == 0) {
    recycle(std::move(filled.chunk));
  } else {
    part.rows += rows;
    bytes_waiting_ += filled.chunk->bytes;
    part.chunks.push_back(std::move(filled.chunk));
  }
  // The next parts take about as long as is meant. The last one of a range may be shorter.
  if (!part.ended || all_cut_ || given_.options.part_bytes != 0 || part.took_ns == 0) return;
  const double wanted =
      static_cast<double>(given_.options.part_ns) / static_cast<double>(part.took_ns);
  part_bytes_ = std::clamp(
      static_cast<std::uint64_t>(static_cast<double>(part_bytes_) * std::clamp(wanted, 0.5, 2.0)),
      kLeastPartBytes, kMostPartBytes);
}

// --- What the query's thread does ---

Result<FieldChunk*> PartedFields::next() {
  const MutexLock lock(mutex_);
  recycle(std::exchange(current_, nullptr));
  for (;;) {
    if (parts_.empty()) {
      if (Part* const part = cut()) {
        work(*part);
      } else if (parts_.empty() && all_cut_) {
        return nullptr;
      } else if (cutting_) {
        changed_.wait(mutex_);
      }
      continue;
    }
    Part& front = parts_.front();
    if (!front.chunks.empty()) return take(front);
    if (front.busy) {
      if (Part* const other = claim()) {
        work(*other);
      } else if (front.busy && front.chunks.empty()) {
        changed_.wait(mutex_);
      }
      continue;
    }
    if (front.ended) {
      if (!front.after) return fail(front.after.error());
      parts_.pop_front();
      wake_helpers();
      continue;
    }
    front.busy = true;
    front.refused = false;
    work(front);
  }
}

FieldChunk* PartedFields::take(Part& front) {
  current_ = std::move(front.chunks.front());
  front.chunks.pop_front();
  bytes_waiting_ -= current_->bytes;
  // There is room again, for some steps.
  if (front.chunks.size() == given_.options.most_chunks / 2) wake_helpers();
  return &current_->rows;
}

void PartedFields::recycle(std::unique_ptr<Chunk> chunk) {
  // One that is charged to the query's account is not for others.
  const bool is_own = pool_ == nullptr || (chunk != nullptr && chunk->own);
  if (chunk == nullptr || chunk->failed || !is_own || spare_.size() >= most_parts_) return;
  spare_.push_back(std::move(chunk));
}

}  // namespace octavo::layout
