#pragma once

// How rows were at a cursor, as far as they have changed since: the before image of each row's
// first change after it. Together with a snapshot of today they are the table of then.

#include <map>
#include <optional>

#include "stream/feeds.h"

namespace octavo::stream {

class PastRows {
 public:
  // No rows: the table of now.
  explicit PastRows(value::Account* account) : charge_(account) {}
  // Of the log from the cursor up to and with the record at `until`. `out_of_range` when the log
  // was trimmed past the cursor.
  static Result<PastRows> open(Feeds& feeds, TableId table, const Cursor& cursor, const Lsn& until,
                               value::Account* account);

  // Reads on; false when readers of the log cannot see the record at `until` yet.
  // `resource_exhausted` when the account cannot have what the rows take.
  Result<bool> read();
  // Calls `wake` once when there is more for `read`.
  void wait(Wake wake) { history_->wait(std::move(wake)); }

  bool changed_since(const value::Value& key) const;

  struct Row {
    value::Value key;
    std::optional<value::Value> row;  // unset: it was not there
  };
  // By encoded key.
  const std::map<Bytes, Row>& rows() const { return rows_; }

 private:
  Status keep(const algebra::RowChange& change);

  std::unique_ptr<History> history_;
  Lsn from_;
  std::uint32_t from_index_ = 0;
  Lsn until_;
  value::Charge charge_;  // what `rows_` takes beside values
  std::map<Bytes, Row> rows_;
};

// The one position in a cursor of this log; `invalid_argument` for a cursor of another kind of log.
Result<Lsn> only_position(const Cursor& cursor);

}  // namespace octavo::stream
