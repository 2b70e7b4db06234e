#include "exec/lookup_fields.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "exec/held_columns.h"
#include "exec/join_requests.h"
#include "exec/join_table.h"
#include "exec/key_index.h"
#include "exec/keyed_columns.h"
#include "exec/profile.h"

namespace octavo::exec {
namespace {

using algebra::LookupJoin;
using value::Value;
using value::Vector;

// How many outer rows are looked up at once, at first: nobody knows yet how many matches one has.
// Of whom wants fewer than these one at first.
constexpr std::size_t kFirstRows = 8;
// Matches that are held. Where those of one look would be more, fewer outer rows are looked up at
// once; of one row more are not held, but passed on. Those of earlier looks stay as long as there
// is room, for keys that come again.
constexpr std::size_t kMostHeldRows = 16'384;
constexpr std::size_t kMostHeldBytes = 4 * kMiB;
// Of so many outer rows one has to have a key that is known, or nothing stays.
constexpr std::size_t kRowsOfKnown = 4;

class LookupFields final : public FieldCursor {
 public:
  // `key`: of the table's rows. `right`: what is read of those; where the key is a field, it is the
  // last one.
  LookupFields(const LookupJoin& join, std::span<const value::FieldRequest> requests,
               std::vector<OutColumn> out, std::unique_ptr<KeyedColumns> outer, KeyOfRow key,
               std::vector<value::FieldRequest> right, const OperatorContext& context)
      : join_(join),
        context_(context),
        schema_(schema_of(requests)),
        out_(std::move(out)),
        outer_(std::move(outer)),
        key_(std::move(key)),
        right_(std::move(right)),
        table_(context.query),
        known_(context.query) {
    const auto* const node = context.profiled == nullptr ? nullptr : context.profiled->find(join);
    if (node != nullptr) work_ = node->work;
  }

  Result<std::size_t> next(std::size_t max_rows) override {
    rows_.clear();
    places_.clear();
    while (rows_.empty()) {
      TRY_STATUS(context_.query.check());
      if (only_ != nullptr) {
        TRY_STATUS(match_only(max_rows));
      } else if (at_ < end_) {
        match(max_rows);
      } else if (end_ < outer_->rows().size()) {
        if (at_once_ == 0) at_once_ = max_rows < kFirstRows ? 1 : kFirstRows;
        TRY_STATUS(look_up());
      } else {
        // What is told of rows that nobody asked for must not be told.
        if (context_.query.evaluation.notes != nullptr) {
          outer_->at_most(max_rows < kBatchRows ? max_rows : value::kBatchRows);
        }
        TRY(const bool more, outer_->next());
        if (!more) return 0U;
        at_ = end_ = 0;
      }
    }
    TRY_STATUS(make_batch());
    return rows_.size();
  }

  void read_ahead() override { outer_->read_ahead(); }

  const value::Batch& batch() const override { return batch_; }
  void keep_documents(bool) override {}
  Result<std::vector<Value>> documents(std::span<const std::uint16_t>) override {
    return fail(Code::corrupt, "A field of a joined row cannot be read.");
  }
  Result<BytesView> encoded(std::uint16_t) override {
    return fail(Code::internal, "A joined row does not lie as a document.");
  }

 private:
  using Place = HeldColumn::Place;
  static constexpr Place kNone = HeldColumn::kNone;
  static constexpr KeyIndex::Number kNoKey = ~KeyIndex::Number{0};

  Result<std::unique_ptr<KeyedColumns>> open(std::vector<Value> keys) const {
    algebra::Scan scan{.table = join_.table,
                       .index = join_.index,
                       .keys = algebra::KeySet{std::move(keys)},
                       .order = {}};
    KeyedColumns::Wanted wanted{.keys = {}, .key_column = {}, .columns = right_};
    if (key_.function != nullptr) {
      wanted.keys.push_back(key_.function);
    } else {
      wanted.key_column = right_.size() - 1;
    }
    TRY(auto opened,
        KeyedColumns::make(algebra::make_plan(std::move(scan)), std::move(wanted), context_));
    if (opened == nullptr) return fail(Code::internal, "A table cannot be looked up by keys.");
    return opened;
  }

  // --- Some outer rows at once ---

  // Looks up the next rows of the batch and holds what matches them.
  Status look_up() {
    at_ = end_;
    end_ = std::min(at_ + at_once_, outer_->rows().size());
    if (!stays_ || columns_.size() != right_.size()) drop_held();
    const KeyIndex::Number known = known_.size();
    const std::size_t rows_before = table_.rows();
    const std::size_t bytes_before = held_bytes();
    std::vector<Value> keys;
    TRY_STATUS(number_keys(keys));
    if (work_ != nullptr) work_->lookups += keys.size();
    if (end_ - at_ == 1 && numbers_.front() >= known) {
      drop_held();
      return look_up_only(std::move(keys));
    }
    if (!keys.empty()) {
      TRY(const bool all, hold_matches(std::move(keys)));
      if (!all) {
        if (known == 0) at_once_ = std::max<std::size_t>(1, (end_ - at_) / 4);
        note_drop();
        drop_held();
        end_ = at_;
        return {};
      }
      TRY_STATUS(table_.finish());
      for (KeyIndex::Number i = known; i < known_.size(); ++i) {
        first_of_.push_back(table_.find(known_.key(i)));
      }
    }
    if (work_ != nullptr) work_->found += table_.rows() - rows_before;
    plan_next(table_.rows() - rows_before, held_bytes() - bytes_before);
    begin_row(0);
    return {};
  }
  // The numbers of the rows' keys, and those of which nothing is known.
  Status number_keys(std::vector<Value>& unknown) {
    numbers_.clear();
    for (std::size_t i = at_; i < end_; ++i) {
      const auto key = outer_->key(i);
      if (!key) {
        numbers_.push_back(kNoKey);
        continue;
      }
      ++asked_;
      if (const auto number = known_.find(*key)) {
        numbers_.push_back(*number);
        continue;
      }
      TRY(Value value, outer_->key_value(i));
      unknown.push_back(std::move(value));
      TRY(const KeyIndex::Number number, known_.add(*key));
      numbers_.push_back(number);
      ++unknown_;
    }
    return {};
  }
  // False when they are too many, with what is there from before.
  Result<bool> hold_matches(std::vector<Value> keys) {
    const bool more = table_.rows() > 0;
    TRY(const auto found, open(std::move(keys)));
    found->read_ahead();
    auto held = hold(*found);
    const bool no_memory = !held && held.error().code == Code::resource_exhausted;
    if (no_memory && more) return false;
    return held;
  }
  // Twice as many, unless what they match is then likely too much: for these it was so many rows
  // and bytes.
  void plan_next(std::size_t rows, std::size_t bytes) {
    const std::size_t looked_up = end_ - at_;
    const auto fitting = [&](std::size_t most, std::size_t held) {
      return looked_up * (most / 2) / std::max<std::size_t>(held, 1);
    };
    const std::size_t most = std::min(fitting(kMostHeldRows, rows), fitting(kMostHeldBytes, bytes));
    at_once_ = std::clamp<std::size_t>(2 * at_once_, 1, std::min(value::kBatchRows, most + 1));
  }
  // Whether what was held was of use to later rows.
  void note_drop() {
    stays_ = stays_ && kRowsOfKnown * (asked_ - unknown_) >= asked_;
    asked_ = unknown_ = 0;
  }
  void drop_held() {
    table_ = JoinTable(context_.query);
    known_ = KeyIndex(context_.query);
    first_of_.clear();
    columns_.clear();
    columns_.resize(right_.size());
  }
  std::size_t held_bytes() const {
    std::size_t bytes = table_.bytes() + known_.bytes();
    for (const HeldColumn& column : columns_) bytes += column.bytes();
    return bytes;
  }
  // False when they are too many.
  Result<bool> hold(KeyedColumns& found) {
    for (;;) {
      TRY(const bool more, found.next());
      if (!more) return true;
      kept_.clear();
      const std::span<const std::uint16_t> rows = found.rows();
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto key = found.key(i);
        if (!key) continue;
        TRY_STATUS(table_.add({}, key));
        kept_.push_back(rows[i]);
      }
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        TRY_STATUS(columns_[i].add(found.column(i), kept_));
      }
      if (table_.rows() > kMostHeldRows || held_bytes() > kMostHeldBytes) return false;
    }
  }

  void begin_row(std::size_t i) {
    const bool is_row = i < numbers_.size();
    candidate_ = is_row && numbers_[i] != kNoKey ? first_of_[numbers_[i]] : kNone;
    if (candidate_ == kNone && is_row && join_.keep_unmatched) is_unmatched_ = true;
    row_ = i;
  }
  void match(std::size_t max_rows) {
    while (at_ < end_ && rows_.size() < max_rows) {
      if (candidate_ != kNone) {
        const Place place = candidate_;
        candidate_ = table_.next(place, *outer_->key(at_));
        put(place);
        continue;
      }
      if (std::exchange(is_unmatched_, false)) {
        put(kNone);
        continue;
      }
      ++at_;
      begin_row(row_ + 1);
    }
  }
  void put(Place place) {
    rows_.push_back(outer_->rows()[at_]);
    places_.push_back(place);
  }

  // --- One outer row that may have many matches ---

  Status look_up_only(std::vector<Value> keys) {
    has_match_ = false;
    if (!keys.empty()) {
      TRY(only_, open(std::move(keys)));
      return {};
    }
    end_only();
    return {};
  }
  Status match_only(std::size_t max_rows) {
    only_->at_most(std::min(max_rows, value::kBatchRows));
    TRY(const bool more, only_->next());
    if (!more) {
      only_.reset();
      end_only();
      return {};
    }
    for (std::size_t i = 0; i < only_->rows().size(); ++i) {
      if (!only_->key(i)) continue;
      rows_.push_back(outer_->rows()[at_]);
      places_.push_back(only_->rows()[i]);
    }
    has_match_ = has_match_ || !rows_.empty();
    if (work_ != nullptr) work_->found += rows_.size();
    return {};
  }
  void end_only() {
    if (!has_match_ && join_.keep_unmatched) put(kNone);
    ++at_;
    at_once_ = 2;
  }

  // --- What is put out ---

  Status make_batch() {
    return make_joined(batch_, schema_, out_, rows_.size(),
                       [this](const OutColumn& out, Vector memory) {
                         return make_column(out, std::move(memory));
                       });
  }
  Result<Vector> make_column(const OutColumn& out, Vector memory) {
    if (out.is_left) return some_rows(outer_->column(out.place), rows_, std::move(memory));
    if (only_ == nullptr) {
      return columns_[out.place].at(places_, out.without_row, std::move(memory));
    }
    kept_.assign(places_.begin(), places_.end());
    return some_rows(only_->column(out.place), kept_, std::move(memory));
  }

  LookupJoin join_;
  OperatorContext context_;
  value::SchemaPtr schema_;
  std::vector<OutColumn> out_;  // of each request
  std::unique_ptr<KeyedColumns> outer_;
  KeyOfRow key_;
  std::vector<value::FieldRequest> right_;
  NodeWork* work_ = nullptr;  // null: it is not noted

  // Of the outer batch the rows from `at_` to `end_` have been looked up.
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::size_t at_once_ = 0;  // how many are looked up next; 0: none has been
  JoinTable table_;          // places of what is held for them, and for earlier ones
  std::vector<HeldColumn> columns_;
  KeyIndex known_;                         // keys whose matches are held
  std::vector<Place> first_of_;            // match of each of those
  std::vector<KeyIndex::Number> numbers_;  // of the rows' keys among those
  bool stays_ = true;                      // what is held, for keys that come again
  std::size_t asked_ = 0;                  // keys of rows, since what was held was dropped
  std::size_t unknown_ = 0;                // of those
  std::size_t row_ = 0;                    // among those: the one that `at_` is
  Place candidate_ = kNone;                // its next match
  bool is_unmatched_ = false;
  std::unique_ptr<KeyedColumns> only_;  // what matches the one at `at_`, which was looked up alone
  bool has_match_ = false;
  std::vector<std::uint16_t> kept_;

  // Of what is put out: rows of the outer batch, and places of held ones, or rows of `only_`.
  std::vector<std::uint16_t> rows_;
  std::vector<Place> places_;
  value::Batch batch_;
};

}  // namespace

Result<std::unique_ptr<FieldCursor>> lookup_fields(const algebra::PlanPtr& plan,
                                                   std::span<const value::FieldRequest> requests,
                                                   const OperatorContext& context) {
  const LookupJoin& join = std::get<LookupJoin>(plan->node);
  if (join.condition != nullptr || !gives_columns(*join.outer)) return nullptr;
  TRY(auto key, context.source.key_of_rows(join.table, join.index));
  if (!key) return nullptr;
  std::vector<value::FieldRequest> left;
  std::vector<value::FieldRequest> right;
  std::vector<OutColumn> out;
  for (const value::FieldRequest& request : requests) {
    const auto side = side_of(request);
    if (!side) return nullptr;
    std::vector<value::FieldRequest>& of_side = side->is_left ? left : right;
    out.push_back(side->column(of_side.size()));
    of_side.push_back(side->request);
  }
  if (key->function == nullptr) right.push_back({.path = value::Path({key->field})});
  KeyedColumns::Wanted wanted{.keys = {join.key}, .key_column = {}, .columns = std::move(left)};
  TRY(auto outer, KeyedColumns::make(join.outer, std::move(wanted), context));
  if (outer == nullptr) return nullptr;
  return std::make_unique<LookupFields>(join, requests, std::move(out), std::move(outer),
                                        *std::move(key), std::move(right), context);
}

}  // namespace octavo::exec
