#include "keyspace/file/value_codec.h"

#include <bit>
#include <cmath>
#include <limits>
#include <memory>

#include "keyspace/file/dump_format.h"
#include "keyspace/type/hash_value.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/list_value.h"
#include "keyspace/type/set_value.h"
#include "keyspace/type/stream_value.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {
namespace {

enum class Tag : std::uint8_t {
  integer = 0,
  string = 1,
  raw_string = 2,
  list = 3,
  int_set = 4,
  set_table = 5,
  packed_zset = 6,
  zset_table = 7,
  packed_hash = 8,
  hash_table = 9,
  stream = 10,
  timed_packed_hash = 11,
  timed_hash_table = 12,
};

// Values were small enough, or not, when they were written; loading does not judge again.
constexpr EncodingLimits kKeepPacked{
    .hash_max_pack_entries = std::numeric_limits<std::int64_t>::max(),
    .hash_max_pack_value = std::numeric_limits<std::int64_t>::max(),
    .set_max_int_entries = std::numeric_limits<std::int64_t>::max(),
    .zset_max_pack_entries = std::numeric_limits<std::int64_t>::max(),
    .zset_max_pack_value = std::numeric_limits<std::int64_t>::max(),
};

void put_tag(Bytes& out, Tag tag) { out.push_back(static_cast<char>(tag)); }
void put_double(Bytes& out, double value) { put_le(out, std::bit_cast<std::uint64_t>(value)); }
void put_id(Bytes& out, StreamId id) {
  put_le(out, id.ms);
  put_le(out, id.sequence);
}

void encode_string(Bytes& out, const StringValue& value) {
  if (value.is_integer()) {
    put_tag(out, Tag::integer);
    put_le(out, static_cast<std::uint64_t>(value.integer()));
    return;
  }
  put_tag(out, value.is_raw() ? Tag::raw_string : Tag::string);
  put_length_prefixed(out, value.view());
}

void encode_hash(Bytes& out, const HashValue& hash) {
  if (hash.is_timed()) {
    put_tag(out, hash.is_packed() ? Tag::timed_packed_hash : Tag::timed_hash_table);
  } else {
    put_tag(out, hash.is_packed() ? Tag::packed_hash : Tag::hash_table);
  }
  put_varint(out, hash.size());
  if (!hash.is_timed()) {
    return hash.visit([&](std::string_view field, std::string_view text) {
      put_length_prefixed(out, field);
      put_length_prefixed(out, text);
    });
  }
  hash.visit_timed([&](std::string_view field, std::string_view text, std::int64_t end_ms) {
    put_length_prefixed(out, field);
    put_length_prefixed(out, text);
    put_varint(out, end_ms == kNoExpiry ? 0 : static_cast<std::uint64_t>(end_ms) + 1);
    return true;
  });
}

void encode_stream(Bytes& out, const StreamValue& stream) {
  put_tag(out, Tag::stream);
  put_id(out, stream.last_id());
  put_id(out, stream.max_deleted_id());
  put_varint(out, stream.entries_added());
  const auto layout = stream.layout();
  put_varint(out, layout.size());
  for (const StreamValue::BlockLayout& block : layout) {
    put_id(out, block.first);
    put_varint(out, block.added);
    put_varint(out, block.live);
  }
  stream.visit(StreamId::min(), StreamId::max(), false, [&](StreamId id, const auto& fields) {
    put_id(out, id);
    put_varint(out, fields.size());
    for (const std::string_view field : fields) put_length_prefixed(out, field);
    return true;
  });
  put_varint(out, stream.groups().size());
  for (const auto& [name, group] : stream.groups()) {
    put_length_prefixed(out, name);
    put_id(out, group.last_id);
    put_le(out, static_cast<std::uint64_t>(group.entries_read));
    put_varint(out, group.consumers.size());
    for (const auto& [consumer_name, consumer] : group.consumers) {
      put_length_prefixed(out, consumer_name);
      put_le(out, static_cast<std::uint64_t>(consumer.seen_ms));
    }
    put_varint(out, group.pending.size());
    for (const auto& [id, entry] : group.pending) {
      put_id(out, id);
      put_length_prefixed(out, entry.consumer->name);
      put_le(out, static_cast<std::uint64_t>(entry.delivered_ms));
      put_varint(out, entry.deliveries);
    }
  }
}

// --- reading ---

std::optional<StreamId> get_id(ByteReader& reader) {
  const auto ms = reader.get_le<std::uint64_t>();
  const auto sequence = reader.get_le<std::uint64_t>();
  return ms && sequence ? std::optional(StreamId{*ms, *sequence}) : std::nullopt;
}

// A count of things that take a byte each at least.
std::optional<std::uint64_t> get_count(ByteReader& reader) {
  const auto count = reader.get_varint();
  return count && *count <= reader.rest().size() ? count : std::nullopt;
}

std::optional<Object> decode_list(ByteReader& reader) {
  const auto count = get_count(reader);
  if (!count || *count == 0) return std::nullopt;
  auto list = std::make_unique<ListValue>();
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto element = reader.get_length_prefixed();
    if (!element) return std::nullopt;
    list->push_back(*element);
  }
  return Object(list.release());
}

std::optional<Object> decode_set(ByteReader& reader, bool table) {
  const auto count = get_count(reader);
  if (!count || *count == 0) return std::nullopt;
  auto set = std::make_unique<SetValue>();
  if (table) {
    set->convert_to_table();
    set->reserve(static_cast<std::uint32_t>(*count));
  }
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto member = reader.get_length_prefixed();
    if (!member || !set->insert(*member, kKeepPacked)) return std::nullopt;
  }
  return set->is_int_set() == table ? std::nullopt : std::optional(Object(set.release()));
}

std::optional<Object> decode_zset(ByteReader& reader, bool table) {
  const auto count = get_count(reader);
  if (!count || *count == 0) return std::nullopt;
  auto zset = std::make_unique<ZsetValue>();
  if (table) zset->convert_to_table();
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto member = reader.get_length_prefixed();
    const auto bits = reader.get_le<std::uint64_t>();
    if (!member || !bits || std::isnan(std::bit_cast<double>(*bits))) return std::nullopt;
    if (zset->set(*member, std::bit_cast<double>(*bits), kKeepPacked) != ZsetValue::Change::added) {
      return std::nullopt;
    }
  }
  return Object(zset.release());
}

std::optional<Object> decode_hash(ByteReader& reader, bool table) {
  const auto count = get_count(reader);
  if (!count || *count == 0) return std::nullopt;
  auto hash = std::make_unique<HashValue>();
  if (table) hash->convert_to_table();
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto field = reader.get_length_prefixed();
    const auto value = reader.get_length_prefixed();
    if (!field || !value || !hash->set(*field, *value, kKeepPacked)) return std::nullopt;
  }
  return Object(hash.release());
}

// As a hash, and behind each value when the field ends.
std::optional<Object> decode_timed_hash(ByteReader& reader, bool table) {
  const auto count = get_count(reader);
  if (!count || *count == 0) return std::nullopt;
  auto hash = std::make_unique<HashValue>();
  hash->make_timed();
  if (table) hash->convert_to_table();
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto field = reader.get_length_prefixed();
    const auto value = reader.get_length_prefixed();
    const auto end = reader.get_varint();
    if (!end || !field || !value || !hash->set(*field, *value, kKeepPacked)) return std::nullopt;
    if (*end > kMaxFieldEndMs + 1) return std::nullopt;
    if (*end != 0) hash->set_end(*field, static_cast<std::int64_t>(*end) - 1);
  }
  return Object(hash.release());
}

bool decode_group(ByteReader& reader, StreamValue& stream) {
  const auto name = reader.get_length_prefixed();
  const auto last_id = get_id(reader);
  const auto entries_read = reader.get_le<std::uint64_t>();
  const auto consumers = get_count(reader);
  if (!name || !last_id || !entries_read || !consumers) return false;
  StreamValue::Group& group = stream.groups()[std::string(*name)];
  group.last_id = *last_id;
  group.entries_read = static_cast<std::int64_t>(*entries_read);
  for (std::uint64_t i = 0; i < *consumers; ++i) {
    const auto consumer_name = reader.get_length_prefixed();
    const auto seen = reader.get_le<std::uint64_t>();
    if (!consumer_name || !seen) return false;
    StreamValue::Consumer& consumer = group.consumers[std::string(*consumer_name)];
    consumer.name = *consumer_name;
    consumer.seen_ms = static_cast<std::int64_t>(*seen);
  }
  const auto pending = get_count(reader);
  if (!pending) return false;
  for (std::uint64_t i = 0; i < *pending; ++i) {
    const auto id = get_id(reader);
    const auto owner = reader.get_length_prefixed();
    const auto delivered = reader.get_le<std::uint64_t>();
    const auto deliveries = reader.get_varint();
    if (!id || !owner || !delivered || !deliveries) return false;
    StreamValue::Consumer* consumer = group.find_consumer(*owner);
    if (consumer == nullptr) return false;
    group.deliver(*id, *consumer, static_cast<std::int64_t>(*delivered), *deliveries);
  }
  return true;
}

bool decode_stream_entry(ByteReader& reader, StreamValue& stream) {
  const auto id = get_id(reader);
  const auto count = get_count(reader);
  if (!id || !count) return false;
  StreamValue::Fields fields;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto field = reader.get_length_prefixed();
    if (!field) return false;
    fields.push_back(*field);
  }
  return stream.restore(*id, fields);
}

std::optional<Object> decode_stream(ByteReader& reader) {
  const auto last_id = get_id(reader);
  const auto max_deleted = get_id(reader);
  const auto added = reader.get_varint();
  const auto blocks = get_count(reader);
  if (!last_id || !max_deleted || !added || !blocks) return std::nullopt;
  std::vector<StreamValue::BlockLayout> layout;
  for (std::uint64_t i = 0; i < *blocks; ++i) {
    const auto first = get_id(reader);
    const auto put_in = reader.get_varint();
    const auto live = get_count(reader);
    if (!first || !put_in || !live || *live == 0) return std::nullopt;
    layout.push_back(
        {*first, static_cast<std::uint32_t>(*put_in), static_cast<std::uint32_t>(*live)});
  }
  auto stream = std::make_unique<StreamValue>();
  for (const StreamValue::BlockLayout& block : layout) {
    if (!stream->open_block(block.first, block.added)) return std::nullopt;
    for (std::uint32_t i = 0; i < block.live; ++i) {
      if (!decode_stream_entry(reader, *stream)) return std::nullopt;
    }
  }
  stream->set_last_id(*last_id);
  stream->set_max_deleted_id(*max_deleted);
  stream->set_entries_added(*added);
  const auto groups = get_count(reader);
  if (!groups) return std::nullopt;
  for (std::uint64_t i = 0; i < *groups; ++i) {
    if (!decode_group(reader, *stream)) return std::nullopt;
  }
  return Object(stream.release());
}

std::optional<Object> decode_string(ByteReader& reader, bool raw) {
  const auto bytes = reader.get_length_prefixed();
  if (!bytes) return std::nullopt;
  auto value = StringValue::from_bytes(*bytes);
  if (raw) value.mark_raw();
  return Object(std::move(value));
}

}  // namespace

void encode_value(Bytes& out, const Object& value) {
  switch (value.kind()) {
    case Kind::string: return encode_string(out, value.as<StringValue>());
    case Kind::list: {
      const auto& list = value.as<ListValue>();
      put_tag(out, Tag::list);
      put_varint(out, list.size());
      return list.visit(0, false, [&](std::string_view element) {
        put_length_prefixed(out, element);
        return true;
      });
    }
    case Kind::set: {
      const auto& set = value.as<SetValue>();
      put_tag(out, set.is_int_set() ? Tag::int_set : Tag::set_table);
      put_varint(out, set.size());
      return set.visit([&](std::string_view member) { put_length_prefixed(out, member); });
    }
    case Kind::zset: {
      const auto& zset = value.as<ZsetValue>();
      put_tag(out, zset.is_packed() ? Tag::packed_zset : Tag::zset_table);
      put_varint(out, zset.size());
      return zset.visit_all([&](std::string_view member, double score) {
        put_length_prefixed(out, member);
        put_double(out, score);
      });
    }
    case Kind::hash: return encode_hash(out, value.as<HashValue>());
    case Kind::stream: return encode_stream(out, value.as<StreamValue>());
  }
}

std::optional<Object> decode_value(ByteReader& reader) {
  const auto tag = reader.get_le<std::uint8_t>();
  if (!tag) return std::nullopt;
  switch (static_cast<Tag>(*tag)) {
    case Tag::integer: {
      const auto value = reader.get_le<std::uint64_t>();
      if (!value) return std::nullopt;
      return Object(StringValue::from_integer(static_cast<std::int64_t>(*value)));
    }
    case Tag::string: return decode_string(reader, false);
    case Tag::raw_string: return decode_string(reader, true);
    case Tag::list: return decode_list(reader);
    case Tag::int_set: return decode_set(reader, false);
    case Tag::set_table: return decode_set(reader, true);
    case Tag::packed_zset: return decode_zset(reader, false);
    case Tag::zset_table: return decode_zset(reader, true);
    case Tag::packed_hash: return decode_hash(reader, false);
    case Tag::hash_table: return decode_hash(reader, true);
    case Tag::timed_packed_hash: return decode_timed_hash(reader, false);
    case Tag::timed_hash_table: return decode_timed_hash(reader, true);
    case Tag::stream: return decode_stream(reader);
  }
  return std::nullopt;
}

}  // namespace octavo::keyspace
