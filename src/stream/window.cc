#include "stream/window.h"

#include <algorithm>

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
  for (std::size_t i = 0; i < std::max(left.size(), came.size()); ++i) {
    FeedItem item{.kind = FeedItem::Kind::change};
    if (i < left.size()) {
      item.old_value = left[i]->row;
      item.old_offset = screen.take_out(left[i]);
    }
    if (i < came.size()) {
      item.new_value = came[i]->row;
      item.new_offset = screen.put_in(came[i]);
    }
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace octavo::stream
