#pragma once

// The fields of a batch as operands of programs. One thread at a time.

#include <vector>

#include "function/program.h"
#include "value/batch.h"
#include "value/field_decoder.h"

namespace octavo::function {

// What a scan is to decode for the fields.
std::vector<value::FieldRequest> requests_of(std::span<const FieldList::Field> fields);

class FieldOperands {
 public:
  // `resource_exhausted` when the account in `context` cannot have the memory.
  static Result<FieldOperands> make(std::span<const FieldList::Field> fields,
                                    const EvalContext& context);

  // Column places[i] of `batch`, i without any places, is field i, as a scan decodes it: of the
  // type that the batch's rows have in common, or of any. What the field's shape cannot hold is
  // deferred. Good until the next call, and as long as the batch is. `corrupt` when an encoded
  // value cannot be read.
  Result<std::span<const Operand>> set(const value::Batch& batch,
                                       std::span<const std::size_t> places = {});

 private:
  struct Column {
    Shape shape = Shape::any;
    bool missing_is_null = false;
    std::vector<std::uint8_t> states;
    // Where the vector is of another form than the operand.
    std::vector<double> numbers;
    std::vector<std::uint8_t> booleans;
    std::vector<value::StringRef> texts;
    std::vector<value::Value> values;
  };

  explicit FieldOperands(value::Charge held) : held_(std::move(held)) {}
  // Without a copy as well: what does not lie in any form is deferred.
  static void set_typed(const value::Vector& from, std::size_t rows, Column& column,
                        Operand& operand);
  static bool set_direct(const value::Vector& from, std::size_t rows, Column& column,
                         Operand& operand);
  static Status convert(const value::Vector& from, std::size_t rows, Column& column,
                        Operand& operand);

  value::Charge held_;
  std::vector<Column> columns_;
  std::vector<Operand> operands_;
};

}  // namespace octavo::function
