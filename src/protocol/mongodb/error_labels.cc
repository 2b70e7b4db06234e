#include "protocol/mongodb/error_labels.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {
namespace {

constexpr std::string_view kTransient = "TransientTransactionError";
constexpr std::string_view kRetryable = "RetryableWriteError";
constexpr std::string_view kResumable = "ResumableChangeStreamError";
constexpr std::string_view kNotResumable = "NonResumableChangeStreamError";

enum LabelFlag : std::uint8_t {
  kRetries = 1U << 0,     // a write may be tried again
  kTransacts = 1U << 1,   // a transaction may
  kResumes = 1U << 2,     // a change stream may be opened again
  kEndsStream = 1U << 3,  // it may not
};

struct LabelRow {
  ErrorCode code;
  std::uint8_t flags;
};

constexpr LabelRow kRows[] = {
    {ErrorCode::host_unreachable, kRetries | kTransacts | kResumes},
    {ErrorCode::host_not_found, kRetries | kTransacts | kResumes},
    {ErrorCode::lock_timeout, kTransacts},
    {ErrorCode::network_timeout, kRetries | kTransacts | kResumes},
    {ErrorCode::shutdown_in_progress, kRetries | kTransacts | kResumes},
    {ErrorCode::write_conflict, kTransacts},
    {ErrorCode::primary_stepped_down, kRetries | kTransacts | kResumes},
    {ErrorCode::snapshot_unavailable, kTransacts},
    {ErrorCode::prepared_transaction_in_progress, kTransacts},
    {ErrorCode::no_such_transaction, kTransacts},
    {ErrorCode::exceeded_time_limit, kRetries | kResumes},
    {ErrorCode::socket_exception, kRetries | kTransacts | kResumes},
    {ErrorCode::not_writable_primary, kRetries | kTransacts | kResumes},
    {ErrorCode::interrupted_at_shutdown, kRetries | kTransacts | kResumes},
    {ErrorCode::interrupted_due_to_repl_state_change, kRetries | kTransacts | kResumes},
    {ErrorCode::not_primary_no_secondary_ok, kRetries | kTransacts | kResumes},
    {ErrorCode::not_primary_or_secondary, kRetries | kTransacts | kResumes},
    {ErrorCode::stale_shard_version, kResumes},
    {ErrorCode::failed_to_satisfy_read_preference, kResumes},
    {ErrorCode::stale_epoch, kResumes},
    {ErrorCode::retry_change_stream, kResumes},
    {ErrorCode::stale_config, kResumes},
    {ErrorCode::change_stream_fatal_error, kEndsStream},
    {ErrorCode::change_stream_history_lost, kEndsStream},
};

std::uint8_t flags_of(std::uint32_t number) {
  const auto* const row = std::ranges::find(kRows, static_cast<ErrorCode>(number), &LabelRow::code);
  return row == std::end(kRows) ? std::uint8_t{0} : row->flags;
}

}  // namespace

std::vector<std::string> error_labels(std::uint32_t number, const ErrorPlace& place) {
  const std::uint8_t flags = flags_of(number);
  const bool retries = (flags & kRetries) != 0;
  std::vector<std::string> labels;
  // A commit that may be tried again has perhaps happened: the transaction must not be repeated.
  const bool whole = place.in_transaction || (place.ends_transaction && !retries);
  if (whole && (flags & kTransacts) != 0) labels.emplace_back(kTransient);
  if (retries && (place.is_retryable_write || place.ends_transaction)) {
    labels.emplace_back(kRetryable);
  }
  if (place.reads_changes && (flags & kResumes) != 0) labels.emplace_back(kResumable);
  if ((flags & kEndsStream) != 0) labels.emplace_back(kNotResumable);
  return labels;
}

}  // namespace octavo::mongodb
