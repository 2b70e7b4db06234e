#include "txn/read_watch.h"

#include <algorithm>
#include <utility>

#include "txn/row_key.h"

namespace octavo::txn {
namespace {

// Of one transaction; more become coarse.
constexpr std::size_t kMostReadBytes = kMiB;
constexpr std::size_t kMostRanges = 256;
constexpr std::size_t kReadBytes = 96;  // what a read takes beside its bytes

constexpr std::size_t kIdEnd = 1 + kIdPrefixSize;  // family and id

Bytes whole_key(kv::Family family, BytesView key) {
  Bytes out;
  out.reserve(1 + key.size());
  out.push_back(static_cast<char>(family));
  out.append(key);
  return out;
}

// The end of everything that begins like that.
Bytes end_of(BytesView prefix) {
  Bytes end(prefix);
  while (!end.empty() && static_cast<std::uint8_t>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<std::uint8_t>(end.back()) + 1);
  return end;
}

void put_change(Bytes& out, bool is_range, kv::Family family, BytesView key, BytesView end) {
  out.push_back(static_cast<char>(is_range));
  put_le(out, static_cast<std::uint32_t>(1 + key.size()));
  out.push_back(static_cast<char>(family));
  out.append(key);
  if (!is_range) return;
  put_le(out, static_cast<std::uint32_t>(1 + end.size()));
  out.push_back(static_cast<char>(family));
  out.append(end);
}

BytesView take_text(BytesView& in) {
  const std::size_t size = load_le<std::uint32_t>(in.data());
  const BytesView text = in.substr(4, size);
  in.remove_prefix(4 + size);
  return text;
}

class NotesAt final : public kv::ReadNotes {
 public:
  NotesAt(std::shared_ptr<ReadWatch> watch, Lsn at) : watch_(std::move(watch)), at_(at) {}
  void key(kv::Family family, BytesView key) override { watch_->add_key(family, key, at_); }
  void range(kv::Family family, BytesView lower, BytesView upper) override {
    watch_->add_range(family, lower, upper, at_);
  }

 private:
  const std::shared_ptr<ReadWatch> watch_;
  const Lsn at_;
};

}  // namespace

// --- What was read ---

void ReadWatch::Reads::add(Bytes key, Lsn at) {
  const std::size_t size = key.size();
  const auto [place, is_new] = keys.try_emplace(std::move(key), at);
  place->second = std::min(place->second, at);
  if (is_new) bytes += size + kReadBytes;
  if (bytes > kMostReadBytes) make_coarse();
}

void ReadWatch::Reads::add(Range range) {
  for (Range& known : ranges) {
    if (known.lower != range.lower || known.upper != range.upper) continue;
    known.at = std::min(known.at, range.at);
    return;
  }
  bytes += range.lower.size() + range.upper.size() + kReadBytes;
  ranges.push_back(std::move(range));
  if (bytes > kMostReadBytes || ranges.size() > kMostRanges) make_coarse();
}

void ReadWatch::Reads::merge(Reads&& other) {
  for (auto& [key, at] : other.keys) add(Bytes(key), at);
  for (Range& range : other.ranges) add(std::move(range));
  other = Reads();
}

// Each table and index of which something was read: all of it. What goes beyond one stays.
void ReadWatch::Reads::make_coarse() {
  std::map<Bytes, Lsn> whole;
  const auto add_whole = [&whole](BytesView lower, Lsn at) {
    const auto [place, is_new] = whole.try_emplace(Bytes(lower.substr(0, kIdEnd)), at);
    place->second = std::min(place->second, at);
  };
  std::vector<Range> rest;
  for (const auto& [key, at] : keys) add_whole(key, at);
  for (Range& range : ranges) {
    const BytesView id = BytesView(range.lower).substr(0, kIdEnd);
    const bool is_within = id.size() == kIdEnd && range.upper <= end_of(id);
    if (is_within) add_whole(id, range.at);
    if (!is_within) rest.push_back(std::move(range));
  }
  keys.clear();
  ranges = std::move(rest);
  for (auto& [id, at] : whole) ranges.push_back({id, end_of(id), at});
  bytes = 0;
  for (const Range& range : ranges) bytes += range.lower.size() + range.upper.size() + kReadBytes;
}

bool ReadWatch::Reads::has(BytesView lower, BytesView upper, Lsn changed) const {
  const bool is_key = upper.empty();
  if (is_key) {
    const auto key = keys.find(lower);
    if (key != keys.end() && key->second < changed) return true;
  } else {
    for (auto key = keys.lower_bound(lower); key != keys.end() && key->first < upper; ++key) {
      if (key->second < changed) return true;
    }
  }
  return std::ranges::any_of(ranges, [&](const Range& range) {
    if (range.at >= changed || lower >= range.upper) return false;
    return is_key ? lower >= range.lower : range.lower < upper;
  });
}

// --- A transaction ---

ReadWatch::ReadWatch(ReadWatches& watches) : watches_(watches) {
  const MutexLock lock(watches_.mutex_);
  // Before any state is read: who applies a record looks at it afterwards.
  ++watches_.watching_;
  watches_.watches_.insert(this);
  next_ = watches_.first_ + watches_.blocks_.size();
}

ReadWatch::~ReadWatch() {
  const MutexLock lock(watches_.mutex_);
  watches_.watches_.erase(this);
  --watches_.watching_;
  watches_.trim();
}

std::shared_ptr<kv::ReadNotes> ReadWatch::notes_at(Lsn at) {
  last_read_ = std::max(last_read_, at);
  return std::make_shared<NotesAt>(shared_from_this(), at);
}

void ReadWatch::add_key(kv::Family family, BytesView key, Lsn at) {
  reads().add(whole_key(family, key), at);
}

void ReadWatch::add_range(kv::Family family, BytesView lower, BytesView upper, Lsn at) {
  Bytes end = upper.empty() ? Bytes(1, static_cast<char>(static_cast<int>(family) + 1))
                            : whole_key(family, upper);
  reads().add(Range{whole_key(family, lower), std::move(end), at});
}

void ReadWatch::begin_pass() {
  in_pass_ = true;
  pass_ = Reads();
}

void ReadWatch::end_passes() {
  in_pass_ = false;
  main_.merge(std::move(pass_));
}

bool ReadWatch::catch_up() {
  constexpr std::size_t kAtOnce = 64;
  end_passes();
  std::vector<std::shared_ptr<const ReadWatches::Block>> blocks;
  for (;;) {
    blocks.clear();
    {
      const MutexLock lock(watches_.mutex_);
      if (is_lost_) return false;
      const std::size_t from = next_ - watches_.first_;
      const std::size_t to = std::min(watches_.blocks_.size(), from + kAtOnce);
      for (std::size_t i = from; i < to; ++i) blocks.push_back(watches_.blocks_[i]);
      next_ += blocks.size();
      watches_.trim();
    }
    if (blocks.empty()) return true;
    for (const auto& block : blocks) {
      if (changed_) break;
      for (BytesView rest = block->changes; !rest.empty() && !changed_;) {
        const bool is_range = rest.front() != 0;
        rest.remove_prefix(1);
        const BytesView key = take_text(rest);
        const BytesView end = is_range ? take_text(rest) : BytesView();
        if (main_.has(key, end, block->lsn)) changed_ = block->lsn;
      }
    }
  }
}

bool ReadWatch::still_so() { return catch_up() && !changed_; }

bool ReadWatch::was_so_at_once() { return catch_up() && (!changed_ || *changed_ > last_read_); }

// --- All of them ---

void ReadWatches::applied(const kv::WriteBatch& batch, Lsn lsn) {
  // With the increment of `watching_`: either the watch is seen here, or it sees the record.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (watching_.load(std::memory_order_relaxed) == 0) return;
  auto block = std::make_shared<Block>();
  block->lsn = lsn;
  batch.for_each([&](kv::WriteBatch::Kind kind, kv::Family family, BytesView key, BytesView value) {
    if (family == kv::Family::meta) return;
    const bool is_range = kind == kv::WriteBatch::Kind::erase_range;
    put_change(block->changes, is_range, family, key, is_range ? value : BytesView());
  });
  if (block->changes.empty()) return;
  const MutexLock lock(mutex_);
  bytes_ += block->changes.size() + sizeof(Block);
  blocks_.push_back(std::move(block));
  while (bytes_ > kMostBytes) {
    bytes_ -= blocks_.front()->changes.size() + sizeof(Block);
    blocks_.pop_front();
    ++first_;
  }
  for (ReadWatch* const watch : watches_) {
    if (watch->next_ < first_) watch->is_lost_ = true;
  }
}

void ReadWatches::trim() {
  std::uint64_t needed = first_ + blocks_.size();
  for (const ReadWatch* const watch : watches_) {
    if (!watch->is_lost_) needed = std::min(needed, watch->next_);
  }
  for (; first_ < needed; ++first_) {
    bytes_ -= blocks_.front()->changes.size() + sizeof(Block);
    blocks_.pop_front();
  }
}

}  // namespace octavo::txn
