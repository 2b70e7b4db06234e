#pragma once

// How rows were at a cursor, as far as they have changed since: the before image of each row's
// first change after it. Together with a snapshot of today they are the table of then.

#include <map>
#include <optional>

#include "stream/feeds.h"

namespace octavo::stream {

class PastRows {
 public:
  // Reads the log from the cursor up to and with the record at `until`. `out_of_range` when the
  // log was trimmed past the cursor.
  static Result<PastRows> read(Feeds& feeds, TableId table, const Cursor& cursor, const Lsn& until);

  bool changed_since(const value::Value& key) const;

  struct Row {
    value::Value key;
    std::optional<value::Value> row;  // unset: it was not there
  };
  // By encoded key.
  const std::map<Bytes, Row>& rows() const { return rows_; }

 private:
  std::map<Bytes, Row> rows_;
};

// The one position in a cursor of this log; `invalid_argument` for a cursor of another kind of log.
Result<Lsn> only_position(const Cursor& cursor);

}  // namespace octavo::stream
