#include <bit>
#include <string>

#include "keyspace/file/crc64.h"
#include "keyspace/file/dump.h"
#include "keyspace/file/dump_format.h"
#include "keyspace/type/hash_value.h"
#include "keyspace/type/key_entry.h"
#include "keyspace/type/list_value.h"
#include "keyspace/type/listpack.h"
#include "keyspace/type/set_value.h"
#include "keyspace/type/stream_value.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {
namespace {

void put_type(Bytes& out, RdbType type) { out.push_back(static_cast<char>(type)); }

void put_length(Bytes& out, std::uint64_t length) {
  if (length < 64) {
    out.push_back(static_cast<char>(length));
  } else if (length < 16384) {
    out.push_back(static_cast<char>(0x40 | (length >> 8)));
    out.push_back(static_cast<char>(length & 0xff));
  } else if (length <= UINT32_MAX) {
    out.push_back(static_cast<char>(0x80));
    put_be(out, static_cast<std::uint32_t>(length));
  } else {
    out.push_back(static_cast<char>(0x81));
    put_be(out, length);
  }
}

void put_string(Bytes& out, std::string_view text) {
  put_length(out, text.size());
  out.append(text);
}

void put_double(Bytes& out, double value) { put_le(out, std::bit_cast<std::uint64_t>(value)); }

void put_id(Bytes& out, StreamId id) {
  put_be(out, id.ms);
  put_be(out, id.sequence);
}

// --- streams ---

constexpr std::size_t kEntriesPerListpack = 100;

// A listpack of entries: the master entry first (live and deleted counts, no common fields), then
// flags, distance of the id from the master's, fields, and the number of elements of the entry.
void put_stream_node(Bytes& out, StreamId master,
                     const std::vector<std::pair<StreamId, StreamValue::Fields>>& entries) {
  ListpackWriter pack;
  pack.add(static_cast<std::int64_t>(entries.size()));
  pack.add(std::int64_t{0});
  pack.add(std::int64_t{0});
  pack.add(std::int64_t{0});
  for (const auto& [id, fields] : entries) {
    pack.add(std::int64_t{0});
    pack.add(static_cast<std::int64_t>(id.ms - master.ms));
    pack.add(static_cast<std::int64_t>(id.sequence - master.sequence));
    pack.add(static_cast<std::int64_t>(fields.size() / 2));
    for (const std::string_view field : fields) pack.add(field);
    pack.add(static_cast<std::int64_t>(fields.size() + 4));
  }
  Bytes key;
  put_id(key, master);
  put_string(out, key);
  put_string(out, std::move(pack).finish());
}

void put_group(Bytes& out, std::string_view name, const StreamValue::Group& group) {
  put_string(out, name);
  put_length(out, group.last_id.ms);
  put_length(out, group.last_id.sequence);
  put_length(out, static_cast<std::uint64_t>(group.entries_read));
  put_length(out, group.pending.size());
  for (const auto& [id, entry] : group.pending) {
    put_id(out, id);
    put_le(out, static_cast<std::uint64_t>(entry.delivered_ms));
    put_length(out, entry.deliveries);
  }
  put_length(out, group.consumers.size());
  for (const auto& [consumer_name, consumer] : group.consumers) {
    put_string(out, consumer_name);
    put_le(out, static_cast<std::uint64_t>(consumer.seen_ms));
    put_length(out, consumer.pending.size());
    for (const auto& [id, entry] : consumer.pending) put_id(out, id);
  }
}

void put_stream(Bytes& out, const StreamValue& stream) {
  Bytes nodes;
  std::uint64_t node_count = 0;
  std::vector<std::pair<StreamId, StreamValue::Fields>> open;
  const auto flush = [&] {
    if (open.empty()) return;
    put_stream_node(nodes, open.front().first, open);
    ++node_count;
    open.clear();
  };
  stream.visit(StreamId::min(), StreamId::max(), false, [&](StreamId id, auto fields) {
    open.emplace_back(id, std::move(fields));
    if (open.size() == kEntriesPerListpack) flush();
    return true;
  });
  flush();
  put_type(out, RdbType::stream_2);
  put_length(out, node_count);
  out += nodes;
  put_length(out, stream.size());
  for (const StreamId id : {stream.last_id(), stream.first_id(), stream.max_deleted_id()}) {
    put_length(out, id.ms);
    put_length(out, id.sequence);
  }
  put_length(out, stream.entries_added());
  put_length(out, stream.groups().size());
  for (const auto& [name, group] : stream.groups()) put_group(out, name, group);
}

// Distances from the first end, plus 1: 0 stands for none.
void put_hash_with_ends(Bytes& out, const HashValue& hash) {
  const std::int64_t first_ms = hash.next_end();
  put_type(out, RdbType::hash_ends);
  put_le(out, static_cast<std::uint64_t>(first_ms));
  put_length(out, hash.size());
  hash.visit_timed([&](std::string_view field, std::string_view text, std::int64_t end_ms) {
    put_length(out, end_ms == kNoExpiry ? 0 : static_cast<std::uint64_t>(end_ms - first_ms) + 1);
    put_string(out, field);
    put_string(out, text);
    return true;
  });
}

void put_hash(Bytes& out, const HashValue& hash) {
  if (hash.mortal_count() > 0) return put_hash_with_ends(out, hash);
  put_type(out, RdbType::hash);
  put_length(out, hash.size());
  hash.visit([&](std::string_view field, std::string_view text) {
    put_string(out, field);
    put_string(out, text);
  });
}

// The first that knows what was written.
std::uint16_t version_of(BytesView typed) {
  const auto type = static_cast<RdbType>(static_cast<std::uint8_t>(typed.front()));
  return type == RdbType::hash_ends ? kRdbVersionOfEnds : kRdbVersion;
}

void put_value(Bytes& out, const Object& value) {
  switch (value.kind()) {
    case Kind::string:
      put_type(out, RdbType::string);
      put_string(out, value.as<StringValue>().to_string());
      break;
    case Kind::list: {
      const auto& list = value.as<ListValue>();
      put_type(out, RdbType::list);
      put_length(out, list.size());
      list.visit(0, false, [&](std::string_view element) {
        put_string(out, element);
        return true;
      });
      break;
    }
    case Kind::set: {
      const auto& set = value.as<SetValue>();
      put_type(out, RdbType::set);
      put_length(out, set.size());
      set.visit([&](std::string_view member) { put_string(out, member); });
      break;
    }
    case Kind::zset: {
      const auto& zset = value.as<ZsetValue>();
      put_type(out, RdbType::zset);
      put_length(out, zset.size());
      zset.visit_all([&](std::string_view member, double score) {
        put_string(out, member);
        put_double(out, score);
      });
      break;
    }
    case Kind::hash: put_hash(out, value.as<HashValue>()); break;
    case Kind::stream: put_stream(out, value.as<StreamValue>()); break;
  }
}

}  // namespace

void put_dump_length(Bytes& out, std::uint64_t length) { put_length(out, length); }
void put_dump_string(Bytes& out, std::string_view text) { put_string(out, text); }

void put_rdb_key(Bytes& out, std::string_view key, std::int64_t expire_at_ms, const Object& value) {
  constexpr char kExpireMs = static_cast<char>(0xfc);
  if (expire_at_ms != kNoExpiry) {
    out.push_back(kExpireMs);
    put_le(out, static_cast<std::uint64_t>(expire_at_ms));
  }
  Bytes typed;  // the type stands in front of the key
  put_value(typed, value);
  out.push_back(typed.front());
  put_string(out, key);
  out.append(typed, 1);
}

void put_dump_trailer(Bytes& out, std::uint16_t version) {
  put_le(out, version);
  put_le(out, crc64(out));
}

Bytes dump_value(const Object& value) {
  Bytes out;
  put_value(out, value);
  put_dump_trailer(out, version_of(out));
  return out;
}

Bytes dump_of(std::uint8_t type, BytesView value, std::uint16_t version) {
  Bytes out(1, static_cast<char>(type));
  out.reserve(out.size() + value.size() + kDumpTrailerBytes);
  out.append(value);
  put_dump_trailer(out, version);
  return out;
}

}  // namespace octavo::keyspace
