#pragma once

// Rows of which nothing is wanted but their primary key, by the entries of an index: those have it,
// so no row is read.

#include <memory>
#include <string>

#include "index/entry_walker.h"
#include "index/guessed_row.h"
#include "index/table_reader.h"

namespace octavo::index {

// Rows are documents of the one field, as the key has it (value/key.h says of which kind numbers
// are then). Entries of which a row has several give it as often.
std::unique_ptr<RowReader> make_key_scan(TableId table, kv::View view, EntryWalker walker,
                                         std::string field);
// The same of a row that was read otherwise.
TellRow tell_key(std::string field);

}  // namespace octavo::index
