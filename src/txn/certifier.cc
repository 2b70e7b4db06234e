#include "txn/certifier.h"

#include <fmt/format.h>

#include <utility>

#include "txn/row_format.h"

namespace octavo::txn {

namespace {

using Kind = Judgement::Kind;

// Larger record batches are rare; their table is not kept.
constexpr std::size_t kKeptStaged = std::size_t{1} << 14;

Judgement lost(Code code, std::string why) { return {Kind::lost, {code, std::move(why)}, {}}; }

KeyHash session_hash(const RetryToken& retry) { return named_hash("retry", retry.session); }

struct StoredRetry {
  std::uint64_t number = 0;
  FirstTime first;
};

std::optional<StoredRetry> parse_retry(BytesView bytes) {
  ByteReader in(bytes);
  const auto number = in.get_le<std::uint64_t>();
  const auto lsn = get_lsn(in);
  const auto position = in.get_le<std::uint32_t>();
  if (!number || !lsn || !position || !in.empty()) return std::nullopt;
  return StoredRetry{*number, {*lsn, *position}};
}

}  // namespace

Bytes encode_retry(std::uint64_t number, const FirstTime& first) {
  Bytes out;
  put_le(out, number);
  put_lsn(out, first.lsn);
  put_le(out, first.position);
  return out;
}

void Certifier::begin_record(std::int64_t time_ns) {
  retry_period_ = retry_period(time_ns);
  if (staged_.size() > kKeptStaged) staged_ = std::vector<Staged>(64);
  staged_count_ = 0;
  ++epoch_;
}

Judgement Certifier::judge_writes(std::optional<Lsn> snapshot, const Footprint& footprint) const {
  if (!snapshot) return {};
  if (footprint.write_keys.empty() && footprint.read_keys.empty()) return {};
  if (*snapshot < window_.floor()) {
    return lost(Code::conflict, "the transaction's snapshot is too old to commit, try again");
  }
  for (const auto* keys : {&footprint.write_keys, &footprint.read_keys}) {
    for (const KeyHash key : *keys) {
      if (window_.written_after(key, *snapshot) || staged(key)) {
        return lost(Code::conflict, "another transaction changed the same data first, try again");
      }
    }
  }
  return {};
}

Judgement Certifier::judge(const TransactionView& transaction, const Footprint& footprint) const {
  if (transaction.retry) {
    if (staged(session_hash(*transaction.retry))) return {Kind::unclear, {}, {}};
    Judgement judgement = judge_retry(*transaction.retry);
    if (judgement.kind != Kind::commits) return judgement;
  }
  Judgement judgement = judge_writes(transaction.snapshot, footprint);
  if (judgement.kind != Kind::commits) return judgement;
  for (const Guard& guard : footprint.guards) {
    if (staged(row_hash(guard.table, guard.key))) return {Kind::unclear, {}, {}};
    judgement = judge_guard(guard);
    if (judgement.kind != Kind::commits) return judgement;
  }
  return {};
}

Judgement Certifier::judge_guard(const Guard& guard) const {
  value_.clear();
  const Result<bool> found = store_.get(kv::Family::rows, row_key(guard.table, guard.key), value_);
  if (!found) return {Kind::failed, found.error(), {}};
  switch (guard.kind) {
    case GuardKind::absent:
      if (*found) return lost(Code::already_exists, "a row with this key exists");
      return {};
    case GuardKind::exists:
      if (!*found) return lost(Code::not_found, "the row that must be there is not");
      return {};
    case GuardKind::version: {
      const auto row = *found ? parse_row(value_) : std::nullopt;
      if (*found && !row) return {Kind::failed, {Code::corrupt, "a row has a bad header"}, {}};
      if (!row || row->written != guard.version) {
        return lost(Code::conflict, "the row is not at the expected version");
      }
      return {};
    }
  }
  return {};
}

Judgement Certifier::judge_retry(const RetryToken& retry) const {
  Result<bool> found = false;
  for (std::uint64_t back = 0; back < 2 && back <= retry_period_ && found && !*found; ++back) {
    value_.clear();
    found = store_.get(kv::Family::meta, retry_key(retry_period_ - back, retry.session), value_);
  }
  if (!found) return {Kind::failed, found.error(), {}};
  if (!*found) return {};
  const auto stored = parse_retry(value_);
  if (!stored) return {Kind::failed, {Code::corrupt, "a retry entry cannot be read"}, {}};
  if (retry.number == stored->number) return {Kind::duplicate, {}, stored->first};
  if (retry.number > stored->number) return {};
  return lost(Code::invalid_argument,
              fmt::format("retryable write {} is older than write {} of the same session",
                          retry.number, stored->number));
}

void Certifier::stage(const TransactionView& transaction, const Footprint& footprint) {
  for (const KeyHash key : footprint.write_keys) stage_key(key);
  if (transaction.retry) stage_key(session_hash(*transaction.retry));
}

void Certifier::stamp(const Footprint& footprint, Lsn lsn) {
  for (const KeyHash key : footprint.write_keys) window_.stamp(key, lsn);
}

bool Certifier::staged(KeyHash key) const {
  if (staged_count_ == 0) return false;
  const std::size_t mask = staged_.size() - 1;
  for (std::size_t at = key & mask; staged_[at].epoch == epoch_; at = (at + 1) & mask) {
    if (staged_[at].key == key) return true;
  }
  return false;
}

void Certifier::stage_key(KeyHash key) {
  if ((staged_count_ + 1) * 2 > staged_.size()) grow_staged();
  const std::size_t mask = staged_.size() - 1;
  std::size_t at = key & mask;
  while (staged_[at].epoch == epoch_) {
    if (staged_[at].key == key) return;
    at = (at + 1) & mask;
  }
  staged_[at] = {key, epoch_};
  ++staged_count_;
}

void Certifier::grow_staged() {
  const std::vector<Staged> old = std::exchange(staged_, std::vector<Staged>(staged_.size() * 2));
  staged_count_ = 0;
  for (const Staged& entry : old) {
    if (entry.epoch == epoch_) stage_key(entry.key);
  }
}

}  // namespace octavo::txn
