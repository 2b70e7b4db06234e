#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keyspace/file/crc64.h"
#include "keyspace/file/dump.h"
#include "keyspace/file/dump_format.h"
#include "keyspace/file/dump_reader.h"
#include "keyspace/type/hash_value.h"
#include "keyspace/type/list_value.h"
#include "keyspace/type/numbers.h"
#include "keyspace/type/set_value.h"
#include "keyspace/type/stream_value.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {
namespace {

using Texts = std::optional<std::vector<std::string>>;

// `count` strings, `each` of them per element.
Texts read_strings(DumpReader& reader, std::uint64_t each) {
  const auto count = reader.count();
  if (!count || *count == 0) return std::nullopt;
  std::vector<std::string> out;
  for (std::uint64_t i = 0; i < *count * each; ++i) {
    auto text = reader.string();
    if (!text) return std::nullopt;
    out.push_back(std::move(*text));
  }
  return out;
}

std::optional<Object> make_list(const Texts& elements) {
  if (!elements || elements->empty()) return std::nullopt;
  auto list = std::make_unique<ListValue>();
  for (const std::string& element : *elements) list->push_back(element);
  return Object(list.release());
}

// Containers of the plain kinds reject duplicates: a payload that has them was tampered with.
std::optional<Object> make_set(const Texts& members, const EncodingLimits& limits) {
  if (!members || members->empty()) return std::nullopt;
  auto set = std::make_unique<SetValue>();
  for (const std::string& member : *members) {
    if (!set->insert(member, limits)) return std::nullopt;
  }
  return Object(set.release());
}

std::optional<Object> make_hash(const Texts& pairs, const EncodingLimits& limits) {
  if (!pairs || pairs->empty() || pairs->size() % 2 != 0) return std::nullopt;
  auto hash = std::make_unique<HashValue>();
  for (std::size_t i = 0; i < pairs->size(); i += 2) {
    if (!hash->set((*pairs)[i], (*pairs)[i + 1], limits)) return std::nullopt;
  }
  return Object(hash.release());
}

std::optional<Object> read_intset(DumpReader& reader, const EncodingLimits& limits) {
  const auto bytes = reader.string();
  if (!bytes || bytes->size() < 8) return std::nullopt;
  const auto width = load_le<std::uint32_t>(bytes->data());
  const auto count = load_le<std::uint32_t>(bytes->data() + 4);
  if ((width != 2 && width != 4 && width != 8) || bytes->size() - 8 != std::size_t{count} * width) {
    return std::nullopt;
  }
  std::vector<std::string> members;
  for (std::size_t at = 8; at < bytes->size(); at += width) {
    std::int64_t value = 0;
    if (width == 2) {
      value = static_cast<std::int16_t>(load_le<std::uint16_t>(bytes->data() + at));
    } else if (width == 4) {
      value = static_cast<std::int32_t>(load_le<std::uint32_t>(bytes->data() + at));
    } else {
      value = static_cast<std::int64_t>(load_le<std::uint64_t>(bytes->data() + at));
    }
    members.push_back(format_int64(value));
  }
  return make_set(members, limits);
}

using ScoredMembers = std::vector<std::pair<std::string, double>>;

// A pack has no negative zero, so what will be a table must not begin as one.
std::optional<Object> make_zset(const ScoredMembers& items, EncodingLimits limits) {
  const bool packed = std::ssize(items) <= limits.zset_max_pack_entries &&
                      std::ranges::all_of(items, [&](const auto& item) {
                        return std::ssize(item.first) <= limits.zset_max_pack_value;
                      });
  if (!packed) limits.zset_max_pack_value = -1;
  auto zset = std::make_unique<ZsetValue>();
  for (const auto& [member, score] : items) {
    if (zset->set(member, score, limits) != ZsetValue::Change::added) return std::nullopt;
  }
  return Object(zset.release());
}

std::optional<Object> read_zset(DumpReader& reader, const EncodingLimits& limits) {
  const auto count = reader.count();
  if (!count || *count == 0) return std::nullopt;
  ScoredMembers items;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto member = reader.string();
    const auto score = reader.real();
    if (!member || !score) return std::nullopt;
    items.emplace_back(*std::move(member), *score);
  }
  return make_zset(items, limits);
}

// Scores as text.
std::optional<Object> read_old_zset(DumpReader& reader, const EncodingLimits& limits) {
  const auto count = reader.count();
  if (!count || *count == 0) return std::nullopt;
  ScoredMembers items;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto member = reader.string();
    const auto score = reader.real_text();
    if (!member || !score) return std::nullopt;
    items.emplace_back(*std::move(member), *score);
  }
  return make_zset(items, limits);
}

std::optional<Object> make_zset_of_pairs(const Texts& pairs, const EncodingLimits& limits) {
  if (!pairs || pairs->empty() || pairs->size() % 2 != 0) return std::nullopt;
  ScoredMembers items;
  for (std::size_t i = 0; i < pairs->size(); i += 2) {
    const auto score = parse_double((*pairs)[i + 1]);
    if (!score) return std::nullopt;
    items.emplace_back((*pairs)[i], *score);
  }
  return make_zset(items, limits);
}

// Of ziplists, each a string.
std::optional<Object> read_ziplists(DumpReader& reader) {
  const auto nodes = reader.count();
  if (!nodes) return std::nullopt;
  std::vector<std::string> elements;
  for (std::uint64_t i = 0; i < *nodes; ++i) {
    auto pack = reader.ziplist();
    if (!pack) return std::nullopt;
    for (std::string& element : *pack) elements.push_back(std::move(element));
  }
  return make_list(elements);
}

std::optional<Object> read_quicklist(DumpReader& reader) {
  const auto nodes = reader.count();
  if (!nodes) return std::nullopt;
  std::vector<std::string> elements;
  for (std::uint64_t i = 0; i < *nodes; ++i) {
    const auto container = reader.length();
    if (container == 1) {  // one plain element
      auto element = reader.string();
      if (!element) return std::nullopt;
      elements.push_back(std::move(*element));
    } else if (container == 2) {
      auto pack = reader.listpack();
      if (!pack) return std::nullopt;
      for (std::string& element : *pack) elements.push_back(std::move(element));
    } else {
      return std::nullopt;
    }
  }
  return make_list(elements);
}

// --- streams ---

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

std::optional<Object> read_stream(DumpReader& reader, RdbType type, const EncodingLimits& limits) {
  auto stream = std::make_unique<StreamValue>();
  const auto nodes = reader.count();
  if (!nodes) return std::nullopt;
  for (std::uint64_t i = 0; i < *nodes; ++i) {
    const auto key = reader.string();
    const Texts texts = reader.listpack();
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

}  // namespace

std::optional<Object> read_value(std::uint8_t type, DumpReader& reader,
                                 const EncodingLimits& limits) {
  switch (static_cast<RdbType>(type)) {
    case RdbType::string: {
      const auto text = reader.string();
      if (!text) return std::nullopt;
      return Object(StringValue::from_text(*text));
    }
    case RdbType::list: return make_list(read_strings(reader, 1));
    case RdbType::set: return make_set(read_strings(reader, 1), limits);
    case RdbType::hash: return make_hash(read_strings(reader, 2), limits);
    case RdbType::zset: return read_zset(reader, limits);
    case RdbType::set_intset: return read_intset(reader, limits);
    case RdbType::set_listpack: return make_set(reader.listpack(), limits);
    case RdbType::hash_listpack: return make_hash(reader.listpack(), limits);
    case RdbType::zset_listpack: return make_zset_of_pairs(reader.listpack(), limits);
    case RdbType::zset_text: return read_old_zset(reader, limits);
    case RdbType::hash_zipmap: return make_hash(reader.zipmap(), limits);
    case RdbType::list_ziplist: return make_list(reader.ziplist());
    case RdbType::zset_ziplist: return make_zset_of_pairs(reader.ziplist(), limits);
    case RdbType::hash_ziplist: return make_hash(reader.ziplist(), limits);
    case RdbType::list_ziplists: return read_ziplists(reader);
    case RdbType::list_quicklist: return read_quicklist(reader);
    case RdbType::stream_1:
    case RdbType::stream_2:
    case RdbType::stream_3: return read_stream(reader, static_cast<RdbType>(type), limits);
  }
  return std::nullopt;
}

bool dump_is_intact(BytesView payload) {
  if (payload.size() < kDumpTrailerBytes) return false;
  const BytesView body = payload.substr(0, payload.size() - 8);
  if (load_le<std::uint16_t>(body.data() + body.size() - 2) > kNewestRdbVersion) return false;
  const auto sum = load_le<std::uint64_t>(payload.data() + body.size());
  return sum == 0 || sum == crc64(body);  // 0: whoever wrote it had checksums off
}

std::optional<Object> restore_value(BytesView payload, const EncodingLimits& limits) {
  if (payload.size() < kDumpTrailerBytes) return std::nullopt;
  DumpReader reader(payload.substr(0, payload.size() - kDumpTrailerBytes));
  const auto type = reader.byte();
  auto value = type ? read_value(*type, reader, limits) : std::nullopt;
  return value && reader.empty() ? std::move(value) : std::nullopt;
}

}  // namespace octavo::keyspace
