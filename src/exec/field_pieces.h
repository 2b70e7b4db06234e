#pragma once

// Some fields of encoded documents as bytes, which who holds rows holds in the place of the whole
// documents.

#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "value/object_fields.h"
#include "value/value.h"
#include "value/vector.h"

namespace octavo::exec {

// One thread at a time uses it.
class FieldPieces {
 public:
  explicit FieldPieces(std::vector<std::string> names) : names_(names), places_(std::move(names)) {}

  std::span<const std::string> names() const { return names_; }

  // Appends what a document has of the fields: in front of each its size. False, and `out` is as
  // it was: the tables of the document are damaged.
  bool put(BytesView document, Bytes& out);

  // Appends the next field, of a row of its column, as `put` has it. `corrupt`: it cannot be read.
  static Status put(const value::Vector& field, std::size_t row, Bytes& out);

  // An array of the fields, null where one is missing, of what `put` has appended. `corrupt`: a
  // field cannot be read.
  Result<value::Value> array_of(BytesView pieces) const;

 private:
  std::vector<std::string> names_;
  value::ObjectFields places_;
};

}  // namespace octavo::exec
