#include "exec/lookup_fields.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "exec/held_columns.h"
#include "exec/join_requests.h"
#include "exec/join_table.h"
#include "exec/keyed_columns.h"
#include "exec/profile.h"

namespace octavo::exec {
namespace {

using algebra::LookupJoin;
using value::Value;
using value::Vector;

// How many outer rows are looked up at once, at first: of most joins few rows are wanted. Of whom
// wants fewer than these one at first, as it may have many matches.
constexpr std::size_t kFirstRows = 64;
// Matches of one look that are held. Of more the outer rows are looked up one by one.
constexpr std::size_t kMostHeldRows = 16'384;
constexpr std::size_t kMostHeldBytes = 4 * kMiB;

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
        table_(context.query) {
    const auto* const node = context.profiled == nullptr ? nullptr : context.profiled->find(join);
    if (node != nullptr) work_ = node->work;
    context_.profiled = nullptr;  // it is there while plans are built; this opens scans later
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
    drop_held();
    std::unordered_set<BytesView> met;
    std::vector<Value> keys;
    for (std::size_t i = at_; i < end_; ++i) {
      const auto key = outer_->key(i);
      if (!key || !met.insert(*key).second) continue;
      TRY(Value value, outer_->key_value(i));
      keys.push_back(std::move(value));
    }
    if (work_ != nullptr) work_->lookups += keys.size();
    if (end_ - at_ == 1) return look_up_only(std::move(keys));
    if (!keys.empty()) {
      TRY(const auto found, open(std::move(keys)));
      found->read_ahead();
      TRY(const bool all, hold(*found));
      if (!all) {
        end_ = at_;
        at_once_ = 1;
        return {};
      }
    }
    if (work_ != nullptr) work_->found += table_.rows();
    at_once_ = std::min(2 * at_once_, value::kBatchRows);
    TRY_STATUS(table_.finish());
    first_.clear();
    for (std::size_t i = at_; i < end_; ++i) {
      const auto key = outer_->key(i);
      first_.push_back(key ? table_.find(*key) : kNone);
    }
    begin_row(0);
    return {};
  }
  void drop_held() {
    table_ = JoinTable(context_.query);
    columns_.clear();
    columns_.resize(right_.size());
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
      std::size_t bytes = table_.bytes();
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        TRY_STATUS(columns_[i].add(found.column(i), kept_));
        bytes += columns_[i].bytes();
      }
      if (table_.rows() > kMostHeldRows || bytes > kMostHeldBytes) return false;
    }
  }

  void begin_row(std::size_t i) {
    candidate_ = i < first_.size() ? first_[i] : kNone;
    if (candidate_ == kNone && i < first_.size() && join_.keep_unmatched) is_unmatched_ = true;
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
  JoinTable table_;          // places of what is held for them
  std::vector<HeldColumn> columns_;
  std::vector<Place> first_;  // match of each of them
  std::size_t row_ = 0;       // among those: the one that `at_` is
  Place candidate_ = kNone;   // its next match
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
