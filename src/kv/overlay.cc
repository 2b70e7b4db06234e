#include "kv/overlay.h"

#include <utility>

#include "base/assert.h"

namespace octavo::kv {
namespace {

// About what the map and the list of changes take for one.
constexpr std::size_t kChangeBytes = 160;

}  // namespace

Status Overlay::write(Family family, BytesView key, std::optional<BytesView> value) {
  TRY_STATUS(memory_.grow(kChangeBytes + key.size() + (value ? value->size() : 0)));
  Table& table = tables_[static_cast<std::size_t>(family)];
  auto at = table.lower_bound(key);
  if (at == table.end() || at->first != key) at = table.emplace_hint(at, Bytes(key), Versions());
  Versions& versions = at->second;
  now_ = Moment{std::to_underlying(now_) + 1};
  drop_unseen(versions, now_);
  versions.push_back({now_, value ? std::make_shared<const Bytes>(*value) : nullptr});
  if (!marks_.empty()) undo_.push_back({&versions, now_});
  return {};
}

// Whether somebody looks at a moment in [from, to).
bool Overlay::looked_at(Moment from, Moment to) const {
  for (const auto* moments : {&marks_, &views_}) {
    const auto at = moments->lower_bound(from);
    if (at != moments->end() && *at < to) return true;
  }
  return false;
}

// Before another version comes: the last is of use only if it is looked at, and the one before it
// may have lost who looked at it since.
void Overlay::drop_unseen(Versions& versions, Moment next) {
  const auto drop = [&](std::size_t i, Moment until) {
    if (looked_at(versions[i].moment, until)) return;
    if (versions[i].value) memory_.shrink(versions[i].value->size());
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
  if (marks_.empty()) undo_.clear();
}

void Overlay::undo_to(Moment mark) {
  ASSERT(marks_.contains(mark));
  for (; !undo_.empty() && undo_.back().moment > mark; undo_.pop_back()) {
    Versions& versions = *undo_.back().versions;
    while (!versions.empty() && versions.back().moment > mark) {
      if (versions.back().value) memory_.shrink(versions.back().value->size());
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
