#include "exec/sorted_runs.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <span>
#include <utility>

#include "base/assert.h"

namespace octavo::exec {
namespace {

// So many blocks are read at a time: an eighth of what the query may have at most.
constexpr std::size_t kMostAtOnce = 32;

}  // namespace

// The rows of some runs as one order. The runs go as they are read.
class SortedRuns::Merge {
 public:
  Merge(algebra::Direction ties, QueryContext& query) : ties_(ties), query_(query) {}

  Status add(std::unique_ptr<RowFile> run) {
    auto source = std::make_unique<Source>(Source{nullptr, RowFileReader(*run, query_), number_++});
    source->file = std::move(run);
    return push(std::move(source));
  }
  Result<bool> next() {
    if (current_ != nullptr) TRY_STATUS(push(std::move(current_)));
    if (heap_.empty()) return false;
    std::ranges::pop_heap(heap_, After{ties_});
    current_ = std::move(heap_.back());
    heap_.pop_back();
    return true;
  }
  RowPages::Row row() const {
    return {.key = current_->reader.key(), .content = current_->reader.content()};
  }

 private:
  // The front of the heap is the row that comes first.
  struct After {
    algebra::Direction ties;
    bool operator()(const std::unique_ptr<Source>& a, const std::unique_ptr<Source>& b) const {
      const int order = a->reader.key().compare(b->reader.key());
      if (order != 0) return order > 0;
      return ties == algebra::Direction::ascending ? a->number > b->number : a->number < b->number;
    }
  };

  Status push(std::unique_ptr<Source> source) {
    TRY(const bool more, source->reader.next());
    if (!more) return {};
    heap_.push_back(std::move(source));
    std::ranges::push_heap(heap_, After{ties_});
    return {};
  }
  algebra::Direction ties_;
  QueryContext& query_;
  std::vector<std::unique_ptr<Source>> heap_;
  std::unique_ptr<Source> current_;
  std::size_t number_ = 0;
};

std::uint64_t SortedRuns::rows() const {
  std::uint64_t rows = 0;
  for (const Level& level : levels_) {
    for (const auto& run : level) rows += run->rows();
  }
  return rows;
}

bool SortedRuns::wants(BytesView key) const {
  if (keep_ == 0U) return false;
  if (!last_) return true;
  const int order = key.compare(*last_);
  return order < 0 || (order == 0 && ties_ == algebra::Direction::descending);
}

// Of the row number `rows` of a run.
void SortedRuns::note_last(BytesView key, std::uint64_t rows) {
  if (rows == keep_ && (!last_ || key < BytesView(*last_))) last_ = Bytes(key);
}

Status SortedRuns::begin_run() {
  ASSERT(run_ == nullptr);
  TRY(run_, RowFile::create(query_));
  return {};
}

Status SortedRuns::add(BytesView key, BytesView content) {
  if (run_->rows() == keep_) return {};
  TRY_STATUS(run_->add(key, content));
  note_last(key, run_->rows());
  return {};
}

Status SortedRuns::end_run() {
  TRY_STATUS(run_->finish());
  if (levels_.empty()) levels_.emplace_back();
  levels_.front().push_back(std::move(run_));
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    if (levels_[level].size() == kMostAtOnce) TRY_STATUS(merge_level(level));
  }
  return {};
}

// All runs of a level become one of the next.
Status SortedRuns::merge_level(std::size_t level) {
  TRY(auto run, merged(levels_[level]));
  levels_[level].clear();
  if (level + 1 == levels_.size()) levels_.emplace_back();
  levels_[level + 1].push_back(std::move(run));
  return {};
}

Result<std::unique_ptr<RowFile>> SortedRuns::merged(std::span<std::unique_ptr<RowFile>> runs) {
  Merge merge(ties_, query_);
  for (auto& run : runs) TRY_STATUS(merge.add(std::move(run)));
  TRY(auto out, RowFile::create(query_));
  while (out->rows() != keep_) {
    TRY_STATUS(query_.check());
    TRY(const bool more, merge.next());
    if (!more) break;
    TRY_STATUS(out->add(merge.row().key, merge.row().content));
    note_last(merge.row().key, out->rows());
  }
  TRY_STATUS(out->finish());
  return out;
}

Status SortedRuns::merge() {
  // The earliest first.
  std::vector<std::unique_ptr<RowFile>> runs;
  for (Level& level : std::views::reverse(levels_)) {
    std::ranges::move(level, std::back_inserter(runs));
  }
  // The last ones are the smallest.
  while (runs.size() > kMostAtOnce) {
    const std::size_t count = std::min(kMostAtOnce, runs.size() - kMostAtOnce + 1);
    const std::span few = std::span(runs).last(count);
    TRY(auto run, merged(few));
    runs.resize(runs.size() - count);
    runs.push_back(std::move(run));
  }
  merge_ = std::make_shared<Merge>(ties_, query_);
  for (auto& run : runs) TRY_STATUS(merge_->add(std::move(run)));
  levels_.clear();
  return {};
}

Result<bool> SortedRuns::next() {
  if (given_ == keep_) return false;
  TRY(const bool more, merge_->next());
  if (more) ++given_;
  return more;
}

RowPages::Row SortedRuns::row() const { return merge_->row(); }

}  // namespace octavo::exec
