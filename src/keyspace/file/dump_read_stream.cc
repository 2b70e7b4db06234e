#include "keyspace/file/dump_read_stream.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keyspace/type/numbers.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {
namespace {

// Walks the texts of a stream's listpack.
class StreamNodeReader {
 public:
  explicit StreamNodeReader(const std::vector<std::string>& texts) : texts_(texts) {}

  bool append_to(StreamValue& stream, StreamId master, const EncodingLimits& limits) {
    const auto live = number();
    const auto deleted = number();
    const auto field_count = number();
    if (!live || !deleted || !field_count || !take(*field_count, master_fields_)) return false;
    if (!number()) return false;  // the end of the master entry
    if (!is_count(*live) || !is_count(*deleted)) return false;
    for (std::int64_t i = 0; i < *live + *deleted; ++i) {
      if (!append_entry(stream, master, limits)) return false;
    }
    return at_ == texts_.size();
  }

 private:
  std::optional<std::int64_t> number() {
    return at_ < texts_.size() ? parse_int64(texts_[at_++]) : std::nullopt;
  }
  // Of entries, each of which has several texts.
  bool is_count(std::int64_t number) const {
    return number >= 0 && static_cast<std::uint64_t>(number) <= texts_.size();
  }
  bool take(std::int64_t count, std::vector<std::string_view>& out) {
    out.clear();
    if (count < 0 || static_cast<std::uint64_t>(count) > texts_.size() - at_) return false;
    for (std::int64_t i = 0; i < count; ++i) out.push_back(texts_[at_++]);
    return true;
  }
  bool append_entry(StreamValue& stream, StreamId master, const EncodingLimits& limits) {
    const auto flags = number();
    const auto ms = number();
    const auto sequence = number();
    if (!flags || !ms || !sequence) return false;
    std::vector<std::string_view> fields;
    if ((*flags & kStreamEntrySameFields) != 0) {
      std::vector<std::string_view> values;
      if (!take(static_cast<std::int64_t>(master_fields_.size()), values)) return false;
      for (std::size_t i = 0; i < values.size(); ++i) {
        fields.push_back(master_fields_[i]);
        fields.push_back(values[i]);
      }
    } else {
      const auto count = number();
      if (!count || *count < 0 || *count > INT32_MAX || !take(*count * 2, fields)) return false;
    }
    if (!number()) return false;  // the number of elements of the entry
    if ((*flags & kStreamEntryDeleted) != 0) return true;
    const StreamId id{master.ms + static_cast<std::uint64_t>(*ms),
                      master.sequence + static_cast<std::uint64_t>(*sequence)};
    if (stream.size() > 0 && id <= stream.last_id()) return false;
    stream.append(id, fields, limits);
    return true;
  }

  const std::vector<std::string>& texts_;
  std::size_t at_ = 0;
  std::vector<std::string_view> master_fields_;
};

bool read_consumers(DumpReader& reader, StreamValue::Group& group, RdbType type) {
  const auto consumers = reader.count();
  if (!consumers) return false;
  for (std::uint64_t i = 0; i < *consumers; ++i) {
    const auto name = reader.string();
    const auto seen = reader.milliseconds();
    if (!name || !seen) return false;
    if (type == RdbType::stream_3 && !reader.milliseconds()) return false;  // active time
    StreamValue::Consumer& consumer = group.consumers[*name];
    consumer.name = *name;
    consumer.seen_ms = static_cast<std::int64_t>(*seen);
    const auto pending = reader.count();
    if (!pending) return false;
    for (std::uint64_t k = 0; k < *pending; ++k) {
      const auto id = reader.raw_id();
      const auto entry = id ? group.pending.find(*id) : group.pending.end();
      if (entry == group.pending.end() || entry->second.consumer != nullptr) return false;
      entry->second.consumer = &consumer;
      consumer.pending[*id] = &entry->second;
    }
  }
  // Whatever is pending is pending at somebody.
  for (const auto& [id, entry] : group.pending) {
    if (entry.consumer == nullptr) return false;
  }
  return true;
}

bool read_group(DumpReader& reader, StreamValue& stream, RdbType type) {
  const auto name = reader.string();
  const auto last_id = reader.id();
  if (!name || !last_id || stream.find_group(*name) != nullptr) return false;
  StreamValue::Group& group = stream.groups()[*name];
  group.last_id = *last_id;
  if (type == RdbType::stream_1) {
    group.entries_read = stream.entries_read_at(*last_id);
  } else {
    const auto read = reader.length();
    if (!read) return false;
    group.entries_read = static_cast<std::int64_t>(*read);
  }
  const auto pending = reader.count();
  if (!pending) return false;
  for (std::uint64_t i = 0; i < *pending; ++i) {
    const auto id = reader.raw_id();
    const auto delivered = reader.milliseconds();
    const auto deliveries = reader.length();
    if (!id || !delivered || !deliveries) return false;
    group.pending[*id] = {nullptr, static_cast<std::int64_t>(*delivered), *deliveries};
  }
  return read_consumers(reader, group, type);
}

}  // namespace

std::optional<Object> read_stream(DumpReader& reader, RdbType type, const EncodingLimits& limits) {
  auto stream = std::make_unique<StreamValue>();
  const auto nodes = reader.count();
  if (!nodes) return std::nullopt;
  for (std::uint64_t i = 0; i < *nodes; ++i) {
    const auto key = reader.string();
    const auto texts = reader.listpack();
    if (!key || key->size() != 16 || !texts) return std::nullopt;
    const StreamId master{load_be<std::uint64_t>(key->data()),
                          load_be<std::uint64_t>(key->data() + 8)};
    if (!StreamNodeReader(*texts).append_to(*stream, master, limits)) return std::nullopt;
  }
  const auto size = reader.length();
  const auto last_id = reader.id();
  if (!size || *size != stream->size() || !last_id || *last_id < stream->last_id()) {
    return std::nullopt;
  }
  stream->set_last_id(*last_id);
  if (type != RdbType::stream_1) {
    const auto first_id = reader.id();
    const auto max_deleted = reader.id();
    const auto added = reader.length();
    if (!first_id || !max_deleted || !added) return std::nullopt;
    stream->set_max_deleted_id(*max_deleted);
    stream->set_entries_added(*added);
  }
  const auto groups = reader.count();
  if (!groups) return std::nullopt;
  for (std::uint64_t i = 0; i < *groups; ++i) {
    if (!read_group(reader, *stream, type)) return std::nullopt;
  }
  return Object(stream.release());
}

}  // namespace octavo::keyspace
