#pragma once

// What is asked of the columns of a join, as what is asked of its sides.

#include <optional>
#include <span>

#include "value/field_decoder.h"

namespace octavo::exec {

// A column of the rows that a join gives: of which side, and where among that one's columns.
struct OutColumn {
  bool is_left = true;
  std::size_t place = 0;
  // Why it has no value where the side has no row: that is null, and has no fields.
  value::Absence without_row = value::Absence::missing;
};

struct SideRequest {
  bool is_left = true;
  value::FieldRequest request;

  OutColumn column(std::size_t place) const {
    return {is_left, place, request.path.empty() ? value::Absence::null : value::Absence::missing};
  }
};
// A field of a pair as one of its side's rows. Nothing: it is the pair itself.
std::optional<SideRequest> side_of(const value::FieldRequest& of_pair);

// Of the columns that are asked for: of any type.
value::SchemaPtr schema_of(std::span<const value::FieldRequest> requests);

}  // namespace octavo::exec
