#pragma once

// One side of a join as columns: its rows by the batch, each with the bytes of its key. One thread
// at a time uses it.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "exec/field_scan.h"

namespace octavo::exec {

class KeyedColumns {
 public:
  struct Wanted {
    std::vector<algebra::ExprPtr> keys;  // row → a part of the key
    // Instead of those: which of the columns is the key.
    std::optional<std::size_t> key_column;
    value::Order order = value::Order::native;  // in which keys are compared
    std::vector<value::FieldRequest> columns;
    bool integers = false;  // keys that are such are not made before they are asked for
  };
  // Null when the rows of the plan can be had in no such way.
  static Result<std::unique_ptr<KeyedColumns>> make(const algebra::PlanPtr& plan, Wanted wanted,
                                                    const OperatorContext& context);
  KeyedColumns(std::unique_ptr<FieldScan> scan, Wanted wanted)
      : scan_(std::move(scan)), wanted_(std::move(wanted)) {}

  // Reads a batch and finds its keys. False at the end. Errors as FieldScan has them.
  Result<bool> next();
  // As of FieldScan.
  void at_most(std::size_t rows) { scan_->at_most(rows); }
  void read_ahead() { scan_->read_ahead(); }
  std::span<const std::uint16_t> rows() const { return scan_->rows(); }
  const value::Vector& column(std::size_t i) const { return scan_->column(i); }

  // Where each key of the batch is an integer, null or missing: those, by the rows of the batch.
  // Null: some are something else, or nobody wants them.
  const function::Operand* integers() const { return integers_; }
  // Before `key`, where they are `integers`.
  Status make_keys();
  // Of row i among those of the batch that pass: its parts as value/order_key.h has them. Nothing:
  // one of them is null or missing.
  std::optional<BytesView> key(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1].at;
    if (!ends_[i].has_key) return std::nullopt;
    return BytesView(keys_).substr(begin, ends_[i].at - begin);
  }
  // The same as a value, of one part.
  Result<value::Value> key_value(std::size_t i);

 private:
  struct End {
    std::size_t at;
    bool has_key;
  };

  const function::Operand* find_integers() const;
  Result<bool> append_key(std::uint16_t row);
  Result<bool> append_part(std::size_t part, std::uint16_t row);

  std::unique_ptr<FieldScan> scan_;
  Wanted wanted_;
  const function::Operand* integers_ = nullptr;
  Bytes keys_;  // of the batch, one behind the other
  std::vector<End> ends_;
};

// Whether a plan gives columns without making them of rows, and likely many of them.
bool gives_columns(const algebra::Plan& plan);

}  // namespace octavo::exec
