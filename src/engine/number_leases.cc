#include "engine/number_leases.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace octavo::engine {
namespace {

constexpr std::uint64_t kLease = 1'000;
constexpr int kMaxAttempts = 100;

// The largest number of a column. The last of 64 bits is kept back: it has no successor.
std::uint64_t most_of(const value::LogicalType& type) {
  if (type.kind != value::Kind::integer) return std::uint64_t{1} << 53U;
  const unsigned bits = type.is_unsigned ? type.bits : type.bits - 1U;
  return bits == 64 ? std::numeric_limits<std::uint64_t>::max() - 1
                    : (std::uint64_t{1} << bits) - 1;
}

std::unexpected<Error> none_left() {
  return fail(Code::out_of_range, "There are no numbers left for the column.");
}

}  // namespace

Bytes sequence_name(TableId table, ColumnId column) {
  Bytes name = "numbers/";
  put_be(name, raw(table));
  put_be(name, raw(column));
  return name;
}

std::shared_ptr<NumberLeases::Sequence> NumberLeases::of(const Key& key) {
  const MutexLock lock(mutex_);
  auto& sequence = sequences_[key];
  if (sequence == nullptr) sequence = std::make_shared<Sequence>();
  return sequence;
}

// 0: nothing was leased yet.
Result<std::uint64_t> NumberLeases::stored(const Key& key) const {
  Bytes value;
  TRY(const bool there,
      rows_.get(kv::Family::meta, txn::sequence_key(sequence_name(key.first, key.second)), value));
  if (!there) return std::uint64_t{0};
  ByteReader reader(value);
  const auto next = reader.get_le<std::uint64_t>();
  if (!next) return fail(Code::corrupt, "a sequence does not decode");
  return *next;
}

Status NumberLeases::load(const Key& key, const catalog::TableDefinition& table,
                          Sequence& sequence) {
  if (!sequence.loaded) {
    TRY(const std::uint64_t from, stored(key));
    sequence.next = sequence.leased = std::max<std::uint64_t>(from, 1);
    sequence.loaded = true;
  }
  const auto* column = table.find_column(key.second);
  if (column != nullptr && !column->hidden) {
    sequence.next = std::max(sequence.next, table.first_number);
  }
  return {};
}

Status NumberLeases::commit(const Key& key, std::uint64_t next, const Lsn& snapshot) {
  txn::TransactionBuilder builder;
  builder.set_snapshot(snapshot);
  builder.sequence(sequence_name(key.first, key.second), next);
  TRY(const auto* const transaction, builder.finish());
  return sequencer_.commit(*transaction).status;
}

bool NumberLeases::has_leased(const Sequence& sequence, std::uint64_t count) {
  return sequence.next <= sequence.leased && count <= sequence.leased - sequence.next;
}

// So that `count` numbers from the next one on are ours.
Status NumberLeases::lease(const Key& key, std::uint64_t count, std::uint64_t most,
                           Sequence& sequence) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (has_leased(sequence, count)) return {};
    const Lsn snapshot = sequencer_.read_point();
    TRY(const std::uint64_t from, stored(key));
    // Another node has leased what follows ours.
    if (from > sequence.leased) sequence.next = std::max(sequence.next, from);
    if (sequence.next > most + 1 || count > most + 1 - sequence.next) return none_left();
    const std::uint64_t wanted = sequence.next + count;
    const std::uint64_t upto = wanted + std::min(kLease, most + 1 - wanted);
    Status leased = commit(key, upto, snapshot);
    if (leased) {
      sequence.leased = upto;
      return {};
    }
    if (leased.error().code != Code::conflict) return leased;
  }
  return fail(Code::conflict, "The numbers of the column kept being leased by others.");
}

Result<std::uint64_t> NumberLeases::take(const catalog::TableDefinition& table,
                                         const catalog::ColumnDefinition& column,
                                         std::uint64_t count) {
  const Key key{table.id, column.id};
  const auto sequence = of(key);
  const MutexLock lock(sequence->mutex);
  TRY_STATUS(load(key, table, *sequence));
  TRY_STATUS(lease(key, count, most_of(*column.type), *sequence));
  const std::uint64_t first = sequence->next;
  sequence->next += count;
  return first;
}

std::optional<std::uint64_t> NumberLeases::take_leased(const catalog::TableDefinition& table,
                                                       const catalog::ColumnDefinition& column,
                                                       std::uint64_t count) {
  const Key key{table.id, column.id};
  const auto sequence = of(key);
  if (!sequence->mutex.try_lock()) return std::nullopt;  // someone is at it, perhaps for a lease
  std::optional<std::uint64_t> first;
  if (sequence->loaded && load(key, table, *sequence) && has_leased(*sequence, count)) {
    first = sequence->next;
    sequence->next += count;
  }
  sequence->mutex.unlock();
  return first;
}

Status NumberLeases::passed(const catalog::TableDefinition& table,
                            const catalog::ColumnDefinition& column, std::uint64_t number) {
  const Key key{table.id, column.id};
  const std::uint64_t most = most_of(*column.type);
  const auto sequence = of(key);
  const MutexLock lock(sequence->mutex);
  TRY_STATUS(load(key, table, *sequence));
  if (number < sequence->next || number > most) return {};
  sequence->next = number + 1;
  return lease(key, 0, most, *sequence);
}

std::uint64_t NumberLeases::next(const catalog::TableDefinition& table,
                                 const catalog::ColumnDefinition& column) {
  const Key key{table.id, column.id};
  const auto sequence = of(key);
  const MutexLock lock(sequence->mutex);
  if (!load(key, table, *sequence)) return 1;
  return sequence->next;
}

void NumberLeases::keep_only(const catalog::CatalogState& state) {
  const MutexLock lock(mutex_);
  std::erase_if(sequences_,
                [&](const auto& entry) { return state.find_table(entry.first.first) == nullptr; });
}

Status NumberLeases::give_back() {
  std::map<Key, std::shared_ptr<Sequence>> all;
  {
    const MutexLock lock(mutex_);
    all.swap(sequences_);
  }
  for (const auto& [key, sequence] : all) {
    const MutexLock lock(sequence->mutex);
    if (!sequence->loaded || sequence->next >= sequence->leased) continue;
    TRY_STATUS(commit(key, sequence->next, sequencer_.read_point()));
    sequence->leased = sequence->next;
  }
  return {};
}

}  // namespace octavo::engine
