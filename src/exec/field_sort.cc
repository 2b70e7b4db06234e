// Sort over filters over a scan that gives fields: the sorter has encoded documents, or some fields
// of them, and keys that are read from their fields; what goes out is decoded then.

#include <algorithm>
#include <unordered_set>

#include "exec/column_sort.h"
#include "exec/field_keys.h"
#include "exec/field_pieces.h"
#include "exec/first_keys.h"
#include "exec/operators.h"
#include "exec/row_sorter.h"

namespace octavo::exec {
namespace {

class FieldSortOperator final : public Operator {
 public:
  // `rows`: what is made of the rows; unset: documents.
  FieldSortOperator(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                    std::optional<SortedRows> rows, FieldKeys keys, std::unique_ptr<FieldScan> scan,
                    const OperatorContext& context)
      : sort_(sort),
        keys_(std::move(keys)),
        context_(context),
        scan_(std::move(scan)),
        firsts_(rows && rows->firsts),
        sorter_({.keep = keep, .ties = sort.ties}, context,
                {.encode = {}, .on_written = [this] { seen_.clear(); }}),
        memory_(context.query) {
    if (rows) pieces_.emplace(std::move(rows->fields));
    if (keep) firsts_of_all_.emplace(sort_, keys_, *keep, context.query);
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
      TRY(const auto rows, firsts_of_all_ ? firsts_of_all_->among(*scan_) : scan_->rows());
      for (const std::uint16_t row : rows) TRY_STATUS(add(row));
    }
    seen_.clear();
    memory_ = MemoryCharge(context_.query);
    TRY_STATUS(sorter_.sort());
    filled_ = true;
    return {};
  }

  Status add(std::uint16_t row) {
    key_.clear();
    TRY_STATUS(keys_.append(sort_, *scan_, row, key_));
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
  FieldKeys keys_;
  OperatorContext context_;
  std::unique_ptr<FieldScan> scan_;
  const bool firsts_;
  std::optional<FieldPieces> pieces_;
  RowSorter sorter_;
  std::optional<FirstKeys> firsts_of_all_;  // where some rows alone are kept
  MemoryCharge memory_;                     // for `seen_`
  std::unordered_set<BytesView> seen_;      // keys of the sorter's buffer, where they lie
  std::optional<Bytes> given_;              // the key of the row that was given last
  Bytes key_;                               // of the row that is being added
  Bytes content_;                           // likewise
  bool filled_ = false;
};

}  // namespace

Result<OperatorPtr> make_field_sort(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                                    const OperatorContext& context,
                                    std::optional<SortedRows> rows) {
  if (rows && !rows->firsts && !keep)
    return make_column_sort(sort, std::move(rows->fields), context);
  FieldScan::Wanted wanted{.lambdas = {}, .columns = {}, .documents = true};
  // The interpreter would need whole documents, of which some fields are wanted.
  if (rows) wanted.needs = FieldScan::Wanted::Needs::programs;
  const bool firsts = rows && rows->firsts;
  FieldKeys keys(sort, firsts ? FieldKeys::Missing::as_null : FieldKeys::Missing::as_family,
                 wanted);
  TRY(auto scan, FieldScan::make(sort.input, wanted, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<FieldSortOperator>(sort, keep, std::move(rows), std::move(keys),
                                             std::move(scan), context);
}

}  // namespace octavo::exec
