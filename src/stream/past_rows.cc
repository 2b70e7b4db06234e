#include "stream/past_rows.h"

#include "value/key.h"

namespace octavo::stream {

Result<Lsn> only_position(const Cursor& cursor) {
  if (cursor.at.parts.size() != 1) {
    return fail(Code::invalid_argument, "The cursor is of another log.");
  }
  return cursor.at.parts.front();
}

Result<PastRows> PastRows::read(Feeds& feeds, TableId table, const Cursor& cursor,
                                const Lsn& until) {
  TRY(const Lsn from, only_position(cursor));
  TRY(const auto history, feeds.history(table, from));
  PastRows past;
  for (;;) {
    TRY(const ChangeSetPtr set, history->next());
    if (set == nullptr || until < set->lsn) return past;
    if (set->lsn < from) continue;
    for (const RowChange& change : set->changes) {
      if (set->lsn == from && change.index < cursor.index) continue;
      past.rows_.try_emplace(value::encoded_key(change.key), Row{change.key, change.before});
    }
  }
}

bool PastRows::changed_since(const value::Value& key) const {
  return rows_.contains(value::encoded_key(key));
}

}  // namespace octavo::stream
