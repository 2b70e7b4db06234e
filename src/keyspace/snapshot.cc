#include "keyspace/snapshot.h"

#include <algorithm>

#include "base/assert.h"
#include "base/checksum.h"
#include "keyspace/memory.h"
#include "keyspace/snapshot_format.h"
#include "keyspace/value_codec.h"

namespace octavo::keyspace {

void put_snapshot_block(Bytes& out, SnapshotBlock kind, BytesView body) {
  const auto kind_byte = static_cast<char>(kind);
  put_le(out, static_cast<std::uint64_t>(body.size() + 1));
  put_le(out, crc32c(body, crc32c({&kind_byte, 1})));
  out.push_back(kind_byte);
  out.append(body);
}

Snapshotter::Snapshotter(Keyspace& keyspace, const SnapshotHeader& header)
    : keyspace_(keyspace), epoch_(++keyspace.snapshot_epoch_) {
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

void Snapshotter::write_entry(unsigned db, KeyEntry& entry) {
  entry.snapshot_epoch = epoch_;
  put_varint(pending_, db);
  put_varint(pending_, entry.expire_at_ms == kNoExpiry
                           ? 0
                           : static_cast<std::uint64_t>(entry.expire_at_ms) + 1);
  put_varint(pending_, entry.version);
  put_le(pending_, entry.access);
  put_length_prefixed(pending_, entry.key());
  encode_value(pending_, entry.value);
  ++keys_written_;
}

bool Snapshotter::step(Bytes& out, std::size_t target_bytes) {
  if (finished_) return false;
  Bytes body;
  {
    const auto guard = keyspace_.lock();
    while (current_ < sources_.size() && pending_.size() < target_bytes) {
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
      if (entry->snapshot_epoch != epoch_) write_entry(source.db, *entry);
    }
    body.swap(pending_);
  }
  if (!started_) {
    out.append(kSnapshotMagic);
    put_snapshot_block(out, SnapshotBlock::header, header_);
    started_ = true;
  }
  if (!body.empty()) put_snapshot_block(out, SnapshotBlock::entries, body);
  if (current_ < sources_.size()) return true;
  // All sources are done, so no hook adds to `pending_` any more.
  Bytes footer;
  put_varint(footer, keys_written_);
  put_snapshot_block(out, SnapshotBlock::footer, footer);
  finished_ = true;
  return false;
}

// --- loading ---

std::unexpected<Error> SnapshotLoader::damaged(std::string_view what) const {
  return fail(Code::corrupt,
              "keyspace snapshot: " + std::string(what) + " at offset " + std::to_string(offset_));
}

Status SnapshotLoader::feed(BytesView bytes) {
  buffer_.append(bytes);
  std::size_t used = 0;
  if (!magic_seen_ && buffer_.size() >= kSnapshotMagic.size()) {
    if (!buffer_.starts_with(kSnapshotMagic)) return damaged("not a snapshot");
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
    case SnapshotBlock::footer:
      return header_seen_ ? take_footer(body) : damaged("footer without a header");
  }
  return damaged("unknown block");
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
    if (*db_index >= keyspace_.database_count()) return damaged("unknown database");
    auto value = decode_value(reader);
    if (!value) return damaged("bad value");
    Database& db = keyspace_.database(static_cast<unsigned>(*db_index));
    if (db.find(*key) != nullptr) return damaged("key twice");
    KeyEntry& entry = db.add(*key);
    entry.value = std::move(*value);
    entry.version = *version;
    entry.access = *access;
    if (*expiry != 0) {
      entry.expire_at_ms = static_cast<std::int64_t>(*expiry - 1);
      db.expiries_.update(&entry);
    }
    ++keys_loaded_;
    keyspace_.account(static_cast<unsigned>(*db_index));
  }
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
