#include <algorithm>
#include <optional>

#include "exec/accumulator.h"
#include "exec/join_pair.h"
#include "exec/join_table.h"
#include "exec/operators.h"
#include "value/order_key.h"

namespace octavo::exec {
namespace {

using algebra::JoinKind;
using value::Value;

// Holds the rows of one side by their keys, then reads the other one. Without keys each row meets
// all that are held.
class HashJoinOperator final : public Operator {
 public:
  HashJoinOperator(const algebra::Join& join, OperatorPtr left, OperatorPtr right,
                   const OperatorContext& context)
      : join_(join),
        holds_left_(join.hold_left && join.kind != JoinKind::mark && !join.null_aware),
        to_hold_(std::move(holds_left_ ? left : right)),
        read_from_(std::move(holds_left_ ? right : left)),
        context_(context),
        memory_(context.query),
        held_(context.query) {}

  Status next(std::size_t max_rows, Rows& out) override {
    if (to_hold_ != nullptr) TRY_STATUS(hold());
    const std::size_t full = out.size() + max_rows;
    const std::size_t before = out.size();
    const function::BatchBytes bytes(context_.query.evaluation);
    while (out.size() < full && (out.size() == before || !bytes.enough())) {
      if (probing_) {
        TRY_STATUS(take_matches(full, out));
        continue;
      }
      if (read_from_ == nullptr) return take_unmatched(full, out);
      TRY(const bool more, next_row(full - out.size()));
      if (more) {
        TRY_STATUS(probe());
      } else {
        read_from_.reset();
      }
    }
    return {};
  }

 private:
  using Place = JoinTable::Place;

  // --- What is held ---

  Status hold() {
    const bool as_keys = !needs_held_rows();
    Rows batch;
    do {
      TRY_STATUS(context_.query.check());
      batch.clear();
      TRY_STATUS(to_hold_->next(kBatchRows, batch));
      for (Value& row : batch) {
        TRY(const bool has_key, find_key(row, holds_left_));
        if (!has_key && !join_.keys.empty() && !keeps_without_key()) continue;
        TRY_STATUS(held_.add(as_keys ? Value() : std::move(row),
                             has_key ? std::optional<BytesView>(key_) : std::nullopt));
      }
    } while (!batch.empty());
    to_hold_.reset();
    TRY_STATUS(held_.finish());
    if (holds_left_) {
      TRY_STATUS(memory_.add(held_.rows()));
      matched_.assign(held_.rows(), false);
    }
    const bool needs_match = join_.kind == JoinKind::inner || join_.kind == JoinKind::semi;
    if (held_.rows() == 0 && (holds_left_ || needs_match)) read_from_.reset();
    return {};
  }

  // Else only their keys are looked at.
  bool needs_held_rows() const {
    return holds_left_ || join_.kind == JoinKind::inner || join_.kind == JoinKind::left ||
           join_.condition != nullptr || (join_.null_aware && join_.keys.size() > 1);
  }
  // A held row of which a key is null matches nothing.
  bool keeps_without_key() const {
    if (!holds_left_) return join_.null_aware;
    return join_.kind == JoinKind::left || join_.kind == JoinKind::anti;
  }

  // One key of a row; null where it is missing.
  Result<Value> part_of_key(std::size_t i, const Value& row, bool is_left) {
    const algebra::ExprPtr& part = is_left ? join_.keys[i].left : join_.keys[i].right;
    TRY(auto found, unless_missing(function::evaluate_lambda(part, std::span(&row, 1),
                                                             context_.query.evaluation)));
    return found ? *std::move(found) : Value();
  }

  // Makes `key_` that of the row. False: there are none, or one is null.
  Result<bool> find_key(const Value& row, bool is_left) {
    key_.clear();
    bool has_null = false;
    for (std::size_t i = 0; i < join_.keys.size() && (!has_null || join_.null_aware); ++i) {
      TRY(const Value part, part_of_key(i, row, is_left));
      has_null = has_null || part.is_null();
      value::encode_order_key(part, join_.order, key_);
    }
    return !has_null && !join_.keys.empty();
  }

  // --- Rows that are read, one by one ---

  Result<bool> next_row(std::size_t wanted) {
    TRY_STATUS(context_.query.check());
    if (at_ == batch_.size()) {
      batch_.clear();
      at_ = 0;
      TRY_STATUS(read_);
      read_ = read_from_->next(std::min(wanted, kBatchRows), batch_);
      if (batch_.empty() && read_) return false;
      if (batch_.empty()) return fail(read_.error());
    }
    row_ = std::move(batch_[at_++]);
    return true;
  }

  Status probe() {
    TRY(has_key_, find_key(row_, !holds_left_));
    if (join_.keys.empty()) {
      candidate_ = held_.rows() == 0 ? JoinTable::kNone : 0;
    } else {
      candidate_ = has_key_ ? held_.find(key_) : JoinTable::kNone;
    }
    found_ = false;
    probing_ = true;
    return {};
  }

  Place after(Place place) const {
    if (!join_.keys.empty()) return held_.next(place, key_);
    return place + 1 == held_.rows() ? JoinTable::kNone : place + 1;
  }

  Status take_matches(std::size_t full, Rows& out) {
    while (candidate_ != JoinTable::kNone) {
      if (out.size() == full) return {};
      TRY_STATUS(context_.query.check());
      const Place place = candidate_;
      candidate_ = after(place);
      TRY_STATUS(try_match(place, out));
    }
    if (out.size() == full) return {};
    probing_ = false;
    return holds_left_ ? Status() : end_matches(out);
  }

  // Puts out what a match makes, if it is one.
  Status try_match(Place place, Rows& out) {
    const bool makes_pairs = join_.kind == JoinKind::inner || join_.kind == JoinKind::left;
    if (holds_left_ && !makes_pairs && matched_[place]) return {};
    Value both;
    if (makes_pairs || join_.condition != nullptr) both = pair_with(place);
    TRY(const bool holds, is_match(both));
    if (!holds) return {};
    found_ = true;
    if (makes_pairs) out.push_back(std::move(both));
    if (holds_left_) {
      if (join_.kind == JoinKind::semi) out.push_back(held_[place]);
      matched_[place] = true;
    } else if (!makes_pairs) {
      candidate_ = JoinTable::kNone;  // one is enough
    }
    return {};
  }

  Value pair_with(Place place) const {
    return holds_left_ ? join_pair(held_[place], row_) : join_pair(row_, held_[place]);
  }
  Result<bool> is_match(const Value& both) {
    if (join_.condition == nullptr) return true;
    TRY(const Value holds,
        function::evaluate_lambda(join_.condition, std::span(&both, 1), context_.query.evaluation));
    return holds == Value::boolean(true);
  }

  // What the row is put out as once it has met all that are held.
  Status end_matches(Rows& out) {
    switch (join_.kind) {
      case JoinKind::inner: return {};
      case JoinKind::left:
        if (!found_) out.push_back(join_pair(row_, Value()));
        return {};
      case JoinKind::semi:
        if (found_) out.push_back(std::move(row_));
        return {};
      case JoinKind::anti: {
        TRY(const bool may_match, found_ ? Result<bool>(true) : this->may_match());
        if (!may_match) out.push_back(std::move(row_));
        return {};
      }
      case JoinKind::mark: {
        TRY(const bool may_match, found_ ? Result<bool>(true) : this->may_match());
        const bool is_unknown = !found_ && may_match;
        out.push_back(join_pair(row_, is_unknown ? Value() : Value::boolean(found_)));
        return {};
      }
    }
    return {};
  }

  // Whether the row, which has no match, would have one if nulls among keys were other values.
  Result<bool> may_match() {
    if (!join_.null_aware || join_.keys.empty() || held_.rows() == 0) return false;
    Place place = has_key_ ? held_.first_without_key() : 0;
    while (place != JoinTable::kNone) {
      TRY_STATUS(context_.query.check());
      TRY(const bool may_be, may_equal(place));
      if (may_be) {
        TRY(const bool holds, is_match(join_.condition == nullptr ? Value() : pair_with(place)));
        if (holds) return true;
      }
      if (has_key_) {
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
      TRY(const Value left, part_of_key(i, row_, true));
      if (left.is_null()) continue;
      TRY(const Value right, part_of_key(i, held_[place], false));
      if (!right.is_null() && value::compare(left, right, join_.order) != 0) return false;
    }
    return true;
  }

  // Held rows that none of the others has matched.
  Status take_unmatched(std::size_t full, Rows& out) {
    if (!holds_left_) return {};
    if (join_.kind != JoinKind::left && join_.kind != JoinKind::anti) return {};
    for (; unmatched_ < held_.rows() && out.size() < full; ++unmatched_) {
      TRY_STATUS(context_.query.check());
      if (matched_[unmatched_]) continue;
      const Value& row = held_[unmatched_];
      out.push_back(join_.kind == JoinKind::left ? join_pair(row, Value()) : row);
    }
    return {};
  }

  algebra::Join join_;
  bool holds_left_;
  OperatorPtr to_hold_;    // null: all of it is held
  OperatorPtr read_from_;  // null: all of it was read
  OperatorContext context_;
  MemoryCharge memory_;
  JoinTable held_;
  std::vector<bool> matched_;  // of held rows, where they are the left ones
  Place unmatched_ = 0;        // what is put out in the end: up to this one
  Rows batch_;
  std::size_t at_ = 0;
  Status read_;  // what comes after the batch
  Value row_;    // the one that was read, its key, and
  Bytes key_;
  bool has_key_ = false;
  bool probing_ = false;
  Place candidate_ = JoinTable::kNone;  // the next one that it has to meet
  bool found_ = false;                  // it has a match
};

}  // namespace

OperatorPtr make_hash_join(const algebra::Join& join, OperatorPtr left, OperatorPtr right,
                           const OperatorContext& context) {
  return std::make_unique<HashJoinOperator>(join, std::move(left), std::move(right), context);
}

}  // namespace octavo::exec
