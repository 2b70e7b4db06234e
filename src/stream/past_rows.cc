#include "stream/past_rows.h"

#include "value/key.h"

namespace octavo::stream {

Result<Lsn> only_position(const Cursor& cursor) {
  if (cursor.at.parts.size() != 1) {
    return fail(Code::invalid_argument, "The cursor is of another log.");
  }
  return cursor.at.parts.front();
}

Result<PastRows> PastRows::open(Feeds& feeds, TableId table, const Cursor& cursor,
                                const Lsn& until) {
  PastRows past;
  TRY(past.from_, only_position(cursor));
  TRY(past.history_, feeds.history(table, past.from_));
  past.from_index_ = cursor.index;
  past.until_ = until;
  return past;
}

Result<bool> PastRows::read() {
  for (;;) {
    TRY(const ChangeSetPtr set, history_->next());
    if (set == nullptr) return history_->passed(until_);
    if (until_ < set->lsn) return true;
    if (set->lsn < from_) continue;
    for (const RowChange& change : set->changes) {
      if (set->lsn == from_ && change.index < from_index_) continue;
      rows_.try_emplace(value::encoded_key(change.key), Row{change.key, change.before});
    }
  }
}

bool PastRows::changed_since(const value::Value& key) const {
  return rows_.contains(value::encoded_key(key));
}

}  // namespace octavo::stream
