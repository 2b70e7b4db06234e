#pragma once

// What the store keeps of writes that may come again: `retry/…` and `retried/…` in meta
// (docs/formats/transaction.md). Entries belong to a period of the log's time (row_key.h); looked
// at are those of the current period and of the one before.

#include <cstdint>
#include <optional>

#include "base/lsn.h"
#include "base/result.h"
#include "base/retry_token.h"
#include "kv/store.h"

namespace octavo::txn {

// Where a retried write was done the first time.
struct FirstTime {
  Lsn lsn;
  std::uint32_t position = 0;
};
struct StoredRetry {
  std::uint64_t number = 0;
  FirstTime first;  // of the newest transaction of that number
};

void put_retry(kv::WriteBatch& batch, std::uint64_t period, const RetryToken& token,
               const FirstTime& first);
// Erases what nobody looks for from `period` on, which is not the first.
void erase_retries_before(kv::WriteBatch& batch, std::uint64_t period);

// The newest of a session. `corrupt`.
Result<std::optional<StoredRetry>> find_retry(const kv::Store& store, std::uint64_t period,
                                              BytesView session);
// Whether a statement of the token was done before, under its number.
Result<bool> is_done_before(const kv::Store& store, std::uint64_t period, const RetryToken& token);
// All that is known of a session, at the time `now_ns` or later, if the log's is ahead of it.
Result<std::optional<RetriedSession>> retried_session(const kv::Store& store, std::int64_t now_ns,
                                                      BytesView session);

}  // namespace octavo::txn
