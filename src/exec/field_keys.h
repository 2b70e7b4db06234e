#pragma once

// The keys of a Sort node over the rows of a FieldScan, which are read from fields where they are
// such and else computed. One thread at a time uses them.

#include <optional>
#include <vector>

#include "exec/field_scan.h"
#include "exec/key_numbers.h"
#include "exec/sort_keys.h"

namespace octavo::exec {

class FieldKeys {
 public:
  // How a part that a row misses sorts.
  enum class Missing : std::uint8_t {
    as_family,  // as null in families that read fields plainly, in others below all
    as_null,    // groups do not tell what is missing from null
  };
  // Adds what the keys are made of to what is wanted of the scan.
  FieldKeys(const algebra::Sort& sort, Missing missing, FieldScan::Wanted& wanted);

  // What rows have that miss a part.
  KeyNumbers::Number missing(std::size_t part) const {
    return sources_[part].missing_is_null ? KeyNumbers::kNull : KeyNumbers::kMissing;
  }
  // Appends the bytes of all parts. `sort`: that of which these are the keys.
  Status append(const algebra::Sort& sort, FieldScan& scan, std::uint16_t row, Bytes& key) const;

  // `use` with what a part of the batch lies as: a Vector or a typed Operand. False: it lies as
  // neither.
  template <class Use>
  Result<bool> use(std::size_t part, const FieldScan& scan, const Use& use) const {
    const Source& source = sources_[part];
    if (source.is_field) return use(scan.column(source.place));
    const auto typed = typed_result(scan, source.place);
    return typed ? use(*typed) : Result<bool>(false);
  }

 private:
  struct Source {
    bool is_field = false;
    bool missing_is_null = false;
    std::size_t place = 0;  // among the scan's columns, or its lambdas
  };
  static std::optional<function::Operand> typed_result(const FieldScan& scan, std::size_t lambda);

  std::vector<Source> sources_;
};

}  // namespace octavo::exec
