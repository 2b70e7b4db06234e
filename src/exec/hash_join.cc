#include <algorithm>
#include <optional>

#include "exec/hold_limit.h"
#include "exec/join_pair.h"
#include "exec/join_side.h"
#include "exec/join_table.h"
#include "exec/operators.h"

namespace octavo::exec {
namespace {

using algebra::JoinKind;
using value::Value;

// Holds the rows of one side by their keys, then reads the other one. Without keys each row meets
// all that are held.
//
// Rows to hold that are too many are written to disk, and so are all of the other side. Divided by
// their keys they are joined part by part, and a part that is still too large is divided again.
// What division does not make smaller (one key, or no keys) is joined with some of the held rows
// after the other: each time those of the other side are read that are not done yet.
class HashJoinOperator final : public Operator {
 public:
  HashJoinOperator(const algebra::Join& join, OperatorPtr left, OperatorPtr right,
                   const OperatorContext& context)
      : join_(join),
        holds_left_(join.hold_left && join.kind != JoinKind::mark && !join.null_aware),
        query_(context.query),
        limit_(context),
        to_hold_(join_side(join_, holds_left_, std::move(holds_left_ ? left : right), query_)),
        read_from_(join_side(join_, !holds_left_, std::move(holds_left_ ? right : left), query_)),
        memory_(query_),
        held_(query_) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (to_hold_ != nullptr) TRY_STATUS(start());
    const std::size_t full = out.size() + max_rows;
    const std::size_t before = out.size();
    const function::BatchBytes bytes(query_.evaluation);
    while (out.size() < full && (out.size() == before || !bytes.enough())) {
      if (probing_) {
        TRY_STATUS(take_matches(full, out));
      } else if (read_from_ != nullptr) {
        TRY_STATUS(query_.check());
        TRY(const bool more, read_from_->next(full - out.size(), row_));
        if (more) {
          probe();
        } else {
          read_from_.reset();
        }
      } else if (gives_unmatched() && unmatched_ < held_.rows()) {
        TRY_STATUS(take_unmatched(full, out));
      } else {
        TRY(const bool more, next_pass());
        if (!more) return {};
      }
    }
    return {};
  }

 private:
  using Place = JoinTable::Place;

  // What the kind of the join says.
  bool makes_pairs() const { return join_.kind == JoinKind::inner || join_.kind == JoinKind::left; }
  // Rows that are read and have no match are not put out.
  bool needs_match() const {
    return holds_left_ || join_.kind == JoinKind::inner || join_.kind == JoinKind::semi;
  }
  // Held rows that have none are.
  bool gives_unmatched() const {
    return holds_left_ && (join_.kind == JoinKind::left || join_.kind == JoinKind::anti);
  }
  // Else only their keys are looked at.
  bool needs_held_rows() const {
    return holds_left_ || makes_pairs() || join_.condition != nullptr ||
           (join_.null_aware && !one_key_alone());
  }
  // A null on either side may be any value, and that is all there is to know of it.
  bool one_key_alone() const { return join_.keys.size() == 1 && join_.condition == nullptr; }

  // --- What is held ---

  Status start() {
    TRY(const bool all, hold(*to_hold_));
    if (!all) return write_both();
    to_hold_.reset();
    return begin_pass();
  }

  // A row without a key matches nothing, but for what nulls may be.
  bool wants_held(const JoinRow& row) const {
    return row.has_key || join_.keys.empty() ||
           (holds_left_ ? gives_unmatched() : join_.null_aware);
  }
  bool wants_read(const JoinRow& row) const {
    return row.has_key || join_.keys.empty() || join_.null_aware || !needs_match();
  }
  // The next row of a side that is wanted of it.
  Result<bool> next_held(JoinSide& side) {
    do {
      TRY_STATUS(query_.check());
      TRY(const bool more, side.next(kBatchRows, row_));
      if (!more) return false;
    } while (!wants_held(row_));
    any_held_ = true;
    if (!row_.has_key) any_without_key_ = true;
    if (!needs_held_rows()) row_.row = Value();
    return true;
  }

  // False when they are as many as may be held, and there may be more.
  Result<bool> hold(JoinSide& side) {
    while (held_.rows() == 0 || !limit_.reached(held_.bytes(), held_.room())) {
      TRY(const bool more, next_held(side));
      if (!more) return true;
      TRY_STATUS(held_.add(std::move(row_.row),
                           row_.has_key ? std::optional<BytesView>(row_.key) : std::nullopt));
    }
    return false;
  }
  void drop_held() {
    held_ = JoinTable(query_);
    matched_ = {};
    memory_ = MemoryCharge(query_);
    unmatched_ = 0;
  }

  // Rows of `read_from_` meet those that are held.
  Status begin_pass() {
    TRY_STATUS(held_.finish());
    if (holds_left_) {
      TRY_STATUS(memory_.add(held_.rows()));
      matched_.assign(held_.rows(), false);
    }
    if (held_.rows() == 0 && needs_match()) read_from_.reset();
    return {};
  }

  // --- What is on disk ---

  // Both sides, of rows with the same hash where they were divided.
  struct Part {
    std::shared_ptr<RowFile> held;  // null: none
    std::shared_ptr<RowFile> read;
    unsigned level = 0;         // how many times they were divided
    bool all_the_same = false;  // the last time held rows all came into this one
  };
  // Where to divide them; unset: it is of no use.
  std::optional<unsigned> level_of(const Part& part) const {
    const bool may_divide = !join_.keys.empty() && (!join_.null_aware || one_key_alone());
    if (!may_divide || part.all_the_same || part.level == SpillPartitions::kLevels) {
      return std::nullopt;
    }
    return part.level;
  }

  Status write_both() {
    const Part all;
    JoinWriter held(level_of(all), query_);
    std::uint64_t rows = held_.rows();
    for (Place place = 0; place < held_.rows(); ++place) {
      TRY_STATUS(query_.check());
      const auto key = held_.key(place);
      row_ = {.row = held_[place], .key = Bytes(key.value_or("")), .has_key = key.has_value()};
      TRY_STATUS(held.add(row_));
    }
    drop_held();
    TRY(const std::uint64_t further, write_held(*to_hold_, held));
    rows += further;
    to_hold_.reset();
    TRY(auto files, held.finish());
    TRY_STATUS(write_parts(all, rows, std::move(files), *read_from_));
    read_from_.reset();
    return {};
  }
  Result<std::uint64_t> write_held(JoinSide& side, JoinWriter& to) {
    for (std::uint64_t rows = 0;; ++rows) {
      TRY(const bool more, next_held(side));
      if (!more) return rows;
      TRY_STATUS(to.add(row_));
    }
  }
  // Of `rows` held ones, which are written; writes those that they meet as well.
  Status write_parts(const Part& of, std::uint64_t rows, SpillPartitions::Files held,
                     JoinSide& to_read) {
    const auto level = level_of(of);
    JoinWriter read(level, query_);
    for (;;) {
      TRY_STATUS(query_.check());
      TRY(const bool more, to_read.next(kBatchRows, row_));
      if (!more) break;
      if (wants_read(row_)) TRY_STATUS(read.add(row_));
    }
    TRY(auto read_files, read.finish());
    for (std::size_t i = 0; i < held.size(); ++i) {
      const bool all_the_same = held[i] != nullptr && held[i]->rows() == rows;
      if (held[i] == nullptr && needs_match()) continue;
      if (read_files[i] == nullptr && !gives_unmatched()) continue;
      parts_.push_back({.held = std::move(held[i]),
                        .read = std::move(read_files[i]),
                        .level = of.level + 1,
                        .all_the_same = all_the_same});
    }
    return {};
  }
  Status divide(const Part& part) {
    drop_held();
    JoinWriter held(level_of(part), query_);
    const auto to_hold = join_side(part.held, query_);
    TRY(const std::uint64_t rows, write_held(*to_hold, held));
    TRY(auto files, held.finish());
    const auto to_read = join_side(part.read, query_);
    return write_parts(part, rows, std::move(files), *to_read);
  }

  // Makes ready the rows that meet next. False: there are none.
  Result<bool> next_pass() {
    drop_held();
    const bool goes_on = rest_to_hold_ != nullptr;
    if (!goes_on) {
      if (parts_.empty()) return false;
      part_ = std::move(parts_.back());
      parts_.pop_back();
      rest_to_hold_ = join_side(part_.held, query_);
    } else if (not_done_ != nullptr) {
      TRY(auto files, not_done_->finish());
      not_done_.reset();
      part_.read = std::move(files.front());
      if (part_.read == nullptr) {
        rest_to_hold_.reset();
        return true;
      }
    }
    TRY(last_pass_, hold(*rest_to_hold_));
    if (!last_pass_ && !goes_on && level_of(part_)) {
      rest_to_hold_.reset();
      TRY_STATUS(divide(part_));
      return true;
    }
    if (last_pass_) rest_to_hold_.reset();
    if (!last_pass_ && !holds_left_ && join_.kind != JoinKind::inner) {
      not_done_ = std::make_unique<JoinWriter>(std::nullopt, query_);
    }
    read_from_ = join_side(part_.read, query_);
    TRY_STATUS(begin_pass());
    return true;
  }

  // --- Rows that are read, one by one ---

  void probe() {
    if (join_.keys.empty()) {
      candidate_ = held_.rows() == 0 ? JoinTable::kNone : 0;
    } else {
      candidate_ = row_.has_key ? held_.find(row_.key) : JoinTable::kNone;
    }
    probing_ = true;
  }

  Place after(Place place) const {
    if (!join_.keys.empty()) return held_.next(place, row_.key);
    return place + 1 == held_.rows() ? JoinTable::kNone : place + 1;
  }

  Status take_matches(std::size_t full, Rows& out) {
    while (candidate_ != JoinTable::kNone) {
      if (out.size() == full) return {};
      TRY_STATUS(query_.check());
      const Place place = candidate_;
      candidate_ = after(place);
      TRY_STATUS(try_match(place, out));
    }
    if (out.size() == full) return {};
    probing_ = false;
    if (holds_left_) return {};
    return last_pass_ ? end_matches(out) : end_some_matches(out);
  }

  // Puts out what a match makes, if it is one.
  Status try_match(Place place, Rows& out) {
    if (holds_left_ && !makes_pairs() && matched_[place]) return {};
    Value both;
    if (makes_pairs() || join_.condition != nullptr) both = pair_with(place);
    TRY(const bool holds, is_match(both));
    if (!holds) return {};
    row_.found = true;
    if (makes_pairs()) out.push_back(std::move(both));
    if (holds_left_) {
      if (join_.kind == JoinKind::semi) out.push_back(held_[place]);
      matched_[place] = true;
    } else if (!makes_pairs()) {
      candidate_ = JoinTable::kNone;  // one is enough
    }
    return {};
  }

  Value pair_with(Place place) const {
    return holds_left_ ? join_pair(held_[place], row_.row) : join_pair(row_.row, held_[place]);
  }
  Result<bool> is_match(const Value& both) {
    if (join_.condition == nullptr) return true;
    TRY(const Value holds,
        function::evaluate_lambda(join_.condition, std::span(&both, 1), query_.evaluation));
    return holds == Value::boolean(true);
  }

  // What the row is put out as once it has met all that are held.
  Status end_matches(Rows& out) {
    switch (join_.kind) {
      case JoinKind::inner: return {};
      case JoinKind::left:
        if (!row_.found) out.push_back(join_pair(row_.row, Value()));
        return {};
      case JoinKind::semi:
        if (row_.found) out.push_back(std::move(row_.row));
        return {};
      case JoinKind::anti: {
        TRY(const bool may_match, row_.found ? Result<bool>(true) : this->may_match());
        if (!may_match) out.push_back(std::move(row_.row));
        return {};
      }
      case JoinKind::mark: {
        TRY(const bool may_match, row_.found ? Result<bool>(true) : this->may_match());
        const bool is_unknown = !row_.found && may_match;
        out.push_back(join_pair(row_.row, is_unknown ? Value() : Value::boolean(row_.found)));
        return {};
      }
    }
    return {};
  }
  // The same where it will meet others: what is known now is put out, else it is kept for then.
  Status end_some_matches(Rows& out) {
    if (join_.kind == JoinKind::inner) return {};
    if (row_.found && join_.kind != JoinKind::left) return end_matches(out);
    if (!row_.found) {
      TRY(row_.may_match, may_match());
    }
    return not_done_->add(row_);
  }

  // Whether the row, which has no match, would have one if nulls among keys were other values.
  Result<bool> may_match() {
    if (row_.may_match) return true;
    if (!join_.null_aware || join_.keys.empty()) return false;
    if (one_key_alone()) return row_.has_key ? any_without_key_ : any_held_;
    if (held_.rows() == 0) return false;
    Place place = row_.has_key ? held_.first_without_key() : 0;
    while (place != JoinTable::kNone) {
      TRY_STATUS(query_.check());
      TRY(const bool may_be, may_equal(place));
      if (may_be) {
        TRY(const bool holds, is_match(join_.condition == nullptr ? Value() : pair_with(place)));
        if (holds) return true;
      }
      if (row_.has_key) {
        place = held_.next_without_key(place);
      } else {
        place = place + 1 == held_.rows() ? JoinTable::kNone : place + 1;
      }
    }
    return false;
  }

  // Whether all keys are equal but for nulls, of which there is one.
  Result<bool> may_equal(Place place) {
    if (join_.keys.size() == 1) return true;
    for (std::size_t i = 0; i < join_.keys.size(); ++i) {
      TRY(const Value left, part_of_key(join_, i, row_.row, true, query_));
      if (left.is_null()) continue;
      TRY(const Value right, part_of_key(join_, i, held_[place], false, query_));
      if (!right.is_null() && value::compare(left, right, join_.order) != 0) return false;
    }
    return true;
  }

  // Held rows that none of the others has matched.
  Status take_unmatched(std::size_t full, Rows& out) {
    for (; unmatched_ < held_.rows() && out.size() < full; ++unmatched_) {
      TRY_STATUS(query_.check());
      if (matched_[unmatched_]) continue;
      const Value& row = held_[unmatched_];
      out.push_back(join_.kind == JoinKind::left ? join_pair(row, Value()) : row);
    }
    return {};
  }

  algebra::Join join_;
  bool holds_left_;
  QueryContext& query_;
  HoldLimit limit_;
  std::unique_ptr<JoinSide> to_hold_;    // of the input; null: all of it was read
  std::unique_ptr<JoinSide> read_from_;  // null: all that meet those that are held were read
  MemoryCharge memory_;
  JoinTable held_;
  std::vector<bool> matched_;     // of held rows, where they are the left ones
  Place unmatched_ = 0;           // what is put out in the end: up to this one
  bool any_held_ = false;         // there are such rows, now or at any time before
  bool any_without_key_ = false;  // the same of one key alone
  JoinRow row_;                   // that was read last
  bool probing_ = false;
  Place candidate_ = JoinTable::kNone;  // the next one that it has to meet

  std::vector<Part> parts_;
  Part part_;                               // that is being joined
  std::unique_ptr<JoinSide> rest_to_hold_;  // of it; null: all of it has been held
  bool last_pass_ = true;                   // rows that are read meet no others behind these
  std::unique_ptr<JoinWriter> not_done_;    // rows that will
};

}  // namespace

OperatorPtr make_hash_join(const algebra::Join& join, OperatorPtr left, OperatorPtr right,
                           const OperatorContext& context) {
  return std::make_unique<HashJoinOperator>(join, std::move(left), std::move(right), context);
}

}  // namespace octavo::exec
