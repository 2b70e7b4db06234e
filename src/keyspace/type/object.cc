#include "keyspace/type/object.h"

#include <algorithm>
#include <array>

#include "base/rows.h"
#include "keyspace/type/hash_value.h"
#include "keyspace/type/list_value.h"
#include "keyspace/type/set_value.h"
#include "keyspace/type/stream_value.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {
namespace {

struct KindName {
  Kind kind;
  std::string_view name;
};
constexpr std::array kKindNames{
    KindName{Kind::string, "string"}, KindName{Kind::list, "list"},
    KindName{Kind::set, "set"},       KindName{Kind::zset, "zset"},
    KindName{Kind::hash, "hash"},     KindName{Kind::stream, "stream"},
};
static_assert(rows_in_place(kKindNames, &KindName::kind, Kind::stream));
static_assert(kKindNames.size() == kKindCount);

// One node of a table: its allocation header and its share of index and array.
constexpr std::size_t kTableNodeBytes = 32;

}  // namespace

std::string_view kind_name(Kind kind) { return row_of(kKindNames, kind).name; }

Object Object::clone() const {
  switch (kind()) {
    case Kind::string: return Object(bits_.clone());
    case Kind::list: return Object(as<ListValue>().clone());
    case Kind::set: return Object(as<SetValue>().clone());
    case Kind::zset: return Object(as<ZsetValue>().clone());
    case Kind::hash: return Object(as<HashValue>().clone());
    case Kind::stream: return Object(as<StreamValue>().clone());
  }
  std::unreachable();
}

void Object::destroy_container() noexcept {
  switch (kind()) {
    case Kind::string: break;
    case Kind::list: delete &as<ListValue>(); break;
    case Kind::set: delete &as<SetValue>(); break;
    case Kind::zset: delete &as<ZsetValue>(); break;
    case Kind::hash: delete &as<HashValue>(); break;
    case Kind::stream: delete &as<StreamValue>(); break;
  }
  bits_.rep_ = StringValue::Rep::in_place;
  bits_.size_ = 0;
}

void Object::prefetch_element(std::uint32_t hash, PrefetchStep step) const {
  switch (kind()) {
    case Kind::set: return as<SetValue>().prefetch(hash, step);
    case Kind::zset: return as<ZsetValue>().prefetch(hash, step);
    case Kind::hash: return as<HashValue>().prefetch(hash, step);
    case Kind::string:
    case Kind::list:
    case Kind::stream: return;
  }
}

std::string_view Object::encoding_name() const {
  switch (kind()) {
    case Kind::string: return bits_.encoding_name();
    case Kind::list: return "quicklist";
    case Kind::set: return as<SetValue>().is_int_set() ? "intset" : "hashtable";
    case Kind::zset: return as<ZsetValue>().is_packed() ? "listpack" : "skiplist";
    case Kind::hash: {
      const auto& hash = as<HashValue>();
      if (!hash.is_packed()) return "hashtable";
      return hash.is_timed() ? "listpackex" : "listpack";
    }
    case Kind::stream: return "stream";
  }
  std::unreachable();
}

std::uint64_t Object::element_count() const {
  switch (kind()) {
    case Kind::string: return 1;
    case Kind::list: return as<ListValue>().size();
    case Kind::set: return as<SetValue>().size();
    case Kind::zset: return as<ZsetValue>().size();
    case Kind::hash: return as<HashValue>().size();
    case Kind::stream: return as<StreamValue>().size();
  }
  std::unreachable();
}

std::uint64_t Object::cost() const {
  return is_string() ? cost_of_text(as<StringValue>().size()) : element_count();
}

std::size_t Object::memory_bytes(std::uint32_t samples) const {
  if (is_string()) return bits_.heap_bytes();
  const std::uint64_t count = element_count();
  std::uint64_t sampled = 0;
  std::size_t bytes = 0;
  const std::uint64_t limit = samples == 0 ? count : std::min<std::uint64_t>(samples, count);
  const auto more = [&](std::size_t size) {
    bytes += size;
    return ++sampled < limit;
  };
  std::size_t base = 0;
  switch (kind()) {
    case Kind::string: break;
    case Kind::list:
      base = sizeof(ListValue) + as<ListValue>().chunk_count() * sizeof(Pack);
      as<ListValue>().visit(0, false, [&](std::string_view element) {
        return more(Pack::entry_bytes(element.size()));
      });
      break;
    case Kind::set: {
      const auto& set = as<SetValue>();
      base = sizeof(SetValue);
      const std::size_t overhead = set.is_int_set() ? 0 : kTableNodeBytes + sizeof(MemberNode);
      set.visit_while([&](std::string_view member) { return more(member.size() + overhead); });
      break;
    }
    case Kind::zset: {
      const auto& zset = as<ZsetValue>();
      base = sizeof(ZsetValue);
      const std::size_t overhead =
          zset.is_packed() ? 2 * Pack::entry_bytes(8)
                           : kTableNodeBytes + sizeof(ScoredNode) + 2 * sizeof(RankedTree::Item);
      zset.visit(0, false,
                 [&](std::string_view member, double) { return more(member.size() + overhead); });
      break;
    }
    case Kind::hash: {
      const auto& hash = as<HashValue>();
      base = sizeof(HashValue) + hash.timed_bytes();
      for (std::uint32_t i = 0; i < limit; ++i) {
        const HashValue::Item item = hash.at(i);
        const std::size_t overhead = hash.is_packed() ? 4 : kTableNodeBytes + sizeof(FieldNode);
        if (!more(item.field.size() + item.value.size() + overhead)) break;
      }
      break;
    }
    case Kind::stream: return as<StreamValue>().memory_bytes();
  }
  return base + (sampled == 0 ? 0 : bytes * count / sampled);
}

}  // namespace octavo::keyspace
