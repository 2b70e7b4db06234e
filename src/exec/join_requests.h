#pragma once

// What is asked of the columns of a join, as what is asked of its sides.

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "value/batch.h"
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

// What goes out in place of `batch`, whose memory is used again: `make(out, memory)` gives each of
// its columns.
template <class Make>
Status make_joined(value::Batch& batch, const value::SchemaPtr& schema,
                   std::span<const OutColumn> out, std::size_t rows, const Make& make) {
  std::vector<value::Vector> memory = batch.release();
  memory.resize(out.size());
  std::vector<value::Vector> made;
  made.reserve(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    TRY(value::Vector column, make(out[i], std::move(memory[i])));
    made.push_back(std::move(column));
  }
  batch = value::Batch(schema, std::move(made), rows);
  return {};
}

// Of the columns that are asked for: of any type.
value::SchemaPtr schema_of(std::span<const value::FieldRequest> requests);

}  // namespace octavo::exec
