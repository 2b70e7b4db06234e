#include "layout/keyspace/key_documents.h"

#include <algorithm>
#include <cmath>

#include "base/overloaded.h"
#include "keyspace/type/hash_value.h"
#include "keyspace/type/list_value.h"
#include "keyspace/type/set_value.h"
#include "keyspace/type/stream_value.h"
#include "keyspace/type/zset_value.h"
#include "value/maker.h"
#include "value/utf8.h"

namespace octavo::layout {
namespace {

using keyspace::HashValue;
using keyspace::KeyEntry;
using keyspace::Kind;
using keyspace::kNoExpiry;
using keyspace::ListValue;
using keyspace::Object;
using keyspace::SetValue;
using keyspace::StreamId;
using keyspace::StreamValue;
using keyspace::StringValue;
using keyspace::ZsetValue;
using value::ArrayMaker;
using value::Type;
using value::Value;

bool is_text(const Value& value, std::string_view bytes) {
  return (value.is_string() && value.as_string() == bytes) ||
         (value.type() == Type::bytes && value.as_bytes() == bytes);
}

// --- The parts of contents ---

Value score_value(double score) {
  if (std::isinf(score)) return Value::string(score > 0 ? "inf" : "-inf");
  return Value::float64(score);
}

Value scored_value(std::string_view member, double score) {
  return Value::object({{"member", text_value(member)}, {"score", score_value(score)}});
}

bool is_scored(const Value& value, std::string_view member, double score) {
  const Value* old_member = value.find("member");
  const Value* old_score = value.find("score");
  return old_member != nullptr && old_score != nullptr && is_text(*old_member, member) &&
         *old_score == score_value(score);
}

Value pair_value(std::string_view field, Value text) {
  return Value::object({{"field", text_value(field)}, {"value", std::move(text)}});
}

bool is_pair(const Value& value, std::string_view field, std::string_view bytes) {
  const Value* old_field = value.find("field");
  const Value* old_text = value.find("value");
  return old_field != nullptr && old_text != nullptr && is_text(*old_field, field) &&
         is_text(*old_text, bytes);
}

template <class Fields>
Value entry_value(StreamId id, const Fields& fields) {
  ArrayMaker texts(fields.size());
  for (const auto& text : fields) texts.append(text_value(text));
  return Value::object({{"id", Value::string(id.text())}, {"fields", std::move(texts).finish()}});
}

bool is_entry(const Value& value, StreamId id, const StreamValue::Fields& fields) {
  const Value* old_id = value.find("id");
  const Value* old_fields = value.find("fields");
  return old_id != nullptr && old_fields != nullptr && old_fields->is_array() &&
         std::ranges::equal(old_fields->as_array(), fields, is_text) && is_text(*old_id, id.text());
}

// --- Arrays out of earlier ones ---

// Takes elements over from an earlier array where they are the same. They are looked for where they
// would be after one element was added or removed, or after some were at either end.
class Successor {
 public:
  Successor(const Value* earlier, std::size_t size) : size_(size), elements_(size) {
    if (earlier == nullptr || !earlier->is_array()) return;
    earlier_ = earlier;
    old_ = earlier->as_array();
    same_ = old_.size() == size;
  }

  // `is_it(old element)` tells whether it may be taken over; `make()` makes a new one.
  template <class IsIt, class Make>
  void add(IsIt&& is_it, Make&& make) {
    const std::size_t place = added_++;
    for (const std::size_t at : {next_, next_ + 1, place + old_.size() - size_}) {
      if (at >= old_.size() || !is_it(old_[at])) continue;
      same_ = same_ && at == place;
      next_ = at + 1;
      elements_.append(old_[at]);
      return;
    }
    same_ = false;
    elements_.append(make());
  }
  Value finish() && {
    Value fresh = std::move(elements_).finish();
    return same_ && earlier_ != nullptr ? *earlier_ : fresh;
  }

 private:
  const Value* earlier_ = nullptr;
  value::ArrayView old_;
  std::size_t size_;
  ArrayMaker elements_;
  std::size_t added_ = 0;
  std::size_t next_ = 0;  // in the earlier array
  bool same_ = false;
};

Value list_array(const ListValue& list, const Value* earlier) {
  Successor out(earlier, list.size());
  list.visit(0, false, [&](std::string_view element) {
    out.add([&](const Value& old) { return is_text(old, element); },
            [&] { return text_value(element); });
    return true;
  });
  return std::move(out).finish();
}

template <class Members>
Value members_array(Members& members, const Value* earlier) {
  std::ranges::sort(members);
  Successor out(earlier, members.size());
  for (const auto& member : members) {
    out.add([&](const Value& old) { return is_text(old, member); },
            [&] { return text_value(member); });
  }
  return std::move(out).finish();
}

Value set_array(const SetValue& set, const Value* earlier) {
  if (set.is_int_set()) {  // its members are text for a moment only
    std::vector<std::string> members;
    members.reserve(set.size());
    set.visit([&](std::string_view member) { members.emplace_back(member); });
    return members_array(members, earlier);
  }
  std::vector<std::string_view> members;
  members.reserve(set.size());
  set.visit([&](std::string_view member) { members.push_back(member); });
  return members_array(members, earlier);
}

Value zset_array(const ZsetValue& zset, const Value* earlier) {
  Successor out(earlier, zset.size());
  zset.visit_all([&](std::string_view member, double score) {
    out.add([&](const Value& old) { return is_scored(old, member, score); },
            [&] { return scored_value(member, score); });
  });
  return std::move(out).finish();
}

Value stream_array(const StreamValue& stream, const Value* earlier) {
  Successor out(earlier, stream.size());
  stream.visit(StreamId::min(), StreamId::max(), false,
               [&](StreamId id, const StreamValue::Fields& fields) {
                 out.add([&](const Value& old) { return is_entry(old, id, fields); },
                         [&] { return entry_value(id, fields); });
                 return true;
               });
  return std::move(out).finish();
}

// --- Hashes ---

using FieldViews = std::vector<std::pair<std::string_view, std::string_view>>;

Value pairs_array(const FieldViews& fields, const Value* earlier) {
  Successor out(earlier, fields.size());
  for (const auto& [field, bytes] : fields) {
    out.add([&](const Value& old) { return is_pair(old, field, bytes); },
            [&] { return pair_value(field, text_value(bytes)); });
  }
  return std::move(out).finish();
}

// Sorted by field, as the earlier ones are.
Value fields_object(const FieldViews& fields, const Value* earlier) {
  value::ObjectView old;
  if (earlier != nullptr && earlier->is_object()) old = earlier->as_object();
  value::ObjectMaker out(fields.size());
  bool same = earlier != nullptr && earlier->is_object() && old.size() == fields.size();
  std::size_t at = 0;
  for (const auto& [field, bytes] : fields) {
    while (at < old.size() && old[at].name < field) ++at;
    if (at < old.size() && old[at].name == field && is_text(old[at].value, bytes)) {
      out.append(field, old[at].value);
    } else {
      same = false;
      out.append(field, text_value(bytes));
    }
  }
  Value fresh = std::move(out).finish();
  return same ? *earlier : fresh;
}

Value hash_content(FieldViews fields, const Value* earlier) {
  std::ranges::sort(fields);
  const bool all_text = std::ranges::none_of(
      fields, [](const auto& field) { return value::find_invalid_utf8(field.first).has_value(); });
  return all_text ? fields_object(fields, earlier) : pairs_array(fields, earlier);
}

Value hash_value_of(const HashValue& hash, const Value* earlier, std::int64_t now_ms) {
  FieldViews fields;
  fields.reserve(hash.size());
  hash.visit_live(now_ms, [&](std::string_view field, std::string_view bytes) {
    fields.emplace_back(field, bytes);
    return true;
  });
  return hash_content(std::move(fields), earlier);
}

}  // namespace

Value text_value(std::string_view bytes) {
  return value::find_invalid_utf8(bytes) ? Value::bytes(bytes) : Value::string(bytes);
}

std::optional<std::string> key_of(const Value& id) {
  if (id.is_string()) return std::string(id.as_string());
  if (id.type() == Type::bytes && value::find_invalid_utf8(id.as_bytes())) {
    return std::string(id.as_bytes());
  }
  return std::nullopt;
}

Value content_value(const Object& object, const Value* earlier, std::int64_t now_ms) {
  switch (object.kind()) {
    case Kind::string: {
      StringValue::Scratch scratch;
      const std::string_view bytes = object.as<StringValue>().view(scratch);
      return earlier != nullptr && is_text(*earlier, bytes) ? *earlier : text_value(bytes);
    }
    case Kind::list: return list_array(object.as<ListValue>(), earlier);
    case Kind::set: return set_array(object.as<SetValue>(), earlier);
    case Kind::zset: return zset_array(object.as<ZsetValue>(), earlier);
    case Kind::hash: return hash_value_of(object.as<HashValue>(), earlier, now_ms);
    case Kind::stream: return stream_array(object.as<StreamValue>(), earlier);
  }
  return {};
}

Value content_value(const KeyContent& content) {
  return std::visit(Overloaded{
                        [&](const std::string& text) { return text_value(text); },
                        [&](const Texts& texts) {
                          ArrayMaker out(texts.size());
                          for (const std::string& text : texts) out.append(text_value(text));
                          return std::move(out).finish();
                        },
                        [&](const Scores& scores) {
                          ArrayMaker out(scores.size());
                          for (const auto& [score, member] : scores)
                            out.append(scored_value(member, score));
                          return std::move(out).finish();
                        },
                        [&](const Pairs& pairs) {
                          return hash_content(FieldViews(pairs.begin(), pairs.end()), nullptr);
                        },
                        [&](const StreamEntries& entries) {
                          ArrayMaker out(entries.size());
                          for (const StreamEntry& entry : entries) {
                            out.append(entry_value(entry.id, entry.fields));
                          }
                          return std::move(out).finish();
                        },
                    },
                    content);
}

bool same_content(const Value& earlier, const Value& later) {
  if (earlier.is_array() && later.is_array()) {
    // One that was made out of another is either it or differs.
    return earlier.as_array().data() == later.as_array().data() &&
           earlier.as_array().size() == later.as_array().size();
  }
  if (earlier.is_object() && later.is_object()) {
    return earlier.as_object().data() == later.as_object().data() &&
           earlier.as_object().size() == later.as_object().size();
  }
  return earlier == later;
}

Value ttl_value(std::int64_t expire_at_ms, std::int64_t now_ms) {
  if (expire_at_ms == kNoExpiry) return {};
  const std::int64_t left = std::max<std::int64_t>(expire_at_ms - now_ms, 0);
  if (left % 1000 == 0) return Value::int64(left / 1000);
  return Value::float64(static_cast<double>(left) / 1000);
}

Value key_document(const KeyEntry& entry, std::int64_t now_ms) {
  return key_document(entry, content_value(entry.value, nullptr, now_ms), now_ms);
}

Value key_document(const KeyEntry& entry, Value content, std::int64_t now_ms) {
  return Value::object({{"id", text_value(entry.key())},
                        {"type", Value::string(kind_name(entry.value.kind()))},
                        {"value", std::move(content)},
                        {"ttl", ttl_value(entry.expire_at_ms(), now_ms)}});
}

}  // namespace octavo::layout
