#pragma once

// The row of one key of a unique index, where somebody has found it before (`KeyGuesses`): one row
// is read by its primary key, and no entry. What is not guessed, or not so any more, is read by the
// entries, and kept as a guess.

#include <functional>
#include <memory>
#include <optional>

#include "index/table_reader.h"

namespace octavo::index {

// A key of a scan that one row at most has.
struct GuessableKey {
  TableId table{};
  std::shared_ptr<const Index> index;
  EntryRange range;  // its entry key, and what is behind all entries of it
};
// Nothing: the scan is another one. `access` is how its index answers it.
std::optional<GuessableKey> guessable_key(const algebra::Scan& scan, const IndexSet& indexes,
                                          const Access& access);

// How rows of a guess are told: as they are, or by their primary keys alone (index/key_scan.h).
using TellRow = std::function<Status(BytesView row_key, BytesView stored, RowSink& sink)>;
// Reads by the entries; made when the guess fails.
using MakeReader = std::move_only_function<std::unique_ptr<RowReader>()>;

std::unique_ptr<RowReader> read_guessed(GuessableKey key, kv::View view,
                                        const kv::ReadOptions& read, MakeReader by_entries,
                                        TellRow tell);

}  // namespace octavo::index
