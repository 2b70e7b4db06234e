#pragma once

// Keys of an index whose columns are the first ones of the primary key, as foreign keys often need
// one: the rows of such a key lie beside each other, and are read without the index's entries.

#include <optional>
#include <string_view>
#include <vector>

#include "catalog/model.h"
#include "index/index.h"

namespace octavo::layout {

// The encoded primary keys of the rows that the scan asks an index for, a range for each of its
// keys. Nothing: the index is another one, or its keys are not all of its columns' values.
std::optional<std::vector<index::EntryRange>> prefixes_of_keys(
    const catalog::TableDefinition& table, const algebra::Scan& scan);

// A scan of the rows that have one of these values, integers, in the column: by the primary key or
// an index as above. Nothing: there is none.
std::optional<algebra::Scan> scan_of_values(const catalog::TableDefinition& table,
                                            std::string_view column,
                                            std::vector<value::Value> values);

}  // namespace octavo::layout
