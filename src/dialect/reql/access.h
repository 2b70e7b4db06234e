#pragma once

// Tables, slices and selections as streams.

#include <string>
#include <string_view>

#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {

// The rows of a slice. Checks that its index is there, ready, and answers ranges.
Result<StreamPtr> slice_stream(Env& env, const TableSlice& slice);

// Refines a slice, with ReQL's rules about which order and bounds go together.
Result<TableSlice> with_order(TableSlice slice, std::string index, algebra::Direction direction);
Result<TableSlice> with_bounds(TableSlice slice, std::string index, algebra::KeyRange range);

Result<TableSlice> to_slice(Env& env, const Val& val);
bool is_selection(const Val& val);  // tables and slices too
Result<Selection> to_selection(Env& env, const Val& val);

// The index `name` of `table`, unset for the primary key; an error when it is missing or not ready.
Result<const IndexInfo*> usable_index(const TableInfo& table, std::string_view name);
Result<const IndexInfo*> usable_plain_index(const TableInfo& table, std::string_view name);

// The option `index` of a call, or `otherwise`.
Result<std::string> index_option(Args& args, std::string otherwise);

}  // namespace octavo::reql
