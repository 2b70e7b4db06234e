// Changes over a store: what a reader sees of both, what marks take back, and that readers are not
// disturbed by what comes later. Against a map that is copied.

#include "kv/overlay.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "kv/view.h"

namespace octavo::kv {
namespace {

using Model = std::map<Bytes, Bytes>;

Lsn at(std::uint64_t order) { return Lsn::of(0, LsnOrder{order}); }

class OverlayTest : public testing::Test {
 protected:
  void store(const Model& rows) {
    WriteBatch batch;
    for (const auto& [key, value] : rows) batch.put(Family::rows, key, value);
    ASSERT_TRUE(store_->apply(batch, at(++lsn_)));
  }
  void put(BytesView key, BytesView value) { ASSERT_TRUE(overlay_->put(Family::rows, key, value)); }
  void erase(BytesView key) { ASSERT_TRUE(overlay_->erase(Family::rows, key)); }
  View view() { return {*store_, store_->snapshot(), overlay_->view()}; }

  static Model all(const View& view) {
    Model out;
    const auto cursor = view.cursor(Family::rows);
    for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
      out.emplace(cursor->key(), cursor->value());
    }
    EXPECT_TRUE(cursor->status());
    return out;
  }

  std::unique_ptr<Store> store_ = open_memory_store();
  MemoryPool pool_{"pool", kMiB};
  std::shared_ptr<Overlay> overlay_ = std::make_shared<Overlay>(pool_);
  std::uint64_t lsn_ = 0;
};

TEST_F(OverlayTest, LiesOverTheStore) {
  store({{"a", "1"}, {"b", "1"}, {"d", "1"}});
  const View before = view();
  put("b", "2");
  put("c", "2");
  erase("d");
  EXPECT_EQ(all(view()), (Model{{"a", "1"}, {"b", "2"}, {"c", "2"}}));
  EXPECT_EQ(all(before), (Model{{"a", "1"}, {"b", "1"}, {"d", "1"}}));
  Bytes value;
  EXPECT_TRUE(view().get(Family::rows, "b", value).value());
  EXPECT_EQ(value, "2");
  EXPECT_FALSE(view().get(Family::rows, "d", value).value());
  const BytesView keys[] = {"d", "c", "a", "x", "b"};
  std::optional<Bytes> values[5];
  ASSERT_TRUE(view().multi_get(Family::rows, keys, values));
  EXPECT_EQ(values[0], std::nullopt);
  EXPECT_EQ(values[1], "2");
  EXPECT_EQ(values[2], "1");
  EXPECT_EQ(values[3], std::nullopt);
  EXPECT_EQ(values[4], "2");
}

TEST_F(OverlayTest, FamiliesAreApart) {
  put("k", "row");
  EXPECT_FALSE(overlay_->view()->changes(Family::index, {}, {}));
  EXPECT_TRUE(overlay_->view()->changes(Family::rows, "k", "l"));
  EXPECT_FALSE(overlay_->view()->changes(Family::rows, "l", {}));
}

TEST_F(OverlayTest, MarksTakeBackWhatCameAfterThem) {
  put("a", "1");
  const auto first = overlay_->mark();
  put("a", "2");
  put("b", "2");
  const auto second = overlay_->mark();
  erase("a");
  put("b", "3");
  put("b", "4");
  overlay_->undo_to(second);
  EXPECT_EQ(all(view()), (Model{{"a", "2"}, {"b", "2"}}));
  put("c", "3");
  overlay_->undo_to(second);
  overlay_->release(second);
  EXPECT_EQ(all(view()), (Model{{"a", "2"}, {"b", "2"}}));
  overlay_->undo_to(first);
  EXPECT_EQ(all(view()), (Model{{"a", "1"}}));
  EXPECT_FALSE(overlay_->view()->changes(Family::rows, "b", {}));
}

// What nobody looks at any more gives its memory back.
TEST_F(OverlayTest, AnOverwrittenValueIsNotKept) {
  const Bytes large(10 * kKiB, 'x');
  for (int i = 0; i < 1000; ++i) {
    const auto mark = overlay_->mark();
    put("k", large);
    overlay_->release(mark);
  }
  const Bytes huge(2 * kMiB, 'x');
  const Status refused = overlay_->put(Family::rows, "k", huge);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::resource_exhausted);
  EXPECT_EQ(all(view()), (Model{{"k", large}}));
  overlay_.reset();
  EXPECT_EQ(pool_.used(), 0u);
}

// However often a key is written, before a mark and after it, and taken back.
TEST_F(OverlayTest, MemoryIsOfWhatIsKept) {
  const auto first = overlay_->mark();
  put("k", "0");
  const std::size_t before = pool_.used();
  for (int i = 0; i < 20'000; ++i) {
    const auto mark = overlay_->mark();
    put("k", "1");
    put("k", "2");
    erase("l");
    if (i % 2 == 0) overlay_->undo_to(mark);
    overlay_->release(mark);
  }
  EXPECT_LE(pool_.used(), before + MemoryReservation::kStepBytes);
  overlay_->undo_to(first);
  EXPECT_EQ(all(view()), Model());
}

TEST_F(OverlayTest, ACursorStaysAsItIsWhileItsKeyIsWritten) {
  put("a", "1");
  erase("b");
  put("c", "1");
  const View seen = view();
  const auto cursor = seen.cursor(Family::rows);
  cursor->seek_to_first();
  for (int i = 0; i < 100; ++i) {
    const View other = view();  // so that more than one version is kept
    for (const char* key : {"a", "b", "c"}) put(key, std::to_string(i));
    EXPECT_EQ(cursor->value(), "1");
    cursor->next();
    ASSERT_TRUE(cursor->valid());
    EXPECT_EQ(cursor->key(), "c");
    for (const char* key : {"a", "b", "c"}) erase(key);
    EXPECT_EQ(cursor->value(), "1");
    cursor->prev();
    EXPECT_EQ(cursor->key(), "a");
  }
}

// One of the things that may be done with a cursor, on it and on the model.
class BothCursors {
 public:
  BothCursors(const View& view, const Model& model, Bytes lower, Bytes upper)
      : model_(model), lower_(lower), upper_(upper) {
    cursor_ = view.cursor(Family::rows, {.read = {}, .lower = lower, .upper = upper});
  }

  void step(Random& random, const Bytes& target) {
    const bool moves = here_.has_value() && random.below(3) != 0;
    switch (moves ? 4 + random.below(2) : random.below(4)) {
      case 0:
        cursor_->seek(target);
        go(first_from(std::max(target, lower_)));
        break;
      case 1:
        cursor_->seek_for_prev(target);
        go(last_before(target, true));
        break;
      case 2:
        cursor_->seek_to_first();
        go(first_from(lower_));
        break;
      case 3:
        cursor_->seek_to_last();
        go(upper_.empty() ? last_of_all() : last_before(upper_, false));
        break;
      case 4:
        cursor_->next();
        go(model_.upper_bound(*here_));
        break;
      default:
        cursor_->prev();
        go(last_before(*here_, false));
        break;
    }
    ASSERT_EQ(cursor_->valid(), here_.has_value());
    if (!here_) return;
    ASSERT_EQ(cursor_->key(), *here_);
    ASSERT_EQ(cursor_->value(), model_.at(*here_));
  }

 private:
  using At = Model::const_iterator;
  At first_from(const Bytes& key) const { return model_.lower_bound(key); }
  At last_of_all() const { return model_.empty() ? model_.end() : std::prev(model_.end()); }
  At last_before(const Bytes& key, bool inclusive) const {
    At at = inclusive ? model_.upper_bound(key) : model_.lower_bound(key);
    if (!upper_.empty() && key >= upper_) at = model_.lower_bound(upper_);
    return at == model_.begin() ? model_.end() : std::prev(at);
  }
  void go(At at) {
    here_.reset();
    if (at == model_.end() || at->first < lower_) return;
    if (!upper_.empty() && at->first >= upper_) return;
    here_ = at->first;
  }

  const Model& model_;
  Bytes lower_;
  Bytes upper_;
  std::unique_ptr<Cursor> cursor_;
  std::optional<Bytes> here_;
};

Bytes random_key(Random& random) {
  return Bytes(1 + random.below(2), static_cast<char>('a' + random.below(6)));
}

// Random writes, marks and views; every view that is still there is walked in any direction.
TEST_F(OverlayTest, IsAMapThatRemembers) {
  Random random(11);
  for (int round = 0; round < 300; ++round) {
    store_ = open_memory_store();
    overlay_ = std::make_shared<Overlay>(pool_);
    Model model;
    for (std::uint64_t i = random.below(12); i > 0; --i) model[random_key(random)] = "stored";
    store(model);
    struct Seen {
      View view;
      Model model;
    };
    std::vector<Seen> seen;
    std::vector<std::pair<Overlay::Moment, Model>> marks;
    for (int step = 0; step < 60; ++step) {
      const Bytes key = random_key(random);
      const Bytes value = std::to_string(step);
      switch (random.below(12)) {
        case 0: marks.emplace_back(overlay_->mark(), model); break;
        case 1:
          if (marks.empty()) break;
          seen.clear();  // those after the mark lose what they saw
          for (std::size_t kept = 1 + random.below(marks.size()); marks.size() > kept;) {
            overlay_->release(marks.back().first);
            marks.pop_back();
          }
          overlay_->undo_to(marks.back().first);
          model = marks.back().second;
          ASSERT_EQ(all(view()), model);
          break;
        case 2:
          if (marks.empty()) break;
          overlay_->release(marks.back().first);
          marks.pop_back();
          break;
        case 3: seen.push_back({view(), model}); break;
        case 4:
          if (!seen.empty()) {
            seen.erase(seen.begin() + static_cast<std::ptrdiff_t>(random.below(seen.size())));
          }
          break;
        case 5:
        case 6:
          model.erase(key);
          erase(key);
          break;
        default:
          model[key] = value;
          put(key, value);
          break;
      }
    }
    seen.push_back({view(), model});
    for (const Seen& moment : seen) {
      ASSERT_EQ(all(moment.view), moment.model);
      const Bytes lower = random.below(2) == 0 ? Bytes() : random_key(random);
      const Bytes upper = random.below(2) == 0 ? Bytes() : random_key(random);
      if (!upper.empty() && lower >= upper) continue;
      BothCursors both(moment.view, moment.model, lower, upper);
      for (int step = 0; step < 40; ++step) {
        both.step(random, random_key(random));
        if (HasFatalFailure()) return;
        if (random.below(3) == 0) put(random_key(random), "later");
      }
    }
  }
}

}  // namespace
}  // namespace octavo::kv
