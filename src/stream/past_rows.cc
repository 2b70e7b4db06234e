#include "stream/past_rows.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "value/key.h"

namespace octavo::stream {
namespace {

constexpr std::size_t kEntryBytes = 96;  // of the map, beside key and row

}  // namespace

Result<Lsn> only_position(const Cursor& cursor) {
  if (cursor.at.parts.size() != 1) {
    return fail(Code::invalid_argument, "The cursor is of another log.");
  }
  return cursor.at.parts.front();
}

Result<PastRows> PastRows::open(Feeds& feeds, TableId table, const Cursor& cursor, const Lsn& until,
                                value::Account* account) {
  PastRows past(account);
  TRY(past.from_, only_position(cursor));
  TRY(past.history_, feeds.history(table, past.from_));
  past.from_index_ = cursor.index;
  past.until_ = until;
  return past;
}

Result<bool> PastRows::read() {
  for (;;) {
    TRY(const algebra::ChangeSetPtr set, history_->next());
    if (set == nullptr) return history_->passed(until_);
    if (until_ < set->lsn) return true;
    if (set->lsn < from_) continue;
    for (const algebra::RowChange& change : set->changes) {
      if (set->lsn == from_ && change.index < from_index_) continue;
      if (const Status kept = keep(change); !kept) {
        return fail(
            Code::resource_exhausted,
            fmt::format("More rows were changed since the cursor than a feed may hold to "
                        "be resumed; start the feed again without a cursor, with its initial "
                        "rows. {}",
                        kept.error().what));
      }
    }
  }
}

Status PastRows::keep(const algebra::RowChange& change) {
  Bytes key = value::encoded_key(change.key);
  const std::size_t key_bytes = key.size();
  const auto [at, fresh] = rows_.try_emplace(std::move(key), Row{change.key, change.before});
  if (!fresh) return {};
  return charge_.add(kEntryBytes + key_bytes);
}

bool PastRows::changed_since(const value::Value& key) const {
  return rows_.contains(value::encoded_key(key));
}

}  // namespace octavo::stream
