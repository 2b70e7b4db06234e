// Sort over filters over a scan that gives fields: the sorter has encoded documents, or some fields
// of them, and keys that are read from their fields; what goes out is decoded then.

#include <algorithm>
#include <unordered_set>

#include "exec/field_pieces.h"
#include "exec/field_scan.h"
#include "exec/operators.h"
#include "exec/row_sorter.h"
#include "exec/sort_keys.h"

namespace octavo::exec {
namespace {

// Where a key of a row is found.
struct KeySource {
  bool is_field = false;
  std::size_t place = 0;  // among the scan's columns, or its lambdas
};

// The name of the field that a lambda gives, when it gives a field of its row as it is.
std::optional<std::string> field_alone(const algebra::ExprPtr& lambda) {
  const auto* node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() != 1) return std::nullopt;
  const auto* call = std::get_if<algebra::Call>(&node->body->node);
  if (call == nullptr) return std::nullopt;
  const function::Family* family = function::find_family(call->function.family);
  // Without kernels a family reads what is missing by its own rule.
  if (family == nullptr || family->kernels == nullptr) return std::nullopt;
  const auto access = family->field_of(*call);
  if (!access) return std::nullopt;
  const auto* row = std::get_if<algebra::Var>(&access->object->node);
  if (row == nullptr || row->id != node->params.front()) return std::nullopt;
  return std::string(access->name);
}

class FieldSortOperator final : public Operator {
 public:
  // `rows`: what is made of the rows; unset: documents.
  FieldSortOperator(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                    std::optional<SortedRows> rows, std::vector<KeySource> keys,
                    std::unique_ptr<FieldScan> scan, const OperatorContext& context)
      : sort_(sort),
        keys_(std::move(keys)),
        context_(context),
        scan_(std::move(scan)),
        firsts_(rows && rows->firsts),
        sorter_({.keep = keep, .ties = sort.ties}, context,
                {.encode = {}, .on_written = [this] { seen_.clear(); }}),
        memory_(context.query) {
    if (rows) pieces_.emplace(std::move(rows->fields));
  }

  Status next(std::size_t max_rows, Rows& out) override {
    TRY_STATUS(fill());
    TRY_STATUS(context_.query.check());
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t n = 0; n < max_rows && (n == 0 || !bytes.enough()); ++n) {
      TRY(const bool more, next_row());
      if (!more) return {};
      TRY(value::Value row,
          pieces_ ? pieces_->array_of(sorter_.content()) : scan_->decode(sorter_.content()));
      out.push_back(std::move(row));
    }
    return {};
  }

  Result<std::uint64_t> skip(std::uint64_t rows) override {
    TRY_STATUS(fill());
    if (!may_repeat()) return sorter_.skip(rows);
    for (std::uint64_t skipped = 0; skipped < rows; ++skipped) {
      TRY(const bool more, next_row());
      if (!more) return skipped;
    }
    return rows;
  }

 private:
  static constexpr std::size_t kSeenBytes = 64;  // of a key that was met, beside its bytes

  Status fill() {
    if (filled_) return {};
    scan_->read_ahead();
    for (bool more = true; more;) {
      TRY(more, scan_->next());
      if (!more) break;
      for (const std::uint16_t row : scan_->rows()) TRY_STATUS(add(row));
    }
    seen_.clear();
    memory_ = MemoryCharge(context_.query);
    TRY_STATUS(sorter_.sort());
    filled_ = true;
    return {};
  }

  Status add(std::uint16_t row) {
    TRY_STATUS(make_key(row));
    if (firsts_ && seen_.contains(key_)) return {};
    if (!sorter_.wants(key_)) return {};
    TRY(BytesView content, scan_->encoded(row));
    if (pieces_) {
      TRY(content, pieces_of(content));
    }
    TRY_STATUS(sorter_.add(key_, content));
    if (firsts_) TRY_STATUS(note_added());
    return check_most(sort_, sorter_.rows());
  }

  Status make_key(std::uint16_t row) {
    key_.clear();
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const std::size_t place = keys_[i].place;
      if (keys_[i].is_field) {
        TRY_STATUS(append_sort_key(sort_, i, scan_->column(place), row, key_));
        continue;
      }
      const function::Operand* const computed = scan_->result(place);
      const bool is_typed = computed != nullptr && scan_->shape(place) == function::Shape::typed;
      if (is_typed && append_sort_key(sort_, i, *computed, row, key_)) continue;
      TRY(auto found, scan_->value_of(place, row));
      // Groups do not tell what is missing from null.
      if (firsts_ && !found) found.emplace();
      append_sort_key(sort_, i, found, key_);
    }
    return {};
  }

  Result<BytesView> pieces_of(BytesView document) {
    content_.clear();
    if (pieces_->put(document, content_)) return BytesView(content_);
    TRY_STATUS(scan_->decode(document));  // says what is wrong with it
    return fail(Code::corrupt, "A row cannot be read.");
  }

  // --- Only the first row of each key ---

  // What is not written is told by this; what is, when it is merged.
  Status note_added() {
    const BytesView added = sorter_.added();
    if (added.empty()) {
      memory_ = MemoryCharge(context_.query);
      return {};
    }
    TRY_STATUS(memory_.add(kSeenBytes));
    seen_.insert(added);
    return {};
  }
  bool may_repeat() const { return firsts_ && sorter_.is_written(); }
  Result<bool> next_row() {
    for (;;) {
      TRY(const bool more, sorter_.next());
      if (!more || !may_repeat()) return more;
      if (given_ && *given_ == sorter_.key()) continue;
      given_.emplace(sorter_.key());
      return true;
    }
  }

  algebra::Sort sort_;
  std::vector<KeySource> keys_;
  OperatorContext context_;
  std::unique_ptr<FieldScan> scan_;
  const bool firsts_;
  std::optional<FieldPieces> pieces_;
  RowSorter sorter_;
  MemoryCharge memory_;                 // for `seen_`
  std::unordered_set<BytesView> seen_;  // keys of the sorter's buffer, where they lie
  std::optional<Bytes> given_;          // the key of the row that was given last
  Bytes key_;                           // of the row that is being added
  Bytes content_;                       // likewise
  bool filled_ = false;
};

}  // namespace

Result<OperatorPtr> make_field_sort(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                                    const OperatorContext& context,
                                    std::optional<SortedRows> rows) {
  std::vector<KeySource> keys;
  FieldScan::Wanted wanted{.lambdas = {}, .columns = {}, .documents = true};
  // The interpreter would need whole documents, of which some fields are wanted.
  if (rows) wanted.needs = FieldScan::Wanted::Needs::programs;
  const bool firsts = rows && rows->firsts;
  for (const algebra::SortKey& key : sort.keys) {
    auto field = firsts ? std::nullopt : field_alone(key.key);
    if (field) {
      keys.push_back({.is_field = true, .place = wanted.columns.size()});
      wanted.columns.push_back({.path = value::Path({*std::move(field)})});
    } else {
      keys.push_back({.is_field = false, .place = wanted.lambdas.size()});
      wanted.lambdas.push_back({key.key, std::nullopt});
    }
  }
  TRY(auto scan, FieldScan::make(sort.input, wanted, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<FieldSortOperator>(sort, keep, std::move(rows), std::move(keys),
                                             std::move(scan), context);
}

}  // namespace octavo::exec
