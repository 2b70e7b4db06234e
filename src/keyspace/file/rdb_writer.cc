#include "keyspace/file/rdb_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/limits.h"
#include "keyspace/file/crc64.h"
#include "keyspace/file/dump.h"
#include "keyspace/file/dump_format.h"

namespace octavo::keyspace {
namespace {

// As keyspace/file/snapshot.cc: what is done in one hold of the mutex, and what follows it.
constexpr std::size_t kHoldBytes = 16 * kKiB;
constexpr std::size_t kKeysAtOnce = 1024;
constexpr std::chrono::microseconds kPauseBetweenHolds{20};
constexpr std::uint64_t kLargeElements = 1000;

constexpr char kAuxiliary = static_cast<char>(0xfa);
constexpr char kSizes = static_cast<char>(0xfb);
constexpr char kDatabase = static_cast<char>(0xfe);
constexpr char kEnd = static_cast<char>(0xff);

// A newer one only where an older one cannot say it: of readers there are more for that.
std::uint16_t rdb_version(const Keyspace& keyspace) {
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    const auto* ends = keyspace.database(db).field_ends();
    if (ends != nullptr && ends->size() > 0) return kRdbVersionOfEnds;
  }
  return kRdbVersion;
}

void put_note(Bytes& out, std::string_view name, std::string_view value) {
  out.push_back(kAuxiliary);
  put_dump_string(out, name);
  put_dump_string(out, value);
}

}  // namespace

RdbWriter::RdbWriter(Keyspace& keyspace, Observers& observers, MemoryPool& waiting, Options options)
    : keyspace_(keyspace),
      observers_(observers),
      pool_(waiting),
      max_waiting_bytes_(options.max_waiting_bytes),
      last_version_(keyspace.last_version()) {
  put_head(options);
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    const Database& database = keyspace.database(db);
    sources_.push_back({.db = db,
                        .db_now = db,
                        .keys = &database.keys(),
                        .left = database.size(),
                        .size = database.size(),
                        .mortal_size = static_cast<std::uint32_t>(database.expiries().size()),
                        .written = {}});
  }
  note_waiting();
  observers_.add_listener_locked(*this);
}

RdbWriter::~RdbWriter() {
  const auto lock = keyspace_.lock();
  observers_.remove_listener_locked(*this);
  pool_.release(noted_bytes_);
}

void RdbWriter::put_head(const Options& options) {
  waiting_ += fmt::format("REDIS{:04}", rdb_version(keyspace_));
  put_note(waiting_, "redis-bits", "64");
  put_note(waiting_, "ctime", std::to_string(options.wall_s));
  put_note(waiting_, "used-mem", std::to_string(keyspace_.used_bytes()));
  for (const auto& [name, value] : options.notes) put_note(waiting_, name, value);
  for (const auto& [name, code] : keyspace_.libraries()) {
    waiting_.push_back(static_cast<char>(kRdbLibrary));
    put_dump_string(waiting_, code);
  }
}

// --- what changes meanwhile; with the mutex held ---

RdbWriter::Source* RdbWriter::source_of(unsigned db_now) {
  const auto found = std::ranges::find(sources_, db_now, &Source::db_now);
  return found == sources_.end() || found->keys == nullptr ? nullptr : &*found;
}

// Not written yet, and as it was.
bool RdbWriter::is_due(const Source& source, const KeyEntry& entry) const {
  return entry.version <= last_version_ && !source.written.contains(std::string(entry.key()));
}

void RdbWriter::remember(Source& source, std::string_view key) {
  if (source.written.emplace(key).second) names_bytes_ += sizeof(std::string) + key.size();
}

void RdbWriter::about_to_change(unsigned db, std::string_view key) {
  Source* const source = source_of(db);
  if (source == nullptr || finished_ || !status_) return;
  source->left = std::min(source->left, source->keys->size());
  const KeyEntry* entry = source->keys->find(key);
  if (entry == nullptr || source->left == 0) return;
  if (entry->position < source->left) {
    if (is_due(*source, *entry)) {
      put_key(*source, *entry, entry->value, waiting_);
      remember(*source, key);
    }
    // Where it goes, the last key takes its place (dense_map.h), which may have been written.
    if (source->keys->size() > source->left) {
      remember(*source, source->keys->at(source->keys->size() - 1)->key());
    }
  }
  note_waiting();
}

void RdbWriter::about_to_flush(unsigned db) {
  Source* const source = source_of(db);
  if (source == nullptr) return;
  if (source->left > 0 && !finished_) {
    status_ = fail(Code::conflict, "a database was flushed while its keys were written");
  }
  source->keys = nullptr;
  source->left = 0;
}

void RdbWriter::about_to_swap(unsigned first, unsigned second) {
  for (Source& source : sources_) {
    if (source.db_now == first) {
      source.db_now = second;
    } else if (source.db_now == second) {
      source.db_now = first;
    }
  }
}

void RdbWriter::note_waiting() {
  const std::size_t bytes = waiting_.size() + names_bytes_;
  if (bytes > noted_bytes_) {
    pool_.force(bytes - noted_bytes_);
  } else {
    pool_.release(noted_bytes_ - bytes);
  }
  noted_bytes_ = bytes;
  if (bytes <= max_waiting_bytes_ || !status_) return;
  status_ = fail(Code::resource_exhausted,
                 fmt::format("more keys changed than may wait to be written ({} MiB)",
                             max_waiting_bytes_ / kMiB));
}

// --- the file ---

void RdbWriter::put_database(const Source& source, Bytes& out) {
  if (selected_ == &source) return;
  selected_ = &source;
  out.push_back(kDatabase);
  put_dump_length(out, source.db);
  out.push_back(kSizes);
  put_dump_length(out, source.size);
  put_dump_length(out, source.mortal_size);
}

void RdbWriter::put_key(const Source& source, const KeyEntry& entry, const Object& value,
                        Bytes& out) {
  put_database(source, out);
  put_rdb_key(out, entry.key(), entry.expire_at_ms(), value);
  ++keys_written_;
}

// With the mutex held: until there are so many bytes, or a large value.
void RdbWriter::visit_some(std::size_t bytes) {
  std::size_t looked_at = 0;
  while (current_ < sources_.size() && waiting_.size() < bytes && looked_at < kKeysAtOnce) {
    Source& source = sources_[current_];
    if (source.keys != nullptr) source.left = std::min(source.left, source.keys->size());
    if (source.left == 0) {
      ++current_;
      continue;
    }
    ++looked_at;
    const KeyEntry& entry = *source.keys->at(--source.left);
    if (!is_due(source, entry)) continue;
    if (entry.value.container() != nullptr && entry.value.cost() > kLargeElements) {
      keyspace_.pins().pin(entry.value.container());
      large_source_ = &source;
      large_key_ = entry.key();
      large_expiry_ms_ = entry.expire_at_ms();
      large_ = entry.value.alias();
      return;
    }
    put_key(source, entry, entry.value, waiting_);
  }
}

// Without the mutex. In front of it goes what waits: `step` has taken that.
void RdbWriter::finish_large() {
  Bytes out;
  put_rdb_key(out, large_key_, large_expiry_ms_, large_);
  const void* const container = large_.container();
  large_.forget();
  keyspace_.pins().unpin({&container, 1});
  const auto lock = keyspace_.lock();
  put_database(*large_source_, waiting_);
  waiting_ += out;
  ++keys_written_;
  large_source_ = nullptr;
}

Result<bool> RdbWriter::step(Bytes& out, std::size_t target_bytes) {
  if (finished_) return false;
  const std::size_t begin = out.size();
  for (;;) {
    bool more = false;
    {
      const auto lock = keyspace_.lock();
      TRY_STATUS(status_);
      visit_some(kHoldBytes);
      more = current_ < sources_.size() || large_source_ != nullptr;
      if (large_source_ == nullptr) {
        out += waiting_;
        Bytes().swap(waiting_);
        note_waiting();
        finished_ = !more;
      }
    }
    if (large_source_ != nullptr) finish_large();
    if (!more || out.size() - begin >= target_bytes) break;
    std::this_thread::sleep_for(kPauseBetweenHolds);
  }
  if (finished_) out.push_back(kEnd);
  checksum_ = crc64(BytesView(out).substr(begin), checksum_);
  if (finished_) put_le(out, checksum_);
  return !finished_;
}

}  // namespace octavo::keyspace
