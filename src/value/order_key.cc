#include "value/order_key.h"

#include <algorithm>
#include <array>

#include "value/key_bytes.h"
#include "value/name_order.h"
#include "value/text.h"
#include "value/type_table.h"

namespace octavo::value {
namespace {

using key_bytes::put_flipped;
using key_bytes::put_number;
using key_bytes::put_text;

constexpr std::uint8_t rank(Type type, Order order) {
  return order == Order::by_type_name ? row_of(type).type_name_rank : row_of(type).bson_rank;
}

// Types of one rank that a dialect presents as one are compared as that one; here it is the first
// of them in native order.
constexpr Type presented(Type type, Order order) {
  constexpr std::array kSame = {
      std::pair{Type::symbol, Type::string},    std::pair{Type::uuid, Type::string},
      std::pair{Type::object_id, Type::string}, std::pair{Type::date, Type::timestamp},
      std::pair{Type::geometry, Type::object},  std::pair{Type::uint64, Type::int64},
      std::pair{Type::float64, Type::int64},    std::pair{Type::decimal, Type::int64},
  };
  for (const auto& [other, one] : kSame) {
    if (type == other && rank(type, order) == rank(one, order)) return one;
  }
  return type;
}

// The first byte of a key: ascending by rank, and in one rank by the native order. Even, and above
// what closes arrays and texts; a true boolean has the odd one behind its own.
using Tags = std::array<unsigned char, kTypeCount>;
constexpr Tags make_tags(Order order) {
  const auto before = [order](Type a, Type b) {
    if (rank(a, order) != rank(b, order)) return rank(a, order) < rank(b, order);
    return row_of(a).key_tag < row_of(b).key_tag;
  };
  Tags tags{};
  for (std::size_t i = 0; i < kTypeCount; ++i) {
    const Type own = presented(static_cast<Type>(i), order);
    unsigned char tag = 2;
    for (std::size_t j = 0; j < kTypeCount; ++j) {
      const auto other = static_cast<Type>(j);
      if (presented(other, order) == other && before(other, own)) tag += 2;
    }
    tags[i] = tag;
  }
  return tags;
}
constexpr Tags kTypeNameTags = make_tags(Order::by_type_name);
constexpr Tags kBsonTags = make_tags(Order::bson);

const Tags& tags_of(Order order) { return order == Order::bson ? kBsonTags : kTypeNameTags; }

class Writer {
 public:
  Writer(Order order, Bytes& out) : order_(order), tags_(tags_of(order)), out_(out) {}

  void put(const Value& value) {
    const std::size_t start = out_.size();
    out_.push_back(tag_of(value.type()));
    switch (value.type()) {
      case Type::null:
      case Type::min_key:
      case Type::max_key:
      case Type::undefined: return;
      case Type::boolean:
        if (value.as_boolean()) ++out_[start];
        return;
      case Type::int64:
      case Type::uint64:
      case Type::float64:
      case Type::decimal: return put_number(out_, value);
      case Type::string:
      case Type::symbol: return put_text(out_, value.as_string());
      case Type::bytes: return put_bytes(start, value);
      case Type::uuid:
      case Type::object_id:
        if (presented(value.type(), order_) == Type::string) return put_text(out_, text_of(value));
        return put_bytes(start, value);
      case Type::timestamp: return put_instant(value.as_timestamp());
      case Type::date: return put_instant({.seconds = std::int64_t{value.as_date()} * 86'400});
      case Type::time_of_day:
      case Type::duration: return put_flipped(out_, value.as_nanoseconds());
      case Type::array:
        for (const Value& element : value.as_array()) put(element);
        out_.push_back(key_bytes::kEnd);
        return;
      case Type::object:
      case Type::geometry: return put_object(value);
      case Type::regex:
        put_text(out_, value.regex_pattern());
        put_text(out_, value.regex_options());
        return;
      case Type::javascript:
        put_text(out_, value.javascript_code());
        out_.push_back(value.javascript_scope() != nullptr ? key_bytes::kField : key_bytes::kEnd);
        if (value.javascript_scope() != nullptr) put(*value.javascript_scope());
        return;
      case Type::log_stamp:
        put_be(out_, value.log_stamp_seconds());
        put_be(out_, value.log_stamp_increment());
        return;
    }
  }

 private:
  char tag_of(Type type) const { return static_cast<char>(tags_[static_cast<std::size_t>(type)]); }

  void put_instant(const Timestamp& time) {
    put_flipped(out_, time.seconds);
    put_be(out_, time.nanoseconds);
  }

  // BSON's binary data: all of one rank by size first, then by subtype.
  void put_bytes(std::size_t start, const Value& value) {
    const BytesView content = value.as_bytes();
    const bool by_size =
        order_ == Order::bson && rank(value.type(), order_) == rank(Type::bytes, order_);
    if (!by_size) return put_text(out_, content);
    out_[start] = tag_of(Type::bytes);
    put_be(out_, static_cast<std::uint32_t>(content.size()));
    out_.push_back(static_cast<char>(value.bytes_subtype()));
    out_.append(content);
  }

  void put_object(const Value& object) {
    const ObjectView fields = object.as_object();
    // ReQL's own objects are sorted.
    if (order_ == Order::by_type_name &&
        (object.type() == Type::geometry || !is_sorted_by_name(fields))) {
      const NameOrder sorted(object);
      for (std::size_t i = 0; i < sorted.size(); ++i) put_field(sorted[i]);
    } else {
      for (const Field& field : fields) put_field(field);
    }
    out_.push_back(key_bytes::kEnd);
  }

  void put_field(const Field& field) {
    out_.push_back(key_bytes::kField);
    if (order_ == Order::bson) out_.push_back(static_cast<char>(rank(field.value.type(), order_)));
    put_text(out_, field.name);
    put(field.value);
  }

  const Order order_;
  const Tags& tags_;
  Bytes& out_;
};

}  // namespace

void encode_order_key(const Value& value, Order order, Bytes& out, KeyOrder direction) {
  if (order == Order::native) return encode_key(value, out, direction);
  const std::size_t start = out.size();
  Writer(order, out).put(value);
  if (direction == KeyOrder::descending) key_bytes::invert(out, start);
}

void encode_order_key_of_text(std::string_view text, Order order, Bytes& out, KeyOrder direction) {
  const std::size_t start = out.size();
  const auto string = static_cast<std::size_t>(Type::string);
  out.push_back(static_cast<char>(order == Order::native ? row_of(Type::string).key_tag
                                                         : tags_of(order)[string]));
  put_text(out, text);
  if (direction == KeyOrder::descending) key_bytes::invert(out, start);
}

void encode_key_of_bytes(BytesView bytes, Bytes& out, KeyOrder direction) {
  const std::size_t start = out.size();
  out.push_back(static_cast<char>(row_of(Type::bytes).key_tag));
  put_text(out, bytes);
  if (direction == KeyOrder::descending) key_bytes::invert(out, start);
}

}  // namespace octavo::value
