#include "exec/join_fields.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "exec/held_columns.h"
#include "exec/hold_limit.h"
#include "exec/integer_keys.h"
#include "exec/join_requests.h"
#include "exec/join_table.h"
#include "exec/keyed_columns.h"
#include "exec/operator_fields.h"
#include "value/order_key.h"

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
        limit_(context) {}

  Result<std::size_t> next(std::size_t max_rows) override {
    if (held_ != nullptr) TRY_STATUS(hold());
    if (by_rows_ != nullptr) return by_rows_->next(max_rows);
    rows_.clear();
    places_.clear();
    while (places_.empty() && read_ != nullptr) {
      if (at_ < read_->rows().size()) {
        TRY_STATUS(match(max_rows));
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

  void read_ahead() override { read_->read_ahead(); }

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
      TRY_STATUS(hold_batch());
      const std::size_t room = integers_ ? integers_->room() : table_.room();
      if (limit_.reached(held_bytes(), room + kBatchRoom)) return join_by_rows();
    }
    held_.reset();
    TRY_STATUS(integers_ ? integers_->finish() : table_.finish());
    if (holds_left()) {
      TRY_STATUS(memory_.add(held_rows()));
      matched_.assign(held_rows(), 0);
    }
    const bool needs_match = holds_left() || !gives_read_unmatched();
    if (held_rows() == 0 && needs_match) read_.reset();
    return {};
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
    found_ = candidate_ != kNone;
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

  Status match(std::size_t max_rows) {
    TRY_STATUS(context_.query.check());
    const std::span<const std::uint16_t> rows = read_->rows();
    while (at_ < rows.size() && places_.size() < max_rows) {
      if (candidate_ != kNone && meets_all()) {
        const Place place = candidate_;
        candidate_ =
            integers_ ? integers_->next(place) : table_.next(place, *read_->key(at_));
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
                         return make_column(out, std::move(memory));
                       });
  }
  Result<Vector> make_column(const OutColumn& out, Vector memory) const {
    if (out.is_left == holds_left()) {
      return columns_[out.place].at(places_, out.without_row, std::move(memory));
    }
    // All of a batch have a row that was read, or none has.
    if (rows_.front() == kNoRow) return no_values(rows_.size(), out.without_row, std::move(memory));
    return some_rows(read_->column(out.place), rows_, std::move(memory));
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

  // Of what is put out: rows of the batch of `read_`, and places of held ones.
  std::vector<std::uint16_t> rows_;
  std::vector<Place> places_;
  value::Batch batch_;

  std::unique_ptr<FieldCursor> by_rows_;  // all of it, where too much would be held
};

bool is_meant(const Join& join) {
  const bool unconditional = join.condition == nullptr || join.kind == JoinKind::inner;
  return !join.keys.empty() && !join.null_aware && join.kind != JoinKind::mark && unconditional &&
         (gives_columns(*join.left) || gives_columns(*join.right));
}

Result<std::unique_ptr<KeyedColumns>> side(const Join& join, bool is_left,
                                           std::vector<value::FieldRequest> columns,
                                           const OperatorContext& context) {
  KeyedColumns::Wanted wanted{
      .keys = {}, .key_column = std::nullopt, .order = join.order, .columns = std::move(columns)};
  for (const algebra::JoinKey& key : join.keys) {
    wanted.keys.push_back(is_left ? key.left : key.right);
  }
  return KeyedColumns::make(is_left ? join.left : join.right, std::move(wanted), context);
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
  const std::size_t held_columns = join.hold_left ? left.size() : right.size();
  TRY(auto left_side, side(join, true, std::move(left), context));
  if (left_side == nullptr) return nullptr;
  TRY(auto right_side, side(join, false, std::move(right), context));
  if (right_side == nullptr) return nullptr;
  return std::make_unique<JoinFields>(plan, requests, std::move(out), std::move(left_side),
                                      std::move(right_side), held_columns, context);
}

}  // namespace octavo::exec
