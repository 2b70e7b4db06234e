#include "exec/join_fields.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "exec/held_columns.h"
#include "exec/hold_limit.h"
#include "exec/integer_keys.h"
#include "exec/join_requests.h"
#include "exec/join_table.h"
#include "exec/keyed_columns.h"
#include "exec/keyed_tables.h"
#include "exec/operator_fields.h"
#include "exec/pair_condition.h"
#include "exec/plain_fields.h"
#include "value/order_key.h"

namespace octavo::exec {
namespace {

using algebra::Join;
using algebra::JoinKind;
using value::Vector;

class JoinFields final : public FieldCursor {
 public:
  using Place = HeldColumn::Place;
  // The read side's rows of some values of its key alone, and for how many values that is of use;
  // null: they cannot be had so.
  struct ReadBy {
    std::function<Result<std::unique_ptr<KeyedColumns>>(const std::vector<std::int64_t>&)>
        of_values;
    std::size_t most = 0;
  };

  JoinFields(algebra::PlanPtr plan, std::span<const value::FieldRequest> requests,
             std::vector<OutColumn> out, std::unique_ptr<KeyedColumns> left,
             std::unique_ptr<KeyedColumns> right, std::size_t held_columns,
             std::unique_ptr<PairCondition> condition, std::vector<OutColumn> tried, ReadBy read_by,
             const OperatorContext& context)
      : plan_(std::move(plan)),
        join_(std::get<Join>(plan_->node)),
        context_(context),
        requests_(requests.begin(), requests.end()),
        schema_(schema_of(requests)),
        out_(std::move(out)),
        held_(std::move(join_.hold_left ? left : right)),
        read_(std::move(join_.hold_left ? right : left)),
        columns_(held_columns),
        integers_(std::in_place, context.query),
        table_(context.query),
        memory_(context.query),
        limit_(context),
        read_by_(std::move(read_by)),
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
      const Status added = hold_batch();
      // It may come at once where integers become bytes.
      const bool no_memory = !added && added.error().code == Code::resource_exhausted;
      if (no_memory) return join_by_rows();
      if (!added) return added;
      const std::size_t room = integers_ ? integers_->room() : table_.room();
      if (limit_.reached(held_bytes(), room + kBatchRoom)) return join_by_rows();
    }
    held_.reset();
    TRY_STATUS(integers_ ? integers_->finish() : table_.finish());
    if (holds_left()) {
      TRY_STATUS(memory_.add(held_rows()));
      matched_.assign(held_rows(), 0);
    }
    if (!needs_match()) return {};
    if (held_rows() != 0) return read_few();
    read_.reset();
    return {};
  }

  // Of a table whose rows are found by what is held, if that is little, no others are read.
  Status read_few() {
    if (few_keys_.empty()) return {};
    std::ranges::sort(few_keys_);
    const auto again = std::ranges::unique(few_keys_);
    few_keys_.erase(again.begin(), again.end());
    TRY(auto few, read_by_.of_values(std::exchange(few_keys_, {})));
    if (few == nullptr) return {};
    read_ = std::move(few);
    if (reads_ahead_) read_->read_ahead();
    return {};
  }
  // Nothing once they are many, or something else than integers.
  void note_integer(std::int64_t key) {
    if (read_by_.of_values == nullptr) return;
    if (few_keys_.size() < read_by_.most && memory_.add(kKeyBytes)) {
      few_keys_.push_back(key);
    } else {
      forget_keys();
    }
  }
  Status note_key(std::size_t row) {
    if (read_by_.of_values == nullptr) return {};
    TRY(const value::Value key, held_->key_value(row));
    if (key.type() == value::Type::int64) {
      note_integer(key.as_int64());
    } else {
      forget_keys();
    }
    return {};
  }
  void forget_keys() {
    read_by_.of_values = nullptr;
    few_keys_ = {};
  }
  Place held_rows() const { return integers_ ? integers_->rows() : table_.rows(); }

  Status hold_batch() {
    kept_.clear();
    if (integers_ && held_->integers() == nullptr) TRY_STATUS(hold_bytes());
    TRY_STATUS(integers_ ? add_integers() : add_keys());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      TRY_STATUS(columns_[i].add(held_->column(i), kept_));
    }
    return {};
  }
  Status add_integers() {
    const function::Operand& keys = *held_->integers();
    for (const std::uint16_t row : held_->rows()) {
      std::optional<std::int64_t> key;
      if (keys.state(row) == function::kPresent) key = keys.as<std::int64_t>()[row];
      if (!key && !gives_unmatched()) continue;
      TRY_STATUS(integers_->add(key));
      kept_.push_back(row);
      if (key) note_integer(*key);
    }
    return {};
  }
  Status add_keys() {
    if (held_->integers() != nullptr) TRY_STATUS(held_->make_keys());
    const std::span<const std::uint16_t> rows = held_->rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto key = held_->key(i);
      if (!key && !gives_unmatched()) continue;
      TRY_STATUS(table_.add({}, key));
      kept_.push_back(rows[i]);
      if (key) TRY_STATUS(note_key(i));
    }
    return {};
  }
  // Not all keys are integers: those that are held become bytes, as the others are.
  Status hold_bytes() {
    for (Place place = 0; place < integers_->rows(); ++place) {
      const auto integer = integers_->key(place);
      if (integer) encode_integer(*integer);
      TRY_STATUS(table_.add({}, integer ? std::optional(BytesView(key_)) : std::nullopt));
    }
    integers_.reset();
    return {};
  }
  void encode_integer(std::int64_t integer) {
    key_.clear();
    value::encode_order_key(value::Value::int64(integer), join_.order, key_);
  }
  std::size_t held_bytes() const {
    std::size_t bytes = integers_ ? integers_->bytes() : table_.bytes();
    for (const HeldColumn& column : columns_) bytes += column.bytes();
    return bytes;
  }

  // Nothing was put out yet: both sides are read again.
  Status join_by_rows() {
    held_.reset();
    read_.reset();
    columns_.clear();
    integers_.reset();
    table_ = JoinTable(context_.query);
    Need need;
    for (const value::FieldRequest& request : requests_) need.merge(need_of(request.path));
    TRY(auto joined, build_row_join(plan_, need, context_));
    by_rows_ = operator_fields(std::move(joined), requests_);
    return {};
  }

  // --- What is read ---

  // Looks all rows of the batch up, so that the memory of later ones is on its way.
  Status begin_batch() {
    at_ = 0;
    first_.assign(read_->rows().size(), kNone);
    if (!integers_) {
      TRY_STATUS(find_keys());
    } else if (read_->integers() != nullptr) {
      find_integers();
    } else {
      TRY_STATUS(find_as_integers());
    }
    candidate_ = first_.empty() ? kNone : first_.front();
    found_ = condition_ == nullptr && candidate_ != kNone;
    return {};
  }
  void find_integers() {
    const function::Operand& keys = *read_->integers();
    const auto* const values = keys.as<std::int64_t>();
    const std::span<const std::uint16_t> rows = read_->rows();
    for (const std::uint16_t row : rows) integers_->prefetch(values[row]);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (keys.state(rows[i]) == function::kPresent) first_[i] = integers_->find(values[rows[i]]);
    }
  }
  // Keys of other types, which are equal to an integer where their bytes are.
  Status find_as_integers() {
    for (std::size_t i = 0; i < first_.size(); ++i) {
      const auto key = read_->key(i);
      if (!key) continue;
      TRY(const value::Value value, read_->key_value(i));
      const auto integer = value.is_number() ? value.to_int64() : std::nullopt;
      if (!integer) continue;
      encode_integer(*integer);
      if (*key == key_) first_[i] = integers_->find(*integer);
    }
    return {};
  }
  Status find_keys() {
    if (read_->integers() != nullptr) TRY_STATUS(read_->make_keys());
    const std::size_t rows = first_.size();
    hashes_.resize(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const auto key = read_->key(i);
      if (key) hashes_[i] = table_.begin_find(*key);
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const auto key = read_->key(i);
      if (key) first_[i] = table_.find(*key, hashes_[i]);
    }
    return {};
  }

  // The next held row that has the key of the one that is read.
  Place next_of(Place place) const {
    return integers_ ? integers_->next(place) : table_.next(place, *read_->key(at_));
  }

  Status match_some(std::size_t max_rows) {
    TRY_STATUS(context_.query.check());
    if (condition_ != nullptr) return try_pairs();
    if (gives_pairs() && integers_ && integers_->is_unique()) {
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
    for (; unmatched_ < held_rows() && places_.size() < max_rows; ++unmatched_) {
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
      return columns_[out.place].at(places, out.without_row, std::move(memory));
    }
    // All of a batch have a row that was read, or none has.
    if (rows.front() == kNoRow) return no_values(rows.size(), out.without_row, std::move(memory));
    const Vector& column = read_->column(out.place);
    if (all_once_ && rows.size() == column.rows()) return column;
    return some_rows(column, rows, std::move(memory));
  }

  // What a batch may take beside what is held.
  static constexpr std::size_t kBatchRoom = value::kBatchBytes;
  static constexpr std::size_t kRowsAtOnce = 4096;
  // Of a value that is looked up: itself, and the ends of its range.
  static constexpr std::size_t kKeyBytes = 128;

  algebra::PlanPtr plan_;
  const Join& join_;
  OperatorContext context_;
  std::vector<value::FieldRequest> requests_;
  value::SchemaPtr schema_;
  std::vector<OutColumn> out_;          // of each request
  std::unique_ptr<KeyedColumns> held_;  // null: it has been read
  std::unique_ptr<KeyedColumns> read_;  // likewise
  std::vector<HeldColumn> columns_;
  // Places of their rows: by integers as long as all held keys are such.
  std::optional<IntegerKeys> integers_;
  JoinTable table_;
  Bytes key_;  // of an integer
  MemoryCharge memory_;
  HoldLimit limit_;
  std::vector<std::uint8_t> matched_;  // of held rows, where they are the left ones
  Place unmatched_ = 0;                // what is put out in the end: up to this one
  std::vector<std::uint16_t> kept_;

  // Of the batch of `read_`: the first match of each row, and how far it has come.
  std::vector<Place> first_;
  std::vector<std::uint64_t> hashes_;
  std::size_t at_ = 0;
  Place candidate_ = kNone;
  bool found_ = false;

  ReadBy read_by_;                      // none: of no use, or too much is held
  std::vector<std::int64_t> few_keys_;  // of all that is held, as long as that is so
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

Result<std::unique_ptr<KeyedColumns>> side(const Join& join, bool is_left,
                                           std::vector<value::FieldRequest> columns,
                                           const OperatorContext& context) {
  KeyedColumns::Wanted wanted{.keys = {},
                              .key_column = std::nullopt,
                              .order = join.order,
                              .columns = std::move(columns),
                              .integers = true};
  for (const algebra::JoinKey& key : join.keys) {
    wanted.keys.push_back(is_left ? key.left : key.right);
  }
  return KeyedColumns::make(is_left ? join.left : join.right, std::move(wanted), context);
}

// The plan over the rows that have one of these values in the one field that is the side's key.
// Null: it is another plan, or its table has no such key.
algebra::PlanPtr plan_of_values(const algebra::PlanPtr& plan, const algebra::ExprPtr& key,
                                const std::vector<std::int64_t>& values,
                                const OperatorContext& context) {
  if (const auto* const filter = std::get_if<algebra::Filter>(&plan->node)) {
    algebra::PlanPtr input = plan_of_values(filter->input, key, values, context);
    if (input == nullptr) return nullptr;
    return algebra::make_plan(
        algebra::Filter{.input = std::move(input), .predicate = filter->predicate});
  }
  const auto* const scan = std::get_if<algebra::Scan>(&plan->node);
  const auto* const range = scan == nullptr ? nullptr : std::get_if<algebra::KeyRange>(&scan->keys);
  const auto* const keyed = dynamic_cast<const KeyedTables*>(&context.source);
  const std::vector<std::string> field = path_of_field(key);
  if (range == nullptr || range->lower.value || range->upper.value || scan->index || scan->order ||
      keyed == nullptr || field.size() != 1) {
    return nullptr;
  }
  std::vector<value::Value> of_key;
  of_key.reserve(values.size());
  for (const std::int64_t each : values) of_key.push_back(value::Value::int64(each));
  auto few = keyed->scan_of_values(scan->table, field.front(), std::move(of_key));
  return few ? algebra::make_plan(*std::move(few)) : nullptr;
}

std::size_t most_values(const algebra::Plan& plan, const OperatorContext& context) {
  const algebra::Plan* below = &plan;
  while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
    below = filter->input.get();
  }
  const auto& keyed = dynamic_cast<const KeyedTables&>(context.source);
  return keyed.most_values(std::get<algebra::Scan>(below->node).table);
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
  JoinFields::ReadBy read_by;
  const bool reads_right = join.hold_left;
  const algebra::PlanPtr& read = reads_right ? join.right : join.left;
  const algebra::ExprPtr& read_key = reads_right ? join.keys.front().right : join.keys.front().left;
  const bool reads_matches = join.hold_left || join.kind == algebra::JoinKind::inner ||
                             join.kind == algebra::JoinKind::semi;
  if (reads_matches && context.query.may_wait && join.keys.size() == 1 &&
      plan_of_values(read, read_key, {}, context) != nullptr) {
    read_by.most = most_values(*read, context);
    read_by.of_values = [&join, columns = reads_right ? right : left, &read, &read_key, reads_right,
                         context](const std::vector<std::int64_t>& values) {
      algebra::Join few = join;
      (reads_right ? few.right : few.left) = plan_of_values(read, read_key, values, context);
      return side(few, !reads_right, columns, context);
    };
  }
  TRY(auto left_side, side(join, true, std::move(left), context));
  if (left_side == nullptr) return nullptr;
  TRY(auto right_side, side(join, false, std::move(right), context));
  if (right_side == nullptr) return nullptr;
  return std::make_unique<JoinFields>(plan, requests, std::move(out), std::move(left_side),
                                      std::move(right_side), held_columns, std::move(condition),
                                      std::move(tried), std::move(read_by), context);
}

}  // namespace octavo::exec
