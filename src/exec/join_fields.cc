#include "exec/join_fields.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "exec/held_rows.h"
#include "exec/hold_limit.h"
#include "exec/join_requests.h"
#include "exec/operator_fields.h"
#include "exec/pair_condition.h"
#include "exec/read_by_values.h"

namespace octavo::exec {
namespace {

using algebra::Join;
using algebra::JoinKind;
using value::Vector;

class JoinFields final : public FieldCursor {
 public:
  using Place = HeldColumn::Place;

  JoinFields(algebra::PlanPtr plan, std::span<const value::FieldRequest> requests,
             std::vector<OutColumn> out, std::unique_ptr<KeyedColumns> left,
             std::unique_ptr<KeyedColumns> right, std::size_t held_columns,
             std::vector<value::FieldRequest> read_columns,
             std::unique_ptr<PairCondition> condition, std::vector<OutColumn> tried,
             const OperatorContext& context)
      : plan_(std::move(plan)),
        join_(std::get<Join>(plan_->node)),
        context_(context),
        requests_(requests.begin(), requests.end()),
        schema_(schema_of(requests)),
        out_(std::move(out)),
        held_(std::move(join_.hold_left ? left : right)),
        read_(std::move(join_.hold_left ? right : left)),
        rows_held_(
            std::in_place,
            HeldRows::Wanted{
                .columns = held_columns, .order = join_.order, .without_key = gives_unmatched()},
            context.query),
        memory_(context.query),
        limit_(context),
        read_by_(join_, std::move(read_columns), context),
        condition_(std::move(condition)) {
    tried_.out = std::move(tried);
    if (condition_ != nullptr) tried_.schema = schema_of(condition_->requests());
  }

  Result<std::size_t> next(std::size_t max_rows) override {
    if (held_ != nullptr) TRY_STATUS(hold());
    if (by_rows_ != nullptr) return by_rows_->next(max_rows);
    rows_.clear();
    places_.clear();
    all_once_ = false;
    while (places_.empty() && read_ != nullptr) {
      if (tried_.next < tried_.rows.size()) {
        TRY_STATUS(take_tried(max_rows));
        continue;
      }
      if (at_ < read_->rows().size()) {
        TRY_STATUS(match_some(max_rows));
        continue;
      }
      // What is told of rows that nobody asked for must not be told.
      if (context_.query.evaluation.notes != nullptr) {
        read_->at_most(max_rows < kBatchRows ? max_rows : value::kBatchRows);
      }
      TRY(const bool more, read_->next());
      if (!more) {
        read_.reset();
      } else {
        TRY_STATUS(begin_batch());
      }
    }
    if (places_.empty() && gives_unmatched()) TRY_STATUS(add_unmatched(max_rows));
    if (!places_.empty()) TRY_STATUS(make_batch());
    return places_.size();
  }

  void read_ahead() override {
    reads_ahead_ = true;
    read_->read_ahead();
  }

  const value::Batch& batch() const override {
    return by_rows_ != nullptr ? by_rows_->batch() : batch_;
  }
  void keep_documents(bool) override {}
  Result<std::vector<value::Value>> documents(std::span<const std::uint16_t>) override {
    return fail(Code::corrupt, "A field of a joined row cannot be read.");
  }
  Result<BytesView> encoded(std::uint16_t) override {
    return fail(Code::internal, "A joined row does not lie as a document.");
  }

 private:
  static constexpr Place kNone = HeldColumn::kNone;
  static constexpr std::uint16_t kNoRow = 0xffff;  // where only a held row is put out

  // --- What the kind of the join says ---

  bool holds_left() const { return join_.hold_left; }
  bool gives_pairs() const { return makes_pairs(join_); }
  // Rows that are read and have no match are of no use.
  bool needs_match() const { return holds_left() || !gives_read_unmatched(); }
  // Rows that are read and have no match are put out.
  bool gives_read_unmatched() const {
    return !holds_left() && (join_.kind == JoinKind::left || join_.kind == JoinKind::anti);
  }
  // Held rows that have none are, in the end.
  bool gives_unmatched() const {
    return holds_left() && (join_.kind == JoinKind::left || join_.kind == JoinKind::anti);
  }

  // --- What is held ---

  Status hold() {
    held_->read_ahead();
    for (;;) {
      TRY(const bool more, held_->next());
      if (!more) break;
      Status added = rows_held_->add(*held_, read_by_);
      // It may come at once where integers become bytes.
      const bool no_memory = !added && added.error().code == Code::resource_exhausted;
      if (no_memory) return join_by_rows();
      if (!added) return added;
      if (limit_.reached(rows_held_->bytes(), rows_held_->room() + kBatchRoom)) {
        return join_by_rows();
      }
    }
    held_.reset();
    TRY_STATUS(rows_held_->finish());
    if (holds_left()) {
      TRY_STATUS(memory_.add(rows_held_->rows()));
      matched_.assign(rows_held_->rows(), 0);
    }
    if (!needs_match()) return {};
    if (rows_held_->rows() != 0) return read_few();
    read_.reset();
    return {};
  }

  // Of a table whose rows are found by what is held, if that is little, no others are read.
  Status read_few() {
    TRY(auto few, read_by_.read());
    if (few == nullptr) return {};
    read_ = std::move(few);
    if (reads_ahead_) read_->read_ahead();
    return {};
  }

  // Nothing was put out yet: both sides are read again.
  Status join_by_rows() {
    held_.reset();
    read_.reset();
    rows_held_.reset();
    Need need;
    for (const value::FieldRequest& request : requests_) need.merge(need_of(request.path));
    TRY(auto joined, build_row_join(plan_, need, context_));
    by_rows_ = operator_fields(std::move(joined), requests_);
    return {};
  }

  // --- What is read ---

  Status begin_batch() {
    at_ = 0;
    TRY_STATUS(rows_held_->find(*read_, first_));
    candidate_ = first_.empty() ? kNone : first_.front();
    found_ = condition_ == nullptr && candidate_ != kNone;
    return {};
  }

  // The next held row that has the key of the one that is read.
  Place next_of(Place place) const { return rows_held_->next(place, *read_, at_); }

  Status match_some(std::size_t max_rows) {
    TRY_STATUS(context_.query.check());
    if (condition_ != nullptr) return try_pairs();
    if (gives_pairs() && rows_held_->is_unique()) {
      match_once(max_rows);
      return {};
    }
    return match(max_rows);
  }

  // Rows that have one match or none.
  void match_once(std::size_t max_rows) {
    const std::span<const std::uint16_t> rows = read_->rows();
    const std::size_t count = std::min(max_rows, rows.size() - at_);
    rows_.resize(count);
    places_.resize(count);
    std::size_t matches = 0;
    for (const std::size_t end = at_ + count; at_ < end; ++at_) {
      rows_[matches] = rows[at_];
      places_[matches] = first_[at_];
      matches += first_[at_] != kNone || gives_read_unmatched() ? 1 : 0;
    }
    rows_.resize(matches);
    places_.resize(matches);
    all_once_ = true;
    if (!holds_left()) return;
    for (const Place place : places_) matched_[place] = 1;
  }

  Status match(std::size_t max_rows) {
    const std::span<const std::uint16_t> rows = read_->rows();
    while (at_ < rows.size() && places_.size() < max_rows) {
      if (candidate_ != kNone && meets_all()) {
        const Place place = candidate_;
        candidate_ = next_of(place);
        add_match(rows[at_], place);
        continue;
      }
      const bool put_out = gives_pairs()
                               ? !found_ && gives_read_unmatched()
                               : !holds_left() && found_ == (join_.kind == JoinKind::semi);
      if (put_out) put(rows[at_], kNone);
      ++at_;
      if (at_ < rows.size()) {
        candidate_ = first_[at_];
        found_ = candidate_ != kNone;
      }
    }
    return {};
  }

  // Pairs of equal keys of which the condition says whether they match.
  Status try_pairs() {
    const std::span<const std::uint16_t> rows = read_->rows();
    tried_.clear();
    if (found_ && !meets_all()) candidate_ = kNone;
    while (at_ < rows.size() && tried_.rows.size() < value::kBatchRows) {
      if (candidate_ != kNone) {
        const Place place = candidate_;
        candidate_ = next_of(place);
        if (gives_pairs() || !holds_left() || matched_[place] == 0) tried_.add(rows[at_], place);
        continue;
      }
      // Behind those of a row: what it is put out as without a match.
      if (!holds_left()) tried_.add(rows[at_], kNone);
      ++at_;
      if (at_ < rows.size()) candidate_ = first_[at_];
    }
    if (tried_.rows.empty()) return {};
    TRY_STATUS(make_joined(tried_.batch, tried_.schema, tried_.out, tried_.rows.size(),
                           [this](const OutColumn& out, Vector memory) {
                             return make_column(out, tried_.rows, tried_.places, std::move(memory));
                           }));
    return condition_->begin(tried_.batch);
  }
  // One after the other: of a row that has a match no more is asked.
  Status take_tried(std::size_t max_rows) {
    for (; tried_.next < tried_.rows.size() && places_.size() < max_rows; ++tried_.next) {
      const std::uint16_t row = tried_.rows[tried_.next];
      const Place place = tried_.places[tried_.next];
      if (place == kNone) {
        if (!std::exchange(found_, false) && gives_read_unmatched()) put(row, kNone);
        continue;
      }
      if (!gives_pairs() && (holds_left() ? matched_[place] != 0 : found_)) continue;
      TRY(const bool holds, condition_->holds(static_cast<std::uint16_t>(tried_.next)));
      if (!holds) continue;
      if (meets_all()) {
        add_match(row, place);
      } else if (join_.kind == JoinKind::semi) {
        put(row, kNone);
      }
      found_ = true;
    }
    return {};
  }

  // A row meets all held ones of its key; else one is enough.
  bool meets_all() const { return gives_pairs() || holds_left(); }

  void add_match(std::uint16_t row, Place place) {
    if (gives_pairs()) {
      put(row, place);
      if (holds_left()) matched_[place] = 1;
      return;
    }
    if (join_.kind == JoinKind::semi && matched_[place] == 0) put(kNoRow, place);
    matched_[place] = 1;
  }
  Status add_unmatched(std::size_t max_rows) {
    for (; unmatched_ < rows_held_->rows() && places_.size() < max_rows; ++unmatched_) {
      if (unmatched_ % kRowsAtOnce == 0) TRY_STATUS(context_.query.check());
      if (matched_[unmatched_] == 0) put(kNoRow, unmatched_);
    }
    return {};
  }
  void put(std::uint16_t row, Place place) {
    rows_.push_back(row);
    places_.push_back(place);
  }

  // --- What is put out ---

  Status make_batch() {
    return make_joined(batch_, schema_, out_, places_.size(),
                       [this](const OutColumn& out, Vector memory) {
                         return make_column(out, rows_, places_, std::move(memory));
                       });
  }
  Result<Vector> make_column(const OutColumn& out, std::span<const std::uint16_t> rows,
                             std::span<const Place> places, Vector memory) const {
    if (out.is_left == holds_left()) {
      return rows_held_->column(out.place).at(places, out.without_row, std::move(memory));
    }
    // All of a batch have a row that was read, or none has.
    if (rows.front() == kNoRow) return no_values(rows.size(), out.without_row, std::move(memory));
    const Vector& column = read_->column(out.place);
    const bool is_whole = all_once_ && rows.size() == column.rows();
    if (is_whole && column.form() == Vector::Form::flat) return column;
    return some_rows(column, rows, std::move(memory));
  }

  // What a batch may take beside what is held.
  static constexpr std::size_t kBatchRoom = value::kBatchBytes;
  static constexpr std::size_t kRowsAtOnce = 4096;

  algebra::PlanPtr plan_;
  const Join& join_;
  OperatorContext context_;
  std::vector<value::FieldRequest> requests_;
  value::SchemaPtr schema_;
  std::vector<OutColumn> out_;          // of each request
  std::unique_ptr<KeyedColumns> held_;  // null: it has been read
  std::unique_ptr<KeyedColumns> read_;  // likewise
  std::optional<HeldRows> rows_held_;   // unset: it is joined by rows
  MemoryCharge memory_;
  HoldLimit limit_;
  std::vector<std::uint8_t> matched_;  // of held rows, where they are the left ones
  Place unmatched_ = 0;                // what is put out in the end: up to this one

  // Of the batch of `read_`: the first match of each row, and how far it has come.
  std::vector<Place> first_;
  std::size_t at_ = 0;
  Place candidate_ = kNone;
  bool found_ = false;

  ReadByValues read_by_;
  bool reads_ahead_ = false;

  // Pairs that the condition is asked about, a column for each thing that it looks at; and, where a
  // row that is read is put out by itself, that row without a place behind its pairs.
  struct Tried {
    std::vector<OutColumn> out;
    value::SchemaPtr schema;
    std::vector<std::uint16_t> rows;
    std::vector<Place> places;
    value::Batch batch;
    std::size_t next = 0;  // what it is asked about next

    void clear() {
      rows.clear();
      places.clear();
      next = 0;
    }
    void add(std::uint16_t row, Place place) {
      rows.push_back(row);
      places.push_back(place);
    }
  };
  std::unique_ptr<PairCondition> condition_;  // null: there is none, or it is a filter above
  Tried tried_;

  // Of what is put out: rows of the batch of `read_`, and places of held ones.
  std::vector<std::uint16_t> rows_;
  std::vector<Place> places_;
  bool all_once_ = false;  // the rows ascend, none twice
  value::Batch batch_;

  std::unique_ptr<FieldCursor> by_rows_;  // all of it, where too much would be held
};

bool is_meant(const Join& join) {
  return !join.keys.empty() && !join.null_aware && join.kind != JoinKind::mark &&
         (gives_columns(*join.left) || gives_columns(*join.right));
}

}  // namespace

Result<std::unique_ptr<FieldCursor>> join_fields(const algebra::PlanPtr& plan,
                                                 std::span<const value::FieldRequest> requests,
                                                 const OperatorContext& context) {
  const Join& join = std::get<Join>(plan->node);
  if (!is_meant(join)) return nullptr;
  std::vector<value::FieldRequest> left;
  std::vector<value::FieldRequest> right;
  std::vector<OutColumn> out;
  for (const value::FieldRequest& request : requests) {
    const auto side = makes_pairs(join) ? side_of(request) : SideRequest{true, request};
    if (!side) return nullptr;
    std::vector<value::FieldRequest>& of_side = side->is_left ? left : right;
    out.push_back(side->column(of_side.size()));
    of_side.push_back(side->request);
  }
  std::unique_ptr<PairCondition> condition;
  std::vector<OutColumn> tried;
  if (join.condition != nullptr && join.kind != JoinKind::inner) {
    TRY(condition, PairCondition::make(join, context));
    if (condition == nullptr) return nullptr;
    for (const value::FieldRequest& request : condition->requests()) {
      const auto side = side_of(request);
      if (!side) return nullptr;
      std::vector<value::FieldRequest>& of_side = side->is_left ? left : right;
      tried.push_back(side->column(place_of(side->request, of_side)));
    }
  }
  const std::size_t held_columns = join.hold_left ? left.size() : right.size();
  std::vector<value::FieldRequest> read_columns = join.hold_left ? right : left;
  TRY(auto left_side, side_of_join(join, true, std::move(left), context));
  if (left_side == nullptr) return nullptr;
  TRY(auto right_side, side_of_join(join, false, std::move(right), context));
  if (right_side == nullptr) return nullptr;
  return std::make_unique<JoinFields>(plan, requests, std::move(out), std::move(left_side),
                                      std::move(right_side), held_columns, std::move(read_columns),
                                      std::move(condition), std::move(tried), context);
}

}  // namespace octavo::exec
