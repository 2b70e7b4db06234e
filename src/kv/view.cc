#include "kv/view.h"

#include <algorithm>
#include <vector>

#include "base/assert.h"

namespace octavo::kv {

// The cursor of a store and the changes over it, as one. A key that both have is as the changes
// have it.
class MergedCursor final : public Cursor {
 public:
  MergedCursor(std::unique_ptr<Cursor> base, std::shared_ptr<const OverlayView> own, Family family,
               CursorOptions bounds)
      : base_(std::move(base)), own_(std::move(own), family, std::move(bounds)) {}

  void seek(BytesView target) override {
    base_->seek(target);
    own_.seek(target);
    settle(true);
  }
  void seek_for_prev(BytesView target) override {
    base_->seek_for_prev(target);
    own_.seek_for_prev(target);
    settle(false);
  }
  void seek_to_first() override {
    base_->seek_to_first();
    own_.seek_to_first();
    settle(true);
  }
  void seek_to_last() override {
    base_->seek_to_last();
    own_.seek_to_last();
    settle(false);
  }
  void next() override { step(true); }
  void prev() override { step(false); }

  bool valid() const override { return valid_; }
  BytesView key() const override { return on_base_ ? base_->key() : own_.key(); }
  BytesView value() const override { return on_base_ ? base_->value() : own_.value(); }
  Status status() const override { return base_->status(); }

 private:
  // The changes alone, erased keys too.
  class Own {
   public:
    Own(std::shared_ptr<const OverlayView> view, Family family, CursorOptions bounds)
        : view_(std::move(view)),
          keys_(view_->table(family)),
          lower_(std::move(bounds.lower)),
          upper_(std::move(bounds.upper)),
          at_(keys_.end()) {}

    void seek(BytesView target) {
      at_ = keys_.lower_bound(std::max(target, BytesView(lower_)));
      find_forward();
    }
    void seek_for_prev(BytesView target) {
      if (!upper_.empty() && target >= upper_) return seek_to_last();
      at_ = keys_.upper_bound(target);
      find_backward();
    }
    void seek_to_first() { seek(lower_); }
    void seek_to_last() {
      at_ = upper_.empty() ? keys_.end() : keys_.lower_bound(upper_);
      find_backward();
    }
    void next() {
      ++at_;
      find_forward();
    }
    void prev() { find_backward(); }

    bool valid() const { return valid_; }
    BytesView key() const { return at_->first; }
    bool erased() const { return value_ == nullptr; }
    BytesView value() const { return *value_; }

   private:
    // What is written from now on moves versions, and keys stay.
    bool look() {
      const Overlay::Version* const version = view_->at_moment(at_->second);
      valid_ = version != nullptr;
      value_ = valid_ ? version->value : nullptr;
      return valid_;
    }
    void find_forward() {
      for (valid_ = false; at_ != keys_.end(); ++at_) {
        if (!upper_.empty() && at_->first >= upper_) return;
        if (look()) return;
      }
    }
    // To the last one before `at_`.
    void find_backward() {
      valid_ = false;
      while (at_ != keys_.begin()) {
        --at_;
        if (at_->first < lower_) return;
        if (look()) return;
      }
    }

    std::shared_ptr<const OverlayView> view_;
    const Overlay::Table& keys_;
    Bytes lower_;
    Bytes upper_;
    Overlay::Table::const_iterator at_;
    bool valid_ = false;
    std::shared_ptr<const Bytes> value_;  // null: erased
  };

  void step(bool forward) {
    ASSERT(valid_);
    if (forward != forward_) {
      turn(forward);
    } else if (on_base_) {
      forward ? base_->next() : base_->prev();
    } else {
      forward ? own_.next() : own_.prev();
    }
    settle(forward);
  }

  // Both go to where they would be, had they come from the other side.
  void turn(bool forward) {
    const Bytes here(key());
    if (forward) {
      base_->seek(here);
      own_.seek(here);
    } else {
      base_->seek_for_prev(here);
      own_.seek_for_prev(here);
    }
    if (base_->valid() && base_->key() == here) forward ? base_->next() : base_->prev();
    if (own_.valid() && own_.key() == here) forward ? own_.next() : own_.prev();
  }

  // Which of the two is next; what was erased hides what the store has.
  void settle(bool forward) {
    forward_ = forward;
    for (;;) {
      const bool base = base_->valid();
      valid_ = base || (own_.valid() && base_->status());
      if (!valid_) return;
      on_base_ = !own_.valid();
      if (on_base_) return;
      if (base) {
        const auto order = own_.key() <=> base_->key();
        on_base_ = forward ? order > 0 : order < 0;
        if (on_base_) return;
        if (order == 0) forward ? base_->next() : base_->prev();
      }
      if (!own_.erased()) return;
      forward ? own_.next() : own_.prev();
    }
  }

  std::unique_ptr<Cursor> base_;
  Own own_;
  bool forward_ = true;
  bool on_base_ = true;
  bool valid_ = false;
};

Result<bool> View::get(Family family, BytesView key, Bytes& value, ReadOptions options) const {
  if (notes_ != nullptr) notes_->key(family, key);
  if (own_ != nullptr) {
    const OverlayView::Entry own = own_->find(family, key);
    if (own.found == OverlayView::Found::value) value.assign(own.value);
    if (own.found != OverlayView::Found::nothing) return own.found == OverlayView::Found::value;
  }
  options.snapshot = snapshot_.get();
  return store_->get(family, key, value, options);
}

Status View::multi_get(Family family, std::span<const BytesView> keys,
                       std::span<std::optional<Bytes>> values, ReadOptions options) const {
  if (notes_ != nullptr) {
    for (const BytesView key : keys) notes_->key(family, key);
  }
  options.snapshot = snapshot_.get();
  if (own_ == nullptr) return store_->multi_get(family, keys, values, options);
  std::vector<BytesView> stored;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const OverlayView::Entry own = own_->find(family, keys[i]);
    switch (own.found) {
      case OverlayView::Found::value: values[i] = Bytes(own.value); break;
      case OverlayView::Found::erased: values[i].reset(); break;
      case OverlayView::Found::nothing:
        stored.push_back(keys[i]);
        places.push_back(i);
        break;
    }
  }
  if (stored.empty()) return {};
  std::vector<std::optional<Bytes>> found(stored.size());
  TRY_STATUS(store_->multi_get(family, stored, found, options));
  for (std::size_t i = 0; i < places.size(); ++i) values[places[i]] = std::move(found[i]);
  return {};
}

std::unique_ptr<Cursor> View::cursor(Family family, CursorOptions options) const {
  note_range(family, options.lower, options.upper);
  options.read.snapshot = snapshot_.get();
  if (own_ == nullptr || !own_->changes(family, options.lower, options.upper)) {
    return store_->cursor(family, std::move(options));
  }
  CursorOptions bounds{.read = {}, .lower = options.lower, .upper = options.upper};
  auto base = store_->cursor(family, std::move(options));
  return std::make_unique<MergedCursor>(std::move(base), own_, family, std::move(bounds));
}

}  // namespace octavo::kv
