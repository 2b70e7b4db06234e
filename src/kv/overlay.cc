#include "kv/overlay.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"

namespace octavo::kv {
namespace {

// About what the map takes for a key, beside its bytes; what a version of it takes beside the
// value; and what the list of changes takes for one.
constexpr std::size_t kKeyBytes = 112;
constexpr std::size_t kVersionBytes = 96;
constexpr std::size_t kUndoBytes = 32;
constexpr std::size_t kCompactAt = 1024;

std::size_t bytes_of(const std::shared_ptr<const Bytes>& value) {
  return kVersionBytes + (value == nullptr ? 0 : value->size());
}

}  // namespace

Overlay::Overlay(MemoryPool& memory) : memory_(memory), compact_at_(kCompactAt) {}

Status Overlay::write(Family family, BytesView key, std::optional<BytesView> value) {
  Table& table = tables_[static_cast<std::size_t>(family)];
  auto at = table.lower_bound(key);
  const bool fresh = at == table.end() || at->first != key;
  // What takes back the change before, where no mark is between, takes this one back as well.
  const bool noted = !marks_.empty() &&
                     (fresh || at->second.empty() || at->second.back().moment <= *marks_.rbegin());
  TRY_STATUS(memory_.grow((fresh ? kKeyBytes + key.size() : 0) + kVersionBytes +
                          (value ? value->size() : 0) + (noted ? kUndoBytes : 0)));
  if (fresh) at = table.emplace_hint(at, Bytes(key), Versions());
  Versions& versions = at->second;
  now_ = Moment{std::to_underlying(now_) + 1};
  drop_unseen(versions, now_);
  versions.push_back({now_, value ? std::make_shared<const Bytes>(*value) : nullptr});
  if (noted) undo_.push_back({&versions, now_});
  if (undo_.size() >= compact_at_) compact_undo();
  return {};
}

// Where the marks are gone that were between changes of a key, one of these takes all of them back.
void Overlay::compact_undo() {
  std::set<std::pair<const Versions*, Moment>> known;
  const std::size_t before = undo_.size();
  std::erase_if(undo_, [&](const Change& change) {
    const auto behind = marks_.lower_bound(change.moment);
    if (behind == marks_.begin()) return true;  // nothing goes back before it
    return !known.emplace(change.versions, *std::prev(behind)).second;
  });
  memory_.shrink((before - undo_.size()) * kUndoBytes);
  compact_at_ = std::max(kCompactAt, 2 * undo_.size());
}

// Whether somebody looks at a moment in [from, to).
bool Overlay::looked_at(Moment from, Moment to) const {
  for (const auto* moments : {&marks_, &views_}) {
    const auto at = moments->lower_bound(from);
    if (at != moments->end() && *at < to) return true;
  }
  return false;
}

void Overlay::give_back(const Version& version) { memory_.shrink(bytes_of(version.value)); }

// Before another version comes: the last is of use only if it is looked at, and the one before it
// may have lost who looked at it since.
void Overlay::drop_unseen(Versions& versions, Moment next) {
  const auto drop = [&](std::size_t i, Moment until) {
    if (looked_at(versions[i].moment, until)) return;
    give_back(versions[i]);
    versions.erase(versions.begin() + static_cast<std::ptrdiff_t>(i));
  };
  const std::size_t count = versions.size();
  if (count > 1) drop(count - 2, versions[count - 1].moment);
  if (!versions.empty()) drop(versions.size() - 1, next);
}

Overlay::Moment Overlay::mark() {
  marks_.insert(now_);
  return now_;
}

void Overlay::release(Moment mark) {
  const auto at = marks_.find(mark);
  ASSERT(at != marks_.end());
  marks_.erase(at);
  if (!marks_.empty()) return;
  memory_.shrink(undo_.size() * kUndoBytes);
  undo_.clear();
}

void Overlay::undo_to(Moment mark) {
  ASSERT(marks_.contains(mark));
  for (; !undo_.empty() && undo_.back().moment > mark; undo_.pop_back()) {
    memory_.shrink(kUndoBytes);
    Versions& versions = *undo_.back().versions;
    while (!versions.empty() && versions.back().moment > mark) {
      give_back(versions.back());
      versions.pop_back();
    }
  }
}

std::shared_ptr<const OverlayView> Overlay::view() {
  return std::shared_ptr<const OverlayView>(new OverlayView(shared_from_this()));
}

OverlayView::OverlayView(std::shared_ptr<Overlay> overlay)
    : overlay_(std::move(overlay)), moment_(overlay_->now_) {
  overlay_->views_.insert(moment_);
}

OverlayView::~OverlayView() { overlay_->views_.erase(overlay_->views_.find(moment_)); }

const Overlay::Version* OverlayView::at_moment(const Overlay::Versions& versions) const {
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (version->moment <= moment_) return &*version;
  }
  return nullptr;
}

OverlayView::Entry OverlayView::find(Family family, BytesView key) const {
  const auto& keys = table(family);
  const auto at = keys.find(key);
  if (at == keys.end()) return {};
  const Overlay::Version* const version = at_moment(at->second);
  if (version == nullptr) return {};
  if (version->value == nullptr) return {Found::erased, {}};
  return {Found::value, *version->value};
}

bool OverlayView::changes(Family family, BytesView begin, BytesView end) const {
  const auto& keys = table(family);
  for (auto at = keys.lower_bound(begin); at != keys.end(); ++at) {
    if (!end.empty() && at->first >= end) return false;
    if (at_moment(at->second) != nullptr) return true;
  }
  return false;
}

}  // namespace octavo::kv
