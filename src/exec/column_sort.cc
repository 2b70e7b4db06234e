#include "exec/column_sort.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "exec/field_keys.h"
#include "exec/field_pieces.h"
#include "exec/held_columns.h"
#include "exec/row_sorter.h"
#include "exec/sort_by_bytes.h"
#include "exec/sort_numbers.h"
#include "value/maker.h"

namespace octavo::exec {
namespace {

using value::Value;
using value::Vector;

class ColumnSortOperator final : public Operator {
 public:
  // The columns of `fields` are the scan's last ones.
  ColumnSortOperator(const algebra::Sort& sort, std::vector<std::string> fields, FieldKeys keys,
                     std::size_t first_field, std::unique_ptr<FieldScan> scan,
                     const OperatorContext& context)
      : sort_(sort),
        keys_(std::move(keys)),
        first_field_(first_field),
        context_(context),
        scan_(std::move(scan)),
        columns_(fields.size()),
        limit_(context),
        memory_(context.query),
        pieces_(std::move(fields)),
        sorter_({.keep = std::nullopt, .ties = sort.ties}, context) {
    for (std::size_t i = 0; i < sort_.keys.size(); ++i) {
      numbers_.emplace_back(sort_.keys[i].direction, sort_.order, keys_.missing(i), context_.query);
    }
  }

  Status next(std::size_t max_rows, Rows& out) override {
    if (scan_ != nullptr) TRY_STATUS(fill());
    TRY_STATUS(context_.query.check());
    return by_bytes_ ? next_by_bytes(max_rows, out) : next_of_columns(max_rows, out);
  }

  Result<std::uint64_t> skip(std::uint64_t rows) override {
    if (scan_ != nullptr) TRY_STATUS(fill());
    if (by_bytes_) return sorter_.skip(rows);
    const std::uint64_t skipped = std::min<std::uint64_t>(rows, entries_.size() - at_);
    at_ += static_cast<std::size_t>(skipped);
    return skipped;
  }

 private:
  using Place = HeldColumn::Place;
  struct Entry {
    std::uint64_t number = 0;  // of the part that is sorted by
    Place place = 0;
  };

  Status fill() {
    scan_->read_ahead();
    for (bool more = true; more;) {
      TRY(more, scan_->next());
      if (!more) break;
      TRY_STATUS(by_bytes_ ? add_as_bytes() : hold());
      TRY_STATUS(check_most(sort_, by_bytes_ ? sorter_.rows() : rows_));
    }
    scan_.reset();
    return by_bytes_ ? sorter_.sort() : sort_columns();
  }

  // --- By numbers ---

  Status hold() {
    const std::span<const std::uint16_t> rows = scan_->rows();
    if (rows.empty()) return {};
    TRY(const bool has_numbers, hold_numbers(rows));
    if (!has_numbers) {
      for (SortNumbers& part : numbers_) part.keep_first(rows_);
      TRY_STATUS(turn_to_bytes());
      return add_as_bytes();
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      TRY_STATUS(columns_[i].add(field(i), rows));
    }
    rows_ += rows.size();
    return limit_.reached(held_bytes(), room()) ? turn_to_bytes() : Status();
  }

  Result<bool> hold_numbers(std::span<const std::uint16_t> rows) {
    if (rows_ + rows.size() >= HeldColumn::kNone) return false;
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      TRY(const bool added, keys_.use(i, *scan_, [&](const auto& part) {
        return numbers_[i].add(part, rows, rows_ == 0 && rows.size() < kFew);
      }));
      if (!added) return false;
    }
    return true;
  }

  const Vector& field(std::size_t i) const { return scan_->column(first_field_ + i); }
  std::size_t held_bytes() const {
    std::size_t bytes = 2 * sizeof(Entry) * rows_;
    for (const SortNumbers& part : numbers_) bytes += part.bytes();
    for (const HeldColumn& column : columns_) bytes += column.bytes();
    return bytes;
  }
  // What a further batch may need at once.
  std::size_t room() const {
    std::size_t bytes = value::kBatchBytes;
    for (const SortNumbers& part : numbers_) bytes += part.room(value::kBatchRows);
    return bytes;
  }

  // By one part after the other, the last one first: each leaves the order of what is equal in it.
  Status sort_columns() {
    TRY_STATUS(memory_.add(2 * sizeof(Entry) * rows_));
    entries_.resize(rows_);
    const auto scratch = std::make_unique_for_overwrite<Entry[]>(rows_);
    const bool ascending = sort_.ties == algebra::Direction::ascending;
    for (std::size_t i = 0; i < rows_; ++i) {
      entries_[i].place = static_cast<Place>(ascending ? i : rows_ - 1 - i);
    }
    for (std::size_t part = numbers_.size(); part-- > 0;) {
      SortNumbers& numbers = numbers_[part];
      TRY_STATUS(numbers.finish());
      TRY_STATUS(in_steps(rows_, context_.query, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          entries_[i].number = numbers.number(entries_[i].place);
        }
      }));
      TRY_STATUS(sort_by_bytes(std::span(entries_), scratch.get(), &Entry::number, context_.query));
      numbers_.pop_back();
    }
    memory_.remove(sizeof(Entry) * rows_);
    return {};
  }

  Status next_of_columns(std::size_t max_rows, Rows& out) {
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t left = max_rows; left > 0 && at_ < entries_.size();) {
      const std::size_t count = std::min({left, entries_.size() - at_, kRowsAtOnce});
      places_.resize(count);
      for (std::size_t i = 0; i < count; ++i) places_[i] = entries_[at_ + i].place;
      given_.clear();
      for (const HeldColumn& column : columns_) {
        TRY(Vector values, column.at(places_, value::Absence::missing, Vector()));
        given_.push_back(std::move(values));
      }
      for (std::size_t row = 0; row < count; ++row) {
        TRY(Value array, array_of(row));
        out.push_back(std::move(array));
        ++at_;
        if (bytes.enough()) return {};
      }
      left -= count;
    }
    return {};
  }
  Result<Value> array_of(std::size_t row) const {
    value::ArrayMaker array(given_.size());
    for (const Vector& column : given_) {
      TRY(Value element, column.at(row));
      array.append(std::move(element));
    }
    return std::move(array).finish();
  }

  // --- By bytes ---

  // What is held as columns becomes rows of the sorter.
  Status turn_to_bytes() {
    by_bytes_ = true;
    const std::size_t held = held_bytes();
    std::vector<Place> places;
    for (std::size_t first = 0; first < rows_; first += kRowsAtOnce) {
      TRY_STATUS(context_.query.check());
      places.clear();
      for (std::size_t i = first; i < std::min(rows_, first + kRowsAtOnce); ++i) {
        places.push_back(static_cast<Place>(i));
      }
      std::vector<Vector> columns;
      for (const HeldColumn& column : columns_) {
        TRY(Vector values, column.at(places, value::Absence::missing, Vector()));
        columns.push_back(std::move(values));
      }
      for (std::size_t i = 0; i < places.size(); ++i) {
        key_.clear();
        for (const SortNumbers& part : numbers_) part.append_key(places[i], key_);
        content_.clear();
        for (const Vector& column : columns) TRY_STATUS(pieces_.put(column, i, content_));
        TRY_STATUS(sorter_.add(key_, content_, held));
      }
    }
    numbers_.clear();
    columns_.clear();
    return {};
  }

  Status add_as_bytes() {
    for (const std::uint16_t row : scan_->rows()) {
      key_.clear();
      TRY_STATUS(keys_.append(sort_, *scan_, row, key_));
      content_.clear();
      for (std::size_t i = 0; i < pieces_.names().size(); ++i) {
        TRY_STATUS(pieces_.put(field(i), row, content_));
      }
      TRY_STATUS(sorter_.add(key_, content_));
    }
    return {};
  }

  Status next_by_bytes(std::size_t max_rows, Rows& out) {
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t n = 0; n < max_rows && (n == 0 || !bytes.enough()); ++n) {
      TRY(const bool more, sorter_.next());
      if (!more) return {};
      TRY(Value row, pieces_.array_of(sorter_.content()));
      out.push_back(std::move(row));
    }
    return {};
  }

  static constexpr std::size_t kRowsAtOnce = 1'024;
  // Few rows are sorted by the bytes of texts: to find out which are equal would cost more.
  static constexpr std::size_t kFew = value::kBatchRows / 2;

  algebra::Sort sort_;
  FieldKeys keys_;
  std::size_t first_field_;
  OperatorContext context_;
  std::unique_ptr<FieldScan> scan_;  // null: it has been read

  std::vector<SortNumbers> numbers_;  // of each part of the key
  std::vector<HeldColumn> columns_;   // of each field
  std::size_t rows_ = 0;              // that are held so
  HoldLimit limit_;
  MemoryCharge memory_;  // for entries
  std::vector<Entry> entries_;
  std::size_t at_ = 0;  // of those: what comes next
  std::vector<Place> places_;
  std::vector<Vector> given_;

  bool by_bytes_ = false;
  FieldPieces pieces_;
  RowSorter sorter_;
  Bytes key_;
  Bytes content_;
};

}  // namespace

Result<OperatorPtr> make_column_sort(const algebra::Sort& sort, std::vector<std::string> fields,
                                     const OperatorContext& context) {
  FieldScan::Wanted wanted{.lambdas = {},
                           .columns = {},
                           .documents = false,
                           .needs = FieldScan::Wanted::Needs::programs};
  FieldKeys keys(sort, FieldKeys::Missing::as_family, wanted);
  const std::size_t first_field = wanted.columns.size();
  // As they lie: they are held and given out, but not looked at.
  for (const std::string& name : fields) {
    wanted.columns.push_back({.path = value::Path({name}), .want = value::Want::encoded});
  }
  TRY(auto scan, FieldScan::make(sort.input, wanted, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<ColumnSortOperator>(sort, std::move(fields), std::move(keys), first_field,
                                              std::move(scan), context);
}

}  // namespace octavo::exec
