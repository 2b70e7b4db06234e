#include "keyspace/file/snapshot.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "base/checksum.h"
#include "base/limits.h"
#include "keyspace/file/snapshot_format.h"
#include "keyspace/file/value_codec.h"
#include "keyspace/type/memory.h"

namespace octavo::keyspace {

namespace {

// What is written under one hold of the mutex: a few hundredths of a millisecond.
constexpr std::size_t kHoldBytes = 16 * kKiB;
// A mutex goes to whoever asks next: without a pause that would be us again. And who sleeps often
// is not made to wait for the processor while holding it.
constexpr std::chrono::microseconds kPauseBetweenHolds{20};
// Values with more elements are written without the mutex.
constexpr std::uint64_t kLargeElements = 1000;
constexpr std::size_t kBlockBytes = 256 * kKiB;

}  // namespace

void put_snapshot_block(Bytes& out, SnapshotBlock kind, BytesView body) {
  const auto kind_byte = static_cast<char>(kind);
  put_le(out, static_cast<std::uint64_t>(body.size() + 1));
  put_le(out, crc32c(body, crc32c({&kind_byte, 1})));
  out.push_back(kind_byte);
  out.append(body);
}

Snapshotter::Snapshotter(Keyspace& keyspace, const SnapshotHeader& header, MemoryPool* waiting)
    : keyspace_(keyspace), epoch_(++keyspace.snapshot_epoch_), waiting_(waiting) {
  ASSERT(keyspace.snapshot_ == nullptr);
  put_lsn_vector(header_, header.at);
  put_le(header_, static_cast<std::uint64_t>(header.time_ns));
  put_le(header_, keyspace.last_version_);
  for (const auto field : kSnapshotLimits) {
    put_le(header_, static_cast<std::uint64_t>(keyspace.limits_.*field));
  }
  std::uint64_t slots = 0;
  for (const std::uint64_t version : keyspace.absent_versions_) slots += version != 0 ? 1 : 0;
  put_varint(header_, slots);
  for (std::size_t slot = 0; slot < keyspace.absent_versions_.size(); ++slot) {
    if (keyspace.absent_versions_[slot] == 0) continue;
    put_varint(header_, slot);
    put_le(header_, keyspace.absent_versions_[slot]);
  }
  for (const auto& [name, code] : keyspace.libraries()) {
    put_length_prefixed(libraries_, name);
    put_length_prefixed(libraries_, code);
  }
  if (!keyspace.origin().empty()) put_length_prefixed(origin_, keyspace.origin());
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    const KeyMap& keys = keyspace.database(db).keys();
    sources_.push_back({db, &keys, keys.size(), nullptr});
    keys_total_ += keys.size();
  }
  keyspace.snapshot_ = this;
}

Snapshotter::~Snapshotter() {
  const auto guard = keyspace_.lock();
  keyspace_.snapshot_ = nullptr;
  for (Source& source : sources_) {
    if (source.kept != nullptr) keyspace_.discard(std::move(source.kept), source.db);
  }
  if (waiting_ == nullptr) return;
  for (const Bytes& block : full_) waiting_->release(block.size());
}

void Snapshotter::before_change(unsigned db, KeyEntry& entry) {
  const KeyMap* keys = &keyspace_.database(db).keys();
  const auto source = std::find_if(sources_.begin(), sources_.end(),
                                   [&](const Source& one) { return one.keys == keys; });
  if (source != sources_.end()) write_entry(source->db, entry);
}

std::unique_ptr<KeyMap> Snapshotter::before_discard(std::unique_ptr<KeyMap> keys) {
  for (Source& source : sources_) {
    if (source.keys != keys.get()) continue;
    if (source.left == 0) {
      source.keys = nullptr;  // nothing of it is wanted, and it may be freed
      return keys;
    }
    source.kept = std::move(keys);
    return nullptr;
  }
  return keys;
}

void Snapshotter::put_key(Bytes& out, unsigned db, KeyEntry& entry) {
  entry.snapshot_epoch = epoch_;
  put_varint(out, db);
  put_varint(out, entry.expire_at_ms() == kNoExpiry
                      ? 0
                      : static_cast<std::uint64_t>(entry.expire_at_ms()) + 1);
  put_varint(out, entry.version);
  put_le(out, entry.access);
  put_length_prefixed(out, entry.key());
  ++keys_written_;
}

void Snapshotter::write_entry(unsigned db, KeyEntry& entry) {
  put_key(pending_, db, entry);
  encode_value(pending_, entry.value);
  if (pending_.size() >= kBlockBytes) queue_pending();
}

void Snapshotter::queue_pending() {
  if (waiting_ != nullptr) waiting_->force(pending_.size());
  full_.push_back(std::exchange(pending_, Bytes()));
}

// About so many bytes: what has piled up while the disk was busy is not taken at once.
void Snapshotter::take_queued(std::vector<Bytes>& blocks, std::size_t bytes) {
  for (std::size_t taken = 0; !full_.empty() && taken < bytes;) {
    taken += full_.front().size();
    if (waiting_ != nullptr) waiting_->release(full_.front().size());
    blocks.push_back(std::move(full_.front()));
    full_.pop_front();
  }
}

// Counts as written from here on: whoever wants to change it waits for the pin.
void Snapshotter::begin_large(unsigned db, KeyEntry& entry) {
  put_key(large_key_, db, entry);
  keyspace_.pins().pin(entry.value.container());
  large_ = entry.value.alias();
}

// Without the mutex.
Bytes Snapshotter::finish_large() {
  Bytes out = std::exchange(large_key_, Bytes());
  encode_value(out, large_);
  const void* const container = large_.container();
  large_.forget();
  keyspace_.pins().unpin({&container, 1});
  return out;
}

// With the mutex held: until there are so many bytes, or a large value. A full block is more than
// is asked for at a time.
void Snapshotter::visit_some(std::size_t bytes) {
  static_assert(kBlockBytes >= kHoldBytes);
  while (current_ < sources_.size() && full_.empty() && pending_.size() < bytes) {
    Source& source = sources_[current_];
    if (source.left != 0) source.left = std::min(source.left, source.keys->size());
    if (source.left == 0) {
      if (source.kept != nullptr) keyspace_.discard(std::move(source.kept), source.db);
      source.keys = nullptr;
      ++current_;
      continue;
    }
    // From the end to the front: erasing moves nodes to the front only (see dense_map.h).
    KeyEntry* entry = source.keys->at(--source.left);
    if (entry->snapshot_epoch == epoch_) continue;
    if (entry->value.container() != nullptr && entry->value.cost() > kLargeElements) {
      return begin_large(source.db, *entry);
    }
    write_entry(source.db, *entry);
  }
}

bool Snapshotter::step(Bytes& out, std::size_t target_bytes) {
  if (finished_) return false;
  std::vector<Bytes> blocks;
  std::size_t gathered = 0;
  for (bool more = true; more;) {
    {
      const auto guard = keyspace_.lock();
      visit_some(std::min(target_bytes - gathered, kHoldBytes));
      if (full_.empty() && !pending_.empty()) queue_pending();
      take_queued(blocks, target_bytes - gathered);
      more = this->more();
    }
    if (!large_key_.empty()) blocks.push_back(finish_large());
    gathered = 0;
    for (const Bytes& block : blocks) gathered += block.size();
    if (gathered >= target_bytes) break;
    if (more) std::this_thread::sleep_for(kPauseBetweenHolds);
  }
  if (!started_) {
    out.append(kSnapshotMagic);
    put_snapshot_block(out, SnapshotBlock::header, header_);
    // Only when there is something: older versions do not know these blocks.
    if (!libraries_.empty()) put_snapshot_block(out, SnapshotBlock::libraries, libraries_);
    if (!origin_.empty()) put_snapshot_block(out, SnapshotBlock::origin, origin_);
    started_ = true;
  }
  for (const Bytes& block : blocks) put_snapshot_block(out, SnapshotBlock::entries, block);
  // When all sources are done no hook adds to what waits any more.
  if (more()) return true;
  Bytes footer;
  put_varint(footer, keys_written_);
  put_snapshot_block(out, SnapshotBlock::footer, footer);
  finished_ = true;
  return false;
}

// --- loading ---

// In bytes whose checksum is right: what they say was written so, by a version that knows more.
std::unexpected<Error> SnapshotLoader::unknown(const std::string& what) const {
  return fail(Code::unsupported, "keyspace snapshot: " + what + " at offset " +
                                     std::to_string(offset_) + " is not known to this version");
}

std::unexpected<Error> SnapshotLoader::damaged(std::string_view what) const {
  return fail(Code::corrupt,
              "keyspace snapshot: " + std::string(what) + " at offset " + std::to_string(offset_));
}

Status SnapshotLoader::feed(BytesView bytes) {
  buffer_.append(bytes);
  std::size_t used = 0;
  if (!magic_seen_ && buffer_.size() >= kSnapshotMagic.size()) {
    if (!buffer_.starts_with(kSnapshotMagic)) {
      const bool ours = buffer_.starts_with(kSnapshotMagic.substr(0, kSnapshotMagic.size() - 1));
      return ours ? unknown("format " + buffer_.substr(kSnapshotMagic.size() - 1, 1))
                  : damaged("not a snapshot");
    }
    magic_seen_ = true;
    used = offset_ = kSnapshotMagic.size();
  }
  while (magic_seen_ && buffer_.size() - used >= kSnapshotBlockHeaderBytes) {
    const char* at = buffer_.data() + used;
    const auto size = load_le<std::uint64_t>(at);
    if (size == 0 || size > kMaxSnapshotBlockBytes) return damaged("bad block size");
    if (buffer_.size() - used - kSnapshotBlockHeaderBytes < size) break;
    const BytesView payload(at + kSnapshotBlockHeaderBytes, size);
    if (crc32c(payload) != load_le<std::uint32_t>(at + 8)) return damaged("bad checksum");
    TRY_STATUS(take_block(payload));
    used += kSnapshotBlockHeaderBytes + size;
    offset_ += kSnapshotBlockHeaderBytes + size;
  }
  buffer_.erase(0, used);
  return {};
}

Status SnapshotLoader::finish() {
  if (!footer_seen_ || !buffer_.empty()) return damaged("incomplete file");
  return {};
}

Status SnapshotLoader::take_block(BytesView payload) {
  const ByteReader body(payload.substr(1));
  if (footer_seen_) return damaged("bytes behind the end");
  switch (static_cast<SnapshotBlock>(payload[0])) {
    case SnapshotBlock::header: return header_seen_ ? damaged("second header") : take_header(body);
    case SnapshotBlock::entries:
      return header_seen_ ? take_entries(body) : damaged("entries without a header");
    case SnapshotBlock::libraries:
      return header_seen_ ? take_libraries(body) : damaged("libraries without a header");
    case SnapshotBlock::origin:
      return header_seen_ ? take_origin(body) : damaged("an origin without a header");
    case SnapshotBlock::footer:
      return header_seen_ ? take_footer(body) : damaged("footer without a header");
  }
  return unknown("block of kind " + std::to_string(static_cast<unsigned char>(payload[0])));
}

Status SnapshotLoader::take_header(ByteReader reader) {
  const auto at = get_lsn_vector(reader);
  const auto time_ns = reader.get_le<std::uint64_t>();
  const auto last_version = reader.get_le<std::uint64_t>();
  if (!at || !time_ns || !last_version) return damaged("bad header");
  header_ = {*at, static_cast<std::int64_t>(*time_ns)};
  const auto guard = keyspace_.lock();
  keyspace_.last_version_ = *last_version;
  for (const auto field : kSnapshotLimits) {
    const auto limit = reader.get_le<std::uint64_t>();
    if (!limit) return damaged("bad header");
    keyspace_.limits_.*field = static_cast<std::int64_t>(*limit);
  }
  const auto slots = reader.get_varint();
  if (!slots || *slots > keyspace_.absent_versions_.size()) return damaged("bad header");
  for (std::uint64_t i = 0; i < *slots; ++i) {
    const auto slot = reader.get_varint();
    const auto version = reader.get_le<std::uint64_t>();
    if (!slot || *slot >= keyspace_.absent_versions_.size() || !version) {
      return damaged("bad header");
    }
    keyspace_.absent_versions_[*slot] = *version;
  }
  if (!reader.empty()) return damaged("bad header");
  header_seen_ = true;
  return {};
}

Status SnapshotLoader::take_entries(ByteReader reader) {
  const auto guard = keyspace_.lock();
  collect_memory_delta();
  while (!reader.empty()) {
    const auto db_index = reader.get_varint();
    const auto expiry = reader.get_varint();
    const auto version = reader.get_varint();
    const auto access = reader.get_le<std::uint32_t>();
    const auto key = reader.get_length_prefixed();
    if (!db_index || !expiry || !version || !access || !key) return damaged("bad entry");
    if (*db_index >= keyspace_.database_count()) {
      return unknown("database " + std::to_string(*db_index));
    }
    auto value = decode_value(reader);
    if (!value) return unknown("value of key `" + std::string(*key) + "`");
    Database& db = keyspace_.database(static_cast<unsigned>(*db_index));
    if (db.find(*key) != nullptr) return damaged("key twice");
    KeyEntry& entry = db.add(*key);
    db.place(entry, *std::move(value));
    entry.version = *version;
    entry.access = *access;
    if (*expiry != 0) {
      entry.expire_at(static_cast<std::int64_t>(*expiry - 1));
      db.expiries_.update(&entry);
    }
    ++keys_loaded_;
    keyspace_.account(static_cast<unsigned>(*db_index));
  }
  return {};
}

Status SnapshotLoader::take_libraries(ByteReader reader) {
  const auto guard = keyspace_.lock();
  while (!reader.empty()) {
    const auto name = reader.get_length_prefixed();
    const auto code = reader.get_length_prefixed();
    if (!name || !code) return damaged("bad library");
    keyspace_.set_library(*name, *code);
  }
  return {};
}

Status SnapshotLoader::take_origin(ByteReader reader) {
  const auto origin = reader.get_length_prefixed();
  if (!origin || !reader.empty()) return damaged("bad origin");
  const auto guard = keyspace_.lock();
  keyspace_.set_origin(*origin);
  return {};
}

Status SnapshotLoader::take_footer(ByteReader reader) {
  const auto keys = reader.get_varint();
  if (!keys || !reader.empty()) return damaged("bad footer");
  if (*keys != keys_loaded_) return damaged("keys missing");
  footer_seen_ = true;
  return {};
}

}  // namespace octavo::keyspace
