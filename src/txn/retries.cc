#include "txn/retries.h"

#include <algorithm>
#include <utility>

#include "txn/row_key.h"

namespace octavo::txn {
namespace {

std::unexpected<Error> unreadable() {
  return fail(Code::corrupt, "an entry of a retried write cannot be read");
}

std::optional<StoredRetry> parse_retry(BytesView bytes) {
  ByteReader in(bytes);
  const auto number = in.get_le<std::uint64_t>();
  const auto lsn = get_lsn(in);
  const auto position = in.get_le<std::uint32_t>();
  if (!number || !lsn || !position || !in.empty()) return std::nullopt;
  return StoredRetry{*number, {*lsn, *position}};
}

Bytes encode_done(std::uint64_t number, const DoneStatements& done) {
  Bytes out;
  put_le(out, number);
  put_varint(out, done.count);
  return out.append(done.outcome);
}

// An entry of `retried/…`: its number, and statements without what they came to.
struct Entry {
  std::uint64_t number = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  BytesView outcome;  // valid until the cursor moves

  std::uint64_t end() const { return std::uint64_t{first} + count; }
};

std::optional<Entry> parse_done(BytesView key, BytesView value) {
  ByteReader in(value);
  const auto number = in.get_le<std::uint64_t>();
  const auto count = in.get_varint();
  constexpr std::uint64_t kMost = std::uint64_t{1} << 32;
  if (key.size() < sizeof(std::uint32_t) || !number || !count || *count >= kMost) {
    return std::nullopt;
  }
  const std::uint32_t first = retried_statement(key);
  return Entry{*number, first, static_cast<std::uint32_t>(*count), in.rest()};
}

// The entries of a session in one period.
std::unique_ptr<kv::Cursor> entries_of(const kv::Store& store, std::uint64_t period,
                                       BytesView session) {
  return store.cursor(kv::Family::meta,
                      {.lower = retried_key(period, session, 0),
                       .upper = retried_key(period, session, kLastStatement) + '\0'});
}

// The last run of a number that begins at `statement` or before it. Entries of other numbers may
// stand between: a session's earlier writes with more statements.
Result<bool> is_done_in(const kv::Store& store, std::uint64_t period, const RetryToken& token,
                        const DoneStatements& wanted) {
  const auto cursor = entries_of(store, period, token.session);
  const auto last = static_cast<std::uint32_t>(wanted.end() - 1);
  cursor->seek_for_prev(retried_key(period, token.session, last));
  for (; cursor->valid(); cursor->prev()) {
    const auto entry = parse_done(cursor->key(), cursor->value());
    if (!entry) return unreadable();
    if (entry->number == token.number) return entry->end() > wanted.first;
  }
  TRY_STATUS(cursor->status());
  return false;
}

Status add_entries(const kv::Store& store, std::uint64_t period, BytesView session,
                   RetriedSession& out) {
  const auto cursor = entries_of(store, period, session);
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
    const auto entry = parse_done(cursor->key(), cursor->value());
    if (!entry) return unreadable();
    if (entry->number != out.number) continue;
    out.statements.push_back({entry->first, entry->count, Bytes(entry->outcome)});
  }
  return cursor->status();
}

}  // namespace

void put_retry(kv::WriteBatch& batch, std::uint64_t period, const RetryToken& token,
               const FirstTime& first) {
  Bytes newest;
  put_le(newest, token.number);
  put_lsn(newest, first.lsn);
  put_le(newest, first.position);
  batch.put(kv::Family::meta, retry_key(period, token.session), newest);
  for (const DoneStatements& done : token.statements) {
    batch.put(kv::Family::meta, retried_key(period, token.session, done.first),
              encode_done(token.number, done));
  }
}

void erase_retries_before(kv::WriteBatch& batch, std::uint64_t period) {
  batch.erase_range(kv::Family::meta, retry_key(0, {}), retry_key(period, {}));
  batch.erase_range(kv::Family::meta, retried_prefix(0), retried_prefix(period));
}

Result<std::optional<StoredRetry>> find_retry(const kv::Store& store, std::uint64_t period,
                                              BytesView session) {
  Bytes value;
  for (std::uint64_t back = 0; back < 2 && back <= period; ++back) {
    TRY(const bool found, store.get(kv::Family::meta, retry_key(period - back, session), value));
    if (!found) continue;
    const auto stored = parse_retry(value);
    if (!stored) return unreadable();
    return stored;
  }
  return std::nullopt;
}

Result<bool> is_done_before(const kv::Store& store, std::uint64_t period, const RetryToken& token) {
  for (const DoneStatements& wanted : token.statements) {
    for (std::uint64_t back = 0; back < 2 && back <= period; ++back) {
      TRY(const bool done, is_done_in(store, period - back, token, wanted));
      if (done) return true;
    }
  }
  return false;
}

Result<std::optional<RetriedSession>> retried_session(const kv::Store& store, std::int64_t now_ns,
                                                      BytesView session) {
  // The log's time does not go back where the clock does.
  const std::uint64_t newest = retry_period(now_ns) + 1;
  std::optional<StoredRetry> head;
  for (const std::uint64_t period : {newest, newest - 1}) {
    if (head) break;
    TRY(head, find_retry(store, period, session));
  }
  if (!head) return std::nullopt;
  RetriedSession known;
  known.number = head->number;
  for (std::uint64_t back = 0; back < 3 && back <= newest; ++back) {
    TRY_STATUS(add_entries(store, newest - back, session, known));
  }
  std::ranges::sort(known.statements, {}, &DoneStatements::first);
  return known;
}

}  // namespace octavo::txn
