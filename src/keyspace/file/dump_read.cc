#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keyspace/file/crc64.h"
#include "keyspace/file/dump.h"
#include "keyspace/file/dump_format.h"
#include "keyspace/file/dump_read_stream.h"
#include "keyspace/file/dump_reader.h"
#include "keyspace/type/hash_value.h"
#include "keyspace/type/list_value.h"
#include "keyspace/type/numbers.h"
#include "keyspace/type/set_value.h"
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

// A hash of which fields may end: made of one after the other.
class HashWithEnds {
 public:
  explicit HashWithEnds(const EncodingLimits& limits) : limits_(limits) { hash_->make_timed(); }

  // `end_ms` 0: never. False for what no Redis has written.
  bool add(std::string_view field, std::string_view value, std::uint64_t end_ms) {
    if (end_ms > kMaxFieldEndMs || !hash_->set(field, value, limits_)) return false;
    if (end_ms != 0) hash_->set_end(field, static_cast<std::int64_t>(end_ms));
    return true;
  }
  std::optional<Object> finish() {
    return hash_->size() == 0 ? std::nullopt : std::optional(Object(hash_.release()));
  }

 private:
  const EncodingLimits& limits_;
  std::unique_ptr<HashValue> hash_ = std::make_unique<HashValue>();
};

// Times to live as distances from the first one that ends, plus 1; early: as moments.
std::optional<Object> read_hash_with_ends(DumpReader& reader, bool early,
                                          const EncodingLimits& limits) {
  const auto first_ms = early ? std::optional<std::uint64_t>(1) : reader.milliseconds();
  const auto count = first_ms ? reader.count() : std::nullopt;
  if (!count || *first_ms > kMaxFieldEndMs) return std::nullopt;
  HashWithEnds hash(limits);
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto left = reader.length();
    const auto field = reader.string();
    const auto value = reader.string();
    if (!left || *left > kMaxFieldEndMs || !field || !value) return std::nullopt;
    if (!hash.add(*field, *value, *left == 0 ? 0 : *left + *first_ms - 1)) return std::nullopt;
  }
  return hash.finish();
}

// Field, value, moment …
std::optional<Object> read_listpack_with_ends(DumpReader& reader, bool early,
                                              const EncodingLimits& limits) {
  if (!early && !reader.milliseconds()) return std::nullopt;  // the first that ends
  const Texts texts = reader.listpack();
  if (!texts || texts->size() % 3 != 0) return std::nullopt;
  HashWithEnds hash(limits);
  for (std::size_t i = 0; i < texts->size(); i += 3) {
    const auto end_ms = parse_int64((*texts)[i + 2]);
    if (!end_ms || *end_ms < 0) return std::nullopt;
    if (!hash.add((*texts)[i], (*texts)[i + 1], static_cast<std::uint64_t>(*end_ms))) {
      return std::nullopt;
    }
  }
  return hash.finish();
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
    case RdbType::hash_ends: return read_hash_with_ends(reader, false, limits);
    case RdbType::hash_ends_early: return read_hash_with_ends(reader, true, limits);
    case RdbType::hash_listpack_ends: return read_listpack_with_ends(reader, false, limits);
    case RdbType::hash_listpack_ends_early: return read_listpack_with_ends(reader, true, limits);
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
