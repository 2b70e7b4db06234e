#include "protocol/redis/rdb_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "engine/engine.h"
#include "io/file.h"
#include "keyspace/batch.h"
#include "keyspace/command_table.h"
#include "keyspace/file/crc64.h"
#include "keyspace/file/rdb_reader.h"
#include "protocol/redis/script/source.h"

namespace octavo::redis {
namespace {

using keyspace::RdbKey;
using keyspace::RdbReader;
using protocol::Existing;

constexpr std::size_t kReadBytes = kMiB;
// Of keys that are put at once.
constexpr std::size_t kBatchBytes = kMiB;
constexpr std::size_t kBatchKeys = 1000;
constexpr std::size_t kChecksumBytes = 8;

class FileBytes final : public RdbBytes {
 public:
  explicit FileBytes(io::File& file) : file_(file) {}
  Result<std::uint64_t> size() override { return file_.size(); }
  Result<std::size_t> pread(std::uint64_t offset, std::span<char> out) override {
    return file_.pread(offset, out);
  }

 private:
  io::File& file_;
};

// The last bytes are the checksum of all before them; 0, and files of old versions: there is none.
Status check_whole(RdbBytes& file) {
  TRY(const std::uint64_t size, file.size());
  std::string head(std::min<std::uint64_t>(size, 9), '\0');
  TRY(const std::size_t head_bytes, file.pread(0, head));
  head.resize(head_bytes);
  const bool is_old = head.starts_with("REDIS000") && head.back() < '5';
  if (!head.starts_with("REDIS") || is_old || size < head.size() + kChecksumBytes) return {};
  std::uint64_t sum = 0;
  std::string piece(kReadBytes, '\0');
  const std::uint64_t end = size - kChecksumBytes;
  for (std::uint64_t at = 0; at < end;) {
    const std::span<char> out(piece.data(), std::min<std::uint64_t>(piece.size(), end - at));
    TRY(const std::size_t read, file.pread(at, out));
    if (read == 0) return fail(Code::corrupt, "the file became shorter while it was read");
    sum = keyspace::crc64(BytesView(piece).substr(0, read), sum);
    at += read;
  }
  std::string told(kChecksumBytes, '\0');
  TRY(const std::size_t read, file.pread(end, told));
  if (read < kChecksumBytes)
    return fail(Code::corrupt, "the file became shorter while it was read");
  const auto expected = load_le<std::uint64_t>(told.data());
  if (expected == 0 || expected == sum) return {};
  return fail(Code::corrupt, "the file is damaged or not complete: its checksum is wrong");
}

struct Report {
  std::uint64_t keys = 0;     // that were put
  std::uint64_t expired = 0;  // left out, because their time has come
  std::uint64_t skipped = 0;  // left out, because they were there
  std::uint64_t libraries = 0;

  std::string text(const std::string& redis_version) const {
    std::string out = fmt::format("{} keys", keys);
    if (libraries > 0) out += fmt::format(" and {} libraries of functions", libraries);
    if (!redis_version.empty()) out += fmt::format(" of Redis {}", redis_version);
    if (expired > 0) out += fmt::format("; {} had expired", expired);
    if (skipped > 0) out += fmt::format("; {} were there already", skipped);
    return out;
  }
};

class Importer {
 public:
  Importer(engine::Engine& engine, RdbBytes& file, Existing existing,
           const protocol::ImportProgress& progress)
      : engine_(engine), file_(file), existing_(existing), progress_(progress) {}

  Result<std::string> run() {
    TRY(size_, file_.size());
    Status done = read_all();
    if (!done && report_.keys > 0) {
      Error error = std::move(done).error();
      error.what += fmt::format("; {} keys were imported before, and stay", report_.keys);
      return fail(std::move(error));
    }
    if (!done) return fail(std::move(done).error());
    return report_.text(reader_.redis_version());
  }

 private:
  Status read_all() {
    for (;;) {
      TRY(const RdbReader::Found found, reader_.next());
      switch (found) {
        case RdbReader::Found::more: TRY_STATUS(feed()); break;
        case RdbReader::Found::function: TRY_STATUS(add_library(reader_.function())); break;
        case RdbReader::Found::key: TRY_STATUS(add(reader_.key())); break;
        case RdbReader::Found::end: return put();
      }
    }
  }

  // As FUNCTION LOAD stores it.
  Status add_library(std::string_view text) {
    const auto source = read_library(text);
    if (!source) {
      return fail(Code::unsupported,
                  fmt::format("a library of functions: {}", source.error().what));
    }
    if (has_library(source->name)) {
      if (existing_ == Existing::skip) {
        ++report_.skipped;
        return {};
      }
      if (existing_ == Existing::refuse) {
        return fail(Code::already_exists,
                    fmt::format("library `{}` is there already (see --existing)", source->name));
      }
    }
    std::string replies;
    keyspace::LocalBatch batch(replies);
    const std::vector<std::string_view> call{"octavo.library", source->name, text};
    batch.add(*keyspace::keyspace_commands().find_logged(call.front()), 0, call);
    TRY_STATUS(engine_.keyspace().commit(batch));
    ++report_.libraries;
    return {};
  }
  bool has_library(const std::string& name) {
    keyspace::Keyspace& keyspace = engine_.keyspace().keyspace();
    const auto lock = keyspace.lock();
    return keyspace.libraries().contains(name);
  }

  Status feed() {
    piece_.resize(kReadBytes);
    TRY(const std::size_t read, file_.pread(at_, piece_));
    at_ += read;
    if (read == 0) {
      reader_.end_input();
    } else {
      reader_.feed(BytesView(piece_).substr(0, read));
    }
    const double size = static_cast<double>(std::max<std::uint64_t>(size_, 1));
    progress_(static_cast<double>(reader_.position()) / size, report_.keys);
    return {};
  }

  Status add(const RdbKey& key) {
    const std::size_t databases = engine_.keyspace().keyspace().database_count();
    if (key.database >= databases) {
      return fail(Code::unsupported, fmt::format("key `{}` is in database {}; there are {}",
                                                 key.name, key.database, databases));
    }
    if (key.expire_at_ms != 0 && key.expire_at_ms <= engine_.keyspace().now_ms()) {
      ++report_.expired;
      return {};
    }
    const std::size_t bytes = key.name.size() + key.payload.size();
    if (!keys_.empty() && (bytes_ + bytes > kBatchBytes || keys_.size() == kBatchKeys)) {
      TRY_STATUS(put());
    }
    keys_.push_back(key);
    bytes_ += bytes;
    return {};
  }

  // Its arguments are good as long as `keys_` and `words_` stay as they are.
  std::vector<std::string_view> call_of(const RdbKey& key) {
    std::vector<std::string_view> words{"restore", key.name, word(key.expire_at_ms), key.payload,
                                        "absttl"};
    if (existing_ == Existing::replace) words.emplace_back("replace");
    if (key.frequency) {
      words.emplace_back("freq");
      words.push_back(word(*key.frequency));
    } else if (key.idle_seconds) {
      words.emplace_back("idletime");
      words.push_back(word(*key.idle_seconds));
    }
    return words;
  }
  template <class Number>
  std::string_view word(Number number) {
    return words_.emplace_back(fmt::format("{}", number));
  }

  // All that were added, in one write.
  Status put() {
    if (keys_.empty()) return {};
    TRY_STATUS(engine_.keyspace().make_room(bytes_));
    const keyspace::CommandSpec& restore = *keyspace::keyspace_commands().find_logged("restore");
    std::string replies;
    keyspace::LocalBatch batch(replies);
    std::vector<std::vector<std::string_view>> calls;
    for (const RdbKey& key : keys_) calls.push_back(call_of(key));
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      batch.add(restore, static_cast<unsigned>(keys_[i].database), calls[i]);
    }
    TRY_STATUS(engine_.keyspace().commit(batch));
    TRY_STATUS(look_at(replies));
    keys_.clear();
    words_.clear();
    bytes_ = 0;
    return {};
  }

  // A line for each key.
  Status look_at(std::string_view replies) {
    Status outcome;
    for (const RdbKey& key : keys_) {
      const std::string_view line = replies.substr(0, replies.find("\r\n"));
      replies.remove_prefix(std::min(line.size() + 2, replies.size()));
      const bool exists = line.starts_with("-BUSYKEY");
      if (!line.starts_with('-')) {
        ++report_.keys;
      } else if (exists && existing_ == Existing::skip) {
        ++report_.skipped;
      } else if (outcome) {
        outcome = fail(exists ? Code::already_exists : Code::internal,
                       fmt::format("key `{}` of database {}: {}", key.name, key.database,
                                   exists ? "is there already (see --existing)" : line.substr(1)));
      }
    }
    return outcome;
  }

  engine::Engine& engine_;
  RdbBytes& file_;
  const Existing existing_;
  const protocol::ImportProgress& progress_;
  RdbReader reader_;
  std::string piece_;
  std::uint64_t at_ = 0;
  std::uint64_t size_ = 0;
  std::vector<RdbKey> keys_;
  std::size_t bytes_ = 0;
  std::deque<std::string> words_;
  Report report_;
};

}  // namespace

Status check_rdb(RdbBytes& file) { return check_whole(file); }

// It stands in front of the keys, of which a large one is not read to its end.
Result<std::uint64_t> stream_database(RdbBytes& file) {
  constexpr std::size_t kFrontBytes = 64 * kKiB;
  TRY(const std::uint64_t size, file.size());
  std::string front(std::min<std::uint64_t>(size, kFrontBytes), '\0');
  TRY(const std::size_t read, file.pread(0, front));
  RdbReader reader;
  reader.feed(BytesView(front).substr(0, read));
  TRY_STATUS(reader.next());
  return reader.stream_database();
}

Result<std::string> load_rdb(engine::Engine& engine, RdbBytes& file, protocol::Existing existing,
                             const protocol::ImportProgress& progress) {
  return Importer(engine, file, existing, progress).run();
}

Result<std::string> import_rdb(engine::Engine& engine, io::File& file, protocol::Existing existing,
                               const protocol::ImportProgress& progress) {
  FileBytes bytes(file);
  TRY_STATUS(check_rdb(bytes));
  return load_rdb(engine, bytes, existing, progress);
}

}  // namespace octavo::redis
