#include "stream/window.h"

#include <algorithm>
#include <map>

namespace octavo::stream {
namespace {

using Places = std::vector<const WindowEntry*>;

// Entries of either window that the other does not have, or shows differently.
void compare(const Window& old_window, const Window& new_window, ScanOrder order, Places& left,
             Places& came) {
  auto gone = old_window.begin();
  auto fresh = new_window.begin();
  while (gone != old_window.end() || fresh != new_window.end()) {
    const bool only_old =
        fresh == new_window.end() ||
        (gone != old_window.end() && order.before(gone->sort_key, fresh->sort_key));
    if (only_old) {
      left.push_back(&*gone++);
    } else if (gone == old_window.end() || order.before(fresh->sort_key, gone->sort_key)) {
      came.push_back(&*fresh++);
    } else {
      if (gone->row != fresh->row) {
        left.push_back(&*gone);
        came.push_back(&*fresh);
      }
      ++gone;
      ++fresh;
    }
  }
}

struct Step {
  const WindowEntry* left = nullptr;
  const WindowEntry* came = nullptr;
};

struct ByValue {
  bool operator()(const value::Value& a, const value::Value& b) const {
    return value::compare(a, b) < 0;
  }
};

// Who leaves with whom: a row with itself first, then the others as they are in order.
std::vector<Step> paired(const Places& left, Places came) {
  std::multimap<value::Value, std::size_t, ByValue> places;  // in `came`
  for (std::size_t i = 0; i < came.size(); ++i) places.emplace(came[i]->key, i);
  std::vector<Step> steps;
  Places gone;
  for (const WindowEntry* entry : left) {
    const auto same = places.lower_bound(entry->key);
    if (same == places.end() || !(same->first == entry->key)) {
      gone.push_back(entry);
      continue;
    }
    steps.push_back({entry, std::exchange(came[same->second], nullptr)});
    places.erase(same);
  }
  std::erase(came, nullptr);
  for (std::size_t i = 0; i < std::max(gone.size(), came.size()); ++i) {
    steps.push_back({i < gone.size() ? gone[i] : nullptr, i < came.size() ? came[i] : nullptr});
  }
  return steps;
}

// What a client shows while it applies the items.
class Screen {
 public:
  Screen(const Window& window, ScanOrder order) : order_(order) {
    for (const WindowEntry& entry : window) shown_.push_back(&entry);
  }
  std::uint64_t take_out(const WindowEntry* entry) {
    const auto at = std::ranges::find(shown_, entry);
    const auto offset = static_cast<std::uint64_t>(at - shown_.begin());
    shown_.erase(at);
    return offset;
  }
  std::uint64_t put_in(const WindowEntry* entry) {
    const auto before = [this](const WindowEntry* a, const WindowEntry* b) {
      return order_.before(a->sort_key, b->sort_key);
    };
    const auto at = std::ranges::lower_bound(shown_, entry, before);
    const auto offset = static_cast<std::uint64_t>(at - shown_.begin());
    shown_.insert(at, entry);
    return offset;
  }

 private:
  ScanOrder order_;
  Places shown_;
};

}  // namespace

std::vector<FeedItem> difference(const Window& old_window, const Window& new_window,
                                 ScanOrder order) {
  Places left;
  Places came;
  compare(old_window, new_window, order, left, came);
  std::vector<FeedItem> items;
  if (left.empty() && came.empty()) return items;
  Screen screen(old_window, order);
  for (const Step& step : paired(left, std::move(came))) {
    FeedItem item{.kind = FeedItem::Kind::change};
    if (step.left != nullptr) {
      item.old_value = step.left->row;
      item.old_offset = screen.take_out(step.left);
    }
    if (step.came != nullptr) {
      item.new_value = step.came->row;
      item.new_offset = screen.put_in(step.came);
    }
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace octavo::stream
